/*
 * Goal: a backup made while the store is written is one moment of it, whole or not there; it says what it is, and nothing that
 * happens to it goes unnoticed.
 * Method: real stores and folders; the test's own thread writes while the backup's threads copy; then the copy is opened.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/backup.h"
#include "common/journal.h"
#include "tests/support/stderr_capture.h"
#include "tests/support/temporary_store.h"

enum { JOURNAL, POSITIONS, ROWS, TABLES };
static const char *const tables[TABLES] = {"journal", "positions", "rows"};

#define DEADLINE_MS 30000
#define PATH_BYTES (TEMPORARY_PATH_BYTES * 2)

static struct temporary_store temporary;
static char root[TEMPORARY_PATH_BYTES];
static struct journal journal;
static struct backup *backup;
static uint64_t runs;

static int open_all(void **state) {
    (void)state;
    static char above[TEMPORARY_PATH_BYTES];
    temporary_store_open(&temporary, tables, TABLES, 0);
    (void)temporary_folder_make(above);
    (void)snprintf(root, sizeof root, "%.200s", above);
    journal = (struct journal){.table = JOURNAL};
    const struct backup_setup setup = {
        .root = root,
        .store = temporary.store,
        .tables = tables,
        .table_count = TABLES,
        .identity = {.service = CELL_LEDGER, .engine = 1, .simulated = true, .cell = "demo"},
    };
    return backup_open(&setup, &backup);
}

static int close_all(void **state) {
    (void)state;
    backup_close(backup);
    backup = NULL;
    temporary_store_close(&temporary);
    temporary_folder_remove(root);
    return 0;
}

/* One turn: records, and a row that says the last one's number, written together. */
static void write_records(int count, size_t bytes) {
    static uint8_t record[64 * 1024];
    struct store_txn *txn;
    uint8_t value[8];
    assert_int_equal(store_begin_write(temporary.store, &txn), 0);
    for (int i = 0; i < count; i++) {
        assert_int_equal(journal_append(&journal, txn, span_of(record, bytes)), 0);
    }
    store_write_u64(value, journal.head);
    assert_int_equal(store_put(txn, ROWS, span_of_text("head"), span_of(value, sizeof value)), 0);
    assert_int_equal(store_commit(txn), 0);
}

static void write_turn(size_t bytes) {
    write_records(1, bytes);
}

static void start(const char *name) {
    struct code code;
    assert_true(code_parse(name, &code));
    assert_int_equal(backup_start(backup, &code, ++runs), 0);
}

/* Writes turns until the backup has ended; how many there were. */
static size_t write_until_ended(size_t bytes) {
    size_t turns = 0;
    struct pollfd event = {.fd = backup_event(backup), .events = POLLIN};
    while (poll(&event, 1, 0) == 0) {
        write_turn(bytes);
        turns++;
        assert_true(turns < 100000);
    }
    assert_true(backup_settle(backup));
    return turns;
}

static struct backup_status wait_ended(void) {
    struct backup_status status;
    struct pollfd event = {.fd = backup_event(backup), .events = POLLIN};
    assert_int_equal(poll(&event, 1, DEADLINE_MS), 1);
    assert_true(backup_settle(backup));
    assert_false(backup_settle(backup));
    backup_status(backup, &status);
    assert_int_equal(status.run, runs);
    return status;
}

static size_t entries_of(const char *folder) {
    size_t count = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(entries);
    return count;
}

static void path_of(const char *below, char out[PATH_BYTES]) {
    (void)snprintf(out, PATH_BYTES, "%s/%s", root, below);
}

