/*
 * Goal: each refusal code of intake is given where its rule is broken and not one step before, with its field, its
 * article and whether the patient may be billed.
 * Method: a line that is accepted is changed in one place and submitted through the handler on a real store; the figure
 * beside the boundary is submitted too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "services/intake/intake_core.h"
#include "services/intake/registry_fact.h"
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

/* The line as it stands is refused for this code alone, first at this field. */
static void assert_refused(const char *code, const char *field, const char *article) {
    const Elp__V1__LineVerdict *answer = fixture_submit(&fixture, &line.line);
    const Elp__V1__Verdict *verdict = answer->verdict;
    assert_int_equal(answer->result, ELP__V1__LINE_RESULT__LINE_RESULT_NEW);
    if (verdict->n_reasons == 0 || fixture_reasons(verdict, code) != verdict->n_reasons) {
        print_reasons(verdict);
        fail_msg("expected %s at %s", code, field);
    }
    assert_int_equal(verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_REFUSED);
    assert_string_equal(verdict->id, "");
    assert_string_equal(verdict->reasons[0]->field, field);
    assert_string_equal(verdict->reasons[0]->article, article);
    assert_true(verdict->reasons[0]->rule[0] != '\0');
    assert_true(verdict->reasons[0]->reason[0] != '\0');
    assert_true(verdict->reasons[0]->remedy[0] != '\0');
    assert_int_equal(verdict->reasons[0]->patient_billable, strcmp(code, "not-insured") == 0);
}

static const Elp__V1__Verdict *assert_accepted(void) {
    const Elp__V1__LineVerdict *answer = fixture_submit(&fixture, &line.line);
    if (answer->verdict->kind != ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED) {
        print_reasons(answer->verdict);
        fail_msg("expected to be accepted");
    }
    assert_true(answer->verdict->id[0] != '\0');
    return answer->verdict;
}

static void load(struct world_fact *fact) {
    const Elp__V1__FactVerdict *verdict = fixture_load(&fixture, fixture_operator(), &fact->fact);
    assert_int_equal(verdict->result, ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED);
}

/* --- time --------------------------------------------------------------------------------------------------------- */

static void a_session_on_the_last_day_of_the_deadline_is_accepted_and_a_second_later_refused(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.date = (char *)"2026-01-20";
    assert_non_null(fixture_clock(&fixture, "2026-04-05T23:59:59.999999+02:00"));
    assert_accepted();
    assert_non_null(fixture_clock(&fixture, "2026-04-06T00:00:00+02:00"));
    fixture_individual(&line, "b");
    fixture_people(&line, 1, 2, "1980-02-01");
    line.line.date = (char *)"2026-01-20";
    line.line.start = (char *)"10:00";
    assert_refused("deadline-passed", "date", "S4 art. 8");
}

static void a_resolved_insurability_problem_moves_the_deadline_to_three_months_after_its_day(void **state) {
    (void)state;
    struct world_fact fact;
    fixture_individual(&line, "a");
    world_statement(&fact, line.niss[0], "2026-01-01", true);
    fact.body.statement.resolved_on = (char *)"2026-02-10";
    assert_non_null(fixture_clock(&fixture, "2026-02-10T00:00:00+01:00"));
    load(&fact);
    line.line.date = (char *)"2026-01-20";
    assert_non_null(fixture_clock(&fixture, "2026-05-10T23:59:59+02:00"));
    assert_accepted();
    assert_non_null(fixture_clock(&fixture, "2026-05-11T00:00:00+02:00"));
    line.line.key.data[0] = 'b';
    line.line.start = (char *)"10:00";
    line.line.entourage = true;
    assert_refused("deadline-passed", "date", "S4 art. 8");
}

static void a_resolution_counts_only_for_sessions_that_its_statement_covers(void **state) {
    (void)state;
    struct world_fact fact;
    fixture_individual(&line, "a");
    world_statement(&fact, line.niss[0], "2026-01-21", true);
    fact.body.statement.resolved_on = (char *)"2026-02-10";
    assert_non_null(fixture_clock(&fixture, "2026-05-10T12:00:00+02:00"));
    load(&fact);
    line.line.date = (char *)"2026-01-20";
    assert_refused("deadline-passed", "date", "S4 art. 8");
    line.line.key.data[0] = 'b';
    line.line.date = (char *)"2026-01-21";
    assert_accepted();
}

