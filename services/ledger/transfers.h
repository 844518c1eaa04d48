#ifndef ELP_SERVICES_LEDGER_TRANSFERS_H
#define ELP_SERVICES_LEDGER_TRANSFERS_H

#include "elp/v1/money.pb-c.h"
#include "services/ledger/ledger_core.h"

/*
 * Budget moved between two envelopes of a network and year (rulebook B10): inside care, or between the two lump sums of
 * 2019, which are movable by real costs (S3). It stands beside the budget facts like every decision. Codes: malformed,
 * no-budget, year-closed, not-allowed (the envelopes are not of one kind, or the network has none such), above-maximum:
 * what `from` has not spent.
 */
MUST_USE int transfers_apply(struct ledger *ledger, const Elp__V1__Transfer *command);

#endif