/* The copy as a store: its record and its row are of the same turn. Returns that turn. */
static uint64_t open_copy(const char *folder) {
    struct store *store;
    struct store_txn *txn;
    struct journal copy;
    struct span value;
    struct code name;
    bool found;
    assert_int_equal(store_open_read(folder, tables, TABLES, &store), 0);
    assert_int_equal(store_begin_read(store, &txn), 0);
    assert_int_equal(journal_load(txn, JOURNAL, &copy), 0);
    assert_int_equal(store_get(txn, ROWS, span_of_text("head"), &value, &found), 0);
    assert_true(found && store_read_u64(value.data) == copy.head);
    assert_int_equal(store_backup_name(txn, POSITIONS, &name, &found), 0);
    assert_true(found);
    store_abort(txn);
    store_close(store);
    return copy.head;
}

static void a_backup_is_one_moment_of_a_store_that_is_written_meanwhile(void **state) {
    (void)state;
    write_records(500, 4000);
    start("monday");
    size_t turns = write_until_ended(300);
    struct backup_status status;
    backup_status(backup, &status);
    assert_int_equal(status.state, BACKUP_DONE);
    assert_true(turns > 0);
    assert_true(status.manifest.head >= 500 && status.manifest.head <= 500 + turns);
    assert_int_equal(open_copy(status.folder), status.manifest.head);
    assert_int_equal(status.bytes_done, status.bytes_total);
}

static void only_its_owner_reads_it_and_it_has_two_files(void **state) {
    (void)state;
    char path[PATH_BYTES];
    struct stat found;
    mode_t mask = umask(0);
    write_turn(10);
    start("monday");
    assert_int_equal(wait_ended().state, BACKUP_DONE);
    (void)umask(mask);
    path_of("monday/ledger", path);
    assert_int_equal(entries_of(path), 2);
    static const char *const files[] = {"monday/ledger/data.mdb", "monday/ledger/backup.yaml"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        path_of(files[i], path);
        assert_int_equal(stat(path, &found), 0);
        assert_int_equal(found.st_mode & 07777, 0600);
    }
    static const char *const folders[] = {"monday", "monday/ledger"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        path_of(folders[i], path);
        assert_int_equal(stat(path, &found), 0);
        assert_int_equal(found.st_mode & 07777, 0700);
    }
}

static void the_description_says_what_it_is_and_reads_back(void **state) {
    (void)state;
    char path[PATH_BYTES];
    struct backup_manifest manifest;
    uint64_t bytes;
    uint8_t digest[BACKUP_DIGEST_BYTES];
    write_turn(100);
    write_turn(100);
    start("2026-05-01");
    struct backup_status status = wait_ended();
    path_of("2026-05-01/ledger", path);
    assert_string_equal(status.folder, path);
    assert_int_equal(backup_manifest_read(path, &manifest), 0);
    assert_memory_equal(&manifest.head_hash, &journal.head_hash, sizeof journal.head_hash);
    assert_int_equal(manifest.head, 2);
    assert_string_equal(manifest.name.text, "2026-05-01");
    assert_string_equal(manifest.identity.cell, "demo");
    assert_true(manifest.identity.simulated && manifest.identity.service == CELL_LEDGER && !manifest.vault);
    path_of("2026-05-01/ledger/data.mdb", path);
    assert_int_equal(backup_digest(path, NULL, NULL, &bytes, digest), 0);
    assert_int_equal(bytes, manifest.bytes);
    assert_memory_equal(digest, manifest.digest, sizeof digest);
}

static void a_description_that_says_anything_else_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"", "store: ledger\n", "backup: [1]\n", "{"};
    char path[PATH_BYTES];
    char said[2048];
    struct backup_manifest manifest;
    path_of("", path);
    assert_int_equal(backup_manifest_read(path, &manifest), BACKUP_MANIFEST_MISSING);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        path_of("backup.yaml", path);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
        (void)close(fd);
        stderr_capture_begin();
        int result = backup_manifest_read(root, &manifest);
        (void)stderr_capture_end(said, sizeof said);
        assert_int_equal(result, FAILURE_CONFIG);
        assert_non_null(strstr(said, "take another backup"));
    }
}

