/*
 * Goal: contracts, amendments and programme cards come and end as the rulebook says (R2 to R7), what falls due is told on
 * its day and once, and a registry that contradicts its convention is refused with the article.
 * Method: facts of a small world through the handler on a real store, on a manual clock; the news are read in the records
 * of facts and days.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/calendar.h"
#include "tests/support/intake_fixture.h"
#include "tests/support/intake_world.h"

#define NEWS(kind) ELP__V1__REGISTRY_NEWS_KIND__REGISTRY_NEWS_KIND_##kind

static struct intake_fixture fixture;
static struct fixture_line line;
static struct world_fact fact;

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

static uint64_t record(void) {
    const Elp__V1__FactVerdict *verdict = fixture_load(&fixture, fixture_operator(), &fact.fact);
    if (verdict->result != ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED) {
        fail_msg("expected to be recorded, got %s", verdict->refusal == NULL ? "unchanged" : verdict->refusal->reason);
    }
    return verdict->number;
}

/* Refused as a contradiction at that field, with that article. */
static void assert_contradicts(const char *field, const char *article) {
    const Elp__V1__FactVerdict *verdict = fixture_load(&fixture, fixture_operator(), &fact.fact);
    if (verdict->refusal == NULL || strcmp(verdict->refusal->code, "contradiction") != 0 ||
        strcmp(verdict->refusal->field, field) != 0 || strcmp(verdict->refusal->article, article) != 0) {
        fail_msg("expected a contradiction at %s [%s], got %s at %s [%s]: %s", field, article,
                 verdict->refusal == NULL ? "-" : verdict->refusal->code,
                 verdict->refusal == NULL ? "-" : verdict->refusal->field,
                 verdict->refusal == NULL ? "-" : verdict->refusal->article,
                 verdict->refusal == NULL ? "-" : verdict->refusal->reason);
    }
}

static void set_day(const char *date) {
    char at[40];
    struct date day;
    assert_true(date_parse(date, &day));
    (void)instant_format(brussels_midnight(day) + INT64_C(12) * 3600 * 1000000, at, sizeof at);
    assert_non_null(fixture_clock(&fixture, at));
}

/* --- news --------------------------------------------------------------------------------------------------------- */

/* The news of a kind about a contract, programme or network, from record `from` on: how many, and the last one's day. */
static size_t news_since(uint64_t from, Elp__V1__RegistryNewsKind kind, const char *code, char last[DATE_TEXT_BYTES]) {
    size_t count = 0;
    last[0] = '\0';
    for (uint64_t number = from; number <= fixture.journal.head; number++) {
        const Elp__V1__IntakeRecord *at = fixture_record(&fixture, number);
        for (size_t i = 0; i < at->n_news; i++) {
            if (at->news[i]->kind == kind && strcmp(at->news[i]->code, code) == 0) {
                count++;
                (void)date_format((struct date){at->news[i]->date}, last, DATE_TEXT_BYTES);
            }
        }
    }
    return count;
}

static void assert_told(uint64_t from, Elp__V1__RegistryNewsKind kind, const char *code, const char *date) {
    char last[DATE_TEXT_BYTES];
    assert_int_equal(news_since(from, kind, code, last), 1);
    assert_string_equal(last, date);
}

static void assert_untold(uint64_t from, Elp__V1__RegistryNewsKind kind, const char *code) {
    char last[DATE_TEXT_BYTES];
    assert_int_equal(news_since(from, kind, code, last), 0);
}

/* --- R5: notices -------------------------------------------------------------------------------------------------- */

static void a_notice_is_told_with_the_day_on_which_the_contract_ends(void **state) {
    (void)state;
    world_contract(&fact, "C1", FIXTURE_P1, "N1");
    fact.body.contract.notice = (char *)"2024-05-20";
    uint64_t number = record();
    assert_told(number, NEWS(CONTRACT_NOTICE), "C1", "2024-08-01");
    fact.body.contract.sessions_per_month = 41;
    assert_untold(record(), NEWS(CONTRACT_NOTICE), "C1");
    world_physician(&fact);
    fact.body.leader.notice = (char *)"2024-05-20";
    assert_told(record(), NEWS(CONTRACT_NOTICE), "D1", "2024-08-01");
    set_day("2024-08-02");
    assert_told(number, NEWS(CONTRACT_ENDING), "C1", "2024-08-01");
    assert_told(number, NEWS(CONTRACT_ENDED), "C1", "2024-08-01");
    assert_told(number, NEWS(CONTRACT_ENDED), "D1", "2024-08-01");
}

