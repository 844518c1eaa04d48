/* Goal: T1 to T5 of rulebook §5. Method: the pure function on the shipped books, by the session's facts alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/rating/rate.h"

static struct book *load(const char *file) {
    char path[512];
    struct book *book = NULL;
    struct yaml_error error;
    size_t errors = 0;
    (void)snprintf(path, sizeof path, "%s/deploy/conventions/%s", ELP_SOURCE_DIR, file);
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    char *text = malloc(BOOK_BYTES_MAX);
    assert_non_null(text);
    size_t bytes = fread(text, 1, BOOK_BYTES_MAX, stream);
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(book_parse(text, bytes, &book, &error, 1, &errors), 0);
    free(text);
    return book;
}

static struct book *book_2024;
static struct book *book_2021;
static struct book *book_2019;

static int load_books(void **state) {
    (void)state;
    book_2024 = load("2024.yaml");
    book_2021 = load("2021.yaml");
    book_2019 = load("2019.yaml");
    return 0;
}

static int free_books(void **state) {
    (void)state;
    book_free(book_2024);
    book_free(book_2021);
    book_free(book_2019);
    return 0;
}

static struct date day(const char *text) {
    struct date date;
    assert_true(date_parse(text, &date));
    return date;
}

static struct attestation_facts individual(const char *date, int age) {
    return (struct attestation_facts){.number = 7,
                                      .network = {"N1"},
                                      .payee = {"P1"},
                                      .service = SERVICE_INDIVIDUAL,
                                      .function = FUNCTION_F2,
                                      .date = day(date),
                                      .minutes = 60,
                                      .beneficiaries = {{.person = 1, .age = age}},
                                      .beneficiary_count = 1};
}

/* A group of four grown-ups with an independent care provider. */
static struct attestation_facts group(const char *date) {
    struct attestation_facts facts = individual(date, 40);
    facts.service = SERVICE_GROUP;
    facts.minutes = 120;
    facts.direct_minutes = 90;
    facts.beneficiary_count = 4;
    for (size_t i = 0; i < facts.beneficiary_count; i++) {
        facts.beneficiaries[i] = (struct beneficiary_facts){.person = i + 1, .age = 40};
    }
    facts.second = SECOND_CARE_PROVIDER;
    facts.second_payee = (struct code){"E1"};
    facts.second_designator = (struct code){"O1"};
    return facts;
}

/* Every result obeys T4: fee = insurer + share = sum of the parts, payable = fee − share collected. */
static struct rated rate(const struct book *book, const struct attestation_facts *facts) {
    struct tariff_view view = tariff_view_of_book(book);
    struct rated rated;
    int64_t fees = 0;
    int64_t payables = 0;
    assert_int_equal(rate_attestation(&view, facts, &rated), RATE_DONE);
    for (size_t i = 0; i < rated.part_count; i++) {
        const struct rated_part *part = &rated.parts[i];
        assert_int_equal(money_cents(part->payable), money_cents(part->fee) - money_cents(part->share_collected));
        fees += money_cents(part->fee);
        payables += money_cents(part->payable);
    }
    assert_int_equal(fees, money_cents(rated.fee));
    assert_int_equal(payables, money_cents(rated.insurer));
    assert_int_equal(money_cents(rated.fee), money_cents(rated.insurer) + money_cents(rated.share));
    return rated;
}

static void assert_part(const struct rated *rated, size_t index, Elp__V1__PartRole role, const char *payee, int64_t fee,
                        int64_t payable) {
    assert_true(index < rated->part_count);
    assert_int_equal(rated->parts[index].role, role);
    assert_string_equal(rated->parts[index].payee.text, payee);
    assert_int_equal(money_cents(rated->parts[index].fee), fee);
    assert_int_equal(money_cents(rated->parts[index].payable), payable);
}

