#include <lmdb.h>

#include "common/log.h"
#include "common/store.h"
#include "common/store_private.h"

/* LMDB begins a read transaction of its own; MDB_NOTLS lets it live on the calling thread beside everything else. */
int store_copy(struct store *store, int fd, bool compact) {
    (void)pthread_mutex_lock(&store->copying);
    int rc = mdb_env_copyfd2(store->env, fd, compact ? MDB_CP_COMPACT : 0);
    (void)pthread_mutex_unlock(&store->copying);
    if (rc != 0) {
        log_line(LOG_LEVEL_WARNING, "store-copy-failed", "folder", LOG_TEXT, store->dir, "compact", LOG_NUMBER,
                 (int64_t)compact, "error", LOG_TEXT, mdb_strerror(rc), NULL);
        return FAILURE_STORE;
    }
    return 0;
}
