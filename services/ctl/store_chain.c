#include "services/ctl/store_chain.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/log.h"
#include "common/money.h"
#include "common/wire.h"
#include "elp/v1/ledger.pb-c.h"
#include "services/ctl/journal_record.h"
#include "services/ctl/progress.h"

enum chain_table { CHAIN_JOURNAL, CHAIN_POSITIONS, CHAIN_TABLES };
static const char *const chain_tables[CHAIN_TABLES] = {"journal", "positions"};

#define POSITION_BYTES (8 + JOURNAL_HASH_BYTES)
#define NUMBER_BYTES 8

static void find(struct store_chain *chain, const char *what) {
    if (chain->broken[0] == 0) {
        (void)snprintf(chain->broken, sizeof chain->broken, "%s", what);
    }
}

static void find_at(struct store_chain *chain, uint64_t number, const char *what) {
    char text[sizeof chain->broken];
    (void)snprintf(text, sizeof text, "record %" PRIu64 " %s", number, what);
    find(chain, text);
}

/* --- a process of its own ----------------------------------------------------------------------------------------- */

typedef int (*chain_work)(struct store_chain *chain, struct store_txn *txn);

static _Noreturn void work_alone(struct store_chain *chain, chain_work work) {
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    log_open("elpctl", LOG_LEVEL_NONE);
    int result = store_open_read(chain->folder, chain_tables, CHAIN_TABLES, &store);
    if (result == 0) {
        result = store_begin_read(store, &txn);
    }
    if (result == 0) {
        result = work(chain, txn);
    }
    if (result == STORE_ABSENT) {
        find(chain, "there is no store in it");
        result = 0;
    } else if (result == FAILURE_STORE || result == FAILURE_CORRUPT) {
        find(chain, "its data.mdb is damaged");
        result = 0;
    }
    _exit(result == 0 ? CTL_DONE : ctl_failure(result));
}

/* The struct is in memory that both share while the child works. */
static int isolate(struct store_chain *chain, chain_work work) {
    struct store_chain *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 0;
    if (shared == MAP_FAILED) {
        return ctl_failure(FAILURE_MEMORY);
    }
    *shared = *chain;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGBUS, SIG_DFL);
        (void)signal(SIGSEGV, SIG_DFL);
        work_alone(shared, work);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    *chain = *shared;
    (void)munmap(shared, sizeof *shared);
    if (child < 0) {
        return ctl_failure(FAILURE_SYSTEM);
    }
    if (WIFSIGNALED(status)) {
        find(chain, "its data.mdb has damaged pages, or was cut short");
        return CTL_DONE;
    }
    return WEXITSTATUS(status);
}

/* --- looking ------------------------------------------------------------------------------------------------------ */

static int read_position(struct store_chain *chain, struct store_txn *txn, enum cell_service service) {
    uint8_t key = (uint8_t)service;
    struct span value;
    int failure = store_get(txn, CHAIN_POSITIONS, span_of(&key, 1), &value, &chain->reads[service]);
    if (failure < 0 || !chain->reads[service]) {
        return failure;
    }
    if (value.bytes != POSITION_BYTES) {
        return FAILURE_CORRUPT;
    }
    chain->positions[service].number = store_read_u64(value.data);
    memcpy(chain->positions[service].hash, value.data + 8, JOURNAL_HASH_BYTES);
    return 0;
}

static int read_head(struct store_chain *chain, struct store_txn *txn) {
    struct store_cursor *cursor;
    bool found = false;
    int failure = store_cursor_open(txn, CHAIN_JOURNAL, &cursor);
    if (failure < 0) {
        return failure;
    }
    failure = store_cursor_last(cursor, &found);
    if (failure == 0 && found) {
        struct span key = store_cursor_key(cursor);
        struct span value = store_cursor_value(cursor);
        if (key.bytes != NUMBER_BYTES || value.bytes < JOURNAL_HASH_BYTES) {
            find(chain, "the last row of its journal is no record");
        } else {
            chain->head = store_read_u64(key.data);
            memcpy(chain->head_hash, value.data, JOURNAL_HASH_BYTES);
        }
    }
    store_cursor_close(cursor);
    return failure;
}

static int look(struct store_chain *chain, struct store_txn *txn) {
    bool found = false;
    int failure = store_identity_get(txn, CHAIN_POSITIONS, &chain->identity, &found);
    if (failure == 0 && !found) {
        find(chain, "it does not say whose store it is");
    }
    for (int service = 0; failure == 0 && service < CELL_SERVICES; service++) {
        failure = read_position(chain, txn, (enum cell_service)service);
    }
    return failure < 0 ? failure : read_head(chain, txn);
}

int store_chain_look(struct store_chain *chain) {
    return isolate(chain, look);
}

/* --- walking ------------------------------------------------------------------------------------------------------ */

