/*
 * Goal: a commit that returned 0 is on the disk; a full map or disk undoes the transaction and nothing else;
 * after a disk error nothing more is written.
 * Method: this program's own fdatasync, pwrite and writev stand before the C library's: they count, and fail
 * on demand. LMDB syncs data with fdatasync and writes its meta page with pwrite on an O_DSYNC descriptor.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/store.h"
#include "tests/support/stderr_capture.h"
#include "tests/support/temporary_store.h"

enum { TABLE_FIRST, TABLE_TOTAL };
static const char *const tables[TABLE_TOTAL] = {"first"};

static struct temporary_store temporary;

/* What the next calls do: 0 works, otherwise the error that they report. */
static struct {
    int data_sync;
    int data_write;
    int meta_write;
} fault;

static struct {
    int data_syncs;
    int meta_writes_synced;
    int meta_writes_unsynced;
} counted;

static bool is_meta(int fd, off_t offset) {
    return (fcntl(fd, F_GETFL) & O_DSYNC) != 0 || offset < 2 * (off_t)sysconf(_SC_PAGESIZE);
}

int fdatasync(int fd) {
    counted.data_syncs++;
    if (fault.data_sync != 0) {
        errno = fault.data_sync;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) {
    int error = fault.data_write;
    if (is_meta(fd, offset)) {
        error = fault.meta_write;
        *((fcntl(fd, F_GETFL) & O_DSYNC) != 0 ? &counted.meta_writes_synced : &counted.meta_writes_unsynced) += 1;
    }
    if (error != 0) {
        errno = error;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, data, bytes, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (fault.data_write != 0) {
        errno = fault.data_write;
        return -1;
    }
    return syscall(SYS_writev, fd, parts, count);
}

static int open_empty(void **state) {
    (void)state;
    temporary_store_open(&temporary, tables, TABLE_TOTAL, 0);
    return 0;
}

static int close_and_remove(void **state) {
    (void)state;
    memset(&fault, 0, sizeof fault);
    temporary_store_close(&temporary);
    return 0;
}

static struct store_txn *begin_write(void) {
    struct store_txn *txn;
    assert_int_equal(store_begin_write(temporary.store, &txn), 0);
    return txn;
}

static int put_number(struct store_txn *txn, uint32_t number, struct span value) {
    struct store_key key;
    store_key_reset(&key);
    store_key_u32(&key, number);
    return store_put(txn, TABLE_FIRST, store_key_span(&key), value);
}

static int put_row(uint32_t number, const char *value) {
    struct store_txn *txn = begin_write();
    int rc = put_number(txn, number, span_of_text(value));
    int committed = store_commit(txn);
    return rc != 0 ? rc : committed;
}

static void assert_row(uint32_t number, const char *value) {
    struct store_txn *txn;
    struct store_key key;
    struct span found;
    bool is_there;
    store_key_reset(&key);
    store_key_u32(&key, number);
    assert_int_equal(store_begin_read(temporary.store, &txn), 0);
    assert_int_equal(store_get(txn, TABLE_FIRST, store_key_span(&key), &found, &is_there), 0);
    assert_int_equal(is_there, value != NULL);
    if (value != NULL) {
        assert_int_equal(found.bytes, strlen(value));
        assert_memory_equal(found.data, value, found.bytes);
    }
    store_abort(txn);
}

static uint64_t row_count(void) {
    struct store_txn *txn;
    uint64_t count = 0;
    assert_int_equal(store_begin_read(temporary.store, &txn), 0);
    assert_int_equal(store_count(txn, TABLE_FIRST, &count), 0);
    store_abort(txn);
    return count;
}

static void every_commit_syncs_its_data_once_and_its_meta_page_is_written_synchronously(void **state) {
    (void)state;
    for (uint32_t i = 1; i <= 20; i++) {
        memset(&counted, 0, sizeof counted);
        assert_int_equal(put_row(i, "value"), 0);
        assert_int_equal(counted.data_syncs, 1);
        assert_int_equal(counted.meta_writes_synced, 1);
        assert_int_equal(counted.meta_writes_unsynced, 0);
    }
}

static void reading_and_aborting_touch_no_disk(void **state) {
    (void)state;
    assert_int_equal(put_row(1, "value"), 0);
    memset(&counted, 0, sizeof counted);
    assert_row(1, "value");
    struct store_txn *txn = begin_write();
    assert_int_equal(put_number(txn, 2, span_of_text("value")), 0);
    store_abort(txn);
    assert_int_equal(counted.data_syncs + counted.meta_writes_synced + counted.meta_writes_unsynced, 0);
}

static void after_a_failed_sync_of_data_no_further_write_begins(void **state) {
    (void)state;
    char said[2048];
    assert_int_equal(put_row(1, "before"), 0);
    fault.data_sync = EIO;
    stderr_capture_begin();
    int rc = put_row(1, "after");
    (void)stderr_capture_end(said, sizeof said);
    fault.data_sync = 0;
    assert_int_equal(rc, FAILURE_STORE);
    assert_non_null(strstr(said, "\"operation\":\"commit\""));
    assert_non_null(strstr(said, "Input/output error"));

    struct store_txn *txn;
    assert_int_equal(store_begin_write(temporary.store, &txn), FAILURE_STORE);
    temporary_store_reopen(&temporary);
    assert_row(1, "before");
    assert_int_equal(put_row(1, "after"), 0);
}

static void after_a_failed_write_of_the_meta_page_no_further_write_begins(void **state) {
    (void)state;
    char said[2048];
    assert_int_equal(put_row(1, "before"), 0);
    fault.meta_write = EIO;
    stderr_capture_begin();
    int rc = put_row(1, "after");
    (void)stderr_capture_end(said, sizeof said);
    fault.meta_write = 0;
    assert_int_equal(rc, FAILURE_STORE);
    struct store_txn *txn;
    assert_int_equal(store_begin_write(temporary.store, &txn), FAILURE_STORE);
    temporary_store_reopen(&temporary);
    assert_row(1, "before");
}

static void a_full_disk_undoes_the_transaction_and_later_commits_work(void **state) {
    (void)state;
    char said[2048];
    assert_int_equal(put_row(1, "before"), 0);
    fault.data_write = ENOSPC;
    stderr_capture_begin();
    int rc = put_row(1, "after");
    (void)stderr_capture_end(said, sizeof said);
    assert_int_equal(rc, FAILURE_FULL);
    assert_non_null(strstr(said, "No space left on device"));
    assert_row(1, "before");
    fault.data_write = 0;
    assert_int_equal(put_row(1, "after"), 0);
    temporary_store_reopen(&temporary);
    assert_row(1, "after");
}

static void a_map_full_at_a_put_sticks_is_logged_once_and_leaves_the_previous_state(void **state) {
    (void)state;
    static const uint8_t value[1000];
    char said[2048];
    temporary_store_open(&temporary, tables, TABLE_TOTAL, 64 * 1024);
    assert_int_equal(put_row(1, "before"), 0);

    struct store_txn *txn = begin_write();
    uint32_t number = 1;
    int rc = 0;
    stderr_capture_begin();
    for (; rc == 0 && number < 1000; number++) {
        rc = put_number(txn, number, span_of(value, sizeof value));
    }
    int put_again = put_number(txn, 1, span_of_text("small"));
    uint64_t count;
    struct span found;
    bool is_there;
    int counting = store_count(txn, TABLE_FIRST, &count);
    int getting = store_get(txn, TABLE_FIRST, span_of_text("key"), &found, &is_there);
    int deleting = store_delete(txn, TABLE_FIRST, span_of_text("key"));
    int committed = store_commit(txn);
    (void)stderr_capture_end(said, sizeof said);

    assert_int_equal(rc, FAILURE_FULL);
    assert_true(number > 10);
    assert_int_equal(put_again, FAILURE_FULL);
    assert_int_equal(counting, FAILURE_FULL);
    assert_int_equal(getting, FAILURE_FULL);
    assert_int_equal(deleting, FAILURE_FULL);
    assert_int_equal(committed, FAILURE_FULL);
    assert_non_null(strstr(said, "\"operation\":\"put\",\"table\":\"first\",\"error\":\"MDB_MAP_FULL"));
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
    assert_row(1, "before");
    assert_int_equal(row_count(), 1);
    assert_int_equal(put_row(2, "later"), 0);
    temporary_store_reopen(&temporary);
    assert_row(2, "later");
    temporary_store_close(&temporary);
}

/* Puts `rows` rows in one transaction over a small store that has one; returns what the commit said. */
static int fill(uint32_t rows, int *ret_put) {
    static const uint8_t value[1500];
    assert_int_equal(put_row(0, "before"), 0);
    struct store_txn *txn = begin_write();
    *ret_put = 0;
    for (uint32_t i = 0; *ret_put == 0 && i < rows; i++) {
        *ret_put = put_number(txn, i, span_of(value, sizeof value));
    }
    return store_commit(txn);
}

/*
 * Saving the list of freed pages takes pages too. One of the row counts below the first that no longer fits
 * must leave the last page to that list and fail at the commit only.
 */
static void a_map_full_at_the_commit_leaves_the_previous_state(void **state) {
    (void)state;
    char said[2048];
    int at_commit = 0;
    int put = 0;
    for (uint32_t rows = 1; put == 0; rows++) {
        temporary_store_open(&temporary, tables, TABLE_TOTAL, 64 * 1024);
        stderr_capture_begin();
        int rc = fill(rows, &put);
        (void)stderr_capture_end(said, sizeof said);
        if (put == 0 && rc != 0) {
            at_commit++;
            assert_int_equal(rc, FAILURE_FULL);
            assert_non_null(strstr(said, "\"operation\":\"commit\""));
            assert_row(0, "before");
            assert_int_equal(row_count(), 1);
            assert_int_equal(put_row(1, "later"), 0);
            temporary_store_reopen(&temporary);
            assert_row(0, "before");
            assert_row(1, "later");
        }
        temporary_store_close(&temporary);
        assert_true(rows < 100);
    }
    assert_true(at_commit > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_commit_syncs_its_data_once_and_its_meta_page_is_written_synchronously,
                                        open_empty, close_and_remove),
        cmocka_unit_test_setup_teardown(reading_and_aborting_touch_no_disk, open_empty, close_and_remove),
        cmocka_unit_test_setup_teardown(after_a_failed_sync_of_data_no_further_write_begins, open_empty,
                                        close_and_remove),
        cmocka_unit_test_setup_teardown(after_a_failed_write_of_the_meta_page_no_further_write_begins, open_empty,
                                        close_and_remove),
        cmocka_unit_test_setup_teardown(a_full_disk_undoes_the_transaction_and_later_commits_work, open_empty,
                                        close_and_remove),
        cmocka_unit_test(a_map_full_at_a_put_sticks_is_logged_once_and_leaves_the_previous_state),
        cmocka_unit_test(a_map_full_at_the_commit_leaves_the_previous_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
