#ifndef ELP_COMMON_STORE_H
#define ELP_COMMON_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/calendar.h"
#include "common/failure.h"
#include "common/span.h"

/*
 * The one wrapper of LMDB. A store is a folder with one environment, opened with the default (synchronous)
 * flags: a commit that returned 0 is on the disk. All tables are opened once, at store_open. One write
 * transaction at a time, one thread. The first error of a transaction sticks: later calls on it return the
 * same failure and commit aborts. After a failed commit the process must end (pitfalls: the next commit may
 * wrongly succeed); callers forward.
 *
 * Spans handed out by reads aim into the map and live until the next write of the same transaction or its
 * end; copy one before it is handed to a write. Keys have 1 to STORE_KEY_BYTES_MAX bytes; anything else is
 * our bug.
 */
struct store;
struct store_txn;
struct store_cursor;

#define STORE_TABLES_MAX 32
#define STORE_MAP_BYTES_DEFAULT (UINT64_C(64) << 30) /* address space, not disk */
#define STORE_KEY_BYTES_MAX 511

/*
 * Opens (and creates where missing) the store in folder `dir` with the named tables; the table's index is its
 * place in `tables`. Refuses a second open of the same folder in this process and, with a lock file, in
 * another one. FAILURE_CONFIG with a printed sentence when the folder cannot be used; FAILURE_FULL, FAILURE_MEMORY or
 * FAILURE_STORE otherwise.
 */
MUST_USE int store_open(const char *dir, uint64_t map_bytes, const char *const *tables, size_t table_count,
                        struct store **ret);
enum store_outcome { STORE_ABSENT = 1 /* nothing was ever stored in that folder */ };

/*
 * Opens an existing store to read it and changes nothing in its folder: for backups, and for stores whose daemon does not
 * run. Tables that it does not have are empty. STORE_ABSENT; FAILURE_CONFIG with a printed sentence when a process has it
 * open; FAILURE_STORE with one when the file is damaged. Bytes that are missing at the end of the file are noticed when they
 * are read: the process gets SIGBUS.
 */
MUST_USE int store_open_read(const char *dir, const char *const *tables, size_t table_count, struct store **ret);
void store_close(struct store *store); /* accepts NULL; no transaction may be open */

/*
 * A page of the map that the disk does not give, or that a cut file does not have, is SIGBUS and not an error of a call: from
 * now on it ends the process with one sentence and the exit code of FAILURE_STORE. For programs, once, at their start.
 */
void store_end_on_unreadable_map(void);

/* Map size and used bytes (last used page), for busy and for metrics. */
void store_usage(struct store *store, uint64_t *ret_map_bytes, uint64_t *ret_used_bytes);

/*
 * Slots of the reader table in use, and how many commits ago the oldest open snapshot was taken (0: none is open): its pages
 * cannot be reused. Slots of processes that died are cleared first (pitfalls §1.3).
 */
void store_readers(struct store *store, uint64_t *ret_count, uint64_t *ret_lag);

/*
 * Writes a snapshot of the whole store to `fd`, which may be a pipe, while its thread goes on reading and writing: the one
 * function here that another thread may call. `compact` leaves free pages out. Pages freed meanwhile are not reused before
 * it ends (pitfalls §1.7). FAILURE_STORE when `fd` takes no more or a page cannot be copied.
 */
MUST_USE int store_copy(struct store *store, int fd, bool compact);

/*
 * Takes the data file away from under an open store, which may only be closed afterwards: it becomes data.mdb.aside, in place
 * of an earlier one, and the next store_open begins an empty store.
 */
MUST_USE int store_set_aside(struct store *store);

/*
 * Rewrites the store's file, row by row: freed pages, and gaps in used ones, keep the bytes of deleted rows; the new
 * file has none of them. No transaction is open, none by another thread either. 0; STORE_NOT_COMPACTED when the copy could not be made,
 * for want of room say or because store_copy is under way, and the file stays as it is (logged); negative when the store cannot be used any more. A crash at any
 * moment leaves the old file or the new one, whole.
 */
