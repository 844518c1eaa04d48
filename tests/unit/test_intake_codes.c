/*
 * Goal: site, volume, age, same-day, assessment and concertation are refused or remarked on where their rule is broken and
 * not one step before, under the article of the book; services with rules of their own have their own shape.
 * Method: a line that is accepted is changed in one place and submitted through the handler on a real store.
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

static void print_reasons(const Elp__V1__Verdict *verdict) {
    for (size_t i = 0; i < verdict->n_reasons; i++) {
        print_message("  %s %s: %s\n", verdict->reasons[i]->code, verdict->reasons[i]->field,
                      verdict->reasons[i]->reason);
    }
}

/* The line as it stands is refused for this code alone, first at this field; returns the reason. */
static const Elp__V1__RefusalReason *assert_refused(const char *code, const char *field, const char *article) {
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    if (verdict->n_reasons == 0 || fixture_reasons(verdict, code) != verdict->n_reasons) {
        print_reasons(verdict);
        fail_msg("expected %s at %s", code, field);
    }
    assert_string_equal(verdict->reasons[0]->field, field);
    assert_string_equal(verdict->reasons[0]->article, article);
    return verdict->reasons[0];
}

static const Elp__V1__Verdict *assert_accepted(void) {
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    if (verdict->kind != ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED) {
        print_reasons(verdict);
        fail_msg("expected to be accepted");
    }
    return verdict;
}

static bool warned(const Elp__V1__Verdict *verdict, const char *code) {
    for (size_t i = 0; i < verdict->n_warnings; i++) {
        if (strcmp(verdict->warnings[i]->code, code) == 0) {
            return true;
        }
    }
    return false;
}

static void load(struct world_fact *fact) {
    const Elp__V1__FactVerdict *verdict = fixture_load(&fixture, fixture_operator(), &fact->fact);
    assert_int_equal(verdict->result, ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED);
}

/* An individual session on that day with somebody of that serial and birth. */
static void individual(const char *key, const char *date, int serial, const char *birth) {
    fixture_individual(&line, key);
    fixture_people(&line, 1, serial, birth);
    line.line.date = (char *)date;
}

/* --- site --------------------------------------------------------------------------------------------------------- */

static void a_site_that_the_contract_does_not_name_is_refused(void **state) {
    (void)state;
    struct world_fact fact;
    world_site(&fact, "S3", "N1");
    load(&fact);
    fixture_individual(&line, "a");
    line.line.site = (char *)"S3";
    (void)assert_refused("site-not-contracted", "site", "own decision, as S4 art. 7 2°");
    fixture_individual(&line, "b");
    line.line.site = (char *)"S1";
    assert_accepted();
    fixture_individual(&line, "c");
    line.line.date = (char *)"2024-05-15";
    assert_accepted();
}

static void the_sites_of_a_contract_survive_a_restart_and_follow_its_last_words(void **state) {
    (void)state;
    struct world_fact fact;
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    fixture_individual(&line, "a");
    line.line.site = (char *)"S1";
    assert_accepted();
    world_contract(&fact, "C1", FIXTURE_P1, "N1");
    fact.body.contract.n_sites = 0;
    load(&fact);
    individual("b", "2024-05-15", 1, "1980-02-01");
    line.line.site = (char *)"S1";
    (void)assert_refused("site-not-contracted", "site", "own decision, as S4 art. 7 2°");
}

/* --- volume ------------------------------------------------------------------------------------------------------- */

