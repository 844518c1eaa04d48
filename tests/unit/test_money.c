/*
 * Goal: money never overflows silently, rounds as the rulebook says and reads only its one strict text form.
 * Method: the limits of 64 bits, ties on both sides of zero, the published indexations, and tables of texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/money.h"

static const struct money largest = {INT64_MAX};
static const struct money smallest = {INT64_MIN};

static void sums_at_the_limits_of_64_bits_are_exact_and_one_beyond_is_refused(void **state) {
    (void)state;
    struct money ret = money_of_cents(42);
    assert_true(money_add(money_of_cents(INT64_MAX - 1), money_of_cents(1), &ret));
    assert_int_equal(money_cents(ret), INT64_MAX);
    assert_true(money_subtract(money_of_cents(INT64_MIN + 1), money_of_cents(1), &ret));
    assert_int_equal(money_cents(ret), INT64_MIN);
    assert_true(money_multiply(money_of_cents(INT64_MAX / 2), 2, &ret));
    assert_int_equal(money_cents(ret), INT64_MAX - 1);

    ret = money_of_cents(42);
    assert_false(money_add(largest, money_of_cents(1), &ret));
    assert_false(money_add(smallest, money_of_cents(-1), &ret));
    assert_false(money_subtract(smallest, money_of_cents(1), &ret));
    assert_false(money_subtract(MONEY_ZERO, smallest, &ret));
    assert_false(money_multiply(money_of_cents(INT64_MAX / 2 + 1), 2, &ret));
    assert_false(money_multiply(smallest, -1, &ret));
    assert_int_equal(money_cents(ret), 42);
}

/* Runs a call in a child process and returns the signal that ended it. */
static int signal_that_ends(void (*call)(void)) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &no_core);
        if (freopen("/dev/null", "w", stderr) == NULL || signal(SIGABRT, SIG_DFL) == SIG_ERR) {
            _exit(1);
        }
        call();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void add_too_much(void) {
    (void)money_require_add(largest, money_of_cents(1));
}

static void subtract_too_much(void) {
    (void)money_require_subtract(smallest, money_of_cents(1));
}

static void multiply_too_much(void) {
    (void)money_require_multiply(largest, 2);
}

static void negate_too_much(void) {
    (void)money_negate(smallest);
}

static void overflow_in_a_required_sum_ends_the_process(void **state) {
    (void)state;
    assert_int_equal(signal_that_ends(add_too_much), SIGABRT);
    assert_int_equal(signal_that_ends(subtract_too_much), SIGABRT);
    assert_int_equal(signal_that_ends(multiply_too_much), SIGABRT);
    assert_int_equal(signal_that_ends(negate_too_much), SIGABRT);
}

static void required_sums_that_fit_are_the_checked_ones(void **state) {
    (void)state;
    assert_int_equal(money_cents(money_require_add(money_of_cents(150), money_of_cents(-50))), 100);
    assert_int_equal(money_cents(money_require_subtract(money_of_cents(50), money_of_cents(150))), -100);
    assert_int_equal(money_cents(money_require_multiply(money_of_cents(5433), 2)), 10866);
    assert_int_equal(money_cents(money_negate(largest)), -INT64_MAX);
    assert_int_equal(money_cents(money_negate(MONEY_ZERO)), 0);
}

static void comparison_orders_amounts_by_their_cents(void **state) {
    (void)state;
    assert_int_equal(money_compare(smallest, largest), -1);
    assert_int_equal(money_compare(largest, smallest), 1);
    assert_int_equal(money_compare(money_of_cents(7), money_of_cents(7)), 0);
    assert_int_equal(money_cents(money_min(money_of_cents(-1), money_of_cents(1))), -1);
    assert_int_equal(money_cents(money_min(money_of_cents(1), money_of_cents(-1))), -1);
    assert_int_equal(money_cents(money_max(money_of_cents(-1), money_of_cents(1))), 1);
    assert_int_equal(money_cents(money_max(money_of_cents(1), money_of_cents(-1))), 1);
}