/* Each transaction sums to zero where it is written (design.md, Accounting decisions). */
static void check_sums(struct store_chain *chain, const Elp__V1__LedgerRecord *record) {
    for (size_t i = 0; i < record->n_transactions; i++) {
        const Elp__V1__Transaction *transaction = record->transactions[i];
        struct money sum = MONEY_ZERO;
        bool fits = true;
        for (size_t k = 0; k < transaction->n_entries; k++) {
            fits = fits && money_add(sum, money_of_cents(transaction->entries[k]->cents), &sum);
        }
        if (!fits || money_compare(sum, MONEY_ZERO) != 0) {
            find_at(chain, record->number, "has a transaction that does not sum to zero");
        }
    }
}

static void check_record(struct store_chain *chain, struct arena *arena, uint64_t number, struct span record) {
    arena_reset(arena);
    const ProtobufCMessage *message = wire_unpack(arena, journal_record_descriptor(chain->identity.service), record);
    if (message == NULL) {
        find_at(chain, number, "cannot be decoded");
    } else if (journal_record_number(message) != number) {
        find_at(chain, number, "carries another number");
    } else if (chain->identity.service == CELL_LEDGER) {
        check_sums(chain, (const Elp__V1__LedgerRecord *)message);
    }
}

static void check_anchors(struct store_chain *chain, uint64_t number, const uint8_t *hash) {
    for (size_t i = 0; i < chain->anchor_count; i++) {
        const struct chain_anchor *anchor = &chain->anchors[i];
        if (anchor->number == number && memcmp(anchor->hash, hash, JOURNAL_HASH_BYTES) != 0) {
            char text[64];
            (void)snprintf(text, sizeof text, "is not the one that %s has read", cell_service_names[anchor->holder]);
            find_at(chain, number, text);
        }
    }
}

/* One row: its key is the next number, its hash that of the record before and of its bytes. */
static void check_row(struct store_chain *chain, struct arena *arena, const struct store_cursor *cursor,
                      uint64_t number, uint8_t hash[JOURNAL_HASH_BYTES]) {
    struct span key = store_cursor_key(cursor);
    struct span value = store_cursor_value(cursor);
    if (key.bytes != NUMBER_BYTES || store_read_u64(key.data) != number || value.bytes < JOURNAL_HASH_BYTES) {
        find_at(chain, number, "is missing");
        return;
    }
    struct span record = span_of(value.data + JOURNAL_HASH_BYTES, value.bytes - JOURNAL_HASH_BYTES);
    journal_chain(hash, number, record, hash);
    if (memcmp(hash, value.data, JOURNAL_HASH_BYTES) != 0) {
        find_at(chain, number, "does not fit the chain: its bytes were changed");
        return;
    }
    check_record(chain, arena, number, record);
    check_anchors(chain, number, hash);
}

static void check_end(struct store_chain *chain, uint64_t last) {
    if (last != chain->head) {
        find(chain, "its journal changed while it was read");
    }
    for (size_t i = 0; i < chain->anchor_count; i++) {
        if (chain->anchors[i].number > last) {
            char text[sizeof chain->broken];
            (void)snprintf(text, sizeof text, "it ends at record %" PRIu64 ", but %s has read %" PRIu64 " of it", last,
                           cell_service_names[chain->anchors[i].holder], chain->anchors[i].number);
            find(chain, text);
        }
    }
}

static int walk_rows(struct store_chain *chain, struct arena *arena, struct store_cursor *cursor) {
    uint8_t hash[JOURNAL_HASH_BYTES] = {0};
    struct progress progress;
    uint64_t number = 0;
    bool found = false;
    progress_begin(&progress, "records", chain->head);
    (void)snprintf(progress.note, sizeof progress.note, "%s", cell_service_names[chain->identity.service]);
    int failure = store_cursor_next(cursor, &found);
    while (failure == 0 && found && chain->broken[0] == 0) {
        number++;
        check_row(chain, arena, cursor, number, hash);
        progress_step(&progress, number);
        failure = store_cursor_next(cursor, &found);
    }
    progress_end(&progress);
    check_end(chain, number);
    return failure;
}

static int walk(struct store_chain *chain, struct store_txn *txn) {
    struct store_cursor *cursor = NULL;
    struct arena arena;
    int failure = arena_open(&arena, WIRE_ARENA_BYTES);
    if (failure < 0) {
        return failure;
    }
    failure = store_cursor_open(txn, CHAIN_JOURNAL, &cursor);
    if (failure == 0) {
        failure = walk_rows(chain, &arena, cursor);
    }
    store_cursor_close(cursor);
    arena_close(&arena);
    return failure;
}

int store_chain_walk(struct store_chain *chain) {
    return isolate(chain, walk);
}

static int check(struct store_chain *chain, struct store_txn *txn) {
    int failure = look(chain, txn);
    return failure < 0 || chain->broken[0] ? failure : walk(chain, txn);
}

int store_chain_check(struct store_chain *chain) {
    return isolate(chain, check);
}
