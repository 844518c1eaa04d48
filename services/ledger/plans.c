#include "services/ledger/plans.h"

#include <string.h>

#include "services/ledger/outcome.h"
#include "services/ledger/year_figures.h"

int plans_apply(struct ledger *ledger, const Elp__V1__RecordPlan *command) {
    struct year_figures figures;
    struct date received;
    struct date from;
    struct date until;
    if (strlen(command->network) > CODE_BYTES_MAX || !ledger_year_valid((int64_t)command->year) ||
        !date_parse(command->received_on, &received) || !date_parse(command->from, &from) ||
        !date_parse(command->until, &until) || date_compare(from, until) > 0 ||
        !year_figures_of(ledger, (int)command->year, &figures)) {
        return outcome_refuse(ledger, "malformed", "", "A plan names a year, its receipt and its two days.", NULL);
    }
    const char *article = BOOK_ARTICLE(figures.book, figures.day, zone_vigilance_above);
    const struct balance *balance = balances_find(&ledger->balances, command->network, (int)command->year);
    if (balance == NULL || !balance->has_budget) {
        return outcome_refuse(ledger, "no-budget", article, "That network has no budget in that year.", NULL);
    }
    Elp__V1__PlanRecorded *plan = arena_take(&ledger->arena, sizeof *plan);
    if (plan == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__plan_recorded__init(plan);
    plan->year = command->year;
    plan->received_on = received.days;
    plan->from = from.days;
    plan->until = until.days;
    ledger->results.record.plan = plan;
    int failure = results_text(&ledger->results, command->network, &plan->network);
    return failure < 0 ? failure : outcome_done(ledger, article, "The plan is recorded.");
}
