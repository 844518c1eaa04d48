#ifndef ELP_SERVICES_LEDGER_ENVELOPE_H
#define ELP_SERVICES_LEDGER_ENVELOPE_H

#include "common/envelope_wanted.h"
#include "services/ledger/balances.h"

/*
 * The envelope that pays: the wanted one if it holds the amount whole, else care.base, whole; operating and other-missions
 * have limits of their own (ceiling.h) and never fall back. An amount is never split
 * over two envelopes, and care.base has no limit of its own but the ceiling (B1).
 */
enum book_envelope_id envelope_that_pays(const struct balance *balance, enum book_envelope_id wanted,
                                         struct money amount);

#endif
