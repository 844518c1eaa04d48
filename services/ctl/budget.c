#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/budget_envelope.h"
#include "common/calendar.h"
#include "elp/v1/ledger.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_field.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"

/* budget: what a network may spend, has spent, and in which zone that puts it (rulebook §6, B1, B2). */

static enum terminal_color zone_color(Elp__V1__Zone zone) {
    switch (zone) {
    case ELP__V1__ZONE__ZONE_NORMAL:
        return COLOR_GREEN;
    case ELP__V1__ZONE__ZONE_VIGILANCE:
        return COLOR_YELLOW;
    case ELP__V1__ZONE__ZONE_CRITICAL:
        return COLOR_RED;
    case ELP__V1__ZONE__ZONE_UNSPECIFIED:
    case _ELP__V1__ZONE_IS_INT_SIZE:
        break;
    }
    return COLOR_NONE;
}

static void add_zone(struct table *table, const Elp__V1__NetworkBudget *budget) {
    char word[32];
    (void)field_enum_word(&elp__v1__zone__descriptor, (int)budget->zone, word, sizeof word);
    table_colored(table, zone_color(budget->zone), word[0] ? word : "-");
}

static void add_suspended(struct table *table, const Elp__V1__NetworkBudget *budget) {
    char amount[MONEY_TEXT_BYTES];
    if (budget->suspended_count == 0) {
        table_text(table, "-");
        return;
    }
    char text[64];
    (void)snprintf(text, sizeof text, "%s (%" PRIu64 ")",
                   money_format_grouped(money_of_cents(budget->suspended_cents), amount, sizeof amount),
                   budget->suspended_count);
    table_colored(table, COLOR_YELLOW, text);
}

/* What stands beside the envelopes: neutralised amounts, F3 against its share, action plans. */
static void print_remarks(const Elp__V1__NetworkBudget *budget) {
    char amount[MONEY_TEXT_BYTES];
    char day[3][DATE_TEXT_BYTES];
    if (budget->neutralised_cents != 0) {
        printf("\nNeutralised, counted neither in care nor in its ceiling: %s\n",
               money_format_grouped(money_of_cents(budget->neutralised_cents), amount, sizeof amount));
    }
    if (budget->f3_cents != 0) {
        printf("\nF3 and concertation, eating disorders apart: %s\n",
               money_format_grouped(money_of_cents(budget->f3_cents), amount, sizeof amount));
    }
    if (budget->extra_means_cents != 0 || budget->extra_spent_cents != 0) {
        char means[MONEY_TEXT_BYTES];
        printf("\nThe extra 1 %% adds %s; spent under contracts that bear its mark: %s in %" PRId64 " minutes\n",
               money_format_grouped(money_of_cents(budget->extra_means_cents), means, sizeof means),
               money_format_grouped(money_of_cents(budget->extra_spent_cents), amount, sizeof amount),
               budget->extra_minutes);
    }
    for (size_t i = 0; i < budget->n_plans; i++) {
        const Elp__V1__PlanRecorded *plan = budget->plans[i];
        printf("\nAction plan received on %s, from %s to %s\n",
               date_format((struct date){plan->received_on}, day[0], sizeof day[0]),
               date_format((struct date){plan->from}, day[1], sizeof day[1]),
               date_format((struct date){plan->until}, day[2], sizeof day[2]));
    }
    bool asked = budget->zone == ELP__V1__ZONE__ZONE_VIGILANCE || budget->zone == ELP__V1__ZONE__ZONE_CRITICAL;
    if (asked && budget->n_plans == 0) {
        printf("\nNo action plan is recorded; elpctl plan --help\n");
    }
}

