/*
 * Goal: `elpctl book check` misses no gap, overlap, missing row, missing article or wrong check digit, wherever it stands.
 * Method: every row of each shipped book in turn is deleted, doubled, cut at its first and last days, robbed of its article,
 * given another digit; the parser must speak up, about that line, unless the row is one that a book need not have.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/book.h"
#include "tests/unit/book_text.h"

#define ERRORS_MAX 64
#define LINE_BYTES_MAX 400

static const char *const conventions[] = {"2019", "2021", "2024"};

/* Limits of age that a convention may do without, for a time or for good. */
static const char *const optional[] = {"adult_age_min", "adult_age_max", "child_age_min", "child_age_max"};

/* Figures of a period of their own: they may begin and end within the book, but not be missing. */
static const char *const dated[] = {"adult_age_min",
                                    "adult_age_max",
                                    "child_age_min",
                                    "child_age_max",
                                    "index_mass",
                                    "extra_care_share",
                                    "neutralise_group_above",
                                    "neutralise_outreach_above",
                                    "neutralise_other_missions",
                                    "other_missions_max",
                                    "reduction_deadline"};

struct outcome {
    bool refused;
    bool warned;
    bool on_line; /* an error or a warning stands on the line asked for */
};

static struct outcome judge(const char *text, int line) {
    static struct yaml_error errors[ERRORS_MAX];
    struct outcome outcome = {0};
    struct book *book = NULL;
    size_t count = 0;

    outcome.refused = book_parse(text, strlen(text), &book, errors, ERRORS_MAX, &count) == 1;
    for (size_t i = 0; i < count && outcome.refused; i++) {
        assert_true(errors[i].line > 0 && errors[i].text[0] != 0);
        outcome.on_line = outcome.on_line || errors[i].line == line;
    }
    outcome.warned = !outcome.refused && book->warning_count > 0;
    for (size_t i = 0; !outcome.refused && i < book->warning_count; i++) {
        outcome.on_line = outcome.on_line || book->warnings[i].line == line;
    }
    book_free(book);
    return outcome;
}

static bool names_one_of(const char *row, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char name[64];

        snprintf(name, sizeof(name), "{name: %s,", names[i]);
        if (strstr(row, name) != NULL) {
            return true;
        }
    }
    return false;
}

/* The text with the line at `start` replaced by `row` (with its line end, or "" to delete it). Caller frees. */
static char *with_row(const char *text, const char *start, const char *row) {
    size_t room = strlen(text) + strlen(row) + 2;
    char *result = malloc(room);

    assert_non_null(result);
    snprintf(result, room, "%.*s%s%s", (int)(start - text), text, row, strchr(start, '\n') + 1);
    return result;
}

/* Calls `mutate` with every line of a book that is a row, in braces or a key of its own, and its number. */
static size_t each_row(void (*mutate)(const char *text, const char *start, const char *row, int line)) {
    size_t rows = 0;

    for (size_t i = 0; i < sizeof(conventions) / sizeof(conventions[0]); i++) {
        char path[64];
        char row[LINE_BYTES_MAX];
        int line = 1;

        snprintf(path, sizeof(path), "deploy/conventions/%s.yaml", conventions[i]);

        char *text = book_text_read(path);

        for (const char *at = text; *at != 0; at = strchr(at, '\n') + 1, line++) {
            snprintf(row, sizeof(row), "%.*s", (int)(strchr(at, '\n') - at), at);
            if (row[strspn(row, " ")] != '#' && row[0] != 0) {
                mutate(text, at, row, line);
                rows++;
            }
        }
        free(text);
    }
    return rows;
}

static bool is_braced(const char *row) {
    return strncmp(row, "  - {", 5) == 0 || strncmp(row, "      - {", 9) == 0;
}

static void expect(bool holds, const char *what, const char *row) {
    if (!holds) {
        fail_msg("%s: %s", what, row);
    }
}

static void delete (const char *text, const char *start, const char *row, int line) {
    (void)line;
    if (names_one_of(row, optional, sizeof(optional) / sizeof(optional[0])) ||
        strstr(row, "individual_free_until_age") != NULL || strcmp(row, "    fictitious: true") == 0) {
        return;
    }

    char *changed = with_row(text, start, "");

    struct outcome outcome = judge(changed, 0);

    expect(outcome.refused || outcome.warned, "accepted without", row);
    free(changed);
}

