#ifndef ELP_SERVICES_LEDGER_CEILING_H
#define ELP_SERVICES_LEDGER_CEILING_H

#include "services/ledger/ledger_core.h"

/*
 * B1 (S0 art. 14 §5): what a network is reimbursed in a year never exceeds its whole budget, operating included; under
 * the 2021 book its care budget (S1); under the 2019 book there is no ceiling in money. An amount of zero or less always
 * fits. A year without a budget record holds nothing.
 */
MUST_USE bool ceiling_holds(const struct ledger *ledger, const struct balance *balance, struct money amount);

/*
 * Every limit on an amount that asks for envelope `wanted`: the ceiling, and what the envelope itself may hold. operating
 * holds its own amount; other-missions of 2021 and 2022 a share of the care budget (S1), beyond it is suspended; in 2023
 * they are neutralised wholly and nothing limits them (S1).
 */
MUST_USE bool ceiling_takes(const struct ledger *ledger, const struct balance *balance, enum book_envelope_id wanted,
                            struct money amount);

/* The largest amount that would fit now; zero when the year is full. */
struct money ceiling_room(const struct ledger *ledger, const struct balance *balance);

/* Records that the first amount of this network and year stands suspended. */
MUST_USE int ceiling_note(struct ledger *ledger, const struct balance *balance);

/* The article that sets the ceiling of a year, as answers print it; never NULL. */
const char *ceiling_article(const struct ledger *ledger, int year);

#endif
