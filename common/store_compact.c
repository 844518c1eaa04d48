#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/require.h"
#include "common/store_private.h"

/*
 * Rewriting a store's file: every row is put into a second store beside it, whose file then takes the first one's place.
 * LMDB's own compacting copy would not do: it copies whole pages, and a page keeps the bytes of a deleted row in its gap.
 */

#define ROWS_PER_COMMIT 10000

struct copy {
    struct store *store;
    char *folder; /* <dir>/compact */
    char *data;   /* its data.mdb */
    char *lock;   /* its lock.mdb */
    char *target; /* the store's own data.mdb */
    MDB_env *env; /* of the copy */
    MDB_txn *txn;
    size_t rows; /* in that transaction */
};

static char *joined(const char *a, const char *b) {
    char *out = malloc(strlen(a) + strlen(b) + 1);
    if (out != NULL) {
        (void)stpcpy(stpcpy(out, a), b);
    }
    return out;
}

static bool make_paths(struct copy *copy) {
    const char *dir = copy->store->dir;
    copy->folder = joined(dir, "/compact");
    copy->data = joined(dir, "/compact/data.mdb");
    copy->lock = joined(dir, "/compact/lock.mdb");
    copy->target = joined(dir, "/data.mdb");
    return copy->folder != NULL && copy->data != NULL && copy->lock != NULL && copy->target != NULL;
}

static void close_copy(struct copy *copy) {
    mdb_txn_abort(copy->txn);
    copy->txn = NULL;
    if (copy->env != NULL) {
        mdb_env_close(copy->env);
        copy->env = NULL;
    }
}

/* What is left of this attempt, or of one that a crash ended. */
static void remove_copy(struct copy *copy) {
    close_copy(copy);
    (void)unlink(copy->data);
    (void)unlink(copy->lock);
    (void)rmdir(copy->folder);
}

static int open_copy(struct copy *copy) {
    int rc = mkdir(copy->folder, 0700) != 0 ? errno : mdb_env_create(&copy->env);
    if (rc == 0) {
        rc = mdb_env_set_mapsize(copy->env, (size_t)copy->store->map_bytes);
    }
    if (rc == 0) {
        rc = mdb_env_set_maxdbs(copy->env, (MDB_dbi)copy->store->table_count);
    }
    return rc == 0 ? mdb_env_open(copy->env, copy->folder, MDB_NOTLS, 0600) : rc;
}

static int put_row(struct copy *copy, MDB_dbi table, MDB_val *key, MDB_val *value) {
    if (copy->rows == ROWS_PER_COMMIT) {
        int rc = mdb_txn_commit(copy->txn);
        copy->txn = NULL;
        copy->rows = 0;
        if (rc == 0) {
            rc = mdb_txn_begin(copy->env, NULL, 0, &copy->txn);
        }
        if (rc != 0) {
            return rc;
        }
    }
    copy->rows++;
    return mdb_put(copy->txn, table, key, value, MDB_APPEND);
}

static int copy_table(struct copy *copy, MDB_txn *from, size_t index) {
    MDB_dbi table = 0;
    MDB_cursor *cursor = NULL;
    MDB_val key;
    MDB_val value;
    int rc = mdb_dbi_open(copy->txn, copy->store->names[index], MDB_CREATE, &table);
    if (rc == 0) {
        rc = mdb_cursor_open(from, copy->store->tables[index], &cursor);
    }
    if (rc != 0) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    while (rc == 0) {
        rc = put_row(copy, table, &key, &value);
        if (rc == 0) {
            rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        }
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* A new table belongs to its transaction until that is committed, so each table is begun in one of its own. */
static int copy_tables(struct copy *copy, MDB_txn *from) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < copy->store->table_count; i++) {
        copy->rows = 0;
        rc = mdb_txn_begin(copy->env, NULL, 0, &copy->txn);
        if (rc == 0) {
            rc = copy_table(copy, from, i);
        }
        if (rc == 0) {
            rc = mdb_txn_commit(copy->txn);
            copy->txn = NULL;
        }
    }
    return rc;
}

static int copy_out(struct copy *copy) {
    MDB_txn *from = NULL;
    remove_copy(copy);
    int rc = open_copy(copy);
    if (rc == 0) {
        rc = mdb_txn_begin(copy->store->env, NULL, MDB_RDONLY, &from);
    }
    if (rc == 0) {
        rc = copy_tables(copy, from);
    }
    mdb_txn_abort(from);
    close_copy(copy); /* each commit has been flushed */
    return rc == 0 && store_sync_folder(copy->folder) != 0 ? errno : rc;
}

static void log_trouble(const struct store *store, const char *operation, int error) {
    log_line(LOG_LEVEL_ERROR, "store", "folder", LOG_TEXT, store->dir, "operation", LOG_TEXT, operation, "error",
             LOG_TEXT, mdb_strerror(error), "number", LOG_NUMBER, (int64_t)error, NULL);
}

/* An environment's files are not touched while it is open (pitfalls §1.4): it is closed around the renaming. */
static int swap_in(struct copy *copy) {
    struct store *store = copy->store;
    if (store->read.txn != NULL) {
        mdb_txn_abort(store->read.txn);
        store->read.txn = NULL;
    }
    mdb_env_close(store->env);
    store->env = NULL;
    if (rename(copy->data, copy->target) != 0 || store_sync_folder(store->dir) != 0) {
        int error = errno;
        log_trouble(store, "swap", error);
        return store_failure_of(error);
    }
    remove_copy(copy);
    return store_open_files(store);
}

int store_compact(struct store *store) {
    struct copy copy = {.store = store};
    require(!store->write.open && !store->read.open && store->owner == getpid());
    if (store->failure != 0) {
        return store->failure;
    }
    int result = make_paths(&copy) ? 0 : FAILURE_MEMORY;
    if (result == 0) {
        int error = copy_out(&copy);
        if (error != 0) {
            log_trouble(store, "compact", error);
            remove_copy(&copy);
            result = STORE_NOT_COMPACTED;
        } else {
            result = swap_in(&copy);
        }
    }
    free(copy.folder);
    free(copy.data);
    free(copy.lock);
    free(copy.target);
    return result;
}
