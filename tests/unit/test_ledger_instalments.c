/*
 * Goal: 2019 pays nine tenths after the list and the rest after the insurers (B7, story S9), orders are confirmed once,
 * lump sums by half-year, budget moves only where it may (B10), plans and the share of F3 are remarked (B2, B9), and what the
 * extra 1 % pays is held (B8). Method: sessions and commands
 * applied by the core on a real store, month by month.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ledger/ledger_core.h"
#include "tests/unit/money_chain.h"

static struct chain chain;
static uint64_t book_2019;

static int begin(void **state) {
    (void)state;
    chain_open(&chain);
    book_2019 = chain_load_book(&chain, "2019.yaml");
    chain_hospital(&chain);
    (void)chain_payee(&chain, "P1");
    return 0;
}

static int end(void **state) {
    (void)state;
    chain_check_trial_balance(&chain);
    chain_close(&chain);
    return 0;
}

#define CHAIN_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

/* The session of story S9: 60 minutes, no increased intervention; insurer part 49.00. */
static uint64_t attest_2019(void) {
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2019-05-06");
    session.convention = "2019";
    session.book_number = book_2019;
    session.function = ELP__V1__FUNCTION__FUNCTION_UNSPECIFIED;
    session.minutes = 60;
    session.beneficiaries[0]->age = 40;
    return chain_attest(&chain, &session);
}

static const Elp__V1__Outcome *outcome_of(uint64_t number) {
    const Elp__V1__Outcome *outcome = chain_ledger(&chain, number)->outcome;
    assert_non_null(outcome);
    return outcome;
}

static const char *insurers_paid(uint32_t month, const char *paid_on) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__InsurersPaid command = ELP__V1__INSURERS_PAID__INIT;
    command.network = "N1";
    command.month = month;
    command.paid_on = (char *)paid_on;
    command.reason = "test";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_INSURERS_PAID;
    record.insurers_paid = &command;
    return outcome_of(chain_apply(&chain, &record))->code;
}

static const char *confirm_on(const char *day, uint32_t month, int64_t cents) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__ConfirmPayment command = ELP__V1__CONFIRM_PAYMENT__INIT;
    command.network = "N1";
    command.payee = "P1";
    command.month = month;
    command.cents = cents;
    command.paid_on = (char *)day;
    command.reason = "test";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_CONFIRM_PAYMENT;
    record.confirm_payment = &command;
    return outcome_of(chain_apply(&chain, &record))->code;
}

static const char *confirm(uint32_t month, int64_t cents) {
    return confirm_on("2026-02-03", month, cents);
}

static uint64_t transfer(Elp__V1__BudgetEnvelope from, Elp__V1__BudgetEnvelope to, int64_t cents) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__Transfer command = ELP__V1__TRANSFER__INIT;
    command.network = "N1";
    command.year = 2026;
    command.from = from;
    command.to = to;
    command.cents = cents;
    command.reason = "test";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_TRANSFER;
    record.transfer = &command;
    return chain_apply(&chain, &record);
}

/* What the order of the last record pays P1; 0 when there is none. */
static int64_t ordered(void) {
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, chain.number);
    return record->n_payments == 1 ? record->payments[0]->cents : 0;
}

static void story_S9_nine_tenths_follow_the_list_and_the_rest_the_insurers(void **state) {
    (void)state;
    chain_at(&chain, "2019-05-10T09:00:00+02:00");
    (void)attest_2019();
    assert_int_equal(chain_account(&chain, "liabilities:deferred:N1:P1:201906"), -4410);
    assert_int_equal(chain_account(&chain, "liabilities:insurers:N1:P1:201905"), -490);
    chain_days_until(&chain, "2019-06-01");
    assert_int_equal(ordered(), 0);
    chain_days_until(&chain, "2019-07-01");
    assert_int_equal(ordered(), 4410);
    chain_at(&chain, "2019-07-15T09:00:00+02:00");
    assert_string_equal(insurers_paid(201907, "2019-07-15"), "wrong-month");
    assert_string_equal(insurers_paid(201906, "2019-07-15"), "not-found"); /* nothing was attested in June */
    assert_string_equal(insurers_paid(201905, "2019-07-15"), "");
    assert_string_equal(insurers_paid(201905, "2019-07-15"), "already-paid");
    chain_days_until(&chain, "2019-08-01");
    assert_int_equal(ordered(), 0);
    chain_days_until(&chain, "2019-09-01");
    assert_int_equal(ordered(), 490);
    assert_int_equal(chain_account(&chain, "liabilities:ordered:N1:P1"), -4900);
    chain_rebuild(&chain);
    assert_int_equal(chain_account(&chain, "liabilities:ordered:N1:P1"), -4900);
}

