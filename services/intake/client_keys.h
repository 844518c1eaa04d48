#ifndef ELP_SERVICES_INTAKE_CLIENT_KEYS_H
#define ELP_SERVICES_INTAKE_CLIENT_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/span.h"
#include "common/store.h"
#include "services/intake/line.h"

/*
 * Idempotency keys (design.md, Keys that decide speed): a principal's key belongs to one content for ever. Lines,
 * cancellations, decisions, indexations and commands about money share one name space.
 */
enum key_use {
    KEY_ACCEPTED = 1,
    KEY_REFUSED = 2,
    KEY_CANCELLATION = 3,
    KEY_DECISION = 4,
    KEY_INDEX = 5,
    KEY_MONEY = 6
};

struct key_entry {
    enum key_use use;
    uint64_t number; /* record that holds the first verdict */
    struct line_digests
        digests; /* of a cancellation: id and reason, as two fields; of the record's own content: none */
};

/* Only a line has a verdict. */
static inline bool key_is_of_a_line(const struct key_entry *entry) {
    return entry->use == KEY_ACCEPTED || entry->use == KEY_REFUSED;
}

/* 1 to WIRE_KEY_BYTES_MAX bytes. */
bool client_key_valid(struct span key);

MUST_USE int client_key_find(struct store_txn *txn, const char *principal, struct span key, struct key_entry *ret,
                             bool *ret_found);
MUST_USE int client_key_put(struct store_txn *txn, const char *principal, struct span key,
                            const struct key_entry *entry);

/* The digests of a cancellation's content under its key. */
void cancellation_digests_of(struct span key, const char *id, const char *reason, const uint8_t secret[16],
                             struct line_digests *ret);

#endif
