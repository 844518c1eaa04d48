/*
 * Goal: what 2023 neutralises leaves care at each month's end, exactly (B5, story S8), other missions have their own limit
 * before, and reversals take people and costs out again. Method: sessions of the 2021 book posted by the core on a real
 * store, then the day records that settle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ledger/ledger_core.h"
#include "tests/unit/money_chain.h"

static struct chain chain;
static uint64_t book_2021;

static int begin(void **state) {
    (void)state;
    chain_open(&chain);
    book_2021 = chain_load_book(&chain, "2021.yaml");
    chain_at(&chain, "2023-06-12T09:00:00+02:00");
    return 0;
}

static int end(void **state) {
    (void)state;
    chain_check_trial_balance(&chain);
    chain_close(&chain);
    return 0;
}

#define CHAIN_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

#define SESSION_CENTS 8174
#define GROUP_CENTS 35533

static void of_2021(Elp__V1__AttestationAccepted *session) {
    session->convention = "2021";
    session->book_number = book_2021;
}

static void on_school(Elp__V1__AttestationAccepted *session) {
    session->site = "S1";
    session->site_kind = ELP__V1__SITE_KIND__SITE_KIND_SCHOOL;
    session->share_exempt_site = true;
}

/* An individual session of one person that costs the budget 81.74 on a school; elsewhere too, as first session. */
static uint64_t individual(uint64_t person, bool outreach) {
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2023-06-05");
    of_2021(&session);
    session.beneficiaries[0]->person = person;
    session.beneficiaries[0]->first_session = true;
    if (outreach) {
        on_school(&session);
    }
    return chain_attest(&chain, &session);
}

/* A group of `count` people from `first` on, in a school: 217.99 and 137.34, no share. */
static uint64_t group(uint64_t first, size_t count) {
    static const uint32_t ages[CHAIN_PEOPLE_MAX] = {0};
    Elp__V1__AttestationAccepted session;
    Elp__V1__SecondLeaderFacts second;
    chain_individual(&session, "2023-06-05");
    of_2021(&session);
    on_school(&session);
    session.service = ELP__V1__SERVICE__SERVICE_GROUP;
    session.minutes = 120;
    session.direct_minutes = 95;
    chain_people(&session, ages, count);
    for (size_t i = 0; i < count; i++) {
        session.beneficiaries[i]->person = first + i;
        session.beneficiaries[i]->age = 10;
    }
    elp__v1__second_leader_facts__init(&second);
    second.kind = ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_CARE_PROVIDER;
    second.code = "L1";
    second.payee = "E1";
    session.second = &second;
    return chain_attest(&chain, &session);
}

static uint64_t mission(const char *date, int64_t cost) {
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, date);
    of_2021(&session);
    on_school(&session);
    session.service = ELP__V1__SERVICE__SERVICE_ART8_MISSION;
    session.function = ELP__V1__FUNCTION__FUNCTION_UNSPECIFIED;
    session.n_beneficiaries = 0;
    session.cost_cents = cost;
    return chain_attest(&chain, &session);
}

static void grant(int year, int64_t care_base) {
    (void)chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = year, .care_base = care_base});
}

static int64_t spent(void) {
    return chain_network_budget(&chain, "N1", 2023, "")->care_spent_cents;
}

/* The difference that a record booked for a share; 0 when none. */
static int64_t booked(uint64_t number, const char *share) {
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, number);
    for (size_t i = 0; i < record->n_neutralised; i++) {
        if (strcmp(record->neutralised[i]->share, share) == 0) {
            return record->neutralised[i]->cents;
        }
    }
    return 0;
}

/* Story S8: a hundred people, a thousand individual sessions of which 300 in schools, 40 groups of twelve people. */
static void tell_story(void) {
    for (int i = 0; i < 1000; i++) {
        (void)individual((uint64_t)(i % 100) + 1, i < 300);
    }
    for (int i = 0; i < 40; i++) {
        (void)group(1, 12);
    }
}

