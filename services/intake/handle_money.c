#include <string.h>

#include "common/calendar.h"
#include "common/money.h"
#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"
#include "services/intake/judged_record.h"
#include "services/intake/persons.h"

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
    if (reason[0] == '\0' || !wire_text_valid(reason, WIRE_TEXT_BYTES_MAX) || text_names_a_person(reason)) {
        return (struct fault){"reason",
                              "a command about money gives a reason of 1 to 256 bytes without national numbers"};
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

/* A command about to be recorded. */
struct money_command {
    Elp__V1__IntakeRecord *record; /* whose body is set */
    const ProtobufCMessage *message;
    ProtobufCBinaryData key; /* empty: the command has none */
    struct fault fault;
};

/* Records the command, or refuses it for a fault or for want of room; a key that was used before gets its first answer. */
static int record_command(struct intake_core *core, struct request *request, const struct money_command *command,
                          struct reply *reply) {
    const struct judged_record judged = {command->message, command->key, KEY_MONEY, "ledger"};
    int failure = 0;
    bool answered = false;
    if (intake_refuses_busy(core, reply, &failure)) {
        return failure;
    }
    failure = judged_answer_by_key(core, request, &judged, reply, &answered);
    if (failure < 0 || answered) {
        return failure;
    }
    if (command->fault.field != NULL) {
        return reply_refuse(reply, "malformed", command->fault.field, command->fault.reason, REMEDY);
    }
    return judged_append(core, request, &judged, command->record, reply);
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
    const struct money_command recorded = {&record, &command.base, {0}, check_close_year(&command)};
    return record_command(state, request, &recorded, reply);
}

/* --- operating costs (rulebook B6) -------------------------------------------------------------------------------- */

#define CODE_DIGITS 6
#define REFERENCE_BYTES_MAX 64

static struct fault check_network(const struct intake_core *core, const char *network) {
    if (registry_network(&core->registry, network) == NULL) {
        return (struct fault){"network", "no network has this code"};
    }
    return (struct fault){0};
}

static bool outside_scope(const struct request *request, const char *network) {
    return network[0] != '\0' && !principal_sees_network(request->principal, network);
}

static int refuse_scope(struct reply *reply) {
    return reply_refuse(reply, "denied", "network", "that network is outside your scope",
                        "send commands for your own networks");
}

static struct fault check_claim_amounts(const Elp__V1__ClaimCost *command) {
    if (!amount_fits(command->cents, 1)) {
        return (struct fault){"cents", "a cost is from 0.01 to 10,000,000,000.00"};
    }
    if (!amount_fits(command->real_cents, 0)) {
        return (struct fault){"real_cents", "real costs are not below 0.00"};
    }
    if (strlen(command->code) != CODE_DIGITS || strspn(command->code, "0123456789") != CODE_DIGITS) {
        return (struct fault){"code", "a pseudo-code has six digits"};
    }
    return (struct fault){0};
}

static struct fault check_claim(const struct intake_core *core, const Elp__V1__ClaimCost *command) {
    struct fault fault = check_network(core, command->network);
    fault = first_of(fault, check_year(command->year));
    fault = first_of(fault, check_claim_amounts(command));
    fault = first_of(fault, check_reason(command->reason));
    if (fault.field == NULL &&
        (command->reference[0] == '\0' || strlen(command->reference) > REFERENCE_BYTES_MAX ||
         !wire_text_valid(command->reference, REFERENCE_BYTES_MAX) || text_names_a_person(command->reference))) {
        fault = (struct fault){
            "reference", "reference is your own, 1 to 64 bytes without national numbers, once per network and year"};
    }
    bool known = command->person[0] == '\0' || registry_find(&core->registry, FACT_PAYEE, command->person) != NULL;
    if (fault.field == NULL && (!known || (command->partnership && command->person[0] == '\0'))) {
        fault = (struct fault){"person", "person is a payee of the registry, needed for partnership time"};
    }
    return fault;
}

int handle_claim_cost(void *state, struct request *request, const void *message, struct reply *reply) {
    Elp__V1__ClaimCost command = *(const Elp__V1__ClaimCost *)message;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    if (outside_scope(request, command.network)) {
        return refuse_scope(reply);
    }
    command.base.n_unknown_fields = 0;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_CLAIM_COST;
    record.claim_cost = &command;
    const struct money_command recorded = {&record, &command.base, {0}, check_claim(state, &command)};
    return record_command(state, request, &recorded, reply);
}

/* The claim's own record says whose it is, and so who may take it back. */
int handle_withdraw_cost(void *state, struct request *request, const void *message, struct reply *reply) {
    struct intake_core *core = state;
    Elp__V1__WithdrawCost command = *(const Elp__V1__WithdrawCost *)message;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    const Elp__V1__IntakeRecord *claim = NULL;
    struct fault fault = check_reason(command.reason);
    if (command.number >= 1 && command.number <= core->context.journal->head) {
        int failure = intake_read(core, request->txn, command.number, request->arena, &claim);
        if (failure < 0) {
            return failure;
        }
    }
    if (claim == NULL || claim->body_case != ELP__V1__INTAKE_RECORD__BODY_CLAIM_COST) {
        fault = first_of((struct fault){"number", "that is the number of no claim of an operating cost"}, fault);
    } else if (outside_scope(request, claim->claim_cost->network)) {
        return refuse_scope(reply);
    }
    command.base.n_unknown_fields = 0;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_WITHDRAW_COST;
    record.withdraw_cost = &command;
    const struct money_command recorded = {&record, &command.base, {0}, fault};
    return record_command(core, request, &recorded, reply);
}

int handle_advance_costs(void *state, struct request *request, const void *message, struct reply *reply) {
    struct intake_core *core = state;
    Elp__V1__AdvanceCosts command = *(const Elp__V1__AdvanceCosts *)message;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    struct fault fault = check_network(core, command.network);
    fault = first_of(fault, check_year(command.year));
    fault = first_of(fault, check_reason(command.reason));
    if (fault.field == NULL && !amount_fits(command.cents, 1)) {
        fault = (struct fault){"cents", "an advance is from 0.01 to 10,000,000,000.00"};
    }
    command.base.n_unknown_fields = 0;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_ADVANCE_COSTS;
    record.advance_costs = &command;
    const struct money_command recorded = {&record, &command.base, command.key, fault};
    return record_command(core, request, &recorded, reply);
}

/* --- payments, transfers, plans (rulebook B2, B7, B10) ------------------------------------------------------------ */

static bool is_month(uint32_t month) {
    return month / 100 >= YEAR_MIN && month / 100 <= YEAR_MAX && month % 100 >= 1 && month % 100 <= 12;
}

/* A day that has come. */
static struct fault check_past_day(const struct intake_core *core, const char *field, const char *text) {
    struct date day;
    if (!date_parse(text, &day) || date_compare(day, brussels_date(core->clock.at)) > 0) {
        return (struct fault){field, "it is a day that exists and has come, written YYYY-MM-DD"};
    }
    return (struct fault){0};
}

int handle_confirm_payment(void *state, struct request *request, const void *message, struct reply *reply) {
    Elp__V1__ConfirmPayment command = *(const Elp__V1__ConfirmPayment *)message;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    const struct intake_core *core = state;
    struct code payee;
    if (outside_scope(request, command.network)) {
        return refuse_scope(reply);
    }
    struct fault fault = check_network(core, command.network);
    if (fault.field == NULL && !code_parse(command.payee, &payee)) {
        fault = (struct fault){"payee", "payee is the code of the order's payee"};
    }
    if (fault.field == NULL && !is_month(command.month)) {
        fault = (struct fault){"month", "month is that of the order, written YYYYMM"};
    }
    if (fault.field == NULL && !amount_fits(command.cents, 1)) {
        fault = (struct fault){"cents", "an order is paid with its amount, from 0.01 on"};
    }
    fault = first_of(fault, check_past_day(core, "paid_on", command.paid_on));
    fault = first_of(fault, check_reason(command.reason));
    command.base.n_unknown_fields = 0;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_CONFIRM_PAYMENT;
    record.confirm_payment = &command;
    const struct money_command recorded = {&record, &command.base, {0}, fault};
    return record_command(state, request, &recorded, reply);
}

int handle_insurers_paid(void *state, struct request *request, const void *message, struct reply *reply) {
    Elp__V1__InsurersPaid command = *(const Elp__V1__InsurersPaid *)message;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    const struct intake_core *core = state;
    if (outside_scope(request, command.network)) {
        return refuse_scope(reply);
    }
    struct fault fault = check_network(core, command.network);
    if (fault.field == NULL && !is_month(command.month)) {
        fault = (struct fault){"month", "month is that of the list, written YYYYMM"};
    }
    fault = first_of(fault, check_past_day(core, "paid_on", command.paid_on));
    fault = first_of(fault, check_reason(command.reason));
    command.base.n_unknown_fields = 0;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_INSURERS_PAID;
    record.insurers_paid = &command;
    const struct money_command recorded = {&record, &command.base, {0}, fault};
    return record_command(state, request, &recorded, reply);
}

static struct fault check_envelopes(const Elp__V1__Transfer *command) {
    const int from = (int)command->from;
    const int to = (int)command->to;
    if (from == 0 || !wire_enum_known(&elp__v1__budget_envelope__descriptor, from)) {
        return (struct fault){"from", "from is an envelope of a budget"};
    }
    if (to == 0 || to == from || !wire_enum_known(&elp__v1__budget_envelope__descriptor, to)) {
        return (struct fault){"to", "to is another envelope of a budget"};
    }
    return (struct fault){0};
}

int handle_transfer(void *state, struct request *request, const void *message, struct reply *reply) {
    Elp__V1__Transfer command = *(const Elp__V1__Transfer *)message;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    struct fault fault = check_network(state, command.network);
    fault = first_of(fault, check_year(command.year));
    fault = first_of(fault, check_envelopes(&command));
    if (fault.field == NULL && !amount_fits(command.cents, 1)) {
        fault = (struct fault){"cents", "a transfer is from 0.01 to 10,000,000,000.00"};
    }
    fault = first_of(fault, check_reason(command.reason));
    command.base.n_unknown_fields = 0;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_TRANSFER;
    record.transfer = &command;
    const struct money_command recorded = {&record, &command.base, command.key, fault};
    return record_command(state, request, &recorded, reply);
}

int handle_record_plan(void *state, struct request *request, const void *message, struct reply *reply) {
    Elp__V1__RecordPlan command = *(const Elp__V1__RecordPlan *)message;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    struct date from;
    struct date until;
    if (outside_scope(request, command.network)) {
        return refuse_scope(reply);
    }
    struct fault fault = check_network(state, command.network);
    fault = first_of(fault, check_year(command.year));
    fault = first_of(fault, check_past_day(state, "received_on", command.received_on));
    if (fault.field == NULL &&
        (!date_parse(command.from, &from) || !date_parse(command.until, &until) || date_compare(from, until) > 0)) {
        fault = (struct fault){"until", "from and until are days that exist, in their order"};
    }
    fault = first_of(fault, check_reason(command.reason));
    command.base.n_unknown_fields = 0;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_RECORD_PLAN;
    record.record_plan = &command;
    const struct money_command recorded = {&record, &command.base, command.key, fault};
    return record_command(state, request, &recorded, reply);
}
