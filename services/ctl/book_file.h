#ifndef ELP_CTL_BOOK_FILE_H
#define ELP_CTL_BOOK_FILE_H

#include <jansson.h>

#include "common/book.h"

/* Convention books without a cell: a file, or one of those that elpctl carries. For the book commands. */

#define BOOK_FILE_ERRORS_MAX 100

/* What reading a book gave: the book, or its errors. */
struct book_file {
    const char *path;
    struct book *book; /* NULL when there are errors */
    struct yaml_error errors[BOOK_FILE_ERRORS_MAX];
    size_t error_count;
};

/*
 * Reads the book of `name`: a convention that elpctl carries ("2024"), else the path of a file ("./2024" is always a file). An
 * invalid book is no failure here: its errors stand in *ret. CTL_DONE, or an exit code after one line.
 */
MUST_USE int book_file_read(const char *name, struct book_file *ret);
/* The same, but an invalid book is CTL_NO after its errors were printed, each with its line. */
MUST_USE int book_file_valid(const char *name, struct book_file *ret);
/* The carried book at `index`, from 0 on; false after the last. They parse: a test says so. */
MUST_USE bool book_file_shipped(size_t index, struct book **ret);

void book_file_print_errors(const struct book_file *file);
void book_file_print_warnings(const struct book_file *file);

/* "2024-04-01 - 2027-12-31", or "all days" when it is the book's own period. */
const char *book_interval_text(struct book_interval valid, char *out, size_t size);
const char *book_days_text(const struct book *book, struct book_interval valid, char *out, size_t size);

/* {"name": ..., "value": ..., "from": ..., "until": ..., "article": ..., "provisional": ..., "fictitious": ..., "line": ...} */
json_t *book_figure_json(const struct book_figure *figure);
/* "fictitious", "provisional", both, or "". */
const char *book_figure_mark(const struct book_figure *figure);

#endif
