#ifndef ELP_TESTS_CASES_ROW_H
#define ELP_TESTS_CASES_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/calendar.h"
#include "common/failure.h"
#include "common/money.h"

#define ROW_COLUMNS_MAX 16

/* One worked case: where it stands, and its fields in the order of the rule's columns. */
struct row {
    const char *path;
    int line;
    const char *const *columns;
    const char *fields[ROW_COLUMNS_MAX];
    bool failed; /* at least one line was printed about it */
};

/* Amounts in a case: up to ten thousand billion euro, so that no sum of a few of them overflows. */
#define ROW_CENTS_MAX INT64_C(1000000000000000)

/*
 * Readers of one input column. When the field does not have that form they print a line, mark the row failed
 * and return false.
 */
MUST_USE bool row_date(struct row *row, size_t column, struct date *ret);
MUST_USE bool row_date_or_none(struct row *row, size_t column, struct date *ret);   /* empty: DATE_NONE */
MUST_USE bool row_flag(struct row *row, size_t column, bool *ret);                  /* "yes" or "no" */
MUST_USE bool row_whole(struct row *row, size_t column, int64_t max, int64_t *ret); /* 0 to max */
MUST_USE bool row_cents(struct row *row, size_t column, struct money *ret);         /* 0 to ROW_CENTS_MAX */

/*
 * The next word of a field with words between single spaces: copies it to out and moves *cursor behind it.
 * False at the end of the field, and for a word that does not fit or an empty word, which leave *cursor on a
 * byte that is not NUL.
 */
MUST_USE bool row_next_word(const char **cursor, char *out, size_t size);

/* Strict whole number without sign or leading zeros, from 0 to max. */
MUST_USE bool row_whole_parse(const char *text, int64_t max, int64_t *ret);

/* Prints "path:line: column: expected …, got …" and marks the row failed. */
void row_fail(struct row *row, size_t column, const char *expected, const char *got);

/* Holds what the rule gave against an expected column. */
void row_expect(struct row *row, size_t column, const char *got);
void row_expect_cents(struct row *row, size_t column, struct money got);

#endif