static void an_end_that_is_near_when_it_is_recorded_is_told_on_the_next_day(void **state) {
    (void)state;
    world_contract(&fact, "C1", FIXTURE_P1, "N1");
    fact.body.contract.until = (char *)"2024-06-02";
    uint64_t number = record();
    assert_untold(number, NEWS(CONTRACT_ENDING), "C1");
    set_day("2024-05-21");
    assert_told(number, NEWS(CONTRACT_ENDING), "C1", "2024-06-03");
    set_day("2024-06-04");
    assert_told(number, NEWS(CONTRACT_ENDING), "C1", "2024-06-03");
    assert_told(number, NEWS(CONTRACT_ENDED), "C1", "2024-06-03");
}

/* --- R6: amendments ----------------------------------------------------------------------------------------------- */

static void an_amendment_that_is_recorded_late_finds_its_letters_overdue_the_next_day(void **state) {
    (void)state;
    world_amendment(&fact, "A1", "N1", "2024-05-06");
    uint64_t number = record();
    assert_told(number, NEWS(AMENDMENT_SIGNED), "A1", "2024-05-13");
    world_letter(&fact, "A1", "C1", "2024-05-10");
    (void)record();
    set_day("2024-05-25");
    assert_untold(number, NEWS(LETTER_OVERDUE), "C1");
    assert_told(number, NEWS(LETTER_OVERDUE), "C2", "2024-05-13");
    assert_told(number, NEWS(LETTER_OVERDUE), "X1", "2024-05-13");
    assert_untold(number, NEWS(LETTER_OVERDUE), "C3"); /* of another network */
    world_letter(&fact, "A1", "C2", "2024-05-25");
    assert_told(record(), NEWS(LETTER_SENT), "C2", "2024-06-25");
}

static void an_amendment_of_providers_alone_writes_to_no_second_leader(void **state) {
    (void)state;
    world_amendment(&fact, "A1", "N1", "2024-05-20");
    fact.body.amendment.providers_only = true;
    uint64_t number = record();
    set_day("2024-06-30");
    assert_told(number, NEWS(LETTER_DUE), "C1", "2024-05-27");
    assert_untold(number, NEWS(LETTER_DUE), "X1");
    world_letter(&fact, "A1", "X1", "2024-05-21");
    assert_contradicts("contract", "S4 art. 11 §3");
}

static void silence_is_acceptance_the_day_after_the_last_and_once(void **state) {
    (void)state;
    world_amendment(&fact, "A1", "N1", "2024-05-20");
    uint64_t number = record();
    world_letter(&fact, "A1", "C1", "2024-05-20");
    (void)record();
    set_day("2024-06-20");
    assert_untold(number, NEWS(AMENDMENT_ACCEPTED), "C1");
    set_day("2024-06-21");
    assert_told(number, NEWS(AMENDMENT_ACCEPTED), "C1", "2024-06-20");
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    set_day("2024-07-31");
    assert_told(number, NEWS(AMENDMENT_ACCEPTED), "C1", "2024-06-20");
}

