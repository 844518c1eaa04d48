/*
 * Goal: dates, months, ages and Brussels days are right on every awkward day, whatever TZ the machine has.
 * Method: a day-by-day walk over the whole range against independent counting, tables for the edges, and the
 * days on which the clocks change, second by second around the change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/calendar.h"

#define SECOND_US INT64_C(1000000)

static struct date date_of(const char *text) {
    struct date d = DATE_NONE;
    if (!date_parse(text, &d)) {
        fail_msg("no date: \"%s\"", text);
    }
    return d;
}

static instant_us instant_of(const char *text) {
    instant_us at = 0;
    if (!instant_parse(text, &at)) {
        fail_msg("no instant: \"%s\"", text);
    }
    return at;
}

static void assert_date(struct date d, const char *expected) {
    char text[DATE_TEXT_BYTES];
    assert_string_equal(date_format(d, text, sizeof text), expected);
}

static void every_day_of_the_range_follows_the_one_before(void **state) {
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t expected = date_of("1850-01-01").days;
    assert_int_equal(expected, -43829);
    for (int year = 1850; year <= 2199; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (month == 2 && leap ? 1 : 0);
            for (int day = 1; day <= length; day++, expected++) {
                struct date d = DATE_NONE;
                int got_year;
                int got_month;
                int got_day;
                assert_true(date_make(year, month, day, &d));
                assert_int_equal(d.days, expected);
                date_split(d, &got_year, &got_month, &got_day);
                assert_true(got_year == year && got_month == month && got_day == day);
            }
            struct date none = DATE_NONE;
            assert_false(date_make(year, month, length + 1, &none));
            assert_true(date_is_none(none));
        }
    }
    assert_int_equal(expected - 1, date_of("2199-12-31").days);
    assert_int_equal(date_of("1970-01-01").days, 0);
    assert_int_equal(date_of("2000-03-01").days, 11017);
}

static void days_that_do_not_exist_are_refused(void **state) {
    (void)state;
    static const int rows[][3] = {
        {2023, 2, 29}, {1900, 2, 29}, {2100, 2, 29},  {2024, 2, 30}, {2024, 4, 31}, {2024, 0, 1},  {2024, 13, 1},
        {2024, 1, 0},  {2024, 1, 32}, {1849, 12, 31}, {2200, 1, 1},  {2024, -1, 1}, {2024, 1, -1}, {-2024, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct date d = DATE_NONE;
        assert_false(date_make(rows[i][0], rows[i][1], rows[i][2], &d));
        assert_true(date_is_none(d));
    }
    struct date d = DATE_NONE;
    assert_true(date_make(2000, 2, 29, &d));
    assert_true(date_make(2024, 2, 29, &d));
}

static void only_the_strict_form_of_a_date_is_read(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "2",
        "2026",
        "2026-",
        "2026-1-02",
        "2026-01-2",
        "2026-01-02 ",
        " 2026-01-02",
        "2026/01/02",
        "20260102",
        "26-01-02",
        "02-01-2026",
        "2026-01-02T00:00:00Z",
        "2026-13-01",
        "2026-02-29",
        "2026-00-10",
        "2026-01-00",
        "+026-01-02",
        "-026-01-02",
        "2026-0a-02",
        "2026-01-0x",
        "1849-12-31",
        "2200-01-01",
        "99999-01-01",
        "2026-01-02\n",
        "2026\342\200\22301-02",
        "\xd9\xa2\xd9\xa0-01-02",
        "2026-01",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct date d = DATE_NONE;
        if (date_parse(bad[i], &d)) {
            fail_msg("read as a date: \"%s\"", bad[i]);
        }
        assert_true(date_is_none(d));
    }
    assert_date(date_of("1850-01-01"), "1850-01-01");
    assert_date(date_of("2024-02-29"), "2024-02-29");
    assert_date(date_of("2199-12-31"), "2199-12-31");
    assert_date(DATE_NONE, "");
}

static void an_interval_holds_both_its_ends_and_may_be_open(void **state) {
    (void)state;
    struct date from = date_of("2024-04-01");
    struct date until = date_of("2027-12-31");
    assert_true(date_within(from, from, until));
    assert_true(date_within(until, from, until));
    assert_false(date_within(date_of("2024-03-31"), from, until));
    assert_false(date_within(date_of("2028-01-01"), from, until));
    assert_true(date_within(date_of("2199-12-31"), from, DATE_NONE));
    assert_false(date_within(DATE_NONE, from, DATE_NONE));
    assert_true(date_within(from, from, from));
}

static void a_month_later_is_the_same_day_or_the_last_of_a_shorter_month(void **state) {
    (void)state;
    static const struct {
        const char *from;
        int months;
        const char *expected;
    } rows[] = {
        {"2025-11-30", 3, "2026-02-28"},          {"2023-11-30", 3, "2024-02-29"},
        {"2025-12-15", 3, "2026-03-15"},          {"2024-02-29", 12, "2025-02-28"},
        {"2024-02-29", 48, "2028-02-29"},         {"2024-02-29", -12, "2023-02-28"},
        {"2026-01-31", 1, "2026-02-28"},          {"2026-03-31", -1, "2026-02-28"},
        {"2026-12-31", 1, "2027-01-31"},          {"2026-01-31", -1, "2025-12-31"},
        {"2026-05-31", 1, "2026-06-30"},          {"2026-02-28", 1, "2026-03-28"},
        {"2026-06-15", 0, "2026-06-15"},          {"1969-12-31", 2, "1970-02-28"},
        {"1850-01-01", -1, "1849-12-01"},         {"2199-12-31", 2, "2200-02-28"},
        {"2026-06-15", 1000000000, "9999-12-31"}, {"2026-06-15", INT32_MAX, "9999-12-31"},
        {"2026-06-15", INT32_MIN, "0001-01-01"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_date(date_add_months(date_of(rows[i].from), rows[i].months), rows[i].expected);
    }
}

static void days_are_added_across_months_and_never_beyond_four_digit_years(void **state) {
    (void)state;
    assert_date(date_add_days(date_of("2026-01-05"), 7), "2026-01-12");
    assert_date(date_add_days(date_of("2024-02-28"), 1), "2024-02-29");
    assert_date(date_add_days(date_of("2023-02-28"), 1), "2023-03-01");
    assert_date(date_add_days(date_of("2026-01-01"), -1), "2025-12-31");
    assert_date(date_add_days(date_of("2026-01-01"), INT32_MAX), "9999-12-31");
    assert_date(date_add_days(date_of("2026-01-01"), INT32_MIN), "0001-01-01");
    /* Stored bytes may hold any number of days: they are written without harm. */
    assert_date((struct date){INT32_MAX}, "9999-12-31");
    assert_date((struct date){INT32_MIN + 1}, "0001-01-01");
    assert_date(date_first_of_month((struct date){INT32_MIN + 1}), "0001-01-01");
    assert_date(date_last_of_month((struct date){INT32_MAX}), "9999-12-31");
}

