/*
 * Goal: the zone of a network is exact to the cent on both thresholds.
 * Method: amounts on a threshold, one cent above and one below, with budgets whose percentages are no whole
 * cents.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/ledger/zone.h"

static enum zone zone_with(int64_t spent_cents, int64_t budget_cents) {
    return zone_of(money_of_cents(spent_cents), money_of_cents(budget_cents), 10100, 10300);
}

static void a_network_on_a_threshold_is_still_in_the_zone_below_it(void **state) {
    (void)state;
    assert_int_equal(zone_with(0, 100000000), ZONE_NORMAL);
    assert_int_equal(zone_with(101000000, 100000000), ZONE_NORMAL);
    assert_int_equal(zone_with(101000001, 100000000), ZONE_VIGILANCE);
    assert_int_equal(zone_with(103000000, 100000000), ZONE_VIGILANCE);
    assert_int_equal(zone_with(103000001, 100000000), ZONE_CRITICAL);
}

static void no_ratio_is_rounded_before_it_is_compared(void **state) {
    (void)state;
    /* 103 % of 333,333.33 is 343,333.3299: one cent decides. */
    assert_int_equal(zone_with(34333332, 33333333), ZONE_VIGILANCE);
    assert_int_equal(zone_with(34333333, 33333333), ZONE_CRITICAL);
    /* 101 % of 333,333.33 is 336,666.6633. */
    assert_int_equal(zone_with(33666666, 33333333), ZONE_NORMAL);
    assert_int_equal(zone_with(33666667, 33333333), ZONE_VIGILANCE);
    assert_int_equal(zone_with(1, 1), ZONE_NORMAL);
    assert_int_equal(zone_with(2, 1), ZONE_CRITICAL);
    assert_int_equal(zone_with(INT64_MAX, INT64_MAX), ZONE_NORMAL);
}

static void a_budget_of_zero_is_critical_with_the_first_cent(void **state) {
    (void)state;
    assert_int_equal(zone_with(0, 0), ZONE_NORMAL);
    assert_int_equal(zone_with(1, 0), ZONE_CRITICAL);
}

static void the_hundred_eleventh_and_the_hundred_fourteenth_session_change_the_zone(void **state) {
    (void)state;
    /* Sessions of 91.02 against a care budget of 10,000.00. */
    static const struct {
        int64_t sessions;
        enum zone zone;
    } rows[] = {{110, ZONE_NORMAL}, {111, ZONE_VIGILANCE}, {113, ZONE_VIGILANCE}, {114, ZONE_CRITICAL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(zone_with(rows[i].sessions * 9102, 1000000), rows[i].zone);
    }
}

static void the_thresholds_are_the_book_s(void **state) {
    (void)state;
    struct money budget = money_of_cents(10000);
    assert_int_equal(zone_of(money_of_cents(9001), budget, 9000, 9500), ZONE_VIGILANCE);
    assert_int_equal(zone_of(money_of_cents(9501), budget, 9000, 9500), ZONE_CRITICAL);
    assert_int_equal(zone_of(money_of_cents(9001), budget, 9000, 9000), ZONE_CRITICAL);
}

static void zones_have_the_words_of_the_rulebook(void **state) {
    (void)state;
    assert_string_equal(zone_name(ZONE_NORMAL), "normal");
    assert_string_equal(zone_name(ZONE_VIGILANCE), "vigilance");
    assert_string_equal(zone_name(ZONE_CRITICAL), "critical");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_on_a_threshold_is_still_in_the_zone_below_it),
        cmocka_unit_test(no_ratio_is_rounded_before_it_is_compared),
        cmocka_unit_test(a_budget_of_zero_is_critical_with_the_first_cent),
        cmocka_unit_test(the_hundred_eleventh_and_the_hundred_fourteenth_session_change_the_zone),
        cmocka_unit_test(the_thresholds_are_the_book_s),
        cmocka_unit_test(zones_have_the_words_of_the_rulebook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
