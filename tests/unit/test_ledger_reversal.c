/*
 * Goal: cancelled and replaced attestations fall with their own amounts and envelope, in the right year, from every
 * standing. Method: the core on a real store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "services/ledger/ledger_core.h"
#include "tests/unit/money_chain.h"

static struct chain chain;

static int begin(void **state) {
    (void)state;
    chain_open(&chain);
    return 0;
}

static int end(void **state) {
    (void)state;
    chain_check_trial_balance(&chain);
    chain_close(&chain);
    return 0;
}

#define CHAIN_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define SESSION_CENTS 9102

static void grant(int year, int64_t care_base, int64_t art8) {
    (void)chain_budget(&chain,
                       &(struct chain_budget){.network = "N1", .year = year, .care_base = care_base, .art8 = art8});
}

static uint64_t attest(void) {
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2026-01-02");
    return chain_attest(&chain, &session);
}

static uint64_t attest_on_site(void) {
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2026-01-02");
    session.site = "S1";
    session.site_kind = ELP__V1__SITE_KIND__SITE_KIND_SCHOOL;
    session.sites_from_art8 = true;
    return chain_attest(&chain, &session);
}

static void decide(Elp__V1__DecisionKind kind, uint32_t to_year) {
    Elp__V1__Decide decision;
    chain_decision(&decision, kind, 2026);
    decision.to_year = to_year;
    assert_true(chain_ledger(&chain, chain_decide(&chain, &decision))->outcome->done);
}

static void a_reversal_takes_the_amount_back_from_its_own_envelope(void **state) {
    (void)state;
    grant(2026, 100000, 100000);
    uint64_t session = attest_on_site();
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, chain_cancel(&chain, "N1", session));
    assert_int_equal(record->n_transactions, 1);
    assert_int_equal(record->transactions[0]->kind, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_REVERSAL);
    assert_int_equal(record->transactions[0]->envelope, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_ART8);
    assert_int_equal(record->transactions[0]->cents, -SESSION_CENTS);
    assert_int_equal(record->transactions[0]->attestation, session);
    assert_int_equal(chain_account(&chain, "expenses:N1:2026:mission.art8"), 0);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:P1"), 0);
    assert_string_equal(chain_state(&chain, session), "reversed");
}

static void a_reversal_in_a_later_year_counts_in_that_year_and_leaves_the_old_one(void **state) {
    (void)state;
    grant(2026, 100000, 0);
    grant(2027, 100000, 0);
    (void)chain_payee(&chain, "P1");
    uint64_t session = attest();
    chain_days_until(&chain, "2027-02-10");
    const Elp__V1__Transaction *reversal = chain_ledger(&chain, chain_cancel(&chain, "N1", session))->transactions[0];
    assert_int_equal(reversal->year, 2027);
    assert_int_equal(chain_account(&chain, "expenses:N1:2026:care.base"), SESSION_CENTS);
    assert_int_equal(chain_account(&chain, "expenses:N1:2027:care.base"), -SESSION_CENTS);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->reimbursed_cents, SESSION_CENTS);
    assert_int_equal(chain_network_budget(&chain, "N1", 2027, "")->reimbursed_cents, -SESSION_CENTS);
}

static void a_reversal_uncrosses_in_the_year_in_which_it_was_accepted(void **state) {
    (void)state;
    grant(2026, SESSION_CENTS, 0);
    grant(2027, SESSION_CENTS, 0);
    uint64_t old = attest(); /* 100 % of 2026 */
    chain_at(&chain, "2027-01-10T09:00:00+01:00");
    uint64_t new = attest(); /* 100 % of 2027: crosses 80 % */
    assert_int_equal(chain_ledger(&chain, new)->n_crossings, 1);
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, chain_cancel(&chain, "N1", old));
    assert_int_equal(record->n_crossings, 1);
    assert_int_equal(record->crossings[0]->year, 2027);
    assert_false(record->crossings[0]->up);
    assert_int_equal(record->crossings[0]->care_spent_cents, 0);
}

static void a_replacement_reverses_and_posts_in_one_record(void **state) {
    (void)state;
    grant(2026, SESSION_CENTS, 0);
    uint64_t old = attest();
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2025-12-30");
    session.replaces = old;
    uint64_t number = chain_attest(&chain, &session);
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, number);
    assert_int_equal(record->n_transactions, 2);
    assert_int_equal(record->transactions[0]->kind, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_REVERSAL);
    assert_int_equal(record->transactions[0]->attestation, old);
    assert_int_equal(record->transactions[1]->kind, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SESSION);
    assert_int_equal(record->transactions[1]->cents, 8948); /* it fits because the old one fell first */
    assert_string_equal(chain_state(&chain, old), "reversed");
    assert_string_equal(chain_state(&chain, number), "posted");
    (void)chain_cancel(&chain, "N1", number);
    assert_string_equal(chain_state(&chain, number), "reversed");
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->reimbursed_cents, 0);
}