static void the_ends_of_a_month_and_of_a_year(void **state) {
    (void)state;
    assert_date(date_first_of_month(date_of("2024-02-29")), "2024-02-01");
    assert_date(date_first_of_month(date_of("2024-02-01")), "2024-02-01");
    assert_date(date_last_of_month(date_of("2024-02-01")), "2024-02-29");
    assert_date(date_last_of_month(date_of("2025-02-01")), "2025-02-28");
    assert_date(date_last_of_month(date_of("2025-12-31")), "2025-12-31");
    assert_date(date_last_of_year(date_of("2025-01-01")), "2025-12-31");
    assert_date(date_last_of_year(date_of("1969-12-31")), "1969-12-31");
    assert_int_equal(date_year(date_of("1969-12-31")), 1969);
    assert_int_equal(date_year(date_of("2026-01-01")), 2026);
}

static void an_age_is_reached_on_the_birthday(void **state) {
    (void)state;
    static const struct {
        const char *birth;
        const char *day;
        int years;
    } rows[] = {
        {"2002-03-10", "2026-03-10", 24}, {"2002-03-11", "2026-03-10", 23},  {"2002-04-10", "2026-03-10", 23},
        {"2002-02-10", "2026-03-09", 24}, {"2026-03-10", "2026-03-10", 0},   {"2025-12-31", "2026-01-01", 0},
        {"2000-02-29", "2023-02-28", 22}, {"2000-02-29", "2023-03-01", 23},  {"2000-02-29", "2024-02-28", 23},
        {"2000-02-29", "2024-02-29", 24}, {"1850-01-01", "2025-12-31", 175}, {"1969-12-31", "1970-01-01", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(date_age_years(date_of(rows[i].birth), date_of(rows[i].day)), rows[i].years);
    }
}

static void a_contract_ends_on_the_first_day_of_the_third_month_after_the_notice(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"2026-01-01", "2026-04-01"}, {"2026-01-12", "2026-04-01"}, {"2026-01-31", "2026-04-01"},
        {"2025-12-01", "2026-03-01"}, {"2024-11-30", "2025-02-01"}, {"2026-10-01", "2027-01-01"},
        {"2026-09-30", "2026-12-01"}, {"2024-02-29", "2024-05-01"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_date(date_contract_end_after_notice(date_of(rows[i][0])), rows[i][1]);
    }
}

