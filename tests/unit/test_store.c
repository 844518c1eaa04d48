/*
 * Goal: what was committed is there, what was not is not, rows come in the order of their packed keys, and a
 * key that cannot be is our bug.
 * Method: a real store in a folder of its own; restarts by closing and opening it again.
 * Other owners of the folder: test_store_folder.c. Failing and full disks: test_store_disk.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/store.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_store.h"

enum { TABLE_FIRST, TABLE_SECOND, TABLE_TOTAL };
static const char *const tables[TABLE_TOTAL] = {"first", "second"};

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

static void put_text(struct store_txn *txn, size_t table, const char *key, const char *value) {
    assert_int_equal(store_put(txn, table, span_of_text(key), span_of_text(value)), 0);
}

static void assert_span_is(struct span span, const char *text) {
    assert_int_equal(span.bytes, strlen(text));
    assert_memory_equal(span.data, text, span.bytes);
}

static void assert_text(struct store_txn *txn, size_t table, const char *key, const char *value) {
    struct span found;
    bool is_there;
    assert_int_equal(store_get(txn, table, span_of_text(key), &found, &is_there), 0);
    assert_int_equal(is_there, value != NULL);
    if (value != NULL) {
        assert_span_is(found, value);
    }
}

/* ---- transactions ---- */

static void a_committed_row_is_there_after_a_restart_and_an_aborted_one_is_not(void **state) {
    (void)state;
    struct store_txn *txn = begin_write();
    put_text(txn, TABLE_FIRST, "kept", "old");
    put_text(txn, TABLE_SECOND, "kept", "other table");
    assert_int_equal(store_commit(txn), 0);
    txn = begin_write();
    put_text(txn, TABLE_FIRST, "kept", "new");
    put_text(txn, TABLE_FIRST, "lost", "new");
    assert_text(txn, TABLE_FIRST, "kept", "new");
    store_abort(txn);

    temporary_store_reopen(&temporary);
    txn = begin_read();
    assert_text(txn, TABLE_FIRST, "kept", "old");
    assert_text(txn, TABLE_FIRST, "lost", NULL);
    assert_text(txn, TABLE_SECOND, "kept", "other table");
    assert_int_equal(store_commit(txn), 0);
}

static void a_reader_keeps_its_snapshot_while_others_begin_and_a_writer_commits(void **state) {
    (void)state;
    struct store_txn *before = begin_read();
    struct store_txn *txn = begin_write();
    put_text(txn, TABLE_FIRST, "row", "value");
    struct store_txn *during = begin_read();
    assert_int_equal(store_commit(txn), 0);
    struct store_txn *after = begin_read();
    assert_text(before, TABLE_FIRST, "row", NULL);
    assert_text(during, TABLE_FIRST, "row", NULL);
    assert_text(after, TABLE_FIRST, "row", "value");
    store_abort(before);
    store_abort(during);
    store_abort(after);
    store_abort(NULL);

    struct store_txn *again = begin_read();
    assert_text(again, TABLE_FIRST, "row", "value");
    store_abort(again);
}

static void deleting_is_counted_and_deleting_what_is_not_there_is_fine(void **state) {
    (void)state;
    uint64_t count = 42;
    struct store_txn *txn = begin_write();
    put_text(txn, TABLE_FIRST, "a", "1");
    put_text(txn, TABLE_FIRST, "b", "2");
    assert_int_equal(store_delete(txn, TABLE_FIRST, span_of_text("a")), 0);
    assert_int_equal(store_delete(txn, TABLE_FIRST, span_of_text("never")), 0);
    assert_int_equal(store_count(txn, TABLE_FIRST, &count), 0);
    assert_int_equal(count, 1);
    assert_text(txn, TABLE_FIRST, "a", NULL);
    assert_int_equal(store_commit(txn), 0);
    txn = begin_read();
    assert_int_equal(store_count(txn, TABLE_SECOND, &count), 0);
    assert_int_equal(count, 0);
    store_abort(txn);
}

