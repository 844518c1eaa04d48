#ifndef ELP_SERVICES_LEDGER_REVERSAL_H
#define ELP_SERVICES_LEDGER_REVERSAL_H

#include "services/ledger/ledger_core.h"

/*
 * A cancelled or replaced attestation falls with its own amounts and its own envelope, never rated or assigned again
 * (design.md, Accounting decisions).
 *  - What was posted is taken back in the year in which the reversal was accepted and un-crosses thresholds there
 *    (rulebook §4, corrections), but not before the year that a decision carried it to: what the running year never paid
 *    cannot make room in it.
 *  - A suspended amount was not spent: it leaves `suspended` of the year in which it stands.
 *  - What was written off is no longer written off.
 * An attestation that is unknown or fell already stops the ledger: intake records no such thing.
 */
MUST_USE int reversal_apply(struct ledger *ledger, uint64_t attestation);

#endif
