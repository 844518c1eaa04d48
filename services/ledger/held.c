#include "services/ledger/held.h"

#include <string.h>

#define VALUE_BYTES 12
#define ROOM_FIRST 16

static void make_key(struct store_key *key, const struct held *held) {
    store_key_reset(key);
    store_key_text(key, held->payee.text);
    store_key_text(key, held->network.text);
    store_key_u32(key, held->month);
}

int held_put(struct ledger *ledger, const struct held *held) {
    struct store_key key;
    uint8_t value[VALUE_BYTES];
    make_key(&key, held);
    store_write_u64(value, (uint64_t)money_cents(held->amount));
    store_write_u32(value + 8, held->lines);
    return store_put(ledger->txn, LEDGER_TABLE_HELD, store_key_span(&key), span_of(value, sizeof value));
}

int held_remove(struct ledger *ledger, const struct held *held) {
    struct store_key key;
    make_key(&key, held);
    return store_delete(ledger->txn, LEDGER_TABLE_HELD, store_key_span(&key));
}

static bool decode(struct span key, struct span value, const char *payee, struct held *ret) {
    struct held held = {.month = 0};
    size_t payee_bytes = strlen(payee) + 1;
    const uint8_t *network = key.data + payee_bytes;
    const uint8_t *end = memchr(network, 0, key.bytes - payee_bytes);
    if (end == NULL || end - network > CODE_BYTES_MAX || end + 1 + sizeof(uint32_t) != key.data + key.bytes ||
        value.bytes != VALUE_BYTES) {
        return false;
    }
    memcpy(held.payee.text, payee, payee_bytes);
    memcpy(held.network.text, network, (size_t)(end - network));
    held.month = store_read_u32(end + 1);
    held.amount = money_of_cents((int64_t)store_read_u64(value.data));
    held.lines = store_read_u32(value.data + 8);
    *ret = held;
    return true;
}

/* One more item; what the list grows out of stays in the arena until the next record. */
static int add(struct arena *arena, struct held **items, size_t *count, size_t *room, const struct held *held) {
    if (*count == *room) {
        size_t more = *room > 0 ? *room * 2 : ROOM_FIRST;
        struct held *grown = arena_take(arena, more * sizeof *grown);
        if (grown == NULL) {
            return FAILURE_MEMORY;
        }
        if (*count > 0) {
            memcpy(grown, *items, *count * sizeof *grown);
        }
        *items = grown;
        *room = more;
    }
    (*items)[(*count)++] = *held;
    return 0;
}

static int collect(struct ledger *ledger, struct store_cursor *cursor, const struct store_key *prefix,
                   const char *payee, struct held **items, size_t *count) {
    size_t room = 0;
    bool found = false;
    int failure = store_cursor_seek(cursor, store_key_span(prefix), &found);
    while (failure == 0 && found) {
        struct span key = store_cursor_key(cursor);
        struct held held;
        if (key.bytes < prefix->used || memcmp(key.data, prefix->bytes, prefix->used) != 0) {
            break;
        }
        if (!decode(key, store_cursor_value(cursor), payee, &held)) {
            return FAILURE_CORRUPT;
        }
        failure = add(&ledger->arena, items, count, &room, &held);
        if (failure == 0) {
            failure = store_cursor_next(cursor, &found);
        }
    }
    return failure;
}

int held_of(struct ledger *ledger, const char *payee, const char *network, struct held **ret_items, size_t *ret_count) {
    struct store_key prefix;
    struct store_cursor *cursor = NULL;
    struct held *items = NULL;
    size_t count = 0;
    store_key_reset(&prefix);
    store_key_text(&prefix, payee);
    if (network != NULL) {
        store_key_text(&prefix, network);
    }
    int failure = store_cursor_open(ledger->txn, LEDGER_TABLE_HELD, &cursor);
    if (failure < 0) {
        return failure;
    }
    failure = collect(ledger, cursor, &prefix, payee, &items, &count);
    store_cursor_close(cursor);
    if (failure == 0) {
        *ret_items = items;
        *ret_count = count;
    }
    return failure;
}
