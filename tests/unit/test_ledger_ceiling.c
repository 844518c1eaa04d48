/*
 * Goal: thresholds (B2, story S3), the ceiling (B1, story S4) and what reversals do to both. Method: sessions of 91.02
 * posted by the core on a real store until a line is crossed.
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
#define NORMAL ELP__V1__ZONE__ZONE_NORMAL
#define VIGILANCE ELP__V1__ZONE__ZONE_VIGILANCE
#define CRITICAL ELP__V1__ZONE__ZONE_CRITICAL

static void grant(const char *network, int year, int64_t care_base, int64_t operating) {
    (void)chain_budget(&chain, &(struct chain_budget){
                                   .network = network, .year = year, .care_base = care_base, .operating = operating});
}

static uint64_t attest_for(const char *network) {
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2026-01-02");
    session.network = (char *)network;
    return chain_attest(&chain, &session);
}

/* Attests `count` sessions of N1 and returns the last one's number. */
static uint64_t attest(int count) {
    uint64_t number = 0;
    for (int i = 0; i < count; i++) {
        number = attest_for("N1");
    }
    return number;
}

static void assert_crossing(const Elp__V1__LedgerRecord *record, size_t index, uint32_t basis_points, bool up,
                            int64_t spent, Elp__V1__Zone zone) {
    assert_true(index < record->n_crossings);
    assert_int_equal(record->crossings[index]->basis_points, basis_points);
    assert_int_equal(record->crossings[index]->up, up);
    assert_int_equal(record->crossings[index]->care_spent_cents, spent);
    assert_int_equal(record->crossings[index]->zone, zone);
    assert_string_equal(record->crossings[index]->network, "N1");
    assert_int_equal(record->crossings[index]->year, 2026);
}

static void story_S3_each_threshold_is_crossed_once_by_the_posting_that_causes_it(void **state) {
    (void)state;
    uint64_t last = 0;
    grant("N1", 2026, 1000000, 50000);
    for (int n = 1; n <= 114; n++) {
        last = attest(1);
        const Elp__V1__LedgerRecord *record = chain_ledger(&chain, last);
        bool crosses = n == 88 || n == 110 || n == 111 || n == 114;
        assert_int_equal(record->n_crossings, crosses ? 1 : 0);
        if (n == 88) {
            assert_crossing(record, 0, 8000, true, 800976, NORMAL);
        } else if (n == 110) {
            assert_crossing(record, 0, 10000, true, 1001220, NORMAL);
        } else if (n == 111) {
            assert_crossing(record, 0, 10100, true, 1010322, VIGILANCE);
        } else if (n == 114) {
            assert_crossing(record, 0, 10300, true, 1037628, CRITICAL);
        }
    }
    const Elp__V1__LedgerRecord *cancelled = chain_ledger(&chain, chain_cancel(&chain, "N1", last));
    assert_int_equal(cancelled->n_crossings, 1);
    assert_crossing(cancelled, 0, 10300, false, 1028526, VIGILANCE);
}

static void an_amount_on_a_threshold_has_not_crossed_it(void **state) {
    (void)state;
    /* With a budget of a hundred sessions each session is one percent. */
    grant("N1", 2026, SESSION_CENTS * 100, SESSION_CENTS * 100);
    assert_int_equal(chain_ledger(&chain, attest(80))->n_crossings, 0);
    assert_crossing(chain_ledger(&chain, attest(1)), 0, 8000, true, SESSION_CENTS * 81, NORMAL);
    assert_int_equal(chain_ledger(&chain, attest(19))->n_crossings, 0);
    assert_crossing(chain_ledger(&chain, attest(1)), 0, 10000, true, SESSION_CENTS * 101, NORMAL);
    uint64_t last = attest(1);
    assert_crossing(chain_ledger(&chain, last), 0, 10100, true, SESSION_CENTS * 102, VIGILANCE);
    assert_int_equal(chain_ledger(&chain, attest(1))->n_crossings, 0);
    uint64_t beyond = attest(1);
    assert_crossing(chain_ledger(&chain, beyond), 0, 10300, true, SESSION_CENTS * 104, CRITICAL);
    /* and back: from more than the threshold to the threshold itself */
    assert_crossing(chain_ledger(&chain, chain_cancel(&chain, "N1", beyond)), 0, 10300, false, SESSION_CENTS * 103,
                    VIGILANCE);
    assert_int_equal(chain_ledger(&chain, chain_cancel(&chain, "N1", last))->n_crossings, 0);
    assert_crossing(chain_ledger(&chain, chain_cancel(&chain, "N1", last - 1)), 0, 10100, false, SESSION_CENTS * 101,
                    NORMAL);
}

