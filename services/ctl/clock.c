#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/calendar.h"
#include "elp/v1/intake.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"

/* clock: what time it is for intake, and, on a simulated cell, moving it. Time never goes back. */

#define DAYS_MAX 3660
#define DAY_US INT64_C(86400000000)

static int call(struct ctl *ctl, const char *at, const Elp__V1__ClockReply **ret) {
    Elp__V1__SetClock request = ELP__V1__SET_CLOCK__INIT;
    void *answer;
    request.at = (char *)at;
    int code = ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SET_CLOCK, &request.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOCK_REPLY, &elp__v1__clock_reply__descriptor, &answer);
    if (code == CTL_DONE) {
        *ret = answer;
    }
    return code;
}

static int print(const struct ctl *ctl, const Elp__V1__ClockReply *reply) {
    char local[INSTANT_TEXT_BYTES];
    if (ctl->json) {
        return message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE));
    }
    printf("%s in Brussels, record %llu%s\n", instant_format_brussels(reply->at_us, local, sizeof local),
           (unsigned long long)reply->head,
           reply->simulated ? ", simulated: moved by the operator" : ", the machine's clock");
    return CTL_DONE;
}

/* A time with offset, or a date: its midnight in Brussels. */
static int target_of_text(const char *text, instant_us *ret) {
    struct date date;
    if (date_parse(text, &date)) {
        *ret = brussels_midnight(date);
        return CTL_DONE;
    }
    if (instant_parse(text, ret)) {
        return CTL_DONE;
    }
    return ctl_fail(CTL_USAGE,
                    "\"%.40s\" is no time: write 2026-04-05T23:59:59+02:00, or a date for its midnight in Brussels",
                    text);
}

static int run(struct ctl *ctl) {
    const char *what = ctl_argument(ctl, 0) ? ctl_argument(ctl, 0) : "show";
    const char *value = ctl_argument(ctl, 1);
    const Elp__V1__ClockReply *reply = NULL;
    char text[INSTANT_TEXT_BYTES];
    instant_us target = 0;
    int64_t days = 0;
    bool show = strcmp(what, "show") == 0 && !value;
    bool set = strcmp(what, "set") == 0 && value;
    bool advance = strcmp(what, "advance") == 0 && value;
    if (!show && !set && !advance) {
        return ctl_fail(CTL_USAGE, "write elpctl clock [show], elpctl clock set TIME or elpctl clock advance DAYS");
    }
    int code = set ? target_of_text(value, &target) : advance ? ctl_whole(value, "DAYS", 1, DAYS_MAX, &days) : CTL_DONE;
    if (code == CTL_DONE && !set) {
        code = call(ctl, "", &reply);
    }
    if (code == CTL_DONE && advance) {
        target = reply->at_us + days * DAY_US;
    }
    if (code == CTL_DONE && !show) {
        code = call(ctl, instant_format(target, text, sizeof text), &reply);
    }
    return code == CTL_DONE ? print(ctl, reply) : code;
}

const struct command clock_command = {
    .name = "clock",
    .group = GROUP_CELL,
    .summary = "show the cell's time; on a simulated cell, set or advance it",
    .arguments = "[show | set TIME | advance DAYS]",
    .arguments_max = 2,
    .as = "operator",
    .help = "A cell made with --clock manual stands still until its time is moved, and is marked simulated for ever. "
            "TIME is RFC 3339 with an offset, or a date for its midnight in Brussels. Time never goes back.\n\n"
            "Examples:\n"
            "  elpctl clock\n"
            "  elpctl clock set 2026-04-05T23:59:59+02:00\n"
            "  elpctl clock advance 31",
    .run = run,
};
