#include "services/intake/vault_entry.h"

#include <sodium.h>
#include <string.h>

#include "common/store.h"

#define LAYOUT 1
#define ID_AT 1
#define KEY_AT (ID_AT + SEAL_KEY_ID_BYTES)
#define NISS_AT (KEY_AT + SEALED_BYTES(SEAL_KEY_BYTES))
#define NISS_DIGITS 11

/* The two values of an entry lie in one row: their places differ by name. */
static struct seal_place place_of(const char *what, const uint8_t row[8], const uint8_t *key_id) {
    return (struct seal_place){.table = what, .row = span_of(row, 8), .schema = LAYOUT, .key_id = key_id};
}

void vault_entry_make(const struct master_key *master, uint64_t number, const struct niss *niss,
                      uint8_t out[VAULT_ENTRY_BYTES]) {
    uint8_t row[8];
    uint8_t own[SEAL_KEY_BYTES];
    store_write_u64(row, number);
    struct seal_place key_place = place_of("people.key", row, master->id);
    struct seal_place niss_place = place_of("people.niss", row, master->id);
    randombytes_buf(own, sizeof own);
    out[0] = LAYOUT;
    memcpy(out + ID_AT, master->id, SEAL_KEY_ID_BYTES);
    seal(&key_place, master->wrap, span_of(own, sizeof own), out + KEY_AT);
    seal(&niss_place, own, span_of(niss->digits, NISS_DIGITS), out + NISS_AT);
    sodium_memzero(own, sizeof own);
}

bool vault_entry_under(struct span entry, const struct master_key *master) {
    return entry.bytes == VAULT_ENTRY_BYTES && memcmp(entry.data + ID_AT, master->id, SEAL_KEY_ID_BYTES) == 0;
}

bool vault_entry_open(const struct master_keys *masters, uint64_t number, struct span entry, struct niss *ret) {
    if (entry.bytes != VAULT_ENTRY_BYTES || entry.data[0] != LAYOUT) {
        return false;
    }
    const struct master_key *master = master_key_of(masters, entry.data + ID_AT);
    if (master == NULL) {
        return false;
    }
    uint8_t row[8];
    uint8_t own[SEAL_KEY_BYTES];
    uint8_t digits[NISS_DIGITS];
    store_write_u64(row, number);
    struct seal_place key_place = place_of("people.key", row, master->id);
    struct seal_place niss_place = place_of("people.niss", row, master->id);
    bool opened = unseal(&key_place, master->wrap, span_of(entry.data + KEY_AT, SEALED_BYTES(SEAL_KEY_BYTES)), own) &&
                  unseal(&niss_place, own, span_of(entry.data + NISS_AT, SEALED_BYTES(NISS_DIGITS)), digits);
    sodium_memzero(own, sizeof own);
    if (opened) {
        memcpy(ret->digits, digits, NISS_DIGITS);
        ret->digits[NISS_DIGITS] = '\0';
    }
    sodium_memzero(digits, sizeof digits);
    return opened;
}
