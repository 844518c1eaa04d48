#include "services/intake/master_key.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/key_file.h"
#include "services/intake/tables.h"

#define MASTER_BYTES 32
#define DERIVATION_CONTEXT "elpvault" /* exactly crypto_kdf_CONTEXTBYTES */

enum subkey { SUBKEY_PERSON = 1, SUBKEY_DIGEST = 2, SUBKEY_CHECK = 3 };

static int refuse(const char *path, const char *text) {
    struct key_file_error error = {0};
    snprintf(error.text, sizeof error.text, "%s", text);
    return key_file_unusable(path, &error);
}

static void derive(struct intake_keys *keys, const uint8_t master[MASTER_BYTES]) {
    uint8_t check[crypto_kdf_BYTES_MIN];
    (void)crypto_kdf_derive_from_key(keys->person, sizeof keys->person, SUBKEY_PERSON, DERIVATION_CONTEXT, master);
    (void)crypto_kdf_derive_from_key(keys->digest, sizeof keys->digest, SUBKEY_DIGEST, DERIVATION_CONTEXT, master);
    (void)crypto_kdf_derive_from_key(check, sizeof check, SUBKEY_CHECK, DERIVATION_CONTEXT, master);
    memcpy(keys->check, check, sizeof keys->check);
    sodium_memzero(check, sizeof check);
}

int master_key_load(const struct cell *cell, struct intake_keys *ret) {
    char path[CELL_PATH_BYTES];
    char text[2 * MASTER_BYTES + 8];
    size_t bytes = 0;
    struct key_file_error error = {0};
    cell_path(cell, "keys/vault.master", path);
    if (sodium_init() < 0) {
        return FAILURE_SYSTEM;
    }
    if (key_file_read(path, true, text, sizeof text, &bytes, &error) != 0) {
        return key_file_unusable(path, &error);
    }
    while (bytes > 0 && (text[bytes - 1] == '\n' || text[bytes - 1] == '\r')) {
        bytes--;
    }
    uint8_t master[MASTER_BYTES];
    size_t master_bytes = 0;
    const char *end = NULL;
    int bad = sodium_hex2bin(master, sizeof master, text, bytes, NULL, &master_bytes, &end);
    int failure = 0;
    if (bad != 0 || master_bytes != MASTER_BYTES || end != text + bytes) {
        failure = refuse(path, "this is not a master key; it holds 64 hexadecimal digits and is made with the cell");
    } else {
        derive(ret, master);
    }
    sodium_memzero(master, sizeof master);
    sodium_memzero(text, sizeof text);
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
        fprintf(stderr, "elp-intake: keys/vault.master is not the one that this store was written with; put the original"
                        " file back from its own backup\n");
        return FAILURE_CONFIG;
    }
    return 0;
}

void master_key_forget(struct intake_keys *keys) {
    sodium_memzero(keys, sizeof *keys);
}
