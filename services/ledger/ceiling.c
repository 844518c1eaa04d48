#include "services/ledger/ceiling.h"

#include "services/ledger/year_figures.h"

/* What counts against what, by the figures of the year. */
struct limit {
    bool none;
    struct money used;
    struct money budget;
};

static struct limit limit_of(const struct ledger *ledger, const struct balance *balance) {
    struct year_figures year;
    enum book_ceiling ceiling = year_figures_of(ledger, balance->year, &year) ? year.figures->ceiling : CEILING_WHOLE;
    switch (ceiling) {
    case CEILING_NONE:
        return (struct limit){.none = true};
    case CEILING_CARE:
        return (struct limit){false, balance_care_spent(balance), balance_care_budget(balance)};
    case CEILING_WHOLE:
        break;
    }
    return (struct limit){false, balance_reimbursed(balance), balance_whole_budget(balance)};
}

bool ceiling_holds(const struct ledger *ledger, const struct balance *balance, struct money amount) {
    struct limit limit = limit_of(ledger, balance);
    if (limit.none || money_compare(amount, MONEY_ZERO) <= 0) {
        return true;
    }
    return balance->has_budget && money_compare(money_require_add(limit.used, amount), limit.budget) <= 0;
}

bool ceiling_takes(const struct ledger *ledger, const struct balance *balance, enum book_envelope_id wanted,
                   struct money amount) {
    struct year_figures year;
    struct money after = money_require_add(balance->envelopes[wanted].spent, amount);
    bool known = year_figures_of(ledger, balance->year, &year);
    if (money_compare(amount, MONEY_ZERO) <= 0) {
        return true;
    }
    if (wanted == ENVELOPE_OPERATING && money_compare(after, balance_budget(balance, ENVELOPE_OPERATING)) > 0) {
        return false;
    }
    if (wanted == ENVELOPE_OTHER_MISSIONS && known) {
        int32_t share = year.figures->other_missions_max;
        if (year.figures->neutralise_other_missions) {
            return true;
        }
        if (share != BOOK_ABSENT && money_compare_share(after, balance_care_budget(balance), share) > 0) {
            return false;
        }
    }
    return ceiling_holds(ledger, balance, amount);
}

struct money ceiling_room(const struct ledger *ledger, const struct balance *balance) {
    struct limit limit = limit_of(ledger, balance);
    if (limit.none) {
        return money_of_cents(INT64_MAX);
    }
    return balance->has_budget ? money_max(money_require_subtract(limit.budget, limit.used), MONEY_ZERO) : MONEY_ZERO;
}

int ceiling_note(struct ledger *ledger, const struct balance *balance) {
    struct limit limit = limit_of(ledger, balance);
    Elp__V1__CeilingReached *reached = NULL;
    int failure = results_ceiling(&ledger->results, &reached);
    if (failure < 0) {
        return failure;
    }
    reached->year = (uint32_t)balance->year;
    reached->reimbursed_cents = money_cents(limit.used);
    reached->budget_cents = money_cents(limit.budget);
    return results_text(&ledger->results, balance->network.text, &reached->network);
}

const char *ceiling_article(const struct ledger *ledger, int year) {
    struct year_figures found;
    return year_figures_of(ledger, year, &found) ? BOOK_ARTICLE(found.book, found.day, ceiling) : "";
}
