#include <string.h>

#include "elp/v1/money.pb-c.h"
#include "services/ctl/command_table.h"
#include "services/ctl/judged.h"
#include "services/ctl/judged_key.h"
#include "services/ctl/month_text.h"

/*
 * payment confirm, payment insurers: what the collecting institution tells of money that moved (rulebook B7). Intake
 * records it, the ledger judges it.
 */

static int read_month(const char *text, uint32_t *ret) {
    uint32_t month = month_of_text(text);
    if (month == 0) {
        return ctl_fail(CTL_USAGE, "\"%.40s\" is no month: write YYYY-MM", text);
    }
    *ret = month;
    return CTL_DONE;
}

/* --paid-on, or the cell's day; and --reason. */
static int read_day_and_reason(struct ctl *ctl, char day[CELL_DAY_BYTES], char **ret_day, char **ret_reason) {
    if (ctl_option(ctl, OPTION_REASON) == NULL) {
        return ctl_fail(CTL_USAGE, "--reason is needed, such as your bank's reference: it stands in the journal");
    }
    *ret_reason = ctl_option_text(ctl, OPTION_REASON);
    *ret_day = ctl_option_text(ctl, OPTION_PAID_ON);
    if ((*ret_day)[0] != '\0') {
        return CTL_DONE;
    }
    *ret_day = day;
    return cell_day(ctl, day);
}

static int run_confirm(struct ctl *ctl) {
    Elp__V1__ConfirmPayment request = ELP__V1__CONFIRM_PAYMENT__INIT;
    char day[CELL_DAY_BYTES];
    bool done;
    int code = read_month(ctl_argument(ctl, 2), &request.month);
    if (code == CTL_DONE) {
        code = ctl_amount(ctl_argument(ctl, 3), "AMOUNT", &request.cents);
    }
    if (code == CTL_DONE) {
        code = read_day_and_reason(ctl, day, &request.paid_on, &request.reason);
    }
    if (code != CTL_DONE) {
        return code;
    }
    request.network = (char *)ctl_argument(ctl, 0);
    request.payee = (char *)ctl_argument(ctl, 1);
    const struct judged_request judged = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CONFIRM_PAYMENT, &request.base, NULL};
    return judged_command(ctl, &judged, CELL_LEDGER, &done);
}

static int run_insurers_paid(struct ctl *ctl) {
    Elp__V1__InsurersPaid request = ELP__V1__INSURERS_PAID__INIT;
    char day[CELL_DAY_BYTES];
    bool done;
    int code = read_month(ctl_argument(ctl, 1), &request.month);
    if (code == CTL_DONE) {
        code = read_day_and_reason(ctl, day, &request.paid_on, &request.reason);
    }
    if (code != CTL_DONE) {
        return code;
    }
    request.network = (char *)ctl_argument(ctl, 0);
    const struct judged_request judged = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_INSURERS_PAID, &request.base, NULL};
    return judged_command(ctl, &judged, CELL_LEDGER, &done);
}

static const struct argp_option options[] = {
    {"paid-on", OPTION_PAID_ON, "DATE", 0, "day of the payment; default the cell's day", 0},
    {"reason", OPTION_REASON, "TEXT", 0, "reference of the payment; it stands in the journal", 0},
    {0},
};

const struct command payment_confirm_command = {
    .name = "payment confirm",
    .group = GROUP_MONEY,
    .summary = "tell that an order was paid, whole",
    .arguments = "NETWORK PAYEE YYYY-MM AMOUNT",
    .arguments_min = 4,
    .arguments_max = 4,
    .as = "collecting-institution",
    .options = options,
    .help =
        "The month is that of the order (elpctl payments). AMOUNT is what was paid: another one than the order's is "
        "refused, with the order's. A second confirmation is refused as already-paid.\n\n"
        "Example:\n"
        "  elpctl payment confirm A01 P1 2026-05 221.18 --paid-on 2026-06-03 --reason \"statement 114\"",
    .run = run_confirm,
};

const struct command payment_insurers_command = {
    .name = "payment insurers",
    .group = GROUP_MONEY,
    .summary = "convention of 2019: the insurers paid a network's list of a month",
    .arguments = "NETWORK YYYY-MM",
    .arguments_min = 2,
    .arguments_max = 2,
    .as = "collecting-institution",
    .options = options,
    .help = "Sessions of 2019 are paid for 90 % with the orders of the month after their list, the month in which they "
            "were attested, and for the rest with those of the month after the insurers paid that list.\n\n"
            "Example:\n"
            "  elpctl payment insurers A01 2019-05 --paid-on 2019-07-10 --reason \"statement 88\"",
    .run = run_insurers_paid,
};
