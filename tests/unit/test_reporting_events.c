/*
 * Goal: each record of the three journals gives the events that rulebook §7 lists, with money and codes and nothing
 * about people.
 * Method: records put together by hand go through reporting's core on a real store; its answer is decoded again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/arena.h"
#include "tests/unit/reporting_records.h"

static struct bench bench;
static struct arena arena;

static int open_with_network(void **state) {
    (void)state;
    bench_open(&bench);
    bench_genesis(&bench);
    bench_network(&bench, "N07");
    return arena_open(&arena, 1 << 20);
}

static int close_all(void **state) {
    (void)state;
    arena_close(&arena);
    bench_close(&bench);
    return 0;
}

static void next(struct triple *triple) {
    triple_init(triple, bench.journal.head + 1);
}

/* Applies and returns reporting's record. */
static const Elp__V1__ReportingRecord *answer(const struct triple *triple) {
    bench_apply(&bench, triple);
    arena_reset(&arena);
    const Elp__V1__ReportingRecord *record =
        wire_unpack(&arena, &elp__v1__reporting_record__descriptor, buffer_span(&bench.record));
    assert_non_null(record);
    assert_int_equal(record->number, triple->intake.number);
    for (size_t i = 0; i < record->n_events; i++) {
        assert_int_equal(record->events[i]->index, i);
        assert_int_equal(record->events[i]->number, record->number);
        assert_int_equal(record->events[i]->at_us, triple->intake.at_us);
        assert_true(record->events[i]->simulated);
    }
    return record;
}

static void assert_kinds(const Elp__V1__ReportingRecord *record, size_t count, const char *const *kinds) {
    assert_int_equal(record->n_events, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(record->events[i]->kind, kinds[i]);
    }
}
#define ASSERT_KINDS(record, ...) \
    assert_kinds((record), sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *const[]){__VA_ARGS__})

static void a_session_is_accepted_rated_and_posted_in_this_order(void **state) {
    (void)state;
    struct triple triple;
    next(&triple);
    triple_accepted(&triple, "N07");
    triple_entry(&triple, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SESSION, "expenses:N07:2026:mission.art8",
                 triple.intake.number, 8002);
    const Elp__V1__ReportingRecord *record = answer(&triple);
    ASSERT_KINDS(record, "attestation.accepted", "rated", "posted");
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(record->events[i]->network, "N07");
        assert_int_equal(record->events[i]->attestation_number, triple.intake.number);
    }
    assert_int_equal(record->events[1]->fee_cents, 9102);
    assert_int_equal(record->events[1]->share_cents, 1100);
    assert_int_equal(record->events[1]->cents, 8002);
    assert_true(record->events[1]->provisional);
    assert_int_equal(record->events[2]->cents, 8002);
    assert_int_equal(record->events[2]->year, 2026);
    assert_int_equal(record->events[2]->envelope, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_ART8);
    assert_true(record->events[2]->provisional);
}

static void a_session_whose_share_is_the_whole_fee_is_posted_with_zero(void **state) {
    (void)state;
    struct triple triple;
    next(&triple);
    triple_accepted(&triple, "N07");
    triple_entry(&triple, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SESSION, "expenses:N07:2026:care.base",
                 triple.intake.number, 0);
    Elp__V1__Transaction *transaction = triple.transaction_pointers[0];
    transaction->n_entries = 0; /* as the ledger writes it */
    transaction->network = (char *)"N07";
    transaction->year = 2026;
    transaction->envelope = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE;
    const Elp__V1__ReportingRecord *record = answer(&triple);
    ASSERT_KINDS(record, "attestation.accepted", "rated", "posted");
    assert_string_equal(record->events[2]->network, "N07");
    assert_int_equal(record->events[2]->cents, 0);
    assert_int_equal(record->events[2]->year, 2026);
}

static void a_warning_is_an_event_of_its_own(void **state) {
    (void)state;
    struct triple triple;
    char *warnings[] = {(char *)"volume-exceeded"};
    next(&triple);
    triple_accepted(&triple, "N07");
    triple.accepted.warnings = warnings;
    triple.accepted.n_warnings = 1;
    const Elp__V1__ReportingRecord *record = answer(&triple);
    ASSERT_KINDS(record, "attestation.accepted", "warning.volume-exceeded", "rated");
    assert_int_equal(record->events[1]->n_codes, 1);
    assert_string_equal(record->events[1]->codes[0], "volume-exceeded");
}