static void a_cancelled_session_of_2019_leaves_nothing_wherever_its_parts_stood(void **state) {
    (void)state;
    chain_at(&chain, "2019-05-10T09:00:00+02:00");
    uint64_t early = attest_2019();
    uint64_t late = attest_2019();
    (void)chain_cancel(&chain, "N1", early);
    assert_int_equal(chain_account(&chain, "liabilities:deferred:N1:P1:201906"), -4410);
    chain_days_until(&chain, "2019-07-01");
    chain_at(&chain, "2019-07-15T09:00:00+02:00");
    assert_string_equal(insurers_paid(201905, "2019-07-15"), "");
    (void)chain_cancel(&chain, "N1", late);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:P1"), 4410);
    assert_int_equal(chain_account(&chain, "liabilities:deferred:N1:P1:201908"), 0);
    assert_int_equal(chain_account(&chain, "liabilities:insurers:N1:P1:201905"), 0);
}

static void an_order_is_confirmed_once_and_whole(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    (void)chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 1000000});
    chain_individual(&session, "2026-01-02");
    (void)chain_attest(&chain, &session);
    assert_string_equal(confirm(202601, 9102), "not-found");
    chain_days_until(&chain, "2026-02-01");
    assert_string_equal(confirm(202601, 9101), "wrong-amount");
    assert_string_equal(confirm_on("2025-12-31", 202601, 9102), "too-early");
    assert_string_equal(confirm(202601, 9102), "");
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, chain.number);
    assert_int_equal(record->n_payments, 1);
    assert_int_equal(record->payments[0]->state, ELP__V1__PAYMENT_STATE__PAYMENT_STATE_PAID);
    assert_string_equal(confirm(202601, 9102), "already-paid");
    assert_int_equal(chain_account(&chain, "liabilities:ordered:N1:P1"), 0);
    assert_int_equal(chain_account(&chain, "assets:bank:N1"), -9102);
}

static void budget_moves_inside_care_as_far_as_it_is_unspent(void **state) {
    (void)state;
    const Elp__V1__BudgetEnvelope base = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE;
    const Elp__V1__BudgetEnvelope art8 = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_ART8;
    (void)chain_budget(&chain, &(struct chain_budget){
                                   .network = "N1", .year = 2026, .care_base = 10000, .art8 = 5000, .operating = 5000});
    uint64_t number = transfer(base, art8, 10001);
    assert_string_equal(outcome_of(number)->code, "above-maximum");
    assert_int_equal(outcome_of(number)->largest_cents, 10000);
    assert_true(outcome_of(transfer(base, art8, 4000))->done);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->care_budget_cents, 15000);
    assert_int_equal(chain_account(&chain, "budget:N1:2026:mission.art8"), 9000);
    assert_string_equal(outcome_of(transfer(base, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_OPERATING, 1))->code,
                        "not-allowed");
    assert_string_equal(outcome_of(transfer(base, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_PRISONS, 1))->code,
                        "not-allowed");
}

static void a_transfer_inside_care_crosses_no_threshold_on_its_way(void **state) {
    (void)state;
    const Elp__V1__BudgetEnvelope base = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE;
    const Elp__V1__BudgetEnvelope art8 = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_ART8;
    Elp__V1__AttestationAccepted session;
    (void)chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 12000});
    chain_individual(&session, "2026-01-02");
    (void)chain_attest(&chain, &session); /* 91.02 of 120.00: 75.85 % */
    uint64_t number = transfer(base, art8, 2000);
    assert_true(outcome_of(number)->done);
    assert_int_equal(chain_ledger(&chain, number)->n_crossings, 0);
    assert_int_equal(chain_ledger(&chain, number)->n_budgets, 2);
}

static void f3_beyond_its_share_of_care_is_remarked_once_and_refused_never(void **state) {
    (void)state;
    (void)chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 9102 * 10});
    size_t warnings = 0;
    for (int i = 0; i < 6; i++) {
        Elp__V1__AttestationAccepted session;
        chain_individual(&session, "2026-01-02");
        session.function = ELP__V1__FUNCTION__FUNCTION_F3;
        const Elp__V1__LedgerRecord *record = chain_ledger(&chain, chain_attest(&chain, &session));
        assert_int_equal(record->n_warnings, i == 4 ? 1 : 0);
        warnings += record->n_warnings;
    }
    assert_int_equal(warnings, 1);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->f3_cents, 9102 * 6);
}

