#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/calendar.h"
#include "elp/v1/ledger.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/month_text.h"
#include "services/ctl/table.h"

/* payments: the orders of a month, one per network and payee (rulebook B7). */

static int print(const struct ctl *ctl, const Elp__V1__PaymentReply *reply) {
    static const struct table_column columns[] = {
        {"Month", TABLE_LEFT},  {"Network", TABLE_LEFT}, {"Payee", TABLE_LEFT}, {"Amount", TABLE_RIGHT},
        {"Lines", TABLE_RIGHT}, {"Date", TABLE_LEFT},    {"State", TABLE_LEFT}, {"Missing", TABLE_LEFT},
    };
    struct money paid = MONEY_ZERO;
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    struct money ordered = MONEY_ZERO;
    struct money held = MONEY_ZERO;
    for (size_t i = 0; i < reply->n_payments; i++) {
        const Elp__V1__PaymentOrder *order = reply->payments[i];
        bool is_held = order->state == ELP__V1__PAYMENT_STATE__PAYMENT_STATE_HELD;
        bool is_paid = order->state == ELP__V1__PAYMENT_STATE__PAYMENT_STATE_PAID;
        struct money *sum = is_held ? &held : is_paid ? &paid : &ordered;
        char date[DATE_TEXT_BYTES];
        table_row(table);
        table_textf(table, "%04u-%02u", order->month / 100, order->month % 100);
        table_text(table, order->network);
        table_text(table, order->payee);
        table_money(table, money_of_cents(order->cents));
        table_number(table, order->lines);
        table_text(table, date_format((struct date){order->date}, date, sizeof date));
        table_colored(table, is_held ? COLOR_YELLOW : COLOR_NONE, is_held ? "held" : is_paid ? "paid" : "ordered");
        char missing[256] = "";
        for (size_t m = 0; m < order->n_missing; m++) {
            size_t used = strlen(missing);
            (void)snprintf(missing + used, sizeof missing - used, "%s%s", used ? ", " : "", order->missing[m]);
        }
        table_text(table, missing);
        if (!money_add(*sum, money_of_cents(order->cents), sum)) {
            table_free(table);
            return ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "the payments do not add up in 64 bits");
        }
    }
    int code = table_print(table);
    char text[3][MONEY_TEXT_BYTES];
    printf("\n%zu orders: %s ordered, %s paid, %s held%s\n", reply->n_payments,
           money_format_grouped(ordered, text[0], sizeof text[0]), money_format_grouped(paid, text[1], sizeof text[1]),
           money_format_grouped(held, text[2], sizeof text[2]),
           reply->more ? "; there are more, narrow them with NETWORK, --month or --payee" : "");
    return code;
}

static int run(struct ctl *ctl) {
    Elp__V1__PaymentQuery query = ELP__V1__PAYMENT_QUERY__INIT;
    const char *month = ctl_option(ctl, OPTION_MONTH);
    void *answer;
    query.network = (char *)(ctl_argument(ctl, 0) ? ctl_argument(ctl, 0) : "");
    query.payee = ctl_option_text(ctl, OPTION_PAYEE);
    query.month = month ? month_of_text(month) : 0;
    if (month && query.month == 0) {
        return ctl_fail(CTL_USAGE, "--month \"%.40s\" is no month: write YYYY-MM", month);
    }
    int code = ask(ctl, CELL_LEDGER, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_QUERY, &query.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_REPLY, &elp__v1__payment_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__PaymentReply *reply = answer;
    return ctl->json ? message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE)) : print(ctl, reply);
}

static const struct argp_option options[] = {
    {"month", OPTION_MONTH, "YYYY-MM", 0, "month of attestation", 0},
    {"payee", OPTION_PAYEE, "CODE", 0, "only of this payee", 0},
    {0},
};

const struct command payments_command = {
    .name = "payments",
    .group = GROUP_MONEY,
    .summary = "payment orders, one per network, payee and month; held ones named",
    .arguments = "[NETWORK]",
    .arguments_max = 1,
    .as = "operator",
    .options = options,
    .help = "Orders are made at the end of the month of attestation. A payee that lacks what a payment needs is "
            "held, not lost: load its fact again with what is missing.\n\n"
            "Example:\n"
            "  elpctl payments A01 --month 2026-05",
    .run = run,
};
