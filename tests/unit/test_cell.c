/*
 * Goal: a cell's folder is created whole, read strictly, and everything wrong with it is said with file, line and field.
 * Method: real folders; bad files are the good one with one thing changed, and what is printed is read back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <czmq.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cell.h"
#include "common/principal.h"

static char root[256];
static char folder[300];

static int make_root(void **state) {
    (void)state;
    (void)snprintf(root, sizeof root, "%s/elp-cell-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : P_tmpdir);
    assert_non_null(mkdtemp(root));
    (void)snprintf(folder, sizeof folder, "%s/cell", root);
    return 0;
}

static int remove_root(void **state) {
    (void)state;
    zdir_t *dir = zdir_new(root, NULL);
    if (dir) {
        zdir_remove(dir, true);
        zdir_destroy(&dir);
    }
    return 0;
}

static const char *below(const char *sub) {
    static char path[2][600];
    static int next;
    next = (next + 1) % 2;
    (void)snprintf(path[next], sizeof path[next], "%s/%s", folder, sub);
    return path[next];
}

static void put_file(const char *path, mode_t mode, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void get_file(const char *path, char *out, size_t size) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    out[fread(out, 1, size - 1, file)] = 0;
    (void)fclose(file);
}

static void replace(char *text, size_t size, const char *old, const char *new) {
    char *at = strstr(text, old);
    assert_non_null(at);
    char rest[4096];
    (void)snprintf(rest, sizeof rest, "%s", at + strlen(old));
    (void)snprintf(at, size - (size_t)(at - text), "%s%s", new, rest);
}

/* Loads the cell and returns what was printed on standard error meanwhile. */
static const char *load_and_listen(int *ret_result, struct cell *ret) {
    static char printed[8192];
    char path[600];
    (void)snprintf(path, sizeof path, "%s/stderr", root);
    (void)fflush(stderr);
    int kept = dup(STDERR_FILENO);
    int file = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
    assert_true(kept >= 0 && file >= 0);
    assert_true(dup2(file, STDERR_FILENO) >= 0);
    *ret_result = cell_load(folder, ret);
    (void)fflush(stderr);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    (void)close(kept);
    (void)close(file);
    get_file(path, printed, sizeof printed);
    return printed;
}

static void a_created_cell_loads_with_its_ports_in_their_places(void **state) {
    (void)state;
    struct cell cell;
    assert_int_equal(cell_create(folder, "demo", true, 7110), 0);
    assert_int_equal(cell_load(folder, &cell), 0);
    assert_string_equal(cell.name, "demo");
    assert_true(cell.manual_clock);
    assert_string_equal(cell.folder, folder);
    assert_string_equal(cell.services[CELL_INTAKE].commands, "tcp://127.0.0.1:7110");
    assert_string_equal(cell.services[CELL_INTAKE].journal, "tcp://127.0.0.1:7111");
    assert_string_equal(cell.services[CELL_INTAKE].feed, "");
    assert_string_equal(cell.services[CELL_INTAKE].metrics, "127.0.0.1:7119");
    assert_string_equal(cell.services[CELL_RATING].commands, "tcp://127.0.0.1:7120");
    assert_string_equal(cell.services[CELL_LEDGER].journal, "tcp://127.0.0.1:7131");
    assert_string_equal(cell.services[CELL_REPORTING].commands, "tcp://127.0.0.1:7140");
    assert_string_equal(cell.services[CELL_REPORTING].journal, "tcp://127.0.0.1:7141");
    assert_string_equal(cell.services[CELL_REPORTING].feed, "tcp://127.0.0.1:7142");
    assert_string_equal(cell.services[CELL_REPORTING].metrics, "127.0.0.1:7149");
}

static void without_metrics_and_listen_there_is_no_listener_and_endpoints_are_bound_as_they_stand(void **state) {
    (void)state;
    struct cell cell;
    char text[4096];
    char bound[CELL_ENDPOINT_BYTES];
    assert_int_equal(cell_create(folder, "demo", true, 7110), 0);
    get_file(below("cell.yaml"), text, sizeof text);
    replace(text, sizeof text, "  metrics: \"127.0.0.1:7119\"\n", "");
    put_file(below("cell.yaml"), 0644, text);
    assert_int_equal(cell_load(folder, &cell), 0);
    assert_string_equal(cell.services[CELL_INTAKE].metrics, "");
    cell_bind_endpoint(&cell, "tcp://intake:7110", bound);
    assert_string_equal(bound, "tcp://intake:7110");
}

