/*
 * Goal: a store folder has one owner, is private, and an unusable one is refused with a sentence that names
 * it.
 * Method: real folders; the other owner is a child process that holds the store until it is told to end or is
 * killed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/store.h"
#include "tests/support/stderr_capture.h"
#include "tests/support/temporary_store.h"

#define MAP_BYTES (UINT64_C(4) << 20)

static const char *const tables[] = {"first", "second", "third"};
static char folder[TEMPORARY_PATH_BYTES];

static int make_folder(void **state) {
    (void)state;
    (void)temporary_folder_make(folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    temporary_folder_remove(folder);
    return 0;
}

static void path_below(const char *name, char out[TEMPORARY_PATH_BYTES + 32]) {
    (void)snprintf(out, TEMPORARY_PATH_BYTES + 32, "%s/%s", folder, name);
}

/* The folder is refused, with one sentence that holds its path and `why`. */
static void assert_refused(const char *path, const char *why) {
    char said[1024];
    struct store *store = NULL;
    stderr_capture_begin();
    int rc = store_open(path, MAP_BYTES, tables, 2, &store);
    (void)stderr_capture_end(said, sizeof said);
    assert_int_equal(rc, FAILURE_CONFIG);
    assert_null(store);
    assert_non_null(strstr(said, path));
    assert_non_null(strstr(said, why));
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void a_second_open_in_the_same_process_is_refused_by_any_path(void **state) {
    (void)state;
    char link_path[TEMPORARY_PATH_BYTES + 32];
    char store_path[TEMPORARY_PATH_BYTES + 32];
    struct store *store;
    path_below("store", store_path);
    path_below("link", link_path);
    assert_int_equal(symlink(store_path, link_path), 0);
    assert_int_equal(store_open(store_path, MAP_BYTES, tables, 2, &store), 0);
    assert_refused(store_path, "this process has it open already");
    assert_refused(link_path, "this process has it open already");
    store_close(store);
    assert_int_equal(store_open(link_path, MAP_BYTES, tables, 2, &store), 0);
    store_close(store);
    store_close(NULL);
}

/* A child process that opens the store, says so, and holds it until `release` is closed. Returns its id. */
static pid_t start_owner(int *ret_release) {
    int ready[2];
    int release[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(release), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct store *store;
        char byte = 'r';
        (void)close(release[1]);
        if (store_open(folder, MAP_BYTES, tables, 2, &store) != 0 || write(ready[1], &byte, 1) != 1) {
            _exit(1);
        }
        (void)!read(release[0], &byte, 1);
        store_close(store);
        _exit(0);
    }
    char byte = 0;
    (void)close(ready[1]);
    (void)close(release[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    *ret_release = release[1];
    return child;
}

static void a_store_of_another_process_is_refused_until_that_process_ends_or_is_killed(void **state) {
    (void)state;
    for (int killed = 0; killed <= 1; killed++) {
        int release;
        int status;
        struct store *store;
        pid_t owner = start_owner(&release);
        assert_refused(folder, "another process has it open");
        if (killed) {
            assert_int_equal(kill(owner, SIGKILL), 0);
        }
        (void)close(release);
        assert_int_equal(waitpid(owner, &status, 0), owner);
        assert_true(killed ? WIFSIGNALED(status) : WIFEXITED(status) && WEXITSTATUS(status) == 0);
        assert_int_equal(store_open(folder, MAP_BYTES, tables, 2, &store), 0);
        store_close(store);
    }
}

static void a_file_a_missing_parent_and_a_dangling_link_are_refused(void **state) {
    (void)state;
    char path[TEMPORARY_PATH_BYTES + 32];
    path_below("file", path);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_refused(path, "it is not a folder");
    path_below("no/such", path);
    assert_refused(path, "No such file or directory");
    path_below("dangling", path);
    assert_int_equal(symlink("nowhere", path), 0);
    assert_refused(path, "No such file or directory");
}

static void a_damaged_data_file_is_a_failure_of_the_store_and_leaves_it_closed(void **state) {
    (void)state;
    char path[TEMPORARY_PATH_BYTES + 32];
    char said[1024];
    struct store *store = NULL;
    char noise[8192];
    memset(noise, 'n', sizeof noise);
    path_below("data.mdb", path);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, noise, sizeof noise), sizeof noise);
    (void)close(fd);
    for (int i = 0; i < 2; i++) {
        stderr_capture_begin();
        int rc = store_open(folder, MAP_BYTES, tables, 2, &store);
        (void)stderr_capture_end(said, sizeof said);
        assert_int_equal(rc, FAILURE_STORE);
        assert_null(store);
        assert_non_null(strstr(said, "MDB_INVALID"));
    }
}

static void files_are_for_their_owner_only_and_are_closed_on_exec(void **state) {
    (void)state;
    struct store *store;
    char path[TEMPORARY_PATH_BYTES + 32];
    char real[TEMPORARY_PATH_BYTES + 32];
    path_below("store", path);
    mode_t mask = umask(0);
    assert_int_equal(store_open(path, MAP_BYTES, tables, 2, &store), 0);
    (void)umask(mask);
    assert_non_null(realpath(path, real));

    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    const char *const names[] = {"store/data.mdb", "store/lock.mdb", "store/owner.lock"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        path_below(names[i], path);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0600);
    }

    int descriptors = 0;
    DIR *open_files = opendir("/proc/self/fd");
    assert_non_null(open_files);
    for (const struct dirent *entry = readdir(open_files); entry != NULL; entry = readdir(open_files)) {
        char target[TEMPORARY_PATH_BYTES + 64] = {0};
        if (readlinkat(dirfd(open_files), entry->d_name, target, sizeof target - 1) > 0 &&
            strncmp(target, real, strlen(real)) == 0) {
            assert_true(fcntl(atoi(entry->d_name), F_GETFD) & FD_CLOEXEC);
            descriptors++;
        }
    }
    (void)closedir(open_files);
    assert_true(descriptors >= 3);
    store_close(store);
}

