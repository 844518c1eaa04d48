#include <stdio.h>

#include "common/money.h"
#include "elp/v1/ledger.pb-c.h"
#include "elp/v1/money.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/judged.h"
#include "services/ctl/message_field.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"

/* close: ends a budget year for every network of the cell (rulebook B3, B4), and shows how it was closed. */

static int print(const struct ctl *ctl, const Elp__V1__ClosingsReply *reply) {
    static const struct table_column columns[] = {
        {"Network", TABLE_LEFT}, {"Care budget", TABLE_RIGHT},       {"Care spent", TABLE_RIGHT}, {"Use", TABLE_RIGHT},
        {"Zone", TABLE_LEFT},    {"Largest reduction", TABLE_RIGHT}, {"Reduced by", TABLE_RIGHT},
    };
    if (reply->n_closings == 0) {
        printf("that year is open\n");
        return CTL_DONE;
    }
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t i = 0; i < reply->n_closings; i++) {
        const Elp__V1__YearClosed *closed = reply->closings[i];
        char zone[32];
        table_row(table);
        table_text(table, closed->network);
        table_money(table, money_of_cents(closed->care_budget_cents));
        table_money(table, money_of_cents(closed->care_spent_cents));
        table_share(table, closed->care_spent_cents, closed->care_budget_cents);
        (void)field_enum_word(&elp__v1__zone__descriptor, (int)closed->zone, zone, sizeof zone);
        table_text(table, zone[0] != '\0' ? zone : "-");
        table_money(table, money_of_cents(closed->largest_reduction_cents));
        table_money(table, money_of_cents(closed->reduced_cents));
    }
    table_rule(table);
    table_row(table);
    table_text(table, "country");
    table_money(table, money_of_cents(reply->closings[0]->national_care_budget_cents));
    table_money(table, money_of_cents(reply->closings[0]->national_care_spent_cents));
    table_share(table, reply->closings[0]->national_care_spent_cents, reply->closings[0]->national_care_budget_cents);
    printf("Budget year %u, closed\n\n", reply->closings[0]->year);
    return table_print(table);
}

static int show(struct ctl *ctl, uint32_t year) {
    Elp__V1__ClosingsQuery query = ELP__V1__CLOSINGS_QUERY__INIT;
    void *answer;
    query.year = year;
    int code = ask(ctl, CELL_LEDGER, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOSINGS_QUERY, &query.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOSINGS_REPLY, &elp__v1__closings_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__ClosingsReply *reply = answer;
    return ctl->json ? message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE)) : print(ctl, reply);
}

static int run(struct ctl *ctl) {
    Elp__V1__CloseYear request = ELP__V1__CLOSE_YEAR__INIT;
    int64_t year = 0;
    bool done;
    int code = ctl_whole(ctl_argument(ctl, 0), "YEAR", 2019, 2099, &year);
    if (code == CTL_DONE && ctl_option(ctl, OPTION_SHOW) != NULL) {
        return show(ctl, (uint32_t)year);
    }
    if (code == CTL_DONE) {
        code = ctl_option_amount(ctl, OPTION_OTHER_BUDGET, "--other-budget", &request.other_care_budget_cents);
    }
    if (code == CTL_DONE) {
        code = ctl_option_amount(ctl, OPTION_OTHER_SPENT, "--other-spent", &request.other_care_spent_cents);
    }
    if (code != CTL_DONE) {
        return code;
    }
    if (ctl_option(ctl, OPTION_REASON) == NULL) {
        return ctl_fail(CTL_USAGE, "--reason is needed: it stands in the journal");
    }
    request.year = (uint32_t)year;
    request.reason = ctl_option_text(ctl, OPTION_REASON);
    const struct judged_request judged = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOSE_YEAR, &request.base, NULL};
    code = judged_command(ctl, &judged, CELL_LEDGER, &done);
    return code == CTL_DONE && !ctl->json ? show(ctl, (uint32_t)year) : code;
}

static const struct argp_option options[] = {
    {"show", OPTION_SHOW, NULL, 0, "how the year was closed; nothing is closed", 0},
    {"other-budget", OPTION_OTHER_BUDGET, "EURO", 0, "care budgets of networks in other cells, from their closes", 0},
    {"other-spent", OPTION_OTHER_SPENT, "EURO", 0, "what these spent on care", 0},
    {"reason", OPTION_REASON, "TEXT", 0, "why now; it stands in the journal", 0},
    {0},
};

const struct command close_command = {
    .name = "close",
    .group = GROUP_MONEY,
    .summary = "close a budget year for every network, or show how it was closed",
    .arguments = "YEAR",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "authority",
    .options = options,
    .help = "From 1 January of the next year, once. Each network gets its class; a critical one whose country has used "
            "its care budget up gets the largest amount by which next year's care budget may be reduced (elpctl decide "
            "reduction, by 30 April). A closed year never moves: what is attested later belongs to the new year. Care "
            "totals of other cells are given when this cell does not hold all networks.\n\n"
            "Examples:\n"
            "  elpctl close 2026 --reason \"end of the year\"\n"
            "  elpctl close 2026 --show",
    .run = run,
};
