#ifndef ELP_SERVICES_INTAKE_VAULT_ENTRY_H
#define ELP_SERVICES_INTAKE_VAULT_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/identifiers.h"
#include "common/span.h"
#include "services/intake/master_key.h"

/*
 * What the vault keeps of one person: a key of the person's own, wrapped under the master key, and the NISS sealed under
 * that key. Whoever loses the entry loses the key, and with it the number, whatever else was copied.
 *
 * Table people. Key: person number, 8 bytes. Value, 132 bytes: layout 1 (1), id of the master key (8), wrapped key (72),
 * sealed NISS (51). Person 258 under the master key 5e 8f … 41:
 *   0000 0000 0000 0102 → 01 5e8f 20c1 93aa 7741 …
 */
#define VAULT_ENTRY_BYTES (1 + SEAL_KEY_ID_BYTES + SEALED_BYTES(SEAL_KEY_BYTES) + SEALED_BYTES(11))

void vault_entry_make(const struct master_key *master, uint64_t number, const struct niss *niss,
                      uint8_t out[VAULT_ENTRY_BYTES]);

/* Is it sealed under this master key? */
bool vault_entry_under(struct span entry, const struct master_key *master);

/* False when the entry is malformed, sealed under neither key, or not that person's. */
MUST_USE bool vault_entry_open(const struct master_keys *masters, uint64_t number, struct span entry,
                               struct niss *ret);

#endif
