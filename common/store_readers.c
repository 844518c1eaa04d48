#include <stdio.h>
#include <stdlib.h>

#include "common/store_private.h"

/* Gathers what mdb_reader_list says: a heading, then "<pid> <thread> <transaction>" for each slot in use. */
struct reading {
    uint64_t count;
    uint64_t oldest; /* transaction of the oldest snapshot; UINT64_MAX: none is open */
};

static int take_line(const char *text, void *cls) {
    struct reading *reading = cls;
    char transaction[32];

    /* A slot that waits for its next use has "-" instead of a number. */
    if (sscanf(text, "%*d %*x %31s", transaction) == 1) { /* Call: a line of LMDB itself */
        char *end;
        uint64_t number = strtoull(transaction, &end, 10);

        reading->count++;
        if (end != transaction && *end == 0 && number < reading->oldest) {
            reading->oldest = number;
        }
    }
    return 0;
}

void store_readers(struct store *store, uint64_t *ret_count, uint64_t *ret_lag) {
    struct reading reading = {.oldest = UINT64_MAX};
    MDB_envinfo info;
    int dead = 0;

    (void)mdb_reader_check(store->env, &dead);
    (void)mdb_reader_list(store->env, take_line, &reading);
    (void)mdb_env_info(store->env, &info);
    *ret_count = reading.count;
    *ret_lag = info.me_last_txnid > reading.oldest ? info.me_last_txnid - reading.oldest : 0;
}
