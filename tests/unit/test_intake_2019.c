/*
 * Goal: the convention of 2019 is judged by its own rules beside the two later ones: referral, series, capacity, contingent,
 * ages, a late list; the contract decides the book.
 * Method: one provider with contracts under all three books; lines around each boundary through the handler.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/intake_fixture.h"
#include "tests/support/intake_world.h"

static struct intake_fixture fixture;
static struct fixture_line line;

static void load(struct world_fact *fact) {
    const Elp__V1__FactVerdict *verdict = fixture_load(&fixture, fixture_operator(), &fact->fact);
    if (verdict->result != ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED) {
        fail_msg("%s: %s", verdict->refusal->field, verdict->refusal->reason);
    }
}

static void contract(const char *code, const char *provider, const char *convention, const char *from,
                     uint32_t per_year) {
    static Elp__V1__Function functions[] = {ELP__V1__FUNCTION__FUNCTION_F2, ELP__V1__FUNCTION__FUNCTION_F3};
    struct world_fact fact;
    world_contract(&fact, code, provider, "N1");
    fact.body.contract.convention = (char *)convention;
    fact.body.contract.from = (char *)from;
    fact.body.contract.functions = functions;
    fact.body.contract.n_functions = strcmp(convention, "2019") == 0 ? 0 : 2;
    fact.body.contract.sessions_per_year = per_year;
    load(&fact);
}

static int open_world(void **state) {
    (void)state;
    intake_fixture_open(&fixture, FIXTURE_WORLD, true);
    assert_true(fixture_book(&fixture, ELP_SOURCE_DIR "/deploy/conventions/2019.yaml")->loaded);
    assert_true(fixture_book(&fixture, ELP_SOURCE_DIR "/deploy/conventions/2021.yaml")->loaded);
    contract("O1", FIXTURE_P1, "2019", "2019-04-01", 0);
    contract("O2", FIXTURE_P2, "2019", "2019-04-01", 0);
    contract("M1", FIXTURE_P1, "2021", "2021-09-01", 0);
    return 0;
}

static int close_world(void **state) {
    (void)state;
    intake_fixture_close(&fixture);
    return 0;
}

/* A session of 60 minutes under the book of 2019, with a referral. */
static void session(const char *key, const char *date, const char *referral) {
    fixture_individual(&line, key);
    line.line.function = ELP__V1__FUNCTION__FUNCTION_UNSPECIFIED;
    line.line.date = (char *)date;
    line.line.referral_date = (char *)referral;
    line.line.referrer = ELP__V1__REFERRER__REFERRER_GENERAL_PRACTITIONER;
}

static void assert_refused(const char *code, const char *field, const char *article, bool patient_billable) {
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    if (verdict->n_reasons != 1 || strcmp(verdict->reasons[0]->code, code) != 0) {
        for (size_t i = 0; i < verdict->n_reasons; i++) {
            print_message("  %s %s: %s\n", verdict->reasons[i]->code, verdict->reasons[i]->field,
                          verdict->reasons[i]->reason);
        }
        fail_msg("expected %s alone", code);
    }
    assert_string_equal(verdict->reasons[0]->field, field);
    assert_string_equal(verdict->reasons[0]->article, article);
    assert_int_equal(verdict->reasons[0]->patient_billable, patient_billable);
}

static const Elp__V1__Verdict *assert_accepted(void) {
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    if (verdict->kind != ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED) {
        fail_msg("%s: %s", verdict->reasons[0]->code, verdict->reasons[0]->reason);
    }
    return verdict;
}

#define SERIES_ARTICLE "S3; once: public fact"

static void a_session_needs_a_referral_on_or_before_its_day(void **state) {
    (void)state;
    session("a", "2019-05-06", "");
    assert_refused("referral-missing", "referral_date", "S3", true);
    session("b", "2019-05-06", "2019-05-07");
    assert_refused("referral-missing", "referral_date", "S3", true);
    session("c", "2019-05-06", "2019-05-06");
    line.line.referrer = ELP__V1__REFERRER__REFERRER_UNSPECIFIED;
    assert_refused("referral-missing", "referrer", "S3", true);
    session("d", "2019-05-06", "2019-05-06");
    uint64_t number = assert_accepted()->number;
    const Elp__V1__AttestationAccepted *accepted = fixture_record(&fixture, number)->accepted;
    assert_string_equal(accepted->convention, "2019");
    assert_int_equal(accepted->referrer, ELP__V1__REFERRER__REFERRER_GENERAL_PRACTITIONER);
    char text[DATE_TEXT_BYTES];
    assert_string_equal(date_format((struct date){accepted->referral_date}, text, sizeof text), "2019-05-06");
}