static void a_suspended_attestation_leaves_suspended_of_its_own_year(void **state) {
    (void)state;
    grant(2026, SESSION_CENTS, 0);
    (void)attest();
    uint64_t suspended = attest();
    chain_at(&chain, "2027-01-10T09:00:00+01:00");
    const Elp__V1__Transaction *reversal = chain_ledger(&chain, chain_cancel(&chain, "N1", suspended))->transactions[0];
    assert_int_equal(reversal->year, 2026);
    assert_int_equal(reversal->cents, -SESSION_CENTS);
    assert_int_equal(chain_account(&chain, "suspended:N1:2026"), 0);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->suspended_count, 0);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->reimbursed_cents, SESSION_CENTS);
    assert_string_equal(chain_state(&chain, suspended), "reversed");
}

static void a_released_attestation_is_reversed_like_a_posted_one(void **state) {
    (void)state;
    uint64_t session = attest();
    grant(2026, SESSION_CENTS, 0);
    decide(ELP__V1__DECISION_KIND__DECISION_KIND_RELEASE, 0);
    (void)chain_cancel(&chain, "N1", session);
    assert_int_equal(chain_account(&chain, "expenses:N1:2026:care.base"), 0);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:P1"), 0);
    assert_int_equal(chain_account(&chain, "suspended:N1:2026"), 0);
    assert_string_equal(chain_state(&chain, session), "reversed");
}

static void a_carried_attestation_is_reversed_before_and_after_its_year_begins(void **state) {
    (void)state;
    uint64_t before = attest();
    uint64_t after = attest();
    grant(2027, SESSION_CENTS * 2, 0);
    decide(ELP__V1__DECISION_KIND__DECISION_KIND_CARRY, 2027);
    (void)chain_cancel(&chain, "N1", before);
    assert_int_equal(chain_account(&chain, "liabilities:carried:N1:P1:2027"), -SESSION_CENTS);
    /* 2026 never paid it, so it makes no room there. */
    assert_int_equal(chain_account(&chain, "expenses:N1:2026:care.base"), 0);
    assert_int_equal(chain_account(&chain, "expenses:N1:2027:care.base"), SESSION_CENTS);
    chain_days_until(&chain, "2027-02-01"); /* the orders of January take the carried amounts in */
    (void)chain_cancel(&chain, "N1", after);
    assert_int_equal(chain_account(&chain, "liabilities:carried:N1:P1:2027"), 0);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:P1"), 0);
}

static void a_written_off_attestation_is_no_longer_written_off(void **state) {
    (void)state;
    uint64_t session = attest();
    decide(ELP__V1__DECISION_KIND__DECISION_KIND_WRITE_OFF, 0);
    (void)chain_cancel(&chain, "N1", session);
    assert_int_equal(chain_account(&chain, "written-off:N1:2026"), 0);
    assert_int_equal(chain_account(&chain, "liabilities:written-off:N1:P1"), 0);
    assert_string_equal(chain_state(&chain, session), "reversed");
}

static void a_second_reversal_stops_the_ledger(void **state) {
    (void)state;
    grant(2026, 100000, 0);
    uint64_t session = attest();
    (void)chain_cancel(&chain, "N1", session);
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__AttestationCancelled cancelled = ELP__V1__ATTESTATION_CANCELLED__INIT;
    cancelled.attestation = session;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_CANCELLED;
    record.cancelled = &cancelled;
    assert_int_equal(chain_try(&chain, &record), FAILURE_UPSTREAM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(a_reversal_takes_the_amount_back_from_its_own_envelope),
        CHAIN_TEST(a_reversal_in_a_later_year_counts_in_that_year_and_leaves_the_old_one),
        CHAIN_TEST(a_reversal_uncrosses_in_the_year_in_which_it_was_accepted),
        CHAIN_TEST(a_replacement_reverses_and_posts_in_one_record),
        CHAIN_TEST(a_suspended_attestation_leaves_suspended_of_its_own_year),
        CHAIN_TEST(a_released_attestation_is_reversed_like_a_posted_one),
        CHAIN_TEST(a_carried_attestation_is_reversed_before_and_after_its_year_begins),
        CHAIN_TEST(a_written_off_attestation_is_no_longer_written_off),
        CHAIN_TEST(a_second_reversal_stops_the_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
