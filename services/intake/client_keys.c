#include "services/intake/client_keys.h"

#include <string.h>

#include "common/wire.h"
#include "services/intake/tables.h"

/*
 * TABLE_KEYS. Key: principal's name, one zero byte, the client's key in the client's own order, so that ordered keys
 * fill page after page. Value: layout 1 (1), use (1), record (8), beneficiaries (2), then the digests of line_digest.c,
 * 4 bytes each: 20 of the line and 4 per beneficiary; 2 of a cancellation; none of a decision or an indexation, which
 * stand whole in their records. Layout 2 is that of a line with special fields (line.h): which of them (4; FIELD_BITs)
 * stands before the digests, and theirs are the last 7. Principal "demo" refused the line with key "a1" in record 4660:
 *   6465 6d6f 00 6131 → 01 02 0000 0000 0000 1234 0001 …
 */
#define LAYOUT 1
#define LAYOUT_SPECIAL 2
#define SPECIAL_BYTES 4
#define HEAD_BYTES 12

bool client_key_valid(struct span key) {
    return key.bytes >= 1 && key.bytes <= WIRE_KEY_BYTES_MAX;
}

static void make_key(struct store_key *out, const char *principal, struct span key) {
    store_key_reset(out);
    store_key_text(out, principal);
    store_key_bytes(out, key.data, key.bytes);
}

static uint32_t read_special(const uint8_t *data) {
    uint32_t special = 0;
    for (size_t i = 0; i < SPECIAL_BYTES; i++) {
        special = special << 8 | data[i];
    }
    return special;
}

int client_key_find(struct store_txn *txn, const char *principal, struct span key, struct key_entry *ret,
                    bool *ret_found) {
    struct store_key stored;
    struct span value = {0};
    make_key(&stored, principal, key);
    int failure = store_get(txn, TABLE_KEYS, store_key_span(&stored), &value, ret_found);
    if (failure < 0 || !*ret_found) {
        return failure;
    }
    size_t head = HEAD_BYTES + (value.bytes > 0 && value.data[0] == LAYOUT_SPECIAL ? SPECIAL_BYTES : 0);
    if (value.bytes < head || (value.data[0] != LAYOUT && value.data[0] != LAYOUT_SPECIAL) ||
        value.bytes - head > sizeof ret->digests.data) {
        return FAILURE_CORRUPT;
    }
    ret->use = (enum key_use)value.data[1];
    ret->number = store_read_u64(value.data + 2);
    ret->digests.beneficiary_count = (size_t)(value.data[10] << 8 | value.data[11]);
    ret->digests.special = head > HEAD_BYTES ? read_special(value.data + HEAD_BYTES) : 0;
    ret->digests.bytes = value.bytes - head;
    memcpy(ret->digests.data, value.data + head, ret->digests.bytes);
    size_t digests = (ret->digests.special != 0 ? LINE_FIELD_COUNT : FIELD_SPECIAL_FIRST) +
                     BENEFICIARY_FIELD_COUNT * ret->digests.beneficiary_count;
    return !key_is_of_a_line(ret) || ret->digests.bytes == digests * DIGEST_BYTES ? 0 : FAILURE_CORRUPT;
}

int client_key_put(struct store_txn *txn, const char *principal, struct span key, const struct key_entry *entry) {
    struct store_key stored;
    uint8_t value[HEAD_BYTES + SPECIAL_BYTES + sizeof entry->digests.data];
    bool special = entry->digests.special != 0;
    size_t head = HEAD_BYTES + (special ? SPECIAL_BYTES : 0);
    make_key(&stored, principal, key);
    value[0] = special ? LAYOUT_SPECIAL : LAYOUT;
    value[1] = (uint8_t)entry->use;
    store_write_u64(value + 2, entry->number);
    value[10] = (uint8_t)(entry->digests.beneficiary_count >> 8);
    value[11] = (uint8_t)entry->digests.beneficiary_count;
    for (size_t i = 0; special && i < SPECIAL_BYTES; i++) {
        value[HEAD_BYTES + i] = (uint8_t)(entry->digests.special >> (8 * (SPECIAL_BYTES - 1 - i)));
    }
    memcpy(value + head, entry->digests.data, entry->digests.bytes);
    return store_put(txn, TABLE_KEYS, store_key_span(&stored), span_of(value, head + entry->digests.bytes));
}
