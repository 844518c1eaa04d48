/*
 * Goal: no window of twelve months holds more sessions of a beneficiary than the convention allows, whatever order the
 * lines arrive in, and the next free day is the first that a line may have.
 * Method: days around the boundary in the pure count; then shuffled lines through the handler on a real store, with
 * cancellations, replacements and dry runs; the count is compared with one that looks at every single day.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/calendar.h"
#include "services/intake/quota.h"
#include "tests/support/intake_fixture.h"
#include "tests/support/intake_world.h"

static struct intake_fixture fixture;
static struct fixture_line line;
static struct quota_days days;

static struct date day_of(const char *text) {
    struct date date;
    assert_true(date_parse(text, &date));
    return date;
}

/* --- the pure count ----------------------------------------------------------------------------------------------- */

static const struct quota_limits adult_f2 = {12, 23, 10, 8};

static void stand(const char *const *texts, size_t count, int age) {
    quota_days_clear(&days);
    for (size_t i = 0; i < count; i++) {
        quota_days_add(&days, day_of(texts[i]), age);
    }
}

static const char *const eight[] = {"2026-10-01", "2026-03-01", "2026-09-01", "2026-04-01",
                                    "2026-08-01", "2026-05-01", "2026-07-01", "2026-06-01"};

static void the_ninth_fits_from_the_day_after_the_first_left_the_window(void **state) {
    (void)state;
    struct quota_window window;
    stand(eight, 8, 40);
    assert_false(quota_fits(&days, &adult_f2, day_of("2027-02-28"), 40, &window));
    assert_int_equal(window.held, 9);
    assert_int_equal(window.max, 8);
    assert_int_equal(window.from.days, day_of("2026-03-01").days);
    assert_true(quota_fits(&days, &adult_f2, day_of("2027-03-01"), 40, &window));
    assert_int_equal(window.held, 8);
}

static void an_earlier_day_is_counted_with_the_later_ones(void **state) {
    (void)state;
    struct quota_window window;
    stand(eight, 8, 40);
    assert_false(quota_fits(&days, &adult_f2, day_of("2026-02-15"), 40, &window));
    assert_int_equal(window.until.days, day_of("2026-10-01").days);
    assert_false(quota_fits(&days, &adult_f2, day_of("2025-10-02"), 40, &window));
    assert_true(quota_fits(&days, &adult_f2, day_of("2025-10-01"), 40, &window));
}

static void a_leap_day_keeps_its_window(void **state) {
    (void)state;
    static const char *const leap[] = {"2024-02-29"};
    static const struct quota_limits one = {12, BOOK_ABSENT, 1, 1};
    struct quota_window window;
    stand(leap, 1, 40);
    assert_false(quota_fits(&days, &one, day_of("2025-02-28"), 41, &window));
    assert_true(quota_fits(&days, &one, day_of("2025-03-01"), 41, &window));
    assert_false(quota_fits(&days, &one, day_of("2023-03-01"), 39, &window));
    assert_true(quota_fits(&days, &one, day_of("2023-02-28"), 39, &window));
}

static void the_age_on_the_windows_last_session_says_child_or_adult(void **state) {
    (void)state;
    static const char *const nine[] = {"2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05",
                                       "2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09"};
    struct quota_window window;
    stand(nine, 9, 23);
    assert_true(quota_fits(&days, &adult_f2, day_of("2026-01-10"), 23, &window));
    assert_false(quota_fits(&days, &adult_f2, day_of("2026-01-10"), 24, &window));
    assert_int_equal(window.max, 8);
    /* A child's session that arrives late stands before those of the adult. */
    stand(nine, 8, 24);
    assert_false(quota_fits(&days, &adult_f2, day_of("2025-12-30"), 23, &window));
    assert_int_equal(window.until.days, day_of("2026-01-08").days);
}

