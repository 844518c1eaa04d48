/*
 * Goal: payment orders by month and payee (B7, story S1): netted, held, released, carried; nothing is lost. Method: months
 * of records through the core on a real store; the first day of a month makes the orders of the one before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "services/ledger/ledger_core.h"
#include "tests/unit/money_chain.h"

static struct chain chain;

static int begin(void **state) {
    (void)state;
    chain_open(&chain);
    return 0;
}

static int end(void **state) {
    (void)state;
    chain_check_trial_balance(&chain);
    chain_close(&chain);
    return 0;
}

#define CHAIN_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define SESSION_CENTS 9102

#define ORDERED ELP__V1__PAYMENT_STATE__PAYMENT_STATE_ORDERED
#define HELD ELP__V1__PAYMENT_STATE__PAYMENT_STATE_HELD

static void grant(int year) {
    (void)chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = year, .care_base = 100000000});
}

static uint64_t attest_by(const char *payee) {
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2026-01-02");
    session.payee = (char *)payee;
    return chain_attest(&chain, &session);
}

/* A group of a hundred grown-ups: the share of 250.00 exceeds P1's fee of 242.72 by 7.28. */
static uint64_t attest_large_group(void) {
    static uint32_t ages[100];
    Elp__V1__AttestationAccepted session;
    Elp__V1__SecondLeaderFacts second;
    chain_expert_group(&session, &second, "2026-01-02");
    for (size_t i = 0; i < 100; i++) {
        ages[i] = 40;
    }
    chain_people(&session, ages, 100);
    return chain_attest(&chain, &session);
}

/* Goes on to a day and returns the answer to its day record, the last one. */
static const Elp__V1__LedgerRecord *at_day(const char *day) {
    chain_days_until(&chain, day);
    return chain_ledger(&chain, chain.number);
}

static const Elp__V1__PaymentOrder *order_of(const Elp__V1__LedgerRecord *record, const char *payee) {
    for (size_t i = 0; i < record->n_payments; i++) {
        if (strcmp(record->payments[i]->payee, payee) == 0) {
            return record->payments[i];
        }
    }
    return NULL;
}

static void assert_order(const Elp__V1__LedgerRecord *record, const char *payee, Elp__V1__PaymentState state,
                         uint32_t month, int64_t cents, uint32_t lines) {
    const Elp__V1__PaymentOrder *order = order_of(record, payee);
    assert_non_null(order);
    assert_int_equal(order->state, state);
    assert_int_equal(order->month, month);
    assert_int_equal(order->cents, cents);
    assert_int_equal(order->lines, lines);
    assert_string_equal(order->network, "N1");
}

static int32_t days_of(const char *text) {
    struct date date;
    assert_true(date_parse(text, &date));
    return date.days;
}

static void story_S1_orders_are_made_when_the_month_of_attestation_ends(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    Elp__V1__SecondLeaderFacts second;
    (void)chain_payee(&chain, "P1");
    (void)chain_payee(&chain, "E1");
    (void)chain_payee(&chain, "O1");
    chain_at(&chain, "2024-05-20T09:00:00+02:00");
    grant(2024);
    chain_expert_group(&session, &second, "2024-05-14");
    uint64_t number = chain_attest(&chain, &session);
    assert_int_equal(chain_ledger(&chain, number)->transactions[0]->cents, 36683);
    assert_int_equal(at_day("2024-05-31")->n_payments, 0);
    const Elp__V1__LedgerRecord *record = at_day("2024-06-01");
    assert_int_equal(record->n_payments, 3);
    assert_order(record, "P1", ORDERED, 202405, 22118, 1);
    assert_order(record, "E1", ORDERED, 202405, 8420, 1);
    assert_order(record, "O1", ORDERED, 202405, 6145, 1);
    assert_int_equal(order_of(record, "P1")->date, days_of("2024-05-31"));
    assert_int_equal(record->n_transactions, 3);
    assert_int_equal(record->transactions[0]->kind, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_PAYMENT);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:P1"), 0);
    assert_int_equal(chain_account(&chain, "liabilities:ordered:N1:P1"), -22118);
    assert_int_equal(at_day("2024-07-01")->n_payments, 0);
}

