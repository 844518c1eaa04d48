/*
 * Goal: a wrong figure never passes for a figure: it is refused with the line, the field and what to write.
 * Method: the shipped book of 2024 (and of 2021, 2019) with one passage changed; the error must stand on the
 * changed line, about the named field, and say the given words.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/book.h"
#include "tests/unit/book_text.h"

#define ERRORS_MAX 64

static struct yaml_error errors[ERRORS_MAX];
static size_t error_count;

static int parse(const char *text, struct book **ret_book) {
    error_count = 0;
    return book_parse(text, strlen(text), ret_book, errors, ERRORS_MAX, &error_count);
}

/* '#' in a pattern stands for any index: the rows of the shipped books move when a figure is added. */
static bool field_matches(const char *field, const char *pattern) {
    for (; *pattern != 0; pattern++) {
        if (*pattern == '#') {
            field += strspn(field, "0123456789");
        } else if (*field++ != *pattern) {
            return false;
        }
    }
    return *field == 0;
}

static const struct yaml_error *find(int line, const char *field, const char *words) {
    for (size_t i = 0; i < error_count; i++) {
        if ((line == 0 || errors[i].line == line) && field_matches(errors[i].field, field) &&
            strstr(errors[i].text, words) != NULL) {
            return &errors[i];
        }
    }
    for (size_t i = 0; i < error_count; i++) {
        print_message("%d:%d %s: %s\n", errors[i].line, errors[i].column, errors[i].field, errors[i].text);
    }
    fail_msg("no error on line %d about %s saying \"%s\"", line, field, words);
    return NULL;
}

/* One change in one book. The error stands on the line of `at` in the changed text; NULL: of `to`. */
struct change {
    const char *from;
    const char *to;
    const char *at;
    const char *field;
    const char *words;
};

static void assert_refused(const char *convention, const struct change *changes, size_t count) {
    char path[64];

    snprintf(path, sizeof(path), "deploy/conventions/%s.yaml", convention);

    char *text = book_text_read(path);

    for (size_t i = 0; i < count; i++) {
        char *changed = book_text_replace(text, changes[i].from, changes[i].to);
        struct book *book = NULL;
        int line = book_text_line(changed, changes[i].at != NULL ? changes[i].at : changes[i].to);

        if (parse(changed, &book) != 1) {
            fail_msg("accepted: %s", changes[i].to);
        }
        assert_null(book);
        assert_non_null(find(line, changes[i].field, changes[i].words));
        free(changed);
    }
    free(text);
}

#define REFUSED(convention, ...)                                     \
    assert_refused(convention, (const struct change[]){__VA_ARGS__}, \
                   sizeof((const struct change[]){__VA_ARGS__}) / sizeof(struct change))

static void an_amount_is_quoted_euro_with_two_decimals(void **state) {
    (void)state;
    REFUSED(
        "2024", {"amount: \"86.69\"", "amount: 86.69", NULL, "tariffs[0].amounts[0].amount", "write \"86.69\""},
        {"amount: \"86.69\"", "amount: 8669", NULL, "tariffs[0].amounts[0].amount",
         "\"86.69\" if these are cents, \"8669.00\" if these are euro"},
        {"amount: \"86.69\"", "amount: \"8669\"", NULL, "tariffs[0].amounts[0].amount", "\"86.69\" if these are cents"},
        {"amount: \"86.69\"", "amount: \"86.7\"", NULL, "tariffs[0].amounts[0].amount", "two decimals"},
        {"amount: \"86.69\"", "amount: \"86.695\"", NULL, "tariffs[0].amounts[0].amount", "two decimals"},
        {"amount: \"86.69\"", "amount: \"86,69\"", NULL, "tariffs[0].amounts[0].amount", "two decimals"},
        {"amount: \"86.69\"", "amount: \"€ 86.69\"", NULL, "tariffs[0].amounts[0].amount", "two decimals"},
        {"amount: \"86.69\"", "amount: \"086.69\"", NULL, "tariffs[0].amounts[0].amount", "two decimals"},
        {"amount: \"86.69\"", "amount: \"-86.69\"", NULL, "tariffs[0].amounts[0].amount", "absurd"},
        {"amount: \"86.69\"", "amount: \"0.00\"", NULL, "tariffs[0].amounts[0].amount", "absurd"},
        {"amount: \"86.69\"", "amount: \"866900.00\"", NULL, "tariffs[0].amounts[0].amount", "absurd"},
        {"individual: \"11.00\"", "individual: 11.00", NULL, "shares[0].individual", "write \"11.00\""},
        {"individual: \"11.00\"", "individual: \"1100\"", NULL, "shares[0].individual", "if these are cents"},
        {"\"30000.00\"", "30000", "hospital_lump", "figures[#].value", "hospital_lump: 30000 is not an amount"});
}