static void beyond_the_month_of_a_contract_a_session_is_warned_of_and_accepted(void **state) {
    (void)state;
    struct world_fact fact;
    world_contract(&fact, "C1", FIXTURE_P1, "N1");
    fact.body.contract.sessions_per_month = 2;
    load(&fact);
    individual("a", "2024-05-02", 1, "1980-02-01");
    assert_false(warned(assert_accepted(), "volume-exceeded"));
    individual("b", "2024-05-03", 1, "1980-02-01");
    assert_false(warned(assert_accepted(), "volume-exceeded"));
    individual("c", "2024-05-06", 1, "1980-02-01");
    const Elp__V1__Verdict *verdict = assert_accepted();
    assert_int_equal(verdict->n_warnings, 1);
    assert_string_equal(verdict->warnings[0]->code, "volume-exceeded");
    assert_string_equal(verdict->warnings[0]->field, "provider");
    assert_string_equal(verdict->warnings[0]->article, "S4 annex 1");
    assert_non_null(strstr(verdict->warnings[0]->reason, "3 in 2024-05; 2 are agreed"));
    uint64_t number = verdict->number;
    assert_string_equal(fixture_record(&fixture, number)->accepted->warnings[0], "volume-exceeded");
    individual("d", "2024-04-30", 1, "1980-02-01");
    assert_false(warned(assert_accepted(), "volume-exceeded"));
}

static void what_falls_or_is_replaced_leaves_the_volume(void **state) {
    (void)state;
    struct world_fact fact;
    char id[64];
    world_contract(&fact, "C1", FIXTURE_P1, "N1");
    fact.body.contract.sessions_per_month = 1;
    load(&fact);
    individual("a", "2024-05-02", 1, "1980-02-01");
    (void)snprintf(id, sizeof id, "%s", assert_accepted()->id);
    individual("b", "2024-05-03", 1, "1980-02-01");
    line.line.replaces = id;
    const Elp__V1__Verdict *verdict = assert_accepted();
    assert_false(warned(verdict, "volume-exceeded"));
    (void)snprintf(id, sizeof id, "%s", verdict->id);
    individual("c", "2024-05-06", 1, "1980-02-01");
    assert_true(warned(fixture_submit_as(&fixture, fixture_demo(), &line.line, true)->verdict, "volume-exceeded"));
    assert_true(fixture_cancel(&fixture, fixture_demo(), id, "k", "")->cancelled);
    assert_false(warned(assert_accepted(), "volume-exceeded"));
}

static void a_second_leader_and_the_network_have_volumes_of_their_own(void **state) {
    (void)state;
    struct world_fact fact;
    world_expert(&fact);
    fact.body.leader.sessions_per_month = 1;
    load(&fact);
    world_network(&fact, "N1", ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT);
    fact.body.network.contingent = 2;
    load(&fact);
    fixture_group(&line, "a");
    assert_int_equal(assert_accepted()->n_warnings, 0);
    fixture_group(&line, "b");
    line.line.date = (char *)"2024-05-15";
    const Elp__V1__Verdict *verdict = assert_accepted();
    assert_int_equal(verdict->n_warnings, 1);
    assert_string_equal(verdict->warnings[0]->field, "second_leader");
    individual("c", "2024-05-16", 1, "1980-02-01");
    verdict = assert_accepted();
    assert_int_equal(verdict->n_warnings, 1);
    assert_string_equal(verdict->warnings[0]->field, "network");
    assert_non_null(strstr(verdict->warnings[0]->reason, "3 in 2024; 2 are agreed"));
}

static void a_dry_run_counts_the_volume_of_its_own_lines(void **state) {
    (void)state;
    static struct fixture_line lines[3];
    Elp__V1__AttestationLine *pointers[3];
    static const char *const dates[] = {"2024-05-02", "2024-05-03", "2024-05-06"};
    struct world_fact fact;
    world_contract(&fact, "C1", FIXTURE_P1, "N1");
    fact.body.contract.sessions_per_month = 2;
    load(&fact);
    for (size_t i = 0; i < 3; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "d%zu", i);
        fixture_individual(&lines[i], key);
        lines[i].line.date = (char *)dates[i];
        pointers[i] = &lines[i].line;
    }
    Elp__V1__SubmitBatch batch = ELP__V1__SUBMIT_BATCH__INIT;
    batch.n_lines = 3;
    batch.lines = pointers;
    for (int real = 0; real < 2; real++) {
        batch.dry_run = !real;
        const Elp__V1__BatchVerdicts *verdicts =
            intake_fixture_call(&fixture, fixture_demo(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH, &batch.base,
                                &elp__v1__batch_verdicts__descriptor);
        assert_non_null(verdicts);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(warned(verdicts->lines[i]->verdict, "volume-exceeded"), i == 2);
        }
    }
}

