#ifndef ELP_TESTS_UNIT_BOOK_TEXT_H
#define ELP_TESTS_UNIT_BOOK_TEXT_H

#include "common/book.h"

/* Reads a file of the source tree, "deploy/conventions/2024.yaml"; the test fails when it cannot. Caller
 * frees. */
char *book_text_read(const char *path);

/* The same text with the first `from` replaced; the test fails when it is not there. Caller frees. */
char *book_text_replace(const char *text, const char *from, const char *to);

/* The line, counted from 1, on which `part` first stands. */
int book_text_line(const char *text, const char *part);

/* Parses a book of the source tree that must be valid. Caller frees with book_free. */
struct book *book_text_parse_file(const char *path);

struct date book_text_day(const char *text);

#endif
