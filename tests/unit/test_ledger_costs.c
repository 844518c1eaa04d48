/*
 * Goal: operating costs stay within their limits to the cent (B6, story S10), are advanced, settled, withdrawn and shown on
 * fiscal sheets. Method: claims around each bound, applied by the core on a real store.
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

static int begin(void **state) {
    (void)state;
    chain_open(&chain);
    chain_hospital(&chain);
    return 0;
}

static int end(void **state) {
    (void)state;
    chain_check_trial_balance(&chain);
    chain_close(&chain);
    return 0;
}

#define CHAIN_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

#define HOSPITAL "793833"
#define MEETINGS "793855"
#define PEOPLE "793870"
#define SOFTWARE "793892"

static void grant(int year, int64_t care_base, int64_t operating) {
    (void)chain_budget(
        &chain, &(struct chain_budget){.network = "N1", .year = year, .care_base = care_base, .operating = operating});
}

static const Elp__V1__Outcome *outcome_of(uint64_t number) {
    const Elp__V1__Outcome *outcome = chain_ledger(&chain, number)->outcome;
    assert_non_null(outcome);
    return outcome;
}

static void assert_refused(uint64_t number, const char *code) {
    assert_false(outcome_of(number)->done);
    assert_string_equal(outcome_of(number)->code, code);
}

static void assert_above(uint64_t number, int64_t largest) {
    assert_refused(number, "above-maximum");
    assert_true(outcome_of(number)->has_largest);
    assert_int_equal(outcome_of(number)->largest_cents, largest);
}

static uint64_t claim(const char *code, int64_t cents) {
    Elp__V1__ClaimCost message;
    chain_cost(&message, code, cents);
    return chain_claim(&chain, &message);
}

static uint64_t claim_partnership(const char *code, int64_t cents, const char *person, bool interest) {
    Elp__V1__ClaimCost message;
    chain_cost(&message, code, cents);
    message.partnership = true;
    message.person = (char *)person;
    message.interest_organisation = interest;
    return chain_claim(&chain, &message);
}

static uint64_t withdraw(uint64_t claim_number) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__WithdrawCost command = ELP__V1__WITHDRAW_COST__INIT;
    command.number = claim_number;
    command.reason = "test";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_WITHDRAW_COST;
    record.withdraw_cost = &command;
    return chain_apply(&chain, &record);
}

static uint64_t advance(uint32_t year, int64_t cents) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__AdvanceCosts command = ELP__V1__ADVANCE_COSTS__INIT;
    command.network = "N1";
    command.year = year;
    command.cents = cents;
    command.reason = "test";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_ADVANCE_COSTS;
    record.advance_costs = &command;
    return chain_apply(&chain, &record);
}

static const Elp__V1__NetworkCosts *costs_of(uint32_t year) {
    Elp__V1__CostsQuery query = ELP__V1__COSTS_QUERY__INIT;
    query.network = "N1";
    query.year = year;
    const Elp__V1__CostsReply *reply =
        chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_COSTS_QUERY, &query.base,
                  ROLE_COLLECTING_INSTITUTION, "N1", &elp__v1__costs_reply__descriptor);
    assert_int_equal(reply->n_networks, 1);
    return reply->networks[0];
}

/* The balance's count of billed sessions, moved as 41,237 postings would. */
static void bill(int64_t sessions) {
    struct ledger *ledger = chain.ledger.core;
    balances_find(&ledger->balances, "N1", 2026)->sessions = sessions;
}

static void story_S10_the_hospitals_costs_hang_on_billed_sessions(void **state) {
    (void)state;
    grant(2026, 1000000000, 60000000);
    bill(41237);
    uint64_t number = claim(HOSPITAL, 5886591);
    assert_above(number, 5886590);
    assert_string_equal(outcome_of(number)->article, "S2 art. 13 §2 8°");
    assert_true(outcome_of(claim(HOSPITAL, 5886590))->done);
    assert_above(claim(HOSPITAL, 1), 0);
    assert_int_equal(costs_of(2026)->hospital_largest_cents, 5886590);
    assert_int_equal(costs_of(2026)->hospital_cents, 5886590);
}

static void story_S10_partnership_time_is_a_twentieth_and_none_for_an_interest_organisation(void **state) {
    (void)state;
    grant(2026, 1000000000, 60000000);
    uint64_t number = claim_partnership(MEETINGS, 1000, "P7", true);
    assert_refused(number, "interest-organisation");
    assert_int_equal(outcome_of(number)->largest_cents, 0);
    assert_refused(claim_partnership(SOFTWARE, 1000, "P7", false), "partnership-code");
    assert_true(outcome_of(claim_partnership(MEETINGS, 1000000, "P7", false))->done);
    assert_above(claim_partnership(PEOPLE, 2000001, "P8", false), 2000000);
    assert_true(outcome_of(claim_partnership(PEOPLE, 2000000, "P8", false))->done);
    assert_above(claim_partnership(PEOPLE, 1, "P8", false), 0);
    /* the same codes still pay what is no partnership time */
    assert_true(outcome_of(claim(PEOPLE, 100000))->done);
    assert_int_equal(costs_of(2026)->partnership_cents, 3000000);
    assert_int_equal(costs_of(2026)->partnership_largest_cents, 3000000);
}

