/* zone.csv: how a network has used its care budget (rulebook B2). */
#include "services/ledger/zone.h"

#include "tests/cases/rule.h"

enum { CARE_BUDGET_CENTS, CARE_SPENT_CENTS, ZONE, COLUMNS };

static const char *const columns[COLUMNS] = {
    [CARE_BUDGET_CENTS] = "care_budget_cents",
    [CARE_SPENT_CENTS] = "care_spent_cents",
    [ZONE] = "zone",
};

static void check(const struct case_books *books, struct row *row) {
    struct money budget;
    struct money spent;
    if (!row_cents(row, CARE_BUDGET_CENTS, &budget) || !row_cents(row, CARE_SPENT_CENTS, &spent)) {
        return;
    }
    const struct book_figures *figures = case_figures(books, "2024", 2026);
    enum zone zone = zone_of(spent, budget, figures->zone_vigilance_above, figures->zone_critical_above);
    row_expect(row, ZONE, zone_name(zone));
}

const struct rule rule_zone = {"zone", columns, COLUMNS, check};
