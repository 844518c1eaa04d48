#ifndef ELP_SERVICES_LEDGER_QUERY_COSTS_H
#define ELP_SERVICES_LEDGER_QUERY_COSTS_H

#include "common/daemon.h"

/*
 * CostsQuery and FiscalSheetQuery (rulebook B6; S2): operating costs with their limits, networks of one hospital side by
 * side, and what persons were paid in a year. Refused with `denied` outside the scope, `malformed` for a year that is none.
 */
MUST_USE int query_costs(void *core, struct request *request, const void *message, struct reply *reply);
MUST_USE int query_fiscal_sheet(void *core, struct request *request, const void *message, struct reply *reply);

#endif
