#include <stdio.h>
#include <string.h>

#include "common/attestation.h"
#include "common/budget_envelope.h"
#include "common/money.h"
#include "elp/v1/intake.pb-c.h"
#include "services/ctl/command_table.h"
#include "services/ctl/judged.h"
#include "services/ctl/judged_key.h"
#include "services/ctl/message_field.h"

/*
 * decide: what happens to the amounts of a network that are suspended (rulebook B1), and reductions after a close (B3).
 * Intake records it, the ledger judges it.
 */

#define NUMBERS_MAX CTL_OPTIONS_MAX

/* "--attestation ID" as often as it was given, as record numbers. */
static int read_attestations(const struct ctl *ctl, Elp__V1__Decide *request, uint64_t numbers[NUMBERS_MAX]) {
    request->attestations = numbers;
    for (int i = 0; i < ctl->option_count; i++) {
        char epoch[17];
        int64_t number;
        if (ctl->options[i].key != OPTION_ATTESTATION) {
            continue;
        }
        const char *text = ctl->options[i].value;
        if (!attestation_id_parse(text, epoch, &numbers[request->n_attestations])) {
            int code = ctl_whole(text, "--attestation", 1, INT64_MAX / 10, &number);
            if (code != CTL_DONE) {
                return code;
            }
            numbers[request->n_attestations] = (uint64_t)number;
        }
        request->n_attestations++;
    }
    return CTL_DONE;
}

static int read_amount(const struct ctl *ctl, const char *kind, Elp__V1__Decide *request) {
    const char *amount = ctl_option(ctl, OPTION_AMOUNT);
    struct money money;
    if (!amount || !money_parse(amount, &money)) {
        return ctl_fail(CTL_USAGE, "%s needs --amount, euro with two decimals: --amount 100.00", kind);
    }
    request->cents = money_cents(money);
    return CTL_DONE;
}

static int read_raise(const struct ctl *ctl, Elp__V1__Decide *request) {
    const char *envelope = ctl_option(ctl, OPTION_ENVELOPE);
    char choices[256];
    int code = read_amount(ctl, "raise", request);
    if (code != CTL_DONE) {
        return code;
    }
    request->envelope =
        envelope ? budget_envelope_of_word(envelope) : ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_UNSPECIFIED;
    if (envelope && request->envelope == ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_UNSPECIFIED) {
        return ctl_fail(CTL_USAGE, "--envelope \"%.40s\" is none: %s", envelope,
                        field_enum_choices(&elp__v1__budget_envelope__descriptor, choices, sizeof choices));
    }
    return CTL_DONE;
}

static int read_request(struct ctl *ctl, Elp__V1__Decide *request) {
    const char *network = ctl_option(ctl, OPTION_NETWORK);
    const char *reason = ctl_option(ctl, OPTION_REASON);
    int64_t year = 0;
    int64_t to_year = 0;
    request->kind = (Elp__V1__DecisionKind)field_enum_value(&elp__v1__decision_kind__descriptor, ctl_argument(ctl, 0));
    if (request->kind == ELP__V1__DECISION_KIND__DECISION_KIND_UNSPECIFIED) {
        return ctl_fail(CTL_USAGE, "\"%.40s\" is no decision: raise, carry, write-off, release or reduction",
                        ctl_argument(ctl, 0));
    }
    int code = ctl_option_whole(ctl, OPTION_YEAR, "--year", 2019, 2199, &year);
    if (code == CTL_DONE) {
        code = ctl_option_whole(ctl, OPTION_TO_YEAR, "--to-year", 2019, 2199, &to_year);
    }
    if (code != CTL_DONE) {
        return code;
    }
    if (!network || !reason || year == 0) {
        return ctl_fail(CTL_USAGE, "--network, --year and --reason are needed");
    }
    bool carry = request->kind == ELP__V1__DECISION_KIND__DECISION_KIND_CARRY;
    if (carry != (to_year != 0)) {
        return ctl_fail(CTL_USAGE, carry ? "carry needs --to-year" : "--to-year goes with carry only");
    }
    request->network = (char *)network;
    request->reason = (char *)reason;
    request->year = (uint32_t)year;
    request->to_year = (uint32_t)to_year;
    request->decided_on = ctl_option_text(ctl, OPTION_DECIDED_ON);
    switch ((int)request->kind) {
    case ELP__V1__DECISION_KIND__DECISION_KIND_RAISE:
        return read_raise(ctl, request);
    case ELP__V1__DECISION_KIND__DECISION_KIND_REDUCTION:
        return read_amount(ctl, "reduction", request);
    default:
        return CTL_DONE;
    }
}

