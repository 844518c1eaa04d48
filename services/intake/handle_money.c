#include <string.h>

#include "common/calendar.h"
#include "common/money.h"
#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"

/*
 * The commands of money.proto: intake checks shape and references and records; the ledger judges. Each kind is a check
 * and a handler; record_command does what they share.
 */

#define YEAR_MIN 2019
#define YEAR_MAX 2099

#define REMEDY "correct the field and send the request again"

/* What is wrong with a command; field NULL: nothing. */
struct fault {
    const char *field;
    const char *reason;
};

static struct fault check_year(uint32_t year) {
    if (year < YEAR_MIN || year > YEAR_MAX) {
        return (struct fault){"year", "year is a budget year from 2019 to 2099"};
    }
    return (struct fault){0};
}

static struct fault check_reason(const char *reason) {
    if (reason[0] == '\0' || !wire_text_valid(reason, WIRE_TEXT_BYTES_MAX)) {
        return (struct fault){"reason", "a command about money gives a reason of 1 to 256 bytes"};
    }
    return (struct fault){0};
}

static bool amount_fits(int64_t cents, int64_t min) {
    return cents >= min && cents <= MONEY_INPUT_CENTS_MAX;
}

/* The first fault of a list of checks; the list ends with the first that has none after it. */
static struct fault first_of(struct fault a, struct fault b) {
    return a.field != NULL ? a : b;
}

/* Records the command, whose body the caller has set, or refuses it for a fault or for want of room. */
static int record_command(struct intake_core *core, const struct request *request, Elp__V1__IntakeRecord *record,
                          struct fault fault, struct reply *reply) {
    Elp__V1__Recorded recorded = ELP__V1__RECORDED__INIT;
    int failure = 0;
    if (intake_refuses_busy(core, reply, &failure)) {
        return failure;
    }
    if (fault.field != NULL) {
        return reply_refuse(reply, "malformed", fault.field, fault.reason, REMEDY);
    }
    failure = intake_append(core, request->txn, record, request->principal->name.text, &recorded.number);
    if (failure < 0) {
        return failure;
    }
    recorded.judge = (char *)"ledger";
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RECORDED, &recorded.base);
}

static struct fault check_close_year(const Elp__V1__CloseYear *command) {
    struct fault fault = first_of(check_year(command->year), check_reason(command->reason));
    if (fault.field == NULL && !amount_fits(command->other_care_budget_cents, 0)) {
        fault = (struct fault){"other_care_budget_cents", "the care budget of other cells is not below 0.00"};
    }
    if (fault.field == NULL && !amount_fits(command->other_care_spent_cents, 0)) {
        fault = (struct fault){"other_care_spent_cents", "what other cells spent is not below 0.00"};
    }
    return fault;
}

int handle_close_year(void *state, struct request *request, const void *message, struct reply *reply) {
    Elp__V1__CloseYear command = *(const Elp__V1__CloseYear *)message;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    command.base.n_unknown_fields = 0;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_CLOSE_YEAR;
    record.close_year = &command;
    return record_command(state, request, &record, check_close_year(&command), reply);
}
