#ifndef ELP_SERVICES_LEDGER_SUSPENDED_H
#define ELP_SERVICES_LEDGER_SUSPENDED_H

#include "services/ledger/ledger_core.h"

/*
 * Amounts that stand beyond the ceiling of a network and year, oldest first (rulebook B1). Only a decision or a reversal
 * ends it.
 *
 * Table: key is the network's text and a zero byte, the year as 4 bytes, the attestation's number as 8 bytes; value the
 * amount in cents as 8 bytes and the wire number of the envelope that its session may ask. 91.02 of record 4711 for N1:
 *   4e3100 000007ea 0000000000001267      000000000000238e 01
 */
struct suspended {
    uint64_t attestation;
    struct money amount;
    enum book_envelope_id wanted;
};

MUST_USE int suspended_put(struct ledger *ledger, const char *network, int year, const struct suspended *suspended);
MUST_USE int suspended_remove(struct ledger *ledger, const char *network, int year, uint64_t attestation);

/* *ret_found false when that attestation is not suspended in that network and year. */
MUST_USE int suspended_find(struct ledger *ledger, const char *network, int year, uint64_t attestation,
                            struct suspended *ret, bool *ret_found);

/*
 * Does another amount than `except` stand that only the ceiling can hold back? What asks for operating or other-missions may
 * be suspended while the ceiling has room.
 */
MUST_USE int suspended_by_ceiling(struct ledger *ledger, const char *network, int year, uint64_t except,
                                  bool *ret_found);

/* The oldest `max` of a network and year, in order; items is the caller's room for `max`. */
MUST_USE int suspended_oldest(struct ledger *ledger, const char *network, int year, struct suspended *items, size_t max,
                              size_t *ret_count);

#endif