static void a_whole_number_is_never_truncated(void **state) {
    (void)state;
    REFUSED("2024",
            {"{name: deadline_day, value: 5,", "{name: deadline_day, value: 86.69,", NULL, "figures[#].value",
             "is not a whole number and is never rounded"},
            {"{name: deadline_day, value: 5,", "{name: deadline_day, value: 5.0,", NULL, "figures[#].value",
             "never rounded"},
            {"{name: deadline_day, value: 5,", "{name: deadline_day, value: 010,", NULL, "figures[#].value",
             "leading zero; write 10"},
            {"{name: deadline_day, value: 5,", "{name: deadline_day, value: 00,", NULL, "figures[#].value",
             "leading zero; write 0"},
            {"{name: deadline_day, value: 5,", "{name: deadline_day, value: 32,", NULL, "figures[#].value",
             "absurd; write a whole number from 1 to 31"},
            {"{name: deadline_day, value: 5,", "{name: deadline_day, value: -5,", NULL, "figures[#].value",
             "not a whole number"},
            {"{name: deadline_day, value: 5,", "{name: deadline_day, value: five,", NULL, "figures[#].value",
             "not a whole number"},
            {"{name: deadline_day, value: 5,", "{name: deadline_day, value: 99999999999999999999,", NULL,
             "figures[#].value", "absurd"},
            {"{year: 2024, amount: \"86.69\"}", "{year: 2024.0, amount: \"86.69\"}", NULL, "tariffs[0].amounts[0].year",
             "never rounded"},
            {"group_paid_from_age: 24", "group_paid_from_age: 024", NULL, "shares[0].group_paid_from_age", "write 24"});
}

static void a_percentage_is_quoted_with_its_sign(void **state) {
    (void)state;
    REFUSED("2024", {"percent: \"3.22 %\"", "percent: 3.22 %", NULL, "indexations[0].percent", "write \"3.22 %\""},
            {"percent: \"3.22 %\"", "percent: \"3.22\"", NULL, "indexations[0].percent", "not a percentage"},
            {"percent: \"3.22 %\"", "percent: \"322\"", NULL, "indexations[0].percent", "not a percentage"},
            {"percent: \"3.22 %\"", "percent: \"3.225 %\"", NULL, "indexations[0].percent", "not a percentage"},
            {"percent: \"3.22 %\"", "percent: \"32.20 %\"", NULL, "indexations[0].percent", "absurd"},
            {"value: \"103 %\"", "value: \"203 %\"", NULL, "figures[#].value", "zone_critical_above: 203 % is absurd"},
            {"\"80 %, 100 %, 101 %, 103 %\"", "\"80 %, 100 %, 100 %\"", NULL, "figures[#].value", "do not ascend"},
            {"\"80 %, 100 %, 101 %, 103 %\"", "\"80, 100\"", NULL, "figures[#].value", "not a percentage"});
}

