#include "tests/bench/raw_store.h"

#include <string.h>

#include "common/store.h"
#include "tests/bench/bench.h"

#define MAP_BYTES ((size_t)64 << 30)
#define NETWORKS 32
#define ENTRY_BYTES 96
#define OUTBOX_BYTES 128
#define BALANCE_BYTES 64

enum { STREAM_KEYS = 200 };

static bool check(int rc, const char *what) {
    return rc == 0 || bench_fail("lmdb, %s: %s", what, mdb_strerror(rc)) == 0;
}

static bool open_tables(struct raw_store *store) {
    static const char *const names[RAW_TABLES] = {"bodies", "dedupe", "entries", "balances", "outbox"};
    MDB_txn *txn = NULL;
    bool good = check(mdb_txn_begin(store->env, NULL, 0, &txn), "begin");
    for (size_t i = 0; good && i < RAW_TABLES; i++) {
        good = check(mdb_dbi_open(txn, names[i], MDB_CREATE, &store->tables[i]), names[i]);
    }
    return good && check(mdb_txn_commit(txn), "commit");
}

bool raw_store_open(const char *folder, struct raw_store *ret) {
    struct raw_store store = {.random = sample_random_stream(1, STREAM_KEYS)};
    bool good = check(mdb_env_create(&store.env), "create") &&
                check(mdb_env_set_mapsize(store.env, MAP_BYTES), "map") &&
                check(mdb_env_set_maxdbs(store.env, RAW_TABLES), "tables") &&
                check(mdb_env_open(store.env, folder, 0, 0600), folder) && open_tables(&store);
    if (good) {
        *ret = store;
    }
    return good;
}

void raw_store_close(struct raw_store *store) {
    if (store->txn != NULL) {
        mdb_txn_abort(store->txn);
    }
    mdb_env_close(store->env);
    *store = (struct raw_store){0};
}

static bool put(struct raw_store *store, enum raw_table table, struct span key, struct span value, unsigned flags) {
    MDB_val k = {key.bytes, (void *)(uintptr_t)key.data};
    MDB_val v = {value.bytes, (void *)(uintptr_t)value.data};
    return check(mdb_put(store->txn, store->tables[table], &k, &v, flags), "put");
}

bool raw_store_put(struct raw_store *store, struct span body) {
    static uint8_t filler[OUTBOX_BYTES];
    uint8_t number[8];
    uint8_t random[16];
    uint8_t network;
    if (store->txn == NULL && !check(mdb_txn_begin(store->env, NULL, 0, &store->txn), "begin")) {
        return false;
    }
    store_write_u64(number, ++store->number);
    store_write_u64(random, sample_random_next(&store->random));
    store_write_u64(random + 8, sample_random_next(&store->random));
    network = (uint8_t)(store->number % NETWORKS);
    memcpy(filler, number, sizeof number);
    struct span key = span_of(number, sizeof number);
    return put(store, RAW_BODIES, key, body, MDB_APPEND) &&
           put(store, RAW_DEDUPE, span_of(random, sizeof random), key, 0) &&
           put(store, RAW_ENTRIES, key, span_of(filler, ENTRY_BYTES), MDB_APPEND) &&
           put(store, RAW_BALANCES, span_of(&network, 1), span_of(filler, BALANCE_BYTES), 0) &&
           put(store, RAW_OUTBOX, key, span_of(filler, OUTBOX_BYTES), MDB_APPEND);
}

bool raw_store_commit(struct raw_store *store) {
    MDB_txn *txn = store->txn;
    store->txn = NULL;
    return txn == NULL || check(mdb_txn_commit(txn), "commit");
}

bool raw_store_wait_for_disk(struct raw_store *store, bool wait) {
    return check(mdb_env_set_flags(store->env, MDB_NOSYNC, wait ? 0 : 1), "flags") &&
           (!wait || check(mdb_env_sync(store->env, 1), "sync"));
}
