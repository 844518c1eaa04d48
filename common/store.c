#include "common/store.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/require.h"
#include "common/store_private.h"

#define LOCK_NAME "owner.lock"
#define DATA_NAME "data.mdb"
#define ASIDE_NAME "data.mdb.aside"
#define NO_TABLE SIZE_MAX

#define DAMAGED                                                                                                       \
    "its " DATA_NAME " is damaged; put a backup in its place (elpctl restore), or empty the folder of a daemon that " \
    "can be rebuilt"

/*
 * LMDB does not notice a second environment on the same files and then loses its locks (pitfalls §1.4), so
 * this module keeps a list of what this process has open. The mutex guards the list only.
 */
static struct store *open_stores;
static pthread_mutex_t open_stores_mutex = PTHREAD_MUTEX_INITIALIZER;

int store_failure_of(int error) {
    if (error == ENOMEM) {
        return FAILURE_MEMORY;
    }
    return error == MDB_MAP_FULL || error == ENOSPC || error == EDQUOT ? FAILURE_FULL : FAILURE_STORE;
}

static void log_error(const struct store *store, const char *operation, size_t table, int error) {
    log_line(LOG_LEVEL_ERROR, "store", "folder", LOG_TEXT, store->dir, "operation", LOG_TEXT, operation, "table",
             LOG_TEXT, table < store->table_count ? store->names[table] : "", "error", LOG_TEXT, mdb_strerror(error),
             "number", LOG_NUMBER, (int64_t)error, NULL);
}

int store_txn_fail(struct store_txn *txn, const char *operation, size_t table, int error) {
    if (txn->failure == 0) {
        txn->failure = store_failure_of(error);
        log_error(txn->store, operation, table, error);
    }
    return txn->failure;
}

/* ---- opening and closing ---- */

static int refuse_folder(const char *dir, const char *why) {
    failure_say("the store folder %s cannot be used: %s.\n", dir, why);
    return FAILURE_CONFIG;
}

/* What the system says of a folder and, where that is plain, the way out. */
static const char *folder_error_text(int error) {
    return error == EACCES || error == EPERM
               ? "Permission denied; give the folder and every file in it to the user that the daemon runs as"
               : strerror(error);
}

/* A disk without room is no mistake of whoever set the folder up: it goes on as soon as there is some. */
static int refuse_folder_error(const char *dir, int error) {
    if (store_failure_of(error) == FAILURE_FULL) {
        (void)refuse_folder(dir, "its disk has no room; make some, it goes on where it was");
        return FAILURE_FULL;
    }
    return refuse_folder(dir, folder_error_text(error));
}

int store_sync_folder(const char *dir) {
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    int rc = fsync(fd);
    int error = errno;
    (void)close(fd);
    errno = error;
    return rc;
}

/* Creates the folder when it is missing and makes its name durable in the folder above. */
static int make_folder(const char *dir) {
    if (mkdir(dir, 0700) != 0) {
        return errno == EEXIST ? 0 : refuse_folder_error(dir, errno);
    }
    char *above = malloc(strlen(dir) + sizeof "/..");
    if (above == NULL) {
        return FAILURE_MEMORY;
    }
    (void)stpcpy(stpcpy(above, dir), "/..");
    int rc = store_sync_folder(above);
    free(above);
    return rc == 0 ? 0 : refuse_folder_error(dir, errno);
}

static int register_store(struct store *store) {
    struct stat status;
    if (stat(store->dir, &status) != 0) {
        return refuse_folder(store->dir, strerror(errno));
    }
    if (!S_ISDIR(status.st_mode)) {
        return refuse_folder(store->dir, "it is not a folder; move that file away, or use another folder");
    }
    store->device = status.st_dev;
    store->inode = status.st_ino;
    (void)pthread_mutex_lock(&open_stores_mutex);
    for (const struct store *other = open_stores; other != NULL; other = other->next) {
        if (other->device == store->device && other->inode == store->inode) {
            (void)pthread_mutex_unlock(&open_stores_mutex);
            return refuse_folder(store->dir, "this process has it open already");
        }
    }
    store->next = open_stores;
    open_stores = store;
    store->registered = true;
    (void)pthread_mutex_unlock(&open_stores_mutex);
    return 0;
}

