/*
 * Goal: a journal numbers its records 1, 2, 3 …, chains their exact bytes so that an outsider can verify
 * them, and finds any damage with its number.
 * Method: a real store; the chain is computed a second time from its definition, and compared with a value
 * that another BLAKE2b implementation gave; damage is done to the stored rows, bit by bit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/journal.h"
#include "tests/support/child_process.h"
#include "tests/support/stderr_capture.h"
#include "tests/support/temporary_store.h"

enum { TABLE_JOURNAL_UNDER_TEST, TABLE_OTHER, TABLE_TOTAL };
static const char *const tables[TABLE_TOTAL] = {"journal", "other"};

static struct temporary_store temporary;

static int open_empty(void **state) {
    (void)state;
    temporary_store_open(&temporary, tables, TABLE_TOTAL, 0);
    return 0;
}

static int close_and_remove(void **state) {
    (void)state;
    temporary_store_close(&temporary);
    return 0;
}

static struct store_txn *begin_write(void) {
    struct store_txn *txn;
    assert_int_equal(store_begin_write(temporary.store, &txn), 0);
    return txn;
}

static struct store_txn *begin_read(void) {
    struct store_txn *txn;
    assert_int_equal(store_begin_read(temporary.store, &txn), 0);
    return txn;
}

/* Loads quietly: *ret_said receives what was logged. */
static int load(struct journal *journal, char said[1024]) {
    struct store_txn *txn = begin_read();
    stderr_capture_begin();
    int rc = journal_load(txn, TABLE_JOURNAL_UNDER_TEST, journal);
    (void)stderr_capture_end(said, 1024);
    store_abort(txn);
    return rc;
}

static int verify(uint64_t from, uint64_t until, uint64_t *ret_bad) {
    struct store_txn *txn = begin_read();
    *ret_bad = 0;
    int rc = journal_verify(txn, TABLE_JOURNAL_UNDER_TEST, from, until, ret_bad);
    store_abort(txn);
    return rc;
}

/* Record n has n % 7 bytes, so that empty ones are among them. */
static struct span record_of(uint64_t number, uint8_t out[8]) {
    memset(out, (int)(number & 0xff), 8);
    return span_of(out, number % 7);
}

static struct journal append_records(uint64_t count) {
    struct journal journal = {.table = TABLE_JOURNAL_UNDER_TEST};
    struct store_txn *txn = begin_write();
    for (uint64_t i = 1; i <= count; i++) {
        uint8_t bytes[8];
        assert_int_equal(journal_append(&journal, txn, record_of(i, bytes)), 0);
        assert_int_equal(journal.head, i);
    }
    assert_int_equal(store_commit(txn), 0);
    return journal;
}

/* hash of n = BLAKE2b-256(hash of n−1, n as 8 bytes big-endian, bytes), written out once more. */
static void chain_by_definition(uint8_t hash[32], uint64_t number, struct span record) {
    uint8_t input[32 + 8 + 8];
    memcpy(input, hash, 32);
    for (int i = 0; i < 8; i++) {
        input[32 + i] = (uint8_t)(number >> (56 - 8 * i));
    }
    memcpy(input + 40, record.data, record.bytes);
    assert_int_equal(crypto_generichash(hash, 32, input, 40 + record.bytes, NULL, 0), 0);
}

static struct span key_of(uint64_t number, uint8_t out[8]) {
    store_write_u64(out, number);
    return span_of(out, 8);
}

/* Flips one bit of the stored row of a record. */
static void flip_bit(uint64_t number, size_t byte, unsigned bit) {
    uint8_t key[8];
    uint8_t copy[64];
    struct span value;
    bool found;
    struct store_txn *txn = begin_write();
    assert_int_equal(store_get(txn, TABLE_JOURNAL_UNDER_TEST, key_of(number, key), &value, &found), 0);
    assert_true(found && value.bytes <= sizeof copy && byte < value.bytes);
    memcpy(copy, value.data, value.bytes);
    copy[byte] ^= (uint8_t)(1u << bit);
    assert_int_equal(store_put(txn, TABLE_JOURNAL_UNDER_TEST, key_of(number, key), span_of(copy, value.bytes)), 0);
    assert_int_equal(store_commit(txn), 0);
}

