#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/book.h"
#include "elp/v1/intake.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/book_file.h"
#include "services/ctl/command_table.h"
#include "services/ctl/input_file.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"

/* book load, check and show: convention books, whole files in which every figure stands with its article (rulebook §2). */

/* Figures of a period of their own, so that nobody takes "all known" for "all hold". */
static void print_partial(const struct book *book) {
    char days[64];
    bool any = false;
    for (size_t i = 0; i < book_figure_count(book); i++) {
        const struct book_figure *figure = book_figure(book, i);
        (void)book_days_text(book, figure->valid, days, sizeof days);
        bool by_year = strncmp(figure->name, "tariff.", 7) == 0 || strncmp(figure->name, "indexation.", 11) == 0;
        if (by_year || strncmp(figure->name, "share.", 6) == 0 || strcmp(days, "all days") == 0) {
            continue;
        }
        printf("%s  %s %s: %s\n", any ? "" : "not on all days, as written:\n", figure->name, figure->value, days);
        any = true;
    }
}

static void count_marks(const struct book *book, size_t *provisional, size_t *fictitious) {
    *provisional = 0;
    *fictitious = 0;
    for (size_t i = 0; i < book_figure_count(book); i++) {
        *provisional += book_figure(book, i)->provisional;
        *fictitious += book_figure(book, i)->fictitious;
    }
}

static json_t *places_json(const struct yaml_error *items, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_pack("{s:i, s:i, s:s, s:s}", "line", items[i].line, "column",
                                                    items[i].column, "field", items[i].field, "text", items[i].text));
    }
    return list;
}

static int check_json(const struct book_file *file) {
    const struct book *book = file->book;
    json_t *object = json_pack("{s:s, s:b, s:o, s:o}", "path", file->path, "valid", book != NULL, "errors",
                               places_json(file->errors, file->error_count), "warnings",
                               places_json(book ? book->warnings : NULL, book ? book->warning_count : 0));
    if (book) {
        char day[DATE_TEXT_BYTES];
        size_t provisional;
        size_t fictitious;
        count_marks(book, &provisional, &fictitious);
        (void)json_object_update_new(
            object,
            json_pack("{s:s, s:s, s:I, s:I, s:I, s:s}", "convention", book->convention, "title", book->title, "figures",
                      (json_int_t)book_figure_count(book), "provisional", (json_int_t)provisional, "fictitious",
                      (json_int_t)fictitious, "figures_until", date_format(book->figures_until, day, sizeof day)));
    }
    return message_json_print(object);
}

static void print_check(const struct book_file *file) {
    const struct book *book = file->book;
    char until[DATE_TEXT_BYTES];
    char interval[64];
    size_t provisional;
    size_t fictitious;
    count_marks(book, &provisional, &fictitious);
    printf("%s is a valid book: convention %s, sessions %s, %zu figures, all known until %s\n", file->path,
           book->convention, book_interval_text(book->sessions, interval, sizeof interval), book_figure_count(book),
           date_format(book->figures_until, until, sizeof until));
    printf("%zu figures are provisional, %zu fictitious; elpctl book explain RULE --book %s says what they are for\n",
           provisional, fictitious, file->path);
    print_partial(book);
}

static int run_check(struct ctl *ctl) {
    struct book_file file;
    int code = book_file_read(ctl_argument(ctl, 0), &file);
    if (code != CTL_DONE) {
        return code;
    }
    if (ctl->json) {
        code = check_json(&file);
    } else if (file.book) {
        book_file_print_warnings(&file);
        print_check(&file);
    } else {
        book_file_print_errors(&file);
    }
    if (code == CTL_DONE && !file.book) {
        code = CTL_NO;
    }
    book_free(file.book);
    return code;
}

static void print_book_errors(const char *path, const Elp__V1__LoadBookReply *reply) {
    for (size_t i = 0; i < reply->n_errors; i++) {
        const Elp__V1__BookError *error = reply->errors[i];
        (void)fprintf(stderr, "%s:%u:%u: %s%s%s\n", path, error->line, error->column, error->field,
                      error->field[0] ? ": " : "", error->text);
    }
}

static int run_load(struct ctl *ctl) {
    Elp__V1__LoadBook request = ELP__V1__LOAD_BOOK__INIT;
    const char *path = ctl_argument(ctl, 0);
    char *text;
    void *answer;
    int code = input_file_read(path, BOOK_BYTES_MAX, &text, &request.yaml.len);
    if (code != CTL_DONE) {
        return code;
    }
    request.yaml.data = (uint8_t *)text;
    code = ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_BOOK, &request.base,
               ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_BOOK_REPLY, &elp__v1__load_book_reply__descriptor, &answer);
    free(text);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__LoadBookReply *reply = answer;
    if (ctl->json) {
        code = message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE));
    } else if (reply->loaded) {
        printf("convention %s stands as record %llu; elpctl book show %s prints its figures\n", reply->convention,
               (unsigned long long)reply->number, reply->convention);
    } else {
        print_book_errors(path, reply);
        (void)ctl_fail(CTL_NO, "%s is no valid book: %zu error%s; nothing was recorded", path, reply->n_errors,
                       reply->n_errors == 1 ? "" : "s");
    }
    return code == CTL_DONE && !reply->loaded ? CTL_NO : code;
}