/* One network: a line per envelope, then care and the whole. */
static int print_one(const struct ctl *ctl, const Elp__V1__NetworkBudget *budget) {
    static const struct table_column columns[] = {
        {"Envelope", TABLE_LEFT}, {"Budget", TABLE_RIGHT}, {"Spent", TABLE_RIGHT},
        {"Left", TABLE_RIGHT},    {"Use", TABLE_RIGHT},    {"Zone", TABLE_LEFT},
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    struct money left;
    for (size_t i = 0; i < budget->n_envelopes; i++) {
        const Elp__V1__EnvelopeBalance *envelope = budget->envelopes[i];
        struct money granted = money_of_cents(envelope->budget_cents);
        struct money spent = money_of_cents(envelope->spent_cents);
        table_row(table);
        table_text(table, budget_envelope_word(envelope->envelope));
        table_money(table, granted);
        table_money(table, spent);
        table_money(table, money_subtract(granted, spent, &left) ? left : MONEY_ZERO);
        table_share(table, envelope->spent_cents, envelope->budget_cents);
    }
    table_rule(table);
    struct money care = money_of_cents(budget->care_budget_cents);
    struct money care_spent = money_of_cents(budget->care_spent_cents);
    table_row(table);
    table_text(table, "care");
    table_money(table, care);
    table_money(table, care_spent);
    table_money(table, money_subtract(care, care_spent, &left) ? left : MONEY_ZERO);
    table_share(table, budget->care_spent_cents, budget->care_budget_cents);
    add_zone(table, budget);
    struct money whole = money_of_cents(budget->budget_cents);
    struct money reimbursed = money_of_cents(budget->reimbursed_cents);
    table_row(table);
    table_text(table, "whole budget");
    table_money(table, whole);
    table_money(table, reimbursed);
    table_money(table, money_subtract(whole, reimbursed, &left) ? left : MONEY_ZERO);
    table_share(table, budget->reimbursed_cents, budget->budget_cents);
    printf("Network %s, budget year %u\n\n", budget->network, budget->year);
    int code = table_print(table);
    print_remarks(budget);
    if (budget->suspended_count > 0) {
        char amount[MONEY_TEXT_BYTES];
        printf("\n%sSuspended%s, beyond what the budget holds: %s in %" PRIu64 " attestations; elpctl decide --help\n",
               terminal_begin(ctl->color, COLOR_YELLOW), terminal_end(ctl->color, COLOR_YELLOW),
               money_format_grouped(money_of_cents(budget->suspended_cents), amount, sizeof amount),
               budget->suspended_count);
    }
    return code;
}

/* Several networks: a line each, and their sum. */
static int print_all(const struct ctl *ctl, const Elp__V1__BudgetReply *reply) {
    static const struct table_column columns[] = {
        {"Network", TABLE_LEFT},       {"Year", TABLE_RIGHT},       {"Care budget", TABLE_RIGHT},
        {"Care spent", TABLE_RIGHT},   {"Use", TABLE_RIGHT},        {"Zone", TABLE_LEFT},
        {"Whole budget", TABLE_RIGHT}, {"Reimbursed", TABLE_RIGHT}, {"Suspended", TABLE_RIGHT},
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    Elp__V1__NetworkBudget sum = ELP__V1__NETWORK_BUDGET__INIT;
    size_t rows = reply->n_budgets + (reply->n_budgets > 1); /* and the sum */
    for (size_t i = 0; i < rows; i++) {
        const Elp__V1__NetworkBudget *budget = i < reply->n_budgets ? reply->budgets[i] : &sum;
        if (budget == &sum) {
            table_rule(table);
        }
        table_row(table);
        table_text(table, budget == &sum ? "all" : budget->network);
        table_textf(table, budget == &sum ? "%.0u" : "%u", budget->year);
        table_money(table, money_of_cents(budget->care_budget_cents));
        table_money(table, money_of_cents(budget->care_spent_cents));
        table_share(table, budget->care_spent_cents, budget->care_budget_cents);
        add_zone(table, budget);
        table_money(table, money_of_cents(budget->budget_cents));
        table_money(table, money_of_cents(budget->reimbursed_cents));
        add_suspended(table, budget);
        /* Bounded by the reply's size and by MONEY_INPUT_CENTS_MAX an amount: no sum of a screen overflows. */
        sum.care_budget_cents += budget->care_budget_cents;
        sum.care_spent_cents += budget->care_spent_cents;
        sum.budget_cents += budget->budget_cents;
        sum.reimbursed_cents += budget->reimbursed_cents;
        sum.suspended_cents += budget->suspended_cents;
        sum.suspended_count += budget->suspended_count;
    }
    return table_print(table);
}

static int print(const struct ctl *ctl, const Elp__V1__BudgetReply *reply) {
    int code;
    if (reply->n_budgets == 0) {
        const char *network = ctl_argument(ctl, 0);
        const char *year = ctl_option(ctl, OPTION_YEAR);
        return ctl_fail(CTL_NO,
                        "no budget is recorded for %.40s in %.8s: --year asks for another year, elpctl registry load "
                        "records budgets",
                        network ? network : "any network", year ? year : "the cell's year");
    }
    if (ctl_argument(ctl, 0)) {
        code = CTL_DONE;
        for (size_t i = 0; code == CTL_DONE && i < reply->n_budgets; i++) {
            code = print_one(ctl, reply->budgets[i]);
        }
    } else {
        code = print_all(ctl, reply);
    }
    if (reply->simulated) {
        printf("\nSimulated cell: these are no real amounts\n");
    }
    return code;
}

static int run(struct ctl *ctl) {
    Elp__V1__BudgetQuery query = ELP__V1__BUDGET_QUERY__INIT;
    const char *as_of = ctl_option(ctl, OPTION_AS_OF);
    struct date date;
    int64_t year = 0;
    void *answer;
    int code = ctl_option_whole(ctl, OPTION_YEAR, "--year", 2019, 2199, &year);
    if (code != CTL_DONE) {
        return code;
    }
    if (as_of && !date_parse(as_of, &date)) {
        return ctl_fail(CTL_USAGE, "--as-of \"%.40s\" is no date: write YYYY-MM-DD", as_of);
    }
    query.network = (char *)(ctl_argument(ctl, 0) ? ctl_argument(ctl, 0) : "");
    query.year = (uint32_t)year;
    query.as_of = ctl_option_text(ctl, OPTION_AS_OF);
    code = ask(ctl, CELL_LEDGER, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BUDGET_QUERY, &query.base,
               ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BUDGET_REPLY, &elp__v1__budget_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__BudgetReply *reply = answer;
    return ctl->json ? message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE)) : print(ctl, reply);
}

static const struct argp_option options[] = {
    {"as-of", OPTION_AS_OF, "DATE", 0, "balances at the end of that day, by the day of posting", 0},
    {"year", OPTION_YEAR, "YEAR", 0, "budget year; default that of DATE, or the current one", 0},
    {0},
};

const struct command budget_command = {
    .name = "budget",
    .group = GROUP_MONEY,
    .summary = "budgets by network: envelopes, use, zone, suspended amounts",
    .arguments = "[NETWORK]",
    .arguments_max = 1,
    .as = "operator",
    .options = options,
    .help = "Without NETWORK one line for each that may be seen. Use is spent care as a share of the care budget: "
            "normal up to 101 %, vigilance up to 103 %, critical above. Spent is posted less reversed; suspended "
            "amounts are not spent. --as-of answers from what was recorded and posted up to the end of that day in "
            "Brussels, "
            "whatever the day of the session: what arrives later never changes it.\n\n"
            "Examples:\n"
            "  elpctl budget\n"
            "  elpctl budget C01 --as-of 2026-06-30\n"
            "  elpctl budget --json | jq -r '.budgets[] | select(.zone == \"critical\") | .network'",
    .run = run,
};