static void what_an_earlier_attempt_left_is_replaced(void **state) {
    (void)state;
    char path[PATH_BYTES];
    write_turn(10);
    path_of("monday", path);
    assert_int_equal(mkdir(path, 0700), 0);
    path_of("monday/ledger.partial", path);
    assert_int_equal(mkdir(path, 0700), 0);
    path_of("monday/ledger.partial/data.mdb", path);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "half", 4), 4);
    (void)close(fd);
    start("monday");
    struct backup_status status = wait_ended();
    assert_int_equal(status.state, BACKUP_DONE);
    assert_int_equal(open_copy(status.folder), 1);
    path_of("monday", path);
    assert_int_equal(entries_of(path), 1);
}

static void a_name_that_is_taken_is_seen(void **state) {
    (void)state;
    struct code name;
    write_turn(10);
    assert_true(code_parse("monday", &name));
    assert_false(backup_exists(backup, &name));
    start("monday");
    assert_int_equal(wait_ended().state, BACKUP_DONE);
    assert_true(backup_exists(backup, &name));
}

static void a_backup_that_cannot_be_made_says_why_and_leaves_nothing(void **state) {
    (void)state;
    char path[PATH_BYTES];
    write_turn(10);
    /* A file stands where the folder of that name would be. */
    path_of("monday", path);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    (void)close(fd);
    start("monday");
    struct backup_status status = wait_ended();
    assert_int_equal(status.state, BACKUP_FAILED);
    assert_non_null(strstr(status.reason, "monday"));
    assert_int_equal(unlink(path), 0);
    backup_forget(backup);
    start("monday");
    assert_int_equal(wait_ended().state, BACKUP_DONE);
}

static void a_store_whose_journal_is_broken_gives_no_backup(void **state) {
    (void)state;
    struct store_txn *txn;
    struct span value;
    bool found;
    uint8_t key[8];
    uint8_t changed[64];
    char said[4096];
    char path[PATH_BYTES];
    write_turn(20);
    write_turn(20);
    store_write_u64(key, 1);
    assert_int_equal(store_begin_write(temporary.store, &txn), 0);
    assert_int_equal(store_get(txn, JOURNAL, span_of(key, sizeof key), &value, &found), 0);
    memcpy(changed, value.data, value.bytes);
    changed[40] ^= 1;
    assert_int_equal(store_put(txn, JOURNAL, span_of(key, sizeof key), span_of(changed, value.bytes)), 0);
    assert_int_equal(store_commit(txn), 0);
    stderr_capture_begin();
    start("monday");
    struct backup_status status = wait_ended();
    (void)stderr_capture_end(said, sizeof said);
    assert_int_equal(status.state, BACKUP_FAILED);
    assert_non_null(strstr(status.reason, "no sound store"));
    path_of("monday", path);
    assert_int_equal(entries_of(path), 0);
}

static void a_daemon_that_ends_meanwhile_ends_the_copy_and_removes_it(void **state) {
    (void)state;
    char path[PATH_BYTES];
    char said[4096];
    write_records(300, 60000);
    stderr_capture_begin();
    start("monday");
    backup_close(backup);
    backup = NULL;
    (void)stderr_capture_end(said, sizeof said);
    path_of("monday/ledger.partial", path);
    assert_int_equal(access(path, F_OK), -1);
    /* The store is as it was, and can be closed. */
    write_turn(10);
}

#define CASE(claim) cmocka_unit_test_setup_teardown(claim, open_all, close_all)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_backup_is_one_moment_of_a_store_that_is_written_meanwhile),
        CASE(only_its_owner_reads_it_and_it_has_two_files),
        CASE(the_description_says_what_it_is_and_reads_back),
        CASE(a_description_that_says_anything_else_is_refused),
        CASE(what_an_earlier_attempt_left_is_replaced),
        CASE(a_name_that_is_taken_is_seen),
        CASE(a_backup_that_cannot_be_made_says_why_and_leaves_nothing),
        CASE(a_store_whose_journal_is_broken_gives_no_backup),
        CASE(a_daemon_that_ends_meanwhile_ends_the_copy_and_removes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
