#include "tests/cases/row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void row_fail(struct row *row, size_t column, const char *expected, const char *got) {
    (void)printf("%s:%d: %s: expected %s, got %s\n", row->path, row->line, row->columns[column], expected, got);
    row->failed = true;
}

/* An input field of the wrong form is quoted, because a space or an empty text may be what is wrong. */
static bool refuse_input(struct row *row, size_t column, const char *form) {
    char quoted[128];
    (void)snprintf(quoted, sizeof quoted, "\"%.120s\"", row->fields[column]);
    row_fail(row, column, form, quoted);
    return false;
}

bool row_date(struct row *row, size_t column, struct date *ret) {
    return date_parse(row->fields[column], ret) || refuse_input(row, column, "a date YYYY-MM-DD");
}

bool row_date_or_none(struct row *row, size_t column, struct date *ret) {
    if (row->fields[column][0] == '\0') {
        *ret = DATE_NONE;
        return true;
    }
    return row_date(row, column, ret);
}

bool row_flag(struct row *row, size_t column, bool *ret) {
    const char *text = row->fields[column];
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0) {
        return refuse_input(row, column, "yes or no");
    }
    *ret = text[0] == 'y';
    return true;
}

bool row_whole_parse(const char *text, int64_t max, int64_t *ret) {
    if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0')) {
        return false;
    }
    int64_t value = 0;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        int digit = *text - '0';
        if (digit > max || value > (max - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

bool row_whole(struct row *row, size_t column, int64_t max, int64_t *ret) {
    return row_whole_parse(row->fields[column], max, ret) || refuse_input(row, column, "a whole number");
}

bool row_cents(struct row *row, size_t column, struct money *ret) {
    int64_t cents;
    if (!row_whole(row, column, ROW_CENTS_MAX, &cents)) {
        return false;
    }
    *ret = money_of_cents(cents);
    return true;
}

bool row_next_word(const char **cursor, char *out, size_t size) {
    size_t length = strcspn(*cursor, " ");
    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(out, *cursor, length);
    out[length] = '\0';
    *cursor += length;
    /* A single space separates; a space at the end of the field stays, and the caller sees it. */
    if ((*cursor)[0] == ' ' && (*cursor)[1] != '\0') {
        *cursor += 1;
    }
    return true;
}

void row_expect(struct row *row, size_t column, const char *got) {
    if (strcmp(row->fields[column], got) != 0) {
        row_fail(row, column, row->fields[column][0] == '\0' ? "\"\"" : row->fields[column], got);
    }
}

void row_expect_cents(struct row *row, size_t column, struct money got) {
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, money_cents(got));
    row_expect(row, column, text);
}