static void the_brussels_date_turns_at_brussels_midnight(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"2026-04-05T21:59:59.999999Z", "2026-04-05"},
        {"2026-04-05T22:00:00Z", "2026-04-06"},
        {"2026-02-05T22:59:59.999999Z", "2026-02-05"},
        {"2026-02-05T23:00:00Z", "2026-02-06"},
        {"2025-12-31T22:59:59Z", "2025-12-31"},
        {"2025-12-31T23:00:00Z", "2026-01-01"},
        {"2024-02-28T23:00:00Z", "2024-02-29"},
        {"2024-02-29T23:00:00Z", "2024-03-01"},
        /* The day on which clocks go forward begins at 23:00 UTC, the next at 22:00; in autumn the reverse. */
        {"2026-03-28T22:59:59Z", "2026-03-28"},
        {"2026-03-28T23:00:00Z", "2026-03-29"},
        {"2026-03-29T21:59:59Z", "2026-03-29"},
        {"2026-03-29T22:00:00Z", "2026-03-30"},
        {"2026-10-24T21:59:59Z", "2026-10-24"},
        {"2026-10-24T22:00:00Z", "2026-10-25"},
        {"2026-10-25T22:59:59Z", "2026-10-25"},
        {"2026-10-25T23:00:00Z", "2026-10-26"},
        {"1969-12-31T22:59:59.999999Z", "1969-12-31"},
        {"1969-12-31T23:00:00Z", "1970-01-01"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_date(brussels_date(instant_of(rows[i][0])), rows[i][1]);
    }
    assert_date(brussels_date(INT64_MAX), "9999-12-31");
    assert_date(brussels_date(INT64_MIN), "0001-01-01");
}

static void assert_brussels(const char *utc, const char *expected) {
    char text[INSTANT_TEXT_BYTES];
    assert_string_equal(instant_format_brussels(instant_of(utc), text, sizeof text), expected);
}

static void clocks_change_at_one_o_clock_utc_on_the_last_sundays_of_march_and_october(void **state) {
    (void)state;
    assert_brussels("2026-03-29T00:59:59Z", "2026-03-29 01:59:59");
    assert_brussels("2026-03-29T01:00:00Z", "2026-03-29 03:00:00");
    assert_brussels("2026-10-25T00:59:59Z", "2026-10-25 02:59:59");
    assert_brussels("2026-10-25T01:00:00Z", "2026-10-25 02:00:00");
    /* the last day of the month is itself the Sunday */
    assert_brussels("2024-03-31T00:59:59Z", "2024-03-31 01:59:59");
    assert_brussels("2024-03-31T01:00:00Z", "2024-03-31 03:00:00");
    assert_brussels("2027-10-31T00:59:59Z", "2027-10-31 02:59:59");
    assert_brussels("2027-10-31T01:00:00Z", "2027-10-31 02:00:00");
    assert_brussels("2026-04-05T21:59:59Z", "2026-04-05 23:59:59");
}

