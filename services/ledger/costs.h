#ifndef ELP_SERVICES_LEDGER_COSTS_H
#define ELP_SERVICES_LEDGER_COSTS_H

#include "elp/v1/money.pb-c.h"
#include "services/ledger/ledger_core.h"

/*
 * Operating costs (rulebook B6; S2 art. 13): claimed by the collecting institution under the pseudo-codes of the year's
 * book, within the limits of cost_limits.h, paid to it with the month's orders. An advance counts against what is
 * attested (cost_advances.h).
 *
 * Table costs: key is the network's text and a zero byte, the year whose cost it is as 4 bytes, the record of the claim as 8;
 * value the CostClaim (ledger.proto), serialised. A claim that was withdrawn has no row.
 * Table cost-references: key is the network's text and a zero byte, the year as 4 bytes, the institution's reference and a
 * zero byte; value the record of the claim as 8 bytes.
 */

/*
 * Codes: malformed, wrong-year (still to come), no-budget, unknown-code, already-claimed (the reference), partnership-code
 * (the code pays no partnership time), interest-organisation, above-maximum with the largest possible amount.
 */
MUST_USE int costs_claim(struct ledger *ledger, const Elp__V1__ClaimCost *command);

/* Takes a claim back in the year that bears it, or in the first open one after it. Codes: not-found, already-withdrawn. */
MUST_USE int costs_withdraw(struct ledger *ledger, const Elp__V1__WithdrawCost *command);

/*
 * Visits the claims of a network and year that stand, by record, until visit returns other than 0. The claim lives in
 * `arena`. A negative value is forwarded.
 */
typedef int cost_visit(void *state, const Elp__V1__CostClaim *claim);
MUST_USE int costs_scan(struct store_txn *txn, struct arena *arena, const char *network, int year, cost_visit *visit,
                        void *state);

#endif