/* --- age ---------------------------------------------------------------------------------------------------------- */

static void an_adult_network_cares_from_fifteen(void **state) {
    (void)state;
    individual("a", "2024-05-14", 1, "2009-05-15");
    assert_true(assert_refused("age-outside-network", "beneficiaries[0].birth_date", "public fact")->patient_billable);
    individual("b", "2024-05-14", 1, "2009-05-14");
    assert_accepted();
}

static void a_child_network_cares_up_to_twenty_three(void **state) {
    (void)state;
    individual("a", "2024-05-14", 1, "2000-05-14");
    line.line.network = (char *)"N2";
    (void)assert_refused("age-outside-network", "beneficiaries[0].birth_date", "public fact");
    individual("b", "2024-05-14", 1, "2000-05-15");
    line.line.network = (char *)"N2";
    assert_accepted();
}

static void a_mixed_network_cares_for_every_age(void **state) {
    (void)state;
    static const char *const births[] = {"2020-01-01", "1930-01-01"};
    struct world_fact fact;
    world_contract(&fact, "C9", FIXTURE_P1, "N3");
    load(&fact);
    for (size_t i = 0; i < 2; i++) {
        individual(i == 0 ? "a" : "b", i == 0 ? "2024-05-14" : "2024-05-15", 1, births[i]);
        line.line.network = (char *)"N3";
        assert_accepted();
    }
}

static void each_beneficiary_of_a_group_has_an_age_of_their_own(void **state) {
    (void)state;
    fixture_group(&line, "a");
    line.beneficiaries[2].birth_date = (char *)"2012-01-01";
    (void)assert_refused("age-outside-network", "beneficiaries[2].birth_date", "public fact");
}

/* --- same day ----------------------------------------------------------------------------------------------------- */

static void one_session_a_day_whoever_gives_it(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    assert_accepted();
    fixture_individual(&line, "b");
    line.line.provider = (char *)FIXTURE_P2;
    line.line.start = (char *)"16:00";
    (void)assert_refused("same-day", "beneficiaries[0]", "public fact");
    fixture_group(&line, "c");
    fixture_people(&line, 4, 1, "1980-02-01");
    line.line.provider = (char *)FIXTURE_P2;
    (void)assert_refused("same-day", "beneficiaries[0]", "public fact");
    fixture_individual(&line, "d");
    line.line.date = (char *)"2024-05-15";
    assert_accepted();
}

static void a_session_with_the_entourage_is_excepted_both_ways(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.entourage = true;
    assert_accepted();
    fixture_individual(&line, "b");
    line.line.start = (char *)"10:00";
    assert_accepted();
    fixture_individual(&line, "c");
    line.line.start = (char *)"11:00";
    line.line.entourage = true;
    assert_accepted();
    fixture_individual(&line, "d");
    line.line.start = (char *)"12:00";
    (void)assert_refused("same-day", "beneficiaries[0]", "public fact");
}

static void a_community_intervention_is_nobodys_day(void **state) {
    (void)state;
    fixture_community(&line, "a");
    assert_accepted();
    fixture_individual(&line, "b");
    assert_accepted();
}

/* --- assessment --------------------------------------------------------------------------------------------------- */

static void treatment_needs_an_assessment_on_or_before_its_day(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.function = ELP__V1__FUNCTION__FUNCTION_F3;
    (void)assert_refused("assessment-missing", "assessment_date", "S4 art. 4 §2 a");
    line.line.key.data[0] = 'b';
    line.line.assessment_date = (char *)"2024-05-15";
    (void)assert_refused("assessment-missing", "assessment_date", "S4 art. 4 §2 a");
    line.line.key.data[0] = 'c';
    line.line.assessment_date = (char *)"2024-05-14";
    uint64_t number = assert_accepted()->number;
    struct date day = {fixture_record(&fixture, number)->accepted->assessment_date};
    char text[DATE_TEXT_BYTES];
    assert_string_equal(date_format(day, text, sizeof text), "2024-05-14");
}

