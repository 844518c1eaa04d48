/*
 * Goal: each decision on suspended amounts, done and refused (B1, story S4), and that a refused one changes nothing.
 * Method: a year of two sessions' money, sessions beyond it, decisions through the core on a real store.
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

#define RAISE ELP__V1__DECISION_KIND__DECISION_KIND_RAISE
#define CARRY ELP__V1__DECISION_KIND__DECISION_KIND_CARRY
#define WRITE_OFF ELP__V1__DECISION_KIND__DECISION_KIND_WRITE_OFF
#define RELEASE ELP__V1__DECISION_KIND__DECISION_KIND_RELEASE

static void grant(int year, int64_t care_base) {
    (void)chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = year, .care_base = care_base});
}

static uint64_t attest(int count) {
    uint64_t number = 0;
    Elp__V1__AttestationAccepted session;
    for (int i = 0; i < count; i++) {
        chain_individual(&session, "2026-01-02");
        number = chain_attest(&chain, &session);
    }
    return number;
}

/* Two sessions posted, then `count` suspended; returns the number of the first suspended one. */
static uint64_t fill(int count) {
    grant(2026, SESSION_CENTS * 2);
    (void)attest(2);
    return attest(count) - (uint64_t)count + 1;
}

static const Elp__V1__LedgerRecord *decide(const Elp__V1__Decide *decision) {
    return chain_ledger(&chain, chain_decide(&chain, decision));
}

static const Elp__V1__LedgerRecord *decide_all(Elp__V1__DecisionKind kind) {
    Elp__V1__Decide decision;
    chain_decision(&decision, kind, 2026);
    return decide(&decision);
}

static void assert_refused(const Elp__V1__LedgerRecord *record, const char *code) {
    assert_non_null(record->outcome);
    assert_false(record->outcome->done);
    assert_string_equal(record->outcome->code, code);
    assert_string_not_equal(record->outcome->reason, "");
    assert_int_equal(record->n_transactions, 0);
    assert_int_equal(record->n_budgets, 0);
    assert_int_equal(record->n_crossings, 0);
}

static void assert_ceiling(const Elp__V1__LedgerRecord *record, int64_t largest) {
    assert_refused(record, "ceiling");
    assert_string_equal(record->outcome->article, "S0 art. 14 §5");
    assert_true(record->outcome->has_largest);
    assert_int_equal(record->outcome->largest_cents, largest);
}

/* --- release ------------------------------------------------------------------------------------------------------ */

static void story_S4_paying_inside_the_full_year_is_refused_with_what_still_fits(void **state) {
    (void)state;
    (void)chain_budget(&chain,
                       &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 1000000, .operating = 50000});
    uint64_t suspended = attest(116);
    assert_ceiling(decide_all(RELEASE), 3270);
    assert_string_equal(chain_state(&chain, suspended), "suspended");
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->suspended_cents, SESSION_CENTS);
}

static void a_release_pays_oldest_first_what_has_room_again(void **state) {
    (void)state;
    uint64_t first = fill(3);
    (void)chain_cancel(&chain, "N1", first - 1);
    const Elp__V1__LedgerRecord *record = decide_all(RELEASE);
    assert_true(record->outcome->done);
    assert_int_equal(record->n_transactions, 1);
    assert_int_equal(record->transactions[0]->kind, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_RELEASE);
    assert_int_equal(record->transactions[0]->attestation, first);
    assert_int_equal(record->transactions[0]->envelope, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE);
    assert_string_equal(chain_state(&chain, first), "posted");
    assert_string_equal(chain_state(&chain, first + 1), "suspended");
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:P1"), -SESSION_CENTS * 2);
    assert_int_equal(chain_account(&chain, "liabilities:suspended:N1:P1"), -SESSION_CENTS * 2);
}

static void named_attestations_are_released_all_or_none(void **state) {
    (void)state;
    uint64_t first = fill(3);
    uint64_t names[] = {first + 2, first + 1};
    Elp__V1__Decide decision;
    chain_decision(&decision, RELEASE, 2026);
    decision.attestations = names;
    decision.n_attestations = 2;
    (void)chain_cancel(&chain, "N1", first - 1);
    assert_ceiling(decide(&decision), SESSION_CENTS);
    (void)chain_cancel(&chain, "N1", first - 2);
    const Elp__V1__LedgerRecord *record = decide(&decision);
    assert_true(record->outcome->done);
    assert_int_equal(record->n_transactions, 2);
    assert_int_equal(record->transactions[0]->attestation, first + 1); /* oldest first, whatever the list's order */
    assert_string_equal(chain_state(&chain, first), "suspended");
}

static void a_name_given_twice_moves_once(void **state) {
    (void)state;
    uint64_t first = fill(1);
    uint64_t names[] = {first, first, first};
    Elp__V1__Decide decision;
    chain_decision(&decision, WRITE_OFF, 2026);
    decision.attestations = names;
    decision.n_attestations = 3;
    assert_int_equal(decide(&decision)->n_transactions, 1);
}