static void a_midnight_is_the_first_microsecond_of_its_day(void **state) {
    (void)state;
    struct date last = date_of("2099-12-31");
    for (struct date d = date_of("1996-01-01"); date_compare(d, last) <= 0; d = date_add_days(d, 1)) {
        instant_us midnight = brussels_midnight(d);
        assert_int_equal(brussels_date(midnight).days, d.days);
        assert_int_equal(brussels_date(midnight - 1).days, d.days - 1);
    }
    assert_int_equal(brussels_midnight(date_of("2026-03-29")), instant_of("2026-03-29T00:00:00+01:00"));
    assert_int_equal(brussels_midnight(date_of("2026-03-30")), instant_of("2026-03-30T00:00:00+02:00"));
    assert_int_equal(brussels_midnight(date_of("2026-10-25")), instant_of("2026-10-25T00:00:00+02:00"));
    assert_int_equal(brussels_midnight(date_of("2026-10-26")), instant_of("2026-10-26T00:00:00+01:00"));
}

static void brussels_agrees_with_the_machine_s_zone_file_every_hour_of_the_supported_years(void **state) {
    (void)state;
    assert_int_equal(setenv("TZ", "Europe/Brussels", 1), 0);
    tzset();
    time_t check = (time_t)(instant_of("2026-07-01T00:00:00Z") / SECOND_US);
    struct tm local;
    assert_non_null(localtime_r(&check, &local));
    if (local.tm_gmtoff != 7200) {
        skip(); /* a machine without zone files has nothing to compare with */
    }
    /* Zone files end their explicit rows in 2037; years after that follow the same rule. */
    instant_us end = instant_of("2037-12-31T00:00:00Z");
    for (instant_us at = instant_of("1996-01-01T00:00:00Z"); at < end; at += 3600 * SECOND_US) {
        time_t seconds = (time_t)(at / SECOND_US);
        assert_non_null(localtime_r(&seconds, &local));
        char expected[INSTANT_TEXT_BYTES];
        char got[INSTANT_TEXT_BYTES];
        assert_int_equal(strftime(expected, sizeof expected, "%Y-%m-%d %H:%M:%S", &local), 19);
        assert_string_equal(instant_format_brussels(at, got, sizeof got), expected);
    }
}

static void the_machine_s_time_zone_changes_nothing(void **state) {
    (void)state;
    assert_int_equal(setenv("TZ", "Pacific/Kiritimati", 1), 0);
    tzset();
    assert_date(brussels_date(instant_of("2026-04-05T21:59:59Z")), "2026-04-05");
    assert_brussels("2026-04-05T21:59:59Z", "2026-04-05 23:59:59");
}

static void an_instant_is_read_with_its_offset_and_fraction(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.000001Z", 1},
        {"1970-01-01T00:00:00.1Z", 100000},
        {"1970-01-01T00:00:00.123456Z", 123456},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"1970-01-01T01:00:00+01:00", 0},
        {"1969-12-31T23:30:00-00:30", 0},
        {"1970-01-01T23:59:00+23:59", 0},
        {"1970-01-01T00:00:00-00:00", 0},
        {"2026-04-05T23:59:59+02:00", INT64_C(1775426399000000)},
        {"2026-04-05T23:59:59.5+02:00", INT64_C(1775426399500000)},
        {"2026-04-05T21:59:59Z", INT64_C(1775426399000000)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(instant_of(rows[i].text), rows[i].us);
    }
}

static void only_the_strict_form_of_an_instant_is_read(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "2026-04-05",
        "2026-04-05T",
        "2026-04-05T23:59:59",
        "2026-04-05T23:59Z",
        "2026-04-05 23:59:59Z",
        "2026-04-05t23:59:59Z",
        "2026-04-05T23:59:59z",
        "2026-04-05T24:00:00Z",
        "2026-04-05T23:60:00Z",
        "2026-04-05T23:59:60Z",
        "2026-04-05T23:59:59.Z",
        "2026-04-05T23:59:59.1234567Z",
        "2026-04-05T23:59:59,5Z",
        "2026-04-05T23:59:59+0200",
        "2026-04-05T23:59:59+02",
        "2026-04-05T23:59:59+2:00",
        "2026-04-05T23:59:59+24:00",
        "2026-04-05T23:59:59+02:60",
        "2026-04-05T23:59:59+02:00 ",
        "2026-04-05T23:59:59ZZ",
        "2026-04-05T23:59:59 Z",
        " 2026-04-05T23:59:59Z",
        "2026-02-30T23:59:59Z",
        "2026-04-05T3:59:59Z",
        "2026-04-05T-3:59:59Z",
        "2026-04-05T23:59:5",
        "2026-04-05T23:59:59.",
        "2026-04-05T23:59:59+",
        "2026-04-05T23:59:59+02:0",
        "2026-04-05T23:59:59\342\210\22202:00",
        "2026-04-05T23:59:59[Europe/Brussels]",
        "1775426399",
        "20260405T235959Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        instant_us at = 42;
        if (instant_parse(bad[i], &at)) {
            fail_msg("read as an instant: \"%s\"", bad[i]);
        }
        assert_int_equal(at, 42);
    }
}

