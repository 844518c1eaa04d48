/* reduction.csv: by how much next year's care budget may be reduced at most (rulebook B3). */
#include "services/ledger/year_close.h"
#include "tests/cases/rule.h"

enum {
    CARE_BUDGET_CENTS,
    CARE_SPENT_CENTS,
    NATIONAL_SPENT_CENTS,
    NATIONAL_BUDGET_CENTS,
    LARGEST_REDUCTION_CENTS,
    COLUMNS,
};

static const char *const columns[COLUMNS] = {
    [CARE_BUDGET_CENTS] = "care_budget_cents",
    [CARE_SPENT_CENTS] = "care_spent_cents",
    [NATIONAL_SPENT_CENTS] = "national_spent_cents",
    [NATIONAL_BUDGET_CENTS] = "national_budget_cents",
    [LARGEST_REDUCTION_CENTS] = "largest_reduction_cents",
};

static void check(const struct case_books *books, struct row *row) {
    struct money budget;
    struct money spent;
    struct money national_spent;
    struct money national_budget;
    if (!row_cents(row, CARE_BUDGET_CENTS, &budget) || !row_cents(row, CARE_SPENT_CENTS, &spent) ||
        !row_cents(row, NATIONAL_SPENT_CENTS, &national_spent) ||
        !row_cents(row, NATIONAL_BUDGET_CENTS, &national_budget)) {
        return;
    }
    const struct book_figures *figures = case_figures(books, "2024", 2026);
    row_expect_cents(row, LARGEST_REDUCTION_CENTS,
                     reduction_largest(budget, spent, national_spent, national_budget, figures->zone_critical_above));
}

const struct rule rule_reduction = {"reduction", columns, COLUMNS, check};
