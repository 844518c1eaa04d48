#ifndef ELP_SERVICES_LEDGER_REVERSAL_H
#define ELP_SERVICES_LEDGER_REVERSAL_H

#include "services/ledger/ledger_core.h"

/*
 * A cancelled or replaced attestation falls with its own amounts and its own envelope, never rated or assigned again
 * (design.md, Accounting decisions). What was posted is taken back in the year in which the reversal was accepted and
 * un-crosses thresholds there (rulebook §4, corrections); a suspended amount was not spent and leaves `suspended` of the
 * year in which it stands; what was written off is no longer written off.
 */
MUST_USE int reversal_apply(struct ledger *ledger, uint64_t attestation);

#endif