static void one_order_for_each_network_payee_and_month_counts_its_lines(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    grant(2026);
    (void)chain_budget(&chain, &(struct chain_budget){.network = "N2", .year = 2026, .care_base = 1000000});
    (void)chain_payee(&chain, "P1");
    (void)attest_by("P1");
    uint64_t fallen = attest_by("P1");
    (void)attest_by("P1");
    (void)chain_cancel(&chain, "N1", fallen);
    chain_individual(&session, "2026-01-02");
    session.network = "N2";
    (void)chain_attest(&chain, &session);
    const Elp__V1__LedgerRecord *record = at_day("2026-02-01");
    assert_int_equal(record->n_payments, 2);
    assert_order(record, "P1", ORDERED, 202601, SESSION_CENTS * 2, 4); /* three sessions and a reversal */
    assert_string_equal(record->payments[1]->network, "N2");
    assert_int_equal(record->payments[1]->cents, SESSION_CENTS);
    (void)attest_by("P1");
    assert_order(at_day("2026-03-01"), "P1", ORDERED, 202602, SESSION_CENTS, 1);
}

static void an_attestation_of_the_first_day_belongs_to_the_new_month(void **state) {
    (void)state;
    grant(2026);
    (void)chain_payee(&chain, "P1");
    (void)at_day("2026-02-01");
    (void)attest_by("P1");
    assert_order(at_day("2026-03-01"), "P1", ORDERED, 202602, SESSION_CENTS, 1);
}

static void an_incomplete_payee_is_held_with_what_is_missing_and_ordered_when_completed(void **state) {
    (void)state;
    grant(2026);
    (void)chain_payee_without_iban(&chain, "P1");
    (void)attest_by("P1");
    (void)attest_by("P2"); /* no fact at all */
    const Elp__V1__LedgerRecord *record = at_day("2026-02-01");
    assert_order(record, "P1", HELD, 202601, SESSION_CENTS, 1);
    assert_int_equal(order_of(record, "P1")->n_missing, 1);
    assert_string_equal(order_of(record, "P1")->missing[0], "iban");
    assert_int_equal(order_of(record, "P2")->n_missing, 6);
    assert_int_equal(record->n_transactions, 0);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:P1"), -SESSION_CENTS);
    assert_int_equal(at_day("2026-03-01")->n_payments, 0); /* held once, not every month again */
    (void)attest_by("P1");
    assert_order(at_day("2026-04-01"), "P1", HELD, 202603, SESSION_CENTS, 1);
    record = chain_ledger(&chain, chain_payee(&chain, "P1"));
    assert_int_equal(record->n_payments, 2);
    assert_int_equal(record->payments[0]->state, ORDERED);
    assert_int_equal(record->payments[0]->month, 202601);
    assert_int_equal(record->payments[0]->cents, SESSION_CENTS);
    assert_int_equal(record->payments[0]->date, days_of("2026-01-31"));
    assert_int_equal(record->payments[1]->month, 202603);
    assert_int_equal(chain_account(&chain, "liabilities:ordered:N1:P1"), -SESSION_CENTS * 2);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:P1"), 0);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:P2"), -SESSION_CENTS);
}

static void a_payee_that_is_completed_before_the_months_end_is_paid_with_the_others(void **state) {
    (void)state;
    grant(2026);
    (void)attest_by("P1");
    assert_int_equal(chain_ledger(&chain, chain_payee(&chain, "P1"))->n_payments, 0);
    assert_order(at_day("2026-02-01"), "P1", ORDERED, 202601, SESSION_CENTS, 1);
}

static void a_person_without_enterprise_needs_no_enterprise_number(void **state) {
    (void)state;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__RegistryFact fact = ELP__V1__REGISTRY_FACT__INIT;
    Elp__V1__Payee payee = ELP__V1__PAYEE__INIT;
    payee.code = "P1";
    payee.name = "Practice";
    payee.street = "Rue Haute 1";
    payee.town = "1000 Bruxelles";
    payee.country = "BE";
    payee.iban = "BE68539007547034";
    fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_PAYEE;
    fact.payee = &payee;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_FACT;
    record.fact = &fact;
    grant(2026);
    (void)chain_apply(&chain, &record);
    (void)attest_by("P1");
    const Elp__V1__LedgerRecord *held = at_day("2026-02-01");
    assert_int_equal(order_of(held, "P1")->n_missing, 1);
    assert_string_equal(order_of(held, "P1")->missing[0], "bce");
    payee.without_enterprise = true;
    assert_int_equal(chain_ledger(&chain, chain_apply(&chain, &record))->n_payments, 1);
}