static void the_statement_recorded_last_also_says_whether_a_problem_was_resolved(void **state) {
    (void)state;
    struct world_fact fact;
    fixture_individual(&line, "a");
    line.line.date = (char *)"2026-01-20";
    assert_non_null(fixture_clock(&fixture, "2026-05-10T12:00:00+02:00"));
    world_statement(&fact, line.niss[0], "2026-01-01", true);
    fact.body.statement.resolved_on = (char *)"2026-02-10";
    load(&fact);
    fact.body.statement.resolved_on = (char *)"";
    load(&fact);
    assert_refused("deadline-passed", "date", "S4 art. 8");
    line.line.key.data[0] = 'b';
    world_statement(&fact, line.niss[0], "2025-12-01", true);
    fact.body.statement.resolved_on = (char *)"2026-02-10";
    load(&fact);
    assert_accepted();
}

static void a_code_that_needs_no_book_has_one_article_with_and_without_a_book(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.minutes = 0;
    assert_refused("malformed", "minutes", "own decision");
    line.line.date = (char *)"2018-05-14"; /* before every book */
    line.line.key.data[0] = 'b';
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_string_equal(fixture_reason(verdict, "malformed")->article, "own decision");
    assert_string_equal(fixture_reason(verdict, "outside-convention")->article, "S0 art. 4");
    line.line.date = (char *)"not a day";
    line.line.key.data[0] = 'c';
    verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_string_equal(fixture_reason(verdict, "malformed")->article, "own decision");
    line.line.minutes = 59;
    assert_string_equal(fixture_submit(&fixture, &line.line)->conflict->article, "own decision");
}

static void a_session_of_tomorrow_lies_in_the_future(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.date = (char *)"2024-05-21";
    assert_refused("session-in-future", "date", "own decision");
}

static void a_session_of_today_is_attested_from_its_start_on(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.date = (char *)"2024-05-20";
    line.line.start = (char *)"12:01";
    assert_refused("session-in-future", "start", "own decision");
    line.line.key.data[0] = 'b';
    line.line.start = (char *)"12:00";
    assert_accepted();
}

static void the_start_is_a_brussels_time_also_when_summer_time_begins(void **state) {
    (void)state;
    assert_non_null(fixture_clock(&fixture, "2025-03-30T08:59:59Z")); /* 10:59:59 in Brussels */
    fixture_individual(&line, "a");
    line.line.date = (char *)"2025-03-30";
    line.line.start = (char *)"11:00";
    assert_refused("session-in-future", "start", "own decision");
    line.line.key.data[0] = 'b';
    line.line.start = (char *)"10:59";
    assert_accepted();
}

static void a_date_that_no_loaded_book_covers_is_outside_every_convention(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.date = (char *)"2024-03-31";
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->n_reasons, 1);
    assert_string_equal(verdict->reasons[0]->code, "outside-convention");
    assert_true(fixture_not_judged(verdict, "deadline-passed"));
    assert_true(fixture_not_judged(verdict, "no-active-contract"));
    assert_false(fixture_not_judged(verdict, "session-in-future"));
    line.line.key.data[0] = 'b';
    line.line.date = (char *)"2024-04-01";
    assert_accepted();
}

/* Such a contract is refused today; a store may hold one from before. */
static void a_contract_under_a_book_that_is_not_loaded_does_not_judge(void **state) {
    (void)state;
    struct intake_core *core = fixture.core;
    struct world_fact fact;
    struct registry_fact read;
    struct fact_wire wire;
    struct fact_refusal refusal = {0};
    world_contract(&fact, "C9", FIXTURE_P3, "N1");
    fact.body.contract.convention = (char *)"2021";
    assert_true(registry_fact_read(&fact.fact, &read, &wire, &refusal));
    assert_int_equal(registry_apply(&core->registry, &read, fixture.journal.head), 0);
    fixture_individual(&line, "a");
    line.line.provider = (char *)FIXTURE_P3;
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->n_reasons, 1);
    assert_string_equal(verdict->reasons[0]->code, "outside-convention");
    assert_true(fixture_not_judged(verdict, "deadline-passed"));
}