static void an_instant_is_written_in_utc_with_microseconds_and_read_back(void **state) {
    (void)state;
    char text[INSTANT_TEXT_BYTES];
    assert_string_equal(instant_format(instant_of("2026-04-05T23:59:59+02:00"), text, sizeof text),
                        "2026-04-05T21:59:59.000000Z");
    assert_string_equal(instant_format(-1, text, sizeof text), "1969-12-31T23:59:59.999999Z");
    assert_string_equal(instant_format(0, text, sizeof text), "1970-01-01T00:00:00.000000Z");
    for (instant_us at = instant_of("1850-01-02T00:00:00Z"); at < instant_of("2199-12-31T00:00:00Z");
         at += INT64_C(123456789012347)) {
        assert_int_equal(instant_of(instant_format(at, text, sizeof text)), at);
    }
    assert_int_equal(strlen(instant_format(INT64_MAX, text, sizeof text)), 27);
    assert_int_equal(strlen(instant_format(INT64_MIN, text, sizeof text)), 27);
}

static void only_the_strict_form_of_a_time_of_day_is_read(void **state) {
    (void)state;
    int minute = -1;
    assert_true(minute_of_day_parse("00:00", &minute));
    assert_int_equal(minute, 0);
    assert_true(minute_of_day_parse("09:05", &minute));
    assert_int_equal(minute, 545);
    assert_true(minute_of_day_parse("23:59", &minute));
    assert_int_equal(minute, 1439);
    static const char *const bad[] = {
        "",       "9:05",   "24:00", "23:60", "23:5",     "23:059", "23.05", "2305",
        " 23:05", "23:05 ", "-1:00", "+1:00", "23:05:00", "23",     "23:",   "ab:cd",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (minute_of_day_parse(bad[i], &minute)) {
            fail_msg("read as a time: \"%s\"", bad[i]);
        }
        assert_int_equal(minute, 1439);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_the_range_follows_the_one_before),
        cmocka_unit_test(days_that_do_not_exist_are_refused),
        cmocka_unit_test(only_the_strict_form_of_a_date_is_read),
        cmocka_unit_test(an_interval_holds_both_its_ends_and_may_be_open),
        cmocka_unit_test(a_month_later_is_the_same_day_or_the_last_of_a_shorter_month),
        cmocka_unit_test(days_are_added_across_months_and_never_beyond_four_digit_years),
        cmocka_unit_test(the_ends_of_a_month_and_of_a_year),
        cmocka_unit_test(an_age_is_reached_on_the_birthday),
        cmocka_unit_test(a_contract_ends_on_the_first_day_of_the_third_month_after_the_notice),
        cmocka_unit_test(the_brussels_date_turns_at_brussels_midnight),
        cmocka_unit_test(clocks_change_at_one_o_clock_utc_on_the_last_sundays_of_march_and_october),
        cmocka_unit_test(a_midnight_is_the_first_microsecond_of_its_day),
        cmocka_unit_test(brussels_agrees_with_the_machine_s_zone_file_every_hour_of_the_supported_years),
        cmocka_unit_test(the_machine_s_time_zone_changes_nothing),
        cmocka_unit_test(an_instant_is_read_with_its_offset_and_fraction),
        cmocka_unit_test(only_the_strict_form_of_an_instant_is_read),
        cmocka_unit_test(an_instant_is_written_in_utc_with_microseconds_and_read_back),
        cmocka_unit_test(only_the_strict_form_of_a_time_of_day_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
