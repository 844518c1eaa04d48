#ifndef ELP_SERVICES_LEDGER_YEAR_FIGURES_H
#define ELP_SERVICES_LEDGER_YEAR_FIGURES_H

#include "services/ledger/ledger_core.h"

/*
 * Which figures govern a budget year as a whole (its ceiling and its thresholds): those of the newest convention that
 * covers sessions of that year, in the version loaded last, as they stand on its last day within the year. A year after
 * every convention keeps the figures of the newest one; NULL only while no book is loaded.
 */
struct year_figures {
    const struct book *book;
    struct date day;
    const struct book_figures *figures;
};

MUST_USE bool year_figures_of(const struct ledger *ledger, int year, struct year_figures *ret);

#endif