static void a_later_book_needs_no_referral(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    assert_accepted();
}

static void accept_series(const char *prefix, const char *referral, int first_month, int count) {
    for (int i = 0; i < count; i++) {
        char key[16];
        char date[16];
        (void)snprintf(key, sizeof key, "%s%d", prefix, i);
        (void)snprintf(date, sizeof date, "2019-%02d-10", first_month + i);
        session(key, date, referral);
        assert_accepted();
    }
}

static void the_fifth_session_needs_a_second_referral_and_the_ninth_is_too_many(void **state) {
    (void)state;
    accept_series("a", "2019-04-01", 4, 4);
    session("b", "2019-08-10", "2019-04-01");
    assert_refused("series-exhausted", "beneficiaries[0]", SERIES_ARTICLE, true);
    accept_series("c", "2019-08-01", 8, 4);
    session("d", "2019-12-10", "2019-08-01");
    assert_refused("series-exhausted", "beneficiaries[0]", SERIES_ARTICLE, true);
    session("e", "2019-12-10", "2019-12-01");
    assert_refused("series-exhausted", "beneficiaries[0]", SERIES_ARTICLE, true);
    session("f", "2020-01-10", "2019-12-01");
    assert_accepted();
}

static void a_third_series_is_none_of_the_two(void **state) {
    (void)state;
    accept_series("a", "2019-04-01", 4, 2);
    accept_series("b", "2019-06-01", 6, 1);
    session("c", "2019-07-10", "2019-07-01");
    assert_refused("series-exhausted", "beneficiaries[0]", SERIES_ARTICLE, true);
    session("d", "2019-07-10", "2019-06-01");
    assert_accepted();
}

static void a_series_counts_in_any_order_and_in_its_network_alone(void **state) {
    (void)state;
    struct world_fact fact;
    accept_series("a", "2019-04-01", 5, 4);
    session("b", "2019-04-10", "2019-04-01");
    assert_refused("series-exhausted", "beneficiaries[0]", SERIES_ARTICLE, true);
    world_contract(&fact, "O3", FIXTURE_P2, "N3");
    fact.body.contract.convention = (char *)"2019";
    fact.body.contract.from = (char *)"2019-04-01";
    fact.body.contract.n_functions = 0;
    load(&fact);
    session("c", "2019-04-10", "2019-04-01");
    line.line.network = (char *)"N3";
    line.line.provider = (char *)FIXTURE_P2;
    assert_accepted();
}

static void a_cancelled_session_gives_its_place_in_the_series_back(void **state) {
    (void)state;
    char id[64];
    accept_series("a", "2019-04-01", 4, 3);
    session("x", "2019-07-10", "2019-04-01");
    (void)snprintf(id, sizeof id, "%s", assert_accepted()->id);
    session("b", "2019-08-10", "2019-04-01");
    assert_refused("series-exhausted", "beneficiaries[0]", SERIES_ARTICLE, true);
    assert_true(fixture_cancel(&fixture, fixture_demo(), id, "k", "")->cancelled);
    session("c", "2019-08-10", "2019-04-01");
    assert_accepted();
}

static void beyond_the_capacity_of_the_year_a_session_is_refused_and_billable(void **state) {
    (void)state;
    contract("O1", FIXTURE_P1, "2019", "2019-04-01", 2);
    session("a", "2019-05-06", "2019-04-01");
    assert_accepted();
    session("b", "2019-12-30", "2019-04-01");
    assert_accepted();
    session("c", "2019-06-06", "2019-04-01");
    assert_refused("volume-exceeded", "provider", "S3", true);
    session("d", "2020-01-06", "2019-04-01");
    assert_accepted();
}

