#ifndef ELP_COMMON_ENVELOPE_WANTED_H
#define ELP_COMMON_ENVELOPE_WANTED_H

#include "common/attestation.h"
#include "common/book.h"

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

/* The condition that led to it, as part of a sentence: "held in a prison, in a prison network". */
const char *envelope_why(enum book_envelope_id wanted, enum book_service service);

/* The article of an envelope on a day; "" when the book does not have it then. */
const char *envelope_article(const struct book *book, enum book_envelope_id envelope, struct date day);

#endif
