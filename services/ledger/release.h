#ifndef ELP_SERVICES_LEDGER_RELEASE_H
#define ELP_SERVICES_LEDGER_RELEASE_H

#include "services/ledger/ledger_core.h"
#include "services/ledger/suspended.h"

/* The two ways out of `suspended` that a decision opens (rulebook B1). The third, a reversal, is in reversal.h. */

/*
 * Posts a suspended amount of `network` and `year` to the year of `balance`, which holds it, and owes its parts to the
 * same payees; amounts of a year still to come are owed from its January on.
 */
MUST_USE int release_pay(struct ledger *ledger, const char *network, int year, const struct suspended *item,
                         struct balance *balance);

/*
 * Gives a suspended amount up: it leaves suspended and liabilities:suspended for written-off and liabilities:written-off,
 * so that what was given up, and to whom, stays in the books.
 */
MUST_USE int release_write_off(struct ledger *ledger, const char *network, int year, const struct suspended *item);

#endif
