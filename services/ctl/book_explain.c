#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/book.h"
#include "services/ctl/book_file.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/rulebook.h"
#include "services/ctl/table.h"

/* book explain: a rule, a refusal code, a pseudo-code or a figure in words, with its figures by date and their articles, offline. */

#define BOOKS_MAX 8
#define LINE_CELLS 100
#define LABEL_CELLS 9

struct books {
    const struct book *items[BOOKS_MAX];
    struct book *owned[BOOKS_MAX];
    size_t count;
};

/* What is explained: a rule with all its figures, or some figures and the rule that they belong to. */
struct topic {
    const struct rulebook_rule *rule; /* NULL: none */
    char figure[64];                  /* a figure's name, or what figures begin with; "": all of the rule */
};

static bool topic_has(const struct topic *topic, const struct book_figure *figure) {
    size_t length = strlen(topic->figure);
    if (topic->figure[0] == '\0') {
        return rulebook_has_figure(topic->rule, figure->name);
    }
    return strncmp(figure->name, topic->figure, length) == 0 &&
           (figure->name[length] == '\0' || figure->name[length] == '.');
}

static size_t count_figures(const struct books *books, const struct topic *topic) {
    size_t count = 0;
    for (size_t b = 0; b < books->count; b++) {
        for (size_t i = 0; i < book_figure_count(books->items[b]); i++) {
            count += topic_has(topic, book_figure(books->items[b], i));
        }
    }
    return count;
}

static void free_books(struct books *books) {
    for (size_t i = 0; i < books->count; i++) {
        book_free(books->owned[i]);
    }
}

static int read_books(struct ctl *ctl, struct books *ret) {
    struct book_file file;
    *ret = (struct books){.count = 0};
    const char *name = ctl_option(ctl, OPTION_BOOK);
    if (name) {
        int code = book_file_valid(name, &file);
        ret->owned[0] = file.book;
        ret->count = code == CTL_DONE;
        ret->items[0] = ret->owned[0];
        return code;
    }
    while (ret->count < BOOKS_MAX && book_file_shipped(ret->count, &ret->owned[ret->count])) {
        ret->items[ret->count] = ret->owned[ret->count];
        ret->count++;
    }
    return ret->count > 0 ? CTL_DONE : ctl_failure(FAILURE_MEMORY);
}

/* A label and its text, wrapped beside it. */
static void print_paragraph(const char *label, const char *text) {
    size_t used = 0;
    if (text[0] == '\0') {
        return;
    }
    printf("%-*s", LABEL_CELLS, label);
    for (const char *word = text; *word;) {
        size_t length = strcspn(word, " ");
        if (used > 0 && used + 1 + length > LINE_CELLS - LABEL_CELLS) {
            printf("\n%*s", LABEL_CELLS, "");
            used = 0;
        }
        printf("%s%.*s", used ? " " : "", (int)length, word);
        used += length + (used > 0);
        word += length + strspn(word + length, " ");
    }
    printf("\n");
}

static void print_rule(const struct ctl *ctl, const struct rulebook_rule *rule) {
    bool code = rule->refusal != REFUSAL_NONE;
    printf("%s%s%s", terminal_begin(ctl->color, COLOR_BOLD), rule->id, terminal_end(ctl->color, COLOR_BOLD));
    printf(code ? " - refusal code\n\n" : " - %s\n\n", rule->title);
    print_paragraph("Rule", rule->rule);
    if (code) {
        print_paragraph("Refused", rule->title);
    }
    print_paragraph("Do", rule->remedy);
    print_paragraph("Patient", rulebook_patient(rule));
    print_paragraph("Article", rule->article);
}