static void a_date_a_flag_and_a_word_have_one_form(void **state) {
    (void)state;
    REFUSED(
        "2024", {"until: 2027-12-31, article", "until: 31-12-2027, article", NULL, "sessions.until", "YYYY-MM-DD"},
        {"until: 2027-12-31, article", "until: 2027-02-30, article", NULL, "sessions.until", "YYYY-MM-DD"},
        {"until: 2027-12-31, article", "until: 20277-12-31, article", NULL, "sessions.until", "YYYY-MM-DD"},
        {"until: 2027-12-31, article", "until: 1927-12-31, article", NULL, "sessions.until", "absurd"},
        {"value: 04-30", "value: 30-04", NULL, "figures[#].value", "write MM-DD"},
        {"value: 04-30", "value: 02-29", NULL, "figures[#].value", "write MM-DD"},
        {"name: zones, value: true", "name: zones, value: yes", NULL, "figures[#].value", "write true or false"},
        {"first_individual_free: true", "first_individual_free: 1", NULL, "shares[0].first_individual_free",
         "write true or false"},
        {"value: acceptance", "value: acceptence", NULL, "figures[#].value", "write one of acceptance, session"},
        {"- tariff: assessment", "- tariff: asessment", NULL, "tariffs[1].tariff", "write one of individual"},
        {"service: group-other", "service: group-others", NULL, "codes[4].service", "is unknown"},
        {"envelope: mission.art8", "envelope: mission.art9", NULL, "envelopes[5].envelope", "is unknown"},
        {"networks: child", "networks: children", NULL, "envelopes[2].networks", "write one of all, child, prison"});
}

static void an_interval_ends_after_it_starts(void **state) {
    (void)state;
    REFUSED("2024",
            {"sessions: {from: 2024-04-01, until: 2027-12-31", "sessions: {from: 2024-04-01, until: 2023-12-31", NULL,
             "sessions.until", "lies before the first day 2024-04-01"},
            {"value: true, from: 2026-01-01, until: 2026-12-31", "value: true, from: 2026-12-31, until: 2026-01-01",
             NULL, "figures[#].until", "lies before"},
            {"{code: same-day, article", "{code: same-day, until: 2024-03-31, article", NULL, "rules[10].until",
             "holds on no day of the book"},
            {"figures_until: 2025-12-31", "figures_until: 2028-12-31", NULL, "figures_until", "outside sessions"},
            {"figures_until: 2025-12-31", "figures_until: 2024-03-31", NULL, "figures_until", "outside sessions"});
}

static void rows_of_a_figure_neither_overlap_nor_leave_a_gap(void **state) {
    (void)state;
    REFUSED("2024",
            {"art8_pays_site_sessions, value: false, until: 2025-12-14",
             "art8_pays_site_sessions, value: false, until: 2025-12-15", "art8_pays_site_sessions, value: true",
             "figures[#].from", "overlaps the row before it; start this one on 2025-12-16"},
            {"art8_pays_site_sessions, value: false, until: 2025-12-14",
             "art8_pays_site_sessions, value: false, until: 2025-12-12", "art8_pays_site_sessions, value: true",
             "figures[#].from", "a gap after the row before it; start this one on 2025-12-13"},
            {"- {name: deadline_month, value: 3,", "- {name: deadline_day, value: 3,", NULL, "figures[#].from",
             "deadline_day: overlaps"});
    REFUSED(
        "2021",
        {"until: 2023-05-14", "until: 2023-05-13", "from: 2023-05-15", "shares[1].from",
         "a gap before this row; start this row on 2023-05-14"},
        {"until: 2023-05-14", "until: 2023-05-15", "from: 2023-05-15", "shares[1].from", "overlaps"},
        {"from: 2021-09-01\n", "from: 2021-10-01\n", "from: 2021-10-01\n", "shares[0].from", "a gap before this row"},
        {"until: 2024-03-31\n    article: \"public", "until: 2024-02-29\n    article: \"public", "until: 2024-02-29",
         "shares[2].until", "write until: 2024-03-31"});
}

static void columns_ascend_without_gap_to_figures_until(void **state) {
    (void)state;
    REFUSED("2024",
            {"{year: 2025, amount: \"89.48\", provisional: true}", "{year: 2026, amount: \"89.48\", provisional: true}",
             NULL, "tariffs[0].amounts[1].year", "2026 follows 2024"},
            {"{year: 2025, amount: \"89.48\", provisional: true}", "{year: 2024, amount: \"89.48\", provisional: true}",
             NULL, "tariffs[0].amounts[1].year", "2024 follows 2024"},
            {"\n      - {year: 2025, amount: \"89.48\", provisional: true}", "", "- tariff: individual", "tariffs[0]",
             "the amount of 2025 is missing, figures_until promises it"},
            {"- {year: 2024, amount: \"86.69\"}\n      - {year: 2025", "- {year: 2025", "- tariff: individual",
             "tariffs[0]", "the columns start with 2025; the book starts in 2024"});
}

