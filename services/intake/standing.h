#ifndef ELP_SERVICES_INTAKE_STANDING_H
#define ELP_SERVICES_INTAKE_STANDING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/calendar.h"
#include "common/failure.h"
#include "common/store.h"
#include "elp/v1/journal.pb-c.h"

struct intake_core;

/* An attestation as it stands: accepted for ever, ended at most once, by a cancellation or a replacement. */
struct standing {
    const Elp__V1__IntakeRecord *record; /* NULL: no record of that number holds an accepted attestation */
    uint64_t ended_by;                   /* record; 0: it stands */
};

/* Reads attestation `number` into `arena`. A number that is none gives record NULL. */
MUST_USE int standing_read(const struct intake_core *core, struct store_txn *txn, uint64_t number, struct arena *arena,
                           struct standing *ret);

MUST_USE int standing_ended_by(struct store_txn *txn, uint64_t number, uint64_t *ret_record);

/*
 * Ends an attestation by record `by`: notes it and removes its entries from the index and its part of the volumes, which
 * frees quota, first session and leaders. It stands.
 */
MUST_USE int standing_end(const struct intake_core *core, struct store_txn *txn, uint64_t number,
                          const Elp__V1__AttestationAccepted *accepted, uint64_t by);

/*
 * The last day on which this attestation could be made: that of its session, or of the attestation that it replaced,
 * whose deadline it keeps (rulebook §4, corrections). DATE_NONE when its convention knows none (2019) or has no book.
 */
MUST_USE int standing_deadline(struct intake_core *core, struct store_txn *txn, uint64_t number, struct date *ret);

#endif
