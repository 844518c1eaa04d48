#include "tests/unit/reporting_records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "services/reporting/tables.h"

void triple_init(struct triple *triple, uint64_t number) {
    memset(triple, 0, sizeof(*triple));
    elp__v1__intake_record__init(&triple->intake);
    elp__v1__rating_record__init(&triple->rating);
    elp__v1__ledger_record__init(&triple->ledger);
    triple->intake.number = number;
    triple->intake.at_us = TEST_AT_US + (int64_t)number;
    triple->rating.number = number;
    triple->ledger.number = number;
}

void triple_genesis(struct triple *triple) {
    elp__v1__genesis__init(&triple->genesis);
    triple->genesis.engine = 1;
    triple->genesis.simulated = true;
    triple->genesis.epoch = (char *)TEST_EPOCH;
    triple->intake.body_case = ELP__V1__INTAKE_RECORD__BODY_GENESIS;
    triple->intake.genesis = &triple->genesis;
}

void triple_network(struct triple *triple, const char *code) {
    elp__v1__network__init(&triple->network);
    elp__v1__registry_fact__init(&triple->fact);
    triple->network.code = (char *)code;
    triple->network.kind = ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT;
    triple->fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_NETWORK;
    triple->fact.network = &triple->network;
    triple->intake.body_case = ELP__V1__INTAKE_RECORD__BODY_FACT;
    triple->intake.fact = &triple->fact;
}

static void set_rated(Elp__V1__Rated *rated, const char *network, uint64_t attestation) {
    elp__v1__rated__init(rated);
    rated->network = (char *)network;
    rated->attestation = attestation;
    rated->provisional = true;
    rated->fee_cents = 9102;
    rated->share_cents = 1100;
    rated->insurer_cents = 8002;
}

void triple_accepted(struct triple *triple, const char *network) {
    elp__v1__attestation_accepted__init(&triple->accepted);
    triple->accepted.network = (char *)network;
    triple->accepted.service = ELP__V1__SERVICE__SERVICE_INDIVIDUAL;
    triple->intake.body_case = ELP__V1__INTAKE_RECORD__BODY_ACCEPTED;
    triple->intake.accepted = &triple->accepted;
    set_rated(&triple->rated, network, triple->intake.number);
    triple->rating.rated = &triple->rated;
}

void triple_refused(struct triple *triple, const char *network, const char *code_1, const char *code_2) {
    elp__v1__attestation_refused__init(&triple->refused);
    const char *codes[] = {code_1, code_2};
    for (size_t i = 0; i < 2 && codes[i] != NULL; i++) {
        elp__v1__refusal_reason__init(&triple->reasons[i]);
        triple->reasons[i].code = (char *)codes[i];
        triple->reason_pointers[i] = &triple->reasons[i];
        triple->refused.n_reasons = i + 1;
    }
    triple->refused.reasons = triple->reason_pointers;
    triple->refused.network = (char *)network;
    triple->intake.body_case = ELP__V1__INTAKE_RECORD__BODY_REFUSED;
    triple->intake.refused = &triple->refused;
}

static void set_reversal(struct triple *triple, const char *network, uint64_t attestation) {
    set_rated(&triple->original, network, attestation);
    elp__v1__rated_reversal__init(&triple->reversal);
    triple->reversal.attestation = attestation;
    triple->reversal.original = &triple->original;
    triple->rating.reversal = &triple->reversal;
}

void triple_cancelled(struct triple *triple, const char *network, uint64_t attestation) {
    if (triple->intake.body_case == ELP__V1__INTAKE_RECORD__BODY_ACCEPTED) {
        triple->accepted.replaces = attestation;
    } else {
        elp__v1__attestation_cancelled__init(&triple->cancelled);
        triple->cancelled.network = (char *)network;
        triple->cancelled.attestation = attestation;
        triple->intake.body_case = ELP__V1__INTAKE_RECORD__BODY_CANCELLED;
        triple->intake.cancelled = &triple->cancelled;
    }
    set_reversal(triple, network, attestation);
}

void triple_entry(struct triple *triple, Elp__V1__TransactionKind kind, const char *account, uint64_t attestation,
                  int64_t cents) {
    size_t place = triple->ledger.n_transactions++;
    const char *accounts[2] = {account, "liabilities:payable:N07:PAYEE"};
    elp__v1__transaction__init(&triple->transactions[place].transaction);
    triple->transactions[place].transaction.kind = kind;
    triple->transactions[place].transaction.attestation = attestation;
    for (size_t i = 0; i < 2; i++) {
        Elp__V1__Entry *entry = &triple->transactions[place].entries[i];
        elp__v1__entry__init(entry);
        (void)snprintf(triple->transactions[place].accounts[i], sizeof(triple->transactions[place].accounts[i]), "%s",
                       accounts[i]);
        entry->account = triple->transactions[place].accounts[i];
        entry->cents = i == 0 ? cents : -cents;
        triple->transactions[place].entry_pointers[i] = entry;
    }
    triple->transactions[place].transaction.entries = triple->transactions[place].entry_pointers;
    triple->transactions[place].transaction.n_entries = 2;
    triple->transaction_pointers[place] = &triple->transactions[place].transaction;
    triple->ledger.transactions = triple->transaction_pointers;
}

