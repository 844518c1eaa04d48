#ifndef ELP_SERVICES_LEDGER_YEAR_CLOSE_H
#define ELP_SERVICES_LEDGER_YEAR_CLOSE_H

#include <stdint.h>

#include "common/money.h"

/*
 * The largest amount by which a network's care budget of the next year may be reduced when a year closes
 * (rulebook B3; S0 art. 14 §5): what was spent beyond critical_bp (basis points of the budget, 10300), in
 * whole cents rounded down, and only when the national care budget is used up: national_spent ≥
 * national_budget. MONEY_ZERO for every network that is not critical. Never negative. Budgets are not
 * negative; sums stay within MONEY_INPUT_CENTS_MAX times the number of networks, checked where they enter.
 */
struct money reduction_largest(struct money care_budget, struct money care_spent, struct money national_spent,
                               struct money national_budget, int32_t critical_bp);

#endif
