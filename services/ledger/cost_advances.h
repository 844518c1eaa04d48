#ifndef ELP_SERVICES_LEDGER_COST_ADVANCES_H
#define ELP_SERVICES_LEDGER_COST_ADVANCES_H

#include "elp/v1/money.pb-c.h"
#include "services/ledger/ledger_core.h"

/*
 * Operating costs are advanced and settled when attested (rulebook B6; S1, S2): an advance is paid to the collecting
 * institution with the month's orders, claims of that year use it up (costs.h), and what it leaves when the settlement is
 * due is owed back.
 */

/* The last day on which costs of `year` are settled against its advance: in the year after it. */
struct date costs_settlement_due(const struct ledger *ledger, int year);

/* Codes: malformed, no-budget, year-closed, above-maximum: what is advanced stays within the year's operating budget. */
MUST_USE int costs_advance(struct ledger *ledger, const Elp__V1__AdvanceCosts *command);

/* On the day after the due date: what the year before left unattested becomes a receivable, with a warning. */
MUST_USE int costs_settle(struct ledger *ledger, struct date day);

#endif
