/*
 * Goal: what the ledger answers, to whom, and that nothing a query says ends a process. Method: the query handlers on a
 * committed store, as the daemon calls them.
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

static void grant(const char *network, int year) {
    (void)chain_budget(&chain, &(struct chain_budget){.network = network, .year = year, .care_base = 1000000});
}

static uint64_t attest(const char *network) {
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2026-01-02");
    session.network = (char *)network;
    return chain_attest(&chain, &session);
}

static const void *ask_budget(Elp__V1__BudgetQuery *query, enum role role, const char *scope) {
    return chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BUDGET_QUERY, &query->base, role,
                     scope, &elp__v1__budget_reply__descriptor);
}

static void a_budget_is_told_as_it_stood_at_the_end_of_a_day(void **state) {
    (void)state;
    grant("N1", 2026); /* 5 January */
    (void)attest("N1");
    chain_at(&chain, "2026-01-20T09:00:00+01:00");
    (void)attest("N1");
    uint64_t third = attest("N1");
    chain_at(&chain, "2026-02-02T09:00:00+01:00");
    (void)chain_cancel(&chain, "N1", third);
    static const struct {
        const char *day;
        int64_t spent;
    } expected[] = {{"2026-01-05", SESSION_CENTS},
                    {"2026-01-19", SESSION_CENTS},
                    {"2026-01-20", SESSION_CENTS * 3},
                    {"2026-02-01", SESSION_CENTS * 3},
                    {"2026-02-02", SESSION_CENTS * 2},
                    {"2026-12-31", SESSION_CENTS * 2},
                    {"", SESSION_CENTS * 2}};
    chain_restart(&chain);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(chain_network_budget(&chain, "N1", 2026, expected[i].day)->reimbursed_cents,
                         expected[i].spent);
    }
}

static void before_the_first_day_nothing_is_known(void **state) {
    (void)state;
    Elp__V1__BudgetQuery query = ELP__V1__BUDGET_QUERY__INIT;
    grant("N1", 2026);
    query.network = "N1";
    query.as_of = "2026-01-04";
    assert_string_equal(((const Elp__V1__Refused *)ask_budget(&query, ROLE_OPERATOR, "*"))->code, "not-found");
    query.as_of = "";
    query.year = 2031;
    assert_string_equal(((const Elp__V1__Refused *)ask_budget(&query, ROLE_OPERATOR, "*"))->code, "not-found");
    query.year = UINT32_MAX;
    assert_string_equal(((const Elp__V1__Refused *)ask_budget(&query, ROLE_OPERATOR, "*"))->code, "not-found");
}

static void a_date_that_is_none_is_refused(void **state) {
    (void)state;
    static const char *const dates[] = {"2026-02-30", "yesterday", "2026-1-1", "99999-01-01"};
    Elp__V1__BudgetQuery query = ELP__V1__BUDGET_QUERY__INIT;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        query.as_of = (char *)dates[i];
        const Elp__V1__Refused *refused = ask_budget(&query, ROLE_OPERATOR, "*");
        assert_string_equal(refused->code, "malformed");
        assert_string_equal(refused->field, "as_of");
    }
}

static void a_principal_sees_the_budgets_of_its_scope_only(void **state) {
    (void)state;
    Elp__V1__BudgetQuery query = ELP__V1__BUDGET_QUERY__INIT;
    grant("N1", 2026);
    grant("N2", 2026);
    grant("N2", 2027);
    const Elp__V1__BudgetReply *all = ask_budget(&query, ROLE_CONSUMER, "*");
    assert_int_equal(all->n_budgets, 2); /* the year of the clock */
    assert_true(all->simulated);
    assert_int_equal(all->head, chain.number);
    const Elp__V1__BudgetReply *own = ask_budget(&query, ROLE_NETWORK, "N2");
    assert_int_equal(own->n_budgets, 1);
    assert_string_equal(own->budgets[0]->network, "N2");
    query.network = "N1";
    assert_string_equal(((const Elp__V1__Refused *)ask_budget(&query, ROLE_NETWORK, "N2"))->code, "denied");
}

static void a_budget_lists_its_envelopes_and_zone(void **state) {
    (void)state;
    (void)chain_budget(&chain, &(struct chain_budget){
                                   .network = "N1", .year = 2026, .care_base = 9000, .art8 = 5000, .operating = 1000});
    (void)attest("N1");
    const Elp__V1__NetworkBudget *budget = chain_network_budget(&chain, "N1", 2026, "");
    assert_int_equal(budget->n_envelopes, 3);
    assert_int_equal(budget->envelopes[0]->envelope, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE);
    assert_int_equal(budget->envelopes[0]->budget_cents, 9000);
    assert_int_equal(budget->envelopes[0]->spent_cents, SESSION_CENTS);
    assert_int_equal(budget->care_budget_cents, 14000);
    assert_int_equal(budget->care_spent_cents, SESSION_CENTS);
    assert_int_equal(budget->budget_cents, 15000);
    assert_int_equal(budget->zone, ELP__V1__ZONE__ZONE_NORMAL);
}

