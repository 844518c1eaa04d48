/*
 * Goal: reporting's state is what the three journals said: counters without gap, figures that agree with the events,
 * the same after a restart, the same bytes after a rebuild.
 * Method: the same records go into two stores, one of them restarted at every step; journals and models are compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "services/reporting/tables.h"
#include "tests/support/stderr_capture.h"
#include "tests/unit/reporting_records.h"

static struct bench bench;

static int open_empty(void **state) {
    (void)state;
    bench_open(&bench);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    bench_close(&bench);
    return 0;
}

/* A short life: two networks, sessions, refusals, budgets, a crossing, a suspension, a cancellation. */
static void live(struct bench *b, void (*between)(struct bench *)) {
    bench_genesis(b);
    bench_network(b, "N07");
    bench_network(b, "N08");
    uint64_t session = 0;
    for (int i = 0; i < 3; i++) {
        session = bench_session(b, "N07");
        between(b);
        bench_session(b, "N08");
        bench_refusal(b, "N07", i == 0 ? "not-insured" : "deadline-passed");
        bench_refusal(b, "", "malformed");
    }
    struct triple triple;
    triple_init(&triple, b->journal.head + 1);
    triple_budget(&triple, "N07", 2026, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE, 20000);
    triple_crossing(&triple, "N07", 10300, true, ELP__V1__ZONE__ZONE_CRITICAL);
    bench_apply(b, &triple);
    between(b);
    triple_init(&triple, b->journal.head + 1);
    triple_accepted(&triple, "N07");
    triple.accepted.service = ELP__V1__SERVICE__SERVICE_GROUP;
    triple.accepted.site = (char *)"S1";
    triple_entry(&triple, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SUSPENSION, "suspended:N07:2026",
                 triple.intake.number, 8002);
    bench_apply(b, &triple);
    between(b);
    triple_init(&triple, b->journal.head + 1);
    triple_cancelled(&triple, "N07", session);
    triple_entry(&triple, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_REVERSAL, "expenses:N07:2026:care.base", session,
                 -8002);
    bench_apply(b, &triple);
}

static void do_nothing(struct bench *b) {
    (void)b;
}

static const struct statistics_row *row_of(const char *network) {
    for (size_t i = 0; i < bench.reporting->statistics.row_count; i++) {
        if (strcmp(bench.reporting->statistics.rows[i].network.text, network) == 0) {
            return &bench.reporting->statistics.rows[i];
        }
    }
    fail_msg("no statistics of %s", network);
    return NULL;
}

static const struct budget_row *budget_of(const char *network) {
    for (size_t i = 0; i < bench.reporting->budgets.count; i++) {
        if (strcmp(bench.reporting->budgets.rows[i].network.text, network) == 0) {
            return &bench.reporting->budgets.rows[i];
        }
    }
    fail_msg("no budget of %s", network);
    return NULL;
}

static uint64_t counter_of(const char *topic) {
    uint32_t id = topics_find(&bench.reporting->topics, topic);
    return id == TEXT_INDEX_NONE ? 0 : bench.reporting->topics.topics[id].counter;
}

static void assert_figures(void) {
    const struct statistics_row *n07 = row_of("N07");
    assert_int_equal(n07->year, 2026);
    assert_int_equal(n07->accepted, 4);
    assert_int_equal(n07->refused, 3);
    assert_int_equal(n07->cancelled, 1);
    assert_int_equal(n07->posted, 3);
    assert_int_equal(n07->suspended, 1);
    assert_int_equal(n07->on_sites, 1);
    assert_int_equal(n07->groups, 1);
    assert_int_equal(money_cents(n07->fee), 3 * 9102);
    assert_int_equal(money_cents(n07->share), 3 * 1100);
    assert_int_equal(money_cents(n07->insurer), 3 * 8002);
    assert_int_equal(row_of("N08")->accepted, 3);
    assert_int_equal(row_of("-")->refused, 3);
    assert_int_equal(bench.reporting->statistics.code_count, 3);

    const struct budget_row *budget = budget_of("N07");
    const int base = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE;
    assert_int_equal(money_cents(budget->budget[base]), 20000);
    assert_int_equal(money_cents(budget->spent[base]), 2 * 8002);
    assert_int_equal(money_cents(budget->suspended), 8002);
    assert_int_equal(budget->suspended_count, 1);
    assert_int_equal(budget->zone, ELP__V1__ZONE__ZONE_CRITICAL);

    assert_int_equal(counter_of("N07/attestation.accepted"), 4);
    assert_int_equal(counter_of("N07/posted"), 4);
    assert_int_equal(counter_of("N08/posted"), 3);
    assert_int_equal(counter_of("N07/attestation.refused"), 3);
    assert_int_equal(counter_of("-/attestation.refused"), 3);
    assert_int_equal(counter_of("N08/attestation.refused"), 0);
}

