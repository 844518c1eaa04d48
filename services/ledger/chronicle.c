#include "services/ledger/chronicle.h"

#include <stdint.h>
#include <string.h>

#include "services/ledger/ledger_core.h"

#define KEY_BYTES 9
#define DAY_BYTES 4

enum row_kind { ROW_DAY = 1, ROW_EPOCH = 2 };

static void make_key(struct store_key *key, enum row_kind kind, uint64_t number) {
    store_key_reset(key);
    store_key_u8(key, (uint8_t)kind);
    store_key_u64(key, number);
}

static bool is_row(struct span key, enum row_kind kind) {
    return key.bytes == KEY_BYTES && key.data[0] == (uint8_t)kind;
}

static int load_epochs(struct store_cursor *cursor, struct epochs *epochs) {
    struct store_key first;
    bool found = false;
    make_key(&first, ROW_EPOCH, 0);
    int failure = store_cursor_seek(cursor, store_key_span(&first), &found);
    while (failure == 0 && found) {
        struct span key = store_cursor_key(cursor);
        struct span value = store_cursor_value(cursor);
        char text[EPOCH_BYTES] = "";
        if (!is_row(key, ROW_EPOCH) || value.bytes != EPOCH_BYTES - 1) {
            return FAILURE_CORRUPT;
        }
        memcpy(text, value.data, EPOCH_BYTES - 1);
        if (!epoch_valid(text)) {
            return FAILURE_CORRUPT;
        }
        failure = epochs_add(epochs, store_read_u64(key.data + 1), text);
        if (failure == 0) {
            failure = store_cursor_next(cursor, &found);
        }
    }
    return failure;
}

/* The last row of a day that begins at or before `number`. */
static int find_day(struct store_cursor *cursor, uint64_t number, struct date *ret, bool *ret_found) {
    struct store_key after;
    *ret = DATE_NONE;
    make_key(&after, ROW_DAY, number + 1);
    int failure = store_cursor_seek_last_before(cursor, store_key_span(&after), ret_found);
    if (failure == 0 && *ret_found) {
        struct span value = store_cursor_value(cursor);
        if (!is_row(store_cursor_key(cursor), ROW_DAY) || value.bytes != DAY_BYTES) {
            return FAILURE_CORRUPT;
        }
        *ret = (struct date){(int32_t)store_read_u32(value.data)};
    }
    return failure;
}

int chronicle_open(struct store_txn *txn, struct chronicle *ret) {
    struct store_cursor *cursor = NULL;
    bool found = false;
    ret->day = DATE_NONE;
    ret->epochs = (struct epochs){NULL, 0};
    int failure = store_cursor_open(txn, LEDGER_TABLE_CHRONICLE, &cursor);
    if (failure == 0) {
        failure = load_epochs(cursor, &ret->epochs);
    }
    if (failure == 0) {
        failure = find_day(cursor, UINT64_MAX - 1, &ret->day, &found);
    }
    store_cursor_close(cursor);
    return failure;
}

void chronicle_close(struct chronicle *chronicle) {
    epochs_free(&chronicle->epochs);
}

static int note_epoch(struct chronicle *chronicle, struct store_txn *txn, uint64_t number, const char *epoch) {
    struct store_key key;
    if (!epoch_valid(epoch)) {
        return FAILURE_UPSTREAM;
    }
    make_key(&key, ROW_EPOCH, number);
    int failure = store_put(txn, LEDGER_TABLE_CHRONICLE, store_key_span(&key), span_of(epoch, EPOCH_BYTES - 1));
    return failure == 0 ? epochs_add(&chronicle->epochs, number, epoch) : failure;
}

int chronicle_note(struct chronicle *chronicle, struct store_txn *txn, const Elp__V1__IntakeRecord *record,
                   struct date day) {
    int failure = 0;
    if (date_is_none(chronicle->day) || date_compare(chronicle->day, day) != 0) {
        struct store_key key;
        uint8_t value[DAY_BYTES];
        make_key(&key, ROW_DAY, record->number);
        store_write_u32(value, (uint32_t)day.days);
        chronicle->day = day;
        failure = store_put(txn, LEDGER_TABLE_CHRONICLE, store_key_span(&key), span_of(value, sizeof value));
    }
    if (failure == 0 && record->body_case == ELP__V1__INTAKE_RECORD__BODY_GENESIS) {
        failure = note_epoch(chronicle, txn, record->number, record->genesis->epoch);
    }
    if (failure == 0 && record->body_case == ELP__V1__INTAKE_RECORD__BODY_RESTORED) {
        failure = note_epoch(chronicle, txn, record->number, record->restored->epoch);
    }
    return failure;
}

/* Where the day after begins, from the cursor's row on. */
static int look_ahead(struct chronicle_days *days, bool found) {
    days->next = 0;
    if (found && is_row(store_cursor_key(days->cursor), ROW_DAY)) {
        days->next = store_read_u64(store_cursor_key(days->cursor).data + 1);
    }
    return 0;
}

int chronicle_days_open(struct store_txn *txn, uint64_t number, struct chronicle_days *ret) {
    struct chronicle_days days = {.day = DATE_NONE};
    bool found = false;
    int failure = store_cursor_open(txn, LEDGER_TABLE_CHRONICLE, &days.cursor);
    if (failure < 0) {
        return failure;
    }
    failure = find_day(days.cursor, number, &days.day, &found);
    if (failure == 0) {
        failure = store_cursor_next(days.cursor, &found);
    }
    if (failure == 0) {
        failure = look_ahead(&days, found);
    }
    if (failure < 0) {
        store_cursor_close(days.cursor);
        return failure;
    }
    *ret = days;
    return 0;
}

int chronicle_days_at(struct chronicle_days *days, uint64_t number, struct date *ret) {
    while (days->next != 0 && days->next <= number) {
        struct span value = store_cursor_value(days->cursor);
        bool found = false;
        if (value.bytes != DAY_BYTES) {
            return FAILURE_CORRUPT;
        }
        days->day = (struct date){(int32_t)store_read_u32(value.data)};
        int failure = store_cursor_next(days->cursor, &found);
        if (failure == 0) {
            failure = look_ahead(days, found);
        }
        if (failure < 0) {
            return failure;
        }
    }
    *ret = days->day;
    return 0;
}

void chronicle_days_close(struct chronicle_days *days) {
    store_cursor_close(days->cursor);
}

int chronicle_day(struct store_txn *txn, uint64_t number, struct date *ret) {
    struct chronicle_days days;
    int failure = chronicle_days_open(txn, number, &days);
    if (failure < 0) {
        return failure;
    }
    failure = chronicle_days_at(&days, number, ret);
    chronicle_days_close(&days);
    return failure;
}