static void a_group_of_f3_needs_one_too_and_the_assessment_itself_none(void **state) {
    (void)state;
    fixture_group(&line, "a");
    line.line.function = ELP__V1__FUNCTION__FUNCTION_F3;
    (void)assert_refused("assessment-missing", "assessment_date", "S4 art. 4 §2 a");
    fixture_individual(&line, "b");
    line.line.service = ELP__V1__SERVICE__SERVICE_ASSESSMENT;
    line.line.function = ELP__V1__FUNCTION__FUNCTION_F3;
    assert_accepted();
}

/* --- F2 beside F3 ------------------------------------------------------------------------------------------------- */

static const Elp__V1__Verdict *session(const char *key, const char *date, int function) {
    individual(key, date, 1, "1980-02-01");
    line.line.function = function == 2 ? ELP__V1__FUNCTION__FUNCTION_F2 : ELP__V1__FUNCTION__FUNCTION_F3;
    line.line.assessment_date = (char *)"2024-04-01";
    return assert_accepted();
}

static void f2_and_f3_may_follow_each_other_and_not_alternate(void **state) {
    (void)state;
    assert_false(warned(session("a", "2024-04-08", 2), "parallel-functions"));
    assert_false(warned(session("b", "2024-04-22", 3), "parallel-functions"));
    assert_false(warned(session("c", "2024-04-15", 2), "parallel-functions"));
    assert_false(warned(session("d", "2024-04-29", 3), "parallel-functions"));
    const Elp__V1__Verdict *verdict = session("e", "2024-05-06", 2);
    assert_true(warned(verdict, "parallel-functions"));
    assert_string_equal(verdict->warnings[0]->article, "public fact; warning only: own decision");
    assert_true(warned(session("f", "2024-04-23", 2), "parallel-functions"));
}

static void an_earlier_f3_that_arrives_late_is_seen(void **state) {
    (void)state;
    assert_false(warned(session("a", "2024-04-22", 2), "parallel-functions"));
    assert_false(warned(session("b", "2024-05-06", 3), "parallel-functions"));
    assert_true(warned(session("c", "2024-04-08", 3), "parallel-functions"));
}

/* --- concertation, training, missions ------------------------------------------------------------------------------ */

static void concertation(const char *key, const char *date) {
    individual(key, date, 1, "1980-02-01");
    line.line.service = ELP__V1__SERVICE__SERVICE_CONCERTATION;
    line.line.function = ELP__V1__FUNCTION__FUNCTION_UNSPECIFIED;
    line.line.minutes = 30;
    line.line.professionals = 3;
    line.line.care_providers = 2;
    line.line.consent = true;
    line.line.report = true;
}

static void a_concertation_needs_professionals_care_providers_consent_and_report(void **state) {
    (void)state;
    concertation("a", "2024-05-14");
    line.line.professionals = 2;
    (void)assert_refused("concertation-invalid", "professionals", "public fact");
    concertation("b", "2024-05-14");
    line.line.care_providers = 1;
    (void)assert_refused("concertation-invalid", "care_providers", "public fact");
    concertation("c", "2024-05-14");
    line.line.consent = false;
    (void)assert_refused("concertation-invalid", "consent", "public fact");
    concertation("d", "2024-05-14");
    line.line.report = false;
    (void)assert_refused("concertation-invalid", "report", "public fact");
    concertation("e", "2024-05-14");
    uint64_t number = assert_accepted()->number;
    const Elp__V1__AttestationAccepted *accepted = fixture_record(&fixture, number)->accepted;
    assert_int_equal(accepted->service, ELP__V1__SERVICE__SERVICE_CONCERTATION);
    assert_int_equal(accepted->professionals, 3);
    assert_int_equal(accepted->care_providers, 2);
    assert_int_equal(accepted->n_beneficiaries, 1);
    assert_false(accepted->beneficiaries[0]->first_session);
}

static void one_concertation_in_twelve_months_in_any_order(void **state) {
    (void)state;
    concertation("a", "2024-05-14");
    assert_accepted();
    concertation("b", "2024-05-13");
    (void)assert_refused("concertation-repeated", "beneficiaries[0]", "public fact");
    assert_non_null(fixture_clock(&fixture, "2025-05-20T12:00:00+02:00"));
    concertation("c", "2025-05-13");
    (void)assert_refused("concertation-repeated", "beneficiaries[0]", "public fact");
    concertation("d", "2025-05-14");
    assert_accepted();
}