static void story_S8_books_exact_amounts_and_then_only_the_differences(void **state) {
    (void)state;
    grant(2023, 100000000);
    tell_story();
    int64_t before = spent();
    assert_int_equal(before, 1000 * SESSION_CENTS + 40 * GROUP_CENTS);
    chain_days_until(&chain, "2023-07-01");
    assert_int_equal(booked(chain.number, "outreach"), 817400);
    assert_int_equal(booked(chain.number, "group"), 236887);
    assert_int_equal(spent(), before - 817400 - 236887);
    assert_int_equal(chain_network_budget(&chain, "N1", 2023, "")->neutralised_cents, 817400 + 236887);
    assert_int_equal(chain_account(&chain, "neutralised:N1:2023:group"), 236887);
    (void)individual(101, false);
    chain_days_until(&chain, "2023-08-01");
    assert_int_equal(booked(chain.number, "outreach"), -1635);
    assert_int_equal(booked(chain.number, "group"), -11845);
    assert_int_equal(chain_account(&chain, "neutralised:N1:2023:outreach"), 815765);
    assert_int_equal(chain_account(&chain, "neutralised:N1:2023:group"), 225042);
    chain_days_until(&chain, "2023-09-01");
    assert_int_equal(chain_ledger(&chain, chain.number)->n_neutralised, 0);
}

static void a_reversal_takes_people_and_costs_out_again(void **state) {
    (void)state;
    grant(2023, 100000000);
    tell_story();
    uint64_t last = individual(101, false);
    (void)chain_cancel(&chain, "N1", last);
    uint64_t outreach = individual(102, true);
    (void)chain_cancel(&chain, "N1", outreach);
    uint64_t seen_in_group = group(200, 4);
    (void)chain_cancel(&chain, "N1", seen_in_group);
    chain_restart(&chain);
    chain_days_until(&chain, "2023-07-01");
    assert_int_equal(booked(chain.number, "outreach"), 817400);
    assert_int_equal(booked(chain.number, "group"), 236887);
}

static void nothing_is_neutralised_at_the_threshold_or_in_another_year(void **state) {
    (void)state;
    grant(2022, 100000000);
    grant(2023, 100000000);
    chain_at(&chain, "2022-06-13T09:00:00+02:00");
    for (int i = 0; i < 10; i++) {
        (void)individual(1, true);
    }
    chain_days_until(&chain, "2022-07-01");
    assert_int_equal(chain_ledger(&chain, chain.number)->n_neutralised, 0);
    chain_at(&chain, "2023-06-12T09:00:00+02:00");
    for (int i = 0; i < 10; i++) {
        (void)individual(1, i < 2);
    }
    chain_days_until(&chain, "2023-07-01");
    assert_int_equal(chain_ledger(&chain, chain.number)->n_neutralised, 0);
}

static void an_amount_is_suspended_only_after_a_settlement_made_no_room(void **state) {
    (void)state;
    /* Ten outreach sessions: with a threshold of 20 % eight of them are neutralised. */
    grant(2023, 10 * SESSION_CENTS);
    for (int i = 0; i < 10; i++) {
        (void)individual(1, true);
    }
    uint64_t number = individual(1, true);
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, number);
    assert_int_equal(booked(number, "outreach"), 8 * SESSION_CENTS);
    assert_int_equal(record->n_ceilings, 0);
    assert_string_equal(chain_state(&chain, number), "posted");
    assert_int_equal(spent(), 3 * SESSION_CENTS);
}

static void the_close_settles_what_the_last_month_left(void **state) {
    (void)state;
    grant(2023, 100000000);
    for (int i = 0; i < 10; i++) {
        (void)individual(1, true);
    }
    chain_at(&chain, "2024-01-02T09:00:00+01:00");
    uint64_t number = chain_close_year(&chain, 2023);
    assert_int_equal(booked(number, "outreach"), 8 * SESSION_CENTS);
    assert_int_equal(chain_ledger(&chain, number)->closings[0]->care_spent_cents, 2 * SESSION_CENTS);
    chain_days_until(&chain, "2024-02-01");
    assert_int_equal(spent(), 2 * SESSION_CENTS);
}

