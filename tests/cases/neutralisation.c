/* neutralisation.csv: what 2023 paid outside the care budget (rulebook B5). */
#include "services/ledger/neutralisation.h"

#include <string.h>

#include "tests/cases/rule.h"

enum { KIND, COST_CENTS, INSIDE, TOTAL, NEUTRALISED_CENTS, COLUMNS };

static const char *const columns[COLUMNS] = {
    [KIND] = "kind",
    [COST_CENTS] = "cost_cents",
    [INSIDE] = "inside",
    [TOTAL] = "total",
    [NEUTRALISED_CENTS] = "neutralised_cents",
};

static void check(const struct case_books *books, struct row *row) {
    struct money cost;
    int64_t total;
    int64_t inside;
    if (!row_cents(row, COST_CENTS, &cost) || !row_whole(row, TOTAL, NEUTRALISATION_COUNT_MAX, &total) ||
        !row_whole(row, INSIDE, total, &inside)) {
        return;
    }
    const struct book_figures *figures = case_figures(books, "2021", 2023);
    struct money neutralised;
    if (strcmp(row->fields[KIND], "group") == 0) {
        neutralised = neutralised_group(cost, inside, total, figures->neutralise_group_above);
    } else if (strcmp(row->fields[KIND], "outreach") == 0) {
        neutralised = neutralised_outreach(cost, inside, total, figures->neutralise_outreach_above);
    } else {
        row_fail(row, KIND, "group or outreach", row->fields[KIND]);
        return;
    }
    row_expect_cents(row, NEUTRALISED_CENTS, neutralised);
}

const struct rule rule_neutralisation = {"neutralisation", columns, COLUMNS, check};
