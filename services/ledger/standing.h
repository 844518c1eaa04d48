#ifndef ELP_SERVICES_LEDGER_STANDING_H
#define ELP_SERVICES_LEDGER_STANDING_H

#include "services/ledger/transactions.h"

/*
 * Where an attestation stands in the ledger now. As long as nothing happened to it after its own record that record says
 * it all and costs no row here; most attestations never get one.
 *
 * Table: key is the attestation's number as 8 bytes; value its state (1 posted, 3 reversed, 4 written off) and, as 8
 * bytes, the record whose transaction brought it there. Attestation 4711 released by record 4900:
 *   0000000000001267      01 0000000000001324
 */
enum standing_state {
    STANDING_NONE = 0, /* no attestation that was posted */
    STANDING_POSTED = 1,
    STANDING_SUSPENDED = 2,
    STANDING_REVERSED = 3,
    STANDING_WRITTEN_OFF = 4,
};

struct standing {
    enum standing_state state;
    uint64_t number;                /* of the record that brought it there */
    struct transaction transaction; /* that brought it there; meaningless for STANDING_NONE */
};

/* Reads the standing of an attestation; `arena` holds the record that it decodes for that. */
MUST_USE int standing_find(const struct journal *journal, struct store_txn *txn, struct arena *arena,
                           uint64_t attestation, struct standing *ret);

/* Notes that the record at hand moved an attestation. */
MUST_USE int standing_put(struct ledger *ledger, uint64_t attestation, enum standing_state state);

/* "posted", "suspended", "reversed", "written-off", "none". */
const char *standing_word(enum standing_state state);

#endif