static void all_costs_stay_within_the_operating_budget(void **state) {
    (void)state;
    grant(2026, 1000000, 50000);
    assert_true(outcome_of(claim(SOFTWARE, 20000))->done);
    assert_above(claim(MEETINGS, 30001), 30000);
    assert_true(outcome_of(claim(MEETINGS, 30000))->done);
    const Elp__V1__NetworkBudget *budget = chain_network_budget(&chain, "N1", 2026, "");
    assert_int_equal(budget->reimbursed_cents, 50000);
    assert_int_equal(budget->care_spent_cents, 0);
}

static void the_whole_budget_limits_costs_too(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    grant(2026, 9102, 9102);
    chain_individual(&session, "2026-01-02");
    (void)chain_attest(&chain, &session);
    (void)chain_attest(&chain, &session);
    assert_above(claim(SOFTWARE, 1), 0);
}

static void operating_costs_of_2021_are_a_tenth_of_the_total_over_the_convention(void **state) {
    (void)state;
    Elp__V1__ClaimCost message;
    (void)chain_load_book(&chain, "2021.yaml");
    chain_at(&chain, "2023-06-12T09:00:00+02:00");
    grant(2022, 900000, 0);
    grant(2023, 1100000, 0);
    chain_cost(&message, SOFTWARE, 150000);
    message.year = 2022;
    assert_true(outcome_of(chain_claim(&chain, &message))->done);
    chain_cost(&message, SOFTWARE, 50001);
    message.year = 2023;
    assert_above(chain_claim(&chain, &message), 50000);
}

static void of_2021_the_years_operating_budget_binds_beside_the_tenth_of_the_total(void **state) {
    (void)state;
    Elp__V1__ClaimCost message;
    (void)chain_load_book(&chain, "2021.yaml");
    chain_at(&chain, "2023-06-12T09:00:00+02:00");
    grant(2022, 900000, 40000);
    grant(2023, 900000, 160000);
    chain_cost(&message, SOFTWARE, 40001);
    message.year = 2022;
    assert_above(chain_claim(&chain, &message), 40000);
    message.cents = 40000;
    assert_true(outcome_of(chain_claim(&chain, &message))->done);
    /* the tenth of both years' 20,000.00 leaves less than what 2023 was granted */
    message.year = 2023;
    message.cents = 160001;
    assert_above(chain_claim(&chain, &message), 160000);
    grant(2023, 900000, 170000);
    message.cents = 161001;
    assert_above(chain_claim(&chain, &message), 161000);
}

static void a_claim_that_names_what_does_not_exist_is_refused(void **state) {
    (void)state;
    Elp__V1__ClaimCost message;
    assert_refused(claim(SOFTWARE, 100), "no-budget");
    grant(2026, 1000000, 50000);
    assert_refused(claim("793834", 100), "unknown-code");
    assert_refused(claim("000011", 100), "unknown-code");
    chain_cost(&message, SOFTWARE, 100);
    message.year = 2027;
    assert_refused(chain_claim(&chain, &message), "wrong-year");
    chain_cost(&message, SOFTWARE, 100);
    assert_true(outcome_of(chain_claim(&chain, &message))->done);
    assert_refused(chain_claim(&chain, &message), "already-claimed");
    message.partnership = true;
    message.reference = "another";
    assert_refused(chain_claim(&chain, &message), "malformed");
}

static void costs_are_paid_to_the_collecting_institution_with_the_months_orders(void **state) {
    (void)state;
    grant(2026, 1000000, 50000);
    (void)claim(SOFTWARE, 12345);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:H1"), -12345);
    chain_days_until(&chain, "2026-02-01");
    assert_int_equal(chain_account(&chain, "liabilities:ordered:N1:H1"), -12345);
}

static void an_advance_is_used_up_by_what_is_attested_and_owed_back_when_it_is_not(void **state) {
    (void)state;
    grant(2026, 1000000, 50000);
    assert_refused(advance(2026, 50001), "above-maximum");
    assert_true(outcome_of(advance(2026, 30000))->done);
    uint64_t number = advance(2026, 20001);
    assert_refused(number, "above-maximum");
    assert_int_equal(outcome_of(number)->largest_cents, 20000);
    chain_days_until(&chain, "2026-02-01");
    assert_int_equal(chain_account(&chain, "liabilities:ordered:N1:H1"), -30000);
    (void)claim(SOFTWARE, 10000);
    assert_int_equal(chain_account(&chain, "assets:advance:N1:2026"), 20000);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:H1"), 0);
    assert_int_equal(costs_of(2026)->advanced_cents, 20000);
    chain_days_until(&chain, "2027-05-31");
    assert_int_equal(chain_account(&chain, "assets:advance:N1:2026"), 20000);
    chain_at(&chain, "2027-05-31T09:00:00+02:00");
    chain_days_until(&chain, "2027-06-01");
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, chain.number);
    assert_int_equal(record->n_warnings, 1);
    assert_string_equal(record->warnings[0]->code, "costs-unsettled");
    assert_int_equal(chain_account(&chain, "assets:advance:N1:2026"), 0);
    assert_int_equal(chain_account(&chain, "assets:receivable:N1:H1"), 20000);
}

