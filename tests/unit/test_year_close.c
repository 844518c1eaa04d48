/*
 * Goal: a reduction is possible for critical networks only, when the country has used its care budget up, and
 * never by a cent too much.
 * Method: the two conditions one cent to either side, fractions of a cent, and the figures of story S5.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/ledger/year_close.h"

static int64_t largest_cents(int64_t budget, int64_t spent, int64_t national_spent, int64_t national_budget) {
    return money_cents(reduction_largest(money_of_cents(budget), money_of_cents(spent), money_of_cents(national_spent),
                                         money_of_cents(national_budget), 10300));
}

static void nothing_is_reduced_while_the_national_budget_is_not_used_up(void **state) {
    (void)state;
    assert_int_equal(largest_cents(100000000, 105000000, 3199999999, 3200000000), 0);
    assert_int_equal(largest_cents(100000000, 105000000, 3200000000, 3200000000), 2000000);
    assert_int_equal(largest_cents(100000000, 105000000, 3200000001, 3200000000), 2000000);
}

static void only_a_critical_network_can_be_reduced(void **state) {
    (void)state;
    assert_int_equal(largest_cents(100000000, 0, 1, 1), 0);
    assert_int_equal(largest_cents(100000000, 102000000, 1, 1), 0);
    assert_int_equal(largest_cents(100000000, 103000000, 1, 1), 0);
    assert_int_equal(largest_cents(100000000, 103000001, 1, 1), 1);
    assert_int_equal(largest_cents(0, 0, 0, 0), 0);
    assert_int_equal(largest_cents(0, 5, 0, 0), 5);
}

static void a_fraction_of_a_cent_is_never_taken(void **state) {
    (void)state;
    /* 103 % of 1,779,034.95 is 1,832,405.9985. */
    assert_int_equal(largest_cents(177903495, 186798675, 1, 1), 3558075);
    /* critical by a hundredth of a cent: 103 % of 333,333.33 is 343,333.3299 */
    assert_int_equal(largest_cents(33333333, 34333333, 1, 1), 0);
    assert_int_equal(largest_cents(33333333, 34333334, 1, 1), 1);
}

static void the_overspent_network_of_the_story_gives_back_at_most_167_30(void **state) {
    (void)state;
    int64_t a = 115 * 9102;
    assert_int_equal(largest_cents(1000000, a, a + 99 * 9102, 1956930), 0);
    assert_int_equal(largest_cents(1000000, a, a + 100 * 9102, 1956930), 16730);
}

static void the_threshold_is_the_book_s(void **state) {
    (void)state;
    struct money budget = money_of_cents(1000000);
    struct money spent = money_of_cents(1050000);
    assert_int_equal(money_cents(reduction_largest(budget, spent, spent, budget, 10400)), 10000);
    assert_int_equal(money_cents(reduction_largest(budget, spent, spent, budget, 10500)), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_reduced_while_the_national_budget_is_not_used_up),
        cmocka_unit_test(only_a_critical_network_can_be_reduced),
        cmocka_unit_test(a_fraction_of_a_cent_is_never_taken),
        cmocka_unit_test(the_overspent_network_of_the_story_gives_back_at_most_167_30),
        cmocka_unit_test(the_threshold_is_the_book_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
