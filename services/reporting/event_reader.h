#ifndef ELP_SERVICES_REPORTING_EVENT_READER_H
#define ELP_SERVICES_REPORTING_EVENT_READER_H

#include <stdint.h>

#include "common/arena.h"
#include "common/journal.h"
#include "common/store.h"
#include "elp/v1/reporting.pb-c.h"
#include "services/reporting/core.h"

/*
 * Reads events back from reporting's own journal, as consumers get them: with the attestation's id, which the stored
 * record leaves out. Decodes each record once while the reader stays on it. Events live as long as the arena.
 */
struct event_reader {
    const struct reporting *reporting;
    const struct journal *journal;
    struct store_txn *txn;
    struct arena *arena;
    const Elp__V1__ReportingRecord *record; /* the one read last */
};

/*
 * The event at a place that a topic points at. FAILURE_CORRUPT, after a log line, when the stored bytes are no record
 * with that event.
 */
MUST_USE int event_reader_event(struct event_reader *reader, struct event_place place, Elp__V1__Event **ret);

#endif
