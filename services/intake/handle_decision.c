#include <stdio.h>
#include <string.h>

#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"
#include "services/intake/judged_record.h"
#include "services/intake/persons.h"

/*
 * IndexTariffs and Decide: intake checks shape and references, records, and names the daemon that judges. Whether an
 * index comes twice (T6) or a decision has room (B1) is that daemon's answer to the record. Under an idempotency key a
 * request is recorded once, however often it is sent.
 */

#define YEAR_MIN 2019
#define YEAR_MAX 2099
#define INDEX_BASIS_POINTS_MIN (-5000)
#define INDEX_BASIS_POINTS_MAX 10000
#define DECIDED_ATTESTATIONS_MAX 1000

#define REMEDY "correct the field and send the request again"

static bool year_fits(uint32_t year) {
    return year >= YEAR_MIN && year <= YEAR_MAX;
}

/* --- indexations -------------------------------------------------------------------------------------------------- */

int handle_index_tariffs(void *state, struct request *request, const void *message, struct reply *reply) {
    struct intake_core *core = state;
    Elp__V1__IndexTariffs index = *(const Elp__V1__IndexTariffs *)message;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    struct judged_record judged = {&index.base, index.key, KEY_INDEX, "rating"};
    bool answered = false;
    int failure = 0;
    if (intake_refuses_busy(core, reply, &failure)) {
        return failure;
    }
    index.base.n_unknown_fields = 0;
    failure = judged_answer_by_key(core, request, &judged, reply, &answered);
    if (failure < 0 || answered) {
        return failure;
    }
    if (books_find(&core->books, index.convention) == NULL) {
        return reply_refuse(reply, "not-found", "convention", "no book of this convention is loaded",
                            "load its book first, or correct the convention");
    }
    if (!year_fits(index.year)) {
        return reply_refuse(reply, "malformed", "year", "year must be from 2019 to 2099", REMEDY);
    }
    if (index.basis_points < INDEX_BASIS_POINTS_MIN || index.basis_points > INDEX_BASIS_POINTS_MAX) {
        return reply_refuse(reply, "malformed", "basis_points",
                            "an index must be from -50 % to 100 %, in basis points: 172 is 1.72 %", REMEDY);
    }
    if (index.source[0] == '\0' || !wire_text_valid(index.source, WIRE_TEXT_BYTES_MAX) ||
        text_names_a_person(index.source)) {
        return reply_refuse(reply, "malformed", "source",
                            "source must say in 1 to 256 bytes, and without national numbers, where the percentage is "
                            "published",
                            REMEDY);
    }
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_INDEX;
    record.index = &index;
    return judged_append(core, request, &judged, &record, reply);
}

/* --- decisions ---------------------------------------------------------------------------------------------------- */

/* What is wrong with a decision; field NULL: nothing. */
struct fault {
    const char *field;
    const char *reason;
};

static bool is_kind(const Elp__V1__Decide *decide, Elp__V1__DecisionKind kind) {
    return decide->kind == kind;
}

/*
 * A raise has an amount and may name an envelope, a reduction has an amount; the others have neither. A carry has a later
 * year.
 */
static struct fault check_amounts(const Elp__V1__Decide *decide) {
    bool raise = is_kind(decide, ELP__V1__DECISION_KIND__DECISION_KIND_RAISE);
    bool reduction = is_kind(decide, ELP__V1__DECISION_KIND__DECISION_KIND_REDUCTION);
    bool carry = is_kind(decide, ELP__V1__DECISION_KIND__DECISION_KIND_CARRY);
    if ((raise || reduction) && (decide->cents < 1 || decide->cents > MONEY_INPUT_CENTS_MAX)) {
        return (struct fault){"cents", "a raise or reduction must have an amount from 0.01 to 10,000,000,000.00"};
    }
    if (!raise && !reduction && decide->cents != 0) {
        return (struct fault){"cents", "only a raise or reduction has an amount"};
    }
    if (decide->envelope != ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_UNSPECIFIED &&
        (!raise || !wire_enum_known(&elp__v1__budget_envelope__descriptor, (int)decide->envelope))) {
        return (struct fault){"envelope", "only a raise has an envelope, one of those of a budget"};
    }
    if (carry && (!year_fits(decide->to_year) || decide->to_year <= decide->year)) {
        return (struct fault){"to_year", "an amount must be carried into a later year, at most 2099"};
    }
    if (!carry && decide->to_year != 0) {
        return (struct fault){"to_year", "only a carry has a year to carry into"};
    }
    if ((raise || reduction) && decide->n_attestations != 0) {
        return (struct fault){"attestations", "a raise or reduction names no attestations"};
    }
    return (struct fault){0};
}

static struct fault check_decision(const struct intake_core *core, const Elp__V1__Decide *decide) {
    struct date decided_on;
    if (!wire_enum_known(&elp__v1__decision_kind__descriptor, (int)decide->kind)) {
        return (struct fault){"kind", "kind must be raise, carry, write-off, release or reduction"};
    }
    if (registry_network(&core->registry, decide->network) == NULL) {
        return (struct fault){"network", "no network has this code"};
    }
    if (!year_fits(decide->year)) {
        return (struct fault){"year", "year must be a budget year from 2019 to 2099"};
    }
    if (!date_parse(decide->decided_on, &decided_on)) {
        return (struct fault){"decided_on", "decided_on must be a day that exists, written YYYY-MM-DD"};
    }
    if (date_compare(decided_on, brussels_date(core->clock.at)) > 0) {
        return (struct fault){"decided_on", "decided_on must not lie in the future"};
    }
    if (decide->reason[0] == '\0' || !wire_text_valid(decide->reason, WIRE_TEXT_BYTES_MAX) ||
        text_names_a_person(decide->reason)) {
        return (struct fault){"reason", "a decision must give a reason of 1 to 256 bytes without national numbers"};
    }
    if (decide->n_attestations > DECIDED_ATTESTATIONS_MAX) {
        return (struct fault){"attestations", "a decision must name at most 1,000 attestations; none means all"};
    }
    for (size_t i = 0; i < decide->n_attestations; i++) {
        if (decide->attestations[i] < 1 || decide->attestations[i] > core->context.journal->head) {
            return (struct fault){"attestations", "one of the numbers is that of no record"};
        }
    }
    return check_amounts(decide);
}

int handle_decide(void *state, struct request *request, const void *message, struct reply *reply) {
    struct intake_core *core = state;
    Elp__V1__Decide decide = *(const Elp__V1__Decide *)message;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    struct judged_record judged = {&decide.base, decide.key, KEY_DECISION, "ledger"};
    bool answered = false;
    int failure = 0;
    if (intake_refuses_busy(core, reply, &failure)) {
        return failure;
    }
    decide.base.n_unknown_fields = 0;
    failure = judged_answer_by_key(core, request, &judged, reply, &answered);
    if (failure < 0 || answered) {
        return failure;
    }
    struct fault fault = check_decision(core, &decide);
    if (fault.field != NULL) {
        return reply_refuse(reply, "malformed", fault.field, fault.reason, REMEDY);
    }
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_DECISION;
    record.decision = &decide;
    return judged_append(core, request, &judged, &record, reply);
}
