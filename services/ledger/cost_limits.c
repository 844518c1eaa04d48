#include "services/ledger/cost_limits.h"

#include <string.h>

#include "common/require.h"
#include "services/ledger/ceiling.h"

#define BASIS_POINTS_ONE 10000

static struct money share_of(struct money whole, int32_t basis_points) {
    struct money share = MONEY_ZERO;
    bool fits = money_fraction_round_down(money_max(whole, MONEY_ZERO), basis_points, BASIS_POINTS_ONE, &share);
    require(fits);
    return share;
}

struct money cost_limit_hospital(const struct year_figures *figures, const struct balance *balance) {
    int64_t sessions = balance->sessions > 0 ? balance->sessions : 0;
    if (money_cents(figures->figures->hospital_lump) == BOOK_ABSENT ||
        money_cents(figures->figures->hospital_per_session) == BOOK_ABSENT) {
        return MONEY_ZERO;
    }
    return money_require_add(figures->figures->hospital_lump,
                             money_require_multiply(figures->figures->hospital_per_session, sessions));
}

/* The operating budget of one year: granted, or where nothing was granted the book's share of that year's total. */
static struct money operating_budget(const struct year_figures *figures, const struct balance *balance) {
    struct money granted = balance_budget(balance, ENVELOPE_OPERATING);
    bool by_total = figures->figures->operating_max_of_total != BOOK_ABSENT;
    if (by_total && money_compare(granted, MONEY_ZERO) == 0) {
        return share_of(balance_whole_budget(balance), figures->figures->operating_max_of_total);
    }
    return granted;
}

struct money cost_limit_partnership(const struct year_figures *figures, const struct balance *balance) {
    if (figures->figures->partnership_max == BOOK_ABSENT) {
        return MONEY_ZERO;
    }
    return share_of(operating_budget(figures, balance), figures->figures->partnership_max);
}

/* The years of the convention: total budgets and operating costs of the network in all of them. */
static struct money room_over_duration(const struct ledger *ledger, const struct year_figures *figures,
                                       const struct balance *balance) {
    struct money total = MONEY_ZERO;
    struct money spent = MONEY_ZERO;
    int first = date_year(figures->book->sessions.from);
    int last = date_is_none(figures->book->sessions.until) ? balance->year : date_year(figures->book->sessions.until);
    for (int year = first; year <= last; year++) {
        const struct balance *other = balances_find(&ledger->balances, balance->network.text, year);
        if (other != NULL) {
            total = money_require_add(total, balance_whole_budget(other));
            spent = money_require_add(spent, other->envelopes[ENVELOPE_OPERATING].spent);
        }
    }
    return money_require_subtract(share_of(total, figures->figures->operating_max_of_total), spent);
}

struct money cost_room(const struct ledger *ledger, const struct balance *balance) {
    struct year_figures figures;
    if (!balance->has_budget || !year_figures_of(ledger, balance->year, &figures)) {
        return MONEY_ZERO;
    }
    struct money granted = balance_budget(balance, ENVELOPE_OPERATING);
    struct money room = money_require_subtract(granted, balance->envelopes[ENVELOPE_OPERATING].spent);
    if (figures.figures->operating_max_of_total != BOOK_ABSENT) {
        struct money of_total = room_over_duration(ledger, &figures, balance);
        room = money_compare(granted, MONEY_ZERO) == 0 ? of_total : money_min(room, of_total);
    }
    if (figures.figures->ceiling == CEILING_WHOLE) {
        room = money_min(room, ceiling_room(ledger, balance));
    }
    return money_max(room, MONEY_ZERO);
}
