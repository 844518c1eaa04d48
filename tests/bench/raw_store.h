#ifndef ELP_TESTS_BENCH_RAW_STORE_H
#define ELP_TESTS_BENCH_RAW_STORE_H

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"
#include "services/ctl/sample_random.h"

/*
 * What the least imaginable program would store for an attestation, straight into LMDB with its default,
 * synchronous flags: the body, a row that finds it again at a random key, an entry, a balance of one of 32
 * networks, an outbox row. No sockets, no keys, no rules, no chain: nothing that uses LMDB can be quicker
 * than this.
 */
enum raw_table { RAW_BODIES, RAW_DEDUPE, RAW_ENTRIES, RAW_BALANCES, RAW_OUTBOX, RAW_TABLES };

struct raw_store {
    MDB_env *env;
    MDB_dbi tables[RAW_TABLES];
    MDB_txn *txn;
    uint64_t number;
    struct sample_random random;
};

/* In an existing, empty folder. False after a line on stderr. */
bool raw_store_open(const char *folder, struct raw_store *ret);
void raw_store_close(struct raw_store *store);

/* Begins a transaction when none is open, and puts the five rows of one attestation. */
bool raw_store_put(struct raw_store *store, struct span body);
bool raw_store_commit(struct raw_store *store);

/* Commits wait for the disk, as by default, or not, to fill a store before the clock starts; back again all is on the disk. */
bool raw_store_wait_for_disk(struct raw_store *store, bool wait);

#endif
