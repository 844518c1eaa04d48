#include "services/ledger/suspended.h"

#include <string.h>

#define VALUE_BYTES 9

static void make_key(struct store_key *key, const char *network, int year, uint64_t attestation) {
    store_key_reset(key);
    store_key_text(key, network);
    store_key_u32(key, (uint32_t)year);
    store_key_u64(key, attestation);
}

static bool decode(struct span value, uint64_t attestation, struct suspended *ret) {
    if (value.bytes != VALUE_BYTES) {
        return false;
    }
    ret->attestation = attestation;
    ret->amount = money_of_cents((int64_t)store_read_u64(value.data));
    ret->wanted = envelope_of_wire(value.data[8]);
    return ret->wanted != ENVELOPE_NONE;
}

int suspended_put(struct ledger *ledger, const char *network, int year, const struct suspended *suspended) {
    struct store_key key;
    uint8_t value[VALUE_BYTES];
    make_key(&key, network, year, suspended->attestation);
    store_write_u64(value, (uint64_t)money_cents(suspended->amount));
    value[8] = (uint8_t)envelope_to_wire(suspended->wanted);
    return store_put(ledger->txn, LEDGER_TABLE_SUSPENDED, store_key_span(&key), span_of(value, sizeof value));
}

int suspended_remove(struct ledger *ledger, const char *network, int year, uint64_t attestation) {
    struct store_key key;
    make_key(&key, network, year, attestation);
    return store_delete(ledger->txn, LEDGER_TABLE_SUSPENDED, store_key_span(&key));
}

int suspended_find(struct ledger *ledger, const char *network, int year, uint64_t attestation, struct suspended *ret,
                   bool *ret_found) {
    struct store_key key;
    struct span value;
    bool found = false;
    make_key(&key, network, year, attestation);
    int failure = store_get(ledger->txn, LEDGER_TABLE_SUSPENDED, store_key_span(&key), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && !decode(value, attestation, ret)) {
        return FAILURE_CORRUPT;
    }
    *ret_found = found;
    return 0;
}

static int collect(struct store_cursor *cursor, const struct store_key *first, size_t prefix_bytes,
                   struct suspended *items, size_t max, size_t *ret_count) {
    bool found = false;
    size_t count = 0;
    int failure = store_cursor_seek(cursor, store_key_span(first), &found);
    while (failure == 0 && found && count < max) {
        struct span key = store_cursor_key(cursor);
        if (key.bytes != first->used || memcmp(key.data, first->bytes, prefix_bytes) != 0) {
            break;
        }
        if (!decode(store_cursor_value(cursor), store_read_u64(key.data + prefix_bytes), &items[count])) {
            return FAILURE_CORRUPT;
        }
        count++;
        failure = store_cursor_next(cursor, &found);
    }
    if (failure == 0) {
        *ret_count = count;
    }
    return failure;
}

int suspended_oldest(struct ledger *ledger, const char *network, int year, struct suspended *items, size_t max,
                     size_t *ret_count) {
    struct store_key first;
    struct store_cursor *cursor = NULL;
    make_key(&first, network, year, 0);
    int failure = store_cursor_open(ledger->txn, LEDGER_TABLE_SUSPENDED, &cursor);
    if (failure < 0) {
        return failure;
    }
    failure = collect(cursor, &first, first.used - sizeof(uint64_t), items, max, ret_count);
    store_cursor_close(cursor);
    return failure;
}

/* operating and other-missions hold an amount back by themselves, whatever the ceiling says. */
static bool limits_itself(enum book_envelope_id envelope) {
    return envelope == ENVELOPE_OPERATING || envelope == ENVELOPE_OTHER_MISSIONS;
}

static int find_by_ceiling(struct store_cursor *cursor, const struct store_key *first, size_t prefix_bytes,
                           uint64_t except, bool *ret_found) {
    bool more = false;
    bool hit = false;
    int failure = store_cursor_seek(cursor, store_key_span(first), &more);
    while (failure == 0 && more && !hit) {
        struct span key = store_cursor_key(cursor);
        struct suspended item;
        if (key.bytes != first->used || memcmp(key.data, first->bytes, prefix_bytes) != 0) {
            break;
        }
        if (!decode(store_cursor_value(cursor), store_read_u64(key.data + prefix_bytes), &item)) {
            return FAILURE_CORRUPT;
        }
        hit = item.attestation != except && !limits_itself(item.wanted);
        failure = store_cursor_next(cursor, &more);
    }
    if (failure == 0) {
        *ret_found = hit;
    }
    return failure;
}

int suspended_by_ceiling(struct ledger *ledger, const char *network, int year, uint64_t except, bool *ret_found) {
    struct store_key first;
    struct store_cursor *cursor = NULL;
    make_key(&first, network, year, 0);
    int failure = store_cursor_open(ledger->txn, LEDGER_TABLE_SUSPENDED, &cursor);
    if (failure < 0) {
        return failure;
    }
    failure = find_by_ceiling(cursor, &first, first.used - sizeof(uint64_t), except, ret_found);
    store_cursor_close(cursor);
    return failure;
}