static void a_reversal_in_a_later_year_leaves_the_counts_of_its_own(void **state) {
    (void)state;
    grant(2023, 100000000);
    grant(2024, 100000000);
    uint64_t first = individual(1, true);
    for (int i = 0; i < 9; i++) {
        (void)individual(1, true);
    }
    chain_at(&chain, "2024-01-02T09:00:00+01:00");
    (void)chain_cancel(&chain, "N1", first);
    assert_int_equal(booked(chain_close_year(&chain, 2023), "outreach"), 8 * SESSION_CENTS);
}

static void other_missions_are_limited_to_a_tenth_of_care_before_2023(void **state) {
    (void)state;
    grant(2022, 1000000);
    chain_at(&chain, "2022-06-13T09:00:00+02:00");
    uint64_t fits = mission("2022-06-01", 100000);
    assert_int_equal(chain_envelope(&chain, fits), ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_OTHER_MISSIONS);
    uint64_t beyond = mission("2022-06-01", 1);
    assert_string_equal(chain_state(&chain, beyond), "suspended");
    assert_int_equal(chain_ledger(&chain, beyond)->n_ceilings, 0);
    Elp__V1__Decide decision;
    chain_decision(&decision, ELP__V1__DECISION_KIND__DECISION_KIND_RELEASE, 2022);
    assert_false(chain_ledger(&chain, chain_decide(&chain, &decision))->outcome->done);
    /* sessions still fit, and a cancellation makes room for the mission again */
    assert_string_equal(chain_state(&chain, individual(1, false)), "posted");
    (void)chain_cancel(&chain, "N1", fits);
    assert_true(chain_ledger(&chain, chain_decide(&chain, &decision))->outcome->done);
}

static void other_missions_of_2023_are_neutralised_wholly_and_never_suspended(void **state) {
    (void)state;
    grant(2023, 10000);
    uint64_t number = mission("2023-06-01", 50000);
    assert_string_equal(chain_state(&chain, number), "posted");
    chain_days_until(&chain, "2023-07-01");
    assert_int_equal(booked(chain.number, "other-missions"), 50000);
    assert_int_equal(spent(), 0);
    assert_int_equal(chain_account(&chain, "liabilities:ordered:N1:P1"), 0);
    (void)chain_cancel(&chain, "N1", number);
    chain_days_until(&chain, "2023-08-01");
    assert_int_equal(booked(chain.number, "other-missions"), -50000);
    assert_int_equal(chain_account(&chain, "neutralised:N1:2023:other-missions"), 0);
}

static void settlements_are_stored_as_documented_and_rebuilt(void **state) {
    (void)state;
    grant(2023, 100000000);
    (void)individual(7, true);
    (void)group(7, 4);
    static const uint8_t key[] = "N1\0\0\0\x07\xe7\0\0\0\0\0\0\0\x07";
    static const uint8_t expected[] = {0, 0, 0, 2, 0, 0, 0, 1};
    for (int rebuilt = 0; rebuilt < 2; rebuilt++) {
        struct span value;
        bool found = false;
        assert_int_equal(store_get(chain.ledger.txn, LEDGER_TABLE_SEEN, span_of(key, sizeof key - 1), &value, &found),
                         0);
        assert_true(found);
        assert_int_equal(value.bytes, sizeof expected);
        assert_memory_equal(value.data, expected, sizeof expected);
        chain_rebuild(&chain);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(story_S8_books_exact_amounts_and_then_only_the_differences),
        CHAIN_TEST(a_reversal_takes_people_and_costs_out_again),
        CHAIN_TEST(nothing_is_neutralised_at_the_threshold_or_in_another_year),
        CHAIN_TEST(an_amount_is_suspended_only_after_a_settlement_made_no_room),
        CHAIN_TEST(the_close_settles_what_the_last_month_left),
        CHAIN_TEST(a_reversal_in_a_later_year_leaves_the_counts_of_its_own),
        CHAIN_TEST(other_missions_are_limited_to_a_tenth_of_care_before_2023),
        CHAIN_TEST(other_missions_of_2023_are_neutralised_wholly_and_never_suspended),
        CHAIN_TEST(settlements_are_stored_as_documented_and_rebuilt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
