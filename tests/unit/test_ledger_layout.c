/*
 * Goal: rows are stored as the headers of the ledger and of rating say, byte for byte, because a later version reads them.
 * Method: the histories of the headers' examples, and the rows as hexadecimal text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "services/ledger/ledger_core.h"
#include "services/rating/rating_core.h"
#include "tests/unit/money_chain.h"

static struct chain chain;

static int begin(void **state) {
    (void)state;
    chain_open(&chain);
    return 0;
}

static int end(void **state) {
    (void)state;
    chain_close(&chain);
    return 0;
}

static uint8_t digit_of(char c) {
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Bytes of hexadecimal text, in which spaces do not count. */
static size_t bytes_of(const char *hex, uint8_t *out) {
    size_t digits = 0;
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ') {
            continue;
        }
        out[digits / 2] = (uint8_t)(digits % 2 == 0 ? digit_of(*hex) << 4 : out[digits / 2] | digit_of(*hex));
        digits++;
    }
    return digits / 2;
}

static void assert_row(const struct chain_link *link, size_t table, const char *key, const char *value) {
    uint8_t key_bytes[256];
    uint8_t expected[256];
    struct span found_value;
    bool found = false;
    size_t key_size = bytes_of(key, key_bytes);
    size_t expected_size = bytes_of(value, expected);
    assert_int_equal(store_get(link->txn, table, span_of(key_bytes, key_size), &found_value, &found), 0);
    assert_true(found);
    assert_int_equal(found_value.bytes, expected_size);
    assert_memory_equal(found_value.data, expected, expected_size);
}

static uint64_t attest(void) {
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2026-01-02");
    return chain_attest(&chain, &session);
}

static void accounts_and_balances_are_stored_as_documented(void **state) {
    (void)state;
    chain_at(&chain, "2026-03-02T09:00:00+01:00");
    (void)chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 1000000});
    (void)attest();
    assert_row(&chain.ledger, LEDGER_TABLE_ACCOUNTS, "6c696162696c69746965733a70617961626c653a4e313a5031",
               "ffffffffffffdc72 00000001");
    assert_row(&chain.ledger, LEDGER_TABLE_BALANCES, "4e3100 000007ea 80005022",
               "03 01 0000000000000000 0000000000000000 0000000000000001 0000000000000000"
               "0000000000000000 0000000000000000 0000000000000000 0000000000000000 01 00000000000f4240 "
               "0000000000000000 000000000000238e");
}

/* 4710 records before it make the suspended attestation the one of the example. */
static void suspended_amounts_and_standings_are_stored_as_documented(void **state) {
    (void)state;
    while (chain.number < 4710) {
        (void)chain_payee(&chain, "P9");
    }
    assert_int_equal(attest(), 4711);
    assert_row(&chain.ledger, LEDGER_TABLE_SUSPENDED, "4e3100 000007ea 0000000000001267", "000000000000238e 01");
    (void)chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 1000000});
    while (chain.number < 4899) {
        (void)chain_payee(&chain, "P9");
    }
    Elp__V1__Decide decision;
    chain_decision(&decision, ELP__V1__DECISION_KIND__DECISION_KIND_RELEASE, 2026);
    assert_int_equal(chain_decide(&chain, &decision), 4900);
    assert_row(&chain.ledger, LEDGER_TABLE_STANDINGS, "0000000000001267", "01 0000000000001324");
}

static void closings_are_stored_as_documented(void **state) {
    (void)state;
    (void)chain_budget(&chain,
                       &(struct chain_budget){.network = "N1", .year = 2026, .care_base = 1000000, .operating = 50000});
    for (int i = 0; i < 115; i++) {
        (void)attest();
    }
    chain_at(&chain, "2027-01-04T09:00:00+01:00");
    (void)chain_close_year(&chain, 2026);
    assert_row(
        &chain.ledger, LEDGER_TABLE_CLOSINGS, "000007ea 4e3100",
        "03 00000000000f4240 00000000000ff8ca 000000000000415a 0000000000000000 0000000000000000 0000000000000000");
}

static void held_orders_and_payees_are_stored_as_documented(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    Elp__V1__SecondLeaderFacts second;
    chain_at(&chain, "2024-05-20T09:00:00+02:00");
    (void)chain_budget(&chain, &(struct chain_budget){.network = "N1", .year = 2024, .care_base = 1000000});
    (void)chain_payee_without_iban(&chain, "P1");
    chain_expert_group(&session, &second, "2024-05-14");
    (void)chain_attest(&chain, &session);
    chain_days_until(&chain, "2024-06-01");
    assert_row(&chain.ledger, LEDGER_TABLE_HELD, "503100 4e3100 000316a5", "0000000000005666 00000001");
    assert_row(&chain.ledger, LEDGER_TABLE_PAYEES, "5031", "20");
}

static void columns_of_indexations_are_stored_as_documented(void **state) {
    (void)state;
    assert_row(&chain.rating, RATING_TABLE_COLUMNS, "3230323400 000007ea 696e646976696475616c00",
               "000000000000238e 01 533020617274 2e2033");
}

#define CHAIN_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(accounts_and_balances_are_stored_as_documented),
        CHAIN_TEST(suspended_amounts_and_standings_are_stored_as_documented),
        CHAIN_TEST(closings_are_stored_as_documented),
        CHAIN_TEST(held_orders_and_payees_are_stored_as_documented),
        CHAIN_TEST(columns_of_indexations_are_stored_as_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