static void a_correction_lowers_the_oldest_held_order_and_the_rest_is_ordered(void **state) {
    (void)state;
    grant(2026);
    (void)chain_payee_without_iban(&chain, "P1");
    uint64_t first = attest_by("P1");
    (void)attest_by("P1");
    assert_order(at_day("2026-02-01"), "P1", HELD, 202601, SESSION_CENTS * 2, 2);
    (void)chain_cancel(&chain, "N1", first);
    assert_order(at_day("2026-03-01"), "P1", HELD, 202601, SESSION_CENTS, 3);
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, chain_payee(&chain, "P1"));
    assert_order(record, "P1", ORDERED, 202601, SESSION_CENTS, 3);
}

static void a_correction_of_the_running_month_is_seen_when_a_held_order_is_released(void **state) {
    (void)state;
    grant(2026);
    (void)chain_payee_without_iban(&chain, "P1");
    uint64_t session = attest_by("P1");
    assert_order(at_day("2026-02-01"), "P1", HELD, 202601, SESSION_CENTS, 1);
    (void)chain_cancel(&chain, "N1", session);
    const Elp__V1__LedgerRecord *record = chain_ledger(&chain, chain_payee(&chain, "P1"));
    assert_order(record, "P1", HELD, 202601, 0, 1); /* nothing is left to pay */
    assert_int_equal(record->n_transactions, 0);
    assert_int_equal(at_day("2026-03-01")->n_payments, 0);
    assert_int_equal(chain_account(&chain, "liabilities:ordered:N1:P1"), 0);
}

static void a_negative_payable_is_carried_and_netted_with_the_next_order(void **state) {
    (void)state;
    grant(2026);
    (void)chain_payee(&chain, "P1");
    uint64_t group = attest_large_group();
    assert_int_equal(chain_account(&chain, "assets:receivable:N1:P1"), 728);
    const Elp__V1__LedgerRecord *january = at_day("2026-02-01");
    assert_null(order_of(january, "P1"));
    assert_int_equal(chain_account(&chain, "assets:receivable:N1:P1"), 728);
    assert_null(order_of(at_day("2026-03-01"), "P1"));
    (void)attest_by("P1");
    assert_order(at_day("2026-04-01"), "P1", ORDERED, 202603, SESSION_CENTS - 728, 2);
    assert_int_equal(chain_account(&chain, "assets:receivable:N1:P1"), 0);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:P1"), 0);
    (void)chain_cancel(&chain, "N1", group); /* the receivable was netted: now it is owed to P1 */
    assert_order(at_day("2026-05-01"), "P1", ORDERED, 202604, 728, 1);
}

static void a_reversal_of_what_was_ordered_becomes_a_receivable_and_is_netted(void **state) {
    (void)state;
    grant(2026);
    (void)chain_payee(&chain, "P1");
    uint64_t session = attest_by("P1");
    (void)at_day("2026-02-01");
    (void)chain_cancel(&chain, "N1", session);
    const Elp__V1__LedgerRecord *february = at_day("2026-03-01");
    assert_int_equal(february->n_payments, 0);
    assert_int_equal(chain_account(&chain, "assets:receivable:N1:P1"), SESSION_CENTS);
    assert_int_equal(chain_account(&chain, "liabilities:payable:N1:P1"), 0);
    (void)attest_by("P1");
    (void)attest_by("P1");
    assert_order(at_day("2026-04-01"), "P1", ORDERED, 202603, SESSION_CENTS, 3);
}

static void what_nets_to_zero_makes_no_order(void **state) {
    (void)state;
    grant(2026);
    (void)chain_payee(&chain, "P1");
    uint64_t session = attest_by("P1");
    (void)chain_cancel(&chain, "N1", session);
    assert_int_equal(at_day("2026-02-01")->n_payments, 0);
    (void)attest_by("P1");
    assert_order(at_day("2026-03-01"), "P1", ORDERED, 202602, SESSION_CENTS, 1);
}

static void a_suspended_amount_is_not_ordered_until_a_decision_pays_it(void **state) {
    (void)state;
    (void)chain_payee(&chain, "P1");
    (void)attest_by("P1");
    assert_int_equal(at_day("2026-02-01")->n_payments, 0);
    grant(2026);
    Elp__V1__Decide decision;
    chain_decision(&decision, ELP__V1__DECISION_KIND__DECISION_KIND_RELEASE, 2026);
    (void)chain_decide(&chain, &decision);
    assert_order(at_day("2026-03-01"), "P1", ORDERED, 202602, SESSION_CENTS, 1);
}