static void a_change_of_the_budget_crosses_thresholds_both_ways(void **state) {
    (void)state;
    grant("N1", 2026, 1000000, 0);
    (void)attest(50);
    uint64_t lowered = chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 440000});
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, lowered);
    assert_int_equal(record->n_crossings, 4); /* 4,551.00 of 4,400.00: 103.43 % */
    assert_crossing(record, 0, 8000, true, 455100, CRITICAL);
    assert_crossing(record, 3, 10300, true, 455100, CRITICAL);
    assert_int_equal(record->n_budgets, 1);
    assert_int_equal(record->budgets[0]->cents, 440000);
    assert_int_equal(record->budgets[0]->change_cents, -560000);
    uint64_t raised = chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 1000000});
    record = chain_ledger(&chain, raised);
    assert_int_equal(record->n_crossings, 4);
    assert_crossing(record, 0, 10300, false, 455100, NORMAL);
    assert_crossing(record, 3, 8000, false, 455100, NORMAL);
}

static void operating_counts_for_the_ceiling_and_not_for_the_zone(void **state) {
    (void)state;
    grant("N1", 2026, SESSION_CENTS, SESSION_CENTS);
    (void)attest(1);
    uint64_t second = attest(1);
    assert_int_equal(chain_ledger(&chain, second)->n_crossings, 3); /* 100, 101, 103 %: 200 % of care */
    assert_string_equal(chain_state(&chain, second), "posted");
    assert_string_equal(chain_state(&chain, attest(1)), "suspended");
}

static void story_S4_beyond_the_whole_budget_the_amount_is_suspended_whole(void **state) {
    (void)state;
    grant("N1", 2026, 1000000, 50000);
    grant("N2", 2026, 1000000, 50000);
    uint64_t fits = attest(115);
    assert_string_equal(chain_state(&chain, fits), "posted");
    uint64_t beyond = attest(1);
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, beyond);
    assert_int_equal(record->n_transactions, 1);
    assert_int_equal(record->transactions[0]->kind, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SUSPENSION);
    assert_int_equal(record->transactions[0]->cents, SESSION_CENTS);
    assert_int_equal(record->n_crossings, 0);
    assert_int_equal(record->n_ceilings, 1);
    assert_int_equal(record->ceilings[0]->reimbursed_cents, 1046730);
    assert_int_equal(record->ceilings[0]->budget_cents, 1050000);
    assert_string_equal(chain_state(&chain, beyond), "suspended");
    assert_int_equal(chain_ledger(&chain, attest(1))->n_ceilings, 0); /* reached once */
    const Elp__V1__NetworkBudget *budget = chain_network_budget(&chain, "N1", 2026, "");
    assert_int_equal(budget->reimbursed_cents, 1046730);
    assert_int_equal(budget->suspended_cents, 2 * SESSION_CENTS);
    assert_int_equal(budget->suspended_count, 2);
    assert_int_equal(budget->zone, CRITICAL);
    assert_string_equal(chain_state(&chain, attest_for("N2")), "posted");
}

static void an_amount_that_fills_the_budget_to_the_cent_is_posted(void **state) {
    (void)state;
    grant("N1", 2026, SESSION_CENTS * 2, 0);
    assert_string_equal(chain_state(&chain, attest(2)), "posted");
    grant("N1", 2026, SESSION_CENTS * 3 - 1, 0);
    assert_string_equal(chain_state(&chain, attest(1)), "suspended");
}

static void without_a_budget_everything_is_suspended(void **state) {
    (void)state;
    uint64_t number = attest(1);
    assert_string_equal(chain_state(&chain, number), "suspended");
    assert_int_equal(chain_ledger(&chain, number)->ceilings[0]->budget_cents, 0);
    assert_int_equal(chain_account(&chain, "suspended:N1:2026"), SESSION_CENTS);
    assert_int_equal(chain_account(&chain, "liabilities:suspended:N1:P1"), -SESSION_CENTS);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:P1"), 0);
}

