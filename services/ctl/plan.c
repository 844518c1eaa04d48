#include <stdio.h>
#include <string.h>

#include "elp/v1/money.pb-c.h"
#include "services/ctl/command_table.h"
#include "services/ctl/judged.h"
#include "services/ctl/judged_key.h"

/* plan: records the action plan that vigilance asks of a network, with its dates (rulebook B2). */

static int read_request(const struct ctl *ctl, Elp__V1__RecordPlan *request) {
    int64_t year = 0;
    int code = ctl_option_whole(ctl, OPTION_YEAR, "--year", 2019, 2099, &year);
    if (code == CTL_DONE && (year == 0 || ctl_option(ctl, OPTION_FROM) == NULL || ctl_option(ctl, OPTION_TO) == NULL ||
                             ctl_option(ctl, OPTION_REASON) == NULL)) {
        code = ctl_fail(CTL_USAGE, "--year, --from, --to and --reason are needed");
    }
    request->network = (char *)ctl_argument(ctl, 0);
    request->year = (uint32_t)year;
    request->received_on = ctl_option_text(ctl, OPTION_RECEIVED_ON);
    request->from = ctl_option_text(ctl, OPTION_FROM);
    request->until = ctl_option_text(ctl, OPTION_TO);
    request->reason = ctl_option_text(ctl, OPTION_REASON);
    return code;
}

static int run(struct ctl *ctl) {
    Elp__V1__RecordPlan request = ELP__V1__RECORD_PLAN__INIT;
    struct judged_key key;
    char day[CELL_DAY_BYTES];
    char again[128];
    bool done;
    int code = read_request(ctl, &request);
    if (code == CTL_DONE && request.received_on[0] == '\0') {
        request.received_on = day;
        code = cell_day(ctl, day);
    }
    if (code == CTL_DONE) {
        code = judged_key_of(ctl, "plan", &request.base, "", &key);
    }
    if (code != CTL_DONE) {
        return code;
    }
    request.key = (ProtobufCBinaryData){strlen(key.text), (uint8_t *)key.text};
    (void)snprintf(again, sizeof again, "--received-on %.10s --key %s", request.received_on, key.text);
    const struct judged_request judged = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RECORD_PLAN, &request.base, again};
    return judged_command(ctl, &judged, CELL_LEDGER, &done);
}

static const struct argp_option options[] = {
    {"year", OPTION_YEAR, "YEAR", 0, "budget year that it is about", 0},
    {"from", OPTION_FROM, "DATE", 0, "first day of its measures", 0},
    {"to", OPTION_TO, "DATE", 0, "last day of its measures", 0},
    {"received-on", OPTION_RECEIVED_ON, "DATE", 0, "day on which it was handed in; default the cell's day", 0},
    {"reason", OPTION_REASON, "TEXT", 0, "its measures, in a sentence; it stands in the journal", 0},
    {"key", OPTION_KEY, "KEY", 0, "idempotency key; default derived from all that the plan says", 0},
    {0},
};

const struct command plan_command = {
    .name = "plan",
    .group = GROUP_MONEY,
    .summary = "record the action plan that vigilance asks of a network",
    .arguments = "NETWORK",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "network",
    .options = options,
    .help =
        "Above 101 % of its care budget a network is asked for an action plan (elpctl budget NETWORK shows those that "
        "were recorded). It is received and begins in its year at the earliest. A later plan stands beside an earlier "
        "one; no "
        "money moves.\n\n"
        "Example:\n"
        "  elpctl plan A01 --year 2026 --from 2026-10-05 --to 2026-12-31 --reason \"fewer intakes\"",
    .run = run,
};