static bool has_step(const struct rated *rated, Elp__V1__RatingRule rule, int64_t cents) {
    for (size_t i = 0; i < rated->step_count; i++) {
        if (rated->steps[i].rule == rule) {
            return money_cents(rated->steps[i].amount) == cents;
        }
    }
    return false;
}

#define ATTESTING ELP__V1__PART_ROLE__PART_ROLE_ATTESTING
#define SECOND ELP__V1__PART_ROLE__PART_ROLE_SECOND
#define DESIGNATOR ELP__V1__PART_ROLE__PART_ROLE_DESIGNATOR
#define RULE(name) ELP__V1__RATING_RULE__RATING_RULE_##name

/* --- T1, T2 ------------------------------------------------------------------------------------------------------- */

static void story_S1_splits_the_group_between_psychologist_expert_and_association(void **state) {
    (void)state;
    static const int ages[] = {22, 23, 24, 31, 58, 80};
    struct attestation_facts facts = group("2024-05-14");
    facts.second = SECOND_EXPERT;
    facts.second_designated = true;
    facts.second_paid_in_person = true;
    facts.second_rate_per_hour = money_of_cents(4210);
    facts.beneficiary_count = 6;
    for (size_t i = 0; i < 6; i++) {
        facts.beneficiaries[i] = (struct beneficiary_facts){.person = i + 1, .age = ages[i]};
    }
    struct rated rated = rate(book_2024, &facts);
    assert_int_equal(money_cents(rated.fee), 37683);
    assert_int_equal(money_cents(rated.share), 1000);
    assert_int_equal(money_cents(rated.insurer), 36683);
    assert_int_equal(rated.part_count, 3);
    assert_part(&rated, 0, ATTESTING, "P1", 23118, 22118);
    assert_part(&rated, 1, SECOND, "E1", 8420, 8420);
    assert_part(&rated, 2, DESIGNATOR, "O1", 6145, 6145);
    assert_int_equal(rated.column, 2024);
    assert_false(rated.provisional);
    assert_true(has_step(&rated, RULE(T1_FULL), 23118));
    assert_true(has_step(&rated, RULE(T2_PERSON), 8420));
    assert_true(has_step(&rated, RULE(T2_DESIGNATOR), 6145));
    assert_true(has_step(&rated, RULE(T3_GROUP), 1000));
    assert_true(has_step(&rated, RULE(T3_AGE_FREE), 0));
    assert_true(has_step(&rated, RULE(T4_INSURER), 36683));
}

static void a_physician_and_a_second_psychologist_get_the_full_amount_each(void **state) {
    (void)state;
    struct attestation_facts facts = group("2024-05-14");
    facts.second = SECOND_PHYSICIAN;
    struct rated physician = rate(book_2024, &facts);
    facts.second = SECOND_PSYCHOLOGIST;
    struct rated psychologist = rate(book_2024, &facts);
    assert_part(&physician, 1, SECOND, "E1", 23118, 23118);
    assert_part(&psychologist, 1, SECOND, "E1", 23118, 23118);
    assert_true(has_step(&physician, RULE(T1_SECOND_FULL), 23118));
}

static void another_second_leader_gets_the_other_amount(void **state) {
    (void)state;
    struct attestation_facts facts = group("2024-05-14");
    enum second_leader_kind kinds[] = {SECOND_HEALTH_PROFESSIONAL, SECOND_CARE_PROVIDER, SECOND_EXPERT};
    for (size_t i = 0; i < 3; i++) {
        facts.second = kinds[i];
        struct rated rated = rate(book_2024, &facts);
        assert_int_equal(rated.part_count, 2);
        assert_part(&rated, 0, ATTESTING, "P1", 23118, 22118);
        assert_part(&rated, 1, SECOND, "E1", 14565, 14565);
    }
}