static void of_two_contracts_on_one_day_the_newer_book_judges(void **state) {
    (void)state;
    struct world_fact fact;
    const Elp__V1__LoadBookReply *book = fixture_book(&fixture, ELP_SOURCE_DIR "/deploy/conventions/2021.yaml");
    assert_non_null(book);
    assert_true(book->loaded);
    world_contract(&fact, "C9", FIXTURE_P1, "N1");
    fact.body.contract.convention = (char *)"2021";
    fact.body.contract.from = (char *)"2024-01-01";
    fact.body.contract.functions++; /* 2021 knows no F1 */
    fact.body.contract.n_functions--;
    load(&fact);
    assert_non_null(fixture_clock(&fixture, "2024-05-21T12:00:00+02:00"));
    fixture_individual(&line, "a");
    line.line.date = (char *)"2024-04-01";
    uint64_t number = assert_accepted()->number;
    assert_string_equal(fixture_record(&fixture, number)->accepted->convention, "2024");
    line.line.key.data[0] = 'b';
    line.line.date = (char *)"2024-03-29";
    number = assert_accepted()->number;
    assert_string_equal(fixture_record(&fixture, number)->accepted->convention, "2021");
    assert_string_equal(fixture_record(&fixture, number)->accepted->contract, "C9");
}

/* --- contracts ---------------------------------------------------------------------------------------------------- */

static void a_provider_without_contract_with_the_network_is_refused(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.provider = (char *)FIXTURE_P3;
    assert_refused("no-active-contract", "provider", "S4 art. 11");
    fixture_individual(&line, "b");
    line.line.provider = (char *)FIXTURE_P2;
    line.line.network = (char *)"N2";
    fixture_people(&line, 1, 2, "2010-02-01");
    assert_refused("no-active-contract", "provider", "S4 art. 11");
}

static void a_contract_covers_its_first_and_last_day_and_no_other(void **state) {
    (void)state;
    struct world_fact fact;
    world_contract(&fact, "C9", FIXTURE_P3, "N1");
    fact.body.contract.from = (char *)"2024-05-10";
    fact.body.contract.until = (char *)"2024-05-12";
    load(&fact);
    static const struct {
        const char *date;
        bool covered;
    } days[] = {{"2024-05-09", false}, {"2024-05-10", true}, {"2024-05-12", true}, {"2024-05-13", false}};
    for (size_t i = 0; i < 4; i++) {
        fixture_individual(&line, "0");
        line.line.key.data[0] = (uint8_t)('a' + i);
        line.line.provider = (char *)FIXTURE_P3;
        line.line.date = (char *)days[i].date;
        if (days[i].covered) {
            assert_accepted();
        } else {
            assert_refused("no-active-contract", "provider", "S4 art. 11");
        }
    }
}

static void a_notice_ends_a_contract_on_the_first_day_of_the_third_month(void **state) {
    (void)state;
    struct world_fact fact;
    world_contract(&fact, "C9", FIXTURE_P3, "N1");
    fact.body.contract.notice = (char *)"2026-01-12";
    load(&fact);
    assert_non_null(fixture_clock(&fixture, "2026-04-02T12:00:00+02:00"));
    fixture_individual(&line, "a");
    line.line.provider = (char *)FIXTURE_P3;
    line.line.date = (char *)"2026-03-31";
    assert_accepted();
    line.line.key.data[0] = 'b';
    line.line.date = (char *)"2026-04-01";
    assert_refused("no-active-contract", "provider", "S4 art. 11");
}

