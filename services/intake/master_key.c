#include "services/intake/master_key.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "services/intake/tables.h"

#define DERIVATION_CONTEXT "elpvault" /* exactly crypto_kdf_CONTEXTBYTES */

enum subkey { SUBKEY_PERSON = 1, SUBKEY_DIGEST = 2, SUBKEY_CHECK = 3 };

static void derive(struct intake_keys *keys, const uint8_t master[CELL_MASTER_BYTES]) {
    uint8_t check[crypto_kdf_BYTES_MIN];
    (void)crypto_kdf_derive_from_key(keys->person, sizeof keys->person, SUBKEY_PERSON, DERIVATION_CONTEXT, master);
    (void)crypto_kdf_derive_from_key(keys->digest, sizeof keys->digest, SUBKEY_DIGEST, DERIVATION_CONTEXT, master);
    (void)crypto_kdf_derive_from_key(check, sizeof check, SUBKEY_CHECK, DERIVATION_CONTEXT, master);
    memcpy(keys->check, check, sizeof keys->check);
    sodium_memzero(check, sizeof check);
}

int master_key_load(const struct cell *cell, struct intake_keys *ret) {
    uint8_t master[CELL_MASTER_BYTES];
    int failure = cell_master_load(cell, master);
    if (failure == 0) {
        derive(ret, master);
    }
    sodium_memzero(master, sizeof master);
    return failure;
}

int master_key_check(const struct intake_keys *keys, struct store_txn *txn) {
    struct span name = span_of_text("master-key");
    struct span stored = {0};
    bool found = false;
    int failure = store_get(txn, TABLE_STATE, name, &stored, &found);
    if (failure < 0) {
        return failure;
    }
    if (!found) {
        return store_put(txn, TABLE_STATE, name, span_of(keys->check, sizeof keys->check));
    }
    if (stored.bytes != sizeof keys->check || sodium_memcmp(stored.data, keys->check, sizeof keys->check) != 0) {
        fprintf(stderr,
                "elp-intake: keys/vault.master is not the one that this store was written with; put the original"
                " file back from its own backup\n");
        return FAILURE_CONFIG;
    }
    return 0;
}

void master_key_forget(struct intake_keys *keys) {
    sodium_memzero(keys, sizeof *keys);
}
