#ifndef ELP_SERVICES_LEDGER_PLANS_H
#define ELP_SERVICES_LEDGER_PLANS_H

#include "elp/v1/money.pb-c.h"
#include "services/ledger/ledger_core.h"

/*
 * The action plan that vigilance asks of a network (rulebook B2; S0 art. 14 §5), recorded with its dates; a later one stands
 * beside it. It moves no money. Codes: malformed, no-budget.
 */
MUST_USE int plans_apply(struct ledger *ledger, const Elp__V1__RecordPlan *command);

#endif
