#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "services/intake/vault_private.h"

/*
 * Table state, rows "lookup-key" and "digest-key": layout 1 (1), id of the master key (8), the key sealed under it. Row
 * "rewrap", while a rotation goes on: id of the master key (8) under which people may still be wrapped.
 */
#define LAYOUT 1
#define HEAD_BYTES (1 + SEAL_KEY_ID_BYTES)
#define KEY_BYTES_MAX 32

struct vault_key {
    const char *name;
    uint8_t *bytes;
    size_t count;
};

static void keys_of(struct vault *vault, struct vault_key keys[2]) {
    struct vault_secrets *secrets = vault->secrets;
    keys[0] = (struct vault_key){VAULT_STATE_LOOKUP_KEY, secrets->lookup_key, sizeof secrets->lookup_key};
    keys[1] = (struct vault_key){VAULT_STATE_DIGEST_KEY, secrets->digest_key, sizeof secrets->digest_key};
}

static struct seal_place place_of(const struct vault_key *key, const uint8_t *id) {
    return (struct seal_place){.table = "state", .row = span_of_text(key->name), .schema = LAYOUT, .key_id = id};
}

static int put_key(struct vault *vault, const struct vault_key *key) {
    const struct master_key *master = &vault->secrets->masters.current;
    struct seal_place place = place_of(key, master->id);
    uint8_t value[HEAD_BYTES + SEALED_BYTES(KEY_BYTES_MAX)] = {LAYOUT};
    memcpy(value + 1, master->id, SEAL_KEY_ID_BYTES);
    seal(&place, master->wrap, span_of(key->bytes, key->count), value + HEAD_BYTES);
    return store_put(vault->txn, VAULT_STATE, span_of_text(key->name),
                     span_of(value, HEAD_BYTES + SEALED_BYTES(key->count)));
}

int vault_keys_make(struct vault *vault) {
    struct vault_key keys[2];
    int failure = 0;
    keys_of(vault, keys);
    for (size_t i = 0; failure == 0 && i < 2; i++) {
        randombytes_buf(keys[i].bytes, keys[i].count);
        failure = put_key(vault, &keys[i]);
    }
    vault->wrote = true;
    return failure;
}

static int refuse_master(void) {
    (void)fprintf(stderr,
                  "elp-intake: keys/vault.master is not the key that this vault was written with; put the original "
                  "file back from its own backup, or beside it as vault.master.previous\n");
    return FAILURE_CONFIG;
}

/* *ret_previous: the row is wrapped under the previous master key. */
static int load_key(struct vault *vault, const struct vault_key *key, bool *ret_previous) {
    const struct master_keys *masters = &vault->secrets->masters;
    struct span value = {0};
    bool found = false;
    int failure = store_get(vault->txn, VAULT_STATE, span_of_text(key->name), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (!found || value.bytes != HEAD_BYTES + SEALED_BYTES(key->count) || value.data[0] != LAYOUT) {
        return FAILURE_CORRUPT;
    }
    const struct master_key *master = master_key_of(masters, value.data + 1);
    if (master == NULL) {
        return refuse_master();
    }
    struct seal_place place = place_of(key, master->id);
    struct span sealed = span_of(value.data + HEAD_BYTES, value.bytes - HEAD_BYTES);
    if (!unseal(&place, master->wrap, sealed, key->bytes)) {
        return FAILURE_CORRUPT;
    }
    *ret_previous = master != &masters->current;
    return 0;
}

/* People may still be wrapped under the previous key: it must stay at hand until they are not. */
static int check_rewrap(struct vault *vault) {
    struct span id = {0};
    bool found = false;
    int failure = store_get(vault->txn, VAULT_STATE, span_of_text(VAULT_STATE_REWRAP), &id, &found);
    if (failure < 0 || !found) {
        return failure;
    }
    if (id.bytes != SEAL_KEY_ID_BYTES) {
        return FAILURE_CORRUPT;
    }
    if (master_key_of(&vault->secrets->masters, id.data) == NULL) {
        (void)fprintf(stderr, "elp-intake: people are still sealed under the master key before this one; put "
                              "keys/vault.master.previous back until the log says vault-rewrapped\n");
        return FAILURE_CONFIG;
    }
    vault->rewrap_next = 1;
    return 0;
}

int vault_keys_load(struct vault *vault) {
    struct vault_key keys[2];
    bool rotated = false;
    keys_of(vault, keys);
    int failure = check_rewrap(vault); /* first: a third key would hide the one that people are still under */
    for (size_t i = 0; failure == 0 && i < 2; i++) {
        bool previous = false;
        failure = load_key(vault, &keys[i], &previous);
        if (failure == 0 && previous) {
            failure = put_key(vault, &keys[i]);
            rotated = true;
        }
    }
    if (failure < 0 || !rotated) {
        return failure;
    }
    const struct master_key *previous = &vault->secrets->masters.previous;
    vault->wrote = true;
    vault->rewrap_next = 1;
    return store_put(vault->txn, VAULT_STATE, span_of_text(VAULT_STATE_REWRAP),
                     span_of(previous->id, sizeof previous->id));
}
