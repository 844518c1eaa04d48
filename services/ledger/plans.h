#ifndef ELP_SERVICES_LEDGER_PLANS_H
#define ELP_SERVICES_LEDGER_PLANS_H

#include "elp/v1/money.pb-c.h"
#include "services/ledger/ledger_core.h"

/*
 * The action plan that vigilance asks of a network (rulebook B2; S0 art. 14 §5), recorded with its dates; a later one stands
 * beside it. It moves no money. Codes: malformed, wrong-year (received or begun before its year, in which nothing is used yet),
 * no-budget.
 *
 * Table: key is the network's text and a zero byte, the year as 4 bytes, the record as 8; value the Brussels day of that
 * record and the days of receipt, begin and end, 4 bytes each. Received on 2026-10-05, from then to 2026-12-31, record 4711:
 *   4e3100 000007ea 0000000000001267      800050fb 800050fb 800050fb 80005152
 */
MUST_USE int plans_apply(struct ledger *ledger, const Elp__V1__RecordPlan *command);

/*
 * The plans of a network and year as they stood at the end of a day, DATE_NONE: now; by record, at most the first
 * PLANS_MAX. *ret_plans lives in `arena`.
 */
#define PLANS_MAX 100
MUST_USE int plans_list(struct store_txn *txn, struct arena *arena, const char *network, int year, struct date as_of,
                        Elp__V1__PlanRecorded ***ret_plans, size_t *ret_count);

#endif