/* Was a figure of this name printed before the one at (book, index)? */
static bool seen_before(const struct books *books, size_t book, size_t index, const char *name) {
    for (size_t b = 0; b <= book; b++) {
        size_t end = b == book ? index : book_figure_count(books->items[b]);
        for (size_t i = 0; i < end; i++) {
            if (strcmp(book_figure(books->items[b], i)->name, name) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Every row of one name, through the books: what it was when. */
static void add_figure(struct table *table, const struct books *books, const char *name) {
    const char *shown = name;
    char days[64];
    for (size_t b = 0; b < books->count; b++) {
        for (size_t i = 0; i < book_figure_count(books->items[b]); i++) {
            const struct book_figure *figure = book_figure(books->items[b], i);
            if (strcmp(figure->name, name) != 0) {
                continue;
            }
            table_row(table);
            table_text(table, shown);
            table_text(table, books->items[b]->convention);
            table_text(table, figure->value);
            table_text(table, book_interval_text(figure->valid, days, sizeof days));
            table_text(table, figure->article);
            table_colored(table, COLOR_YELLOW, book_figure_mark(figure));
            shown = "";
        }
    }
}

static int print_figures(const struct ctl *ctl, const struct books *books, const struct topic *topic) {
    static const struct table_column columns[] = {
        {"Figure", TABLE_LEFT}, {"Book", TABLE_LEFT},    {"Value", TABLE_LEFT},
        {"Valid", TABLE_LEFT},  {"Article", TABLE_LEFT}, {"", TABLE_LEFT},
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t b = 0; b < books->count; b++) {
        for (size_t i = 0; i < book_figure_count(books->items[b]); i++) {
            const struct book_figure *figure = book_figure(books->items[b], i);
            if (topic_has(topic, figure) && !seen_before(books, b, i, figure->name)) {
                add_figure(table, books, figure->name);
            }
        }
    }
    return table_print(table);
}

static json_t *topic_json(const struct books *books, const struct topic *topic) {
    const struct rulebook_rule *rule = topic->rule;
    json_t *list = json_array();
    for (size_t b = 0; b < books->count; b++) {
        json_t *figures = json_array();
        for (size_t i = 0; i < book_figure_count(books->items[b]); i++) {
            const struct book_figure *figure = book_figure(books->items[b], i);
            if (topic_has(topic, figure)) {
                (void)json_array_append_new(figures, book_figure_json(figure));
            }
        }
        (void)json_array_append_new(
            list, json_pack("{s:s, s:o}", "convention", books->items[b]->convention, "figures", figures));
    }
    json_t *object =
        json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:o}", "id", rule->id, "family",
                  rulebook_family_titles[rule->family], "refusal_code", rule->refusal != REFUSAL_NONE, "title",
                  rule->title, "rule", rule->rule, "remedy", rule->remedy, "article", rule->article, "books", list);
    if (rule->refusal != REFUSAL_NONE) {
        (void)json_object_set_new(object, "patient_billable",
                                  json_boolean(refusal_entry(rule->refusal)->patient_billable));
    }
    return object;
}

/* Which conventions have a figure of the rule: "2019 2021 2024". */
static const char *conventions_of(const struct books *books, const struct topic *topic, char *out, size_t size) {
    out[0] = '\0';
    for (size_t b = 0; b < books->count; b++) {
        struct books one = {.items = {books->items[b]}, .count = 1};
        size_t used = strlen(out);
        if (count_figures(&one, topic) > 0) {
            (void)snprintf(out + used, size - used, "%s%s", used ? " " : "", books->items[b]->convention);
        }
    }
    return out;
}

static int list_rules(const struct ctl *ctl, const struct books *books) {
    static const struct table_column columns[] = {
        {"Rule", TABLE_LEFT}, {"What it is about", TABLE_LEFT}, {"Figures in", TABLE_LEFT}};
    json_t *list = ctl->json ? json_array() : NULL;
    struct table *table = ctl->json ? NULL : table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    struct topic topic = {0};
    char conventions[64];
    for (size_t i = 0; (topic.rule = rulebook_at(i)) != NULL; i++) {
        if (list) {
            (void)json_array_append_new(list, topic_json(books, &topic));
            continue;
        }
        table_row(table);
        table_text(table, topic.rule->id);
        table_text(table, topic.rule->title);
        table_text(table, conventions_of(books, &topic, conventions, sizeof conventions));
    }
    return list ? message_json_print(list) : table_print(table);
}

/* The rule that says most about figures: one that has them beside few others, so the table of all services comes last. */
static const struct rulebook_rule *rule_of_figures(const struct books *books, const struct topic *topic) {
    const struct rulebook_rule *found = NULL;
    const struct rulebook_rule *rule;
    for (size_t r = 0; (rule = rulebook_at(r)) != NULL; r++) {
        for (size_t b = 0; b < books->count; b++) {
            for (size_t i = 0; i < book_figure_count(books->items[b]); i++) {
                const struct book_figure *figure = book_figure(books->items[b], i);
                bool general = !found || strcmp(found->id, "services") == 0;
                if (general && topic_has(topic, figure) && rulebook_has_figure(rule, figure->name)) {
                    found = rule;
                }
            }
        }
    }
    return found;
}

/* A pseudo-code stands for its row among the codes. */
static void find_topic(const struct books *books, const char *name, struct topic *ret) {
    bool digits = strlen(name) == 6 && strspn(name, "0123456789") == 6;
    *ret = (struct topic){.rule = rulebook_find(name)};
    if (!ret->rule) {
        (void)snprintf(ret->figure, sizeof ret->figure, "%s%.50s", digits ? "code." : "", name);
        ret->rule = rule_of_figures(books, ret);
    }
}

static int explain(struct ctl *ctl, const struct books *books, const char *name) {
    struct topic topic;
    find_topic(books, name, &topic);
    size_t figures = topic.rule ? count_figures(books, &topic) : 0;
    if (!topic.rule) {
        return ctl_fail(CTL_NO, "no rule, code or figure is called \"%.40s\"; elpctl book explain lists the rules%s",
                        name, ctl_option(ctl, OPTION_BOOK) ? ", and without --book all books are searched" : "");
    }
    if (ctl->json) {
        return message_json_print(topic_json(books, &topic));
    }
    if (topic.figure[0]) {
        printf("%s belongs to ", name);
    }
    print_rule(ctl, topic.rule);
    if (figures == 0) {
        return CTL_DONE;
    }
    printf("\n");
    return print_figures(ctl, books, &topic);
}

static int run_explain(struct ctl *ctl) {
    struct books books;
    const char *name = ctl_argument(ctl, 0);
    int code = read_books(ctl, &books);
    if (code == CTL_DONE) {
        code = name ? explain(ctl, &books, name) : list_rules(ctl, &books);
    }
    free_books(&books);
    return code;
}

static const struct argp_option options[] = {
    {"book", OPTION_BOOK, "CONVENTION|FILE", 0, "one book only: 2019, 2021, 2024 as elpctl carries them, or a file", 0},
    {0},
};

const struct command book_explain_command = {
    .name = "book explain",
    .group = GROUP_RULES,
    .summary = "a rule or code in words, its figures by date, their articles",
    .arguments = "[CODE|RULE|FIGURE]",
    .arguments_max = 1,
    .options = options,
    .help =
        "CODE is a refusal code or a pseudo-code, RULE one of R1 to R10, T1 to T6, B1 to B10, services, envelopes, "
        "FIGURE "
        "the name of a figure or what names begin with up to a point. Without one, every rule is listed. No daemon is "
        "asked: the books are those that elpctl carries; elpctl book show prints those of a cell.\n\n"
        "Examples:\n"
        "  elpctl book explain site-not-contracted\n"
        "  elpctl book explain T3 --book 2024\n"
        "  elpctl book explain 793833\n"
        "  elpctl book explain tariff.individual",
    .run = run_explain,
};