static void a_listen_address_replaces_the_host_of_tcp_endpoints_only(void **state) {
    (void)state;
    struct cell cell;
    char text[4096];
    char bound[CELL_ENDPOINT_BYTES];
    assert_int_equal(cell_create(folder, "demo", true, 7110), 0);
    get_file(below("cell.yaml"), text, sizeof text);
    replace(text, sizeof text, "clock: manual\n", "clock: manual\nlisten: \"0.0.0.0\"\n");
    replace(text, sizeof text, "tcp://127.0.0.1:7110", "tcp://intake.example:7110");
    put_file(below("cell.yaml"), 0644, text);
    assert_int_equal(cell_load(folder, &cell), 0);
    assert_string_equal(cell.services[CELL_INTAKE].commands, "tcp://intake.example:7110");
    cell_bind_endpoint(&cell, cell.services[CELL_INTAKE].commands, bound);
    assert_string_equal(bound, "tcp://0.0.0.0:7110");
    cell_bind_endpoint(&cell, "ipc:///run/elp/intake", bound);
    assert_string_equal(bound, "ipc:///run/elp/intake");
}

static void keys_and_allowed_principals_may_lie_outside_the_folder(void **state) {
    (void)state;
    struct cell cell;
    char path[CELL_PATH_BYTES];
    char elsewhere[600];
    char public_key[KEY_TEXT_BYTES];
    char secret_key[KEY_TEXT_BYTES];
    char long_path[CELL_PATH_BYTES + 1];
    assert_int_equal(cell_create(folder, "demo", true, 7110), 0);
    assert_int_equal(cell_load(folder, &cell), 0);
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/credentials", root);
    assert_int_equal(rename(below("keys"), elsewhere), 0);
    assert_int_equal(cell_key_load(&cell, "intake", public_key, secret_key), FAILURE_CONFIG);
    assert_int_equal(cell_place(&cell, elsewhere, NULL), 0);
    assert_int_equal(cell_key_load(&cell, "intake", public_key, secret_key), 0);
    cell_path(&cell, "allow", path);
    assert_string_equal(path, below("allow"));
    assert_int_equal(cell_place(&cell, NULL, "/etc/elp/allow"), 0);
    cell_path(&cell, "allow", path);
    assert_string_equal(path, "/etc/elp/allow");
    cell_path(&cell, "allow/intake.pub", path);
    assert_string_equal(path, "/etc/elp/allow/intake.pub");
    cell_path(&cell, "keys-of-old", path);
    assert_string_equal(path, below("keys-of-old"));
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = 0;
    assert_int_equal(cell_place(&cell, long_path, NULL), FAILURE_CONFIG);
}

static void a_name_that_yaml_would_read_as_a_number_stays_a_name(void **state) {
    (void)state;
    struct cell cell;
    assert_int_equal(cell_create(folder, "010", false, 7110), 0);
    assert_int_equal(cell_load(folder, &cell), 0);
    assert_string_equal(cell.name, "010");
    assert_false(cell.manual_clock);
}