static void values_of_no_byte_and_of_many_pages_come_back_whole(void **state) {
    (void)state;
    const size_t bytes = 1024 * 1024;
    uint8_t *large = malloc(bytes);
    assert_non_null(large);
    for (size_t i = 0; i < bytes; i++) {
        large[i] = (uint8_t)(i * 31 + i / 4096);
    }
    struct store_txn *txn = begin_write();
    assert_int_equal(store_put(txn, TABLE_FIRST, span_of_text("empty"), span_of(NULL, 0)), 0);
    assert_int_equal(store_put(txn, TABLE_FIRST, span_of_text("large"), span_of(large, bytes)), 0);
    assert_int_equal(
        store_append_parts(txn, TABLE_FIRST, span_of_text("parts"), span_of(large, 3), span_of(large + 3, 70000)), 0);
    assert_int_equal(store_append(txn, TABLE_FIRST, span_of_text("parts none"), span_of(NULL, 0)), 0);
    assert_int_equal(store_commit(txn), 0);

    struct span value;
    bool found;
    txn = begin_read();
    assert_text(txn, TABLE_FIRST, "empty", "");
    assert_text(txn, TABLE_FIRST, "parts none", "");
    assert_int_equal(store_get(txn, TABLE_FIRST, span_of_text("large"), &value, &found), 0);
    assert_true(found && value.bytes == bytes && memcmp(value.data, large, bytes) == 0);
    assert_int_equal(store_get(txn, TABLE_FIRST, span_of_text("parts"), &value, &found), 0);
    assert_true(found && value.bytes == 70003 && memcmp(value.data, large, 70003) == 0);
    store_abort(txn);
    free(large);
}

/* ---- keys ---- */

static void dates_before_1970_and_numbers_sort_by_value_in_packed_keys(void **state) {
    (void)state;
    const int32_t days[] = {INT32_MIN, -43830, -366, -1, 0, 1, 255, 256, 65536, INT32_MAX};
    struct store_key previous = {.used = 0};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct store_key key;
        store_key_reset(&key);
        store_key_date(&key, (struct date){days[i]});
        assert_int_equal(key.used, 4);
        assert_int_equal(store_read_date(key.bytes).days, days[i]);
        assert_true(i == 0 || memcmp(previous.bytes, key.bytes, 4) < 0);
        previous = key;
    }
    const uint64_t numbers[] = {0, 1, 255, 256, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 63, UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct store_key key;
        store_key_reset(&key);
        store_key_u64(&key, numbers[i]);
        assert_int_equal(key.used, 8);
        assert_true(store_read_u64(key.bytes) == numbers[i]);
        assert_true(i == 0 || memcmp(previous.bytes, key.bytes, 8) < 0);
        previous = key;
    }
}

static void a_text_field_sorts_before_its_longer_forms_whatever_follows_it(void **state) {
    (void)state;
    struct store_key shorter;
    struct store_key longer;
    store_key_reset(&shorter);
    store_key_text(&shorter, "net");
    store_key_u32(&shorter, UINT32_MAX);
    store_key_reset(&longer);
    store_key_text(&longer, "net-a");
    store_key_u32(&longer, 0);
    assert_int_equal(shorter.used, 8);
    assert_true(memcmp(shorter.bytes, longer.bytes, shorter.used) < 0);
}