static void a_posting_is_told_inside_the_scope_and_before_it_is_reached(void **state) {
    (void)state;
    Elp__V1__PostingQuery query = ELP__V1__POSTING_QUERY__INIT;
    grant("N1", 2026);
    query.number = attest("N1");
    const Elp__V1__PostingReply *reply =
        chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_POSTING_QUERY, &query.base,
                  ROLE_INTEGRATOR, "*", &elp__v1__posting_reply__descriptor);
    assert_true(reply->reached);
    assert_string_equal(reply->state, "posted");
    assert_int_equal(reply->n_transactions, 1);
    assert_int_equal(reply->transactions[0]->n_entries, 2);
    const Elp__V1__Refused *refused =
        chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_POSTING_QUERY, &query.base, ROLE_NETWORK,
                  "N2", &elp__v1__posting_reply__descriptor);
    assert_string_equal(refused->code, "denied");
    query.number = chain.number + 1;
    reply = chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_POSTING_QUERY, &query.base,
                      ROLE_NETWORK, "N2", &elp__v1__posting_reply__descriptor);
    assert_false(reply->reached);
    query.number = 1; /* genesis */
    reply = chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_POSTING_QUERY, &query.base,
                      ROLE_NETWORK, "N2", &elp__v1__posting_reply__descriptor);
    assert_true(reply->reached);
    assert_string_equal(reply->state, "none");
    query.number = 0;
    refused = chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_POSTING_QUERY, &query.base,
                        ROLE_NETWORK, "N2", &elp__v1__posting_reply__descriptor);
    assert_string_equal(refused->code, "malformed");
}

static void the_outcome_of_a_decision_can_be_asked(void **state) {
    (void)state;
    Elp__V1__OutcomeQuery query = ELP__V1__OUTCOME_QUERY__INIT;
    Elp__V1__Decide decision;
    chain_decision(&decision, ELP__V1__DECISION_KIND__DECISION_KIND_RELEASE, 2026);
    query.number = chain_decide(&chain, &decision);
    const Elp__V1__OutcomeReply *reply =
        chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_OUTCOME_QUERY, &query.base,
                  ROLE_AUTHORITY, "*", &elp__v1__outcome_reply__descriptor);
    assert_true(reply->judged);
    assert_string_equal(reply->outcome->code, "nothing-suspended");
    query.number = 1;
    reply = chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_OUTCOME_QUERY, &query.base,
                      ROLE_AUTHORITY, "*", &elp__v1__outcome_reply__descriptor);
    assert_true(reply->reached);
    assert_false(reply->judged);
}

static void the_trial_balance_is_listed_by_the_beginning_of_its_accounts(void **state) {
    (void)state;
    char prefix[600];
    Elp__V1__TrialBalanceQuery query = ELP__V1__TRIAL_BALANCE_QUERY__INIT;
    grant("N1", 2026);
    (void)attest("N1");
    query.prefix = "liabilities:";
    const Elp__V1__TrialBalanceReply *reply =
        chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TRIAL_BALANCE_QUERY, &query.base,
                  ROLE_OPERATOR, "*", &elp__v1__trial_balance_reply__descriptor);
    assert_int_equal(reply->n_accounts, 1);
    assert_string_equal(reply->accounts[0]->account, "liabilities:payable:N1:P1");
    assert_int_equal(reply->accounts[0]->cents, -SESSION_CENTS);
    memset(prefix, 'x', sizeof prefix);
    prefix[sizeof prefix - 1] = '\0';
    query.prefix = prefix;
    const Elp__V1__Refused *refused =
        chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TRIAL_BALANCE_QUERY, &query.base,
                  ROLE_OPERATOR, "*", &elp__v1__trial_balance_reply__descriptor);
    assert_string_equal(refused->code, "malformed");
}

static void texts_of_any_length_are_answered(void **state) {
    (void)state;
    char text[600];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    Elp__V1__BudgetQuery budget = ELP__V1__BUDGET_QUERY__INIT;
    budget.network = text;
    assert_string_equal(((const Elp__V1__Refused *)ask_budget(&budget, ROLE_OPERATOR, "*"))->code, "not-found");
    Elp__V1__PaymentQuery payment = ELP__V1__PAYMENT_QUERY__INIT;
    payment.network = text;
    const Elp__V1__Refused *refused =
        chain_ask(&chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_QUERY, &payment.base,
                  ROLE_OPERATOR, "*", &elp__v1__payment_reply__descriptor);
    assert_string_equal(refused->code, "malformed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(a_budget_is_told_as_it_stood_at_the_end_of_a_day),
        CHAIN_TEST(before_the_first_day_nothing_is_known),
        CHAIN_TEST(a_date_that_is_none_is_refused),
        CHAIN_TEST(a_principal_sees_the_budgets_of_its_scope_only),
        CHAIN_TEST(a_budget_lists_its_envelopes_and_zone),
        CHAIN_TEST(a_posting_is_told_inside_the_scope_and_before_it_is_reached),
        CHAIN_TEST(the_outcome_of_a_decision_can_be_asked),
        CHAIN_TEST(the_trial_balance_is_listed_by_the_beginning_of_its_accounts),
        CHAIN_TEST(texts_of_any_length_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