static void a_contract_without_last_day_ends_with_its_convention(void **state) {
    (void)state;
    assert_non_null(fixture_clock(&fixture, "2028-01-02T12:00:00+01:00"));
    fixture_individual(&line, "a");
    line.line.date = (char *)"2027-12-31";
    assert_accepted();
    line.line.key.data[0] = 'b';
    line.line.date = (char *)"2028-01-01";
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(fixture_reasons(verdict, "outside-convention"), 1);
}

static void a_function_that_the_contract_does_not_contain_is_refused(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.network = (char *)"N2";
    line.line.function = ELP__V1__FUNCTION__FUNCTION_F3;
    line.line.assessment_date = (char *)"2024-05-14";
    fixture_people(&line, 1, 2, "2010-02-01");
    assert_refused("function-not-contracted", "function", "S4 art. 3");
    line.line.key.data[0] = 'b';
    line.line.function = ELP__V1__FUNCTION__FUNCTION_F2;
    assert_accepted();
}

/* --- groups ------------------------------------------------------------------------------------------------------- */

static void an_f2_group_of_three_is_too_small_and_of_four_is_not(void **state) {
    (void)state;
    fixture_group(&line, "a");
    line.line.n_beneficiaries = 3;
    assert_refused("group-too-small", "beneficiaries", "S4 art. 4 §1 i, §2 b");
    fixture_group(&line, "b");
    assert_accepted();
}

static void an_f1_group_of_nine_is_too_small_unless_it_is_a_defined_group(void **state) {
    (void)state;
    fixture_community(&line, "a");
    line.line.head_count = 9;
    assert_refused("group-too-small", "head_count", "S4 art. 4 §1 i, §2 b");
    fixture_community(&line, "b");
    assert_accepted();
    fixture_community(&line, "c");
    line.line.head_count = 9;
    line.line.defined_group = true;
    line.line.start = (char *)"16:30";
    assert_accepted();
}

static void a_group_has_two_leaders(void **state) {
    (void)state;
    fixture_group(&line, "a");
    line.line.second_leader = (char *)"";
    assert_refused("leaders-invalid", "second_leader", "S4 art. 4 §1 j, §2 d; art. 7");
    fixture_group(&line, "b");
    line.line.second_provider = (char *)FIXTURE_P2;
    assert_refused("leaders-invalid", "second_leader", "S4 art. 4 §1 j, §2 d; art. 7");
    fixture_group(&line, "c");
    line.line.second_leader = (char *)"";
    line.line.second_provider = (char *)FIXTURE_P1;
    assert_refused("leaders-invalid", "second_provider", "S4 art. 4 §1 j, §2 d; art. 7");
    fixture_group(&line, "d");
    line.line.second_leader = (char *)"";
    line.line.second_provider = (char *)FIXTURE_P3;
    assert_refused("leaders-invalid", "second_provider", "S4 art. 4 §1 j, §2 d; art. 7");
    fixture_group(&line, "e");
    line.line.second_leader = (char *)"X9";
    assert_refused("leaders-invalid", "second_leader", "S4 art. 4 §1 j, §2 d; art. 7");
    fixture_group(&line, "f");
    line.line.second_leader = (char *)"D1";
    assert_accepted();
}

static void a_second_leaders_contract_is_with_this_network(void **state) {
    (void)state;
    struct world_fact fact;
    world_expert(&fact);
    fact.body.leader.code = (char *)"X2";
    fact.body.leader.network = (char *)"N2";
    load(&fact);
    fixture_group(&line, "a");
    line.line.second_leader = (char *)"X2";
    assert_refused("leaders-invalid", "second_leader", "S4 art. 4 §1 j, §2 d; art. 7");
}

static void a_second_leaders_contract_without_last_day_ends_with_2026(void **state) {
    (void)state;
    assert_non_null(fixture_clock(&fixture, "2027-01-02T12:00:00+01:00"));
    fixture_group(&line, "a");
    line.line.date = (char *)"2026-12-31";
    assert_accepted();
    fixture_group(&line, "b");
    line.line.date = (char *)"2027-01-01";
    assert_refused("leaders-invalid", "second_leader", "S4 art. 4 §1 j, §2 d; art. 7");
}

