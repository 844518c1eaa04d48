/*
 * Goal: a folder with a foreign store (another daemon's, another cell's, of another clock, of a newer elp) is refused in one
 * sentence with the way out, and not a byte in it changes; a backup says that it is one until somebody opens it.
 * Method: real stores with identities; the folder's bytes are compared before and after the look.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/store_identity.h"
#include "tests/support/stderr_capture.h"
#include "tests/support/temporary_store.h"

enum { POSITIONS, TABLES };
static const char *const tables[TABLES] = {"positions"};
static const struct store_identity ledger = {
    .service = CELL_LEDGER, .engine = ELP_ENGINE, .simulated = false, .cell = "alpha"};

static struct temporary_store temporary;

static int open_empty(void **state) {
    (void)state;
    temporary_store_open(&temporary, tables, TABLES, 0);
    return 0;
}

static int close_and_remove(void **state) {
    (void)state;
    temporary_store_close(&temporary);
    return 0;
}

static void put_identity(const struct store_identity *identity) {
    struct store_txn *txn;
    assert_int_equal(store_begin_write(temporary.store, &txn), 0);
    assert_int_equal(store_identity_put(txn, POSITIONS, identity), 0);
    assert_int_equal(store_commit(txn), 0);
}

static void close_store(void) {
    store_close(temporary.store);
    temporary.store = NULL;
}

static void data_path(char out[TEMPORARY_PATH_BYTES + 32]) {
    (void)snprintf(out, TEMPORARY_PATH_BYTES + 32, "%s/data.mdb", temporary.folder);
}

static size_t read_data(uint8_t **ret) {
    char path[TEMPORARY_PATH_BYTES + 32];
    struct stat status;
    data_path(path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && fstat(fd, &status) == 0);
    *ret = malloc((size_t)status.st_size);
    assert_non_null(*ret);
    assert_int_equal(read(fd, *ret, (size_t)status.st_size), status.st_size);
    (void)close(fd);
    return (size_t)status.st_size;
}

/* The look at a closed store: its result, and what was printed. Nothing in the file changes. */
static int look(const struct store_identity *expected, char said[1024]) {
    uint8_t *before;
    uint8_t *after;
    size_t bytes = read_data(&before);
    stderr_capture_begin();
    int result = store_identity_check(temporary.folder, expected);
    (void)stderr_capture_end(said, 1024);
    assert_int_equal(read_data(&after), bytes);
    assert_memory_equal(before, after, bytes);
    free(before);
    free(after);
    return result;
}

