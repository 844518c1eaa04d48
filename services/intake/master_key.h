#ifndef ELP_SERVICES_INTAKE_MASTER_KEY_H
#define ELP_SERVICES_INTAKE_MASTER_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cell.h"
#include "common/failure.h"
#include "services/intake/sealed.h"

/*
 * The master key of the vault: <cell>/keys/vault.master, 32 bytes in hexadecimal, outside every store. Only intake reads
 * it, and only to wrap other keys: nothing in a store or in the vault can be tried out without it (pitfalls §8).
 *
 * While a rotation goes on, vault.master.previous holds the key before it; what is still wrapped under that one can be
 * read, and is wrapped anew little by little (vault_rewrap.c).
 */
struct master_key {
    uint8_t id[SEAL_KEY_ID_BYTES]; /* derived from the key; says under which one a value is sealed */
    uint8_t wrap[SEAL_KEY_BYTES];
};

struct master_keys {
    struct master_key current;
    struct master_key previous;
    bool has_previous;
};

/* Reads and derives. FAILURE_CONFIG with a printed sentence when a file is missing, malformed or open to others. */
MUST_USE int master_keys_load(const struct cell *cell, struct master_keys *ret);

/* The key with that id; NULL: neither. */
const struct master_key *master_key_of(const struct master_keys *keys, const uint8_t id[SEAL_KEY_ID_BYTES]);

void master_keys_forget(struct master_keys *keys);

#endif