static void the_layout_of_a_packed_key_is_what_stores_on_disk_have(void **state) {
    (void)state;
    const uint8_t expected[] = {0x07, 'b', 'x', 0, 0x12, 0x34, 0x56, 0x78, 0x7f, 0xff, 0xff,
                                0xff, 1,   2,   3, 4,    5,    6,    7,    8,    0xab, 0x00};
    struct store_key key;
    store_key_reset(&key);
    store_key_u8(&key, 7);
    store_key_text(&key, "bx");
    store_key_u32(&key, 0x12345678);
    store_key_date(&key, (struct date){-1});
    store_key_u64(&key, UINT64_C(0x0102030405060708));
    store_key_bytes(&key, "\xab\x00", 2);
    store_key_bytes(&key, NULL, 0);
    assert_int_equal(store_key_span(&key).bytes, sizeof expected);
    assert_memory_equal(store_key_span(&key).data, expected, sizeof expected);
    assert_int_equal(store_read_u32(key.bytes + 4), 0x12345678);
}

static void pack_too_much(void *argument) {
    struct store_key *key = argument;
    store_key_u8(key, 1);
}

static void get_with_key(void *argument) {
    const struct span *key = argument;
    struct temporary_store own;
    temporary_store_open(&own, tables, TABLE_TOTAL, 0);
    struct store_txn *txn;
    struct span value;
    bool found;
    if (store_begin_read(own.store, &txn) != 0) {
        _exit(1);
    }
    /* The folder is removed first, because the next call is not expected to return. */
    temporary_folder_remove(own.folder);
    (void)!store_get(txn, TABLE_FIRST, *key, &value, &found);
}

static void a_key_of_511_bytes_is_stored_and_a_longer_or_empty_one_is_our_bug(void **state) {
    (void)state;
    uint8_t bytes[STORE_KEY_BYTES_MAX + 1];
    memset(bytes, 'k', sizeof bytes);
    struct store_key key;
    store_key_reset(&key);
    store_key_bytes(&key, bytes, STORE_KEY_BYTES_MAX);
    assert_int_equal(signal_that_ends(pack_too_much, &key), SIGABRT);

    struct store_txn *txn = begin_write();
    assert_int_equal(store_put(txn, TABLE_FIRST, store_key_span(&key), span_of_text("v")), 0);
    struct span value;
    bool found;
    assert_int_equal(store_get(txn, TABLE_FIRST, store_key_span(&key), &value, &found), 0);
    assert_true(found);
    store_abort(txn);

    struct span fits = span_of(bytes, STORE_KEY_BYTES_MAX);
    struct span too_long = span_of(bytes, sizeof bytes);
    struct span empty = span_of(bytes, 0);
    assert_int_equal(signal_that_ends(get_with_key, &fits), 0);
    assert_int_equal(signal_that_ends(get_with_key, &too_long), SIGABRT);
    assert_int_equal(signal_that_ends(get_with_key, &empty), SIGABRT);
}

static void append_descending(void *argument) {
    (void)argument;
    struct temporary_store own;
    temporary_store_open(&own, tables, TABLE_TOTAL, 0);
    struct store_txn *txn;
    if (store_begin_write(own.store, &txn) != 0 ||
        store_append(txn, TABLE_FIRST, span_of_text("b"), span_of_text("1")) != 0) {
        _exit(1);
    }
    temporary_folder_remove(own.folder);
    (void)!store_append(txn, TABLE_FIRST, span_of_text("a"), span_of_text("2"));
}

static void appending_a_key_that_is_not_the_largest_is_our_bug(void **state) {
    (void)state;
    assert_int_equal(signal_that_ends(append_descending, NULL), SIGABRT);
}

static void write_inherited(void *argument) {
    struct store_txn *txn;
    (void)!store_begin_write(argument, &txn);
}

static void a_forked_child_may_not_use_the_store_it_inherited(void **state) {
    (void)state;
    assert_int_equal(signal_that_ends(write_inherited, temporary.store), SIGABRT);
}

/* ---- cursors ---- */

static void put_b_d_f(void) {
    struct store_txn *txn = begin_write();
    put_text(txn, TABLE_FIRST, "d", "4");
    put_text(txn, TABLE_FIRST, "b", "2");
    put_text(txn, TABLE_FIRST, "f", "6");
    put_text(txn, TABLE_SECOND, "c", "not in this table");
    assert_int_equal(store_commit(txn), 0);
}

