#include <inttypes.h>
#include <stdio.h>

#include "elp/v1/ledger.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"

/* cost show, cost sheet: operating costs with their limits, and fiscal sheets (rulebook B6). */

static int print_all(const struct ctl *ctl, const Elp__V1__CostsReply *reply) {
    static const struct table_column columns[] = {
        {"Hospital", TABLE_LEFT},   {"Network", TABLE_LEFT}, {"Sessions", TABLE_RIGHT},    {"793833", TABLE_RIGHT},
        {"at most", TABLE_RIGHT},   {"real", TABLE_RIGHT},   {"Partnership", TABLE_RIGHT}, {"at most", TABLE_RIGHT},
        {"Operating", TABLE_RIGHT}, {"of", TABLE_RIGHT},     {"Advanced", TABLE_RIGHT},
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t i = 0; i < reply->n_networks; i++) {
        const Elp__V1__NetworkCosts *costs = reply->networks[i];
        table_row(table);
        table_text(table, costs->hospital[0] != '\0' ? costs->hospital : "-");
        table_text(table, costs->network);
        table_number(table, costs->sessions);
        table_money(table, money_of_cents(costs->hospital_cents));
        table_money(table, money_of_cents(costs->hospital_largest_cents));
        table_money(table, money_of_cents(costs->hospital_real_cents));
        table_money(table, money_of_cents(costs->partnership_cents));
        table_money(table, money_of_cents(costs->partnership_largest_cents));
        table_money(table, money_of_cents(costs->operating_spent_cents));
        table_money(table, money_of_cents(costs->operating_budget_cents));
        table_money(table, money_of_cents(costs->advanced_cents));
    }
    return table_print(table);
}

static int print_claims(const struct ctl *ctl, const Elp__V1__NetworkCosts *costs) {
    static const struct table_column columns[] = {
        {"Number", TABLE_RIGHT}, {"Code", TABLE_LEFT},      {"Amount", TABLE_RIGHT},
        {"Person", TABLE_LEFT},  {"Reference", TABLE_LEFT}, {"For", TABLE_LEFT},
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t i = 0; i < costs->n_claims; i++) {
        const Elp__V1__CostClaim *claim = costs->claims[i];
        table_row(table);
        table_textf(table, "%" PRIu64, claim->number);
        table_text(table, claim->code);
        table_money(table, money_of_cents(claim->cents));
        table_textf(table, "%s%s", claim->person, claim->partnership ? " (partnership)" : "");
        table_text(table, claim->reference);
        table_text(table, claim->reason);
    }
    printf("\n");
    return table_print(table);
}

static int read_year(const struct ctl *ctl, uint32_t *ret) {
    int64_t year = 0;
    int code = ctl_option_whole(ctl, OPTION_YEAR, "--year", 2019, 2099, &year);
    if (code == CTL_DONE && year == 0) {
        code = ctl_fail(CTL_USAGE, "--year is needed");
    }
    *ret = (uint32_t)year;
    return code;
}

static int run_show(struct ctl *ctl) {
    Elp__V1__CostsQuery query = ELP__V1__COSTS_QUERY__INIT;
    void *answer;
    int code = read_year(ctl, &query.year);
    if (code != CTL_DONE) {
        return code;
    }
    query.network = (char *)(ctl_argument(ctl, 0) != NULL ? ctl_argument(ctl, 0) : "");
    code = ask(ctl, CELL_LEDGER, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_COSTS_QUERY, &query.base,
               ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_COSTS_REPLY, &elp__v1__costs_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__CostsReply *reply = answer;
    if (ctl->json) {
        return message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE));
    }
    code = print_all(ctl, reply);
    bool one = ctl_argument(ctl, 0) != NULL && reply->n_networks == 1;
    return code == CTL_DONE && one && reply->networks[0]->n_claims > 0 ? print_claims(ctl, reply->networks[0]) : code;
}

static int print_sheets(const struct ctl *ctl, const Elp__V1__FiscalSheetReply *reply) {
    static const struct table_column columns[] = {
        {"Person", TABLE_LEFT}, {"Network", TABLE_LEFT},      {"Year", TABLE_RIGHT},
        {"Paid", TABLE_RIGHT},  {"Partnership", TABLE_RIGHT}, {"Claims", TABLE_RIGHT},
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t i = 0; i < reply->n_sheets; i++) {
        const Elp__V1__FiscalSheet *sheet = reply->sheets[i];
        table_row(table);
        table_text(table, sheet->person);
        table_text(table, sheet->network);
        table_textf(table, "%u", sheet->year);
        table_money(table, money_of_cents(sheet->cents));
        table_money(table, money_of_cents(sheet->partnership_cents));
        table_number(table, sheet->claims);
    }
    int code = table_print(table);
    if (reply->more) {
        printf("\nthere are more claims than one answer holds: name a PERSON\n");
    }
    return code;
}

static int run_sheet(struct ctl *ctl) {
    Elp__V1__FiscalSheetQuery query = ELP__V1__FISCAL_SHEET_QUERY__INIT;
    void *answer;
    int code = read_year(ctl, &query.year);
    if (code != CTL_DONE) {
        return code;
    }
    query.person = (char *)(ctl_argument(ctl, 0) != NULL ? ctl_argument(ctl, 0) : "");
    code =
        ask(ctl, CELL_LEDGER, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_FISCAL_SHEET_QUERY, &query.base,
            ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_FISCAL_SHEET_REPLY, &elp__v1__fiscal_sheet_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__FiscalSheetReply *reply = answer;
    return ctl->json ? message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE)) : print_sheets(ctl, reply);
}

static const struct argp_option options[] = {
    {"year", OPTION_YEAR, "YEAR", 0, "whose costs", 0},
    {0},
};

const struct command cost_show_command = {
    .name = "cost show",
    .group = GROUP_MONEY,
    .summary = "operating costs and their limits, networks of a hospital side by side",
    .arguments = "[NETWORK]",
    .arguments_max = 1,
    .as = "operator",
    .options = options,
    .help = "With NETWORK also its claims.\n\n"
            "Examples:\n"
            "  elpctl cost show --year 2026\n"
            "  elpctl cost show C01 --year 2026",
    .run = run_show,
};

const struct command cost_sheet_command = {
    .name = "cost sheet",
    .group = GROUP_MONEY,
    .summary = "fiscal sheets: what persons were paid in a year",
    .arguments = "[PERSON]",
    .arguments_max = 1,
    .as = "operator",
    .options = options,
    .help = "By person and network, from the claims that name one; PERSON is a payee.\n\n"
            "Examples:\n"
            "  elpctl cost sheet --year 2026",
    .run = run_sheet,
};