static void delete_record(uint64_t number) {
    uint8_t key[8];
    struct store_txn *txn = begin_write();
    assert_int_equal(store_delete(txn, TABLE_JOURNAL_UNDER_TEST, key_of(number, key)), 0);
    assert_int_equal(store_commit(txn), 0);
}

static void put_row(struct span key, struct span value) {
    struct store_txn *txn = begin_write();
    assert_int_equal(store_put(txn, TABLE_JOURNAL_UNDER_TEST, key, value), 0);
    assert_int_equal(store_commit(txn), 0);
}

static void assert_load_names(uint64_t number) {
    char said[1024];
    char expected[64];
    struct journal journal = {.head = 42};
    (void)snprintf(expected, sizeof expected, "\"number\":%llu,", (unsigned long long)number);
    assert_int_equal(load(&journal, said), FAILURE_CORRUPT);
    assert_non_null(strstr(said, expected));
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
    assert_int_equal(journal.head, 42);
}

/* ---- */

static void the_chain_is_the_one_that_the_design_defines(void **state) {
    (void)state;
    /* Python's blake2b(bytes(32) + (1).to_bytes(8, "big") + b"first", digest_size=32), and so on. */
    static const uint8_t expected[JOURNAL_HASH_BYTES] = {
        0x95, 0x47, 0x7b, 0xb2, 0xe7, 0xfe, 0x3c, 0x0a, 0xf4, 0x20, 0x98, 0x99, 0xfa, 0x92, 0x2f, 0x7a,
        0x26, 0xd0, 0x01, 0x68, 0xe0, 0x94, 0xe0, 0x13, 0x67, 0xa1, 0xa0, 0x8f, 0xde, 0xcd, 0xc8, 0xcd,
    };
    uint8_t hash[JOURNAL_HASH_BYTES] = {0};
    journal_chain(hash, 1, span_of_text("first"), hash);
    journal_chain(hash, 2, span_of_text("second"), hash);
    assert_memory_equal(hash, expected, sizeof expected);
}

static void an_empty_journal_has_head_0_and_32_zero_bytes(void **state) {
    (void)state;
    static const uint8_t zero[JOURNAL_HASH_BYTES];
    char said[1024];
    struct journal journal = {.head = 42};
    assert_int_equal(load(&journal, said), 0);
    assert_int_equal(journal.head, 0);
    assert_int_equal(journal.table, TABLE_JOURNAL_UNDER_TEST);
    assert_memory_equal(journal.head_hash, zero, sizeof zero);
    uint64_t bad;
    assert_int_equal(verify(1, 0, &bad), 0);
}

static void records_come_back_byte_for_byte_with_their_hash_after_a_restart(void **state) {
    (void)state;
    char said[1024];
    struct journal written = append_records(20);
    temporary_store_reopen(&temporary);
    struct journal journal;
    assert_int_equal(load(&journal, said), 0);
    assert_int_equal(journal.head, 20);
    assert_memory_equal(journal.head_hash, written.head_hash, JOURNAL_HASH_BYTES);

    uint8_t hash[JOURNAL_HASH_BYTES] = {0};
    struct store_txn *txn = begin_read();
    for (uint64_t i = 1; i <= 20; i++) {
        uint8_t bytes[8];
        struct span record;
        const uint8_t *stored_hash;
        const struct span expected = record_of(i, bytes);
        assert_int_equal(journal_read(&journal, txn, i, &record, &stored_hash), 0);
        assert_int_equal(record.bytes, expected.bytes);
        assert_memory_equal(record.data, expected.data, expected.bytes);
        chain_by_definition(hash, i, expected);
        assert_memory_equal(stored_hash, hash, sizeof hash);
    }
    struct span record;
    assert_int_equal(journal_read(&journal, txn, 20, &record, NULL), 0);
    store_abort(txn);
}

static void an_aborted_append_is_not_there_after_the_restart_that_it_asks_for(void **state) {
    (void)state;
    char said[1024];
    struct journal journal = append_records(3);
    struct store_txn *txn = begin_write();
    assert_int_equal(journal_append(&journal, txn, span_of_text("lost")), 0);
    store_abort(txn);
    temporary_store_reopen(&temporary);
    assert_int_equal(load(&journal, said), 0);
    assert_int_equal(journal.head, 3);
    txn = begin_write();
    assert_int_equal(journal_append(&journal, txn, span_of_text("four")), 0);
    assert_int_equal(store_commit(txn), 0);
    assert_int_equal(load(&journal, said), 0);
    assert_int_equal(journal.head, 4);
}