static void without_a_capacity_of_the_year_it_is_twelve_times_the_months(void **state) {
    (void)state;
    struct world_fact fact;
    world_contract(&fact, "O1", FIXTURE_P1, "N1");
    fact.body.contract.convention = (char *)"2019";
    fact.body.contract.from = (char *)"2019-04-01";
    fact.body.contract.n_functions = 0;
    fact.body.contract.sessions_per_month = 1;
    load(&fact);
    for (int i = 0; i < 13; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "v%d", i);
        session(key, "2019-05-06", "2019-04-01");
        fixture_people(&line, 1, 10 + i, "1980-02-01");
        char start[8];
        (void)snprintf(start, sizeof start, "%02d:00", 8 + i);
        line.line.start = start;
        if (i < 12) {
            assert_accepted();
        } else {
            assert_refused("volume-exceeded", "provider", "S3", true);
        }
    }
}

static void beyond_the_contingent_of_the_network_a_session_is_refused(void **state) {
    (void)state;
    struct world_fact fact;
    world_network(&fact, "N1", ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT);
    fact.body.network.contingent = 2;
    load(&fact);
    session("a", "2019-05-06", "2019-04-01");
    assert_accepted();
    session("b", "2019-05-07", "2019-04-01");
    line.line.provider = (char *)FIXTURE_P2;
    assert_accepted();
    session("c", "2019-05-08", "2019-04-01");
    assert_refused("volume-exceeded", "network", "S3", true);
}

static void in_2019_a_network_of_any_kind_cares_from_18_to_64(void **state) {
    (void)state;
    static const Elp__V1__NetworkKind kinds[] = {ELP__V1__NETWORK_KIND__NETWORK_KIND_CHILD,
                                                 ELP__V1__NETWORK_KIND__NETWORK_KIND_MIXED};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char code[8];
        char key[8];
        struct world_fact fact;
        (void)snprintf(code, sizeof code, "K%zu", i);
        world_network(&fact, code, kinds[i]);
        load(&fact);
        (void)snprintf(key, sizeof key, "KC%zu", i);
        world_contract(&fact, key, FIXTURE_P2, code);
        fact.body.contract.convention = (char *)"2019";
        fact.body.contract.from = (char *)"2019-04-01";
        fact.body.contract.n_functions = 0;
        fact.body.contract.n_sites = 0;
        load(&fact);
        static const char *const births[] = {"2001-05-07", "2001-05-06", "1954-05-06"};
        for (size_t b = 0; b < sizeof births / sizeof births[0]; b++) {
            char start[8];
            (void)snprintf(key, sizeof key, "k%zu%zu", i, b);
            (void)snprintf(start, sizeof start, "%02d:00", 8 + (int)(i * 3 + b));
            session(key, "2019-05-06", "2019-04-01");
            fixture_people(&line, 1, 70 + (int)(i * 3 + b), births[b]);
            line.line.provider = (char *)FIXTURE_P2;
            line.line.network = code;
            line.line.site = (char *)"";
            line.line.start = start;
            if (b == 1) {
                assert_accepted();
            } else {
                assert_refused("age-outside-network", "beneficiaries[0].birth_date", "public fact", true);
            }
        }
    }
}

static void in_2019_adults_from_18_to_64_and_from_2020_every_age(void **state) {
    (void)state;
    static const struct {
        const char *date;
        const char *birth;
        bool inside;
    } cases[] = {
        {"2019-05-06", "2001-05-07", false}, {"2019-05-06", "2001-05-06", true},  {"2019-05-07", "1954-05-08", true},
        {"2019-05-07", "1954-05-07", false}, {"2019-12-31", "2010-01-01", false}, {"2020-01-01", "2010-01-01", true},
        {"2020-01-02", "1930-01-01", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "g%zu", i);
        session(key, cases[i].date, "2019-04-01");
        fixture_people(&line, 1, 40 + (int)i, cases[i].birth);
        char start[8];
        (void)snprintf(start, sizeof start, "%02d:00", 8 + (int)i);
        line.line.start = start;
        if (cases[i].inside) {
            assert_accepted();
        } else {
            assert_refused("age-outside-network", "beneficiaries[0].birth_date", "public fact", true);
        }
    }
}

