#include "services/ctl/book_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ctl/command.h"
#include "services/ctl/input_file.h"
#include "services/ctl/shipped_books.h"

static const struct shipped_book *find_shipped(const char *name) {
    for (const struct shipped_book *shipped = shipped_books; shipped->convention; shipped++) {
        if (strcmp(shipped->convention, name) == 0) {
            return shipped;
        }
    }
    return NULL;
}

static int parse(const char *text, size_t bytes, struct book_file *file) {
    int result = book_parse(text, bytes, &file->book, file->errors, BOOK_FILE_ERRORS_MAX, &file->error_count);
    return result < 0 ? ctl_failure(result) : CTL_DONE;
}

int book_file_read(const char *name, struct book_file *ret) {
    const struct shipped_book *shipped = find_shipped(name);
    char *text = NULL;
    size_t bytes = 0;
    *ret = (struct book_file){.path = shipped ? shipped->path : name};
    if (shipped) {
        return parse(shipped->text, shipped->bytes, ret);
    }
    int code = input_file_read(name, BOOK_BYTES_MAX, &text, &bytes);
    if (code == CTL_DONE) {
        code = parse(text, bytes, ret);
        free(text);
    }
    return code;
}

int book_file_valid(const char *name, struct book_file *ret) {
    int code = book_file_read(name, ret);
    if (code == CTL_DONE && !ret->book) {
        book_file_print_errors(ret);
        code = CTL_NO;
    }
    return code;
}

bool book_file_shipped(size_t index, struct book **ret) {
    struct yaml_error error;
    size_t errors = 0;
    const struct shipped_book *shipped = &shipped_books[index];
    return shipped->convention && book_parse(shipped->text, shipped->bytes, ret, &error, 1, &errors) == 0;
}

void book_file_print_errors(const struct book_file *file) {
    struct yaml_errors errors = {.items = (struct yaml_error *)file->errors,
                                 .max = BOOK_FILE_ERRORS_MAX,
                                 .count = file->error_count,
                                 .total = file->error_count};
    input_file_errors(file->path, &errors);
    (void)ctl_fail(CTL_NO, "%s is no valid book: %zu error%s", file->path, file->error_count,
                   file->error_count == 1 ? "" : "s");
}

void book_file_print_warnings(const struct book_file *file) {
    for (size_t i = 0; i < file->book->warning_count; i++) {
        const struct yaml_error *warning = &file->book->warnings[i];
        (void)fprintf(stderr, "%s:%d:%d: warning: %s%s%s\n", file->path, warning->line, warning->column, warning->field,
                      warning->field[0] ? ": " : "", warning->text);
    }
}

const char *book_interval_text(struct book_interval valid, char *out, size_t size) {
    char from[DATE_TEXT_BYTES];
    char until[DATE_TEXT_BYTES];
    (void)snprintf(out, size, "%s - %s", date_format(valid.from, from, sizeof from),
                   date_is_none(valid.until) ? "" : date_format(valid.until, until, sizeof until));
    return out;
}

const char *book_days_text(const struct book *book, struct book_interval valid, char *out, size_t size) {
    char day[DATE_TEXT_BYTES];
    bool first = date_compare(valid.from, book->sessions.from) <= 0;
    bool last = date_compare(valid.until, book->sessions.until) >= 0;
    if (first && last) {
        (void)snprintf(out, size, "all days");
    } else if (first) {
        (void)snprintf(out, size, "until %s", date_format(valid.until, day, sizeof day));
    } else if (last) {
        (void)snprintf(out, size, "from %s", date_format(valid.from, day, sizeof day));
    } else {
        return book_interval_text(valid, out, size);
    }
    return out;
}

json_t *book_figure_json(const struct book_figure *figure) {
    char from[DATE_TEXT_BYTES];
    char until[DATE_TEXT_BYTES];
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:i}", "name", figure->name, "value", figure->value, "from",
                     date_format(figure->valid.from, from, sizeof from), "until",
                     date_format(figure->valid.until, until, sizeof until), "article", figure->article, "provisional",
                     figure->provisional, "fictitious", figure->fictitious, "line", figure->line);
}

const char *book_figure_mark(const struct book_figure *figure) {
    if (figure->fictitious) {
        return figure->provisional ? "fictitious, provisional" : "fictitious";
    }
    return figure->provisional ? "provisional" : "";
}