static void an_indexed_amount_follows_from_the_year_before(void **state) {
    (void)state;
    REFUSED("2024",
            {"amount: \"89.48\"", "amount: \"89.84\"", NULL, "tariffs[0].amounts[1].amount",
             "the amount of 2024 with 3.22 % is \"89.48\""},
            {"amount: \"231.18\"", "amount: \"231.81\"", "amount: \"238.62\"", "tariffs[2].amounts[1].amount",
             "correct the amount or the percentage"},
            {"amount: \"89.48\", provisional: true", "amount: \"89.48\"", NULL, "tariffs[0].amounts[1].amount",
             "write provisional: true"},
            {"{year: 2025, percent", "{year: 2024, percent", "amount: \"89.48\"", "tariffs[0].amounts[1].amount",
             "there is no indexation of 2025"});
    REFUSED("2021", {"{year: 2023, percent", "{year: 2022, percent", "percent: \"8.14 %\"", "indexations[1].year",
                     "do not ascend"});
}

static void a_designated_leader_never_costs_more_than_the_group_amount(void **state) {
    (void)state;
    REFUSED("2024", {"{name: designated_hours, value: 2,", "{name: designated_hours, value: 3,", "tariffs:\n",
                     "tariffs", "3 hours cost more than group-other"});
}

static void what_the_convention_needs_may_not_be_missing(void **state) {
    (void)state;
    REFUSED("2024",
            {"  - {code: same-day, article: public fact}\n", "", "rules:\n", "rules", "the rule same-day is missing"},
            {"  - {name: deadline_day, value: 5, article: S4 art. 8}\n", "", "figures:\n", "figures",
             "deadline_day: the figure is missing from 2024-04-01 on"},
            {"- {name: deadline_day, value: 5, article", "- {name: deadline_day, value: 5, from: 2024-07-01, article",
             NULL, "figures[#].from", "deadline_day: the figure is missing from 2024-04-01 on"},
            {"- {name: deadline_day, value: 5, article", "- {name: deadline_day, value: 5, until: 2025-11-30, article",
             NULL, "figures[#].until", "deadline_day: the figure is missing from 2025-12-01 on"},
            {"  - {name: reduction_deadline, value: 04-30, article: S0 art. 14 §5}\n", "", "figures:\n", "figures",
             "reduction_deadline: the figure is missing from 2026-01-01 on"},
            {"  - {name: quota_f3_individual_adult, value: 20, article: public fact}\n", "", "figures:\n", "figures",
             "quota_f3_individual_adult: the figure is missing"},
            {"name: extra_care_share", "name: extra_care_shore", NULL, "figures[#].name", "not a figure of a book"},
            {"- tariff: group-other", "- tariff: individual-short", "tariffs:\n", "tariffs",
             "the tariff group-other is missing"},
            {"envelope: care.base", "envelope: other-missions", "envelopes:\n", "envelopes", "care.base is missing"});
    REFUSED("2019", {"  - {code: series-exhausted, patient_billable: true, article: \"S3; once: public fact\"}\n", "",
                     "rules:\n", "rules", "the rule series-exhausted is missing"});
}

static void a_rule_an_envelope_and_a_code_hold_on_every_day(void **state) {
    (void)state;
    REFUSED("2024",
            {"{code: same-day, article", "{code: same-day, from: 2024-07-01, article", NULL, "rules[#].from",
             "the rule same-day: a gap from 2024-04-01 until 2024-06-30"},
            {"{code: same-day, article: public fact}",
             "{code: same-day, until: 2025-03-31, article: public fact}\n"
             "  - {code: same-day, from: 2025-05-01, article: public fact}",
             "{code: same-day, from: 2025-05-01", "rules[#].from", "a gap from 2025-04-01 until 2025-04-30"},
            {"{envelope: care.base, care: true, article",
             "{envelope: care.base, care: true, until: 2027-06-30, article", NULL, "envelopes[0].until",
             "a gap from 2027-07-01 until 2027-12-31"},
            {"service: individual, fictitious: true", "service: individual, until: 2026-12-31, fictitious: true", NULL,
             "codes[0].until", "the service individual: a gap from 2027-01-01 until 2027-12-31"},
            {"{code: same-day, article", "{code: same-day, from: 2042-07-01, article", NULL, "rules[#].from",
             "holds on no day of the book"},
            {"code: \"000022\", service: assessment", "code: \"000022\", service: training", "codes:\n", "codes",
             "the service assessment has no pseudo-code"});
}