static void a_name_that_is_not_suspended_there_refuses_the_whole_decision(void **state) {
    (void)state;
    uint64_t first = fill(2);
    uint64_t names[] = {first, first - 1};
    Elp__V1__Decide decision;
    chain_decision(&decision, WRITE_OFF, 2026);
    decision.attestations = names;
    decision.n_attestations = 2;
    assert_refused(decide(&decision), "not-suspended");
    names[1] = 999999;
    assert_refused(decide(&decision), "not-suspended");
    decision.n_attestations = 1;
    decision.year = 2027;
    assert_refused(decide(&decision), "not-suspended");
    decision.year = 2026;
    decision.network = "N2";
    assert_refused(decide(&decision), "not-suspended");
    assert_string_equal(chain_state(&chain, first), "suspended");
}

static void a_released_session_goes_to_the_mission_that_it_could_ask_if_that_has_room_now(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2026-01-02");
    session.under_served = true;
    uint64_t number = chain_attest(&chain, &session); /* no budget yet */
    (void)chain_budget(
        &chain, &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 100000, .under_served = 100000});
    assert_string_equal(chain_state(&chain, number), "suspended");
    assert_int_equal(decide_all(RELEASE)->transactions[0]->envelope,
                     ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_UNDER_SERVED);
}

static void nothing_suspended_is_said_so(void **state) {
    (void)state;
    grant(2026, SESSION_CENTS * 2);
    assert_refused(decide_all(RELEASE), "nothing-suspended");
    assert_refused(decide_all(WRITE_OFF), "nothing-suspended");
}

static void a_year_without_a_budget_pays_nothing(void **state) {
    (void)state;
    (void)attest(1);
    assert_refused(decide_all(RELEASE), "no-budget");
}

/* --- raise -------------------------------------------------------------------------------------------------------- */

static void story_S4_a_raise_adds_to_the_budget_and_pays_what_fits(void **state) {
    (void)state;
    (void)chain_budget(&chain,
                       &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 1000000, .operating = 50000});
    uint64_t suspended = attest(117);
    Elp__V1__Decide decision;
    chain_decision(&decision, RAISE, 2026);
    decision.cents = 10000;
    const Elp__V1__LedgerRecord *record = decide(&decision);
    assert_true(record->outcome->done);
    assert_int_equal(record->n_budgets, 1);
    assert_int_equal(record->budgets[0]->cents, 1010000);
    assert_int_equal(record->budgets[0]->change_cents, 10000);
    assert_int_equal(record->n_transactions, 2);
    assert_string_equal(chain_state(&chain, suspended - 1), "posted");
    assert_string_equal(chain_state(&chain, suspended), "suspended");
    const Elp__V1__NetworkBudget *budget = chain_network_budget(&chain, "N1", 2026, "");
    assert_int_equal(budget->budget_cents, 1060000);
    assert_int_equal(budget->reimbursed_cents, 1055832);
    assert_int_equal(budget->suspended_count, 1);
}

static void a_raise_stands_beside_what_the_registry_says_later(void **state) {
    (void)state;
    (void)fill(1);
    Elp__V1__Decide decision;
    chain_decision(&decision, RAISE, 2026);
    decision.cents = 5000;
    decision.envelope = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_ART8;
    assert_true(decide(&decision)->outcome->done);
    grant(2026, SESSION_CENTS * 10);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->budget_cents, SESSION_CENTS * 10 + 5000);
}

static void a_raise_names_an_amount_and_an_envelope(void **state) {
    (void)state;
    (void)fill(1);
    Elp__V1__Decide decision;
    chain_decision(&decision, RAISE, 2026);
    assert_refused(decide(&decision), "malformed");
    decision.cents = -1;
    assert_refused(decide(&decision), "malformed");
    decision.cents = 100;
    decision.envelope = (Elp__V1__BudgetEnvelope)99;
    assert_refused(decide(&decision), "malformed");
    decision.envelope = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_UNSPECIFIED;
    decision.year = 2027;
    assert_refused(decide(&decision), "no-budget");
}

static void a_raise_that_pays_nobody_still_raises(void **state) {
    (void)state;
    (void)fill(1);
    Elp__V1__Decide decision;
    chain_decision(&decision, RAISE, 2026);
    decision.cents = SESSION_CENTS - 1;
    const Elp__V1__LedgerRecord *record = decide(&decision);
    assert_true(record->outcome->done);
    assert_int_equal(record->n_transactions, 1);
    decision.cents = 1; /* now it fits to the cent */
    assert_int_equal(decide(&decision)->n_transactions, 2);
}

/* --- carry -------------------------------------------------------------------------------------------------------- */

