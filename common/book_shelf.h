#ifndef ELP_COMMON_BOOK_SHELF_H
#define ELP_COMMON_BOOK_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "common/book.h"
#include "common/failure.h"
#include "common/span.h"
#include "common/store.h"

/*
 * The convention books that a daemon downstream of intake read in its journal: every version, parsed, and its bytes in
 * one table of the store for the next start. An attestation names the record that loaded its book, so that a book
 * loaded later never changes what an earlier record meant (design.md, Accounting decisions).
 *
 * Table: key is the number of intake's record, 8 bytes big-endian; value the book's bytes as recorded.
 */
struct book_shelf;

/* Parses every stored book. FAILURE_CORRUPT when one does not parse any more; a line in the log says which. */
MUST_USE int book_shelf_open(struct store_txn *txn, size_t table, struct book_shelf **ret);
void book_shelf_close(struct book_shelf *shelf); /* accepts NULL; frees all its books */

enum book_shelf_outcome {
    BOOK_SHELF_ADDED = 0,
    BOOK_SHELF_INVALID = 1, /* not a valid book, or not the bytes of its hash: intake's journal never holds one */
};

/*
 * Parses and stores the book of record `number`, which is larger than every number before it. A book never changes under a hash:
 * `hash` is the one that intake recorded for these bytes.
 */
MUST_USE int book_shelf_add(struct book_shelf *shelf, struct store_txn *txn, uint64_t number, struct span yaml,
                            struct span hash);

/* The book that record `number` loaded; NULL when that record loaded none. Lives as long as the shelf. */
const struct book *book_shelf_at(const struct book_shelf *shelf, uint64_t number);

/* The version of a convention that was loaded last; NULL when there is none. */
const struct book *book_shelf_newest(const struct book_shelf *shelf, const char *convention);

/* The record that loaded a book of this shelf. */
uint64_t book_shelf_number_of(const struct book_shelf *shelf, const struct book *book);

/* Every version in the order of loading. */
size_t book_shelf_count(const struct book_shelf *shelf);
const struct book *book_shelf_entry(const struct book_shelf *shelf, size_t index);

#endif
