#ifndef ELP_SERVICES_INTAKE_VAULT_PRIVATE_H
#define ELP_SERVICES_INTAKE_VAULT_PRIVATE_H

/* What the vault*.c share; nobody else includes it. */

#include "services/intake/master_key.h"
#include "services/intake/vault.h"

/* Lies in locked memory (sodium_malloc). */
struct vault_secrets {
    struct master_keys masters;
    uint8_t lookup_key[32];
    uint8_t digest_key[VAULT_DIGEST_KEY_BYTES];
};

/* The turn's transaction, begun when it is first needed. */
MUST_USE int vault_begin(struct vault *vault);

/* In the turn's transaction: what was deleted or replaced in it is to leave the file too (vault_settle). */
MUST_USE int vault_note_compact(struct vault *vault);

/* Rows of VAULT_STATE, by name. */
#define VAULT_STATE_ID "vault"
#define VAULT_STATE_LAST "last"
#define VAULT_STATE_LOOKUP_KEY "lookup-key"
#define VAULT_STATE_DIGEST_KEY "digest-key"
#define VAULT_STATE_REWRAP "rewrap"
#define VAULT_STATE_COMPACT "compact"

/* vault_keys.c: the vault's own two keys, in VAULT_STATE, wrapped under the master key. Both read or write in vault->txn. */

/* Makes and seals them, for a new vault. */
MUST_USE int vault_keys_make(struct vault *vault);
/*
 * Reads them. Those that are wrapped under the previous master key are wrapped under the current one, which begins a
 * rotation. FAILURE_CONFIG with a printed sentence when neither opens them.
 */
MUST_USE int vault_keys_load(struct vault *vault);

#endif