static void figures_and_counters_are_what_the_records_said(void **state) {
    (void)state;
    live(&bench, do_nothing);
    assert_figures();
}

static void a_restart_changes_nothing(void **state) {
    (void)state;
    live(&bench, bench_restart);
    assert_figures();
    bench_restart(&bench);
    assert_figures();
    assert_string_equal(epochs_current(&bench.reporting->epochs), TEST_EPOCH);
    assert_true(bench.reporting->simulated);
    assert_int_equal(bench.reporting->at_us, TEST_AT_US + (int64_t)bench.journal.head);
}

static void a_rebuilt_store_has_the_same_chain(void **state) {
    (void)state;
    struct bench other;
    bench_open(&other);
    live(&other, bench_restart);
    live(&bench, do_nothing);
    assert_int_equal(bench.journal.head, other.journal.head);
    assert_memory_equal(bench.journal.head_hash, other.journal.head_hash, JOURNAL_HASH_BYTES);
    bench_close(&other);
}

static void no_record_holds_the_epoch(void **state) {
    (void)state;
    live(&bench, do_nothing);
    struct store_txn *txn;
    assert_int_equal(store_begin_read(bench.store.store, &txn), 0);
    for (uint64_t number = 1; number <= bench.journal.head; number++) {
        struct span record;
        assert_int_equal(journal_read(&bench.journal, txn, number, &record, NULL), 0);
        assert_null(memmem(record.data, record.bytes, TEST_EPOCH, strlen(TEST_EPOCH)));
    }
    store_abort(txn);
}

/* The record that begins a new epoch. */
static uint64_t restore(struct bench *b, const char *epoch) {
    struct triple triple;
    Elp__V1__Restored restored = ELP__V1__RESTORED__INIT;
    triple_init(&triple, b->journal.head + 1);
    restored.epoch = (char *)epoch;
    restored.previous = 1;
    triple.intake.body_case = ELP__V1__INTAKE_RECORD__BODY_RESTORED;
    triple.intake.restored = &restored;
    bench_apply(b, &triple);
    return b->journal.head;
}

static void records_before_and_after_a_restore_keep_their_own_epoch(void **state) {
    (void)state;
    bench_genesis(&bench);
    bench_network(&bench, "N07");
    uint64_t first = restore(&bench, "00000000000000aa");
    bench_session(&bench, "N07");
    uint64_t second = restore(&bench, "00000000000000bb");
    for (int restarted = 0; restarted <= 1; restarted++) {
        const struct epochs *epochs = &bench.reporting->epochs;
        assert_int_equal(epochs->count, 3);
        assert_string_equal(epochs_at(epochs, first - 1), TEST_EPOCH);
        assert_string_equal(epochs_at(epochs, first), "00000000000000aa");
        assert_string_equal(epochs_at(epochs, second), "00000000000000bb");
        assert_string_equal(reporting_epoch(bench.reporting), "00000000000000bb");
        bench_restart(&bench);
    }
}

static void consumers_are_told_the_epoch_as_it_is_now_while_a_store_is_filled_again(void **state) {
    (void)state;
    assert_string_equal(reporting_epoch(bench.reporting), "");
    reporting_epoch_told(bench.reporting, "00000000000000aa");
    bench_genesis(&bench);
    assert_string_equal(reporting_epoch(bench.reporting), "00000000000000aa");
    (void)restore(&bench, "00000000000000aa");
    assert_string_equal(reporting_epoch(bench.reporting), "00000000000000aa");
}

static int try_quietly(uint64_t number, const struct span records[3]) {
    char said[2048];
    stderr_capture_begin();
    int failure = bench_try(&bench, number, records);
    (void)stderr_capture_end(said, sizeof(said));
    assert_non_null(strstr(said, "upstream-record-unusable"));
    return failure;
}