static json_t *book_json(const Elp__V1__LoadedBook *loaded, const struct book *book) {
    json_t *figures = json_array();
    for (size_t i = 0; i < book_figure_count(book); i++) {
        (void)json_array_append_new(figures, book_figure_json(book_figure(book, i)));
    }
    json_t *object = message_json(&loaded->base, MESSAGE_JSON_WHOLE);
    (void)json_object_del(object, "yaml");
    (void)json_object_set_new(object, "title", json_string(book->title));
    (void)json_object_set_new(object, "figures", figures);
    return object;
}

static int print_figures(const struct ctl *ctl, const Elp__V1__LoadedBook *loaded, const struct book *book) {
    static const struct table_column columns[] = {
        {"Figure", TABLE_LEFT},  {"Value", TABLE_RIGHT}, {"Valid", TABLE_LEFT},
        {"Article", TABLE_LEFT}, {"", TABLE_LEFT},
    };
    char interval[64];
    char at[INSTANT_TEXT_BYTES];
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t i = 0; i < book_figure_count(book); i++) {
        const struct book_figure *figure = book_figure(book, i);
        table_row(table);
        table_text(table, figure->name);
        table_text(table, figure->value);
        table_text(table, book_interval_text(figure->valid, interval, sizeof interval));
        table_text(table, figure->article);
        table_colored(table, COLOR_YELLOW, book_figure_mark(figure));
    }
    printf("Convention %s: %s\nRecord %llu of %s, sessions %s\n\n", book->convention, book->title,
           (unsigned long long)loaded->number, instant_format_brussels(loaded->at_us, at, sizeof at),
           book_interval_text(book->sessions, interval, sizeof interval));
    return table_print(table);
}

static int show_one(const struct ctl *ctl, const Elp__V1__LoadedBook *loaded, json_t *list) {
    struct yaml_error error;
    struct book *book;
    size_t errors = 0;
    int result = book_parse((const char *)loaded->yaml.data, loaded->yaml.len, &book, &error, 1, &errors);
    if (result < 0) {
        return ctl_failure(result);
    }
    if (result != 0) {
        return ctl_fail(failure_exit_code(FAILURE_UPSTREAM),
                        "intake holds a book that this elpctl cannot read (line %d: %s): use the elpctl of its release",
                        error.line, error.text);
    }
    int code = CTL_DONE;
    if (list) {
        (void)json_array_append_new(list, book_json(loaded, book));
    } else {
        code = print_figures(ctl, loaded, book);
    }
    book_free(book);
    return code;
}

static int run_show(struct ctl *ctl) {
    Elp__V1__BookQuery query = ELP__V1__BOOK_QUERY__INIT;
    const char *convention = ctl_argument(ctl, 0) ? ctl_argument(ctl, 0) : "";
    void *answer;
    query.convention = (char *)convention;
    int code = ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BOOK_QUERY, &query.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BOOK_REPLY, &elp__v1__book_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__BookReply *reply = answer;
    if (reply->n_books == 0) {
        return ctl_fail(CTL_NO, "no book%s%s is loaded: elpctl book load FILE", convention[0] ? " of convention " : "",
                        convention);
    }
    json_t *list = ctl->json ? json_array() : NULL;
    for (size_t i = 0; code == CTL_DONE && i < reply->n_books; i++) {
        if (i > 0 && !list) {
            printf("\n");
        }
        code = show_one(ctl, reply->books[i], list);
    }
    if (code != CTL_DONE || !list) {
        json_decref(list);
        return code;
    }
    return message_json_print(list);
}

const struct command book_load_command = {
    .name = "book load",
    .group = GROUP_RULES,
    .summary = "record a convention book; it judges and rates from then on",
    .arguments = "FILE",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "authority",
    .help = "The book is recorded whole, its bytes and their hash. An invalid one is refused with every error and "
            "its line. Loading the same bytes again changes nothing.\n\n"
            "Example:\n"
            "  elpctl book load deploy/conventions/2024.yaml",
    .run = run_load,
};

const struct command book_check_command = {
    .name = "book check",
    .group = GROUP_RULES,
    .summary = "check a book without a cell: every error with its line",
    .arguments = "FILE",
    .arguments_min = 1,
    .arguments_max = 1,
    .help =
        "Reads the file with the parser that the daemons use; no daemon is asked. Every gap and overlap, every missing "
        "row or article is an error with its line and what to write; what does not refuse the book, such as a check "
        "digit that does not fit, is a warning. FILE may be the year of a book that elpctl carries.\n\n"
        "Examples:\n"
        "  elpctl book check deploy/conventions/2024.yaml\n"
        "  elpctl book check mine.yaml --json | jq '.errors'",
    .run = run_check,
};

const struct command book_show_command = {
    .name = "book show",
    .group = GROUP_RULES,
    .summary = "every figure of the books in force, with its article",
    .arguments = "[CONVENTION]",
    .arguments_max = 1,
    .as = "operator",
    .help = "Examples:\n"
            "  elpctl book show 2024\n"
            "  elpctl book show 2024 --json | jq -r '.[].figures[] | select(.provisional) | .name'",
    .run = run_show,
};