/* Fits by looking at every window of every day: the definition. */
static bool fits_by_definition(const struct quota_limits *limits, struct date day, int age) {
    for (struct date until = day; date_compare(until, date_add_months(day, 13)) < 0; until = date_add_days(until, 1)) {
        struct date from = date_add_days(date_add_months(until, -limits->window_months), 1);
        struct date last = day;
        int held = 1;
        int last_age = age;
        if (date_compare(from, day) > 0) {
            continue;
        }
        for (size_t i = 0; i < days.count; i++) {
            if (date_within(days.items[i].date, from, until)) {
                held++;
                if (date_compare(days.items[i].date, last) >= 0) {
                    last = days.items[i].date;
                    last_age = days.items[i].age;
                }
            }
        }
        if (held > (last_age <= limits->child_age_max ? limits->max_child : limits->max_adult)) {
            return false;
        }
    }
    return true;
}

/* The next of a fixed sequence, 0 to below - 1. */
static int next_of(uint64_t *sequence, int below) {
    *sequence = *sequence * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (int)((*sequence >> 33) % (uint64_t)below);
}

static void the_count_is_that_of_every_single_day(void **state) {
    (void)state;
    static const struct quota_limits limits = {12, 23, 5, 3};
    struct date birth = day_of("2002-06-15");
    uint64_t sequence = 7;
    for (int round = 0; round < 300; round++) {
        struct date first = day_of("2025-01-01");
        struct quota_window window;
        quota_days_clear(&days);
        for (int i = 0; i < 12; i++) {
            struct date day = date_add_days(first, next_of(&sequence, 900));
            int age = date_age_years(birth, day);
            bool fits = quota_fits(&days, &limits, day, age, &window);
            assert_int_equal(fits, fits_by_definition(&limits, day, age));
            struct date next = quota_next_free(&days, &limits, birth, day, day_of("2029-12-31"));
            struct date slow = day;
            while (!fits_by_definition(&limits, slow, date_age_years(birth, slow))) {
                slow = date_add_days(slow, 1);
            }
            assert_int_equal(next.days, slow.days);
            if (fits) {
                quota_days_add(&days, day, age);
            }
        }
    }
}

static void more_days_than_a_book_may_allow_are_too_many(void **state) {
    (void)state;
    static const struct quota_limits wide = {12, 23, 1000, 1000};
    struct quota_window window;
    quota_days_clear(&days);
    for (int i = 0; i <= QUOTA_DAYS_MAX; i++) {
        quota_days_add(&days, day_of("2026-01-01"), 30);
    }
    assert_false(quota_fits(&days, &wide, day_of("2026-06-01"), 30, &window));
}

static void without_a_free_day_up_to_the_last_there_is_none(void **state) {
    (void)state;
    stand(eight, 8, 40);
    struct date birth = day_of("1980-01-01");
    assert_true(date_is_none(quota_next_free(&days, &adult_f2, birth, day_of("2026-11-02"), day_of("2027-02-28"))));
    struct date next = quota_next_free(&days, &adult_f2, birth, day_of("2026-11-02"), day_of("2027-12-31"));
    assert_int_equal(next.days, day_of("2027-03-01").days);
}

/* --- through the handler ------------------------------------------------------------------------------------------ */

static int open_world(void **state) {
    (void)state;
    intake_fixture_open(&fixture, FIXTURE_WORLD, true);
    return 0;
}

static int close_world(void **state) {
    (void)state;
    intake_fixture_close(&fixture);
    return 0;
}

static const Elp__V1__Verdict *send_on(const char *key, const char *date, bool dry) {
    line.line.key = (ProtobufCBinaryData){strlen(key), (uint8_t *)key};
    line.line.date = (char *)date;
    return fixture_submit_as(&fixture, fixture_demo(), &line.line, dry)->verdict;
}

static void assert_over(const char *key, const char *date) {
    const Elp__V1__Verdict *verdict = send_on(key, date, false);
    assert_int_equal(verdict->n_reasons, 1);
    assert_string_equal(verdict->reasons[0]->code, "quota-exceeded");
    assert_string_equal(verdict->reasons[0]->field, "beneficiaries[0]");
    assert_string_equal(verdict->reasons[0]->article, "public fact; S4 art. 4");
    assert_true(verdict->reasons[0]->patient_billable);
}

