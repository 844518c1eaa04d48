#include "services/ctl/judged.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "common/money.h"
#include "elp/v1/intake.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/message_json.h"
#include "services/ctl/terminal.h"

static int print_outcome(const struct ctl *ctl, uint64_t number, enum cell_service judge,
                         const Elp__V1__Outcome *outcome) {
    char amount[MONEY_TEXT_BYTES];
    if (ctl->json) {
        json_t *object = message_json(&outcome->base, MESSAGE_JSON_SPARSE);
        if (object) {
            (void)json_object_set_new(object, "done", json_boolean(outcome->done));
            (void)json_object_set_new(object, "number", json_sprintf("%" PRIu64, number));
            (void)json_object_set_new(object, "judge", json_string(cell_service_names[judge]));
        }
        return message_json_print(object);
    }
    if (outcome->done) {
        printf("%sdone%s: record %" PRIu64 ", applied by %s\n", terminal_begin(ctl->color, COLOR_GREEN),
               terminal_end(ctl->color, COLOR_GREEN), number, cell_service_names[judge]);
        return CTL_DONE;
    }
    printf("%srefused%s %s (%s)\n    %s\n", terminal_begin(ctl->color, COLOR_RED), terminal_end(ctl->color, COLOR_RED),
           outcome->code, outcome->article, outcome->reason);
    if (outcome->has_largest) {
        printf("    the largest possible amount is %s\n",
               money_format_grouped(money_of_cents(outcome->largest_cents), amount, sizeof amount));
    }
    printf("recorded as %" PRIu64 "; nothing changed\n", number);
    return CTL_DONE;
}

int judged_command(struct ctl *ctl, Elp__V1__MessageType type, const ProtobufCMessage *request, enum cell_service judge,
                   bool *ret_done) {
    Elp__V1__Outcome *outcome;
    void *answer;
    int code = ask(ctl, CELL_INTAKE, type, request, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RECORDED,
                   &elp__v1__recorded__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    uint64_t number = ((const Elp__V1__Recorded *)answer)->number;
    code = ask_outcome(ctl, judge, number, &outcome);
    if (code != CTL_DONE) {
        return code;
    }
    bool done = outcome->done;
    code = print_outcome(ctl, number, judge, outcome);
    if (code == CTL_DONE && !done) {
        code = CTL_NO;
    }
    *ret_done = done;
    return code;
}