/* key NULL: no row there. */
static void assert_step(struct store_cursor *cursor, int (*take)(struct store_cursor *, bool *), const char *key) {
    bool found;
    assert_int_equal(take(cursor, &found), 0);
    assert_int_equal(found, key != NULL);
    if (key != NULL) {
        assert_span_is(store_cursor_key(cursor), key);
    }
}

static void assert_seek(struct store_cursor *cursor, const char *sought, const char *key) {
    bool found;
    assert_int_equal(store_cursor_seek(cursor, span_of_text(sought), &found), 0);
    assert_int_equal(found, key != NULL);
    if (key != NULL) {
        assert_span_is(store_cursor_key(cursor), key);
    }
}

static void assert_seek_before(struct store_cursor *cursor, const char *sought, const char *key) {
    bool found;
    assert_int_equal(store_cursor_seek_last_before(cursor, span_of_text(sought), &found), 0);
    assert_int_equal(found, key != NULL);
    if (key != NULL) {
        assert_span_is(store_cursor_key(cursor), key);
    }
}

static void a_cursor_finds_the_first_key_not_below_and_the_last_key_below(void **state) {
    (void)state;
    put_b_d_f();
    struct store_txn *txn = begin_read();
    struct store_cursor *cursor;
    assert_int_equal(store_cursor_open(txn, TABLE_FIRST, &cursor), 0);
    assert_seek(cursor, "a", "b");
    assert_seek(cursor, "d", "d");
    assert_span_is(store_cursor_value(cursor), "4");
    assert_seek(cursor, "dd", "f");
    assert_seek(cursor, "g", NULL);
    assert_seek_before(cursor, "a", NULL);
    assert_seek_before(cursor, "b", NULL);
    assert_seek_before(cursor, "d", "b");
    assert_span_is(store_cursor_value(cursor), "2");
    assert_seek_before(cursor, "e", "d");
    assert_seek_before(cursor, "g", "f");
    store_cursor_close(cursor);
    store_cursor_close(NULL);
    store_abort(txn);
}

static void a_cursor_that_ran_past_an_end_steps_back_onto_the_row_there(void **state) {
    (void)state;
    put_b_d_f();
    struct store_txn *txn = begin_read();
    struct store_cursor *cursor;
    assert_int_equal(store_cursor_open(txn, TABLE_FIRST, &cursor), 0);
    assert_step(cursor, store_cursor_previous, NULL);
    assert_step(cursor, store_cursor_next, "b");
    assert_step(cursor, store_cursor_next, "d");
    assert_step(cursor, store_cursor_next, "f");
    assert_step(cursor, store_cursor_next, NULL);
    assert_step(cursor, store_cursor_next, NULL);
    assert_step(cursor, store_cursor_previous, "f");
    assert_step(cursor, store_cursor_previous, "d");
    assert_step(cursor, store_cursor_previous, "b");
    assert_step(cursor, store_cursor_previous, NULL);
    assert_step(cursor, store_cursor_previous, NULL);
    assert_step(cursor, store_cursor_next, "b");
    assert_step(cursor, store_cursor_last, "f");
    assert_seek(cursor, "g", NULL);
    assert_step(cursor, store_cursor_next, NULL);
    assert_step(cursor, store_cursor_previous, "f");
    assert_seek_before(cursor, "b", NULL);
    assert_step(cursor, store_cursor_previous, NULL);
    assert_step(cursor, store_cursor_next, "b");
    store_cursor_close(cursor);
    store_abort(txn);
}

static void a_cursor_on_an_empty_table_finds_nothing_in_any_direction(void **state) {
    (void)state;
    struct store_txn *txn = begin_read();
    struct store_cursor *cursor;
    assert_int_equal(store_cursor_open(txn, TABLE_FIRST, &cursor), 0);
    assert_step(cursor, store_cursor_next, NULL);
    assert_step(cursor, store_cursor_previous, NULL);
    assert_step(cursor, store_cursor_last, NULL);
    assert_seek(cursor, "a", NULL);
    assert_seek_before(cursor, "a", NULL);
    store_cursor_close(cursor);
    store_abort(txn);
}

