/*
 * Goal: whatever order rows are put, read, deleted and scanned in, a table holds what was written last; the cursor that the store
 * keeps per table between operations changes nothing but the time that they take.
 * Method: a real store in a folder of its own beside a plain array of what must be in it; repeatable pseudo-random operations over
 * keys that are near each other and far apart, values that make pages split and come together, several tables and transactions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/store.h"
#include "tests/support/temporary_store.h"

enum { TABLES = 3, KEYS = 1500, VALUE_BYTES_MAX = 700 };
static const char *const tables[TABLES] = {"first", "second", "third"};

static struct temporary_store temporary;

/* What a row must hold: `bytes` bytes of value `fill`; 0 bytes: no row. */
struct row {
    uint16_t bytes;
    uint8_t fill;
};

struct model {
    struct row rows[TABLES][KEYS];
    uint64_t state;
};

static int open_empty(void **state) {
    (void)state;
    temporary_store_open(&temporary, tables, TABLES, 0);
    return 0;
}

static int close_and_remove(void **state) {
    (void)state;
    temporary_store_close(&temporary);
    return 0;
}

/* SplitMix64. */
static uint64_t next(struct model *model) {
    uint64_t z = (model->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t below(struct model *model, size_t bound) {
    return (size_t)(next(model) % bound);
}

/* Keys of two forms, so that neighbours differ in length too. */
static struct span key_of(size_t index, struct store_key *key) {
    store_key_reset(key);
    store_key_u32(key, (uint32_t)(index / 3));
    if (index % 3 != 0) {
        store_key_u64(key, index % 3);
    }
    return store_key_span(key);
}

static void put(struct model *model, struct store_txn *txn, size_t table, size_t index) {
    uint8_t value[VALUE_BYTES_MAX];
    struct store_key key;
    struct row row = {(uint16_t)(1 + below(model, VALUE_BYTES_MAX)), (uint8_t)next(model)};
    memset(value, row.fill, row.bytes);
    assert_int_equal(store_put(txn, table, key_of(index, &key), span_of(value, row.bytes)), 0);
    model->rows[table][index] = row;
}

static void assert_row(const struct row *row, struct span value) {
    assert_int_equal(value.bytes, row->bytes);
    for (size_t i = 0; i < value.bytes; i++) {
        assert_int_equal(value.data[i], row->fill);
    }
}

static void get(const struct model *model, struct store_txn *txn, size_t table, size_t index) {
    struct store_key key;
    struct span value;
    bool found;
    assert_int_equal(store_get(txn, table, key_of(index, &key), &value, &found), 0);
    assert_int_equal(found, model->rows[table][index].bytes > 0);
    if (found) {
        assert_row(&model->rows[table][index], value);
    }
}

static void remove_row(struct model *model, struct store_txn *txn, size_t table, size_t index) {
    struct store_key key;
    assert_int_equal(store_delete(txn, table, key_of(index, &key)), 0);
    model->rows[table][index] = (struct row){0};
}

/* From a key on, a few rows, as many as there are; with a second cursor and a look-up beside it. */
static void scan(struct model *model, struct store_txn *txn, size_t table, size_t index) {
    struct store_cursor *cursor;
    struct store_cursor *other;
    struct store_key key;
    bool found;
    size_t left = below(model, 30);
    assert_int_equal(store_cursor_open(txn, table, &cursor), 0);
    assert_int_equal(store_cursor_open(txn, table, &other), 0);
    assert_int_equal(store_cursor_last(other, &found), 0);
    assert_int_equal(store_cursor_seek(cursor, key_of(index, &key), &found), 0);
    for (; index < KEYS && left > 0; index++) {
        if (model->rows[table][index].bytes > 0) {
            assert_true(found);
            struct span expected = key_of(index, &key);
            assert_int_equal(store_cursor_key(cursor).bytes, expected.bytes);
            assert_memory_equal(store_cursor_key(cursor).data, expected.data, expected.bytes);
            assert_row(&model->rows[table][index], store_cursor_value(cursor));
            get(model, txn, table, below(model, KEYS));
            assert_int_equal(store_cursor_next(cursor, &found), 0);
            left--;
        }
    }
    assert_true(left == 0 || !found);
    store_cursor_close(cursor);
    store_cursor_close(other);
}

static void assert_all(const struct model *model) {
    struct store_txn *txn;
    assert_int_equal(store_begin_read(temporary.store, &txn), 0);
    for (size_t table = 0; table < TABLES; table++) {
        uint64_t count = 0;
        uint64_t stored;
        for (size_t index = 0; index < KEYS; index++) {
            get(model, txn, table, index);
            count += model->rows[table][index].bytes > 0;
        }
        assert_int_equal(store_count(txn, table, &stored), 0);
        assert_int_equal(stored, count);
    }
    store_abort(txn);
}

static void operate(struct model *model, struct store_txn *txn, unsigned deletes_in_10) {
    size_t table = below(model, TABLES);
    size_t index = below(model, KEYS);
    size_t neighbours = 1 + below(model, 6);
    for (size_t i = 0; i < neighbours && index + i < KEYS; i++) {
        size_t draw = below(model, 10);
        if (draw < deletes_in_10) {
            remove_row(model, txn, table, index + i);
        } else if (draw < 8) {
            put(model, txn, table, index + i);
        } else {
            get(model, txn, table, index + i);
        }
    }
    if (below(model, 8) == 0) {
        scan(model, txn, table, index);
    }
}

static void tables_hold_what_was_written_last_whatever_the_order_of_operations(void **state) {
    (void)state;
    struct model *model = calloc(1, sizeof *model);
    struct model *before = calloc(1, sizeof *before);
    assert_true(model != NULL && before != NULL);
    for (unsigned turn = 0; turn < 120; turn++) {
        struct store_txn *txn;
        bool gives_up = turn % 7 == 6;
        memcpy(before, model, sizeof *before);
        assert_int_equal(store_begin_write(temporary.store, &txn), 0);
        for (unsigned i = 0; i < 120; i++) {
            operate(model, txn, turn % 20 < 12 ? 1 : 7); /* tables fill, then empty */
        }
        if (gives_up) {
            store_abort(txn);
            before->state = model->state;
            memcpy(model, before, sizeof *model);
        } else {
            assert_int_equal(store_commit(txn), 0);
        }
        if (turn % 10 == 9) {
            assert_all(model);
        }
    }
    temporary_store_reopen(&temporary);
    assert_all(model);
    free(model);
    free(before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tables_hold_what_was_written_last_whatever_the_order_of_operations, open_empty,
                                        close_and_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