static void a_suspended_amount_is_not_freed_when_room_appears(void **state) {
    (void)state;
    grant("N1", 2026, SESSION_CENTS, 0);
    uint64_t first = attest(1);
    uint64_t suspended = attest(1);
    (void)chain_cancel(&chain, "N1", first);
    assert_string_equal(chain_state(&chain, suspended), "suspended");
    grant("N1", 2026, SESSION_CENTS * 10, 0);
    assert_string_equal(chain_state(&chain, suspended), "suspended");
    assert_string_equal(chain_state(&chain, attest(1)), "posted"); /* a later one is judged by itself */
}

static void the_ceiling_is_an_event_again_after_the_last_suspension_ended(void **state) {
    (void)state;
    grant("N1", 2026, SESSION_CENTS, 0);
    (void)attest(1);
    uint64_t suspended = attest(1);
    (void)chain_cancel(&chain, "N1", suspended);
    assert_int_equal(chain_ledger(&chain, attest(1))->n_ceilings, 1);
}

static void the_ceiling_is_an_event_also_after_a_training_that_operating_could_not_hold(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted training;
    chain_individual(&training, "2026-01-02");
    training.service = ELP__V1__SERVICE__SERVICE_TRAINING;
    training.function = ELP__V1__FUNCTION__FUNCTION_UNSPECIFIED;
    training.n_beneficiaries = 0;
    grant("N1", 2026, SESSION_CENTS * 3, 0);
    uint64_t held = chain_attest(&chain, &training);
    assert_string_equal(chain_state(&chain, held), "suspended");
    assert_int_equal(chain_ledger(&chain, held)->n_ceilings, 0); /* the year has room; operating has none */
    assert_string_equal(chain_state(&chain, attest(3)), "posted");
    assert_int_equal(chain_ledger(&chain, attest(1))->n_ceilings, 1);
    assert_int_equal(chain_ledger(&chain, attest(1))->n_ceilings, 0);
}

static void a_budget_lowered_below_what_is_spent_moves_nothing_that_was_posted(void **state) {
    (void)state;
    grant("N1", 2026, SESSION_CENTS * 2, 0);
    uint64_t posted = attest(2);
    grant("N1", 2026, SESSION_CENTS, 0);
    assert_string_equal(chain_state(&chain, posted), "posted");
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->reimbursed_cents, SESSION_CENTS * 2);
    assert_string_equal(chain_state(&chain, attest(1)), "suspended");
}

static void a_budget_of_zero_is_a_budget_and_an_unchanged_one_moves_nothing(void **state) {
    (void)state;
    uint64_t number = chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = 2026});
    assert_int_equal(chain_ledger(&chain, number)->n_transactions, 0);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->budget_cents, 0);
    grant("N1", 2026, 100, 50);
    number =
        chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 100, .operating = 50});
    assert_int_equal(chain_ledger(&chain, number)->n_transactions, 0);
    assert_int_equal(chain_account(&chain, "budget:N1:2026:care.base"), 100);
    assert_int_equal(chain_account(&chain, "budget:authority:2026"), -150);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(story_S3_each_threshold_is_crossed_once_by_the_posting_that_causes_it),
        CHAIN_TEST(an_amount_on_a_threshold_has_not_crossed_it),
        CHAIN_TEST(a_change_of_the_budget_crosses_thresholds_both_ways),
        CHAIN_TEST(operating_counts_for_the_ceiling_and_not_for_the_zone),
        CHAIN_TEST(story_S4_beyond_the_whole_budget_the_amount_is_suspended_whole),
        CHAIN_TEST(an_amount_that_fills_the_budget_to_the_cent_is_posted),
        CHAIN_TEST(without_a_budget_everything_is_suspended),
        CHAIN_TEST(a_suspended_amount_is_not_freed_when_room_appears),
        CHAIN_TEST(the_ceiling_is_an_event_again_after_the_last_suspension_ended),
        CHAIN_TEST(the_ceiling_is_an_event_also_after_a_training_that_operating_could_not_hold),
        CHAIN_TEST(a_budget_lowered_below_what_is_spent_moves_nothing_that_was_posted),
        CHAIN_TEST(a_budget_of_zero_is_a_budget_and_an_unchanged_one_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