static void a_cursor_stays_in_place_while_other_tables_are_written(void **state) {
    (void)state;
    put_b_d_f();
    struct store_txn *txn = begin_write();
    struct store_cursor *cursor;
    assert_int_equal(store_cursor_open(txn, TABLE_FIRST, &cursor), 0);
    assert_step(cursor, store_cursor_next, "b");
    for (uint32_t i = 0; i < 2000; i++) {
        struct store_key key;
        store_key_reset(&key);
        store_key_u32(&key, i);
        assert_int_equal(store_put(txn, TABLE_SECOND, store_key_span(&key), span_of_text("some value")), 0);
    }
    assert_span_is(store_cursor_value(cursor), "2");
    assert_step(cursor, store_cursor_next, "d");
    assert_step(cursor, store_cursor_next, "f");
    store_cursor_close(cursor);
    assert_int_equal(store_commit(txn), 0);
}

static void end_with_open_cursor(void *argument) {
    (void)argument;
    struct temporary_store own;
    struct store_txn *txn;
    struct store_cursor *cursor;
    temporary_store_open(&own, tables, TABLE_TOTAL, 0);
    if (store_begin_read(own.store, &txn) != 0 || store_cursor_open(txn, TABLE_FIRST, &cursor) != 0) {
        _exit(1);
    }
    temporary_folder_remove(own.folder);
    store_abort(txn);
}

static void ending_a_transaction_under_an_open_cursor_is_our_bug(void **state) {
    (void)state;
    assert_int_equal(signal_that_ends(end_with_open_cursor, NULL), SIGABRT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_committed_row_is_there_after_a_restart_and_an_aborted_one_is_not, open_empty,
                                        close_and_remove),
        cmocka_unit_test_setup_teardown(a_reader_keeps_its_snapshot_while_others_begin_and_a_writer_commits, open_empty,
                                        close_and_remove),
        cmocka_unit_test_setup_teardown(deleting_is_counted_and_deleting_what_is_not_there_is_fine, open_empty,
                                        close_and_remove),
        cmocka_unit_test_setup_teardown(values_of_no_byte_and_of_many_pages_come_back_whole, open_empty,
                                        close_and_remove),
        cmocka_unit_test(dates_before_1970_and_numbers_sort_by_value_in_packed_keys),
        cmocka_unit_test(a_text_field_sorts_before_its_longer_forms_whatever_follows_it),
        cmocka_unit_test(the_layout_of_a_packed_key_is_what_stores_on_disk_have),
        cmocka_unit_test_setup_teardown(a_key_of_511_bytes_is_stored_and_a_longer_or_empty_one_is_our_bug, open_empty,
                                        close_and_remove),
        cmocka_unit_test(appending_a_key_that_is_not_the_largest_is_our_bug),
        cmocka_unit_test_setup_teardown(a_forked_child_may_not_use_the_store_it_inherited, open_empty,
                                        close_and_remove),
        cmocka_unit_test_setup_teardown(a_cursor_finds_the_first_key_not_below_and_the_last_key_below, open_empty,
                                        close_and_remove),
        cmocka_unit_test_setup_teardown(a_cursor_that_ran_past_an_end_steps_back_onto_the_row_there, open_empty,
                                        close_and_remove),
        cmocka_unit_test_setup_teardown(a_cursor_on_an_empty_table_finds_nothing_in_any_direction, open_empty,
                                        close_and_remove),
        cmocka_unit_test_setup_teardown(a_cursor_stays_in_place_while_other_tables_are_written, open_empty,
                                        close_and_remove),
        cmocka_unit_test(ending_a_transaction_under_an_open_cursor_is_our_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
