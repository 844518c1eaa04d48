/*
 * Changes a store as somebody would who may write its file, for tests/integration/python/verify.py:
 *
 *   tamper FOLDER row TABLE NUMBER SEED      one bit of the value of the NUMBER-th row of the table, counted around
 *   tamper FOLDER record NUMBER SEED         one bit of a record's bytes; every hash from there on is computed anew, so that
 *                                            the chain itself holds
 *   tamper FOLDER cut NUMBER                 the records from NUMBER on are taken away, and the positions say so
 *
 * Prints how many rows the table has, or records the journal. 0 when something was changed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cell.h"
#include "common/journal.h"
#include "common/store.h"

#define MAP_BYTES (UINT64_C(1) << 30)
#define VALUE_BYTES_MAX (1 << 20)

enum { JOURNAL, POSITIONS };

static uint8_t value_bytes[VALUE_BYTES_MAX];

static _Noreturn void give_up(const char *what) {
    (void)fprintf(stderr, "tamper: %s\n", what);
    exit(2);
}

static void must(int failure, const char *what) {
    if (failure < 0) {
        give_up(what);
    }
}

/* The value with one bit flipped. */
static struct span spoil(struct span value, uint64_t seed) {
    if (value.bytes == 0 || value.bytes > sizeof value_bytes) {
        give_up("there is nothing to change");
    }
    size_t bit = (size_t)(seed * UINT64_C(0x9e3779b97f4a7c15) % (value.bytes * 8));
    memcpy(value_bytes, value.data, value.bytes);
    value_bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    return span_of(value_bytes, value.bytes);
}

static void change_row(struct store_txn *txn, size_t table, uint64_t number, uint64_t seed) {
    struct store_cursor *cursor = NULL;
    uint8_t key[STORE_KEY_BYTES_MAX];
    uint64_t count = 0;
    bool found = false;
    must(store_count(txn, table, &count), "the table cannot be counted");
    if (count == 0) {
        give_up("the table has no rows");
    }
    (void)printf("%" PRIu64 "\n", count);
    must(store_cursor_open(txn, table, &cursor), "the table cannot be read");
    for (uint64_t i = 0; i <= number % count; i++) {
        must(store_cursor_next(cursor, &found), "the table cannot be read");
    }
    struct span at = store_cursor_key(cursor);
    struct span value = spoil(store_cursor_value(cursor), seed);
    memcpy(key, at.data, at.bytes);
    struct span own = span_of(key, at.bytes);
    store_cursor_close(cursor);
    must(store_put(txn, table, own, value), "the row cannot be written");
}

static void put_record(struct store_txn *txn, uint64_t number, uint8_t hash[JOURNAL_HASH_BYTES], struct span record) {
    static uint8_t row[JOURNAL_HASH_BYTES + VALUE_BYTES_MAX];
    uint8_t key[8];
    memcpy(row + JOURNAL_HASH_BYTES, record.data, record.bytes);
    journal_chain(hash, number, span_of(row + JOURNAL_HASH_BYTES, record.bytes), hash);
    memcpy(row, hash, JOURNAL_HASH_BYTES);
    store_write_u64(key, number);
    must(store_put(txn, JOURNAL, span_of(key, sizeof key), span_of(row, JOURNAL_HASH_BYTES + record.bytes)),
         "a record cannot be written");
}

static void change_record(struct store_txn *txn, const struct journal *journal, uint64_t number, uint64_t seed) {
    uint8_t hash[JOURNAL_HASH_BYTES] = {0};
    const uint8_t *before = NULL;
    struct span record;
    if (number == 0 || number > journal->head) {
        give_up("there is no such record");
    }
    if (number > 1) {
        must(journal_read(journal, txn, number - 1, &record, &before), "a record cannot be read");
        memcpy(hash, before, sizeof hash);
    }
    for (uint64_t i = number; i <= journal->head; i++) {
        must(journal_read(journal, txn, i, &record, NULL), "a record cannot be read");
        put_record(txn, i, hash, i == number ? spoil(record, seed) : record);
    }
}

/* Positions of a reader say where it stands in its upstreams: they are put where its own journal ends now. */
static void cut(struct store_txn *txn, const struct journal *journal, uint64_t number) {
    for (uint64_t i = number; i <= journal->head; i++) {
        uint8_t key[8];
        store_write_u64(key, i);
        must(store_delete(txn, JOURNAL, span_of(key, sizeof key)), "a record cannot be taken away");
    }
    for (uint8_t service = 0; service < CELL_SERVICES; service++) {
        struct span position;
        bool found = false;
        must(store_get(txn, POSITIONS, span_of(&service, 1), &position, &found), "the positions cannot be read");
        if (found && position.bytes == 8 + JOURNAL_HASH_BYTES) {
            uint8_t row[8 + JOURNAL_HASH_BYTES];
            memcpy(row, position.data, sizeof row);
            store_write_u64(row, number - 1);
            must(store_put(txn, POSITIONS, span_of(&service, 1), span_of(row, sizeof row)), "no position");
        }
    }
}

int main(int argc, char **argv) {
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    struct journal journal;
    bool row = argc == 6 && strcmp(argv[2], "row") == 0;
    if (!row && !(argc == 5 && strcmp(argv[2], "record") == 0) && !(argc == 4 && strcmp(argv[2], "cut") == 0)) {
        give_up("FOLDER row TABLE NUMBER SEED, FOLDER record NUMBER SEED or FOLDER cut NUMBER");
    }
    const char *const tables[] = {"journal", "positions", row ? argv[3] : NULL};
    uint64_t number = strtoull(argv[row ? 4 : 3], NULL, 10);
    must(store_open(argv[1], MAP_BYTES, tables, row ? 3 : 2, &store), "the store does not open");
    must(store_begin_write(store, &txn), "the store cannot be written");
    if (row) {
        change_row(txn, 2, number, strtoull(argv[5], NULL, 10));
    } else {
        must(journal_load(txn, JOURNAL, &journal), "the journal does not load");
        (void)printf("%" PRIu64 "\n", journal.head);
        if (argc == 5) {
            change_record(txn, &journal, number, strtoull(argv[4], NULL, 10));
        } else {
            cut(txn, &journal, number);
        }
    }
    must(store_commit(txn), "the change is not stored");
    store_close(store);
    return 0;
}
