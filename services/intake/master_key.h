#ifndef ELP_SERVICES_INTAKE_MASTER_KEY_H
#define ELP_SERVICES_INTAKE_MASTER_KEY_H

#include <stdint.h>

#include "common/cell.h"
#include "common/failure.h"
#include "common/store.h"

/*
 * Keys derived from <cell>/keys/vault.master, 32 bytes in hexadecimal outside the store: whoever holds the store alone
 * cannot try out national numbers (pitfalls §8). Only intake reads that file.
 */
struct intake_keys {
    uint8_t person[32]; /* NISS → look-up value, persons.c */
    uint8_t digest[16]; /* field digests of idempotency keys, line_digest.c */
    uint8_t check[8];   /* stored, so that another master key is noticed before it makes strangers of known people */
};

/* Reads and derives. FAILURE_CONFIG with a printed sentence when the file is missing, malformed or open to others. */
MUST_USE int master_key_load(const struct cell *cell, struct intake_keys *ret);

/* Notes the check value in a new store; FAILURE_CONFIG when the store was written with another master key. */
MUST_USE int master_key_check(const struct intake_keys *keys, struct store_txn *txn);

void master_key_forget(struct intake_keys *keys);

#endif
