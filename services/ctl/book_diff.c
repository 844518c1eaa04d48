#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/book.h"
#include "services/ctl/book_file.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"

/*
 * book diff: what changes between two books, figure by figure. The rows of one name are paired in the order of their days; a row
 * that stands alike in both is no change. Days are compared as the books mean them, so that "all days" of two conventions are alike.
 */

#define TEXT_BYTES 512

enum aspect { ASPECT_VALUE, ASPECT_DAYS, ASPECT_ARTICLE, ASPECT_MARK, ASPECTS };

static const char *const aspect_words[ASPECTS] = {"value", "validity", "article", "mark"};

struct side {
    const struct book *book;
    bool *taken; /* by index of book_figure(): compared already */
};

struct diff {
    struct side a;
    struct side b;
    struct table *table; /* or */
    json_t *changes;
    size_t same;
    size_t changed;
};

static bool is_of_year(const struct book_figure *figure) {
    const char *year = strrchr(figure->name, '.');
    return year && strlen(year) == 5 && strspn(year + 1, "0123456789") == 4;
}

static const char *aspect_text(const struct side *side, const struct book_figure *figure, enum aspect aspect, char *out,
                               size_t size) {
    switch (aspect) {
    case ASPECT_VALUE:
        return figure->value;
    case ASPECT_DAYS:
        /* A column's year stands in its name. */
        return is_of_year(figure) ? "" : book_days_text(side->book, figure->valid, out, size);
    case ASPECT_ARTICLE:
        return figure->article;
    case ASPECT_MARK:
        return book_figure_mark(figure)[0] ? book_figure_mark(figure) : "-";
    case ASPECTS:
        break;
    }
    return "";
}

static bool aspect_differs(const struct diff *diff, const struct book_figure *a, const struct book_figure *b,
                           enum aspect aspect) {
    char left[TEXT_BYTES];
    char right[TEXT_BYTES];
    return strcmp(aspect_text(&diff->a, a, aspect, left, sizeof left),
                  aspect_text(&diff->b, b, aspect, right, sizeof right)) != 0;
}

static void print_row(struct diff *diff, const char *name, const char *what, const char *left, const char *right) {
    table_row(diff->table);
    table_text(diff->table, name);
    table_colored(diff->table,
                  strcmp(what, "new") == 0    ? COLOR_GREEN
                  : strcmp(what, "gone") == 0 ? COLOR_RED
                                              : COLOR_NONE,
                  what);
    table_text(diff->table, left);
    table_text(diff->table, right);
}

/* What stands in one book only: value, days and article in one cell. */
static const char *whole_text(const struct side *side, const struct book_figure *figure, char *out, size_t size) {
    char days[64];
    const char *mark = book_figure_mark(figure);
    (void)book_days_text(side->book, figure->valid, days, sizeof days);
    (void)snprintf(out, size, "%s%s%s [%s]%s%s", figure->value, is_of_year(figure) ? "" : ", ",
                   is_of_year(figure) ? "" : days, figure->article, mark[0] ? " " : "", mark);
    return out;
}

static void add_json(struct diff *diff, const struct book_figure *a, const struct book_figure *b) {
    json_t *aspects = json_array();
    for (int aspect = 0; a && b && aspect < ASPECTS; aspect++) {
        if (aspect_differs(diff, a, b, (enum aspect)aspect)) {
            (void)json_array_append_new(aspects, json_string(aspect_words[aspect]));
        }
    }
    (void)json_array_append_new(diff->changes,
                                json_pack("{s:s, s:s, s:o, s:o, s:o}", "name", a ? a->name : b->name, "change",
                                          !a   ? "new"
                                          : !b ? "gone"
                                               : "changed",
                                          "aspects", aspects, "a", a ? book_figure_json(a) : json_null(), "b",
                                          b ? book_figure_json(b) : json_null()));
}

/* A pair of rows, or a row that stands in one book only. */
static void report(struct diff *diff, const struct book_figure *a, const struct book_figure *b) {
    char left[TEXT_BYTES];
    char right[TEXT_BYTES];
    bool differs = !a || !b;
    for (int aspect = 0; !differs && aspect < ASPECTS; aspect++) {
        differs = aspect_differs(diff, a, b, (enum aspect)aspect);
    }
    diff->changed += differs;
    diff->same += !differs;
    if (!differs) {
        return;
    }
    if (diff->changes) {
        add_json(diff, a, b);
    } else if (!a || !b) {
        print_row(diff, a ? a->name : b->name, a ? "gone" : "new", a ? whole_text(&diff->a, a, left, sizeof left) : "",
                  b ? whole_text(&diff->b, b, right, sizeof right) : "");
    }
    const char *name = a ? a->name : "";
    for (int aspect = 0; !diff->changes && a && b && aspect < ASPECTS; aspect++) {
        if (aspect_differs(diff, a, b, (enum aspect)aspect)) {
            print_row(diff, name, aspect_words[aspect],
                      aspect_text(&diff->a, a, (enum aspect)aspect, left, sizeof left),
                      aspect_text(&diff->b, b, (enum aspect)aspect, right, sizeof right));
            name = "";
        }
    }
}

