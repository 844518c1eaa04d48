#include <stdio.h>
#include <string.h>

#include "elp/v1/money.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/judged.h"
#include "services/ctl/judged_key.h"

/* cost claim, cost withdraw, cost advance: operating costs of a network (rulebook B6). Intake records, the ledger judges. */

static int read_year_and_reason(const struct ctl *ctl, uint32_t *ret_year, char **ret_reason) {
    int64_t year = 0;
    int code = ctl_option_whole(ctl, OPTION_YEAR, "--year", 2019, 2099, &year);
    if (code == CTL_DONE && (year == 0 || ctl_option(ctl, OPTION_REASON) == NULL)) {
        code = ctl_fail(CTL_USAGE, "--year and --reason are needed");
    }
    *ret_year = (uint32_t)year;
    *ret_reason = ctl_option_text(ctl, OPTION_REASON);
    return code;
}

static int run_claim(struct ctl *ctl) {
    Elp__V1__ClaimCost request = ELP__V1__CLAIM_COST__INIT;
    bool done;
    int code = read_year_and_reason(ctl, &request.year, &request.reason);
    if (code == CTL_DONE) {
        code = ctl_amount(ctl_argument(ctl, 2), "AMOUNT", &request.cents);
    }
    if (code == CTL_DONE) {
        code = ctl_option_amount(ctl, OPTION_REAL, "--real", &request.real_cents);
    }
    if (code == CTL_DONE && ctl_option(ctl, OPTION_REFERENCE) == NULL) {
        code = ctl_fail(CTL_USAGE, "--reference is needed: your own, once per network and year");
    }
    if (code != CTL_DONE) {
        return code;
    }
    request.network = (char *)ctl_argument(ctl, 0);
    request.code = (char *)ctl_argument(ctl, 1);
    request.reference = ctl_option_text(ctl, OPTION_REFERENCE);
    request.person = ctl_option_text(ctl, OPTION_PERSON);
    request.partnership = ctl_option(ctl, OPTION_PARTNERSHIP) != NULL;
    request.interest_organisation = ctl_option(ctl, OPTION_INTEREST_ORGANISATION) != NULL;
    const struct judged_request judged = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLAIM_COST, &request.base, NULL};
    return judged_command(ctl, &judged, CELL_LEDGER, &done);
}

static int run_withdraw(struct ctl *ctl) {
    Elp__V1__WithdrawCost request = ELP__V1__WITHDRAW_COST__INIT;
    int64_t number = 0;
    bool done;
    int code = ctl_whole(ctl_argument(ctl, 0), "NUMBER", 1, INT64_MAX / 10, &number);
    if (code == CTL_DONE && ctl_option(ctl, OPTION_REASON) == NULL) {
        code = ctl_fail(CTL_USAGE, "--reason is needed: it stands in the journal");
    }
    if (code != CTL_DONE) {
        return code;
    }
    request.number = (uint64_t)number;
    request.reason = ctl_option_text(ctl, OPTION_REASON);
    const struct judged_request judged = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_WITHDRAW_COST, &request.base, NULL};
    return judged_command(ctl, &judged, CELL_LEDGER, &done);
}

static int run_advance(struct ctl *ctl) {
    Elp__V1__AdvanceCosts request = ELP__V1__ADVANCE_COSTS__INIT;
    struct judged_key key;
    char day[CELL_DAY_BYTES];
    char again[128];
    bool done;
    int code = read_year_and_reason(ctl, &request.year, &request.reason);
    if (code == CTL_DONE) {
        code = ctl_amount(ctl_argument(ctl, 1), "AMOUNT", &request.cents);
    }
    if (code != CTL_DONE) {
        return code;
    }
    request.network = (char *)ctl_argument(ctl, 0);
    code = cell_day(ctl, day);
    if (code == CTL_DONE) {
        code = judged_key_of(ctl, "advance", &request.base, day, &key);
    }
    if (code != CTL_DONE) {
        return code;
    }
    request.key = (ProtobufCBinaryData){strlen(key.text), (uint8_t *)key.text};
    (void)snprintf(again, sizeof again, "--key %s", key.text);
    const struct judged_request judged = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_ADVANCE_COSTS, &request.base, again};
    return judged_command(ctl, &judged, CELL_LEDGER, &done);
}

static const struct argp_option claim_options[] = {
    {"year", OPTION_YEAR, "YEAR", 0, "whose cost it is", 0},
    {"reference", OPTION_REFERENCE, "TEXT", 0, "your own reference, once per network and year", 0},
    {"reason", OPTION_REASON, "TEXT", 0, "what it was for", 0},
    {"partnership", OPTION_PARTNERSHIP, NULL, 0, "pay for time and expertise in a local partnership", 0},
    {"person", OPTION_PERSON, "PAYEE", 0, "who received the pay: the fiscal sheet", 0},
    {"interest-organisation", OPTION_INTEREST_ORGANISATION, NULL, 0, "who represents an interest organisation", 0},
    {"real", OPTION_REAL, "EURO", 0, "793833: the hospital's real costs", 0},
    {0},
};

const struct command cost_claim_command = {
    .name = "cost claim",
    .group = GROUP_MONEY,
    .summary = "claim an operating cost under its pseudo-code",
    .arguments = "NETWORK CODE AMOUNT",
    .arguments_min = 3,
    .arguments_max = 3,
    .as = "collecting-institution",
    .options = claim_options,
    .help =
        "793833 is limited to the lump sum and an amount for each billed session, partnership time to a part of the "
        "operating budget, all of it to the operating budget. Beyond a limit a claim is refused with the largest "
        "possible amount.\n\n"
        "Examples:\n"
        "  elpctl cost claim C01 793855 120.00 --year 2026 --reference 2026-17 --reason \"meeting of 12 May\"\n"
        "  elpctl cost claim C01 793870 90.00 --year 2026 --reference 2026-18 --reason time --partnership --person P1",
    .run = run_claim,
};

static const struct argp_option withdraw_options[] = {
    {"reason", OPTION_REASON, "TEXT", 0, "why; it stands in the journal", 0},
    {0},
};

const struct command cost_withdraw_command = {
    .name = "cost withdraw",
    .group = GROUP_MONEY,
    .summary = "take a claim of an operating cost back",
    .arguments = "NUMBER",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "collecting-institution",
    .options = withdraw_options,
    .help = "NUMBER is the record of the claim (elpctl cost show NETWORK). What was paid is deducted from the next "
            "order.\n\n"
            "Examples:\n"
            "  elpctl cost withdraw 4711 --reason \"claimed twice\"",
    .run = run_withdraw,
};

static const struct argp_option advance_options[] = {
    {"year", OPTION_YEAR, "YEAR", 0, "of which operating budget", 0},
    {"reason", OPTION_REASON, "TEXT", 0, "why; it stands in the journal", 0},
    {"key", OPTION_KEY, "KEY", 0, "idempotency key; default derived from all that the advance says and the day", 0},
    {0},
};

const struct command cost_advance_command = {
    .name = "cost advance",
    .group = GROUP_MONEY,
    .summary = "advance operating costs to a network's hospital",
    .arguments = "NETWORK AMOUNT",
    .arguments_min = 2,
    .arguments_max = 2,
    .as = "authority",
    .options = advance_options,
    .help =
        "Paid with the month's orders and settled as costs are attested; what is left when the settlement is due is "
        "deducted from later orders. The same advance of the same day is recorded once: one that is meant to happen "
        "once more "
        "needs a --key of its own.\n\n"
        "Examples:\n"
        "  elpctl cost advance C01 25000.00 --year 2026 --reason \"first half\"",
    .run = run_advance,
};
