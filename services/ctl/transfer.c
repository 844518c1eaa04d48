#include <stdio.h>
#include <string.h>

#include "common/budget_envelope.h"
#include "elp/v1/money.pb-c.h"
#include "services/ctl/command_table.h"
#include "services/ctl/judged.h"
#include "services/ctl/judged_key.h"
#include "services/ctl/message_field.h"

/* transfer: moves budget between two envelopes of a network and year (rulebook B10). Intake records it, the ledger judges it. */

static int read_envelope(const struct ctl *ctl, enum option_key key, const char *name, Elp__V1__BudgetEnvelope *ret) {
    char choices[256];
    const char *text = ctl_option(ctl, key);
    Elp__V1__BudgetEnvelope envelope =
        text != NULL ? budget_envelope_of_word(text) : ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_UNSPECIFIED;
    if (envelope == ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_UNSPECIFIED) {
        return ctl_fail(CTL_USAGE, "%s names an envelope: %s", name,
                        field_enum_choices(&elp__v1__budget_envelope__descriptor, choices, sizeof choices));
    }
    *ret = envelope;
    return CTL_DONE;
}

static int read_request(const struct ctl *ctl, Elp__V1__Transfer *request) {
    int64_t year = 0;
    int code = ctl_option_whole(ctl, OPTION_YEAR, "--year", 2019, 2099, &year);
    if (code == CTL_DONE && (year == 0 || ctl_option(ctl, OPTION_REASON) == NULL)) {
        code = ctl_fail(CTL_USAGE, "--year and --reason are needed");
    }
    if (code == CTL_DONE) {
        code = ctl_amount(ctl_argument(ctl, 1), "AMOUNT", &request->cents);
    }
    if (code == CTL_DONE) {
        code = read_envelope(ctl, OPTION_FROM, "--from", &request->from);
    }
    if (code == CTL_DONE) {
        code = read_envelope(ctl, OPTION_TO, "--to", &request->to);
    }
    request->network = (char *)ctl_argument(ctl, 0);
    request->year = (uint32_t)year;
    request->reason = ctl_option_text(ctl, OPTION_REASON);
    return code;
}

static int run(struct ctl *ctl) {
    Elp__V1__Transfer request = ELP__V1__TRANSFER__INIT;
    struct judged_key key;
    char day[CELL_DAY_BYTES];
    char again[128];
    bool done;
    int code = read_request(ctl, &request);
    if (code == CTL_DONE) {
        code = cell_day(ctl, day);
    }
    if (code == CTL_DONE) {
        code = judged_key_of(ctl, "transfer", &request.base, day, &key);
    }
    if (code != CTL_DONE) {
        return code;
    }
    request.key = (ProtobufCBinaryData){strlen(key.text), (uint8_t *)key.text};
    (void)snprintf(again, sizeof again, "--key %s", key.text);
    const struct judged_request judged = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TRANSFER, &request.base, again};
    return judged_command(ctl, &judged, CELL_LEDGER, &done);
}

static const struct argp_option options[] = {
    {"year", OPTION_YEAR, "YEAR", 0, "budget year", 0},
    {"from", OPTION_FROM, "ENVELOPE", 0, "whose unspent budget", 0},
    {"to", OPTION_TO, "ENVELOPE", 0, "which envelope gets it", 0},
    {"reason", OPTION_REASON, "TEXT", 0, "why; it stands in the journal", 0},
    {"key", OPTION_KEY, "KEY", 0, "idempotency key; default derived from all that the transfer says and the day", 0},
    {0},
};

const struct command transfer_command = {
    .name = "transfer",
    .group = GROUP_MONEY,
    .summary = "move budget between two envelopes of a network",
    .arguments = "NETWORK AMOUNT",
    .arguments_min = 2,
    .arguments_max = 2,
    .as = "authority",
    .options = options,
    .help =
        "Inside care, or between the two lump sums of 2019; at most what --from has not spent, else it is refused with "
        "the largest possible amount. The same transfer of the same day is recorded once: one that is meant to "
        "happen once more needs a --key of its own.\n\n"
        "Example:\n"
        "  elpctl transfer A01 2500.00 --year 2026 --from care.base --to mission.art8 --reason \"committee of 12 May\"",
    .run = run,
};