static void any_flipped_bit_of_a_stored_record_is_found_with_its_number(void **state) {
    (void)state;
    (void)append_records(8);
    uint64_t bad;
    for (size_t byte = 0; byte < JOURNAL_HASH_BYTES + 5; byte += 3) {
        const unsigned bit = (unsigned)byte % 8;
        flip_bit(5, byte, bit);
        assert_int_equal(verify(1, 8, &bad), FAILURE_CORRUPT);
        assert_int_equal(bad, 5);
        assert_load_names(5);
        assert_int_equal(verify(1, 4, &bad), 0);
        assert_int_equal(verify(3, 8, &bad), FAILURE_CORRUPT);
        assert_int_equal(bad, 5);
        flip_bit(5, byte, bit);
    }
    assert_int_equal(verify(1, 8, &bad), 0);
    flip_bit(1, 0, 7);
    assert_load_names(1);
    flip_bit(1, 0, 7);
    flip_bit(8, JOURNAL_HASH_BYTES, 0);
    assert_load_names(8);
}

static void a_record_moved_to_another_number_is_found(void **state) {
    (void)state;
    uint8_t key[8];
    uint8_t copy[64];
    struct span value;
    bool found;
    (void)append_records(8);
    struct store_txn *txn = begin_read();
    assert_int_equal(store_get(txn, TABLE_JOURNAL_UNDER_TEST, key_of(3, key), &value, &found), 0);
    memcpy(copy, value.data, value.bytes);
    store_abort(txn);
    put_row(key_of(6, key), span_of(copy, value.bytes));
    assert_load_names(6);
}

static void a_missing_record_is_found_with_its_number(void **state) {
    (void)state;
    uint64_t bad;
    (void)append_records(8);
    delete_record(4);
    assert_load_names(4);
    assert_int_equal(verify(1, 8, &bad), FAILURE_CORRUPT);
    assert_int_equal(bad, 4);
    assert_int_equal(verify(5, 8, &bad), FAILURE_CORRUPT);
    assert_int_equal(bad, 4);
    assert_int_equal(verify(6, 8, &bad), 0);
    assert_int_equal(verify(6, 9, &bad), FAILURE_CORRUPT);
    assert_int_equal(bad, 9);
    delete_record(1);
    assert_load_names(1);
}

static void a_row_that_is_no_record_is_damage(void **state) {
    (void)state;
    uint8_t key[8];
    (void)append_records(3);
    put_row(span_of("\xff", 1), span_of_text("a foreign row"));
    assert_load_names(0);
    struct store_txn *txn = begin_write();
    assert_int_equal(store_delete(txn, TABLE_JOURNAL_UNDER_TEST, span_of("\xff", 1)), 0);
    assert_int_equal(store_commit(txn), 0);

    put_row(span_of("\x00\x00\x00\x00\x00\x00\x00\x02x", 9), span_of_text("between two records"));
    assert_load_names(3);
    txn = begin_write();
    assert_int_equal(store_delete(txn, TABLE_JOURNAL_UNDER_TEST, span_of("\x00\x00\x00\x00\x00\x00\x00\x02x", 9)), 0);
    assert_int_equal(store_commit(txn), 0);

    put_row(key_of(4, key), span_of("short", 5));
    assert_load_names(4);
}

/*
 * The start looks at the last 1,000 records and at the count of all: older damage inside a record waits for a
 * full verification, an older missing record does not.
 */
static void the_start_verifies_the_last_1000_records_and_that_none_is_missing_before(void **state) {
    (void)state;
    char said[1024];
    struct journal journal;
    uint64_t bad;
    const uint64_t head = JOURNAL_VERIFY_AT_START + 200;
    (void)append_records(head);
    assert_int_equal(load(&journal, said), 0);
    flip_bit(199, 8, 1);
    assert_int_equal(load(&journal, said), 0);
    assert_int_equal(verify(1, head, &bad), FAILURE_CORRUPT);
    assert_int_equal(bad, 199);
    flip_bit(199, 8, 1);
    flip_bit(201, 8, 1);
    assert_load_names(201);
    flip_bit(201, 8, 1);
    delete_record(7);
    assert_load_names(7);
}

