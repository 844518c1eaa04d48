#ifndef ELP_TESTS_CASES_BOOKS_H
#define ELP_TESTS_CASES_BOOKS_H

#include <stdbool.h>

#include "common/book.h"
#include "common/calendar.h"
#include "common/failure.h"

/* The three convention books that are shipped, from the oldest to the newest: 2019, 2021, 2024. */
#define CASE_BOOKS 3
struct case_books {
    struct book *books[CASE_BOOKS];
};

/* Loads the files of `folder`. False when one is missing or no valid book; that was printed to stderr. */
MUST_USE bool case_books_load(const char *folder, struct case_books *ret);
void case_books_free(struct case_books *books);

/* The book of a convention, "2019"; NULL when there is none. */
const struct book *case_book(const struct case_books *books, const char *convention);

/* The figures of a convention's book as they stand at the end of a budget year. The convention exists. */
const struct book_figures *case_figures(const struct case_books *books, const char *convention, int budget_year);

/* The newest book that covers a session on that day (rulebook §2); NULL when none does. */
const struct book *case_book_on(const struct case_books *books, struct date session);

#endif