static void a_later_version_may_add_tables_and_a_smaller_map_than_used_is_raised(void **state) {
    (void)state;
    struct store *store;
    struct store_txn *txn;
    struct span value;
    bool found;
    uint64_t map_bytes;
    uint64_t used_before;
    uint64_t used;
    static const uint8_t large[1024 * 1024];
    assert_int_equal(store_open(folder, MAP_BYTES - 1, tables, 2, &store), 0);
    store_usage(store, &map_bytes, &used_before);
    assert_int_equal(map_bytes, MAP_BYTES); /* whole pages */
    assert_int_equal(store_begin_write(store, &txn), 0);
    assert_int_equal(store_put(txn, 1, span_of_text("k"), span_of(large, sizeof large)), 0);
    assert_int_equal(store_commit(txn), 0);
    store_usage(store, &map_bytes, &used);
    assert_true(used > used_before + sizeof large && used < map_bytes);
    store_close(store);

    assert_int_equal(store_open(folder, 4096, tables, 2, &store), 0);
    store_usage(store, &map_bytes, &used_before);
    assert_true(map_bytes >= used);
    store_close(store);

    assert_int_equal(store_open(folder, MAP_BYTES, tables, 3, &store), 0);
    assert_int_equal(store_begin_read(store, &txn), 0);
    assert_int_equal(store_get(txn, 1, span_of_text("k"), &value, &found), 0);
    assert_true(found && value.bytes == sizeof large);
    assert_int_equal(store_get(txn, 2, span_of_text("k"), &value, &found), 0);
    assert_false(found);
    store_abort(txn);
    store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_second_open_in_the_same_process_is_refused_by_any_path, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_store_of_another_process_is_refused_until_that_process_ends_or_is_killed,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_file_a_missing_parent_and_a_dangling_link_are_refused, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_damaged_data_file_is_a_failure_of_the_store_and_leaves_it_closed, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(files_are_for_their_owner_only_and_are_closed_on_exec, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_later_version_may_add_tables_and_a_smaller_map_than_used_is_raised,
                                        make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
