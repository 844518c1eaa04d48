#ifndef ELP_SERVICES_LEDGER_ENVELOPE_H
#define ELP_SERVICES_LEDGER_ENVELOPE_H

#include "common/attestation.h"
#include "common/book.h"
#include "services/ledger/balances.h"

/*
 * Which envelope may pay an attestation (rulebook §6; S0 art. 14 §1). An art. 8 mission asks for mission.art8, under the
 * 2021 book for other-missions; a training for operating. Anything else asks for the first mission, in the book's order, whose
 * conditions the session meets, else care.base. Conditions are those of the session's day: validity of the envelope,
 * which networks have it, and the mission's own. It does not look at money.
 *
 * mission.art8 asks for the network's policy and a site, not for an agreement with the site: the circular lets that
 * budget pay F1, F2 and F3 "effectuées sur un lieu d'accroche"; the agreement belongs to the art. 8 missions themselves.
 */
enum book_envelope_id envelope_wanted(const struct book *book, const struct attestation_facts *facts);

/*
 * The envelope that pays: the wanted one if it holds the amount whole, else care.base, whole; operating and other-missions
 * have limits of their own (ceiling.h) and never fall back. An amount is never split
 * over two envelopes, and care.base has no limit of its own but the ceiling (B1).
 */
enum book_envelope_id envelope_that_pays(const struct balance *balance, enum book_envelope_id wanted,
                                         struct money amount);

#endif