static void f1_names_nobody(void **state) {
    (void)state;
    fixture_community(&line, "a");
    line.line.n_beneficiaries = 1;
    assert_refused("named-in-community", "beneficiaries", "S4 art. 8 note 8");
}

static void f2_names_each_beneficiary_once(void **state) {
    (void)state;
    fixture_group(&line, "a");
    fixture_people(&line, 5, 100, "1980-02-01");
    line.beneficiaries[4].niss = line.niss[1];
    assert_refused("named-in-community", "beneficiaries[4]", "S4 art. 8 note 8");
    fixture_group(&line, "b");
    fixture_people(&line, 5, 100, "1980-02-01");
    assert_accepted();
}

static void f2_names_somebody(void **state) {
    (void)state;
    fixture_group(&line, "a");
    line.line.n_beneficiaries = 0;
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->n_reasons, 2);
    assert_int_equal(fixture_reasons(verdict, "named-in-community"), 1);
    assert_int_equal(fixture_reasons(verdict, "group-too-small"), 1);
}

static void a_group_belongs_to_a_published_programme_of_its_network(void **state) {
    (void)state;
    struct world_fact fact;
    static Elp__V1__Function f3_only[] = {ELP__V1__FUNCTION__FUNCTION_F3};
    world_programme(&fact, "LATE", "N1");
    fact.body.programme.published_on = (char *)"2024-05-14";
    load(&fact);
    world_programme(&fact, "JUST", "N1");
    fact.body.programme.published_on = (char *)"2024-05-13";
    load(&fact);
    world_programme(&fact, "SECRET", "N1");
    fact.body.programme.published_on = (char *)"";
    load(&fact);
    world_programme(&fact, "OTHER", "N1");
    fact.body.programme.n_functions = 1;
    fact.body.programme.functions = f3_only;
    load(&fact);
    static const char *const wrong[] = {"", "NONE", "G2", "LATE", "SECRET", "OTHER"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        fixture_group(&line, "0");
        line.line.key.data[0] = (uint8_t)('a' + i);
        line.line.programme = (char *)wrong[i];
        assert_refused("programme-unknown", "programme", "S4 art. 4 §1 b-c, §2 e, h");
    }
    fixture_group(&line, "z");
    line.line.programme = (char *)"JUST";
    assert_accepted();
}

/* --- session ------------------------------------------------------------------------------------------------------ */

static void a_session_shorter_than_its_tariff_is_refused(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.minutes = 44;
    assert_refused("duration-too-short", "minutes", "S4 art. 4 §1 j, §2 c; individual: own decision");
    fixture_individual(&line, "b");
    line.line.minutes = 45;
    assert_accepted();
    fixture_group(&line, "c");
    line.line.minutes = 119;
    assert_refused("duration-too-short", "minutes", "S4 art. 4 §1 j, §2 c; individual: own decision");
    fixture_group(&line, "d");
    line.line.direct_minutes = 89;
    assert_refused("duration-too-short", "direct_minutes", "S4 art. 4 §1 j, §2 c; individual: own decision");
}

static void f1_is_held_on_a_site(void **state) {
    (void)state;
    fixture_community(&line, "a");
    line.line.site = (char *)"";
    assert_refused("site-required", "site", "S4 art. 4 §1 g");
    fixture_community(&line, "b");
    assert_accepted();
}

static void what_another_scheme_pays_is_refused(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.other_funding = true;
    assert_refused("other-funding", "other_funding", "S4 art. 5 4°, art. 7 5°");
}

/* --- people ------------------------------------------------------------------------------------------------------- */

static void neither_ct1_nor_ct2_means_not_insured(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.beneficiaries[0].ct1 = (char *)"";
    line.beneficiaries[0].ct2 = (char *)"";
    assert_refused("not-insured", "beneficiaries[0]", "S4 art. 8");
    line.line.key.data[0] = 'c';
    line.beneficiaries[0].ct1 = (char *)"000";
    line.beneficiaries[0].ct2 = (char *)"001";
    assert_refused("not-insured", "beneficiaries[0]", "S4 art. 8");
    line.beneficiaries[0].ct1 = (char *)"";
    line.line.key.data[0] = 'b';
    line.beneficiaries[0].ct2 = (char *)"110";
    assert_accepted();
}