/* The next row of a name that was not compared yet; NULL when there is none. */
static const struct book_figure *take(struct side *side, const char *name) {
    for (size_t i = 0; i < book_figure_count(side->book); i++) {
        if (!side->taken[i] && strcmp(book_figure(side->book, i)->name, name) == 0) {
            side->taken[i] = true;
            return book_figure(side->book, i);
        }
    }
    return NULL;
}

/* Takes the rows of a name that stand alike in both books, so that the rest pairs up row by row. */
static void take_alike(struct diff *diff, const char *name) {
    for (size_t i = 0; i < book_figure_count(diff->a.book); i++) {
        const struct book_figure *a = book_figure(diff->a.book, i);
        for (size_t k = 0; !diff->a.taken[i] && strcmp(a->name, name) == 0 && k < book_figure_count(diff->b.book);
             k++) {
            const struct book_figure *b = book_figure(diff->b.book, k);
            bool alike = !diff->b.taken[k] && strcmp(b->name, name) == 0;
            for (int aspect = 0; alike && aspect < ASPECTS; aspect++) {
                alike = !aspect_differs(diff, a, b, (enum aspect)aspect);
            }
            if (alike) {
                diff->a.taken[i] = diff->b.taken[k] = true;
                diff->same++;
            }
        }
    }
}

static void compare_name(struct diff *diff, const char *name) {
    const struct book_figure *a;
    const struct book_figure *b;
    take_alike(diff, name);
    do {
        a = take(&diff->a, name);
        b = take(&diff->b, name);
        if (a || b) {
            report(diff, a, b);
        }
    } while (a || b);
}

static void compare(struct diff *diff) {
    if (strcmp(diff->a.book->title, diff->b.book->title) != 0) {
        diff->changed++;
        if (diff->changes) {
            (void)json_array_append_new(diff->changes, json_pack("{s:s, s:s, s:[s], s:s, s:s}", "name", "title",
                                                                 "change", "changed", "aspects", "text", "a",
                                                                 diff->a.book->title, "b", diff->b.book->title));
        } else {
            print_row(diff, "title", "text", diff->a.book->title, diff->b.book->title);
        }
    }
    for (size_t i = 0; i < book_figure_count(diff->a.book); i++) {
        compare_name(diff, book_figure(diff->a.book, i)->name);
    }
    for (size_t i = 0; i < book_figure_count(diff->b.book); i++) {
        compare_name(diff, book_figure(diff->b.book, i)->name);
    }
}

static json_t *side_json(const struct book_file *file) {
    char hash[2 * sizeof file->book->hash + 1];
    for (size_t i = 0; i < sizeof file->book->hash; i++) {
        (void)snprintf(hash + 2 * i, 3, "%02x", file->book->hash[i]);
    }
    return json_pack("{s:s, s:s, s:s, s:s}", "path", file->path, "convention", file->book->convention, "title",
                     file->book->title, "hash", hash);
}

static int print(struct ctl *ctl, struct diff *diff, const struct book_file *a, const struct book_file *b) {
    const struct table_column columns[] = {
        {"Figure", TABLE_LEFT}, {"What changes", TABLE_LEFT}, {a->path, TABLE_LEFT}, {b->path, TABLE_LEFT}};
    if (ctl->json) {
        diff->changes = json_array();
        compare(diff);
        return message_json_print(json_pack("{s:o, s:o, s:i, s:i, s:o}", "a", side_json(a), "b", side_json(b), "same",
                                            (int)diff->same, "changed", (int)diff->changed, "changes", diff->changes));
    }
    diff->table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    compare(diff);
    printf("%zu change%s, %zu alike\n", diff->changed, diff->changed == 1 ? "" : "s", diff->same);
    if (diff->changed == 0) {
        table_free(diff->table);
        return CTL_DONE;
    }
    printf("\n");
    return table_print(diff->table);
}

static int run_diff(struct ctl *ctl) {
    struct book_file a = {.book = NULL};
    struct book_file b = {.book = NULL};
    struct diff diff = {0};
    int code = book_file_valid(ctl_argument(ctl, 0), &a);
    if (code == CTL_DONE) {
        code = book_file_valid(ctl_argument(ctl, 1), &b);
    }
    if (code == CTL_DONE) {
        diff.a = (struct side){a.book, calloc(book_figure_count(a.book), sizeof(bool))};
        diff.b = (struct side){b.book, calloc(book_figure_count(b.book), sizeof(bool))};
        code = diff.a.taken && diff.b.taken ? print(ctl, &diff, &a, &b) : ctl_failure(FAILURE_MEMORY);
    }
    free(diff.a.taken);
    free(diff.b.taken);
    book_free(a.book);
    book_free(b.book);
    return code;
}

const struct command book_diff_command = {
    .name = "book diff",
    .group = GROUP_RULES,
    .summary = "what changes between two books: figures, days, codes, texts, articles",
    .arguments = "A B",
    .arguments_min = 2,
    .arguments_max = 2,
    .help =
        "A and B are files, or years of books that elpctl carries (2019, 2021, 2024). A row is new, gone, or changes "
        "in "
        "value, validity, article or mark; what stands alike in both is counted. No daemon is asked, and differing is "
        "no error: the exit code is 0.\n\n"
        "Examples:\n"
        "  elpctl book diff 2021 2024\n"
        "  elpctl book diff 2024 mine.yaml --json | jq -r '.changes[] | select(.change == \"new\") | .name'",
    .run = run_diff,
};