static void a_designated_rate_is_capped_at_the_published_hour_and_not_one_cent_before(void **state) {
    (void)state;
    struct attestation_facts facts = group("2024-05-14");
    facts.second_designated = true;
    facts.second_rate_per_hour = money_of_cents(5433);
    struct rated at = rate(book_2024, &facts);
    facts.second_rate_per_hour = money_of_cents(5434);
    struct rated beyond = rate(book_2024, &facts);
    assert_int_equal(money_cents(at.parts[1].fee), 10866);
    assert_true(has_step(&at, RULE(T2_PERSON), 10866));
    assert_int_equal(money_cents(beyond.parts[1].fee), 10866);
    assert_int_equal(money_cents(beyond.parts[2].fee), 3699);
    assert_true(has_step(&beyond, RULE(T2_CAPPED), 10866));
}

static void the_designator_receives_the_persons_part_unless_the_contract_says_in_person(void **state) {
    (void)state;
    struct attestation_facts facts = group("2024-05-14");
    facts.second_designated = true;
    facts.second_rate_per_hour = money_of_cents(4000);
    struct rated to_designator = rate(book_2024, &facts);
    facts.second_paid_in_person = true;
    struct rated in_person = rate(book_2024, &facts);
    assert_part(&to_designator, 1, SECOND, "O1", 8000, 8000);
    assert_part(&to_designator, 2, DESIGNATOR, "O1", 6565, 6565);
    assert_part(&in_person, 1, SECOND, "E1", 8000, 8000);
}

static void a_volunteer_leaves_the_whole_amount_to_the_designator(void **state) {
    (void)state;
    struct attestation_facts facts = group("2024-05-14");
    facts.second_designated = true;
    facts.second_paid_in_person = true;
    struct rated rated = rate(book_2024, &facts);
    assert_part(&rated, 1, SECOND, "E1", 0, 0);
    assert_part(&rated, 2, DESIGNATOR, "O1", 14565, 14565);
}

static void a_designated_physician_is_not_split(void **state) {
    (void)state;
    struct attestation_facts facts = group("2024-05-14");
    facts.second = SECOND_PHYSICIAN;
    facts.second_designated = true;
    facts.second_rate_per_hour = money_of_cents(4000);
    struct rated rated = rate(book_2024, &facts);
    assert_int_equal(rated.part_count, 2);
    assert_part(&rated, 1, SECOND, "O1", 23118, 23118);
}

/* --- T3 ----------------------------------------------------------------------------------------------------------- */

static void the_individual_share_depends_on_age_first_session_and_increased_intervention(void **state) {
    (void)state;
    struct attestation_facts facts = individual("2026-03-10", 24);
    assert_int_equal(money_cents(rate(book_2024, &facts).share), 1100);
    facts.beneficiaries[0].increased = true;
    assert_int_equal(money_cents(rate(book_2024, &facts).share), 400);
    facts.beneficiaries[0].first_session = true;
    struct rated first = rate(book_2024, &facts);
    assert_int_equal(money_cents(first.share), 0);
    assert_true(has_step(&first, RULE(T3_FIRST_FREE), 0));
    facts = individual("2026-03-10", 23);
    struct rated young = rate(book_2024, &facts);
    assert_int_equal(money_cents(young.share), 0);
    assert_true(has_step(&young, RULE(T3_AGE_FREE), 0));
}

static void a_share_exempt_site_bears_no_share(void **state) {
    (void)state;
    struct attestation_facts alone = individual("2026-03-10", 40);
    struct attestation_facts together = group("2026-03-10");
    alone.share_exempt_site = true;
    together.share_exempt_site = true;
    struct rated rated = rate(book_2024, &alone);
    assert_int_equal(money_cents(rated.share), 0);
    assert_true(has_step(&rated, RULE(T3_EXEMPT_SITE), 0));
    assert_int_equal(money_cents(rate(book_2024, &together).share), 0);
}

