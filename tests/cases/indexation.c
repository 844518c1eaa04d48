/*
 * indexation.csv: each published amount is the one before, indexed and rounded to the cent (rulebook §5, T6).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/cases/rule.h"

enum { BASE_CENTS, INDEX_BASIS_POINTS, PUBLISHED_CENTS, COLUMNS };

static const char *const columns[COLUMNS] = {
    [BASE_CENTS] = "base_cents",
    [INDEX_BASIS_POINTS] = "index_basis_points",
    [PUBLISHED_CENTS] = "published_cents",
};

static void check(const struct case_books *books, struct row *row) {
    (void)books;
    struct money amount;
    if (!row_cents(row, BASE_CENTS, &amount)) {
        return;
    }
    char published[1024] = "";
    size_t length = 0;
    const char *cursor = row->fields[INDEX_BASIS_POINTS];
    char word[16];
    while (row_next_word(&cursor, word, sizeof word)) {
        int64_t basis_points;
        if (!row_whole_parse(word, INT32_MAX, &basis_points)) {
            row_fail(row, INDEX_BASIS_POINTS, "basis points", word);
            return;
        }
        if (!money_index_round_nearest(amount, (int32_t)basis_points, &amount)) {
            row_fail(row, INDEX_BASIS_POINTS, "an index within its range", word);
            return;
        }
        length += (size_t)snprintf(published + length, sizeof published - length, "%s%" PRId64, length == 0 ? "" : " ",
                                   money_cents(amount));
        if (length >= sizeof published) {
            row_fail(row, INDEX_BASIS_POINTS, "fewer years", row->fields[INDEX_BASIS_POINTS]);
            return;
        }
    }
    if (*cursor != '\0' || length == 0) {
        row_fail(row, INDEX_BASIS_POINTS, "basis points between single spaces", row->fields[INDEX_BASIS_POINTS]);
        return;
    }
    row_expect(row, PUBLISHED_CENTS, published);
}

const struct rule rule_indexation = {"indexation", columns, COLUMNS, check};
