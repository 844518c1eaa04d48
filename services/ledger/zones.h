#ifndef ELP_SERVICES_LEDGER_ZONES_H
#define ELP_SERVICES_LEDGER_ZONES_H

#include "services/ledger/ledger_core.h"

/*
 * Use of care and its thresholds (rulebook B2; S0 art. 14 §5): an event whenever spent care crosses a threshold of the
 * book, up from at most it to more than it, or back, whatever moved: a posting, a reversal, a decision or the budget.
 */

/* Use of care before a change. */
struct care_use {
    struct money spent;
    struct money budget;
};

struct care_use care_use_of(const struct balance *balance);

/* After a change: records the crossings since `before`, upwards from the lowest or downwards from the highest. */
MUST_USE int zones_note(struct ledger *ledger, const struct balance *balance, struct care_use before);

/* The zone as answers carry it; unspecified when the year's book has no zones. */
Elp__V1__Zone zones_wire(const struct ledger *ledger, int year, struct care_use use);

#endif