static void the_question_tells_the_series_of_the_year(void **state) {
    (void)state;
    accept_series("a", "2019-04-01", 4, 4);
    accept_series("b", "2019-08-01", 8, 1);
    Elp__V1__QuotaQuery query = ELP__V1__QUOTA_QUERY__INIT;
    query.niss = line.niss[0];
    query.network = (char *)"N1";
    query.provider = (char *)FIXTURE_P1;
    query.date = (char *)"2019-09-10";
    const Elp__V1__QuotaReply *reply =
        intake_fixture_call(&fixture, fixture_demo(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_QUOTA_QUERY, &query.base,
                            &elp__v1__quota_reply__descriptor);
    assert_non_null(reply);
    assert_string_equal(reply->convention, "2019");
    assert_int_equal(reply->n_positions, 0);
    assert_int_equal(reply->n_series, 2);
    assert_string_equal(reply->series[0]->referral_date, "2019-04-01");
    assert_int_equal(reply->series[0]->left, 0);
    assert_int_equal(reply->series[1]->used, 1);
    assert_int_equal(reply->series[1]->left, 3);
    assert_int_equal(reply->series_left, 0);
    assert_string_equal(reply->series_article, SERIES_ARTICLE);
}

static void a_late_list_is_a_warning(void **state) {
    (void)state;
    session("a", "2019-05-06", "2019-04-01");
    const Elp__V1__Verdict *verdict = assert_accepted();
    assert_int_equal(verdict->n_warnings, 1);
    assert_string_equal(verdict->warnings[0]->code, "deadline-passed");
    assert_string_equal(verdict->warnings[0]->article, "S3; warning only: own decision");
    assert_non_null(strstr(verdict->warnings[0]->reason, "2019-06-30"));
}

static void a_service_that_the_convention_does_not_know_is_malformed(void **state) {
    (void)state;
    static const Elp__V1__Service services[] = {ELP__V1__SERVICE__SERVICE_ASSESSMENT,
                                                ELP__V1__SERVICE__SERVICE_CONCERTATION};
    for (size_t i = 0; i < 2; i++) {
        session(i == 0 ? "a" : "b", "2019-05-06", "");
        line.line.referrer = ELP__V1__REFERRER__REFERRER_UNSPECIFIED;
        line.line.service = services[i];
        const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
        assert_string_equal(fixture_reason(verdict, "malformed")->field, "service");
    }
}

static void of_contracts_under_three_books_the_newest_of_the_day_judges(void **state) {
    (void)state;
    static const struct {
        const char *date;
        const char *convention;
    } days[] = {{"2021-08-31", "2019"},
                {"2021-09-01", "2021"},
                {"2021-12-31", "2021"},
                {"2024-03-31", "2021"},
                {"2024-04-01", "2024"}};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "n%zu", i);
        session(key, days[i].date, "2021-01-01");
        line.line.function = i == 0 ? ELP__V1__FUNCTION__FUNCTION_UNSPECIFIED : ELP__V1__FUNCTION__FUNCTION_F2;
        bool late = i == 1 || i == 2;
        const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
        if (late) {
            assert_int_equal(fixture_reasons(verdict, "deadline-passed"), verdict->n_reasons);
            continue;
        }
        assert_int_equal(verdict->n_reasons, 0);
        assert_string_equal(fixture_record(&fixture, verdict->number)->accepted->convention, days[i].convention);
    }
    /* P2 has no contract of 2021: in the overlap its contract of 2019 judges. */
    session("p", "2021-10-04", "2021-01-01");
    line.line.provider = (char *)FIXTURE_P2;
    uint64_t number = assert_accepted()->number;
    assert_string_equal(fixture_record(&fixture, number)->accepted->convention, "2019");
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        CASE(a_session_needs_a_referral_on_or_before_its_day),
        CASE(a_later_book_needs_no_referral),
        CASE(the_fifth_session_needs_a_second_referral_and_the_ninth_is_too_many),
        CASE(a_third_series_is_none_of_the_two),
        CASE(a_series_counts_in_any_order_and_in_its_network_alone),
        CASE(a_cancelled_session_gives_its_place_in_the_series_back),
        CASE(beyond_the_capacity_of_the_year_a_session_is_refused_and_billable),
        CASE(without_a_capacity_of_the_year_it_is_twelve_times_the_months),
        CASE(beyond_the_contingent_of_the_network_a_session_is_refused),
        CASE(in_2019_a_network_of_any_kind_cares_from_18_to_64),
        CASE(in_2019_adults_from_18_to_64_and_from_2020_every_age),
        CASE(the_question_tells_the_series_of_the_year),
        CASE(a_late_list_is_a_warning),
        CASE(a_service_that_the_convention_does_not_know_is_malformed),
        CASE(of_contracts_under_three_books_the_newest_of_the_day_judges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