static void assert_refused(const struct store_identity *expected, const char *why, const char *way_out) {
    char said[1024];
    assert_int_equal(look(expected, said), FAILURE_CONFIG);
    assert_non_null(strstr(said, temporary.folder));
    assert_non_null(strstr(said, why));
    assert_non_null(strstr(said, way_out));
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void a_daemons_own_store_an_empty_one_and_no_folder_are_let_pass(void **state) {
    (void)state;
    char said[1024];
    close_store();
    assert_int_equal(look(&ledger, said), 0); /* from before stores said whose they are */
    temporary_store_reopen(&temporary);
    put_identity(&ledger);
    close_store();
    assert_int_equal(look(&ledger, said), 0);
    assert_string_equal(said, "");
    assert_int_equal(store_identity_check("/nowhere/at/all", &ledger), 0);
}

static void a_foreign_store_is_refused_with_the_way_out_and_stays_as_it_is(void **state) {
    (void)state;
    struct store_identity expected = ledger;
    put_identity(&ledger);
    close_store();
    expected.service = CELL_RATING;
    assert_refused(&expected, "it holds the store of ledger, not of rating", "use the folder of rating's own store");
    expected = ledger;
    (void)snprintf(expected.cell, sizeof expected.cell, "beta");
    assert_refused(&expected, "it belongs to the cell \"alpha\", not to \"beta\"", "use the folder of this cell");
    expected = ledger;
    expected.simulated = true;
    assert_refused(&expected, "it was written on the real clock", "a cell of its own");
}

static void a_simulated_store_and_one_of_a_newer_elp_are_refused(void **state) {
    (void)state;
    struct store_identity stored = ledger;
    stored.simulated = true;
    put_identity(&stored);
    close_store();
    assert_refused(&ledger, "stays simulated for ever", "set `clock: manual`");
    temporary_store_reopen(&temporary);
    stored = ledger;
    stored.engine = ELP_ENGINE + 1;
    put_identity(&stored);
    close_store();
    assert_refused(&ledger, "it was written by a newer elp (engine 2; this one knows 1)", "start that version again");
}

static void an_older_store_is_taken_over_and_then_says_so(void **state) {
    (void)state;
    struct store_txn *txn;
    struct store_identity found;
    bool any;
    struct store_identity older = ledger;
    char said[1024];
    older.engine = 0;
    put_identity(&older);
    close_store();
    assert_int_equal(look(&ledger, said), 0);
    temporary_store_reopen(&temporary);
    put_identity(&ledger);
    assert_int_equal(store_begin_read(temporary.store, &txn), 0);
    assert_int_equal(store_identity_get(txn, POSITIONS, &found, &any), 0);
    store_abort(txn);
    assert_true(any && found.engine == ELP_ENGINE && found.service == CELL_LEDGER && !found.simulated);
    assert_string_equal(found.cell, "alpha");
}

static void a_store_that_is_open_is_not_looked_at(void **state) {
    (void)state;
    char said[1024];
    put_identity(&ledger);
    stderr_capture_begin();
    assert_int_equal(store_identity_check(temporary.folder, &ledger), FAILURE_CONFIG);
    (void)stderr_capture_end(said, sizeof said);
    assert_non_null(strstr(said, "has it open"));
}

static void a_backup_says_its_name_until_it_is_opened(void **state) {
    (void)state;
    struct store_txn *txn;
    struct code name;
    struct code found;
    bool any;
    assert_true(code_parse("2026-05-01", &name));
    assert_int_equal(store_begin_write(temporary.store, &txn), 0);
    assert_int_equal(store_backup_name(txn, POSITIONS, &found, &any), 0);
    assert_false(any);
    assert_int_equal(store_backup_mark(txn, POSITIONS, &name), 0);
    assert_int_equal(store_backup_name(txn, POSITIONS, &found, &any), 0);
    assert_true(any);
    assert_string_equal(found.text, "2026-05-01");
    assert_int_equal(store_backup_unmark(txn, POSITIONS), 0);
    assert_int_equal(store_backup_name(txn, POSITIONS, &found, &any), 0);
    assert_false(any);
    store_abort(txn);
}

static void a_row_of_another_layout_is_corrupt(void **state) {
    (void)state;
    static const uint8_t keys[] = {0xfe, 0xfd};
    static const uint8_t odd[] = {9, 9, 9};
    char said[1024];
    for (size_t i = 0; i < sizeof keys; i++) {
        struct store_txn *txn;
        struct store_identity identity;
        struct code name;
        bool any;
        assert_int_equal(store_begin_write(temporary.store, &txn), 0);
        assert_int_equal(store_put(txn, POSITIONS, span_of(&keys[i], 1), span_of(odd, sizeof odd)), 0);
        stderr_capture_begin();
        int result = i == 0 ? store_identity_get(txn, POSITIONS, &identity, &any)
                            : store_backup_name(txn, POSITIONS, &name, &any);
        (void)stderr_capture_end(said, sizeof said);
        store_abort(txn);
        assert_int_equal(result, FAILURE_CORRUPT);
    }
}

#define CASE(claim) cmocka_unit_test_setup_teardown(claim, open_empty, close_and_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_daemons_own_store_an_empty_one_and_no_folder_are_let_pass),
        CASE(a_foreign_store_is_refused_with_the_way_out_and_stays_as_it_is),
        CASE(a_simulated_store_and_one_of_a_newer_elp_are_refused),
        CASE(an_older_store_is_taken_over_and_then_says_so),
        CASE(a_store_that_is_open_is_not_looked_at),
        CASE(a_backup_says_its_name_until_it_is_opened),
        CASE(a_row_of_another_layout_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
