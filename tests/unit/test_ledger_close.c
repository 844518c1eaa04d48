/*
 * Goal: a year is closed once for every network, its figures never move again, and a reduction takes at most what the
 * close allows (B3, B4, story S5). Method: sessions of 91.02 posted by the core on a real store, then closes and decisions
 * on the days around the bounds.
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

static void grant(const char *network, int year, int64_t care_base, int64_t operating) {
    (void)chain_budget(&chain, &(struct chain_budget){
                                   .network = network, .year = year, .care_base = care_base, .operating = operating});
}

static uint64_t attest(const char *network, int count) {
    uint64_t number = 0;
    for (int i = 0; i < count; i++) {
        Elp__V1__AttestationAccepted session;
        chain_individual(&session, "2026-01-02");
        session.network = (char *)network;
        number = chain_attest(&chain, &session);
    }
    return number;
}

static const Elp__V1__YearClosed *closing_of(uint64_t number, const char *network) {
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, number);
    for (size_t i = 0; i < record->n_closings; i++) {
        if (strcmp(record->closings[i]->network, network) == 0) {
            return record->closings[i];
        }
    }
    fail_msg("%s was not closed", network);
    return NULL;
}

static void assert_refused(uint64_t number, const char *code) {
    const Elp__V1__Outcome *outcome = chain_ledger(&chain, number)->outcome;
    assert_non_null(outcome);
    assert_false(outcome->done);
    assert_string_equal(outcome->code, code);
}

static void assert_done(uint64_t number) {
    const Elp__V1__Outcome *outcome = chain_ledger(&chain, number)->outcome;
    assert_non_null(outcome);
    assert_string_equal(outcome->code, "");
    assert_true(outcome->done);
}

static uint64_t reduce(int64_t cents, const char *decided_on) {
    Elp__V1__Decide decision;
    chain_decision(&decision, ELP__V1__DECISION_KIND__DECISION_KIND_REDUCTION, 2026);
    decision.cents = cents;
    decision.decided_on = (char *)decided_on;
    return chain_decide(&chain, &decision);
}

/* Story S5: N1 overspends with 115 sessions, N2 spends `b_sessions`. */
static void spend_story(int b_sessions) {
    grant("N1", 2026, 1000000, 50000);
    grant("N2", 2026, 956930, 50000);
    grant("N1", 2027, 1000000, 50000);
    (void)attest("N1", 115);
    (void)attest("N2", b_sessions);
    chain_at(&chain, "2027-01-01T00:00:00+01:00");
}

static void story_S5_without_the_national_condition_nothing_is_reduced(void **state) {
    (void)state;
    spend_story(99);
    uint64_t number = chain_close_year(&chain, 2026);
    assert_done(number);
    const Elp__V1__YearClosed *a = closing_of(number, "N1");
    assert_int_equal(a->zone, ELP__V1__ZONE__ZONE_CRITICAL);
    assert_int_equal(a->care_spent_cents, 1046730);
    assert_int_equal(a->care_budget_cents, 1000000);
    assert_int_equal(a->national_care_spent_cents, 1947828);
    assert_int_equal(a->national_care_budget_cents, 1956930);
    assert_int_equal(a->largest_reduction_cents, 0);
    assert_int_equal(closing_of(number, "N2")->zone, ELP__V1__ZONE__ZONE_NORMAL);
    number = reduce(1, "2027-01-01");
    assert_refused(number, "above-maximum");
    assert_true(chain_ledger(&chain, number)->outcome->has_largest);
    assert_int_equal(chain_ledger(&chain, number)->outcome->largest_cents, 0);
}

