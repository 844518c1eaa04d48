#ifndef ELP_SERVICES_INTAKE_INSURABILITY_H
#define ELP_SERVICES_INTAKE_INSURABILITY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/calendar.h"
#include "common/failure.h"
#include "common/store.h"

/* An insurer's statement on one person (rulebook §4 not-insured). */
struct statement {
    uint64_t person;
    struct date from;
    struct date until; /* inclusive; DATE_NONE: open */
    bool insured;
    bool increased;
    struct date resolved_on; /* DATE_NONE: none stated */
};

/* What an insurer says about a person on a day. */
struct insurability {
    bool stated; /* a statement covers the day; the next two are its words */
    bool insured;
    bool increased;
    struct date resolved_on; /* DATE_NONE: no problem was resolved */
};

/*
 * Of the statements whose period covers the day the one recorded last speaks, also on when a problem was resolved: a
 * correction without `resolved_on` withdraws the one stated before (rulebook §4 deadline-passed; S4 art. 8).
 */
MUST_USE int insurability_on(struct store_txn *txn, uint64_t person, struct date day, struct insurability *ret);

/* Stores the statement of record `number`. */
MUST_USE int insurability_put(struct store_txn *txn, uint64_t number, const struct statement *statement);

/* Does the statement recorded last for the same person and period say the same? */
MUST_USE int insurability_stands(struct store_txn *txn, const struct statement *statement, bool *ret_stands);

#endif