#define STORE_NOT_COMPACTED 1
MUST_USE int store_compact(struct store *store);

/* The folder as it was given to store_open; lives as long as the store. */
const char *store_folder(const struct store *store);

MUST_USE int store_begin_write(struct store *store, struct store_txn **ret);
MUST_USE int store_begin_read(struct store *store, struct store_txn **ret);
/* Frees txn in every case. FAILURE_FULL undid it and nothing else; after FAILURE_STORE no write begins. */
MUST_USE int store_commit(struct store_txn *txn);
void store_abort(struct store_txn *txn); /* accepts NULL */

/* 0 with *ret_found telling whether *ret_value was set. */
MUST_USE int store_get(struct store_txn *txn, size_t table, struct span key, struct span *ret_value, bool *ret_found);
MUST_USE int store_put(struct store_txn *txn, size_t table, struct span key, struct span value);
/* The key is larger than every key of the table; anything else is our bug. */
MUST_USE int store_append(struct store_txn *txn, size_t table, struct span key, struct span value);
/* The same; the stored value is head followed by body, so that the caller need not join them. */
MUST_USE int store_append_parts(struct store_txn *txn, size_t table, struct span key, struct span head,
                                struct span body);
/* Deleting what is not there is fine. */
MUST_USE int store_delete(struct store_txn *txn, size_t table, struct span key);
MUST_USE int store_count(struct store_txn *txn, size_t table, uint64_t *ret);

/*
 * Cursors read in key order. seek: first key ≥ `key`; seek_last_before: last key < `key`; next and previous
 * step. *ret_found false at the end. A fresh cursor stands before the first key; past either end it stands
 * beyond that end, so that stepping back gives the last (first) key. The cursor must be closed before its
 * transaction ends; writing through the transaction while a cursor is open is allowed on other tables only.
 */
MUST_USE int store_cursor_open(struct store_txn *txn, size_t table, struct store_cursor **ret);
void store_cursor_close(struct store_cursor *cursor); /* accepts NULL */
MUST_USE int store_cursor_seek(struct store_cursor *cursor, struct span key, bool *ret_found);
MUST_USE int store_cursor_seek_last_before(struct store_cursor *cursor, struct span key, bool *ret_found);
MUST_USE int store_cursor_last(struct store_cursor *cursor, bool *ret_found);
MUST_USE int store_cursor_next(struct store_cursor *cursor, bool *ret_found);
MUST_USE int store_cursor_previous(struct store_cursor *cursor, bool *ret_found);
struct span store_cursor_key(const struct store_cursor *cursor);
struct span store_cursor_value(const struct store_cursor *cursor);

/*
 * Keys are packed big-endian, so that memcmp order is numeric order; signed numbers have their sign bit
 * flipped; text is followed by one zero byte. Overflowing STORE_KEY_BYTES_MAX is our bug.
 */
struct store_key {
    uint8_t bytes[STORE_KEY_BYTES_MAX];
    size_t used;
};
void store_key_reset(struct store_key *key);
void store_key_u8(struct store_key *key, uint8_t v);
void store_key_u32(struct store_key *key, uint32_t v);
void store_key_u64(struct store_key *key, uint64_t v);
void store_key_date(struct store_key *key, struct date v);
void store_key_text(struct store_key *key, const char *text);
void store_key_bytes(struct store_key *key, const void *data, size_t bytes); /* only as the last field */
static inline struct span store_key_span(const struct store_key *key) {
    return (struct span){key->bytes, key->used};
}
/* Readers for the same forms; the caller knows the layout. */
uint32_t store_read_u32(const uint8_t *p);
uint64_t store_read_u64(const uint8_t *p);
struct date store_read_date(const uint8_t *p);
void store_write_u32(uint8_t *p, uint32_t v);
void store_write_u64(uint8_t *p, uint64_t v);

#endif
