/*
 * Goal: in 2023 exactly the part beyond 10 % of patients in group and 20 % of sessions in outreach is
 * neutralised.
 * Method: the thresholds one person or session to either side, the figures of story S8, ties, and the largest
 * counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/ledger/neutralisation.h"

static int64_t group_cents(int64_t cost_cents, int64_t group_people, int64_t people) {
    return money_cents(neutralised_group(money_of_cents(cost_cents), group_people, people, 1000));
}

static int64_t outreach_cents(int64_t cost_cents, int64_t outreach_sessions, int64_t sessions) {
    return money_cents(neutralised_outreach(money_of_cents(cost_cents), outreach_sessions, sessions, 2000));
}

static void nothing_is_neutralised_up_to_the_threshold(void **state) {
    (void)state;
    assert_int_equal(group_cents(1000000, 0, 100), 0);
    assert_int_equal(group_cents(1000000, 9, 100), 0);
    assert_int_equal(group_cents(1000000, 10, 100), 0);
    assert_int_equal(group_cents(1000000, 11, 100), 90909);
    assert_int_equal(outreach_cents(2452200, 199, 1000), 0);
    assert_int_equal(outreach_cents(2452200, 200, 1000), 0);
    assert_int_equal(outreach_cents(2452200, 201, 1000), 12200);
}

static void a_network_without_patients_neutralises_nothing(void **state) {
    (void)state;
    assert_int_equal(group_cents(0, 0, 0), 0);
    assert_int_equal(outreach_cents(0, 0, 0), 0);
}

static void the_story_of_2023_has_these_figures_before_and_after_one_more_patient(void **state) {
    (void)state;
    assert_int_equal(outreach_cents(300 * 8174, 300, 1000), 817400);
    assert_int_equal(group_cents(40 * 35533, 12, 100), 236887);
    assert_int_equal(outreach_cents(300 * 8174, 300, 1001), 815765);
    assert_int_equal(group_cents(40 * 35533, 12, 101), 225042);
}

static void everybody_in_group_leaves_exactly_the_threshold_in_care(void **state) {
    (void)state;
    assert_int_equal(group_cents(1000000, 50, 50), 900000);
    assert_int_equal(outreach_cents(1000000, 50, 50), 800000);
}

static void half_a_cent_is_rounded_away_from_zero(void **state) {
    (void)state;
    /* a fifth of the patients: half of the cost */
    assert_int_equal(group_cents(1, 20, 100), 1);
    assert_int_equal(group_cents(5, 20, 100), 3);
    assert_int_equal(outreach_cents(5, 40, 100), 3);
}

static void the_largest_counts_and_amounts_do_not_overflow(void **state) {
    (void)state;
    int64_t most = NEUTRALISATION_COUNT_MAX;
    assert_int_equal(group_cents(INT64_MAX, most, most), INT64_C(8301034833169298226));
    assert_int_equal(outreach_cents(MONEY_INPUT_CENTS_MAX, most / 2, most), 600000000000);
}

static void the_thresholds_are_the_book_s(void **state) {
    (void)state;
    struct money cost = money_of_cents(1000000);
    assert_int_equal(money_cents(neutralised_group(cost, 50, 100, 2500)), 500000);
    assert_int_equal(money_cents(neutralised_group(cost, 50, 100, 0)), 1000000);
    assert_int_equal(money_cents(neutralised_outreach(cost, 100, 100, 10000)), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_neutralised_up_to_the_threshold),
        cmocka_unit_test(a_network_without_patients_neutralises_nothing),
        cmocka_unit_test(the_story_of_2023_has_these_figures_before_and_after_one_more_patient),
        cmocka_unit_test(everybody_in_group_leaves_exactly_the_threshold_in_care),
        cmocka_unit_test(half_a_cent_is_rounded_away_from_zero),
        cmocka_unit_test(the_largest_counts_and_amounts_do_not_overflow),
        cmocka_unit_test(the_thresholds_are_the_book_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