static void a_record_that_does_not_decode_stops_the_daemon(void **state) {
    (void)state;
    struct triple triple;
    struct buffer packed[3] = {0};
    triple_init(&triple, 1);
    triple_genesis(&triple);
    assert_int_equal(buffer_pack(&packed[0], &triple.intake.base), 0);
    assert_int_equal(buffer_pack(&packed[1], &triple.rating.base), 0);
    assert_int_equal(buffer_pack(&packed[2], &triple.ledger.base), 0);
    for (size_t broken = 0; broken < 3; broken++) {
        struct span records[3];
        for (size_t i = 0; i < 3; i++) {
            records[i] = buffer_span(&packed[i]);
        }
        records[broken] = span_of("\x0a\xff", 2);
        assert_int_equal(try_quietly(1, records), FAILURE_UPSTREAM);
    }
    for (size_t i = 0; i < 3; i++) {
        buffer_free(&packed[i]);
    }
}

static void a_record_of_another_number_stops_the_daemon(void **state) {
    (void)state;
    for (size_t wrong = 0; wrong < 3; wrong++) {
        struct triple triple;
        struct buffer packed[3] = {0};
        triple_init(&triple, 1);
        triple_genesis(&triple);
        triple.intake.number += wrong == 0;
        triple.rating.number += wrong == 1;
        triple.ledger.number += wrong == 2;
        assert_int_equal(buffer_pack(&packed[0], &triple.intake.base), 0);
        assert_int_equal(buffer_pack(&packed[1], &triple.rating.base), 0);
        assert_int_equal(buffer_pack(&packed[2], &triple.ledger.base), 0);
        const struct span records[3] = {buffer_span(&packed[0]), buffer_span(&packed[1]), buffer_span(&packed[2])};
        assert_int_equal(try_quietly(1, records), FAILURE_UPSTREAM);
        for (size_t i = 0; i < 3; i++) {
            buffer_free(&packed[i]);
        }
    }
}

static void the_last_day_of_a_year_in_brussels_counts_for_that_year(void **state) {
    (void)state;
    bench_genesis(&bench);
    bench_network(&bench, "N07");
    static const struct {
        int64_t at_us;
        uint32_t year;
    } cases[] = {
        {INT64_C(1767221999000000), 2025}, /* 2025-12-31 22:59:59 UTC */
        {INT64_C(1767222000000000), 2026}, /* 2025-12-31 23:00:00 UTC: new year in Brussels */
    };
    for (size_t i = 0; i < 2; i++) {
        struct triple triple;
        triple_init(&triple, bench.journal.head + 1);
        triple_refused(&triple, "N07", "malformed", NULL);
        triple.intake.at_us = cases[i].at_us;
        bench_apply(&bench, &triple);
        assert_int_equal(bench.reporting->statistics.rows[i].year, cases[i].year);
    }
}

static void damage_in_a_table_is_found_when_it_is_loaded(void **state) {
    (void)state;
    live(&bench, do_nothing);
    for (size_t table = TABLE_CELL; table < TABLE_COUNT; table++) {
        struct store_txn *txn;
        struct reporting *reporting = NULL;
        char said[2048];
        assert_int_equal(store_begin_write(bench.store.store, &txn), 0);
        struct store_key key; /* a place of its own in each table, with a value of no layout */
        store_key_reset(&key);
        if (table == TABLE_CELL) {
            store_key_u8(&key, 1);
        } else if (table == TABLE_TOPIC_EVENTS) {
            store_key_u32(&key, 0);
            store_key_u64(&key, UINT64_MAX);
        } else {
            store_key_text(&key, "N99");
        }
        assert_int_equal(store_put(txn, table, store_key_span(&key), span_of("x", 1)), 0);
        stderr_capture_begin();
        int failure = reporting_open(txn, &reporting);
        (void)stderr_capture_end(said, sizeof(said));
        assert_int_equal(failure, FAILURE_CORRUPT);
        store_abort(txn);
    }
}

int main(void) {
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, open_empty, close_all)
    const struct CMUnitTest claims[] = {
        CLAIM(figures_and_counters_are_what_the_records_said),
        CLAIM(a_restart_changes_nothing),
        CLAIM(a_rebuilt_store_has_the_same_chain),
        CLAIM(no_record_holds_the_epoch),
        CLAIM(records_before_and_after_a_restore_keep_their_own_epoch),
        CLAIM(consumers_are_told_the_epoch_as_it_is_now_while_a_store_is_filled_again),
        CLAIM(a_record_that_does_not_decode_stops_the_daemon),
        CLAIM(a_record_of_another_number_stops_the_daemon),
        CLAIM(the_last_day_of_a_year_in_brussels_counts_for_that_year),
        CLAIM(damage_in_a_table_is_found_when_it_is_loaded),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