static void story_S5_a_reduction_takes_at_most_what_passed_103_percent(void **state) {
    (void)state;
    spend_story(100);
    uint64_t number = chain_close_year(&chain, 2026);
    assert_int_equal(closing_of(number, "N1")->national_care_spent_cents, 1956930);
    assert_int_equal(closing_of(number, "N1")->largest_reduction_cents, 16730);
    assert_int_equal(closing_of(number, "N2")->largest_reduction_cents, 0);
    number = reduce(16731, "2027-04-28");
    assert_refused(number, "above-maximum");
    assert_int_equal(chain_ledger(&chain, number)->outcome->largest_cents, 16730);
    assert_string_equal(chain_ledger(&chain, number)->outcome->article, "S0 art. 14 §5");
    assert_refused(reduce(15000, "2026-12-31"), "too-early");
    assert_refused(reduce(15000, "2027-05-02"), "too-late");
    assert_refused(reduce(15000, "2027-05-01"), "too-late");
    number = reduce(15000, "2027-04-28");
    assert_done(number);
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, number);
    assert_int_equal(record->n_reductions, 1);
    assert_int_equal(record->reductions[0]->to_year, 2027);
    assert_int_equal(record->n_budgets, 1);
    assert_int_equal(record->budgets[0]->cents, 985000);
    assert_int_equal(chain_network_budget(&chain, "N1", 2027, "")->care_budget_cents, 985000);
    /* what is left of the maximum, on the last day for it */
    assert_refused(reduce(1731, "2027-04-30"), "above-maximum");
    assert_done(reduce(1730, "2027-04-30"));
    /* a later budget fact does not undo it */
    grant("N1", 2027, 2000000, 50000);
    assert_int_equal(chain_network_budget(&chain, "N1", 2027, "")->care_budget_cents, 1983270);
}

static void the_totals_of_other_cells_decide_the_national_condition(void **state) {
    (void)state;
    spend_story(99);
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__CloseYear close = ELP__V1__CLOSE_YEAR__INIT;
    close.year = 2026;
    close.other_care_budget_cents = 100000;
    close.other_care_spent_cents = 109102;
    close.reason = "test";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_CLOSE_YEAR;
    record.close_year = &close;
    uint64_t number = chain_apply(&chain, &record);
    assert_int_equal(closing_of(number, "N1")->largest_reduction_cents, 16730);
}

static void a_year_is_closed_once_and_not_before_its_end(void **state) {
    (void)state;
    grant("N1", 2026, 1000000, 0);
    assert_refused(reduce(1, "2026-01-05"), "year-open");
    chain_at(&chain, "2026-12-31T23:59:59+01:00");
    assert_refused(chain_close_year(&chain, 2026), "too-early");
    chain_at(&chain, "2027-01-01T00:00:00+01:00");
    assert_refused(chain_close_year(&chain, 2025), "no-budget");
    assert_done(chain_close_year(&chain, 2026));
    assert_refused(chain_close_year(&chain, 2026), "already-closed");
    chain_restart(&chain);
    assert_refused(chain_close_year(&chain, 2026), "already-closed");
    assert_true(chain_network_budget(&chain, "N1", 2026, "")->closed);
}

static void what_comes_after_the_close_belongs_to_the_new_year(void **state) {
    (void)state;
    grant("N1", 2026, 1000000, 0);
    grant("N1", 2027, 1000000, 0);
    uint64_t first = attest("N1", 1);
    chain_at(&chain, "2027-01-04T09:00:00+01:00");
    (void)chain_close_year(&chain, 2026);
    (void)attest("N1", 2);
    (void)chain_cancel(&chain, "N1", first);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->care_spent_cents, SESSION_CENTS);
    assert_int_equal(chain_network_budget(&chain, "N1", 2027, "")->care_spent_cents, SESSION_CENTS);
    uint64_t late = chain.number + 1;
    grant("N1", 2026, 5000000, 0);
    assert_refused(late, "year-closed");
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->care_budget_cents, 1000000);
}

static void a_closed_year_is_closed_for_a_network_that_had_no_balance_in_it(void **state) {
    (void)state;
    grant("N1", 2026, 1000000, 0);
    chain_days_until(&chain, "2027-01-02");
    assert_done(chain_close_year(&chain, 2026));
    assert_refused(
        chain_budget(&chain, &(struct chain_budget){.network = "N2", .year = 2026, .care_base = SESSION_CENTS}),
        "year-closed");
    assert_int_equal(chain_account(&chain, "budget:N2:2026:care.base"), 0);
}