static void story_S4_an_amount_is_carried_into_a_later_year_and_paid_there(void **state) {
    (void)state;
    uint64_t first = fill(1);
    Elp__V1__Decide decision;
    chain_decision(&decision, CARRY, 2026);
    decision.to_year = 2027;
    assert_refused(decide(&decision), "no-budget");
    grant(2027, SESSION_CENTS - 1);
    assert_ceiling(decide(&decision), SESSION_CENTS - 1);
    grant(2027, SESSION_CENTS);
    const Elp__V1__LedgerRecord *record = decide(&decision);
    assert_true(record->outcome->done);
    assert_int_equal(record->transactions[0]->year, 2027);
    assert_string_equal(chain_state(&chain, first), "posted");
    assert_int_equal(chain_account(&chain, "suspended:N1:2026"), 0);
    assert_int_equal(chain_account(&chain, "expenses:N1:2027:care.base"), SESSION_CENTS);
    assert_int_equal(chain_account(&chain, "liabilities:carried:N1:P1:2027"), -SESSION_CENTS);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->reimbursed_cents, SESSION_CENTS * 2);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->suspended_count, 0);
    assert_int_equal(chain_network_budget(&chain, "N1", 2027, "")->reimbursed_cents, SESSION_CENTS);
}

static void an_amount_is_never_carried_into_the_same_or_an_earlier_year(void **state) {
    (void)state;
    (void)fill(1);
    grant(2025, SESSION_CENTS * 10);
    Elp__V1__Decide decision;
    chain_decision(&decision, CARRY, 2026);
    decision.to_year = 2026;
    assert_refused(decide(&decision), "wrong-year");
    decision.to_year = 2025;
    assert_refused(decide(&decision), "wrong-year");
    decision.to_year = 0;
    assert_refused(decide(&decision), "wrong-year");
}

/* --- write-off ---------------------------------------------------------------------------------------------------- */

static void a_write_off_gives_up_the_amount_and_keeps_it_in_the_books(void **state) {
    (void)state;
    uint64_t first = fill(2);
    const Elp__V1__LedgerRecord *record = decide_all(WRITE_OFF);
    assert_true(record->outcome->done);
    assert_int_equal(record->n_transactions, 2);
    assert_string_equal(chain_state(&chain, first), "written-off");
    assert_int_equal(chain_account(&chain, "written-off:N1:2026"), SESSION_CENTS * 2);
    assert_int_equal(chain_account(&chain, "liabilities:written-off:N1:P1"), -SESSION_CENTS * 2);
    assert_int_equal(chain_account(&chain, "suspended:N1:2026"), 0);
    assert_int_equal(chain_account(&chain, "liabilities:suspended:N1:P1"), 0);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->suspended_count, 0);
    assert_refused(decide_all(WRITE_OFF), "nothing-suspended");
}

/* --- hostile decisions -------------------------------------------------------------------------------------------- */

static void a_decision_out_of_bounds_is_refused_and_stops_nothing(void **state) {
    (void)state;
    (void)fill(1);
    Elp__V1__Decide decision;
    chain_decision(&decision, (Elp__V1__DecisionKind)77, 2026);
    assert_refused(decide(&decision), "malformed");
    chain_decision(&decision, RELEASE, 0);
    assert_refused(decide(&decision), "malformed");
    chain_decision(&decision, CARRY, 2026);
    decision.to_year = UINT32_MAX;
    assert_refused(decide(&decision), "malformed");
    chain_decision(&decision, RELEASE, 2026);
    decision.network = "a-network-with-a-code-that-is-longer-than-codes-are";
    assert_refused(decide(&decision), "malformed");
    static uint64_t names[5001];
    chain_decision(&decision, RELEASE, 2026);
    decision.attestations = names;
    decision.n_attestations = 5001;
    assert_refused(decide(&decision), "too-many");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(story_S4_paying_inside_the_full_year_is_refused_with_what_still_fits),
        CHAIN_TEST(a_release_pays_oldest_first_what_has_room_again),
        CHAIN_TEST(named_attestations_are_released_all_or_none),
        CHAIN_TEST(a_name_given_twice_moves_once),
        CHAIN_TEST(a_name_that_is_not_suspended_there_refuses_the_whole_decision),
        CHAIN_TEST(a_released_session_goes_to_the_mission_that_it_could_ask_if_that_has_room_now),
        CHAIN_TEST(nothing_suspended_is_said_so),
        CHAIN_TEST(a_year_without_a_budget_pays_nothing),
        CHAIN_TEST(story_S4_a_raise_adds_to_the_budget_and_pays_what_fits),
        CHAIN_TEST(a_raise_stands_beside_what_the_registry_says_later),
        CHAIN_TEST(a_raise_names_an_amount_and_an_envelope),
        CHAIN_TEST(a_raise_that_pays_nobody_still_raises),
        CHAIN_TEST(story_S4_an_amount_is_carried_into_a_later_year_and_paid_there),
        CHAIN_TEST(an_amount_is_never_carried_into_the_same_or_an_earlier_year),
        CHAIN_TEST(a_write_off_gives_up_the_amount_and_keeps_it_in_the_books),
        CHAIN_TEST(a_decision_out_of_bounds_is_refused_and_stops_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
