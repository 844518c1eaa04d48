#ifndef ELP_SERVICES_INTAKE_BOOKS_H
#define ELP_SERVICES_INTAKE_BOOKS_H

#include <stddef.h>
#include <stdint.h>

#include "common/book.h"
#include "common/failure.h"
#include "common/store.h"

struct intake_core;

/* The conventions that a cell can have books of. */
#define BOOKS_MAX 16
#define CONVENTION_BYTES_MAX 7

/* The last version of a convention's book: the one that judges. */
struct loaded_book {
    uint64_t number; /* record that loaded it */
    struct book *book;
};

struct books {
    struct loaded_book items[BOOKS_MAX];
    size_t count;
};

/* Parses the last version of every convention from the journal. FAILURE_CORRUPT when one does not parse any more. */
MUST_USE int books_open(struct intake_core *core, struct store_txn *txn);
void books_close(struct books *books);

/* NULL when no book of the convention is loaded. */
const struct loaded_book *books_find(const struct books *books, const char *convention);

/* Of the loaded books that cover the day the newest, by the first day of their sessions; NULL when none does. */
const struct loaded_book *books_newest_on(const struct books *books, struct date day);

bool book_covers(const struct book *book, struct date day);

/* Takes `book` over as the version of record `number` and notes it in the store. Not called when BOOKS_MAX stand. */
MUST_USE int books_add(struct books *books, struct store_txn *txn, uint64_t number, struct book *book);

#endif