static void a_created_cell_has_a_key_for_every_daemon_and_role_and_closed_secrets(void **state) {
    (void)state;
    struct stat status;
    struct cell cell;
    struct principals *principals = NULL;
    char public_key[KEY_TEXT_BYTES];
    char secret_key[KEY_TEXT_BYTES];
    char service_key[KEY_TEXT_BYTES];
    assert_int_equal(cell_create(folder, "demo", true, 7110), 0);
    assert_int_equal(cell_load(folder, &cell), 0);
    assert_int_equal(principals_open(below("allow"), &principals), 0);
    assert_int_equal(principals_count(principals), 4 + 7);
    for (unsigned role = 1; role < ROLE_DAEMON; role <<= 1) {
        const struct principal *principal = principals_by_name(principals, role_word(role));
        assert_non_null(principal);
        assert_int_equal(principal->role, role);
        assert_true(principal->all_networks);
        assert_int_equal(cell_key_load(&cell, role_word(role), public_key, secret_key), 0);
        assert_string_equal(public_key, principal->public_key);
    }
    for (int i = 0; i < CELL_SERVICES; i++) {
        assert_int_equal(principals_by_name(principals, cell_service_names[i])->role, ROLE_DAEMON);
        assert_int_equal(cell_key_load(&cell, cell_service_names[i], public_key, secret_key), 0);
        assert_int_equal(cell_service_key_load(&cell, i, service_key), 0);
        assert_string_equal(service_key, public_key);
        assert_int_equal(stat(below(cell_service_names[i]), &status), 0);
        assert_int_equal(status.st_mode & 0777, 0700);
    }
    assert_int_equal(stat(below("keys"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(stat(below("keys/vault.master"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    principals_close(principals);
}

static void daemons_with_users_of_their_own_read_a_cell_that_a_careful_root_made(void **state) {
    (void)state;
    struct stat status;
    mode_t before = umask(0077);
    int result = cell_create(folder, "demo", true, 7110);
    (void)umask(before);
    assert_int_equal(result, 0);
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0755);
    assert_int_equal(stat(below("allow"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0755);
    assert_int_equal(stat(below("allow/intake.pub"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0644);
    assert_int_equal(stat(below("keys"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

static void a_public_file_of_another_role_is_not_taken_for_a_daemons(void **state) {
    (void)state;
    struct cell cell;
    char text[KEY_FILE_BYTES_MAX];
    char key[KEY_TEXT_BYTES] = "untouched";
    assert_int_equal(cell_create(folder, "demo", true, 7110), 0);
    assert_int_equal(cell_load(folder, &cell), 0);
    get_file(below("allow/operator.pub"), text, sizeof text);
    put_file(below("allow/intake.pub"), 0644, text);
    assert_int_equal(cell_service_key_load(&cell, CELL_INTAKE, key), FAILURE_CONFIG);
    assert_int_equal(unlink(below("allow/intake.pub")), 0);
    assert_int_equal(cell_service_key_load(&cell, CELL_INTAKE, key), FAILURE_CONFIG);
    assert_string_equal(key, "untouched");
}

static void a_folder_that_holds_a_cell_is_left_alone(void **state) {
    (void)state;
    char before[4096];
    char after[4096];
    assert_int_equal(cell_create(folder, "demo", true, 7110), 0);
    get_file(below("cell.yaml"), before, sizeof before);
    assert_int_equal(cell_create(folder, "other", false, 8110), 1);
    get_file(below("cell.yaml"), after, sizeof after);
    assert_string_equal(before, after);
}

static void a_creation_that_was_cut_off_is_completed_and_keeps_its_keys(void **state) {
    (void)state;
    char before[256];
    char after[256];
    assert_int_equal(cell_create(folder, "demo", true, 7110), 0);
    get_file(below("keys/vault.master"), before, sizeof before);
    assert_int_equal(unlink(below("cell.yaml")), 0);
    assert_int_equal(unlink(below("keys/consumer.key")), 0);
    assert_int_equal(unlink(below("allow/consumer.pub")), 0);
    assert_int_equal(cell_create(folder, "demo", true, 7110), 0);
    get_file(below("keys/vault.master"), after, sizeof after);
    assert_string_equal(before, after);
    assert_int_equal(access(below("allow/consumer.pub"), F_OK), 0);
}

static void a_name_or_port_out_of_range_creates_nothing(void **state) {
    (void)state;
    assert_int_equal(cell_create(folder, "", true, 7110), FAILURE_CONFIG);
    assert_int_equal(cell_create(folder, "a/b", true, 7110), FAILURE_CONFIG);
    assert_int_equal(cell_create(folder, "demo", true, 0), FAILURE_CONFIG);
    assert_int_equal(cell_create(folder, "demo", true, 65497), FAILURE_CONFIG);
    assert_int_not_equal(access(folder, F_OK), 0);
    assert_int_equal(cell_create(folder, "demo", true, 65496), 0);
    struct cell cell;
    assert_int_equal(cell_load(folder, &cell), 0);
    assert_string_equal(cell.services[CELL_REPORTING].metrics, "127.0.0.1:65535");
}

static void the_vaults_master_is_read_back_and_a_damaged_or_open_one_is_refused(void **state) {
    (void)state;
    struct cell cell;
    uint8_t master[CELL_MASTER_BYTES] = {0};
    uint8_t zero[CELL_MASTER_BYTES] = {0};
    char text[256];
    assert_int_equal(cell_create(folder, "demo", true, 7110), 0);
    assert_int_equal(cell_load(folder, &cell), 0);
    assert_int_equal(cell_master_load(&cell, master), 0);
    assert_memory_not_equal(master, zero, sizeof master);
    get_file(below("keys/vault.master"), text, sizeof text);
    assert_int_equal(strlen(text), 65);

    memset(master, 0, sizeof master);
    assert_int_equal(chmod(below("keys/vault.master"), 0644), 0);
    assert_int_equal(cell_master_load(&cell, master), FAILURE_CONFIG);
    text[63] = 0;
    put_file(below("keys/vault.master"), 0600, text);
    assert_int_equal(cell_master_load(&cell, master), FAILURE_CONFIG);
    text[63] = 'x';
    put_file(below("keys/vault.master"), 0600, text);
    assert_int_equal(cell_master_load(&cell, master), FAILURE_CONFIG);
    put_file(below("keys/vault.master"), 0600, "");
    assert_int_equal(cell_master_load(&cell, master), FAILURE_CONFIG);
    assert_int_equal(unlink(below("keys/vault.master")), 0);
    assert_int_equal(cell_master_load(&cell, master), FAILURE_CONFIG);
    assert_memory_equal(master, zero, sizeof master);
}

/* One text replaced in the good file, and what the message must contain. */
struct mutation {
    const char *old;
    const char *new;
    const char *says;
};

static void a_manual_clock_may_begin_on_a_day_of_its_own(void **state) {
    (void)state;
    char text[4096];
    struct cell cell;
    int result;
    assert_int_equal(cell_create(folder, "demo", true, 7110), 0);
    (void)load_and_listen(&result, &cell);
    assert_string_equal(cell.clock_from, "");
    get_file(below("cell.yaml"), text, sizeof text);
    replace(text, sizeof text, "clock: manual", "clock: manual\nclock_from: 2019-04-01");
    put_file(below("cell.yaml"), 0644, text);
    (void)load_and_listen(&result, &cell);
    assert_int_equal(result, 0);
    assert_string_equal(cell.clock_from, "2019-04-01");
}

static void each_error_in_a_cells_file_is_one_sentence_with_line_and_field(void **state) {
    (void)state;
    static const struct mutation mutations[] = {
        {"cell: \"demo\"", "cell: \"de mo\"", "cell.yaml:2: cell: "},
        {"clock: manual", "clock: Manual", "cell.yaml:3: clock: "},
        {"clock: manual", "clock: manual\nclock: real", "cell.yaml:4: clock: "},
        {"clock: manual", "klock: manual", "klock"},
        {"clock: manual\n", "", "clock"},
        {"clock: manual", "clock: [manual]", "cell.yaml:3: clock: "},
        {"tcp://127.0.0.1:7120", "udp://127.0.0.1:7120", "cell.yaml:9: rating.commands: "},
        {"tcp://127.0.0.1:7120", "tcp://127.0.0.1", "cell.yaml:9: rating.commands: "},
        {"tcp://127.0.0.1:7120", "tcp://127.0.0.1:0", "cell.yaml:9: rating.commands: "},
        {"tcp://127.0.0.1:7120", "tcp://127.0.0.1:65536", "cell.yaml:9: rating.commands: "},
        {"tcp://127.0.0.1:7120", "tcp://127.0.0.1:07120", "cell.yaml:9: rating.commands: "},
        {"tcp://127.0.0.1:7120", "tcp://*:7120", "cell.yaml:9: rating.commands: "},
        {"tcp://127.0.0.1:7120", "tcp://:7120", "cell.yaml:9: rating.commands: "},
        {"tcp://127.0.0.1:7120", "tcp://127.0.0.1:7110",
         "rating.commands: the endpoint tcp://127.0.0.1:7110 stands twice"},
        {"tcp://127.0.0.1:7120", "ipc://@abstract", "rating.commands: "},
        {"  feed: \"tcp://127.0.0.1:7142\"\n", "", "feed"},
        {"  metrics: \"127.0.0.1:7119\"\n", "  metrics: \"127.0.0.1:7119\"\n  feed: \"tcp://127.0.0.1:9\"\n",
         "cell.yaml:8: intake.feed: "},
        {"\"127.0.0.1:7129\"", "\"127.0.0.1\"", "cell.yaml:11: rating.metrics: "},
        {"\"127.0.0.1:7129\"", "\"localhost:7129\"", "cell.yaml:11: rating.metrics: "},
        {"\"127.0.0.1:7129\"", "\"127.0.0.1:0\"", "cell.yaml:11: rating.metrics: "},
        {"\"127.0.0.1:7129\"", "\"127.000.000.001.1:7129\"", "cell.yaml:11: rating.metrics: "},
        {"\"127.0.0.1:7129\"", "\"127.0.0.1:7110\"", "rating.metrics: the endpoint 127.0.0.1:7110 stands twice"},
        {"clock: manual", "clock: manual\nclock_from: 2018-12-31", "cell.yaml:4: clock_from: "},
        {"clock: manual", "clock: manual\nclock_from: yesterday", "cell.yaml:4: clock_from: "},
        {"clock: manual", "clock: real\nclock_from: 2019-01-01", "cell.yaml:4: clock_from: "},
        {"clock: manual", "clock: manual\nlisten: eth0", "cell.yaml:4: listen: "},
        {"clock: manual", "clock: manual\nlisten: \"0.0.0.0:1\"", "cell.yaml:4: listen: "},
        {"intake:\n", "intake: &a\n", "anchor"},
        {"cell: \"demo\"", "cell: \"demo", "cell.yaml:"},
    };
    char good[4096];
    assert_int_equal(cell_create(folder, "demo", true, 7110), 0);
    get_file(below("cell.yaml"), good, sizeof good);
    for (size_t i = 0; i < sizeof mutations / sizeof mutations[0]; i++) {
        char text[4096];
        struct cell cell = {.name = "untouched"};
        int result;
        (void)snprintf(text, sizeof text, "%s", good);
        replace(text, sizeof text, mutations[i].old, mutations[i].new);
        put_file(below("cell.yaml"), 0644, text);
        const char *printed = load_and_listen(&result, &cell);
        assert_int_equal(result, FAILURE_CONFIG);
        assert_string_equal(cell.name, "untouched");
        if (strstr(printed, mutations[i].says) == NULL) {
            fail_msg("after %s the message is: %s", mutations[i].new, printed);
        }
        assert_true(strncmp(printed, "test_cell: ", strlen("test_cell: ")) == 0);
    }
}

static void a_missing_or_oversized_file_is_refused_with_the_way_out(void **state) {
    (void)state;
    struct cell cell;
    int result;
    const char *printed = load_and_listen(&result, &cell);
    assert_int_equal(result, FAILURE_CONFIG);
    assert_non_null(strstr(printed, "elpctl cell create"));
    assert_int_equal(mkdir(folder, 0755), 0);
    FILE *file = fopen(below("cell.yaml"), "w");
    assert_non_null(file);
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(fputc('#', file), '#');
    }
    assert_int_equal(fclose(file), 0);
    printed = load_and_listen(&result, &cell);
    assert_int_equal(result, FAILURE_CONFIG);
    assert_non_null(strstr(printed, "larger"));
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        CLAIM(a_created_cell_loads_with_its_ports_in_their_places),
        CLAIM(without_metrics_and_listen_there_is_no_listener_and_endpoints_are_bound_as_they_stand),
        CLAIM(a_listen_address_replaces_the_host_of_tcp_endpoints_only),
        CLAIM(keys_and_allowed_principals_may_lie_outside_the_folder),
        CLAIM(a_name_that_yaml_would_read_as_a_number_stays_a_name),
        CLAIM(a_created_cell_has_a_key_for_every_daemon_and_role_and_closed_secrets),
        CLAIM(daemons_with_users_of_their_own_read_a_cell_that_a_careful_root_made),
        CLAIM(a_public_file_of_another_role_is_not_taken_for_a_daemons),
        CLAIM(a_folder_that_holds_a_cell_is_left_alone),
        CLAIM(a_creation_that_was_cut_off_is_completed_and_keeps_its_keys),
        CLAIM(a_name_or_port_out_of_range_creates_nothing),
        CLAIM(the_vaults_master_is_read_back_and_a_damaged_or_open_one_is_refused),
        CLAIM(a_manual_clock_may_begin_on_a_day_of_its_own),
        CLAIM(each_error_in_a_cells_file_is_one_sentence_with_line_and_field),
        CLAIM(a_missing_or_oversized_file_is_refused_with_the_way_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