void triple_crossing(struct triple *triple, const char *network, uint32_t basis_points, bool up, Elp__V1__Zone zone) {
    elp__v1__threshold_crossing__init(&triple->crossing);
    triple->crossing.network = (char *)network;
    triple->crossing.year = 2026;
    triple->crossing.basis_points = basis_points;
    triple->crossing.up = up;
    triple->crossing.zone = zone;
    triple->crossing_pointer = &triple->crossing;
    triple->ledger.crossings = &triple->crossing_pointer;
    triple->ledger.n_crossings = 1;
}

void triple_budget(struct triple *triple, const char *network, uint32_t year, Elp__V1__BudgetEnvelope envelope,
                   int64_t cents) {
    elp__v1__budget_changed__init(&triple->budget);
    triple->budget.network = (char *)network;
    triple->budget.year = year;
    triple->budget.envelope = envelope;
    triple->budget.cents = cents;
    triple->budget_pointer = &triple->budget;
    triple->ledger.budgets = &triple->budget_pointer;
    triple->ledger.n_budgets = 1;
}

static void load(struct bench *bench) {
    struct store_txn *txn;
    assert_int_equal(store_begin_write(bench->store.store, &txn), 0);
    assert_int_equal(journal_load(txn, TABLE_JOURNAL, &bench->journal), 0);
    assert_int_equal(reporting_open(txn, &bench->reporting), 0);
    assert_int_equal(store_commit(txn), 0);
}

void bench_open(struct bench *bench) {
    *bench = (struct bench){0};
    temporary_store_open(&bench->store, reporting_tables, TABLE_COUNT, 0);
    load(bench);
}

void bench_restart(struct bench *bench) {
    reporting_close(bench->reporting);
    temporary_store_reopen(&bench->store);
    load(bench);
}

void bench_close(struct bench *bench) {
    reporting_close(bench->reporting);
    buffer_free(&bench->record);
    temporary_store_close(&bench->store);
}

void bench_apply(struct bench *bench, const struct triple *triple) {
    struct buffer packed[3] = {0};
    assert_int_equal(buffer_pack(&packed[0], &triple->intake.base), 0);
    assert_int_equal(buffer_pack(&packed[1], &triple->rating.base), 0);
    assert_int_equal(buffer_pack(&packed[2], &triple->ledger.base), 0);
    const struct span records[3] = {buffer_span(&packed[0]), buffer_span(&packed[1]), buffer_span(&packed[2])};
    struct store_txn *txn;
    assert_int_equal(store_begin_write(bench->store.store, &txn), 0);
    assert_int_equal(reporting_apply(bench->reporting, txn, triple->intake.number, records, &bench->record), 0);
    assert_int_equal(journal_append(&bench->journal, txn, buffer_span(&bench->record)), 0);
    assert_int_equal(store_commit(txn), 0);
    for (size_t i = 0; i < 3; i++) {
        buffer_free(&packed[i]);
    }
}

int bench_try(struct bench *bench, uint64_t number, const struct span records[3]) {
    struct store_txn *txn;
    assert_int_equal(store_begin_write(bench->store.store, &txn), 0);
    int failure = reporting_apply(bench->reporting, txn, number, records, &bench->record);
    store_abort(txn);
    return failure;
}

uint64_t bench_genesis(struct bench *bench) {
    struct triple triple;
    triple_init(&triple, bench->journal.head + 1);
    triple_genesis(&triple);
    bench_apply(bench, &triple);
    return bench->journal.head;
}

uint64_t bench_network(struct bench *bench, const char *code) {
    struct triple triple;
    triple_init(&triple, bench->journal.head + 1);
    triple_network(&triple, code);
    bench_apply(bench, &triple);
    return bench->journal.head;
}

uint64_t bench_session(struct bench *bench, const char *network) {
    struct triple triple;
    char account[96];
    (void)snprintf(account, sizeof(account), "expenses:%s:2026:care.base", network);
    triple_init(&triple, bench->journal.head + 1);
    triple_accepted(&triple, network);
    triple_entry(&triple, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SESSION, account, triple.intake.number, 8002);
    bench_apply(bench, &triple);
    return bench->journal.head;
}

uint64_t bench_refusal(struct bench *bench, const char *network, const char *code) {
    struct triple triple;
    triple_init(&triple, bench->journal.head + 1);
    triple_refused(&triple, network, code, NULL);
    bench_apply(bench, &triple);
    return bench->journal.head;
}