static void a_concertation_is_no_session(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    assert_accepted();
    concertation("b", "2024-05-14");
    line.line.start = (char *)"11:00";
    assert_accepted();
    individual("c", "2024-05-15", 1, "1980-02-01");
    uint64_t number = assert_accepted()->number;
    assert_false(fixture_record(&fixture, number)->accepted->beneficiaries[0]->first_session);
}

static void mission(const char *key) {
    fixture_individual(&line, key);
    line.line.service = ELP__V1__SERVICE__SERVICE_ART8_MISSION;
    line.line.function = ELP__V1__FUNCTION__FUNCTION_UNSPECIFIED;
    line.line.n_beneficiaries = 0;
    line.line.site = (char *)"S1";
    line.line.cost_cents = 25000;
    line.line.head_count = 12;
}

static void an_art8_mission_is_held_on_a_site_with_an_agreement(void **state) {
    (void)state;
    struct world_fact fact;
    world_site(&fact, "S1", "N1");
    fact.body.site.agreement_cents = 30000;
    load(&fact);
    mission("a");
    line.line.site = (char *)"";
    (void)assert_refused("site-required", "site", "S4 art. 4 §1 g");
    mission("b");
    uint64_t number = assert_accepted()->number;
    const Elp__V1__AttestationAccepted *accepted = fixture_record(&fixture, number)->accepted;
    assert_int_equal(accepted->cost_cents, 25000);
    assert_int_equal(accepted->site_agreement_cents, 30000);
    assert_true(accepted->site_agreement);
    assert_int_equal(accepted->head_count, 12);
    assert_int_equal(accepted->n_beneficiaries, 0);
    world_site(&fact, "S1", "N1");
    fact.body.site.agreement = false;
    load(&fact);
    mission("c");
    line.line.start = (char *)"12:00";
    (void)assert_refused("site-required", "site", "S4 art. 4 §1 g");
}

static void a_training_names_nobody_and_needs_no_site(void **state) {
    (void)state;
    assert_non_null(fixture_clock(&fixture, "2026-01-20T12:00:00+01:00"));
    mission("a");
    line.line.service = ELP__V1__SERVICE__SERVICE_TRAINING;
    line.line.site = (char *)"";
    line.line.date = (char *)"2026-01-05";
    assert_accepted();
}

static void a_training_is_paid_in_2026_alone(void **state) {
    (void)state;
    static const char *const days[] = {"2025-12-31", "2026-01-01"};
    assert_non_null(fixture_clock(&fixture, "2026-01-20T12:00:00+01:00"));
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        mission(days[i]);
        line.line.service = ELP__V1__SERVICE__SERVICE_TRAINING;
        line.line.site = (char *)"";
        line.line.date = (char *)days[i];
        if (i == 0) {
            (void)assert_refused("malformed", "service", "own decision");
        } else {
            assert_accepted();
        }
    }
}

/* Bends one field of a sound line. */
struct special_case {
    void (*make)(const char *key);
    const char *field;
    void (*bend)(void);
};

static void make_individual(const char *key) {
    fixture_individual(&line, key);
}
static void make_concertation(const char *key) {
    concertation(key, "2024-05-14");
}
static void bend_professionals(void) {
    line.line.professionals = 101;
}
static void bend_care_providers(void) {
    line.line.care_providers = 4;
}
static void bend_consent(void) {
    line.line.consent = true;
}
static void bend_report(void) {
    line.line.report = true;
}
static void bend_cost(void) {
    line.line.cost_cents = -1;
}
static void bend_no_cost(void) {
    line.line.cost_cents = 0;
}
static void bend_referral(void) {
    line.line.referral_date = (char *)"2024-13-01";
}
static void bend_referrer(void) {
    line.line.referrer = (Elp__V1__Referrer)9;
}
static void bend_function(void) {
    line.line.function = ELP__V1__FUNCTION__FUNCTION_F1;
}
static void bend_people(void) {
    fixture_people(&line, 2, 1, "1980-02-01");
}
static void bend_leader(void) {
    line.line.second_leader = (char *)"X1";
}