static void an_insurers_statement_for_the_day_wins_over_the_codes(void **state) {
    (void)state;
    struct world_fact fact;
    fixture_individual(&line, "a");
    world_statement(&fact, line.niss[0], "2024-05-14", false);
    fact.body.statement.until = (char *)"2024-05-14";
    load(&fact);
    assert_refused("not-insured", "beneficiaries[0]", "S4 art. 8");
    line.line.key.data[0] = 'b';
    line.line.date = (char *)"2024-05-15";
    assert_accepted();
    world_statement(&fact, line.niss[0], "2024-05-01", true);
    fact.body.statement.increased = true;
    load(&fact);
    line.line.key.data[0] = 'c';
    line.line.date = (char *)"2024-05-14";
    line.beneficiaries[0].ct1 = (char *)"";
    line.beneficiaries[0].ct2 = (char *)"";
    uint64_t number = assert_accepted()->number;
    assert_true(fixture_record(&fixture, number)->accepted->beneficiaries[0]->increased);
}

static void a_beneficiary_at_fault_refuses_the_group_and_is_named_by_place(void **state) {
    (void)state;
    fixture_group(&line, "a");
    fixture_people(&line, 5, 100, "1980-02-01");
    line.beneficiaries[2].ct1 = (char *)"";
    line.beneficiaries[2].ct2 = (char *)"";
    line.beneficiaries[4].ct1 = (char *)"";
    line.beneficiaries[4].ct2 = (char *)"";
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->n_reasons, 2);
    assert_string_equal(verdict->reasons[0]->field, "beneficiaries[2]");
    assert_string_equal(verdict->reasons[1]->field, "beneficiaries[4]");
    assert_true(verdict->reasons[0]->patient_billable);
}

static void a_birth_date_that_the_number_contradicts_is_a_remark(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.beneficiaries[0].birth_date = (char *)"2001-02-01";
    const Elp__V1__Verdict *verdict = assert_accepted();
    assert_int_equal(verdict->n_warnings, 1);
    assert_string_equal(verdict->warnings[0]->code, "niss-birth-date");
    assert_string_equal(verdict->warnings[0]->field, "beneficiaries[0].niss");
    const Elp__V1__AttestationAccepted *accepted = fixture_record(&fixture, verdict->number)->accepted;
    assert_string_equal(accepted->warnings[0], "niss-birth-date");
    assert_int_equal(accepted->beneficiaries[0]->age, 23);
}

/* --- repeated sessions -------------------------------------------------------------------------------------------- */

static void one_session_is_attested_once_whichever_leader_attests_it(void **state) {
    (void)state;
    fixture_group(&line, "a");
    line.line.second_leader = (char *)"";
    line.line.second_provider = (char *)FIXTURE_P2;
    assert_accepted();
    fixture_group(&line, "b");
    fixture_people(&line, 4, 200, "1980-02-01");
    line.line.provider = (char *)FIXTURE_P2;
    assert_refused("already-attested", "start", "own decision");
    line.line.key.data[0] = 'c';
    line.line.start = (char *)"14:01";
    assert_accepted();
    fixture_group(&line, "d");
    fixture_people(&line, 4, 300, "1980-02-01");
    line.line.start = (char *)"14:01";
    assert_refused("already-attested", "start", "own decision");
}

static void another_service_date_or_leader_at_the_same_time_is_another_session(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    assert_accepted();
    fixture_individual(&line, "b");
    fixture_people(&line, 1, 2, "1980-02-01");
    assert_refused("already-attested", "start", "own decision");
    fixture_individual(&line, "c");
    fixture_people(&line, 1, 2, "1980-02-01");
    line.line.service = ELP__V1__SERVICE__SERVICE_ASSESSMENT;
    assert_accepted();
    fixture_individual(&line, "d");
    line.line.date = (char *)"2024-05-15";
    assert_accepted();
    fixture_individual(&line, "e");
    fixture_people(&line, 1, 3, "1980-02-01");
    line.line.provider = (char *)FIXTURE_P2;
    assert_accepted();
}

