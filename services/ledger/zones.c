#include "services/ledger/zones.h"

#include "services/ledger/year_figures.h"
#include "services/ledger/zone.h"

struct care_use care_use_of(const struct balance *balance) {
    return (struct care_use){balance_care_spent(balance), balance_care_budget(balance)};
}

static Elp__V1__Zone zone_by(const struct book_figures *figures, struct care_use use) {
    switch (zone_of(use.spent, money_max(use.budget, MONEY_ZERO), figures->zone_vigilance_above,
                    figures->zone_critical_above)) {
    case ZONE_NORMAL:
        return ELP__V1__ZONE__ZONE_NORMAL;
    case ZONE_VIGILANCE:
        return ELP__V1__ZONE__ZONE_VIGILANCE;
    case ZONE_CRITICAL:
        return ELP__V1__ZONE__ZONE_CRITICAL;
    }
    return ELP__V1__ZONE__ZONE_UNSPECIFIED;
}

/* A reduction that stands before next year's budget was granted leaves less than nothing; nothing spent is not above it. */
static bool above(struct care_use use, int32_t threshold) {
    return money_compare_share(use.spent, money_max(use.budget, MONEY_ZERO), threshold) > 0;
}

static int note_one(struct ledger *ledger, const struct balance *balance, const struct book_figures *figures,
                    int32_t threshold, struct care_use before) {
    struct care_use now = care_use_of(balance);
    bool up = above(now, threshold);
    if (up == above(before, threshold)) {
        return 0;
    }
    Elp__V1__ThresholdCrossing *crossing = NULL;
    int failure = results_crossing(&ledger->results, &crossing);
    if (failure < 0) {
        return failure;
    }
    crossing->year = (uint32_t)balance->year;
    crossing->basis_points = (uint32_t)threshold;
    crossing->up = up;
    crossing->care_spent_cents = money_cents(now.spent);
    crossing->care_budget_cents = money_cents(now.budget);
    crossing->zone = zone_by(figures, now);
    return results_text(&ledger->results, balance->network.text, &crossing->network);
}

int zones_note(struct ledger *ledger, const struct balance *balance, struct care_use before) {
    struct year_figures year;
    if (!year_figures_of(ledger, balance->year, &year) || !year.figures->zones) {
        return 0;
    }
    const struct book_figures *figures = year.figures;
    int failure = 0;
    for (size_t i = 0; i < figures->threshold_count && failure == 0; i++) {
        int32_t threshold = figures->thresholds[i];
        failure = above(before, threshold) ? 0 : note_one(ledger, balance, figures, threshold, before);
    }
    for (size_t i = figures->threshold_count; i > 0 && failure == 0; i--) {
        int32_t threshold = figures->thresholds[i - 1];
        failure = above(before, threshold) ? note_one(ledger, balance, figures, threshold, before) : 0;
    }
    return failure;
}

Elp__V1__Zone zones_wire(const struct ledger *ledger, int year, struct care_use use) {
    struct year_figures found;
    if (!year_figures_of(ledger, year, &found) || !found.figures->zones) {
        return ELP__V1__ZONE__ZONE_UNSPECIFIED;
    }
    return zone_by(found.figures, use);
}
