#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/money.h"
#include "elp/v1/reporting.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"

/* stats: how many lines were accepted and refused, by code. Counts of lines, never of people. */

#define CODES_MAX 64

struct sum {
    Elp__V1__NetworkStatistics all;
    Elp__V1__CodeCount codes[CODES_MAX];
    size_t code_count;
};

static void add_code(struct sum *sum, const Elp__V1__CodeCount *count) {
    size_t c = 0;
    while (c < sum->code_count && strcmp(sum->codes[c].code, count->code) != 0) {
        c++;
    }
    if (c == sum->code_count && c < CODES_MAX) {
        sum->codes[sum->code_count++] = (Elp__V1__CodeCount){.code = count->code};
    }
    if (c < CODES_MAX) {
        sum->codes[c].count += count->count;
    }
}

static void add_network(struct sum *sum, const Elp__V1__NetworkStatistics *network) {
    sum->all.accepted += network->accepted;
    sum->all.refused += network->refused;
    sum->all.cancelled += network->cancelled;
    sum->all.posted += network->posted;
    sum->all.suspended += network->suspended;
    sum->all.on_sites += network->on_sites;
    sum->all.groups += network->groups;
    sum->all.fee_cents += network->fee_cents;
    sum->all.share_cents += network->share_cents;
    sum->all.insurer_cents += network->insurer_cents;
    for (size_t c = 0; c < network->n_codes; c++) {
        add_code(sum, network->codes[c]);
    }
}

static void add_row(struct table *table, const char *name, const Elp__V1__NetworkStatistics *network) {
    table_row(table);
    table_text(table, name);
    table_number(table, network->accepted);
    table_number(table, network->refused);
    table_number(table, network->cancelled);
    table_number(table, network->posted);
    table_number(table, network->suspended);
    table_share(table, (int64_t)network->on_sites, (int64_t)network->accepted);
    table_share(table, (int64_t)network->groups, (int64_t)network->accepted);
    table_money(table, money_of_cents(network->fee_cents));
    table_money(table, money_of_cents(network->share_cents));
    table_money(table, money_of_cents(network->insurer_cents));
}

static int compare_counts(const void *a, const void *b) {
    const Elp__V1__CodeCount *left = a;
    const Elp__V1__CodeCount *right = b;
    if (left->count != right->count) {
        return left->count < right->count ? 1 : -1;
    }
    return strcmp(left->code, right->code);
}

static int print_codes(const struct ctl *ctl, struct sum *sum) {
    static const struct table_column columns[] = {{"Code", TABLE_LEFT}, {"Lines", TABLE_RIGHT}};
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    qsort(sum->codes, sum->code_count, sizeof sum->codes[0], compare_counts);
    for (size_t c = 0; c < sum->code_count; c++) {
        table_row(table);
        table_text(table, sum->codes[c].code);
        table_number(table, sum->codes[c].count);
    }
    printf("\nRefusals and warnings by code; a line may have several\n\n");
    return table_print(table);
}

static int print(const struct ctl *ctl, const Elp__V1__StatisticsReply *reply) {
    static const struct table_column columns[] = {
        {"Network", TABLE_LEFT},         {"Accepted", TABLE_RIGHT},      {"Refused", TABLE_RIGHT},
        {"Cancelled", TABLE_RIGHT},      {"Posted", TABLE_RIGHT},        {"Suspended", TABLE_RIGHT},
        {"On sites", TABLE_RIGHT},       {"Groups", TABLE_RIGHT},        {"Fees", TABLE_RIGHT},
        {"Patient shares", TABLE_RIGHT}, {"Insurer parts", TABLE_RIGHT},
    };
    struct sum sum = {.all = ELP__V1__NETWORK_STATISTICS__INIT};
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t i = 0; i < reply->n_networks; i++) {
        add_network(&sum, reply->networks[i]);
        add_row(table, reply->networks[i]->network, reply->networks[i]);
    }
    if (reply->n_networks > 1) {
        table_rule(table);
        add_row(table, "all", &sum.all);
    }
    int code = table_print(table);
    if (code == CTL_DONE && sum.code_count > 0) {
        code = print_codes(ctl, &sum);
    }
    if (reply->simulated) {
        printf("\nSimulated cell: these are no real figures\n");
    }
    return code;
}

static int run(struct ctl *ctl) {
    Elp__V1__StatisticsQuery query = ELP__V1__STATISTICS_QUERY__INIT;
    int64_t year = 0;
    void *answer;
    int code = ctl_option_whole(ctl, OPTION_YEAR, "--year", 2019, 2199, &year);
    if (code != CTL_DONE) {
        return code;
    }
    query.network = (char *)(ctl_argument(ctl, 0) ? ctl_argument(ctl, 0) : "");
    query.year = (uint32_t)year;
    code = ask(ctl, CELL_REPORTING, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_STATISTICS_QUERY, &query.base,
               ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_STATISTICS_REPLY, &elp__v1__statistics_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__StatisticsReply *reply = answer;
    return ctl->json ? message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE)) : print(ctl, reply);
}

static const struct argp_option options[] = {
    {"year", OPTION_YEAR, "YEAR", 0, "of acceptance; default all", 0},
    {0},
};

const struct command stats_command = {
    .name = "stats",
    .group = GROUP_MONEY,
    .summary = "lines accepted and refused, by network and by code",
    .arguments = "[NETWORK]",
    .arguments_max = 1,
    .as = "operator",
    .options = options,
    .help = "Lines whose network did not parse stand under the network \"-\".\n\n"
            "Examples:\n"
            "  elpctl stats\n"
            "  elpctl stats A01 --year 2026 --json",
    .run = run,
};