static void a_refusal_names_each_code_once_and_has_no_attestation(void **state) {
    (void)state;
    struct triple triple;
    next(&triple);
    triple_refused(&triple, "N07", "not-insured", "not-insured");
    const Elp__V1__ReportingRecord *record = answer(&triple);
    ASSERT_KINDS(record, "attestation.refused");
    assert_int_equal(record->events[0]->n_codes, 1);
    assert_string_equal(record->events[0]->codes[0], "not-insured");
    assert_int_equal(record->events[0]->attestation_number, 0);
}

static void a_refusal_of_an_unknown_network_stands_under_the_dash(void **state) {
    (void)state;
    static const char *const unknown[] = {"", "N99", "all"};
    for (size_t i = 0; i < 3; i++) {
        struct triple triple;
        next(&triple);
        triple_refused(&triple, unknown[i], "malformed", NULL);
        const Elp__V1__ReportingRecord *record = answer(&triple);
        assert_string_equal(record->events[0]->network, "-");
        assert_int_equal(record->events[0]->counter, i + 1);
    }
}

static void a_network_that_calls_itself_all_publishes_to_nobody(void **state) {
    (void)state;
    bench_network(&bench, "all");
    struct triple triple;
    next(&triple);
    triple_accepted(&triple, "all");
    const Elp__V1__ReportingRecord *record = answer(&triple);
    assert_string_equal(record->events[0]->network, "-");
    assert_string_equal(record->events[1]->network, "-");
}

static void a_cancellation_takes_its_amounts_back(void **state) {
    (void)state;
    uint64_t session = bench_session(&bench, "N07");
    struct triple triple;
    next(&triple);
    triple_cancelled(&triple, "N07", session);
    triple_entry(&triple, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_REVERSAL, "expenses:N07:2026:care.base", session,
                 -8002);
    const Elp__V1__ReportingRecord *record = answer(&triple);
    ASSERT_KINDS(record, "attestation.cancelled", "rated", "posted");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(record->events[i]->attestation_number, session);
    }
    assert_int_equal(record->events[1]->fee_cents, -9102);
    assert_int_equal(record->events[1]->share_cents, -1100);
    assert_int_equal(record->events[1]->cents, -8002);
    assert_int_equal(record->events[2]->cents, -8002);
}

static void a_replacement_cancels_and_accepts_in_one_record(void **state) {
    (void)state;
    bench_network(&bench, "N08");
    uint64_t session = bench_session(&bench, "N08");
    struct triple triple;
    next(&triple);
    triple_accepted(&triple, "N07");
    triple_cancelled(&triple, "N08", session);
    const Elp__V1__ReportingRecord *record = answer(&triple);
    ASSERT_KINDS(record, "attestation.cancelled", "attestation.accepted", "rated", "rated");
    assert_string_equal(record->events[0]->network, "N08");
    assert_string_equal(record->events[0]->detail, "replaced");
    assert_int_equal(record->events[0]->attestation_number, session);
    assert_string_equal(record->events[1]->network, "N07");
    assert_string_equal(record->events[2]->network, "N08");
    assert_int_equal(record->events[2]->cents, -8002);
    assert_string_equal(record->events[3]->network, "N07");
    assert_int_equal(record->events[3]->cents, 8002);
}

static void a_release_posts_and_takes_from_suspended(void **state) {
    (void)state;
    struct triple triple;
    next(&triple);
    triple_entry(&triple, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_RELEASE, "expenses:N07:2027:care.base", 3, 8002);
    triple_entry(&triple, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_RELEASE, "suspended:N07:2026", 3, -8002);
    const Elp__V1__ReportingRecord *record = answer(&triple);
    ASSERT_KINDS(record, "posted", "suspended");
    assert_int_equal(record->events[0]->year, 2027);
    assert_int_equal(record->events[0]->cents, 8002);
    assert_int_equal(record->events[1]->year, 2026);
    assert_int_equal(record->events[1]->cents, -8002);
}

