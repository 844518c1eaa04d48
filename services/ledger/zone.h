#ifndef ELP_SERVICES_LEDGER_ZONE_H
#define ELP_SERVICES_LEDGER_ZONE_H

#include <stdint.h>

#include "common/money.h"

/* How much of its care budget a network has used: rulebook B2; S0 art. 14 §5. */
enum zone {
    ZONE_NORMAL,    /* up to and including the first threshold */
    ZONE_VIGILANCE, /* above it: an action plan is asked */
    ZONE_CRITICAL,  /* above the second: a reduction of next year's budget is possible (B3) */
};

/*
 * The zone of spent care against the care budget. The thresholds are basis points of the budget from the
 * convention book, vigilance_bp ≤ critical_bp; an amount on a threshold still belongs to the zone below it.
 * Exact in whole cents: no ratio is rounded before it is compared. A budget of zero is critical as soon as
 * anything is spent.
 */
enum zone zone_of(struct money spent, struct money budget, int32_t vigilance_bp, int32_t critical_bp);

/* "normal", "vigilance" or "critical": the word of answers, events and pages. */
const char *zone_name(enum zone zone);

#endif
