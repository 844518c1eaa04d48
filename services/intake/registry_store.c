#include "services/intake/registry_store.h"

#include <string.h>

#include "common/log.h"
#include "common/require.h"
#include "common/wire.h"
#include "services/intake/intake_core.h"
#include "services/intake/registry_fact.h"

/*
 * TABLE_REGISTRY. Key: kind (1; enum fact_kind), code and one zero byte. Value: record that first brought the code (8),
 * record of the fact in force (8), the packed RegistryFact. The site "s1" (kind 5), first brought by record 7, in the
 * words of record 4660:
 *   05 7331 00 → 0000 0000 0000 0007 0000 0000 0000 1234 2a…
 */
#define HEAD_BYTES 16

static void make_key(struct store_key *key, enum fact_kind kind, const char *code) {
    store_key_reset(key);
    store_key_u8(key, (uint8_t)kind);
    store_key_text(key, code);
}

static int load_fact(struct intake_core *core, struct span value) {
    struct registry_fact fact;
    struct fact_wire wire;
    struct fact_refusal refusal = {0};
    if (value.bytes < HEAD_BYTES) {
        return FAILURE_CORRUPT;
    }
    arena_reset(&core->arena);
    const Elp__V1__RegistryFact *message = wire_unpack(&core->arena, &elp__v1__registry_fact__descriptor,
                                                       span_of(value.data + HEAD_BYTES, value.bytes - HEAD_BYTES));
    if (message == NULL || !registry_fact_read(message, &fact, &wire, &refusal)) {
        log_line(LOG_LEVEL_ERROR, "registry-unreadable", "record", LOG_NUMBER, (int64_t)store_read_u64(value.data + 8),
                 "reason", LOG_TEXT, message == NULL ? "does not decode" : refusal.reason, NULL);
        return FAILURE_CORRUPT;
    }
    /* Applied twice where a fact replaced another, so that the entry keeps the number that first brought the code. */
    uint64_t first = store_read_u64(value.data);
    int failure = registry_apply(&core->registry, &fact, first);
    uint64_t number = store_read_u64(value.data + 8);
    return failure == 0 && number != first ? registry_apply(&core->registry, &fact, number) : failure;
}

int registry_open(struct intake_core *core, struct store_txn *txn) {
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, TABLE_REGISTRY, &cursor);
    if (failure < 0) {
        return failure;
    }
    bool found = false;
    failure = store_cursor_next(cursor, &found);
    while (failure == 0 && found) {
        failure = load_fact(core, store_cursor_value(cursor));
        if (failure == 0) {
            failure = store_cursor_next(cursor, &found);
        }
    }
    store_cursor_close(cursor);
    return failure;
}

int registry_put(struct intake_core *core, struct store_txn *txn, uint64_t number, const struct registry_fact *fact,
                 struct span bytes) {
    struct store_key key;
    int failure = registry_apply(&core->registry, fact, number);
    if (failure < 0) {
        return failure;
    }
    const struct registry_entry *entry = registry_find(&core->registry, fact->kind, fact->code);
    uint8_t *value = arena_take(&core->arena, HEAD_BYTES + bytes.bytes);
    require(entry != NULL && value != NULL);
    store_write_u64(value, entry->first_number);
    store_write_u64(value + 8, entry->number);
    memcpy(value + HEAD_BYTES, bytes.data, bytes.bytes);
    make_key(&key, fact->kind, fact->code);
    return store_put(txn, TABLE_REGISTRY, store_key_span(&key), span_of(value, HEAD_BYTES + bytes.bytes));
}

int registry_stored(struct store_txn *txn, enum fact_kind kind, const char *code, struct span *ret_bytes,
                    bool *ret_found) {
    struct store_key key;
    struct span value = {0};
    make_key(&key, kind, code);
    int failure = store_get(txn, TABLE_REGISTRY, store_key_span(&key), &value, ret_found);
    if (failure < 0 || !*ret_found) {
        return failure;
    }
    if (value.bytes < HEAD_BYTES) {
        return FAILURE_CORRUPT;
    }
    *ret_bytes = span_of(value.data + HEAD_BYTES, value.bytes - HEAD_BYTES);
    return 0;
}

int registry_walk_open(struct store_txn *txn, enum fact_kind kind, const char *after, struct registry_walk *ret) {
    struct store_key key;
    struct store_cursor *cursor = NULL;
    bool found = false;
    int failure = store_cursor_open(txn, TABLE_REGISTRY, &cursor);
    if (failure < 0) {
        return failure;
    }
    /* Stand before the first row that is asked for: behind `after`, whose key ends with a zero byte. */
    make_key(&key, kind, after);
    key.bytes[key.used - 1] = after[0] == '\0' ? 0 : 1;
    failure = store_cursor_seek_last_before(cursor, store_key_span(&key), &found);
    if (failure < 0) {
        store_cursor_close(cursor);
        return failure;
    }
    *ret = (struct registry_walk){cursor, kind};
    return 0;
}

int registry_walk_next(struct registry_walk *walk, struct span *ret_bytes, bool *ret_found) {
    int failure = store_cursor_next(walk->cursor, ret_found);
    if (failure < 0 || !*ret_found) {
        return failure;
    }
    struct span key = store_cursor_key(walk->cursor);
    struct span value = store_cursor_value(walk->cursor);
    if (key.data[0] != (uint8_t)walk->kind) {
        *ret_found = false;
        return 0;
    }
    if (value.bytes < HEAD_BYTES) {
        return FAILURE_CORRUPT;
    }
    *ret_bytes = span_of(value.data + HEAD_BYTES, value.bytes - HEAD_BYTES);
    return 0;
}

void registry_walk_close(struct registry_walk *walk) {
    store_cursor_close(walk->cursor);
    walk->cursor = NULL;
}
