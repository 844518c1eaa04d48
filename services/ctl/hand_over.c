#include <stdio.h>

#include "elp/v1/intake.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_field.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"

/* hand-over: who is in care under a contract and goes to another provider when it ends (rulebook R5). */

static int print(const struct ctl *ctl, const Elp__V1__HandOverReply *reply) {
    static const struct table_column columns[] = {
        {"Last attestation", TABLE_LEFT}, {"Date", TABLE_LEFT},      {"Function", TABLE_LEFT},
        {"Service", TABLE_LEFT},          {"Sessions", TABLE_RIGHT},
    };
    printf("%s of network %s, %s%s; seen from %s to %s (%s)\n\n", reply->contract, reply->network,
           reply->ends_on[0] ? "not covered from " : "without an end", reply->ends_on, reply->window_from,
           reply->window_until, reply->article);
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t i = 0; i < reply->n_people; i++) {
        const Elp__V1__HandOverPerson *person = reply->people[i];
        char word[32];
        table_row(table);
        table_text(table, person->attestation);
        table_text(table, person->date);
        table_text(table, field_enum_word(&elp__v1__function__descriptor, (int)person->function, word, sizeof word));
        table_text(table, field_enum_word(&elp__v1__service__descriptor, (int)person->service, word, sizeof word));
        table_number(table, person->sessions);
    }
    int code = table_print(table);
    if (reply->more) {
        printf("\n... and more than one answer holds\n");
    }
    return code;
}

static int run(struct ctl *ctl) {
    Elp__V1__HandOverQuery query = ELP__V1__HAND_OVER_QUERY__INIT;
    void *answer;
    query.contract = (char *)ctl_argument(ctl, 0);
    int code = ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HAND_OVER_QUERY, &query.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HAND_OVER_REPLY, &elp__v1__hand_over_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__HandOverReply *reply = answer;
    return ctl->json ? message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE)) : print(ctl, reply);
}

const struct command hand_over_command = {
    .name = "hand-over",
    .group = GROUP_REGISTRY,
    .summary = "who is in care under a contract, for the hand-over at its end",
    .arguments = "CONTRACT",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "operator",
    .help =
        "One row per beneficiary who was seen in the months that the convention book gives (hand_over_window_months) "
        "before the contract's last day, or before today. Nobody is named: who attested knows the people by their "
        "attestations. A contract ends by `elpctl registry set provider-contract CODE notice=DATE`.\n\n"
        "Examples:\n"
        "  elpctl hand-over A01-P1\n"
        "  elpctl hand-over A01-P1 --as integrator --json",
    .run = run,
};