static void suspended_amounts_of_a_closed_year_are_carried_or_written_off_only(void **state) {
    (void)state;
    grant("N1", 2026, 10000, 0);
    grant("N1", 2027, 1000000, 0);
    uint64_t suspended = attest("N1", 3);
    chain_at(&chain, "2027-01-04T09:00:00+01:00");
    (void)chain_close_year(&chain, 2026);
    Elp__V1__Decide decision;
    chain_decision(&decision, ELP__V1__DECISION_KIND__DECISION_KIND_RAISE, 2026);
    decision.cents = 100000;
    assert_refused(chain_decide(&chain, &decision), "year-closed");
    chain_decision(&decision, ELP__V1__DECISION_KIND__DECISION_KIND_RELEASE, 2026);
    assert_refused(chain_decide(&chain, &decision), "year-closed");
    chain_decision(&decision, ELP__V1__DECISION_KIND__DECISION_KIND_CARRY, 2026);
    decision.to_year = 2027;
    decision.attestations = &suspended;
    decision.n_attestations = 1;
    assert_done(chain_decide(&chain, &decision));
    chain_decision(&decision, ELP__V1__DECISION_KIND__DECISION_KIND_WRITE_OFF, 2026);
    assert_done(chain_decide(&chain, &decision));
    const Elp__V1__NetworkBudget *budget = chain_network_budget(&chain, "N1", 2026, "");
    assert_int_equal(budget->care_spent_cents, SESSION_CENTS);
    assert_int_equal(budget->suspended_count, 0);
    assert_int_equal(chain_network_budget(&chain, "N1", 2027, "")->care_spent_cents, SESSION_CENTS);
}

static void an_art8_budget_that_paid_no_mission_is_warned_about(void **state) {
    (void)state;
    (void)chain_budget(&chain,
                       &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 1000000, .art8 = 100000});
    grant("N2", 2026, 1000000, 0);
    chain_at(&chain, "2027-01-04T09:00:00+01:00");
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, chain_close_year(&chain, 2026));
    assert_int_equal(record->n_warnings, 1);
    assert_string_equal(record->warnings[0]->network, "N1");
    assert_string_equal(record->warnings[0]->code, "art8-unused");
}

static void a_reduction_before_the_next_budget_is_granted_crosses_nothing(void **state) {
    (void)state;
    grant("N1", 2026, 1000000, 50000);
    (void)attest("N1", 115);
    chain_at(&chain, "2027-01-04T09:00:00+01:00");
    (void)chain_close_year(&chain, 2026);
    uint64_t number = reduce(10000, "2027-01-04");
    assert_done(number);
    assert_int_equal(chain_ledger(&chain, number)->n_crossings, 0);
    grant("N1", 2027, 1000000, 0);
    assert_int_equal(chain_network_budget(&chain, "N1", 2027, "")->care_budget_cents, 990000);
}

static void closings_are_answered_within_the_scope_and_rebuilt(void **state) {
    (void)state;
    spend_story(100);
    (void)chain_close_year(&chain, 2026);
    (void)reduce(15000, "2027-01-01");
    for (int rebuilt = 0; rebuilt < 2; rebuilt++) {
        Elp__V1__ClosingsQuery query = ELP__V1__CLOSINGS_QUERY__INIT;
        query.year = 2026;
        const Elp__V1__ClosingsReply *reply =
            chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOSINGS_QUERY, &query.base,
                      ROLE_NETWORK, "N1", &elp__v1__closings_reply__descriptor);
        assert_int_equal(reply->n_closings, 1);
        assert_string_equal(reply->closings[0]->network, "N1");
        assert_int_equal(reply->closings[0]->reduced_cents, 15000);
        assert_int_equal(reply->closings[0]->largest_reduction_cents, 16730);
        chain_rebuild(&chain);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(story_S5_without_the_national_condition_nothing_is_reduced),
        CHAIN_TEST(story_S5_a_reduction_takes_at_most_what_passed_103_percent),
        CHAIN_TEST(the_totals_of_other_cells_decide_the_national_condition),
        CHAIN_TEST(a_year_is_closed_once_and_not_before_its_end),
        CHAIN_TEST(what_comes_after_the_close_belongs_to_the_new_year),
        CHAIN_TEST(a_closed_year_is_closed_for_a_network_that_had_no_balance_in_it),
        CHAIN_TEST(suspended_amounts_of_a_closed_year_are_carried_or_written_off_only),
        CHAIN_TEST(an_art8_budget_that_paid_no_mission_is_warned_about),
        CHAIN_TEST(a_reduction_before_the_next_budget_is_granted_crosses_nothing),
        CHAIN_TEST(closings_are_answered_within_the_scope_and_rebuilt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
