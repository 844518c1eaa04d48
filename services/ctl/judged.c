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
        if (outcome->reason[0] != '\0') {
            printf("    %s\n", outcome->reason);
        }
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

int judged_print(struct ctl *ctl, uint64_t number, enum cell_service judge, const Elp__V1__Outcome *outcome,
                 bool *ret_done) {
    bool done = outcome->done;
    int code = print_outcome(ctl, number, judge, outcome);
    if (code == CTL_DONE && !done) {
        code = CTL_NO;
    }
    *ret_done = done;
    return code;
}

int judged_command(struct ctl *ctl, const struct judged_request *request, enum cell_service judge, bool *ret_done) {
    Elp__V1__Outcome *outcome;
    void *answer;
    int code = ask(ctl, CELL_INTAKE, request->type, request->message, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RECORDED,
                   &elp__v1__recorded__descriptor, &answer);
    if (code == CTL_UNREACHABLE && request->again) {
        return ctl_fail(code, "whether intake recorded it is not known: the same command with %s is recorded once",
                        request->again);
    }
    if (code != CTL_DONE) {
        return code;
    }
    const uint64_t number = ((const Elp__V1__Recorded *)answer)->number;
    if (((const Elp__V1__Recorded *)answer)->earlier) {
        (void)ctl_fail(CTL_DONE,
                       "this was recorded before, as %" PRIu64 ", and is not recorded twice; if it is meant to happen "
                       "once more, give another --key",
                       number);
    }
    code = ask_outcome(ctl, judge, number, &outcome);
    if (code == CTL_DONE && !outcome) {
        code = ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "%s has no say on record %" PRIu64,
                        cell_service_names[judge], number);
    }
    if (code != CTL_DONE) {
        return ctl_fail(code,
                        "recorded as %" PRIu64 ", not judged yet by %s; do not send it again: elpctl outcome %" PRIu64,
                        number, cell_service_names[judge], number);
    }
    return judged_print(ctl, number, judge, outcome, ret_done);
}
