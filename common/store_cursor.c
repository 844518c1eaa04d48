#include "common/store.h"

#include <lmdb.h>
#include <stdlib.h>

#include "common/require.h"
#include "common/store_private.h"

/* Where the cursor stands is kept here: LMDB's own answer after a failed step differs by direction. */
enum place { BEFORE_FIRST, AT_ROW, AFTER_LAST };

struct store_cursor {
    struct store_txn *txn;
    size_t table;
    MDB_cursor *cursor; /* NULL: the table is missing, which is to be empty */
    enum place place;
    MDB_val key;
    MDB_val value;
};

int store_cursor_open(struct store_txn *txn, size_t table, struct store_cursor **ret) {
    require(txn->open && table < txn->store->table_count);
    if (txn->failure != 0) {
        return txn->failure;
    }
    struct store_cursor *cursor = calloc(1, sizeof *cursor);
    if (cursor == NULL) {
        return FAILURE_MEMORY;
    }
    /* The table's own is borrowed: what is written next often stands beside what was looked at. */
    int rc = txn->store->tables[table] == TABLE_MISSING ? 0 : store_row_cursor(txn, table, &cursor->cursor);
    if (rc != 0) {
        free(cursor);
        return store_txn_fail(txn, "open cursor", table, rc);
    }
    txn->rows[table] = NULL;
    cursor->txn = txn;
    cursor->table = table;
    txn->cursor_count++;
    *ret = cursor;
    return 0;
}

void store_cursor_close(struct store_cursor *cursor) {
    if (cursor == NULL) {
        return;
    }
    require(cursor->txn->open && cursor->txn->cursor_count > 0);
    cursor->txn->cursor_count--;
    if (cursor->txn->rows[cursor->table] == NULL) {
        cursor->txn->rows[cursor->table] = cursor->cursor;
    } else {
        mdb_cursor_close(cursor->cursor);
    }
    free(cursor);
}

/* Moves; `otherwise` is where the cursor stands when there is no such row. */
static int move(struct store_cursor *cursor, MDB_cursor_op operation, enum place otherwise, bool *ret_found) {
    if (cursor->txn->failure != 0) {
        return cursor->txn->failure;
    }
    int rc =
        cursor->cursor == NULL ? MDB_NOTFOUND : mdb_cursor_get(cursor->cursor, &cursor->key, &cursor->value, operation);
    if (rc != 0 && rc != MDB_NOTFOUND) {
        cursor->place = otherwise;
        return store_txn_fail(cursor->txn, "move cursor", cursor->table, rc);
    }
    cursor->place = rc == 0 ? AT_ROW : otherwise;
    *ret_found = rc == 0;
    return 0;
}

int store_cursor_seek(struct store_cursor *cursor, struct span key, bool *ret_found) {
    require(key.bytes > 0 && key.bytes <= STORE_KEY_BYTES_MAX);
    cursor->key = (MDB_val){key.bytes, (void *)(uintptr_t)key.data};
    return move(cursor, MDB_SET_RANGE, AFTER_LAST, ret_found);
}

int store_cursor_seek_last_before(struct store_cursor *cursor, struct span key, bool *ret_found) {
    bool found;
    int rc = store_cursor_seek(cursor, key, &found);
    return rc == 0 ? store_cursor_previous(cursor, ret_found) : rc;
}

int store_cursor_last(struct store_cursor *cursor, bool *ret_found) {
    return move(cursor, MDB_LAST, BEFORE_FIRST, ret_found);
}

int store_cursor_next(struct store_cursor *cursor, bool *ret_found) {
    if (cursor->place == AFTER_LAST) {
        *ret_found = false;
        return cursor->txn->failure;
    }
    return move(cursor, cursor->place == AT_ROW ? MDB_NEXT : MDB_FIRST, AFTER_LAST, ret_found);
}

int store_cursor_previous(struct store_cursor *cursor, bool *ret_found) {
    if (cursor->place == BEFORE_FIRST) {
        *ret_found = false;
        return cursor->txn->failure;
    }
    return move(cursor, cursor->place == AT_ROW ? MDB_PREV : MDB_LAST, BEFORE_FIRST, ret_found);
}

struct span store_cursor_key(const struct store_cursor *cursor) {
    require(cursor->place == AT_ROW);
    return span_of(cursor->key.mv_data, cursor->key.mv_size);
}

struct span store_cursor_value(const struct store_cursor *cursor) {
    require(cursor->place == AT_ROW);
    return span_of(cursor->value.mv_data, cursor->value.mv_size);
}
