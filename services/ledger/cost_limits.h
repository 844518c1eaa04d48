#ifndef ELP_SERVICES_LEDGER_COST_LIMITS_H
#define ELP_SERVICES_LEDGER_COST_LIMITS_H

#include "services/ledger/ledger_core.h"
#include "services/ledger/year_figures.h"

/*
 * What operating costs may amount to (rulebook B6; S2 art. 13). All of these look at what stands now and may be read by
 * queries as well as by commands.
 */

/* The word of the service that the book gives the hospital's own code (793833). */
#define COST_SERVICE_HOSPITAL "operating-hospital"

/* 793833: the lump sum and the amount for each billed session of that network and year. */
struct money cost_limit_hospital(const struct year_figures *figures, const struct balance *balance);

/* Pay for time and expertise in local partnerships: a share of the operating budget, in whole cents rounded down. */
struct money cost_limit_partnership(const struct year_figures *figures, const struct balance *balance);

/*
 * What the operating budget still holds in the year of `balance`, and below what the whole budget still holds where that
 * is the ceiling. Under the 2021 book operating is besides a share of the total over the convention's whole duration, and only
 * that where the year was granted no operating budget of its own. Zero or more.
 */
struct money cost_room(const struct ledger *ledger, const struct balance *balance);

#endif
