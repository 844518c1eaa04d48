#ifndef ELP_SERVICES_LEDGER_DECISIONS_H
#define ELP_SERVICES_LEDGER_DECISIONS_H

#include "elp/v1/intake.pb-c.h"
#include "services/ledger/ledger_core.h"

/* The most attestations that one decision moves: bounds the record that holds it. The rest needs a further decision. */
#define DECISION_ATTESTATIONS_MAX 5000

/*
 * What a decision record does to suspended amounts (rulebook B1, B10; S0 art. 14 §5). Its outcome stands in the record:
 * done, or refused with a code, the article, one sentence and, where room is the matter, the largest amount that would
 * fit; a refused decision changes nothing.
 *
 * Named attestations are moved all or none. Without names the decision is about every suspended amount of the network
 * and year, oldest first: WRITE_OFF takes them all; RELEASE, CARRY and RAISE pay each that fits whole, pass over one that
 * does not, and a RELEASE or CARRY that could pay none is refused. RAISE never fails for want of room: it raises the
 * budget and pays what fits. A released amount goes to the mission that its session could ask if that mission holds it
 * whole now, else to care.base: the rule of envelope.h, applied at the release.
 *
 * Codes: malformed, wrong-year (to_year is not later), no-budget, year-closed, nothing-suspended, not-suspended, too-many,
 * ceiling; those of a reduction stand in reduction.h.
 */
MUST_USE int decisions_apply(struct ledger *ledger, const Elp__V1__Decide *decision);

#endif