static int send_decision(struct ctl *ctl, Elp__V1__Decide *request) {
    struct judged_key key;
    char again[128];
    bool done;
    int code = judged_key_of(ctl, "decide", &request->base, "", &key);
    if (code != CTL_DONE) {
        return code;
    }
    request->key = (ProtobufCBinaryData){strlen(key.text), (uint8_t *)key.text};
    (void)snprintf(again, sizeof again, "--decided-on %.10s --key %s", request->decided_on, key.text);
    const struct judged_request judged = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_DECIDE, &request->base, again};
    return judged_command(ctl, &judged, CELL_LEDGER, &done);
}

static int run(struct ctl *ctl) {
    Elp__V1__Decide request = ELP__V1__DECIDE__INIT;
    uint64_t numbers[NUMBERS_MAX];
    char date[CELL_DAY_BYTES];
    int code = read_request(ctl, &request);
    if (code == CTL_DONE) {
        code = read_attestations(ctl, &request, numbers);
    }
    if (code == CTL_DONE && request.decided_on[0] == 0) {
        code = cell_day(ctl, date);
        request.decided_on = date;
    }
    return code == CTL_DONE ? send_decision(ctl, &request) : code;
}

static const struct argp_option options[] = {
    {"network", OPTION_NETWORK, "CODE", 0, "whose suspended amounts", 0},
    {"year", OPTION_YEAR, "YEAR", 0, "of which budget year; reduction: the closed one", 0},
    {"to-year", OPTION_TO_YEAR, "YEAR", 0, "carry: the later year that pays", 0},
    {"amount", OPTION_AMOUNT, "EURO", 0, "raise, reduction: by how much", 0},
    {"envelope", OPTION_ENVELOPE, "WORD", 0, "raise: which envelope; default care.base", 0},
    {"attestation", OPTION_ATTESTATION, "ID", 0, "only this one, may be repeated; default all suspended, oldest first",
     0},
    {"decided-on", OPTION_DECIDED_ON, "DATE", 0, "day of the decision; default the cell's day", 0},
    {"reason", OPTION_REASON, "TEXT", 0, "why; it stands in the journal", 0},
    {"key", OPTION_KEY, "KEY", 0, "idempotency key; default derived from all that the decision says", 0},
    {0},
};

const struct command decide_command = {
    .name = "decide",
    .group = GROUP_MONEY,
    .summary = "decide on suspended amounts, or on a reduction after a close",
    .arguments = "raise|carry|write-off|release|reduction",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "authority",
    .options = options,
    .help =
        "What is beyond a network's budget of the year is suspended until a decision: raise adds to the budget "
        "and pays what then fits, carry lets a later year pay, write-off gives the amounts up, release pays "
        "where there is room again inside the year. reduction lowers next year's care.base of a network that "
        "closed YEAR critical (elpctl close YEAR --show). Waits for the ledger's judgement; a refusal names code, "
        "article and, where an amount is too large, the largest possible one.\n\n"
        "The same decision of the same day is recorded once, however often it is sent: a second run prints the first "
        "outcome again. One that is meant to happen once more needs a --key of its own. Where the ledger does not "
        "answer, the number of the record is printed: elpctl outcome NUMBER asks again.\n\n"
        "Examples:\n"
        "  elpctl decide raise --network C01 --year 2026 --amount 100.00 --reason \"committee of 12 May\"\n"
        "  elpctl decide carry --network C01 --year 2026 --to-year 2027 --reason \"committee of 12 May\"",
    .run = run,
};
