#include "tests/cases/books.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/require.h"
#include "tests/cases/file.h"

#define ERRORS_MAX 16

static const char *const conventions[CASE_BOOKS] = {"2019", "2021", "2024"};

static struct book *load_book(const char *path) {
    size_t bytes;
    char *text = file_read(path, BOOK_BYTES_MAX, &bytes);
    if (text == NULL) {
        return NULL;
    }
    struct yaml_error errors[ERRORS_MAX];
    size_t error_count = 0;
    struct book *book = NULL;
    int outcome = book_parse(text, bytes, &book, errors, ERRORS_MAX, &error_count);
    free(text);
    if (outcome < 0) {
        (void)fprintf(stderr, "%s: %s\n", path, failure_text(outcome));
        return NULL;
    }
    if (outcome > 0) {
        for (size_t i = 0; i < error_count && i < ERRORS_MAX; i++) {
            (void)fprintf(stderr, "%s:%d: %s: %s\n", path, errors[i].line, errors[i].field, errors[i].text);
        }
        return NULL;
    }
    return book;
}

bool case_books_load(const char *folder, struct case_books *ret) {
    struct case_books books = {{NULL}};
    for (size_t i = 0; i < CASE_BOOKS; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s.yaml", folder, conventions[i]);
        books.books[i] = load_book(path);
        if (books.books[i] == NULL) {
            case_books_free(&books);
            return false;
        }
    }
    *ret = books;
    return true;
}

void case_books_free(struct case_books *books) {
    for (size_t i = 0; i < CASE_BOOKS; i++) {
        book_free(books->books[i]);
        books->books[i] = NULL;
    }
}

const struct book *case_book(const struct case_books *books, const char *convention) {
    for (size_t i = 0; i < CASE_BOOKS; i++) {
        if (strcmp(books->books[i]->convention, convention) == 0) {
            return books->books[i];
        }
    }
    return NULL;
}

const struct book_figures *case_figures(const struct case_books *books, const char *convention, int budget_year) {
    const struct book *book = case_book(books, convention);
    struct date day = DATE_NONE;
    require(book != NULL && date_make(budget_year, 12, 31, &day));
    return book_on(book, day);
}

const struct book *case_book_on(const struct case_books *books, struct date session) {
    for (size_t i = CASE_BOOKS; i > 0; i--) {
        const struct book *book = books->books[i - 1];
        if (date_within(session, book->sessions.from, book->sessions.until)) {
            return book;
        }
    }
    return NULL;
}
