#ifndef ELP_SERVICES_INTAKE_PERSONS_H
#define ELP_SERVICES_INTAKE_PERSONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/identifiers.h"
#include "common/store.h"
#include "services/intake/vault.h"

struct intake_core;

/*
 * A person gets a 64-bit number at first sight, 1, 2, 3 …; every index, record and later daemon uses it. The way from a
 * NISS to it lies in the vault and nowhere else; number, birth date and name stand in no table, record or log (design.md,
 * People; pitfalls §8).
 */

/* Gives a person who is not known the next number. */
MUST_USE int persons_add(struct intake_core *core, struct store_txn *txn, const struct vault_lookup *lookup,
                         const struct niss *niss, struct person *ret);

/*
 * The number that a dry run uses for a person never seen: the same for the same person, never that of a stored one.
 * It does not leave the dry run.
 */
uint64_t persons_provisional(const struct vault_lookup *lookup);

/*
 * Was the person erased? *ret_record is then the record of it. Table erased. Key: person number, 8 bytes. Value: record, 8
 * bytes. Person 258 by record 4660:
 *   0000 0000 0000 0102 → 0000 0000 0000 1234
 */
MUST_USE int persons_erased_by(struct store_txn *txn, uint64_t number, uint64_t *ret_record);

/* Notes that record `record` erased the person. */
MUST_USE int persons_note_erased(struct store_txn *txn, uint64_t number, uint64_t record);

/* At open: whom the vault still holds though the store knows that they were erased is erased there again. */
MUST_USE int persons_settle(struct intake_core *core, struct store_txn *txn);

/*
 * Does a text hold a national number: eleven digits by themselves, separators allowed, whose check fits? What people write
 * into reasons and names goes into journals for ever.
 */
bool text_names_a_person(const char *text);

/* Does an idempotency key hold the digits of that number, in one piece or with anything between them? */
bool key_names_a_person(struct span key, const struct niss *niss);

#endif