static void a_withdrawn_claim_gives_its_room_back_and_is_deducted(void **state) {
    (void)state;
    Elp__V1__ClaimCost message;
    grant(2026, 1000000, 50000);
    chain_cost(&message, SOFTWARE, 50000);
    uint64_t number = chain_claim(&chain, &message);
    chain_days_until(&chain, "2026-02-01");
    assert_refused(withdraw(number + 1000), "not-found");
    assert_refused(withdraw(1), "not-found");
    assert_true(outcome_of(withdraw(number))->done);
    assert_refused(withdraw(number), "already-withdrawn");
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:H1"), 50000);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->reimbursed_cents, 0);
    /* the reference is free again */
    message.cents = 20000;
    assert_true(outcome_of(chain_claim(&chain, &message))->done);
    assert_int_equal(costs_of(2026)->n_claims, 1);
    chain_days_until(&chain, "2026-03-01");
    assert_int_equal(chain_account(&chain, "assets:receivable:N1:H1"), 30000);
}

static void a_cost_of_a_closed_year_is_borne_by_the_open_one(void **state) {
    (void)state;
    grant(2026, 1000000, 50000);
    grant(2027, 1000000, 50000);
    uint64_t before = claim(SOFTWARE, 20000);
    chain_at(&chain, "2027-01-04T09:00:00+01:00");
    (void)chain_close_year(&chain, 2026);
    uint64_t number = claim(SOFTWARE, 30000);
    assert_true(outcome_of(number)->done);
    assert_int_equal(chain_ledger(&chain, number)->cost->booked_year, 2027);
    (void)withdraw(before);
    assert_int_equal(chain_network_budget(&chain, "N1", 2026, "")->reimbursed_cents, 20000);
    assert_int_equal(chain_network_budget(&chain, "N1", 2027, "")->reimbursed_cents, 10000);
}

static void fiscal_sheets_add_up_by_person(void **state) {
    (void)state;
    grant(2026, 1000000000, 60000000);
    (void)claim_partnership(MEETINGS, 1000, "P7", false);
    (void)claim_partnership(PEOPLE, 2000, "P7", false);
    (void)claim_partnership(PEOPLE, 4000, "P6", false);
    (void)claim(PEOPLE, 8000);
    chain_rebuild(&chain);
    Elp__V1__FiscalSheetQuery query = ELP__V1__FISCAL_SHEET_QUERY__INIT;
    query.year = 2026;
    const Elp__V1__FiscalSheetReply *reply =
        chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_FISCAL_SHEET_QUERY, &query.base,
                  ROLE_COLLECTING_INSTITUTION, "N1", &elp__v1__fiscal_sheet_reply__descriptor);
    assert_int_equal(reply->n_sheets, 2);
    assert_string_equal(reply->sheets[0]->person, "P6");
    assert_int_equal(reply->sheets[0]->cents, 4000);
    assert_string_equal(reply->sheets[1]->person, "P7");
    assert_int_equal(reply->sheets[1]->partnership_cents, 3000);
    assert_int_equal(reply->sheets[1]->claims, 2);
    reply = chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_FISCAL_SHEET_QUERY, &query.base,
                      ROLE_COLLECTING_INSTITUTION, "N2", &elp__v1__fiscal_sheet_reply__descriptor);
    assert_int_equal(reply->n_sheets, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(story_S10_the_hospitals_costs_hang_on_billed_sessions),
        CHAIN_TEST(story_S10_partnership_time_is_a_twentieth_and_none_for_an_interest_organisation),
        CHAIN_TEST(all_costs_stay_within_the_operating_budget),
        CHAIN_TEST(the_whole_budget_limits_costs_too),
        CHAIN_TEST(operating_costs_of_2021_are_a_tenth_of_the_total_over_the_convention),
        CHAIN_TEST(of_2021_the_years_operating_budget_binds_beside_the_tenth_of_the_total),
        CHAIN_TEST(a_claim_that_names_what_does_not_exist_is_refused),
        CHAIN_TEST(costs_are_paid_to_the_collecting_institution_with_the_months_orders),
        CHAIN_TEST(an_advance_is_used_up_by_what_is_attested_and_owed_back_when_it_is_not),
        CHAIN_TEST(a_withdrawn_claim_gives_its_room_back_and_is_deducted),
        CHAIN_TEST(a_cost_of_a_closed_year_is_borne_by_the_open_one),
        CHAIN_TEST(fiscal_sheets_add_up_by_person),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