static void unregister_store(struct store *store) {
    (void)pthread_mutex_lock(&open_stores_mutex);
    for (struct store **place = &open_stores; *place != NULL; place = &(*place)->next) {
        if (*place == store) {
            *place = store->next;
            break;
        }
    }
    store->registered = false;
    (void)pthread_mutex_unlock(&open_stores_mutex);
}

/* <folder>/<name> on the heap; NULL when memory is out. */
static char *path_in(const struct store *store, const char *name) {
    char *path = malloc(strlen(store->dir) + 1 + strlen(name) + 1);
    if (path != NULL) {
        (void)stpcpy(stpcpy(stpcpy(path, store->dir), "/"), name);
    }
    return path;
}

/*
 * The file stays when the store is closed: removing it would let two processes lock two different files. A reader makes
 * none: where there is none, as in a backup, no daemon has been.
 */
static int lock_folder(struct store *store) {
    char *path = path_in(store, LOCK_NAME);
    if (path == NULL) {
        return FAILURE_MEMORY;
    }
    const int flags = store->read_only ? O_RDONLY : O_RDWR | O_CREAT;
    store->lock_fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    free(path);
    if (store->lock_fd < 0) {
        return store->read_only && errno == ENOENT ? 0 : refuse_folder_error(store->dir, errno);
    }
    if (flock(store->lock_fd, (store->read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        return refuse_folder(store->dir, errno == EWOULDBLOCK
                                             ? "another process has it open; a store has one daemon: stop that one, "
                                               "or use another folder"
                                             : strerror(errno));
    }
    return 0;
}

static int environment_failed(const struct store *store, const char *operation, int rc) {
    if (rc == EACCES || rc == EROFS) {
        return refuse_folder(store->dir, folder_error_text(rc));
    }
    log_error(store, operation, NO_TABLE, rc);
    if (rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH || rc == MDB_CORRUPTED) {
        (void)refuse_folder(store->dir, DAMAGED);
    }
    return store_failure_of(rc);
}

static int open_environment(struct store *store) {
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    int dead = 0;
    int fd = -1;
    const char *operation = "create";
    int rc = mdb_env_create(&store->env);
    if (rc == 0 && !store->read_only) {
        operation = "set map size";
        rc = mdb_env_set_mapsize(store->env, (size_t)((store->map_bytes + page - 1) / page * page));
    }
    if (rc == 0) {
        operation = "set tables";
        rc = mdb_env_set_maxdbs(store->env, (MDB_dbi)store->table_count);
    }
    if (rc == 0) {
        /*
         * No flag that weakens a commit: data synced, then the meta page written synchronously. A reader needs no locks
         * of LMDB: nobody writes, because of ours.
         */
        operation = "open";
        rc = mdb_env_open(store->env, store->dir, MDB_NOTLS | (store->read_only ? MDB_RDONLY | MDB_NOLOCK : 0), 0600);
    }
    if (rc == 0 && !store->read_only) {
        operation = "check readers";
        rc = mdb_reader_check(store->env, &dead);
    }
    if (rc == 0) {
        operation = "close on exec";
        rc = mdb_env_get_fd(store->env, &fd);
    }
    if (rc == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        rc = errno;
    }
    return rc == 0 ? 0 : environment_failed(store, operation, rc);
}

/* All tables in one committed transaction: a handle of an aborted one would be invalid (pitfalls §1.4). */
static int open_tables(struct store *store) {
    MDB_txn *txn;
    int rc = mdb_txn_begin(store->env, NULL, 0, &txn);
    if (rc != 0) {
        log_error(store, "begin", NO_TABLE, rc);
        return store_failure_of(rc);
    }
    for (size_t i = 0; i < store->table_count; i++) {
        rc = mdb_dbi_open(txn, store->names[i], MDB_CREATE, &store->tables[i]);
        if (rc != 0) {
            mdb_txn_abort(txn);
            log_error(store, "open table", i, rc);
            return store_failure_of(rc);
        }
    }
    rc = mdb_txn_commit(txn);
    if (rc == 0 && store_sync_folder(store->dir) != 0) {
        rc = errno;
    }
    if (rc != 0) {
        log_error(store, "commit tables", NO_TABLE, rc);
        return store_failure_of(rc);
    }
    return 0;
}

int store_open_files(struct store *store) {
    int rc = open_environment(store);
    return rc == 0 ? open_tables(store) : rc;
}

static struct store *inert_store(const char *dir, const char *const *tables, size_t table_count) {
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return NULL;
    }
    store->lock_fd = -1;
    (void)pthread_mutex_init(&store->copying, NULL);
    store->owner = getpid();
    store->write.store = store;
    store->write.writes = true;
    store->read.store = store;
    store->dir = strdup(dir);
    store->table_count = table_count;
    bool complete = store->dir != NULL;
    for (size_t i = 0; i < table_count; i++) {
        store->names[i] = strdup(tables[i]);
        complete = complete && store->names[i] != NULL;
    }
    if (!complete) {
        store_close(store);
        return NULL;
    }
    return store;
}

/* The tables of a store that is only read; one that was never made is empty. */
static int find_tables(struct store *store) {
    MDB_txn *txn;
    int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
    for (size_t i = 0; rc == 0 && i < store->table_count; i++) {
        rc = mdb_dbi_open(txn, store->names[i], 0, &store->tables[i]);
        if (rc == MDB_NOTFOUND) {
            store->tables[i] = TABLE_MISSING;
            rc = 0;
        }
        if (rc != 0) {
            mdb_txn_abort(txn);
        }
    }
    if (rc == 0) {
        rc = mdb_txn_commit(txn); /* keeps the handles */
    }
    return rc == 0 ? 0 : environment_failed(store, "open tables", rc);
}

/* Was anything ever stored here? LMDB's file begins with two pages of its own. */
static bool holds_data(const struct store *store, int *ret_failure) {
    char *path = path_in(store, DATA_NAME);
    struct stat status;
    *ret_failure = path == NULL ? FAILURE_MEMORY : 0;
    bool holds = path != NULL && stat(path, &status) == 0 && status.st_size > 0;
    free(path);
    return holds;
}

int store_open_read(const char *dir, const char *const *tables, size_t table_count, struct store **ret) {
    require(dir[0] != '\0' && table_count >= 1 && table_count <= STORE_TABLES_MAX);
    int rc = 0;
    struct store *store = inert_store(dir, tables, table_count);
    if (store == NULL) {
        return FAILURE_MEMORY;
    }
    store->read_only = true;
    if (!holds_data(store, &rc)) {
        store_close(store);
        return rc == 0 ? STORE_ABSENT : rc;
    }
    rc = register_store(store);
    if (rc == 0) {
        rc = lock_folder(store);
    }
    if (rc == 0) {
        rc = open_environment(store);
    }
    if (rc == 0) {
        rc = find_tables(store);
    }
    if (rc != 0) {
        store_close(store);
        return rc;
    }
    *ret = store;
    return 0;
}

int store_open(const char *dir, uint64_t map_bytes, const char *const *tables, size_t table_count, struct store **ret) {
    require(dir[0] != '\0' && table_count >= 1 && table_count <= STORE_TABLES_MAX);
    require(map_bytes > 0 && map_bytes <= SIZE_MAX / 2);
    struct store *store = inert_store(dir, tables, table_count);
    if (store == NULL) {
        return FAILURE_MEMORY;
    }
    store->map_bytes = map_bytes;
    int rc = make_folder(dir);
    if (rc == 0) {
        rc = register_store(store);
    }
    if (rc == 0) {
        rc = lock_folder(store);
    }
    if (rc == 0) {
        rc = store_open_files(store);
    }
    if (rc != 0) {
        store_close(store);
        return rc;
    }
    *ret = store;
    return 0;
}

void store_close(struct store *store) {
    if (store == NULL) {
        return;
    }
    require(!store->write.open && !store->read.open);
    if (store->read.txn != NULL) {
        mdb_txn_abort(store->read.txn);
    }
    if (store->env != NULL) {
        mdb_env_close(store->env);
    }
    if (store->lock_fd >= 0) {
        (void)close(store->lock_fd);
    }
    if (store->registered) {
        unregister_store(store);
    }
    for (size_t i = 0; i < store->table_count; i++) {
        free(store->names[i]);
    }
    free(store->dir);
    (void)pthread_mutex_destroy(&store->copying);
    free(store);
}

void store_usage(struct store *store, uint64_t *ret_map_bytes, uint64_t *ret_used_bytes) {
    MDB_envinfo info;
    MDB_stat stat;
    require(mdb_env_info(store->env, &info) == 0);
    require(mdb_env_stat(store->env, &stat) == 0);
    *ret_map_bytes = info.me_mapsize;
    *ret_used_bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

int store_set_aside(struct store *store) {
    require(!store->write.open && !store->read.open && !store->read_only);
    char *data = path_in(store, DATA_NAME);
    char *aside = path_in(store, ASIDE_NAME);
    char *locks = path_in(store, "lock.mdb");
    int failure = FAILURE_MEMORY;
    if (data != NULL && aside != NULL && locks != NULL) {
        bool done = rename(data, aside) == 0 && unlink(locks) == 0 && store_sync_folder(store->dir) == 0;
        failure = done ? 0 : refuse_folder(store->dir, strerror(errno));
        store->failure = FAILURE_STORE; /* nothing is written into a file that has no name any more */
    }
    free(data);
    free(aside);
    free(locks);
    return failure;
}

const char *store_folder(const struct store *store) {
    return store->dir;
}

/* ---- transactions ---- */

int store_begin_write(struct store *store, struct store_txn **ret) {
    struct store_txn *txn = &store->write;
    require(!txn->open && store->owner == getpid() && !store->read_only);
    if (store->failure != 0) {
        return store->failure;
    }
    txn->failure = 0;
    txn->cursor_count = 0;
    int rc = mdb_txn_begin(store->env, NULL, 0, &txn->txn);
    if (rc != 0) {
        return store_txn_fail(txn, "begin write", NO_TABLE, rc);
    }
    txn->open = true;
    *ret = txn;
    return 0;
}

/* The store's own read transaction when it is free, else one more from the heap. */
int store_begin_read(struct store *store, struct store_txn **ret) {
    require(store->owner == getpid());
    struct store_txn *txn = &store->read;
    if (txn->open) {
        txn = calloc(1, sizeof *txn);
        if (txn == NULL) {
            return FAILURE_MEMORY;
        }
        txn->store = store;
    }
    txn->failure = 0;
    txn->cursor_count = 0;
    int rc = txn->txn != NULL ? mdb_txn_renew(txn->txn) : mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn->txn);
    if (rc != 0) {
        int failure = store_txn_fail(txn, "begin read", NO_TABLE, rc);
        if (txn != &store->read) {
            free(txn);
        }
        return failure;
    }
    txn->open = true;
    *ret = txn;
    return 0;
}

static void close_row_cursors(struct store_txn *txn) {
    for (size_t i = 0; i < txn->store->table_count; i++) {
        if (txn->rows[i] != NULL) {
            mdb_cursor_close(txn->rows[i]);
            txn->rows[i] = NULL;
        }
    }
}

static void end_read(struct store_txn *txn) {
    txn->open = false;
    close_row_cursors(txn);
    if (txn == &txn->store->read) {
        mdb_txn_reset(txn->txn);
    } else {
        mdb_txn_abort(txn->txn);
        free(txn);
    }
}

int store_commit(struct store_txn *txn) {
    require(txn->open && txn->cursor_count == 0);
    const int failure = txn->failure;
    if (!txn->writes || failure != 0) {
        store_abort(txn);
        return failure;
    }
    txn->open = false;
    close_row_cursors(txn);
    int rc = mdb_txn_commit(txn->txn);
    txn->txn = NULL;
    if (rc == 0) {
        return 0;
    }
    (void)store_txn_fail(txn, "commit", NO_TABLE, rc);
    if (txn->failure != FAILURE_FULL) {
        /* The kernel may have dropped the pages: another commit could succeed and yet miss them. */
        txn->store->failure = txn->failure;
    }
    return txn->failure;
}

void store_abort(struct store_txn *txn) {
    if (txn == NULL) {
        return;
    }
    require(txn->open && txn->cursor_count == 0);
    if (!txn->writes) {
        end_read(txn);
        return;
    }
    txn->open = false;
    close_row_cursors(txn);
    mdb_txn_abort(txn->txn);
    txn->txn = NULL;
}

/* ---- rows ---- */

static MDB_val key_value(const struct store_txn *txn, size_t table, struct span key) {
    require(txn->open && table < txn->store->table_count);
    require(key.bytes > 0 && key.bytes <= STORE_KEY_BYTES_MAX);
    return (MDB_val){key.bytes, (void *)(uintptr_t)key.data};
}

int store_row_cursor(struct store_txn *txn, size_t table, MDB_cursor **ret) {
    if (txn->rows[table] == NULL) {
        int rc = mdb_cursor_open(txn->txn, txn->store->tables[table], &txn->rows[table]);
        if (rc != 0) {
            return rc;
        }
    }
    *ret = txn->rows[table];
    return 0;
}

int store_get(struct store_txn *txn, size_t table, struct span key, struct span *ret_value, bool *ret_found) {
    MDB_val k = key_value(txn, table, key);
    MDB_val v;
    MDB_cursor *cursor;
    if (txn->failure != 0) {
        return txn->failure;
    }
    if (txn->store->tables[table] == TABLE_MISSING) {
        *ret_found = false;
        return 0;
    }
    int rc = store_row_cursor(txn, table, &cursor);
    if (rc == 0) {
        rc = mdb_cursor_get(cursor, &k, &v, MDB_SET);
    }
    if (rc != 0 && rc != MDB_NOTFOUND) {
        return store_txn_fail(txn, "get", table, rc);
    }
    if (rc == 0) {
        *ret_value = span_of(v.mv_data, v.mv_size);
    }
    *ret_found = rc == 0;
    return 0;
}

static int put_row(struct store_txn *txn, size_t table, MDB_val *key, MDB_val *value, unsigned flags) {
    MDB_cursor *cursor;
    int rc = store_row_cursor(txn, table, &cursor);
    return rc == 0 ? mdb_cursor_put(cursor, key, value, flags) : rc;
}

int store_put(struct store_txn *txn, size_t table, struct span key, struct span value) {
    MDB_val k = key_value(txn, table, key);
    MDB_val v = {value.bytes, (void *)(uintptr_t)value.data};
    require(txn->writes);
    if (txn->failure != 0) {
        return txn->failure;
    }
    int rc = put_row(txn, table, &k, &v, 0);
    return rc == 0 ? 0 : store_txn_fail(txn, "put", table, rc);
}

int store_append(struct store_txn *txn, size_t table, struct span key, struct span value) {
    return store_append_parts(txn, table, key, value, span_of(NULL, 0));
}

int store_append_parts(struct store_txn *txn, size_t table, struct span key, struct span head, struct span body) {
    MDB_val k = key_value(txn, table, key);
    MDB_val v = {head.bytes + body.bytes, NULL};
    require(txn->writes);
    if (txn->failure != 0) {
        return txn->failure;
    }
    int rc = put_row(txn, table, &k, &v, MDB_APPEND | MDB_RESERVE);
    require(rc != MDB_KEYEXIST);
    if (rc != 0) {
        return store_txn_fail(txn, "append", table, rc);
    }
    if (head.bytes > 0) {
        memcpy(v.mv_data, head.data, head.bytes);
    }
    if (body.bytes > 0) {
        memcpy((uint8_t *)v.mv_data + head.bytes, body.data, body.bytes);
    }
    return 0;
}

int store_delete(struct store_txn *txn, size_t table, struct span key) {
    MDB_val k = key_value(txn, table, key);
    require(txn->writes);
    if (txn->failure != 0) {
        return txn->failure;
    }
    /* Deletes are rare: no cursor of ours has to be moved by LMDB out of a page that goes (pitfalls §1.5). */
    mdb_cursor_close(txn->rows[table]);
    txn->rows[table] = NULL;
    int rc = mdb_del(txn->txn, txn->store->tables[table], &k, NULL);
    return rc == 0 || rc == MDB_NOTFOUND ? 0 : store_txn_fail(txn, "delete", table, rc);
}

int store_count(struct store_txn *txn, size_t table, uint64_t *ret) {
    require(txn->open && table < txn->store->table_count);
    MDB_stat stat;
    if (txn->failure != 0) {
        return txn->failure;
    }
    if (txn->store->tables[table] == TABLE_MISSING) {
        *ret = 0;
        return 0;
    }
    int rc = mdb_stat(txn->txn, txn->store->tables[table], &stat);
    if (rc != 0) {
        return store_txn_fail(txn, "count", table, rc);
    }
    *ret = stat.ms_entries;
    return 0;
}
