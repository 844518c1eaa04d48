#include "services/intake/master_key.h"

#include <sodium.h>
#include <string.h>

#define DERIVATION_CONTEXT "elpvault" /* exactly crypto_kdf_CONTEXTBYTES */

enum subkey { SUBKEY_WRAP = 1, SUBKEY_ID = 2 };

_Static_assert(CELL_MASTER_BYTES == crypto_kdf_KEYBYTES, "the master key is one of the derivation's size");

static void derive(const uint8_t master[CELL_MASTER_BYTES], struct master_key *ret) {
    uint8_t id[crypto_kdf_BYTES_MIN];
    (void)crypto_kdf_derive_from_key(ret->wrap, sizeof ret->wrap, SUBKEY_WRAP, DERIVATION_CONTEXT, master);
    (void)crypto_kdf_derive_from_key(id, sizeof id, SUBKEY_ID, DERIVATION_CONTEXT, master);
    memcpy(ret->id, id, sizeof ret->id);
}

int master_keys_load(const struct cell *cell, struct master_keys *ret) {
    uint8_t master[CELL_MASTER_BYTES];
    struct master_keys keys = {.has_previous = false};
    int failure = cell_master_load(cell, master);
    if (failure == 0) {
        derive(master, &keys.current);
        failure = cell_previous_master_load(cell, master, &keys.has_previous);
    }
    if (failure == 0 && keys.has_previous) {
        derive(master, &keys.previous);
    }
    sodium_memzero(master, sizeof master);
    if (failure == 0) {
        *ret = keys;
    }
    master_keys_forget(&keys);
    return failure;
}

const struct master_key *master_key_of(const struct master_keys *keys, const uint8_t id[SEAL_KEY_ID_BYTES]) {
    if (memcmp(keys->current.id, id, SEAL_KEY_ID_BYTES) == 0) {
        return &keys->current;
    }
    if (keys->has_previous && memcmp(keys->previous.id, id, SEAL_KEY_ID_BYTES) == 0) {
        return &keys->previous;
    }
    return NULL;
}

void master_keys_forget(struct master_keys *keys) {
    sodium_memzero(keys, sizeof *keys);
}
