#include <stdio.h>

#include "elp/v1/ledger.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"

/* trial-balance: every account of the ledger; their sum is zero after every turn. */

static int print(const struct ctl *ctl, const Elp__V1__TrialBalanceReply *reply) {
    static const struct table_column columns[] = {
        {"Account", TABLE_LEFT}, {"Debit", TABLE_RIGHT}, {"Credit", TABLE_RIGHT}};
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    char sum[MONEY_TEXT_BYTES];
    for (size_t i = 0; i < reply->n_accounts; i++) {
        struct money balance = money_of_cents(reply->accounts[i]->cents);
        bool credit = money_compare(balance, MONEY_ZERO) < 0;
        table_row(table);
        table_text(table, reply->accounts[i]->account);
        if (credit) {
            table_text(table, "");
        }
        table_money(table, credit ? money_negate(balance) : balance);
    }
    int code = table_print(table);
    printf("\nSum over all accounts: %s%s%s%s\n",
           terminal_begin(ctl->color, reply->sum_cents ? COLOR_RED : COLOR_GREEN),
           money_format_grouped(money_of_cents(reply->sum_cents), sum, sizeof sum),
           terminal_end(ctl->color, reply->sum_cents ? COLOR_RED : COLOR_GREEN),
           reply->more ? "; there are more accounts, narrow them with --prefix" : "");
    return code;
}

static int run(struct ctl *ctl) {
    Elp__V1__TrialBalanceQuery query = ELP__V1__TRIAL_BALANCE_QUERY__INIT;
    void *answer;
    query.prefix = ctl_option_text(ctl, OPTION_PREFIX);
    int code = ask(ctl, CELL_LEDGER, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TRIAL_BALANCE_QUERY, &query.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TRIAL_BALANCE_REPLY, &elp__v1__trial_balance_reply__descriptor,
                   &answer);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__TrialBalanceReply *reply = answer;
    code = ctl->json ? message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE)) : print(ctl, reply);
    return code == CTL_DONE && reply->sum_cents != 0 ? CTL_NO : code;
}

static const struct argp_option options[] = {
    {"prefix", OPTION_PREFIX, "TEXT", 0, "only accounts that begin with it, e.g. suspended:", 0},
    {0},
};

const struct command trial_balance_command = {
    .name = "trial-balance",
    .group = GROUP_MONEY,
    .summary = "every account of the ledger and their sum, which is zero",
    .arguments = "",
    .as = "operator",
    .options = options,
    .help = "Ends with 1 when the sum is not zero.\n\n"
            "Examples:\n"
            "  elpctl trial-balance\n"
            "  elpctl trial-balance --prefix expenses:A01:2026",
    .run = run,
};
