#ifndef ELP_COMMON_STORE_IDENTITY_H
#define ELP_COMMON_STORE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cell.h"
#include "common/failure.h"
#include "common/identifiers.h"
#include "common/store.h"

/*
 * What a store says about itself, in two rows of its table of positions: whose it is, and whether it is a backup that nobody
 * has opened yet. A daemon looks before it opens anything for writing, so a folder that was mounted in the wrong place stays
 * as it is.
 */

/* The behaviour version of this program; a store that a later one wrote is refused (design.md, Journals 6). */
#define ELP_ENGINE 1

struct store_identity {
    enum cell_service service;
    uint32_t engine; /* the highest that wrote it */
    bool simulated;  /* of a cell on the manual clock, for ever */
    char cell[33];   /* the cell's name */
};

/* *ret_found false: a store from before this row was written, or an empty one. FAILURE_CORRUPT. */
MUST_USE int store_identity_get(struct store_txn *txn, size_t table, struct store_identity *ret, bool *ret_found);

/* Writes the row when it is missing or says something else. */
MUST_USE int store_identity_put(struct store_txn *txn, size_t table, const struct store_identity *identity);

/*
 * Is the store in folder `dir`, when there is one, that of this daemon of this cell? FAILURE_CONFIG with a printed sentence
 * that says whose it is and what to do; otherwise as store_open_read.
 */
MUST_USE int store_identity_check(const char *dir, const struct store_identity *expected);

/* What is wrong with `found` where `expected` is wanted, as a sentence without full stop; NULL: nothing. */
const char *store_identity_fault(const struct store_identity *found, const struct store_identity *expected, char *out,
                                 size_t size);

/* Says in a store that it is the backup of that name. */
MUST_USE int store_backup_mark(struct store_txn *txn, size_t table, const struct code *name);

/* The same row, read; *ret_found false when it is no backup, or was opened since. */
MUST_USE int store_backup_name(struct store_txn *txn, size_t table, struct code *ret, bool *ret_found);

/* Takes the mark away: from now on it is an ordinary store. */
MUST_USE int store_backup_unmark(struct store_txn *txn, size_t table);

#endif
