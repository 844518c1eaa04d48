#ifndef ELP_SERVICES_REPORTING_STATISTICS_H
#define ELP_SERVICES_REPORTING_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/identifiers.h"
#include "common/money.h"
#include "common/store.h"
#include "services/reporting/answer.h"
#include "services/reporting/event_list.h"

/*
 * Counts of lines and sums of amounts by network and year, the year being that of the record (of acceptance, for a
 * line). Lines are counted as they were judged: a cancelled line stays accepted and is counted under cancelled too.
 * Amounts are what stands: reversals are deducted in the year of the reversal.
 */
struct statistics_row {
    struct code network;
    uint32_t year;
    uint64_t accepted;
    uint64_t refused;
    uint64_t cancelled;
    uint64_t posted;    /* postings to an envelope, releases included; reversals do not count */
    uint64_t suspended; /* postings to suspended */
    uint64_t on_sites;  /* of the accepted */
    uint64_t groups;    /* of the accepted */
    struct money fee;
    struct money share;
    struct money insurer;
};

/* How often a code refused a line of a network in a year. */
struct statistics_code {
    struct code network;
    uint32_t year;
    struct code code;
    uint64_t count;
};

struct statistics {
    struct statistics_row *rows;
    size_t row_count;
    size_t row_room;
    struct statistics_code *codes;
    size_t code_count;
    size_t code_room;
};

MUST_USE int statistics_open(struct statistics *statistics, struct store_txn *txn);
void statistics_close(struct statistics *statistics);

/* Counts a record and the events that it gave. Memory and store move together. */
MUST_USE int statistics_apply(struct statistics *statistics, struct store_txn *txn, const struct answer *answer,
                              const struct event_list *list);

#endif