static void a_community_intervention_bears_no_share(void **state) {
    (void)state;
    struct attestation_facts facts = group("2024-05-14");
    facts.function = FUNCTION_F1;
    facts.beneficiary_count = 0;
    facts.head_count = 25;
    struct rated rated = rate(book_2024, &facts);
    assert_int_equal(money_cents(rated.share), 0);
    assert_true(has_step(&rated, RULE(T3_COMMUNITY), 0));
}

/* --- T4, columns -------------------------------------------------------------------------------------------------- */

static void a_share_beyond_the_psychologists_fee_leaves_a_negative_payable(void **state) {
    (void)state;
    struct attestation_facts facts = group("2024-05-14");
    facts.beneficiary_count = ATTESTATION_BENEFICIARIES_MAX;
    for (size_t i = 0; i < facts.beneficiary_count; i++) {
        facts.beneficiaries[i] = (struct beneficiary_facts){.person = i + 1, .age = 40};
    }
    struct rated rated = rate(book_2024, &facts);
    assert_int_equal(money_cents(rated.share), 25000);
    assert_part(&rated, 0, ATTESTING, "P1", 23118, -1882);
    assert_int_equal(money_cents(rated.insurer), 12683);
}

static void a_session_is_rated_with_the_column_of_its_year(void **state) {
    (void)state;
    struct attestation_facts facts = individual("2024-12-31", 40);
    struct rated old = rate(book_2024, &facts);
    facts = individual("2025-01-01", 40);
    struct rated new = rate(book_2024, &facts);
    assert_int_equal(money_cents(old.fee), 8669);
    assert_int_equal(old.column, 2024);
    assert_false(old.provisional);
    assert_int_equal(money_cents(new.fee), 8948);
    assert_int_equal(new.column, 2025);
    assert_true(new.provisional);
}

static void a_session_after_the_last_column_is_rated_with_it_provisionally(void **state) {
    (void)state;
    struct attestation_facts facts = individual("2027-02-01", 40);
    struct rated rated = rate(book_2024, &facts);
    assert_int_equal(money_cents(rated.fee), 8948);
    assert_int_equal(rated.column, 2025);
    assert_true(rated.provisional);
}

static void a_day_before_the_first_column_has_no_tariff(void **state) {
    (void)state;
    struct tariff_view view = tariff_view_of_book(book_2024);
    struct attestation_facts facts = individual("2023-12-31", 40);
    struct rated rated;
    assert_int_equal(rate_attestation(&view, &facts, &rated), RATE_NO_TARIFF);
}

