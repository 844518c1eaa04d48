#include <stdio.h>
#include <string.h>

#include "common/budget_envelope.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/quote_facts.h"
#include "services/ctl/rated_table.h"
#include "services/ctl/table.h"

/* quote: what a planned session would be worth (rulebook §5), rated as an attested one is; nothing is recorded. */

static int print_parts(const struct ctl *ctl, const Elp__V1__Rated *rated) {
    static const struct table_column columns[] = {{"Who is paid", TABLE_LEFT},
                                                  {"As", TABLE_LEFT},
                                                  {"Fee", TABLE_RIGHT},
                                                  {"Share kept", TABLE_RIGHT},
                                                  {"Payable", TABLE_RIGHT}};
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t i = 0; i < rated->n_parts; i++) {
        table_row(table);
        table_text(table, rated->parts[i]->payee[0] ? rated->parts[i]->payee : "-");
        table_text(table, rated_table_role(rated->parts[i]->role));
        table_money(table, money_of_cents(rated->parts[i]->fee_cents));
        table_money(table, money_of_cents(rated->parts[i]->share_collected_cents));
        table_money(table, money_of_cents(rated->parts[i]->payable_cents));
    }
    printf("\n");
    return table_print(table);
}

static int print(const struct ctl *ctl, const struct quote_facts *facts, const Elp__V1__QuoteReply *reply) {
    if (!reply->rated) {
        return ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "rating answered without an amount");
    }
    printf("%s%s%s on %s, convention %s; nothing is recorded\n\n", terminal_begin(ctl->color, COLOR_BOLD),
           ctl_argument(ctl, 0), terminal_end(ctl->color, COLOR_BOLD), facts->date, reply->rated->convention);
    int code = rated_table_print(ctl, reply->rated, reply->reasons, reply->n_reasons);
    if (code == CTL_DONE) {
        code = print_parts(ctl, reply->rated);
    }
    printf("\nEnvelope %s: %s (%s)\n", budget_envelope_word(reply->envelope), reply->envelope_why,
           reply->envelope_article[0] ? reply->envelope_article : "own decision");
    printf("Whether it has room, and whether the session may be attested, is seen when it is: elpctl check\n");
    return code;
}

static int run(struct ctl *ctl) {
    struct quote_facts facts = {.day = DATE_NONE};
    void *answer;
    int code = quote_facts_read(ctl, &facts);
    if (code == CTL_DONE) {
        code = quote_facts_look_up(ctl, &facts);
    }
    if (code == CTL_DONE) {
        code = ask(ctl, CELL_RATING, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_QUOTE_QUERY, &facts.query.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_QUOTE_REPLY, &elp__v1__quote_reply__descriptor, &answer);
    }
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__QuoteReply *reply = answer;
    return ctl->json ? message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE)) : print(ctl, &facts, reply);
}

static const struct argp_option options[] = {
    {"function", OPTION_FUNCTION, "F1|F2|F3", 0, "2019: none", 0},
    {"date", OPTION_DATE, "DATE", 0, "day of the session; default the cell's day", 0},
    {"beneficiary", OPTION_BENEFICIARY, "[Nx]AGE[,bim][,first]", 0,
     "age on the day; bim: increased intervention; first: the first individual session of twelve months (elpctl quota "
     "tells "
     "it); 6x30: six of them; may be repeated",
     0},
    {"network", OPTION_NETWORK, "CODE", 0, "whose policies hold, and where the codes below are looked up", 0},
    {"provider", OPTION_PROVIDER, "INAMI", 0, "the contract on the day decides convention, payee and marks", 0},
    {"site", OPTION_SITE, "CODE", 0, "where it is held; default the practice", 0},
    {"second-leader", OPTION_SECOND_LEADER, "CODE", 0, "group: contract of the second leader", 0},
    {"second-provider", OPTION_SECOND_PROVIDER, "INAMI", 0, "group: a second psychologist instead", 0},
    {"minutes", OPTION_MINUTES, "N", 0, "2019: 45 or 60; default 60", 0},
    {"cost", OPTION_COST, "EURO", 0, "art8-mission: the cost that would be attested", 0},
    {"eating-disorder", OPTION_EATING_DISORDER, NULL, 0, "marked as such", 0},
    {"convention", OPTION_CONVENTION, "YEAR", 0, "2019, 2021 or 2024 instead of the contract's, or of the newest", 0},
    {0},
};

const struct command quote_command = {
    .name = "quote",
    .group = GROUP_ATTEST,
    .summary = "what a planned session would cost: fee, insurer part, share",
    .arguments = "SERVICE",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "operator",
    .options = options,
    .help = "SERVICE is individual, assessment, group, concertation, training or art8-mission. Rating answers by the "
            "function "
            "that rates what is attested: fee, insurer part and patient share step by step with articles, who is paid "
            "what, "
            "and which envelope the rules ask.\n\n"
            "Examples:\n"
            "  elpctl quote individual --function F2 --beneficiary 34,bim\n"
            "  elpctl quote group --function F2 --network A01 --provider 10000106001 --second-leader L1 --beneficiary "
            "6x30\n"
            "  elpctl quote individual --convention 2019 --date 2019-06-03 --minutes 45 --beneficiary 40",
    .run = run,
};