static void what_no_source_gives_is_provisional(void **state) {
    (void)state;
    REFUSED("2024", {"{year: 2024, amount: \"50.00\", provisional: true}", "{year: 2024, amount: \"50.00\"}", NULL,
                     "tariffs[5].amounts[0].amount", "write provisional: true beside it"});
}

static void a_figure_that_ends_on_figures_until_goes_on_serving(void **state) {
    (void)state;
    char *text = book_text_read("deploy/conventions/2024.yaml");
    char *changed = book_text_replace(text, "- {name: deadline_day, value: 5, article",
                                      "- {name: deadline_day, value: 5, until: 2025-12-31, article");
    struct book *book = NULL;

    assert_int_equal(parse(changed, &book), 0);
    assert_int_equal(book_on(book, book_text_day("2027-01-01"))->deadline_day, 5);
    book_free(book);
    free(changed);
    free(text);
}

static void every_figure_says_where_it_comes_from(void **state) {
    (void)state;
    REFUSED("2024",
            {"{name: deadline_day, value: 5, article: S4 art. 8}", "{name: deadline_day, value: 5}", NULL, "figures[#]",
             "the key \"article\" is missing"},
            {"{name: deadline_day, value: 5, article: S4 art. 8}", "{name: deadline_day, value: 5, article: \" \"}",
             NULL, "figures[#].article", "the article is empty"},
            {"{code: same-day, article: public fact}", "{code: same-day}", NULL, "rules[10]",
             "the key \"article\" is missing"},
            {"article: S4 art. 9\n    indexed: true\n", "indexed: true\n", "tariff: group-psychologist", "tariffs[2]",
             "the key \"article\" is missing"});
}

static void spelling_is_checked_everywhere(void **state) {
    (void)state;
    REFUSED("2024", {"{code: same-day,", "{code: same-days,", NULL, "rules[10].code", "is not a refusal code"},
            {"name: deadline_day,", "name: deadline_days,", NULL, "figures[#].name", "is not a figure of a book"},
            {"patient_billable: true", "patient_bilable: true", NULL, "rules[6].patient_bilable", "is unknown here"},
            {"convention: \"2024\"", "convention: \"24\"", NULL, "convention", "is not a convention"},
            {"code: \"793833\"", "code: 793833", NULL, "codes[8].code", "write \"793833\""},
            {"code: \"793833\"", "code: \"79383\"", NULL, "codes[8].code", "six digits"});
}

static void nothing_stands_twice(void **state) {
    (void)state;
    REFUSED("2024",
            {"title: First", "convention: \"2024\"\ntitle: First", "convention: \"2024\"\ntitle", "convention",
             "the first is on line"},
            {"{code: same-day,", "{code: not-insured,", "{code: not-insured, article: public", "rules[10].code",
             "stands twice for the same days"},
            {"- tariff: assessment", "- tariff: individual # again", "# again", "tariffs[1].tariff", "a second time"},
            {"code: \"793855\"", "code: \"793833\"", "code: \"793833\", service: operating-meetings", "codes[9].code",
             "a second time"},
            {"envelope: mission.art8", "envelope: mission.prisons", "mission.prisons, care: true, order: 5",
             "envelopes[5].envelope", "stands twice for the same days"},
            {"care: true, order: 5", "care: true, order: 1", "envelope: mission.art8", "envelopes[5].envelope",
             "the order of another"});
}

