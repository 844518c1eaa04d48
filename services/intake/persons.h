#ifndef ELP_SERVICES_INTAKE_PERSONS_H
#define ELP_SERVICES_INTAKE_PERSONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/identifiers.h"
#include "common/store.h"

struct intake_core;

/*
 * A person gets a 64-bit number at first sight, 1, 2, 3 …; every index, record and later daemon uses it. The only way
 * from a NISS to it is a keyed BLAKE2b of its 11 digits; number, birth date and name stand in no table, record or log
 * (design.md, People; pitfalls §8).
 */
#define PERSON_LOOKUP_BYTES 16
struct person_lookup {
    uint8_t bytes[PERSON_LOOKUP_BYTES];
};

/* The look-up value of a NISS under this store's key. */
struct person_lookup person_lookup_of(const struct intake_core *core, const struct niss *niss);

/* *ret_number is 0 for a person never seen. */
MUST_USE int persons_find(struct store_txn *txn, const struct person_lookup *lookup, uint64_t *ret_number);

/* Gives the person the next number. The person is not there yet. */
MUST_USE int persons_add(struct intake_core *core, struct store_txn *txn, const struct person_lookup *lookup,
                         uint64_t *ret_number);

/*
 * The number that a dry run uses for a person never seen: the same for the same person, never that of a stored one.
 * It does not leave the dry run.
 */
uint64_t persons_provisional(const struct person_lookup *lookup);

#endif