static void every_other_service_is_rated_at_its_own_amount(void **state) {
    (void)state;
    static const struct {
        enum book_service service;
        int64_t cents;
    } cases[] = {{SERVICE_ASSESSMENT, 8669 - 1100}, {SERVICE_CONCERTATION, 5000}, {SERVICE_TRAINING, 10000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct attestation_facts facts = individual("2024-05-14", 40);
        facts.service = cases[i].service;
        struct rated rated = rate(book_2024, &facts);
        assert_int_equal(money_cents(rated.insurer), cases[i].cents);
        assert_int_equal(rated.provisional, cases[i].service != SERVICE_ASSESSMENT);
    }
}

static void a_mission_is_worth_its_cost_up_to_the_agreement_with_the_site(void **state) {
    (void)state;
    struct attestation_facts facts = individual("2026-05-14", 40);
    facts.service = SERVICE_ART8_MISSION;
    facts.function = FUNCTION_NONE;
    facts.beneficiary_count = 0;
    facts.cost = money_of_cents(123456);
    struct rated rated = rate(book_2024, &facts);
    assert_int_equal(money_cents(rated.fee), 123456);
    assert_int_equal(money_cents(rated.insurer), 123456);
    assert_false(rated.provisional);
    assert_int_equal(rated.steps[0].rule, ELP__V1__RATING_RULE__RATING_RULE_MISSION_COST);
    facts.site_agreement_amount = money_of_cents(123456);
    assert_int_equal(rate(book_2024, &facts).steps[0].rule, ELP__V1__RATING_RULE__RATING_RULE_MISSION_COST);
    facts.site_agreement_amount = money_of_cents(123455);
    rated = rate(book_2024, &facts);
    assert_int_equal(money_cents(rated.insurer), 123455);
    assert_int_equal(rated.steps[0].rule, ELP__V1__RATING_RULE__RATING_RULE_MISSION_CAPPED);
}

static void the_2021_book_asks_every_age_for_the_group_share_until_it_frees_the_young(void **state) {
    (void)state;
    static const struct {
        const char *date;
        bool exempt;
        int64_t share;
    } cases[] = {
        {"2022-05-14", false, 250 * 4}, {"2023-05-14", true, 250 * 4}, {"2023-05-15", true, 0},
        {"2024-01-31", false, 250 * 4}, {"2024-02-01", false, 250},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct attestation_facts facts = group(cases[i].date);
        facts.beneficiaries[0].age = 10;
        facts.beneficiaries[1].age = 22;
        facts.beneficiaries[2].age = 23;
        facts.beneficiaries[3].age = 24;
        facts.share_exempt_site = cases[i].exempt;
        assert_int_equal(money_cents(rate(book_2021, &facts).share), cases[i].share);
    }
    struct attestation_facts young = individual("2024-01-31", 23);
    assert_int_equal(money_cents(rate(book_2021, &young).share), 1100);
    young.date = day("2024-02-01");
    assert_int_equal(money_cents(rate(book_2021, &young).share), 0);
}

static void the_2019_book_rates_by_length_and_frees_no_first_session(void **state) {
    (void)state;
    struct attestation_facts facts = individual("2019-05-06", 40);
    facts.function = FUNCTION_NONE;
    facts.beneficiaries[0].first_session = true;
    struct rated whole = rate(book_2019, &facts);
    facts.minutes = 59;
    struct rated shorter = rate(book_2019, &facts);
    assert_int_equal(money_cents(whole.fee), 6000);
    assert_int_equal(money_cents(whole.insurer), 4900);
    assert_int_equal(money_cents(shorter.fee), 4500);
    assert_int_equal(money_cents(shorter.share), 1100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(story_S1_splits_the_group_between_psychologist_expert_and_association),
        cmocka_unit_test(a_physician_and_a_second_psychologist_get_the_full_amount_each),
        cmocka_unit_test(another_second_leader_gets_the_other_amount),
        cmocka_unit_test(a_designated_rate_is_capped_at_the_published_hour_and_not_one_cent_before),
        cmocka_unit_test(the_designator_receives_the_persons_part_unless_the_contract_says_in_person),
        cmocka_unit_test(a_volunteer_leaves_the_whole_amount_to_the_designator),
        cmocka_unit_test(a_designated_physician_is_not_split),
        cmocka_unit_test(the_individual_share_depends_on_age_first_session_and_increased_intervention),
        cmocka_unit_test(a_share_exempt_site_bears_no_share),
        cmocka_unit_test(a_community_intervention_bears_no_share),
        cmocka_unit_test(a_share_beyond_the_psychologists_fee_leaves_a_negative_payable),
        cmocka_unit_test(a_session_is_rated_with_the_column_of_its_year),
        cmocka_unit_test(a_session_after_the_last_column_is_rated_with_it_provisionally),
        cmocka_unit_test(a_day_before_the_first_column_has_no_tariff),
        cmocka_unit_test(every_other_service_is_rated_at_its_own_amount),
        cmocka_unit_test(a_mission_is_worth_its_cost_up_to_the_agreement_with_the_site),
        cmocka_unit_test(the_2021_book_asks_every_age_for_the_group_share_until_it_frees_the_young),
        cmocka_unit_test(the_2019_book_rates_by_length_and_frees_no_first_session),
    };
    return cmocka_run_group_tests(tests, load_books, free_books);
}