static void figures_agree_with_each_other(void **state) {
    (void)state;
    REFUSED("2024",
            {"{name: group_direct_minutes_min, value: 90,", "{name: group_direct_minutes_min, value: 121,", NULL,
             "figures[#].value", "group_direct_minutes_min exceeds group_minutes_min"},
            {"{name: zone_vigilance_above, value: \"101 %\"", "{name: zone_vigilance_above, value: \"104 %\"", NULL,
             "figures[#].value", "exceeds zone_critical_above"},
            {"individual_bim: \"4.00\"", "individual_bim: \"12.00\"", NULL, "shares[0].individual_bim", "exceeds"},
            {"  - {name: first_session_window_months, value: 12, article: \"public fact; window: own "
             "decision\"}\n",
             "", "first_individual_free: true", "shares[0].first_individual_free",
             "first_session_window_months is missing"});
}

static void all_errors_of_a_book_come_in_the_order_of_the_file(void **state) {
    (void)state;
    char *text = book_text_read("tests/unit/books/many-errors.yaml");
    struct book *book = NULL;
    size_t marked = 0;
    int line = 1;

    assert_int_equal(parse(text, &book), 1);
    /* Every line of the file that is wrong says so in a remark. */
    for (char *at = strtok(text, "\n"); at != NULL; at = strtok(NULL, "\n"), line++) {
        if (strstr(at, "# wrong") != NULL) {
            assert_true(marked < error_count);
            assert_int_equal(errors[marked].line, line);
            marked++;
        }
    }
    assert_int_equal(marked, 13);
    assert_int_equal(error_count, marked);
    free(text);
}

static void the_callers_room_bounds_what_is_reported(void **state) {
    (void)state;
    char *text = book_text_read("tests/unit/books/many-errors.yaml");
    struct book *book = NULL;
    struct yaml_error room[3];
    size_t count = 99;

    assert_int_equal(book_parse(text, strlen(text), &book, room, 3, &count), 1);
    assert_int_equal(count, 3);
    assert_int_equal(book_parse(text, strlen(text), &book, NULL, 0, &count), 1);
    assert_int_equal(count, 0);
    assert_null(book);
    free(text);
}

static void a_book_of_the_largest_size_is_read_and_one_byte_more_is_not(void **state) {
    (void)state;
    char *text = book_text_read("deploy/conventions/2024.yaml");
    size_t bytes = strlen(text);
    struct book *book = NULL;

    text = realloc(text, BOOK_BYTES_MAX + 2);
    assert_non_null(text);
    memset(text + bytes, '\n', BOOK_BYTES_MAX + 1 - bytes);
    text[BOOK_BYTES_MAX + 1] = 0;
    assert_int_equal(parse(text, &book), 1);
    assert_non_null(find(0, "", "262144 are the most"));
    text[BOOK_BYTES_MAX] = 0;
    assert_int_equal(parse(text, &book), 0);
    book_free(book);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_amount_is_quoted_euro_with_two_decimals),
        cmocka_unit_test(a_whole_number_is_never_truncated),
        cmocka_unit_test(a_percentage_is_quoted_with_its_sign),
        cmocka_unit_test(a_date_a_flag_and_a_word_have_one_form),
        cmocka_unit_test(an_interval_ends_after_it_starts),
        cmocka_unit_test(rows_of_a_figure_neither_overlap_nor_leave_a_gap),
        cmocka_unit_test(columns_ascend_without_gap_to_figures_until),
        cmocka_unit_test(an_indexed_amount_follows_from_the_year_before),
        cmocka_unit_test(a_designated_leader_never_costs_more_than_the_group_amount),
        cmocka_unit_test(what_the_convention_needs_may_not_be_missing),
        cmocka_unit_test(a_rule_an_envelope_and_a_code_hold_on_every_day),
        cmocka_unit_test(what_no_source_gives_is_provisional),
        cmocka_unit_test(a_figure_that_ends_on_figures_until_goes_on_serving),
        cmocka_unit_test(every_figure_says_where_it_comes_from),
        cmocka_unit_test(spelling_is_checked_everywhere),
        cmocka_unit_test(nothing_stands_twice),
        cmocka_unit_test(figures_agree_with_each_other),
        cmocka_unit_test(all_errors_of_a_book_come_in_the_order_of_the_file),
        cmocka_unit_test(the_callers_room_bounds_what_is_reported),
        cmocka_unit_test(a_book_of_the_largest_size_is_read_and_one_byte_more_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
