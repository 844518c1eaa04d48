#ifndef ELP_COMMON_STORE_PRIVATE_H
#define ELP_COMMON_STORE_PRIVATE_H

/* What store.c and store_cursor.c share; nobody else includes it, so LMDB stays behind common/store.h. */

#include <lmdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/store.h"

/* Handle of a table that a store which is only read does not have. */
#define TABLE_MISSING ((MDB_dbi)-1)

struct store_txn {
    struct store *store;
    MDB_txn *txn; /* NULL: no LMDB transaction belongs to this struct */
    bool writes;
    bool open;
    int failure; /* the first error of the transaction, sticky */
    size_t cursor_count;
    /*
     * One cursor per table that was touched: neighbours are found from where the last row was, without another walk from
     * the root. NULL: none yet, or borrowed by a store_cursor.
     */
    MDB_cursor *rows[STORE_TABLES_MAX];
};

struct store {
    MDB_env *env;
    MDB_dbi tables[STORE_TABLES_MAX];
    char *names[STORE_TABLES_MAX];
    size_t table_count;
    char *dir;
    uint64_t map_bytes;
    int lock_fd;
    dev_t device;
    ino_t inode;
    bool registered;
    bool read_only;
    pid_t owner; /* a forked child must not touch the environment */
    int failure; /* a commit did not reach the disk: nothing may be written any more */
    struct store_txn write;
    struct store_txn read;   /* kept between uses: mdb_txn_renew is cheaper than a new one */
    pthread_mutex_t copying; /* held by whoever copies the file on another thread, or replaces it */
    struct store *next;      /* all open stores of this process */
};

/* FAILURE_FULL, FAILURE_MEMORY or FAILURE_STORE. */
int store_failure_of(int error);

/* fsync of a folder: what was made, renamed or removed in it is on the disk. 0, or -1 with errno. */
int store_sync_folder(const char *dir);

/* Environment and tables of a store whose folder is locked: the second half of store_open. */
MUST_USE int store_open_files(struct store *store);

/* The transaction's cursor of the table, made at first use. 0 or an LMDB error. */
MUST_USE int store_row_cursor(struct store_txn *txn, size_t table, MDB_cursor **ret);

/* Turns an LMDB error into a failure, makes it stick and logs it once. table may be SIZE_MAX: none. */
int store_txn_fail(struct store_txn *txn, const char *operation, size_t table, int error);

#endif
