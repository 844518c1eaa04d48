#ifndef ELP_SERVICES_LEDGER_REDUCTION_H
#define ELP_SERVICES_LEDGER_REDUCTION_H

#include "elp/v1/intake.pb-c.h"
#include "services/ledger/ledger_core.h"

/*
 * A decision that lowers next year's care.base of a network that closed a year critical (rulebook B3; S0 art. 14 §5).
 * Several decisions on one year add up. Codes: malformed, year-open, no-budget, too-early (decided before that year was
 * over), too-late (decided after the book's reduction_deadline of the next year), above-maximum with the largest possible amount, year-closed (the next one).
 */
MUST_USE int reduction_apply(struct ledger *ledger, const Elp__V1__Decide *command);

#endif