static void double_row(const char *text, const char *start, const char *row, int line) {
    char twice[2 * LINE_BYTES_MAX + 2];

    if (!is_braced(row)) {
        return;
    }
    snprintf(twice, sizeof(twice), "%s\n%s\n", row, row);

    char *changed = with_row(text, start, twice);
    struct outcome outcome = judge(changed, line + 1);

    expect(outcome.refused && outcome.on_line, "accepted twice", row);
    free(changed);
}

static void cut_with(const char *text, const char *start, const char *row, int line, const char *bound) {
    char cut[LINE_BYTES_MAX + 64];
    const char *brace = strchr(row, '{') + 1;

    snprintf(cut, sizeof(cut), "%.*s%s, %s\n", (int)(brace - row), row, bound, brace);

    char *changed = with_row(text, start, cut);

    expect(judge(changed, line).on_line, bound, row);
    free(changed);
}

/* Two days after the first one of any book, and long before the end of any. */
static void cut(const char *text, const char *start, const char *row, int line) {
    bool has_days = strstr(row, "from:") != NULL || strstr(row, "until:") != NULL || strstr(row, "year:") != NULL;
    const char *first = strstr(text, "sessions: {from: ");
    char from[64];
    char until[64];
    struct date day = DATE_NONE;
    char start_text[DATE_TEXT_BYTES];

    if (!is_braced(row) || has_days || names_one_of(row, dated, sizeof(dated) / sizeof(dated[0]))) {
        return;
    }
    snprintf(start_text, sizeof(start_text), "%.10s", first + strlen("sessions: {from: "));
    assert_true(date_parse(start_text, &day));
    snprintf(from, sizeof(from), "from: %s", date_format(date_add_days(day, 1), start_text, sizeof(start_text)));
    snprintf(until, sizeof(until), "until: %s", date_format(date_add_days(day, 20), start_text, sizeof(start_text)));
    cut_with(text, start, row, line, from);
    cut_with(text, start, row, line, until);
}

static void take_article(const char *text, const char *start, const char *row, int line) {
    const char *at = strstr(row, "article: ");
    char without[LINE_BYTES_MAX];

    if (at == NULL) {
        return;
    }
    snprintf(without, sizeof(without), "%.*sarticle: \" \"%s\n", (int)(at - row), row, strchr(row, '{') ? "}" : "");

    char *changed = with_row(text, start, without);
    struct outcome outcome = judge(changed, line);

    expect(outcome.refused && outcome.on_line, "accepted without an article", row);
    free(changed);
}

static void change_digit(const char *text, const char *start, const char *row, int line) {
    const char *at = strstr(row, "{code: \"");
    char other[LINE_BYTES_MAX + 2];

    if (at == NULL) {
        return;
    }
    snprintf(other, sizeof(other), "%s\n", row);

    char *digit = &other[at - row + (ptrdiff_t)strlen("{code: \"") + 5];

    *digit = *digit == '9' ? '8' : '9';

    char *changed = with_row(text, start, other);
    struct outcome outcome = judge(changed, line);

    expect(!outcome.refused && outcome.on_line, "no warning about the check digit", row);
    free(changed);
}

static void no_row_can_be_left_out(void **state) {
    (void)state;
    assert_true(each_row(delete) > 300);
}

static void no_row_can_stand_twice(void **state) {
    (void)state;
    (void)each_row(double_row);
}

static void no_row_can_leave_a_day_out_unseen(void **state) {
    (void)state;
    (void)each_row(cut);
}

static void no_row_goes_without_its_article(void **state) {
    (void)state;
    (void)each_row(take_article);
}

static void every_wrong_check_digit_is_a_warning(void **state) {
    (void)state;
    (void)each_row(change_digit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_row_can_be_left_out),
        cmocka_unit_test(no_row_can_stand_twice),
        cmocka_unit_test(no_row_can_leave_a_day_out_unseen),
        cmocka_unit_test(no_row_goes_without_its_article),
        cmocka_unit_test(every_wrong_check_digit_is_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