static void crossings_ceilings_and_budgets_tell_their_figures(void **state) {
    (void)state;
    struct triple triple;
    Elp__V1__CeilingReached ceiling = ELP__V1__CEILING_REACHED__INIT;
    Elp__V1__CeilingReached *ceilings[] = {&ceiling};
    ceiling.network = (char *)"N07";
    ceiling.year = 2026;
    ceiling.reimbursed_cents = 1046730;
    ceiling.budget_cents = 1050000;
    next(&triple);
    triple_budget(&triple, "N07", 2026, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE, 1000000);
    triple_crossing(&triple, "N07", 10300, true, ELP__V1__ZONE__ZONE_CRITICAL);
    triple.ledger.ceilings = ceilings;
    triple.ledger.n_ceilings = 1;
    const Elp__V1__ReportingRecord *record = answer(&triple);
    ASSERT_KINDS(record, "budget.changed", "threshold.crossed", "ceiling.reached");
    assert_int_equal(record->events[0]->cents, 1000000);
    assert_int_equal(record->events[0]->envelope, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE);
    assert_int_equal(record->events[1]->basis_points, 10300);
    assert_true(record->events[1]->up);
    assert_int_equal(record->events[1]->zone, ELP__V1__ZONE__ZONE_CRITICAL);
    assert_int_equal(record->events[2]->cents, 1050000);
    assert_int_equal(record->events[2]->reimbursed_cents, 1046730);
}

static void a_held_payment_says_what_the_payee_lacks(void **state) {
    (void)state;
    struct triple triple;
    char *missing[] = {(char *)"iban", (char *)"street"};
    Elp__V1__PaymentOrder ordered = ELP__V1__PAYMENT_ORDER__INIT, held = ELP__V1__PAYMENT_ORDER__INIT;
    Elp__V1__PaymentOrder *payments[] = {&ordered, &held};
    ordered.network = held.network = (char *)"N07";
    ordered.payee = (char *)"P1";
    ordered.month = 202605;
    ordered.cents = 22118;
    ordered.state = ELP__V1__PAYMENT_STATE__PAYMENT_STATE_ORDERED;
    held.payee = (char *)"P2";
    held.state = ELP__V1__PAYMENT_STATE__PAYMENT_STATE_HELD;
    held.missing = missing;
    held.n_missing = 2;
    next(&triple);
    triple.ledger.payments = payments;
    triple.ledger.n_payments = 2;
    const Elp__V1__ReportingRecord *record = answer(&triple);
    ASSERT_KINDS(record, "payment.ordered", "payment.held");
    assert_string_equal(record->events[0]->payee, "P1");
    assert_int_equal(record->events[0]->month, 202605);
    assert_int_equal(record->events[0]->cents, 22118);
    assert_string_equal(record->events[1]->detail, "iban,street");
}

static void contracts_and_published_programmes_are_told_and_drafts_are_not(void **state) {
    (void)state;
    struct triple triple;
    Elp__V1__ProviderContract contract = ELP__V1__PROVIDER_CONTRACT__INIT;
    Elp__V1__Programme programme = ELP__V1__PROGRAMME__INIT;
    next(&triple);
    triple_network(&triple, "N07"); /* for the shape of a fact */
    contract.network = programme.network = (char *)"N07";
    contract.code = (char *)"C1";
    triple.fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_PROVIDER_CONTRACT;
    triple.fact.provider_contract = &contract;
    const Elp__V1__ReportingRecord *record = answer(&triple);
    ASSERT_KINDS(record, "contract.recorded");
    assert_string_equal(record->events[0]->detail, "C1");

    next(&triple);
    triple_network(&triple, "N07");
    programme.code = (char *)"G1";
    triple.fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_PROGRAMME;
    triple.fact.programme = &programme;
    assert_int_equal(answer(&triple)->n_events, 0);

    next(&triple);
    triple_network(&triple, "N07");
    programme.published_on = (char *)"2026-01-05";
    triple.fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_PROGRAMME;
    triple.fact.programme = &programme;
    record = answer(&triple);
    ASSERT_KINDS(record, "programme.published");
    assert_string_equal(record->events[0]->detail, "G1");
}