static void what_is_used_under_the_extra_one_percent_is_held_with_its_minutes(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    const struct chain_budget before = {.network = "N1", .year = 2025, .care_base = 1234567};
    const struct chain_budget budget = {.network = "N1", .year = 2026, .care_base = 1000000};
    (void)chain_budget(&chain, &before);
    (void)chain_budget(&chain, &budget);
    chain_individual(&session, "2026-01-02");
    (void)chain_attest(&chain, &session);
    session.extra_one_percent = true;
    session.minutes = 60;
    uint64_t first = chain_attest(&chain, &session);
    (void)chain_attest(&chain, &session);
    const Elp__V1__NetworkBudget *held = chain_network_budget(&chain, "N1", 2026, "");
    assert_int_equal(held->extra_means_cents, 12346);
    assert_int_equal(held->extra_spent_cents, 2 * 9102);
    assert_int_equal(held->extra_minutes, 120);
    (void)chain_cancel(&chain, "N1", first);
    held = chain_network_budget(&chain, "N1", 2026, "");
    assert_int_equal(held->extra_spent_cents, 9102);
    assert_int_equal(held->extra_minutes, 60);
    assert_int_equal(chain_network_budget(&chain, "N1", 2025, "")->extra_means_cents, 0);
}

static uint64_t move_lump(Elp__V1__BudgetEnvelope from, Elp__V1__BudgetEnvelope to, int64_t cents) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__Transfer command = ELP__V1__TRANSFER__INIT;
    command.network = "N1";
    command.year = 2019;
    command.from = from;
    command.to = to;
    command.cents = cents;
    command.reason = "real costs";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_TRANSFER;
    record.transfer = &command;
    return chain_apply(&chain, &record);
}

static void lump_sums_of_2019_are_paid_by_half_year_and_move_between_the_two(void **state) {
    (void)state;
    const struct chain_budget budget = {
        .network = "N1", .year = 2019, .care_base = 1000000, .lump_network = 3000000, .lump_hospital = 1875001};
    chain_at(&chain, "2019-05-20T09:00:00+02:00");
    (void)chain_budget(&chain, &budget);
    chain_days_until(&chain, "2019-06-30");
    assert_int_equal(chain_account(&chain, "expenses:N1:2019:lump.network"), 0);
    chain_days_until(&chain, "2019-07-01");
    assert_int_equal(chain_account(&chain, "expenses:N1:2019:lump.network"), 1500000);
    assert_int_equal(chain_account(&chain, "expenses:N1:2019:lump.hospital"), 937501);
    assert_int_equal(chain_account(&chain, "liabilities:ordered:N1:H1"), -2437501);
    const Elp__V1__Outcome *outcome =
        outcome_of(move_lump(ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_LUMP_HOSPITAL,
                             ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_LUMP_NETWORK, 937501));
    assert_string_equal(outcome->code, "above-maximum");
    assert_int_equal(outcome->largest_cents, 937500);
    outcome = outcome_of(move_lump(ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_LUMP_HOSPITAL,
                                   ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE, 1));
    assert_string_equal(outcome->code, "not-allowed");
    outcome = outcome_of(move_lump(ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_LUMP_HOSPITAL,
                                   ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_LUMP_NETWORK, 500000));
    assert_true(outcome->done);
    chain_days_until(&chain, "2020-01-01");
    assert_int_equal(chain_account(&chain, "expenses:N1:2019:lump.network"), 3500000);
    assert_int_equal(chain_account(&chain, "expenses:N1:2019:lump.hospital"), 1375001);
    assert_int_equal(chain_account(&chain, "liabilities:ordered:N1:H1"), -(3500000 + 1375001));
    const Elp__V1__NetworkBudget *after = chain_network_budget(&chain, "N1", 2019, "");
    assert_int_equal(after->care_spent_cents, 0);
    assert_int_equal(after->care_budget_cents, 1000000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(story_S9_nine_tenths_follow_the_list_and_the_rest_the_insurers),
        CHAIN_TEST(a_cancelled_session_of_2019_leaves_nothing_wherever_its_parts_stood),
        CHAIN_TEST(an_order_is_confirmed_once_and_whole),
        CHAIN_TEST(budget_moves_inside_care_as_far_as_it_is_unspent),
        CHAIN_TEST(a_transfer_inside_care_crosses_no_threshold_on_its_way),
        CHAIN_TEST(what_is_used_under_the_extra_one_percent_is_held_with_its_minutes),
        CHAIN_TEST(lump_sums_of_2019_are_paid_by_half_year_and_move_between_the_two),
        CHAIN_TEST(f3_beyond_its_share_of_care_is_remarked_once_and_refused_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