static void assert_fits(const char *key, const char *date) {
    assert_int_equal(send_on(key, date, false)->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
}

/* Eight sessions of an adult, from June to December 2024. */
static void accept_eight(void) {
    static const char *const dates[] = {"2024-12-01", "2024-06-01", "2024-11-01", "2024-07-01",
                                        "2024-10-01", "2024-08-01", "2024-09-01", "2024-12-15"};
    struct world_fact fact;
    fixture_individual(&line, "x");
    world_statement(&fact, line.niss[0], "2024-01-01", true);
    fact.body.statement.resolved_on = (char *)"2024-12-20";
    assert_non_null(fixture_clock(&fixture, "2024-12-20T12:00:00+01:00"));
    (void)fixture_load(&fixture, fixture_operator(), &fact.fact);
    fixture_individual(&line, "x");
    for (size_t i = 0; i < 8; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "e%zu", i);
        assert_fits(key, dates[i]);
    }
}

static void a_ninth_session_is_over_the_quota_in_any_order(void **state) {
    (void)state;
    accept_eight();
    assert_over("early", "2024-05-31");
    assert_over("between", "2024-09-15");
    assert_over("late", "2024-12-19");
    assert_non_null(fixture_clock(&fixture, "2025-06-20T12:00:00+02:00"));
    assert_over("before", "2025-05-31");
    assert_fits("after", "2025-06-01");
}