static void an_indexation_is_told_to_all_and_a_refused_one_to_nobody(void **state) {
    (void)state;
    struct triple triple;
    Elp__V1__IndexTariffs index = ELP__V1__INDEX_TARIFFS__INIT;
    Elp__V1__TariffColumn column = ELP__V1__TARIFF_COLUMN__INIT;
    next(&triple);
    triple.intake.body_case = ELP__V1__INTAKE_RECORD__BODY_INDEX;
    triple.intake.index = &index;
    assert_int_equal(answer(&triple)->n_events, 0);

    column.convention = (char *)"2024";
    column.year = 2026;
    column.basis_points = 172;
    next(&triple);
    triple.intake.body_case = ELP__V1__INTAKE_RECORD__BODY_INDEX;
    triple.intake.index = &index;
    triple.rating.column = &column;
    const Elp__V1__ReportingRecord *record = answer(&triple);
    ASSERT_KINDS(record, "tariff.indexed");
    assert_string_equal(record->events[0]->network, "all");
    assert_string_equal(record->events[0]->detail, "2024");
    assert_int_equal(record->events[0]->year, 2026);
    assert_int_equal(record->events[0]->basis_points, 172);
}

/* What must not leave is put into every field that could carry it; the stored bytes are searched for it. */
static void no_event_tells_who_was_in_the_session_or_how_many(void **state) {
    (void)state;
    struct triple triple;
    Elp__V1__BeneficiaryFacts person = ELP__V1__BENEFICIARY_FACTS__INIT;
    Elp__V1__BeneficiaryFacts *people[] = {&person, &person, &person, &person};
    person.person = UINT64_C(0x5045525331323334);
    person.age = 77;
    next(&triple);
    triple_accepted(&triple, "N07");
    triple.accepted.beneficiaries = people;
    triple.accepted.n_beneficiaries = 4;
    triple.accepted.head_count = 77;
    triple.accepted.provider = (char *)"54321098765";
    triple.accepted.principal = (char *)"integrator-x";
    triple.accepted.key = (ProtobufCBinaryData){8, (uint8_t *)"secretid"};
    triple.accepted.site = (char *)"SITE-OF-THREE";
    const Elp__V1__ReportingRecord *record = answer(&triple);
    ASSERT_KINDS(record, "attestation.accepted", "rated");
    static const char *const hidden[] = {"4321SREP", "54321098765", "integrator-x", "secretid", "SITE-OF-THREE"};
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        assert_null(memmem(bench.record.data, bench.record.used, hidden[i], strlen(hidden[i])));
    }
    for (size_t i = 0; i < record->n_events; i++) {
        const Elp__V1__Event *event = record->events[i];
        const int64_t numbers[] = {event->year, event->cents, event->month, event->basis_points, event->fee_cents};
        for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++) {
            assert_true(numbers[k] != 77 && numbers[k] != 4);
        }
    }
}

int main(void) {
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, open_with_network, close_all)
    const struct CMUnitTest claims[] = {
        CLAIM(a_session_is_accepted_rated_and_posted_in_this_order),
        CLAIM(a_session_whose_share_is_the_whole_fee_is_posted_with_zero),
        CLAIM(a_warning_is_an_event_of_its_own),
        CLAIM(a_refusal_names_each_code_once_and_has_no_attestation),
        CLAIM(a_refusal_of_an_unknown_network_stands_under_the_dash),
        CLAIM(a_network_that_calls_itself_all_publishes_to_nobody),
        CLAIM(a_cancellation_takes_its_amounts_back),
        CLAIM(a_replacement_cancels_and_accepts_in_one_record),
        CLAIM(a_release_posts_and_takes_from_suspended),
        CLAIM(crossings_ceilings_and_budgets_tell_their_figures),
        CLAIM(a_held_payment_says_what_the_payee_lacks),
        CLAIM(contracts_and_published_programmes_are_told_and_drafts_are_not),
        CLAIM(an_indexation_is_told_to_all_and_a_refused_one_to_nobody),
        CLAIM(no_event_tells_who_was_in_the_session_or_how_many),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