static void a_reader_continues_is_ahead_or_has_diverged(void **state) {
    (void)state;
    struct journal journal = append_records(5);
    uint8_t hash[JOURNAL_HASH_BYTES];
    const uint8_t *stored;
    struct span record;
    enum journal_position position;
    struct store_txn *txn = begin_read();

    memset(hash, 0xee, sizeof hash);
    assert_int_equal(journal_compare(&journal, txn, 0, hash, &position), 0);
    assert_int_equal(position, JOURNAL_CONTINUES);
    for (uint64_t i = 1; i <= 5; i++) {
        assert_int_equal(journal_read(&journal, txn, i, &record, &stored), 0);
        memcpy(hash, stored, sizeof hash);
        assert_int_equal(journal_compare(&journal, txn, i, hash, &position), 0);
        assert_int_equal(position, JOURNAL_CONTINUES);
        hash[31] ^= 1;
        assert_int_equal(journal_compare(&journal, txn, i, hash, &position), 0);
        assert_int_equal(position, JOURNAL_DIVERGED);
    }
    assert_int_equal(journal_compare(&journal, txn, 6, journal.head_hash, &position), 0);
    assert_int_equal(position, JOURNAL_AHEAD);
    assert_int_equal(journal_compare(&journal, txn, UINT64_MAX, journal.head_hash, &position), 0);
    assert_int_equal(position, JOURNAL_AHEAD);
    store_abort(txn);
}

static void reading_damaged_rows_is_a_failure_and_no_crash(void **state) {
    (void)state;
    uint8_t key[8];
    char said[1024];
    struct journal journal = append_records(3);
    put_row(key_of(2, key), span_of("short", 5));
    delete_record(3);
    struct span record;
    enum journal_position position;
    struct store_txn *txn = begin_read();
    stderr_capture_begin();
    assert_int_equal(journal_read(&journal, txn, 2, &record, NULL), FAILURE_CORRUPT);
    assert_int_equal(journal_compare(&journal, txn, 3, journal.head_hash, &position), FAILURE_CORRUPT);
    (void)stderr_capture_end(said, sizeof said);
    assert_non_null(strstr(said, "\"number\":2,\"reason\":\"the record is too short\""));
    assert_non_null(strstr(said, "\"number\":3,\"reason\":\"the record is missing\""));
    store_abort(txn);
}

static void read_beyond_the_head(void *argument) {
    struct span record;
    (void)!journal_read(argument, NULL, ((struct journal *)argument)->head + 1, &record, NULL);
}

static void asking_for_a_record_beyond_the_head_is_our_bug(void **state) {
    (void)state;
    struct journal journal = append_records(1);
    assert_int_equal(signal_that_ends(read_beyond_the_head, &journal), SIGABRT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chain_is_the_one_that_the_design_defines),
        cmocka_unit_test_setup_teardown(an_empty_journal_has_head_0_and_32_zero_bytes, open_empty, close_and_remove),
        cmocka_unit_test_setup_teardown(records_come_back_byte_for_byte_with_their_hash_after_a_restart, open_empty,
                                        close_and_remove),
        cmocka_unit_test_setup_teardown(an_aborted_append_is_not_there_after_the_restart_that_it_asks_for, open_empty,
                                        close_and_remove),
        cmocka_unit_test_setup_teardown(any_flipped_bit_of_a_stored_record_is_found_with_its_number, open_empty,
                                        close_and_remove),
        cmocka_unit_test_setup_teardown(a_record_moved_to_another_number_is_found, open_empty, close_and_remove),
        cmocka_unit_test_setup_teardown(a_missing_record_is_found_with_its_number, open_empty, close_and_remove),
        cmocka_unit_test_setup_teardown(a_row_that_is_no_record_is_damage, open_empty, close_and_remove),
        cmocka_unit_test_setup_teardown(the_start_verifies_the_last_1000_records_and_that_none_is_missing_before,
                                        open_empty, close_and_remove),
        cmocka_unit_test_setup_teardown(a_reader_continues_is_ahead_or_has_diverged, open_empty, close_and_remove),
        cmocka_unit_test_setup_teardown(reading_damaged_rows_is_a_failure_and_no_crash, open_empty, close_and_remove),
        cmocka_unit_test_setup_teardown(asking_for_a_record_beyond_the_head_is_our_bug, open_empty, close_and_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
