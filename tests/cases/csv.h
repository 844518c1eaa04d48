#ifndef ELP_TESTS_CASES_CSV_H
#define ELP_TESTS_CASES_CSV_H

#include <stddef.h>

#include "common/failure.h"

/*
 * Reader of comma-separated text (RFC 4180): fields may stand in quotes, with "" for a quote and line ends
 * inside; lines end in LF or CRLF; a byte-order mark is passed over and so are empty lines. The fields point
 * into the text, which is changed.
 */
struct csv {
    char *next;
    char *end;
    int line; /* of `next`, 1-based */
};

#define CSV_FIELDS_MAX 32

struct csv_record {
    int line; /* where the record begins */
    size_t count;
    const char *fields[CSV_FIELDS_MAX];
};

enum csv_outcome {
    CSV_RECORD = 0,
    CSV_END = 1,
    CSV_MALFORMED = 2, /* *ret_reason says why, ret->line where */
};

/* text[bytes] is NUL. */
struct csv csv_begin(char *text, size_t bytes);

/* The next record. After CSV_MALFORMED nothing more is read. */
MUST_USE int csv_next(struct csv *csv, struct csv_record *ret, const char **ret_reason);

#endif
