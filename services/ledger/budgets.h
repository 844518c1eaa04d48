#ifndef ELP_SERVICES_LEDGER_BUDGETS_H
#define ELP_SERVICES_LEDGER_BUDGETS_H

#include "elp/v1/registry.pb-c.h"
#include "services/ledger/ledger_core.h"

/*
 * The year's money of a network (S0 art. 14 §1). A budget fact replaces what the fact before it granted, envelope by
 * envelope; decisions stand beside it and are not undone by a later fact. An amount may fall below what is spent: then
 * nothing more fits, thresholds are crossed, and nothing that was posted moves. A fact about a closed year changes
 * nothing; its record says so. Money granted debits
 * budget:NETWORK:YEAR:ENVELOPE against budget:authority:YEAR. Suspended amounts wait for a decision (B1).
 */
MUST_USE int budgets_apply(struct ledger *ledger, const Elp__V1__Budget *fact);

/* Adds an amount, which may be negative, to an envelope by decision. */
MUST_USE int budgets_decide(struct ledger *ledger, struct balance *balance, enum book_envelope_id envelope,
                            struct money amount);

/*
 * Moves an amount from one envelope to another by decision. Thresholds are crossed by what the year holds afterwards, not
 * on the way (rulebook B2, B10).
 */
MUST_USE int budgets_move(struct ledger *ledger, struct balance *balance, enum book_envelope_id from,
                          enum book_envelope_id to, struct money amount);

#endif
