#ifndef ELP_SERVICES_LEDGER_CHRONICLE_H
#define ELP_SERVICES_LEDGER_CHRONICLE_H

#include <stdbool.h>

#include "common/calendar.h"
#include "common/epochs.h"
#include "common/failure.h"
#include "common/store.h"
#include "elp/v1/journal.pb-c.h"

/*
 * When intake recorded what the ledger posted, and in which epoch: for statements and exports, which name dates and ids of
 * attestations. The ledger's journal holds neither, because derived records hold no epoch (design.md, Journals 4).
 *
 * Table: key 01 and the number of the first record of a Brussels day, 8 bytes; value that day, as days since 1970-01-01 in 4
 * bytes. Key 02 and the number of a genesis or restored record; value the 16 digits of the epoch that it began.
 *   01 0000000000000012      00005046                             record 18 is the first of 2026-02-10
 *   02 0000000000000001      34663361396332313030643165326633     "4f3a9c2100d1e2f3"
 */
struct chronicle {
    struct date day; /* of the last record; DATE_NONE before the first */
    struct epochs epochs;
};

MUST_USE int chronicle_open(struct store_txn *txn, struct chronicle *ret);
void chronicle_close(struct chronicle *chronicle);

/* Notes the record at hand, recorded on Brussels day `day`. */
MUST_USE int chronicle_note(struct chronicle *chronicle, struct store_txn *txn, const Elp__V1__IntakeRecord *record,
                            struct date day);

/* The days of records that are asked for in ascending order, each for a step of one cursor. */
struct chronicle_days {
    struct store_cursor *cursor;
    struct date day;
    uint64_t next; /* first record of the day after; 0: none yet */
};

MUST_USE int chronicle_days_open(struct store_txn *txn, uint64_t number, struct chronicle_days *ret);
/* DATE_NONE for records from before the chronicle began. `number` never falls. */
MUST_USE int chronicle_days_at(struct chronicle_days *days, uint64_t number, struct date *ret);
void chronicle_days_close(struct chronicle_days *days);

/* The day of one record. */
MUST_USE int chronicle_day(struct store_txn *txn, uint64_t number, struct date *ret);

#endif
