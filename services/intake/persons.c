#include "services/intake/persons.h"

#include <sodium.h>
#include <string.h>

#include "services/intake/intake_core.h"

/*
 * TABLE_PERSONS. Key: 16 bytes of keyed BLAKE2b. Value: person number, 8 bytes. Person 258 with the look-up value
 * 5f 02 … c1 is
 *   5f02 9a11 e07d 4408 b3c6 12fe 90aa 37c1 → 0000 0000 0000 0102
 */

/* Above every real number and every other kind of subject's zero bit (person_index.h). */
#define PROVISIONAL_BIT (UINT64_C(1) << 62)

static const uint8_t personalisation[crypto_generichash_blake2b_PERSONALBYTES] = "elp person niss";

struct person_lookup person_lookup_of(const struct intake_core *core, const struct niss *niss) {
    struct person_lookup lookup;
    (void)crypto_generichash_blake2b_salt_personal(lookup.bytes, sizeof lookup.bytes, (const uint8_t *)niss->digits, 11,
                                                   core->keys.person, sizeof core->keys.person, NULL, personalisation);
    return lookup;
}

int persons_find(struct store_txn *txn, const struct person_lookup *lookup, uint64_t *ret_number) {
    struct span value = {0};
    bool found = false;
    int failure = store_get(txn, TABLE_PERSONS, span_of(lookup->bytes, sizeof lookup->bytes), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && value.bytes != 8) {
        return FAILURE_CORRUPT;
    }
    *ret_number = found ? store_read_u64(value.data) : 0;
    return 0;
}

int persons_add(struct intake_core *core, struct store_txn *txn, const struct person_lookup *lookup,
                uint64_t *ret_number) {
    uint8_t value[8];
    uint64_t number = core->persons_last + 1;
    store_write_u64(value, number);
    int failure =
        store_put(txn, TABLE_PERSONS, span_of(lookup->bytes, sizeof lookup->bytes), span_of(value, sizeof value));
    if (failure == 0) {
        failure = intake_state_put(txn, "persons", number);
    }
    if (failure < 0) {
        return failure;
    }
    core->persons_last = number;
    *ret_number = number;
    return 0;
}

uint64_t persons_provisional(const struct person_lookup *lookup) {
    return PROVISIONAL_BIT | (store_read_u64(lookup->bytes) & (PROVISIONAL_BIT - 1));
}