static const struct special_case special_cases[] = {
    {make_individual, "professionals", bend_professionals},
    {make_concertation, "professionals", bend_professionals},
    {make_concertation, "care_providers", bend_care_providers},
    {make_individual, "consent", bend_consent},
    {mission, "report", bend_report},
    {mission, "cost", bend_cost},
    {mission, "cost", bend_no_cost},
    {make_individual, "cost", bend_cost},
    {make_individual, "referral_date", bend_referral},
    {make_concertation, "referral_date", bend_referral},
    {make_individual, "referrer", bend_referrer},
    {make_concertation, "function", bend_function},
    {mission, "function", bend_function},
    {make_concertation, "beneficiaries", bend_people},
    {mission, "beneficiaries", bend_people},
    {make_concertation, "second_leader", bend_leader},
    {mission, "second_leader", bend_leader},
};

static void each_special_field_is_for_its_service_and_in_range(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof special_cases / sizeof special_cases[0]; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "s%zu", i);
        special_cases[i].make(key);
        special_cases[i].bend();
        const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
        const Elp__V1__RefusalReason *reason = fixture_reason(verdict, "malformed");
        if (reason == NULL || strcmp(reason->field, special_cases[i].field) != 0) {
            fail_msg("case %zu: expected malformed at %s", i, special_cases[i].field);
        }
    }
}

static void a_special_field_that_differs_is_named_also_against_a_line_without_any(void **state) {
    (void)state;
    concertation("a", "2024-05-14");
    assert_accepted();
    line.line.professionals = 4;
    const Elp__V1__LineVerdict *answer = fixture_submit(&fixture, &line.line);
    assert_int_equal(answer->result, ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT);
    assert_string_equal(answer->conflict->field, "professionals");
    line.line.professionals = 3;
    assert_int_equal(fixture_submit(&fixture, &line.line)->result, ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE);
    fixture_individual(&line, "b");
    line.line.date = (char *)"2024-05-15";
    assert_accepted();
    line.line.referral_date = (char *)"2024-05-01";
    answer = fixture_submit(&fixture, &line.line);
    assert_int_equal(answer->result, ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT);
    assert_string_equal(answer->conflict->field, "referral_date");
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        CASE(a_site_that_the_contract_does_not_name_is_refused),
        CASE(the_sites_of_a_contract_survive_a_restart_and_follow_its_last_words),
        CASE(beyond_the_month_of_a_contract_a_session_is_warned_of_and_accepted),
        CASE(what_falls_or_is_replaced_leaves_the_volume),
        CASE(a_second_leader_and_the_network_have_volumes_of_their_own),
        CASE(a_dry_run_counts_the_volume_of_its_own_lines),
        CASE(an_adult_network_cares_from_fifteen),
        CASE(a_child_network_cares_up_to_twenty_three),
        CASE(a_mixed_network_cares_for_every_age),
        CASE(each_beneficiary_of_a_group_has_an_age_of_their_own),
        CASE(one_session_a_day_whoever_gives_it),
        CASE(a_session_with_the_entourage_is_excepted_both_ways),
        CASE(a_community_intervention_is_nobodys_day),
        CASE(treatment_needs_an_assessment_on_or_before_its_day),
        CASE(a_group_of_f3_needs_one_too_and_the_assessment_itself_none),
        CASE(f2_and_f3_may_follow_each_other_and_not_alternate),
        CASE(an_earlier_f3_that_arrives_late_is_seen),
        CASE(a_concertation_needs_professionals_care_providers_consent_and_report),
        CASE(one_concertation_in_twelve_months_in_any_order),
        CASE(a_concertation_is_no_session),
        CASE(an_art8_mission_is_held_on_a_site_with_an_agreement),
        CASE(a_training_names_nobody_and_needs_no_site),
        CASE(a_training_is_paid_in_2026_alone),
        CASE(each_special_field_is_for_its_service_and_in_range),
        CASE(a_special_field_that_differs_is_named_also_against_a_line_without_any),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