/* The last session is accepted the day before the end, and none on it; also after a restart. */
static void assert_ends_on(const char *last, const char *end, char key) {
    char text[2] = {key, '\0'};
    fixture_individual(&line, text);
    line.line.date = (char *)last;
    assert_int_equal(fixture_submit(&fixture, &line.line)->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    text[0]++;
    fixture_individual(&line, text);
    line.line.date = (char *)end;
    assert_int_equal(fixture_reasons(fixture_submit(&fixture, &line.line)->verdict, "no-active-contract"), 1);
}

static void a_refusal_ends_the_contract_from_the_sending_and_a_correction_gives_it_back(void **state) {
    (void)state;
    world_amendment(&fact, "A1", "N1", "2024-05-20");
    (void)record();
    world_letter(&fact, "A1", "C1", "2024-05-20");
    (void)record();
    set_day("2024-09-01");
    world_letter(&fact, "A1", "C1", "2024-05-20");
    fact.body.letter.refused_on = (char *)"2024-06-20";
    assert_told(record(), NEWS(AMENDMENT_REFUSED), "C1", "2024-08-01");
    assert_ends_on("2024-07-31", "2024-08-01", 'a');
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    fixture_individual(&line, "c");
    line.line.date = (char *)"2024-08-02";
    assert_int_equal(fixture_reasons(fixture_submit(&fixture, &line.line)->verdict, "no-active-contract"), 1);
    world_contract(&fact, "C1", FIXTURE_P1, "N1"); /* a changed contract stays ended */
    fact.body.contract.sessions_per_month = 41;
    (void)record();
    fixture_individual(&line, "d");
    line.line.date = (char *)"2024-08-02";
    assert_int_equal(fixture_reasons(fixture_submit(&fixture, &line.line)->verdict, "no-active-contract"), 1);
    world_letter(&fact, "A1", "C1", "2024-05-20"); /* the refusal was written down by mistake */
    (void)record();
    fixture_individual(&line, "e");
    line.line.date = (char *)"2024-08-02";
    assert_int_equal(fixture_reasons(fixture_submit(&fixture, &line.line)->verdict, "no-active-contract"), 0);
}

static void a_second_leader_refuses_like_a_provider(void **state) {
    (void)state;
    world_amendment(&fact, "A1", "N1", "2024-05-20");
    (void)record();
    world_letter(&fact, "A1", "X1", "2024-05-20");
    fact.body.letter.refused_on = (char *)"2024-05-20";
    (void)record();
    set_day("2024-08-02");
    fixture_group(&line, "g");
    line.line.date = (char *)"2024-07-31";
    assert_int_equal(fixture_submit(&fixture, &line.line)->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    fixture_group(&line, "h");
    line.line.date = (char *)"2024-08-01";
    assert_int_equal(fixture_reasons(fixture_submit(&fixture, &line.line)->verdict, "leaders-invalid"), 1);
}

static void a_letter_fits_its_amendment_and_its_answer_comes_in_time(void **state) {
    (void)state;
    world_amendment(&fact, "A1", "N1", "2024-05-10");
    (void)record();
    world_letter(&fact, "A1", "C1", "2024-05-09");
    assert_contradicts("sent_on", "S4 art. 5 8°");
    world_letter(&fact, "A1", "C1", "2024-05-10");
    (void)record();
    set_day("2024-06-30");
    fact.body.letter.refused_on = (char *)"2024-06-11";
    assert_contradicts("refused_on", "S4 art. 11 §3");
    fact.body.letter.refused_on = (char *)"2024-06-10";
    (void)record();
    world_amendment(&fact, "A1", "N1", "2024-05-11"); /* now the letter came before the signature */
    assert_contradicts("signed_on", "S4 art. 5 8°");
    world_contract(&fact, "CN", FIXTURE_P3, "N1");
    fact.body.contract.from = (char *)"2024-05-11";
    (void)record();
    world_letter(&fact, "A1", "CN", "2024-05-12"); /* its contract has the amended text already */
    assert_contradicts("contract", "S4 art. 11 §3");
}

static void nothing_is_signed_sent_or_refused_in_the_future(void **state) {
    (void)state;
    world_amendment(&fact, "A1", "N1", "2024-05-21");
    const Elp__V1__FactVerdict *verdict = fixture_load(&fixture, fixture_operator(), &fact.fact);
    assert_string_equal(verdict->refusal->field, "signed_on");
    world_amendment(&fact, "A1", "N1", "2024-05-20");
    (void)record();
    world_letter(&fact, "A1", "C1", "2024-05-21");
    assert_string_equal(fixture_load(&fixture, fixture_operator(), &fact.fact)->refusal->field, "sent_on");
    world_letter(&fact, "A1", "C1", "2024-05-20");
    fact.body.letter.refused_on = (char *)"2024-05-21";
    assert_string_equal(fixture_load(&fixture, fixture_operator(), &fact.fact)->refusal->field, "refused_on");
    world_letter(&fact, "NONE", "C1", "2024-05-20");
    assert_string_equal(fixture_load(&fixture, fixture_operator(), &fact.fact)->refusal->code, "unknown-reference");
    world_letter(&fact, "A1", "C3", "2024-05-20"); /* of another network */
    assert_string_equal(fixture_load(&fixture, fixture_operator(), &fact.fact)->refusal->field, "contract");
}

/* --- R3: contracted against the contingent ------------------------------------------------------------------------ */

static void contracts_beyond_120_percent_of_the_contingent_are_a_remark_once(void **state) {
    (void)state;
    world_network(&fact, "N1", ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT);
    fact.body.network.contingent = 600; /* two contracts of 40 a month from April: 720 sessions, 120 % */
    uint64_t number = record();
    assert_untold(number, NEWS(OVERCONTRACTED), "N1");
    world_contract(&fact, "C2", FIXTURE_P2, "N1");
    fact.body.contract.payee = (char *)"P2";
    fact.body.contract.sessions_per_month = 41;
    uint64_t above = record();
    const Elp__V1__IntakeRecord *at = fixture_record(&fixture, above);
    assert_int_equal(at->n_news, 1);
    assert_int_equal(at->news[0]->kind, NEWS(OVERCONTRACTED));
    assert_int_equal(at->news[0]->year, 2024);
    assert_int_equal(at->news[0]->basis_points, 12150); /* 729 of 600 */
    fact.body.contract.sessions_per_month = 42;
    assert_untold(record(), NEWS(OVERCONTRACTED), "N1");
    world_network(&fact, "N1", ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT);
    fact.body.network.contingent = 10000;
    (void)record();
    fact.body.network.contingent = 600;
    char day[DATE_TEXT_BYTES];
    assert_int_equal(news_since(record(), NEWS(OVERCONTRACTED), "N1", day), 1);
    set_day("2025-01-02"); /* the whole year counts now */
    assert_int_equal(news_since(above + 4, NEWS(OVERCONTRACTED), "N1", day), 1);
}

/* --- R4: second leaders ------------------------------------------------------------------------------------------- */

static void a_second_leader_meets_every_condition_and_a_structural_one_all_six(void **state) {
    (void)state;
    Elp__V1__SecondLeaderCondition all[6];
    for (int i = 0; i < 6; i++) {
        all[i] = (Elp__V1__SecondLeaderCondition)(i + 1);
    }
    static const char *const articles[] = {"S4 art. 6",    "S4 art. 7 6°", "S4 art. 10",
                                           "S4 art. 7 7°", "S4 art. 7 8°", "S4 art. 7 9°"};
    world_physician(&fact);
    fact.body.leader.code = (char *)"D2";
    fact.body.leader.from = (char *)"2024-04-01";
    fact.body.leader.structural = true;
    fact.body.leader.conditions = all;
    for (size_t count = 0; count < 6; count++) {
        fact.body.leader.n_conditions = count;
        assert_contradicts("conditions", articles[count]);
    }
    fact.body.leader.structural = false;
    fact.body.leader.n_conditions = 3;
    (void)record();
    fact.body.leader.structural = true;
    fact.body.leader.n_conditions = 6;
    (void)record();
    all[5] = all[4];
    assert_string_equal(fixture_load(&fixture, fixture_operator(), &fact.fact)->refusal->field, "conditions");
}

static void a_second_leaders_contract_lasts_until_2026_unless_amended(void **state) {
    (void)state;
    world_physician(&fact);
    fact.body.leader.code = (char *)"D2";
    fact.body.leader.from = (char *)"2024-04-01";
    fact.body.leader.until = (char *)"2027-12-31";
    assert_contradicts("until", "S4 art. 11 §2");
    struct world_fact leader = fact;
    leader.fact.second_leader_contract = &leader.body.leader;
    world_amendment(&fact, "A1", "N1", "2024-05-20");
    fact.body.amendment.second_leaders_until = (char *)"2028-01-01";
    assert_contradicts("second_leaders_until", "S0 art. 4; start: public fact");
    fact.body.amendment.second_leaders_until = (char *)"2027-12-31";
    (void)record();
    assert_int_equal(fixture_load(&fixture, fixture_operator(), &leader.fact)->result,
                     ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED);
}

/* --- contradictions ----------------------------------------------------------------------------------------------- */

static void a_contract_lies_within_its_convention_and_knows_its_money(void **state) {
    (void)state;
    world_contract(&fact, "C9", FIXTURE_P3, "N1");
    fact.body.contract.from = (char *)"2024-03-31";
    assert_contradicts("from", "S0 art. 4; start: public fact");
    fact.body.contract.from = (char *)"2028-01-01";
    assert_contradicts("from", "S0 art. 4; start: public fact");
    fact.body.contract.from = (char *)"2024-04-01";
    fact.body.contract.until = (char *)"2028-01-01";
    assert_contradicts("until", "S0 art. 4; start: public fact");
    fact.body.contract.until = (char *)"2025-12-31";
    fact.body.contract.extra_one_percent = true; /* the extra 1 % is that of 2026 */
    assert_contradicts("extra_one_percent", "S0 art. 3");
    fact.body.contract.until = (char *)"2026-01-01";
    (void)record();
    world_contract(&fact, "X1", FIXTURE_P3, "N2");
    const Elp__V1__FactVerdict *verdict = fixture_load(&fixture, fixture_operator(), &fact.fact);
    assert_string_equal(verdict->refusal->field, "code"); /* a second leader's */
}

static void the_convention_of_2021_knows_neither_under_served_regions_nor_f1(void **state) {
    (void)state;
    assert_true(fixture_book(&fixture, ELP_SOURCE_DIR "/deploy/conventions/2021.yaml")->loaded);
    assert_true(fixture_book(&fixture, ELP_SOURCE_DIR "/deploy/conventions/2019.yaml")->loaded);
    world_contract(&fact, "C9", FIXTURE_P3, "N1");
    fact.body.contract.convention = (char *)"2021";
    fact.body.contract.from = (char *)"2022-01-01";
    assert_contradicts("functions", "S1; from 2024-01-01: public fact");
    fact.body.contract.functions++;
    fact.body.contract.n_functions--;
    fact.body.contract.under_served = true;
    assert_contradicts("under_served", "S0 art. 14 §1 b.e");
    fact.body.contract.under_served = false;
    (void)record();
    world_contract(&fact, "CA", FIXTURE_P3, "N1");
    fact.body.contract.convention = (char *)"2019";
    fact.body.contract.from = (char *)"2019-03-31"; /* contracts from 2019-04-01 */
    assert_contradicts("from", "S3; end: S1, own decision");
    fact.body.contract.from = (char *)"2019-04-01";
    assert_contradicts("functions", "S3; end: S1, own decision"); /* a single one */
    fact.body.contract.n_functions = 0;
    (void)record();
    world_physician(&fact);
    fact.body.leader.code = (char *)"D2";
    fact.body.leader.from = (char *)"2019-05-01"; /* no groups then */
    assert_contradicts("from", "S3; end: S1, own decision");
}

static void a_policy_is_one_that_a_loaded_convention_knows(void **state) {
    (void)state;
    struct intake_fixture other;
    intake_fixture_open(&other, FIXTURE_EMPTY, true);
    assert_true(fixture_book(&other, ELP_SOURCE_DIR "/deploy/conventions/2021.yaml")->loaded);
    world_network(&fact, "N1", ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT);
    fact.body.network.collecting_institution = (char *)"";
    fact.body.network.sites_from_art8 = true;
    const Elp__V1__FactVerdict *verdict = fixture_load(&other, fixture_operator(), &fact.fact);
    assert_string_equal(verdict->refusal->article, "S0 art. 14 §1 b.b");
    fact.body.network.sites_from_art8 = false;
    fact.body.network.new_graduates_merged = true;
    verdict = fixture_load(&other, fixture_operator(), &fact.fact);
    assert_string_equal(verdict->refusal->article, "S0 art. 14 §1 b.a");
    assert_true(fixture_book(&other, ELP_SOURCE_DIR "/deploy/conventions/2024.yaml")->loaded);
    verdict = fixture_load(&other, fixture_operator(), &fact.fact);
    assert_int_equal(verdict->result, ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED);
    intake_fixture_close(&other);
}

static void a_network_keeps_what_its_budgets_rest_on(void **state) {
    (void)state;
    Elp__V1__EnvelopeAmount amount = ELP__V1__ENVELOPE_AMOUNT__INIT;
    Elp__V1__EnvelopeAmount *amounts[] = {&amount};
    amount.cents = 100;
    amount.envelope = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_PRISONS;
    world_budget(&fact, "N3", 2026);
    fact.body.budget.n_envelopes = 1;
    fact.body.budget.envelopes = amounts;
    (void)record();
    amount.envelope = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_LUMP_NETWORK; /* of the convention of 2019 */
    assert_contradicts("envelopes", "S0 art. 14 §1");
    world_network(&fact, "N3", ELP__V1__NETWORK_KIND__NETWORK_KIND_MIXED);
    assert_contradicts("prison_network", "S0 art. 14 §1 b.d");
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_contradicts("prison_network", "S0 art. 14 §1 b.d");
}

/* --- R7: programme cards ------------------------------------------------------------------------------------------ */

static void a_published_card_says_everything_and_a_decided_one_may_still_be_written(void **state) {
    (void)state;
    world_programme(&fact, "G9", "N1");
    fact.body.programme.published_on = (char *)"2024-04-10";
    fact.body.programme.participation = (char *)"";
    assert_contradicts("participation", "S4 art. 4 §1 b, §2 e");
    fact.body.programme.published_on = (char *)"";
    (void)record();
}

static void a_publication_that_was_announced_is_told_on_its_day(void **state) {
    (void)state;
    world_programme(&fact, "G9", "N1");
    fact.body.programme.published_on = (char *)"2024-06-01";
    uint64_t number = record();
    set_day("2024-05-31");
    assert_untold(number, NEWS(PROGRAMME_PUBLISHED), "G9");
    set_day("2024-06-30");
    assert_told(number, NEWS(PROGRAMME_PUBLISHED), "G9", "2024-06-01");
}

static void no_session_is_of_a_programme_that_was_withdrawn(void **state) {
    (void)state;
    world_programme(&fact, "G1", "N1");
    fact.body.programme.withdrawn_on = (char *)"2024-05-14";
    (void)record();
    fixture_group(&line, "a");
    assert_int_equal(fixture_reasons(fixture_submit(&fixture, &line.line)->verdict, "programme-unknown"), 1);
    fixture_group(&line, "b");
    line.line.date = (char *)"2024-05-13";
    assert_int_equal(fixture_reasons(fixture_submit(&fixture, &line.line)->verdict, "programme-unknown"), 0);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        CASE(a_notice_is_told_with_the_day_on_which_the_contract_ends),
        CASE(an_end_that_is_near_when_it_is_recorded_is_told_on_the_next_day),
        CASE(an_amendment_that_is_recorded_late_finds_its_letters_overdue_the_next_day),
        CASE(an_amendment_of_providers_alone_writes_to_no_second_leader),
        CASE(silence_is_acceptance_the_day_after_the_last_and_once),
        CASE(a_refusal_ends_the_contract_from_the_sending_and_a_correction_gives_it_back),
        CASE(a_second_leader_refuses_like_a_provider),
        CASE(a_letter_fits_its_amendment_and_its_answer_comes_in_time),
        CASE(nothing_is_signed_sent_or_refused_in_the_future),
        CASE(contracts_beyond_120_percent_of_the_contingent_are_a_remark_once),
        CASE(a_second_leader_meets_every_condition_and_a_structural_one_all_six),
        CASE(a_second_leaders_contract_lasts_until_2026_unless_amended),
        CASE(a_contract_lies_within_its_convention_and_knows_its_money),
        CASE(the_convention_of_2021_knows_neither_under_served_regions_nor_f1),
        CASE(a_policy_is_one_that_a_loaded_convention_knows),
        CASE(a_network_keeps_what_its_budgets_rest_on),
        CASE(a_published_card_says_everything_and_a_decided_one_may_still_be_written),
        CASE(a_publication_that_was_announced_is_told_on_its_day),
        CASE(no_session_is_of_a_programme_that_was_withdrawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