static void a_group_never_counts_in_2024(void **state) {
    (void)state;
    accept_eight();
    fixture_group(&line, "g");
    fixture_people(&line, 4, 1, "1980-02-01");
    line.line.date = (char *)"2024-12-02";
    assert_int_equal(fixture_submit(&fixture, &line.line)->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
}

static void a_cancellation_frees_the_quota(void **state) {
    (void)state;
    accept_eight();
    assert_over("a", "2024-12-16");
    const Elp__V1__Verdict *verdict = send_on("e0", "2024-12-01", false);
    char id[64];
    (void)snprintf(id, sizeof id, "%s", verdict->id);
    assert_true(fixture_cancel(&fixture, fixture_demo(), id, "c", "")->cancelled);
    assert_fits("b", "2024-12-16");
    assert_over("d", "2024-12-17");
}

static void a_replacement_does_not_count_what_it_replaces(void **state) {
    (void)state;
    accept_eight();
    const Elp__V1__Verdict *verdict = send_on("e0", "2024-12-01", false);
    char id[64];
    (void)snprintf(id, sizeof id, "%s", verdict->id);
    line.line.replaces = id;
    assert_fits("r", "2024-12-02");
}

static void a_dry_run_counts_like_the_real_run(void **state) {
    (void)state;
    static struct fixture_line lines[10];
    Elp__V1__AttestationLine *pointers[10];
    static const char *const dates[] = {"2024-05-01", "2024-05-02", "2024-05-03", "2024-05-06", "2024-05-07",
                                        "2024-05-08", "2024-05-09", "2024-05-10", "2024-05-13", "2024-05-14"};
    for (size_t i = 0; i < 10; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "d%zu", i);
        fixture_individual(&lines[i], key);
        lines[i].line.date = (char *)dates[i];
        pointers[i] = &lines[i].line;
    }
    Elp__V1__SubmitBatch batch = ELP__V1__SUBMIT_BATCH__INIT;
    batch.n_lines = 10;
    batch.lines = pointers;
    for (int real = 0; real < 2; real++) {
        batch.dry_run = !real;
        const Elp__V1__BatchVerdicts *verdicts =
            intake_fixture_call(&fixture, fixture_demo(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH, &batch.base,
                                &elp__v1__batch_verdicts__descriptor);
        assert_non_null(verdicts);
        for (size_t i = 0; i < 10; i++) {
            assert_int_equal(fixture_reasons(verdicts->lines[i]->verdict, "quota-exceeded"), i >= 8);
        }
    }
}

static void f3_has_a_quota_of_its_own_and_an_assessment_counts_in_it(void **state) {
    (void)state;
    accept_eight();
    line.line.function = ELP__V1__FUNCTION__FUNCTION_F3;
    line.line.assessment_date = (char *)"2024-06-01";
    for (int i = 0; i < 20; i++) {
        char key[8];
        char date[DATE_TEXT_BYTES];
        (void)snprintf(key, sizeof key, "t%d", i);
        line.line.service = i == 0 ? ELP__V1__SERVICE__SERVICE_ASSESSMENT : ELP__V1__SERVICE__SERVICE_INDIVIDUAL;
        struct date day = date_add_days(day_of("2024-09-02"), i);
        assert_fits(key, date_format(day, date, sizeof date));
    }
    assert_over("over", "2024-12-16");
}

/* Three networks apart, one beneficiary: the quota of the country is one. */
static void the_quota_counts_over_all_networks(void **state) {
    (void)state;
    struct world_fact fact;
    accept_eight();
    world_contract(&fact, "C9", FIXTURE_P2, "N3");
    assert_int_equal(fixture_load(&fixture, fixture_operator(), &fact.fact)->result,
                     ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED);
    line.line.network = (char *)"N3";
    line.line.provider = (char *)FIXTURE_P2;
    assert_over("n3", "2024-12-16");
}

static void load_2021(void) {
    struct world_fact fact;
    assert_true(fixture_book(&fixture, ELP_SOURCE_DIR "/deploy/conventions/2021.yaml")->loaded);
    world_contract(&fact, "K1", FIXTURE_P1, "N1");
    fact.body.contract.convention = (char *)"2021";
    fact.body.contract.from = (char *)"2022-01-01";
    static Elp__V1__Function both[] = {ELP__V1__FUNCTION__FUNCTION_F2, ELP__V1__FUNCTION__FUNCTION_F3};
    fact.body.contract.functions = both;
    fact.body.contract.n_functions = 2;
    assert_int_equal(fixture_load(&fixture, fixture_operator(), &fact.fact)->result,
                     ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED);
    world_contract(&fact, "K2", FIXTURE_P2, "N1");
    fact.body.contract.convention = (char *)"2021";
    fact.body.contract.from = (char *)"2022-01-01";
    fact.body.contract.functions = both;
    fact.body.contract.n_functions = 2;
    assert_int_equal(fixture_load(&fixture, fixture_operator(), &fact.fact)->result,
                     ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED);
}

static void in_2021_group_and_individual_sessions_are_counted_apart(void **state) {
    (void)state;
    load_2021();
    for (int i = 0; i < 6; i++) {
        char key[8];
        char date[DATE_TEXT_BYTES];
        (void)snprintf(key, sizeof key, "g%d", i);
        fixture_group(&line, key);
        line.line.programme = (char *)"";
        line.line.second_leader = (char *)"";
        line.line.second_provider = (char *)FIXTURE_P2;
        line.line.date = (char *)date_format(date_add_days(day_of("2024-03-04"), i), date, sizeof date);
        const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
        assert_int_equal(fixture_reasons(verdict, "quota-exceeded"), i < 5 ? 0 : 4);
        assert_int_equal(verdict->n_reasons, i < 5 ? 0 : 4);
    }
    /* The five group sessions take nothing from the eight individual ones; on one day both may stand in 2021. */
    for (int i = 0; i < 9; i++) {
        char key[8];
        char date[DATE_TEXT_BYTES];
        (void)snprintf(key, sizeof key, "i%d", i);
        fixture_individual(&line, key);
        fixture_people(&line, 1, 100, "1980-02-01");
        line.line.date = (char *)date_format(date_add_days(day_of("2024-03-04"), i), date, sizeof date);
        const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
        assert_int_equal(fixture_reasons(verdict, "quota-exceeded"), i < 8 ? 0 : 1);
    }
}

static void each_book_counts_by_itself(void **state) {
    (void)state;
    load_2021();
    fixture_individual(&line, "x");
    for (int i = 0; i < 8; i++) {
        char key[8];
        char date[DATE_TEXT_BYTES];
        (void)snprintf(key, sizeof key, "o%d", i);
        assert_fits(key, date_format(date_add_days(day_of("2024-03-20"), i), date, sizeof date));
    }
    for (int i = 0; i < 8; i++) {
        char key[8];
        char date[DATE_TEXT_BYTES];
        (void)snprintf(key, sizeof key, "n%d", i);
        assert_fits(key, date_format(date_add_days(day_of("2024-04-20"), i), date, sizeof date));
    }
    assert_over("over", "2024-05-10");
}

/* --- the question ------------------------------------------------------------------------------------------------- */

static const Elp__V1__QuotaReply *ask(const struct principal *principal, Elp__V1__QuotaQuery *query) {
    return intake_fixture_call(&fixture, principal, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_QUOTA_QUERY, &query->base,
                               &elp__v1__quota_reply__descriptor);
}

static void the_position_of_a_stranger_is_the_whole_quota(void **state) {
    (void)state;
    char niss[12];
    Elp__V1__QuotaQuery query = ELP__V1__QUOTA_QUERY__INIT;
    query.niss = fixture_niss(2008, 3, 1, 9, niss);
    query.network = (char *)"N1";
    const Elp__V1__QuotaReply *reply = ask(fixture_operator(), &query);
    assert_non_null(reply);
    assert_false(reply->known);
    assert_true(reply->first_session);
    assert_int_equal(reply->age, 16);
    assert_int_equal(reply->n_positions, 3);
    assert_int_equal(reply->positions[0]->left, 10);
    assert_string_equal(reply->positions[0]->next_free, "2024-05-20");
    assert_int_equal(reply->positions[1]->left, 20);
    assert_int_equal(reply->positions[2]->service, ELP__V1__SERVICE__SERVICE_CONCERTATION);
    assert_int_equal(reply->positions[2]->left, 1);
}

static void a_question_that_cannot_be_read_names_its_field(void **state) {
    (void)state;
    char niss[12];
    Elp__V1__QuotaQuery query = ELP__V1__QUOTA_QUERY__INIT;
    query.network = (char *)"N9";
    assert_null(ask(fixture_operator(), &query));
    assert_string_equal(fixture.refused->field, "network");
    query.network = (char *)"N1";
    assert_null(ask(fixture_operator(), &query));
    assert_string_equal(fixture.refused->field, "niss");
    query.niss = fixture_niss(1980, 0, 0, 9, niss);
    assert_null(ask(fixture_operator(), &query));
    assert_string_equal(fixture.refused->field, "birth_date");
    query.birth_date = (char *)"1980-06-01";
    assert_non_null(ask(fixture_operator(), &query));
    query.date = (char *)"2024-02-30";
    assert_null(ask(fixture_operator(), &query));
    assert_string_equal(fixture.refused->field, "date");
    query.date = (char *)"2030-01-01";
    assert_null(ask(fixture_operator(), &query));
    assert_string_equal(fixture.refused->code, "not-found");
    query.date = (char *)"";
    query.provider = (char *)FIXTURE_P3;
    assert_null(ask(fixture_demo(), &query));
    assert_string_equal(fixture.refused->code, "not-found");
    assert_null(ask(fixture_principal("other", ROLE_INTEGRATOR, "*"), &query));
    assert_string_equal(fixture.refused->code, "denied");
    query.provider = (char *)"";
    assert_null(ask(fixture_demo(), &query));
    assert_string_equal(fixture.refused->field, "provider");
    query.network = (char *)"N2";
    assert_null(ask(fixture_principal("net-1", ROLE_NETWORK, "N1"), &query));
    assert_string_equal(fixture.refused->code, "denied");
    assert_null(ask(fixture_principal("insurer", ROLE_INSURER, "*"), &query));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ninth_fits_from_the_day_after_the_first_left_the_window),
        cmocka_unit_test(an_earlier_day_is_counted_with_the_later_ones),
        cmocka_unit_test(a_leap_day_keeps_its_window),
        cmocka_unit_test(the_age_on_the_windows_last_session_says_child_or_adult),
        cmocka_unit_test(the_count_is_that_of_every_single_day),
        cmocka_unit_test(more_days_than_a_book_may_allow_are_too_many),
        cmocka_unit_test(without_a_free_day_up_to_the_last_there_is_none),
        CASE(a_ninth_session_is_over_the_quota_in_any_order),
        CASE(a_group_never_counts_in_2024),
        CASE(a_cancellation_frees_the_quota),
        CASE(a_replacement_does_not_count_what_it_replaces),
        CASE(a_dry_run_counts_like_the_real_run),
        CASE(f3_has_a_quota_of_its_own_and_an_assessment_counts_in_it),
        CASE(the_quota_counts_over_all_networks),
        CASE(in_2021_group_and_individual_sessions_are_counted_apart),
        CASE(each_book_counts_by_itself),
        CASE(the_position_of_a_stranger_is_the_whole_quota),
        CASE(a_question_that_cannot_be_read_names_its_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