static void indexing_the_published_amounts_gives_the_next_published_column(void **state) {
    (void)state;
    static const struct {
        int64_t cents;
        int32_t basis_points;
        int64_t next_cents;
    } rows[] = {
        {20000, 79, 20158},
        {20158, 814, 21799},
        {21799, 605, 23118},
        {23118, 322, 23862},
        {23862, 172, 24272},
        {12600, 79, 12700},
        {12700, 814, 13734},
        {13734, 605, 14565},
        {14565, 322, 15034},
        {15034, 172, 15293},
        {4700, 79, 4737},
        {4737, 814, 5123},
        {5123, 605, 5433},
        {5433, 322, 5608},
        {5608, 172, 5704},
        {7500, 79, 7559},
        {7559, 814, 8174},
        {8174, 605, 8669},
        {8669, 322, 8948},
        {8948, 172, 9102},
        {5000, 1, 5001},
        {5000, 0, 5000},
        {5000, -10000, 0},
        {5000, 1000000, 505000},
        /* exactly half a cent, on both sides of zero */
        {50, 100, 51},
        {-50, 100, -51},
        {5000, -1, 5000},
        {-5000, -1, -5000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct money next = MONEY_ZERO;
        assert_true(money_index_round_nearest(money_of_cents(rows[i].cents), rows[i].basis_points, &next));
        assert_int_equal(money_cents(next), rows[i].next_cents);
    }
}

static void an_index_out_of_range_or_beyond_64_bits_is_refused(void **state) {
    (void)state;
    struct money ret = money_of_cents(42);
    assert_false(money_index_round_nearest(money_of_cents(100), -10001, &ret));
    assert_false(money_index_round_nearest(money_of_cents(100), 1000001, &ret));
    assert_false(money_index_round_nearest(money_of_cents(100), INT32_MIN, &ret));
    assert_false(money_index_round_nearest(largest, 1, &ret));
    assert_false(money_index_round_nearest(smallest, 1, &ret));
    assert_int_equal(money_cents(ret), 42);
    assert_true(money_index_round_nearest(largest, -5000, &ret));
    assert_int_equal(money_cents(ret), INT64_C(4611686018427387904));
}

static void fractions_round_ties_away_from_zero_or_down_to_minus_infinity(void **state) {
    (void)state;
    static const struct {
        int64_t cents;
        int64_t numerator;
        int64_t denominator;
        int64_t nearest;
        int64_t down;
    } rows[] = {
        {5, 1, 2, 3, 2},
        {-5, 1, 2, -3, -3},
        {5, -1, 2, -3, -3},
        {-5, -1, 2, 3, 2},
        {4, 1, 3, 1, 1},
        {-4, 1, 3, -1, -2},
        {5, 1, 3, 2, 1},
        {-5, 1, 3, -2, -2},
        {6, 1, 3, 2, 2},
        {-6, 1, 3, -2, -2},
        {0, 7, 3, 0, 0},
        {7, 0, 3, 0, 0},
        {1, 1, 3, 0, 0},
        {-1, 1, 3, 0, -1},
        {1000000, 10, 110, 90909, 90909},
        {1, 1, INT64_MAX, 0, 0},
        {-1, 1, INT64_MAX, 0, -1},
        {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
        {INT64_MIN, INT64_MAX, INT64_MAX, INT64_MIN, INT64_MIN},
        {INT64_MAX, 1, 2, INT64_C(4611686018427387904), INT64_C(4611686018427387903)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct money amount = money_of_cents(rows[i].cents);
        struct money ret = MONEY_ZERO;
        assert_true(money_fraction_round_nearest(amount, rows[i].numerator, rows[i].denominator, &ret));
        assert_int_equal(money_cents(ret), rows[i].nearest);
        assert_true(money_fraction_round_down(amount, rows[i].numerator, rows[i].denominator, &ret));
        assert_int_equal(money_cents(ret), rows[i].down);
    }
}

static void a_fraction_that_does_not_fit_is_refused(void **state) {
    (void)state;
    struct money ret = money_of_cents(42);
    assert_false(money_fraction_round_nearest(largest, 2, 1, &ret));
    assert_false(money_fraction_round_down(largest, 2, 1, &ret));
    assert_false(money_fraction_round_nearest(smallest, INT64_MIN, 1, &ret));
    assert_false(money_fraction_round_down(smallest, -1, 1, &ret));
    assert_int_equal(money_cents(ret), 42);
}

static void divide_by_zero_nearest(void) {
    struct money ret;
    (void)!money_fraction_round_nearest(largest, 1, 0, &ret);
}

static void divide_by_zero_down(void) {
    struct money ret;
    (void)!money_fraction_round_down(largest, 1, 0, &ret);
}

static void a_fraction_without_a_denominator_is_our_bug(void **state) {
    (void)state;
    assert_int_equal(signal_that_ends(divide_by_zero_nearest), SIGABRT);
    assert_int_equal(signal_that_ends(divide_by_zero_down), SIGABRT);
}

static void a_share_is_compared_without_rounding_its_ratio(void **state) {
    (void)state;
    struct money whole = money_of_cents(33333333);
    assert_int_equal(money_compare_share(money_of_cents(34333332), whole, 10300), -1);
    assert_int_equal(money_compare_share(money_of_cents(34333333), whole, 10300), 1);
    assert_int_equal(money_compare_share(money_of_cents(101000000), money_of_cents(100000000), 10100), 0);
    assert_int_equal(money_compare_share(MONEY_ZERO, MONEY_ZERO, 10100), 0);
    assert_int_equal(money_compare_share(money_of_cents(1), MONEY_ZERO, 10100), 1);
    assert_int_equal(money_compare_share(largest, largest, 10000), 0);
    assert_int_equal(money_compare_share(largest, largest, 10001), -1);
    assert_int_equal(money_compare_share(smallest, largest, INT32_MIN), 1);
}

static void only_the_strict_form_of_an_amount_is_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t cents;
    } good[] = {
        {"0.00", 0},
        {"-0.00", 0},
        {"0.01", 1},
        {"-0.01", -1},
        {"86.69", 8669},
        {"1234.56", 123456},
        {"10.00", 1000},
        {"100.10", 10010},
        {"10000000000.00", MONEY_INPUT_CENTS_MAX},
        {"-10000000000.00", -MONEY_INPUT_CENTS_MAX},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct money ret = money_of_cents(-42);
        assert_true(money_parse(good[i].text, &ret));
        assert_int_equal(money_cents(ret), good[i].cents);
    }
    static const char *const bad[] = {
        "",
        "-",
        ".",
        "86",
        "86.",
        "86.7",
        "86.695",
        "010.00",
        "00.00",
        "-010.00",
        ".50",
        "+1.00",
        "--1.00",
        " 1.00",
        "1.00 ",
        "1 .00",
        "1,00",
        "1,234.56",
        "1e2.00",
        "0x1.00",
        "1.0a",
        "1.a0",
        "a.00",
        "1.00\n",
        "10000000000.01",
        "10000000001.00",
        "-10000000000.01",
        "99999999999999999999999999.00",
        "9223372036854775807.00",
        "18446744073709551616.00",
        "\342\202\2541.00",
        "1.-1",
        "- 1.00",
        "nan",
        "inf",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct money ret = money_of_cents(42);
        if (money_parse(bad[i], &ret)) {
            fail_msg("read as an amount: \"%s\"", bad[i]);
        }
        assert_int_equal(money_cents(ret), 42);
    }
}

static void amounts_are_written_for_machines_and_for_people(void **state) {
    (void)state;
    static const struct {
        int64_t cents;
        const char *plain;
        const char *grouped;
    } rows[] = {
        {0, "0.00", "0.00"},
        {1, "0.01", "0.01"},
        {-1, "-0.01", "-0.01"},
        {99999, "999.99", "999.99"},
        {100000, "1000.00", "1,000.00"},
        {-123456, "-1234.56", "-1,234.56"},
        {100000000, "1000000.00", "1,000,000.00"},
        {INT64_MAX, "92233720368547758.07", "92,233,720,368,547,758.07"},
        {INT64_MIN, "-92233720368547758.08", "-92,233,720,368,547,758.08"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[MONEY_TEXT_BYTES];
        assert_ptr_equal(money_format(money_of_cents(rows[i].cents), out, sizeof out), out);
        assert_string_equal(out, rows[i].plain);
        assert_ptr_equal(money_format_grouped(money_of_cents(rows[i].cents), out, sizeof out), out);
        assert_string_equal(out, rows[i].grouped);
    }
}

static void what_is_written_is_read_back(void **state) {
    (void)state;
    for (int64_t cents = 1; cents <= MONEY_INPUT_CENTS_MAX; cents = cents * 3 + 7) {
        for (int sign = -1; sign <= 1; sign += 2) {
            char text[MONEY_TEXT_BYTES];
            struct money ret = MONEY_ZERO;
            assert_true(money_parse(money_format(money_of_cents(sign * cents), text, sizeof text), &ret));
            assert_int_equal(money_cents(ret), sign * cents);
        }
    }
}

static void only_the_strict_form_of_a_percentage_is_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int32_t basis_points;
    } good[] = {
        {"1.72 %", 172},         {"1.72%", 172},    {"1.72", 172},
        {"10 %", 1000},          {"10", 1000},      {"0", 0},
        {"0.00 %", 0},           {"0.01", 1},       {"3.2 %", 320},
        {"100 %", 10000},        {"101.00", 10100}, {"10000 %", 1000000},
        {"10000.00 %", 1000000},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int32_t ret = -42;
        assert_true(basis_points_parse(good[i].text, &ret));
        assert_int_equal(ret, good[i].basis_points);
    }
    static const char *const bad[] = {
        "",
        "%",
        " %",
        "1.725",
        "1.",
        "1. %",
        ".72",
        "01.72",
        "1,72",
        "1.72  %",
        "1.72 %%",
        "1.72 % ",
        " 1.72",
        "-1.72",
        "+1.72",
        "1.72e1",
        "10000.01",
        "10001 %",
        "999999999999999999999",
        "1.72 percent",
        "a",
        "1.7a",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int32_t ret = 42;
        if (basis_points_parse(bad[i], &ret)) {
            fail_msg("read as a percentage: \"%s\"", bad[i]);
        }
        assert_int_equal(ret, 42);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_at_the_limits_of_64_bits_are_exact_and_one_beyond_is_refused),
        cmocka_unit_test(overflow_in_a_required_sum_ends_the_process),
        cmocka_unit_test(required_sums_that_fit_are_the_checked_ones),
        cmocka_unit_test(comparison_orders_amounts_by_their_cents),
        cmocka_unit_test(indexing_the_published_amounts_gives_the_next_published_column),
        cmocka_unit_test(an_index_out_of_range_or_beyond_64_bits_is_refused),
        cmocka_unit_test(fractions_round_ties_away_from_zero_or_down_to_minus_infinity),
        cmocka_unit_test(a_fraction_that_does_not_fit_is_refused),
        cmocka_unit_test(a_fraction_without_a_denominator_is_our_bug),
        cmocka_unit_test(a_share_is_compared_without_rounding_its_ratio),
        cmocka_unit_test(only_the_strict_form_of_an_amount_is_read),
        cmocka_unit_test(amounts_are_written_for_machines_and_for_people),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(only_the_strict_form_of_a_percentage_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