/* --- all at once -------------------------------------------------------------------------------------------------- */

static void one_answer_names_every_code_that_applies(void **state) {
    (void)state;
    static const char *const codes[] = {"deadline-passed",   "no-active-contract", "not-insured",
                                        "group-too-small",   "duration-too-short", "leaders-invalid",
                                        "programme-unknown", "other-funding"};
    assert_non_null(fixture_clock(&fixture, "2026-05-20T12:00:00+02:00"));
    fixture_group(&line, "a");
    line.line.provider = (char *)FIXTURE_P3;
    line.line.n_beneficiaries = 1;
    line.beneficiaries[0].ct1 = (char *)"";
    line.beneficiaries[0].ct2 = (char *)"";
    line.line.minutes = 100;
    line.line.second_leader = (char *)"";
    line.line.programme = (char *)"";
    line.line.other_funding = true;
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->n_reasons, sizeof codes / sizeof codes[0]);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_int_equal(fixture_reasons(verdict, codes[i]), 1);
    }
    assert_int_equal(verdict->n_not_judged, 3);
    assert_true(fixture_not_judged(verdict, "function-not-contracted"));
    assert_true(fixture_not_judged(verdict, "site-not-contracted"));
    assert_true(fixture_not_judged(verdict, "volume-exceeded"));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        CASE(a_session_on_the_last_day_of_the_deadline_is_accepted_and_a_second_later_refused),
        CASE(a_resolved_insurability_problem_moves_the_deadline_to_three_months_after_its_day),
        CASE(a_resolution_counts_only_for_sessions_that_its_statement_covers),
        CASE(a_code_that_needs_no_book_has_one_article_with_and_without_a_book),
        CASE(the_statement_recorded_last_also_says_whether_a_problem_was_resolved),
        CASE(a_session_of_tomorrow_lies_in_the_future),
        CASE(a_session_of_today_is_attested_from_its_start_on),
        CASE(the_start_is_a_brussels_time_also_when_summer_time_begins),
        CASE(a_date_that_no_loaded_book_covers_is_outside_every_convention),
        CASE(a_contract_under_a_book_that_is_not_loaded_does_not_judge),
        CASE(of_two_contracts_on_one_day_the_newer_book_judges),
        CASE(a_provider_without_contract_with_the_network_is_refused),
        CASE(a_contract_covers_its_first_and_last_day_and_no_other),
        CASE(a_notice_ends_a_contract_on_the_first_day_of_the_third_month),
        CASE(a_contract_without_last_day_ends_with_its_convention),
        CASE(a_function_that_the_contract_does_not_contain_is_refused),
        CASE(an_f2_group_of_three_is_too_small_and_of_four_is_not),
        CASE(an_f1_group_of_nine_is_too_small_unless_it_is_a_defined_group),
        CASE(a_group_has_two_leaders),
        CASE(a_second_leaders_contract_is_with_this_network),
        CASE(a_second_leaders_contract_without_last_day_ends_with_2026),
        CASE(f1_names_nobody),
        CASE(f2_names_each_beneficiary_once),
        CASE(f2_names_somebody),
        CASE(a_group_belongs_to_a_published_programme_of_its_network),
        CASE(a_session_shorter_than_its_tariff_is_refused),
        CASE(f1_is_held_on_a_site),
        CASE(what_another_scheme_pays_is_refused),
        CASE(neither_ct1_nor_ct2_means_not_insured),
        CASE(an_insurers_statement_for_the_day_wins_over_the_codes),
        CASE(a_beneficiary_at_fault_refuses_the_group_and_is_named_by_place),
        CASE(a_birth_date_that_the_number_contradicts_is_a_remark),
        CASE(one_session_is_attested_once_whichever_leader_attests_it),
        CASE(another_service_date_or_leader_at_the_same_time_is_another_session),
        CASE(one_answer_names_every_code_that_applies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