static void an_amount_carried_into_a_later_year_is_ordered_in_its_january(void **state) {
    (void)state;
    grant(2027);
    (void)chain_payee(&chain, "P1");
    (void)attest_by("P1");
    Elp__V1__Decide decision;
    chain_decision(&decision, ELP__V1__DECISION_KIND__DECISION_KIND_CARRY, 2026);
    decision.to_year = 2027;
    assert_true(chain_ledger(&chain, chain_decide(&chain, &decision))->outcome->done);
    uint64_t from = chain.number + 1;
    chain_days_until(&chain, "2027-01-31");
    for (uint64_t n = from; n <= chain.number; n++) {
        assert_int_equal(chain_ledger(&chain, n)->n_payments, 0);
    }
    assert_order(at_day("2027-02-01"), "P1", ORDERED, 202701, SESSION_CENTS, 1);
    assert_int_equal(chain_account(&chain, "liabilities:carried:N1:P1:2027"), 0);
}

static void an_amount_carried_within_the_later_year_is_ordered_at_the_next_months_end(void **state) {
    (void)state;
    (void)chain_payee(&chain, "P1");
    (void)attest_by("P1");
    (void)at_day("2027-03-10");
    grant(2027);
    Elp__V1__Decide decision;
    chain_decision(&decision, ELP__V1__DECISION_KIND__DECISION_KIND_CARRY, 2026);
    decision.to_year = 2027;
    (void)chain_decide(&chain, &decision);
    assert_order(at_day("2027-04-01"), "P1", ORDERED, 202703, SESSION_CENTS, 1);
}

static void payment_orders_can_be_asked_by_network_month_and_payee(void **state) {
    (void)state;
    Elp__V1__PaymentQuery query = ELP__V1__PAYMENT_QUERY__INIT;
    grant(2026);
    (void)chain_payee(&chain, "P1");
    (void)attest_by("P1");
    (void)attest_by("P2");
    (void)at_day("2026-02-01");
    (void)attest_by("P1");
    (void)at_day("2026-03-01");
    const Elp__V1__PaymentReply *reply =
        chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_QUERY, &query.base,
                  ROLE_COLLECTING_INSTITUTION, "N1", &elp__v1__payment_reply__descriptor);
    assert_int_equal(reply->n_payments, 3);
    query.network = "N1";
    query.month = 202601;
    query.payee = "P2";
    reply = chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_QUERY, &query.base,
                      ROLE_COLLECTING_INSTITUTION, "N1", &elp__v1__payment_reply__descriptor);
    assert_int_equal(reply->n_payments, 1);
    assert_int_equal(reply->payments[0]->state, HELD);
    const Elp__V1__Refused *refused =
        chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_QUERY, &query.base,
                  ROLE_COLLECTING_INSTITUTION, "N2", &elp__v1__payment_reply__descriptor);
    assert_string_equal(refused->code, "denied");
    query.network = "";
    reply = chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_QUERY, &query.base,
                      ROLE_COLLECTING_INSTITUTION, "N2", &elp__v1__payment_reply__descriptor);
    assert_int_equal(reply->n_payments, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(story_S1_orders_are_made_when_the_month_of_attestation_ends),
        CHAIN_TEST(one_order_for_each_network_payee_and_month_counts_its_lines),
        CHAIN_TEST(an_attestation_of_the_first_day_belongs_to_the_new_month),
        CHAIN_TEST(an_incomplete_payee_is_held_with_what_is_missing_and_ordered_when_completed),
        CHAIN_TEST(a_payee_that_is_completed_before_the_months_end_is_paid_with_the_others),
        CHAIN_TEST(a_person_without_enterprise_needs_no_enterprise_number),
        CHAIN_TEST(a_correction_lowers_the_oldest_held_order_and_the_rest_is_ordered),
        CHAIN_TEST(a_correction_of_the_running_month_is_seen_when_a_held_order_is_released),
        CHAIN_TEST(a_negative_payable_is_carried_and_netted_with_the_next_order),
        CHAIN_TEST(a_reversal_of_what_was_ordered_becomes_a_receivable_and_is_netted),
        CHAIN_TEST(what_nets_to_zero_makes_no_order),
        CHAIN_TEST(a_suspended_amount_is_not_ordered_until_a_decision_pays_it),
        CHAIN_TEST(an_amount_carried_into_a_later_year_is_ordered_in_its_january),
        CHAIN_TEST(an_amount_carried_within_the_later_year_is_ordered_at_the_next_months_end),
        CHAIN_TEST(payment_orders_can_be_asked_by_network_month_and_payee),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
