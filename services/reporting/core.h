#ifndef ELP_SERVICES_REPORTING_CORE_H
#define ELP_SERVICES_REPORTING_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/daemon.h"
#include "common/epochs.h"
#include "services/reporting/budgets.h"
#include "services/reporting/networks.h"
#include "services/reporting/statistics.h"
#include "services/reporting/topics.h"

/*
 * Reporting's state: what the three journals have said so far, in memory and, in the same transaction, in the store.
 * Nothing here is decided: every fact is an upstream daemon's.
 */
struct reporting {
    struct arena arena;     /* the record that is being applied */
    char told[EPOCH_BYTES]; /* intake's epoch as it is now; empty until it was heard */
    struct epochs epochs;   /* of intake's journal; none before its first record */
    int64_t at_us;          /* time of the last record; 0: none yet */
    bool simulated;         /* the cell runs on the manual clock, for ever */
    struct networks networks;
    struct topics topics;
    struct statistics statistics;
    struct budgets budgets;
};

/* Loads everything from the store. */
MUST_USE int reporting_open(struct store_txn *txn, struct reporting **ret);
void reporting_close(struct reporting *reporting); /* accepts NULL */

/*
 * The epoch that consumers are told: intake's as it is now, else that of the last record. It goes forward only, also while a
 * store is filled again: who follows the feed takes a snapshot after a restore, and never for a rebuilt reporting.
 */
const char *reporting_epoch(const struct reporting *reporting);
void reporting_epoch_told(struct reporting *reporting, const char *epoch);

/*
 * The answer to record `number`: decodes the records of intake, rating and ledger (in that order), gives events their
 * places and counters, moves the read models, and packs a ReportingRecord. The record holds no epoch, time of its own
 * or random value, so a rebuilt store has the same bytes. FAILURE_UPSTREAM when a record does not decode or is
 * another number's.
 */
MUST_USE int reporting_apply(struct reporting *reporting, struct store_txn *txn, uint64_t number,
                             const struct span *records, struct buffer *record);

#endif
