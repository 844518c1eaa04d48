#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "elp/v1/intake.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_field.h"
#include "services/ctl/message_json.h"
#include "services/ctl/niss_input.h"
#include "services/ctl/table.h"

/* quota: how much is left for a beneficiary before a session (rulebook §4). The national number is read unseen. */

/* "F2 individual", "F2 group", "concertation". */
static void add_name(struct table *table, const Elp__V1__QuotaPosition *position) {
    char function[16];
    char service[32];
    (void)field_enum_word(&elp__v1__function__descriptor, (int)position->function, function, sizeof function);
    (void)field_enum_word(&elp__v1__service__descriptor, (int)position->service, service, sizeof service);
    table_textf(table, "%s%s%s", function, function[0] ? " " : "", service);
}

static int print_positions(const struct ctl *ctl, const Elp__V1__QuotaReply *reply) {
    static const struct table_column columns[] = {
        {"Counted", TABLE_LEFT},   {"Used", TABLE_RIGHT},  {"Left", TABLE_RIGHT},   {"Most", TABLE_RIGHT},
        {"Next free", TABLE_LEFT}, {"Window", TABLE_LEFT}, {"Article", TABLE_LEFT},
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t i = 0; i < reply->n_positions; i++) {
        const Elp__V1__QuotaPosition *position = reply->positions[i];
        table_row(table);
        add_name(table, position);
        table_number(table, position->used);
        if (position->left == 0) {
            table_colored(table, COLOR_RED, "0");
        } else {
            table_number(table, position->left);
        }
        table_number(table, position->most);
        table_text(table, position->next_free[0] ? position->next_free : "none");
        table_textf(table, "%s - %s", position->window_from, position->window_until);
        table_text(table, position->article);
    }
    return table_print(table);
}

static void print_series(const Elp__V1__QuotaReply *reply) {
    for (size_t i = 0; i < reply->n_series; i++) {
        const Elp__V1__SeriesPosition *series = reply->series[i];
        printf("referral of %s: used %u, left %u\n", series->referral_date, series->used, series->left);
    }
    printf("%u further series may be opened in %.4s (%s)\n", reply->series_left, reply->date, reply->series_article);
}

static int print_reply(struct ctl *ctl, const Elp__V1__QuotaReply *reply) {
    int code = CTL_DONE;
    if (ctl->json) {
        return message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE));
    }
    printf("%s, convention %s, %u years old%s\n", reply->date, reply->convention, reply->age,
           reply->known ? "" : "; never attested here");
    if (reply->same_day) {
        printf("a session stands on that day already\n");
    }
    if (reply->first_session) {
        printf("an individual session would be the first of its window\n");
    }
    if (reply->n_positions > 0) {
        printf("\n");
        code = print_positions(ctl, reply);
    }
    if (reply->series_article[0]) {
        printf("\n");
        print_series(reply);
    }
    return code;
}

static int run(struct ctl *ctl) {
    Elp__V1__QuotaQuery query = ELP__V1__QUOTA_QUERY__INIT;
    char niss[NISS_TEXT_BYTES];
    void *answer;
    if (!ctl_option(ctl, OPTION_NETWORK)) {
        return ctl_fail(CTL_USAGE, "--network is needed: where the session would be");
    }
    int code = niss_input_read(ctl_argument(ctl, 0), niss);
    if (code != CTL_DONE) {
        return code;
    }
    query.niss = niss;
    query.network = ctl_option_text(ctl, OPTION_NETWORK);
    query.provider = ctl_option_text(ctl, OPTION_PROVIDER);
    query.date = ctl_option_text(ctl, OPTION_DATE);
    query.birth_date = ctl_option_text(ctl, OPTION_BIRTH_DATE);
    code = ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_QUOTA_QUERY, &query.base,
               ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_QUOTA_REPLY, &elp__v1__quota_reply__descriptor, &answer);
    sodium_memzero(niss, sizeof niss);
    return code == CTL_DONE ? print_reply(ctl, answer) : code;
}

static const struct argp_option options[] = {
    {"network", OPTION_NETWORK, "CODE", 0, "where the session would be", 0},
    {"provider", OPTION_PROVIDER, "INAMI", 0, "who would give it: the contract decides the book; integrators give it",
     0},
    {"date", OPTION_DATE, "DATE", 0, "day of the session; default the cell's day", 0},
    {"birth-date", OPTION_BIRTH_DATE, "DATE", 0, "wins over the one coded in the number", 0},
    {0},
};

const struct command quota_command = {
    .name = "quota",
    .group = GROUP_ATTEST,
    .summary = "what is left for a beneficiary: used, left, next free date",
    .arguments = "[NISS]",
    .arguments_max = 1,
    .as = "operator",
    .options = options,
    .help =
        "Without NISS, or with \"-\", the national number is read from standard input and not shown: what is typed as "
        "an argument stays in the shell's history. Counts all networks, in the window that has the least room of "
        "those that hold the day. Under the convention of 2019 the series of the calendar year are shown. Nothing is "
        "recorded.\n\n"
        "Examples:\n"
        "  elpctl quota --network A01 --date 2026-11-02\n"
        "  elpctl quota --network A01 --provider 10000106001 --as integrator < number.txt",
    .run = run,
};
