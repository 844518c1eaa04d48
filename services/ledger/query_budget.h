#ifndef ELP_SERVICES_LEDGER_QUERY_BUDGET_H
#define ELP_SERVICES_LEDGER_QUERY_BUDGET_H

#include "common/daemon.h"

/*
 * BudgetQuery: budget, spending and zone of the networks that the principal may see, now or at the end of a day. Refused
 * with `denied` outside the scope, `malformed` for a date that is none, `not-found` when nothing is known of that year.
 */
MUST_USE int query_budget(void *core, struct request *request, const void *message, struct reply *reply);

#endif
