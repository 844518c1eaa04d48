/*
 * Goal: exactly the people with a sound public file may connect, and a bad file never lets anybody in, keeps nobody else
 * out and never ends a daemon.
 * Method: real folders and key files in a temporary folder; libczmq's own certificate reader and a running zauth with
 * CURVE sockets judge what we write.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <czmq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/principal.h"

static char root[256];
static char allow[300];
static char keys[300];
static char handshake[300];

static int make_folders(void **state) {
    (void)state;
    (void)snprintf(root, sizeof root, "%s/elp-principal-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : P_tmpdir);
    assert_non_null(mkdtemp(root));
    (void)snprintf(allow, sizeof allow, "%s/allow", root);
    (void)snprintf(keys, sizeof keys, "%s/keys", root);
    (void)snprintf(handshake, sizeof handshake, "%s/handshake", root);
    assert_int_equal(mkdir(allow, 0755), 0);
    assert_int_equal(mkdir(keys, 0700), 0);
    return 0;
}

static int remove_folders(void **state) {
    (void)state;
    zdir_t *dir = zdir_new(root, NULL);
    if (dir) {
        zdir_remove(dir, true);
        zdir_destroy(&dir);
    }
    return 0;
}

static const char *in(const char *folder, const char *name) {
    static char path[4][600];
    static int next;
    next = (next + 1) % 4;
    (void)snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
    return path[next];
}

static void put_file(const char *path, mode_t mode, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void get_file(const char *path, char *out, size_t size) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    out[fread(out, 1, size - 1, file)] = 0;
    (void)fclose(file);
}

static struct principals *open_allow(void) {
    struct principals *principals = NULL;
    assert_int_equal(principals_open(allow, &principals), 0);
    return principals;
}

static void a_made_principal_is_found_by_key_and_by_name_with_role_and_scope(void **state) {
    (void)state;
    char public_key[KEY_TEXT_BYTES];
    char secret_key[KEY_TEXT_BYTES];
    assert_int_equal(principal_make(keys, allow, "soft-1", ROLE_INTEGRATOR, "net-01,net-02"), 0);
    assert_int_equal(secret_key_load(in(keys, "soft-1.key"), public_key, secret_key), 0);
    struct principals *principals = open_allow();
    const struct principal *found = principals_by_key(principals, public_key);
    assert_non_null(found);
    assert_string_equal(found->name.text, "soft-1");
    assert_int_equal(found->role, ROLE_INTEGRATOR);
    assert_false(found->all_networks);
    assert_int_equal(found->network_count, 2);
    assert_true(principal_sees_network(found, "net-02"));
    assert_false(principal_sees_network(found, "net-03"));
    assert_ptr_equal(principals_by_name(principals, "soft-1"), found);
    assert_null(principals_by_name(principals, "soft-2"));
    assert_null(principals_by_key(principals, secret_key));
    assert_null(principals_by_key(principals, ""));
    principals_close(principals);
}

static void operators_the_authority_and_daemons_see_every_network_whatever_their_scope(void **state) {
    (void)state;
    struct principal principal = {.role = ROLE_OPERATOR};
    assert_true(principal_sees_network(&principal, "net-01"));
    principal.role = ROLE_AUTHORITY;
    assert_true(principal_sees_network(&principal, "net-01"));
    principal.role = ROLE_DAEMON;
    assert_true(principal_sees_network(&principal, "net-01"));
    principal.role = ROLE_CONSUMER;
    assert_false(principal_sees_network(&principal, "net-01"));
    principal.all_networks = true;
    assert_true(principal_sees_network(&principal, "net-01"));
}

static void a_name_that_exists_is_not_made_again(void **state) {
    (void)state;
    char before[KEY_FILE_BYTES_MAX];
    char after[KEY_FILE_BYTES_MAX];
    assert_int_equal(principal_make(keys, allow, "demo", ROLE_OPERATOR, "*"), 0);
    get_file(in(allow, "demo.pub"), before, sizeof before);
    assert_int_equal(principal_make(keys, allow, "demo", ROLE_CONSUMER, "*"), 1);
    get_file(in(allow, "demo.pub"), after, sizeof after);
    assert_string_equal(before, after);
    assert_int_equal(unlink(in(keys, "demo.key")), 0);
    assert_int_equal(principal_make(keys, allow, "demo", ROLE_OPERATOR, "*"), 1);
}

static void files_are_as_libczmq_reads_and_the_secret_is_its_owners_alone(void **state) {
    (void)state;
    struct stat status;
    assert_int_equal(principal_make(keys, allow, "demo", ROLE_OPERATOR, "*"), 0);
    zcert_t *public_part = zcert_load(in(allow, "demo.pub"));
    zcert_t *secret_part = zcert_load(in(keys, "demo.key"));
    assert_non_null(public_part);
    assert_non_null(secret_part);
    assert_string_equal(zcert_public_txt(public_part), zcert_public_txt(secret_part));
    assert_string_equal(zcert_meta(public_part, "role"), "operator");
    assert_string_equal(zcert_secret_txt(public_part), "0000000000000000000000000000000000000000");
    zcert_destroy(&public_part);
    zcert_destroy(&secret_part);
    assert_int_equal(stat(in(keys, "demo.key"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(in(allow, "demo.pub"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0644);
}

static void a_secret_file_that_others_may_read_or_that_is_damaged_is_refused(void **state) {
    (void)state;
    char public_key[KEY_TEXT_BYTES] = "untouched";
    char secret_key[KEY_TEXT_BYTES] = "untouched";
    char text[KEY_FILE_BYTES_MAX];
    assert_int_equal(principal_make(keys, allow, "demo", ROLE_OPERATOR, "*"), 0);
    const char *path = in(keys, "demo.key");
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(secret_key_load(path, public_key, secret_key), FAILURE_CONFIG);
    assert_int_equal(chmod(path, 0600), 0);
    get_file(path, text, sizeof text);

    char *secret = strstr(text, "secret-key = \"");
    assert_non_null(secret);
    secret[14] = secret[14] == '1' ? '2' : '1';
    put_file(path, 0600, text);
    assert_int_equal(secret_key_load(path, public_key, secret_key), FAILURE_CONFIG);
    *strchr(secret + 14, '"') = ' ';
    put_file(path, 0600, text);
    assert_int_equal(secret_key_load(path, public_key, secret_key), FAILURE_CONFIG);

    assert_int_equal(secret_key_load(in(allow, "demo.pub"), public_key, secret_key), FAILURE_CONFIG);
    assert_int_equal(secret_key_load(in(keys, "nobody.key"), public_key, secret_key), FAILURE_CONFIG);
    assert_int_equal(secret_key_load(keys, public_key, secret_key), FAILURE_CONFIG);
    assert_string_equal(public_key, "untouched");
    assert_string_equal(secret_key, "untouched");
}

static void an_unusable_name_or_scope_makes_no_files(void **state) {
    (void)state;
    static const char *const names[] = {"", "../demo", "a b", ".hidden", "a\"b", "012345678901234567890123456789012"};
    static const char *const scopes[] = {"",         ",",      "net-01,", ",net-01", "net-01,net-01",
                                         "*,net-01", "net 01", "net-01\n"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(principal_make(keys, allow, names[i], ROLE_OPERATOR, "*"), FAILURE_CONFIG);
    }
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        assert_int_equal(principal_make(keys, allow, "demo", ROLE_NETWORK, scopes[i]), FAILURE_CONFIG);
    }
    assert_int_equal(principal_make(in(root, "nowhere"), allow, "demo", ROLE_NETWORK, "*"), FAILURE_CONFIG);
    struct principals *principals = open_allow();
    assert_int_equal(principals_count(principals), 0);
    principals_close(principals);
}

/* 64 codes of 32 bytes fit, a 65th does not. */
static void a_scope_holds_sixty_four_networks_and_not_one_more(void **state) {
    (void)state;
    char scope[65 * 33 + 1] = "";
    size_t used = 0;
    for (int i = 0; i < 65; i++) {
        if (i == 64) {
            assert_int_equal(principal_make(keys, allow, "full", ROLE_NETWORK, scope), 0);
        }
        used += (size_t)snprintf(scope + used, sizeof scope - used, "%snetwork-with-the-longest-code-%02d",
                                 i == 0 ? "" : ",", i);
    }
    assert_int_equal(principal_make(keys, allow, "over", ROLE_NETWORK, scope), FAILURE_CONFIG);
    struct principals *principals = open_allow();
    assert_int_equal(principals_by_name(principals, "full")->network_count, 64);
    principals_close(principals);
}

#define KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define CERTIFICATE(name, role, scope, key)                                            \
    "metadata\n    name = \"" name "\"\n    role = \"" role "\"\n    scope = \"" scope \
    "\"\ncurve\n    public-key = \"" key "\"\n"

static void a_malformed_file_is_left_out_and_the_others_stay(void **state) {
    (void)state;
    static const char *const malformed[] = {
        "",
        "metadata\n",
        "no certificate at all",
        "\x01\x02\x03",
        CERTIFICATE("other", "operator", "*", KEY),
        CERTIFICATE("bad", "king", "*", KEY),
        CERTIFICATE("bad", "", "*", KEY),
        CERTIFICATE("bad", "network", "", KEY),
        CERTIFICATE("bad", "network", "net-01;net-02", KEY),
        CERTIFICATE("bad", "operator", "*", "too-short"),
        CERTIFICATE("bad", "operator", "*", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf~"),
        CERTIFICATE("bad", "operator", "*", KEY) "    secret-key = \"" KEY "\"\n",
        CERTIFICATE("bad", "operator", "*", KEY) "    public-key = \"" KEY "\"\n",
        CERTIFICATE("bad", "operator", "*", KEY) "    admin = \"yes\"\n",
        CERTIFICATE("bad", "operator", "*", KEY) "extra\n",
        "metadata\n    name = bad\n    role = \"operator\"\n    scope = \"*\"\ncurve\n    public-key = \"" KEY "\"\n",
    };
    assert_int_equal(principal_make(keys, allow, "good", ROLE_OPERATOR, "*"), 0);
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        put_file(in(allow, "bad.pub"), 0644, malformed[i]);
        struct principals *principals = open_allow();
        assert_int_equal(principals_count(principals), 1);
        assert_non_null(principals_by_name(principals, "good"));
        principals_close(principals);
    }
    put_file(in(allow, "bad.pub"), 0644, CERTIFICATE("bad", "operator", "*", KEY));
    struct principals *principals = open_allow();
    assert_int_equal(principals_count(principals), 2);
    assert_string_equal(principals_by_key(principals, KEY)->name.text, "bad");
    principals_close(principals);
}

static void a_file_larger_than_a_certificate_can_be_is_left_out(void **state) {
    (void)state;
    char text[KEY_FILE_BYTES_MAX + 2];
    size_t used = (size_t)snprintf(text, sizeof text, "%s", CERTIFICATE("big", "operator", "*", KEY));
    memset(text + used, '#', sizeof text - used);
    text[KEY_FILE_BYTES_MAX] = 0;
    put_file(in(allow, "big.pub"), 0644, text);
    struct principals *principals = open_allow();
    assert_int_equal(principals_count(principals), 0);
    text[KEY_FILE_BYTES_MAX - 1] = 0;
    put_file(in(allow, "big.pub"), 0644, text);
    assert_true(principals_refresh(principals));
    assert_int_equal(principals_count(principals), 1);
    principals_close(principals);
}

static void a_changed_folder_is_noticed_within_the_same_second_and_an_unchanged_one_costs_nothing(void **state) {
    (void)state;
    struct principals *principals = open_allow();
    assert_false(principals_refresh(principals));
    assert_int_equal(principal_make(keys, allow, "one", ROLE_OPERATOR, "*"), 0);
    assert_true(principals_refresh(principals));
    assert_false(principals_refresh(principals));
    assert_int_equal(principals_count(principals), 1);
    /* The same size, swapped at once. */
    assert_int_equal(unlink(in(allow, "one.pub")), 0);
    assert_int_equal(unlink(in(keys, "one.key")), 0);
    char before[KEY_TEXT_BYTES];
    memcpy(before, principals_at(principals, 0)->public_key, sizeof before);
    assert_int_equal(principal_make(keys, allow, "one", ROLE_OPERATOR, "*"), 0);
    assert_true(principals_refresh(principals));
    assert_null(principals_by_key(principals, before));
    assert_int_equal(unlink(in(allow, "one.pub")), 0);
    assert_true(principals_refresh(principals));
    assert_int_equal(principals_count(principals), 0);
    principals_close(principals);
}

static void a_folder_that_vanishes_allows_nobody_and_one_that_is_missing_at_the_start_is_refused(void **state) {
    (void)state;
    assert_int_equal(principal_make(keys, allow, "one", ROLE_OPERATOR, "*"), 0);
    struct principals *principals = open_allow();
    assert_int_equal(rename(allow, in(root, "away")), 0);
    assert_true(principals_refresh(principals));
    assert_int_equal(principals_count(principals), 0);
    assert_false(principals_refresh(principals));
    struct principals *other = NULL;
    assert_int_equal(principals_open(allow, &other), FAILURE_CONFIG);
    assert_null(other);
    assert_int_equal(rename(in(root, "away"), allow), 0);
    assert_true(principals_refresh(principals));
    assert_int_equal(principals_count(principals), 1);
    principals_close(principals);
}

static void copied_and_hidden_files_and_folders_are_not_principals(void **state) {
    (void)state;
    char text[KEY_FILE_BYTES_MAX];
    assert_int_equal(principal_make(keys, allow, "demo", ROLE_OPERATOR, "*"), 0);
    get_file(in(allow, "demo.pub"), text, sizeof text);
    put_file(in(allow, "demo.pub~"), 0644, text);
    put_file(in(allow, "demo.pub_secret"), 0644, text);
    put_file(in(allow, ".demo.pub"), 0644, text);
    put_file(in(allow, "README"), 0644, text);
    assert_int_equal(mkdir(in(allow, "folder.pub"), 0755), 0);
    struct principals *principals = open_allow();
    assert_int_equal(principals_count(principals), 1);
    principals_close(principals);
}

/* One frame from a new client with this key pair; true when it arrived. A refused handshake gives no sign in time. */
static bool reaches(zsock_t *server, const char *server_key, const char *public_key, const char *secret_key,
                    int wait_ms) {
    zsock_t *client = zsock_new(ZMQ_DEALER);
    zsock_set_curve_serverkey(client, server_key);
    zsock_set_curve_publickey(client, public_key);
    zsock_set_curve_secretkey(client, secret_key);
    char *endpoint = zsock_last_endpoint(server);
    assert_int_equal(zsock_connect(client, "%s", endpoint), 0);
    free(endpoint);
    assert_int_equal(zstr_send(client, "hello"), 0);
    zsock_set_rcvtimeo(server, wait_ms);
    zmsg_t *message = zmsg_recv(server);
    bool arrived = message != NULL;
    zmsg_destroy(&message);
    zsock_destroy(&client);
    return arrived;
}

static void reload_keys(struct principals *principals) {
    assert_true(principals_refresh(principals));
    assert_int_equal(principals_export_keys(principals, handshake), 0);
}

static void zauth_admits_exactly_the_exported_keys_and_survives_a_key_that_stands_twice(void **state) {
    (void)state;
    char server_public[KEY_TEXT_BYTES], server_secret[KEY_TEXT_BYTES];
    char one_public[KEY_TEXT_BYTES], one_secret[KEY_TEXT_BYTES];
    char two_public[KEY_TEXT_BYTES], two_secret[KEY_TEXT_BYTES];
    char text[KEY_FILE_BYTES_MAX];
    assert_int_equal(principal_make(keys, allow, "intake", ROLE_DAEMON, "*"), 0);
    assert_int_equal(principal_make(keys, allow, "one", ROLE_INTEGRATOR, "*"), 0);
    assert_int_equal(secret_key_load(in(keys, "intake.key"), server_public, server_secret), 0);
    assert_int_equal(secret_key_load(in(keys, "one.key"), one_public, one_secret), 0);
    struct principals *principals = open_allow();
    assert_int_equal(principals_export_keys(principals, handshake), 0);

    zactor_t *auth = zactor_new(zauth, NULL);
    assert_non_null(auth);
    assert_int_equal(zstr_sendx(auth, "CURVE", handshake, NULL), 0);
    assert_int_equal(zsock_wait(auth), 0);
    zsock_t *server = zsock_new(ZMQ_ROUTER);
    zsock_set_zap_domain(server, "elp");
    zsock_set_curve_server(server, 1);
    zsock_set_curve_publickey(server, server_public);
    zsock_set_curve_secretkey(server, server_secret);
    assert_true(zsock_bind(server, "tcp://127.0.0.1:*") > 0);

    assert_true(reaches(server, server_public, one_public, one_secret, 10000));

    /* What `cp one.pub two.pub` leaves: libczmq's store would end the process at the next handshake. */
    get_file(in(allow, "one.pub"), text, sizeof text);
    char *name = strstr(text, "\"one\"");
    assert_non_null(name);
    memcpy(name, "\"two\"", 5);
    put_file(in(allow, "two.pub"), 0644, text);
    reload_keys(principals);
    assert_int_equal(principals_count(principals), 2);
    assert_true(reaches(server, server_public, one_public, one_secret, 10000));

    /* Another key in the place of a revoked one, at once: same number of files, same sizes. */
    assert_int_equal(unlink(in(allow, "two.pub")), 0);
    assert_int_equal(unlink(in(allow, "one.pub")), 0);
    assert_int_equal(principal_make(keys, allow, "two", ROLE_INTEGRATOR, "*"), 0);
    assert_int_equal(secret_key_load(in(keys, "two.key"), two_public, two_secret), 0);
    reload_keys(principals);
    assert_true(reaches(server, server_public, two_public, two_secret, 10000));
    assert_false(reaches(server, server_public, one_public, one_secret, 300));

    /* Nobody is left. */
    assert_int_equal(rename(allow, in(root, "away")), 0);
    reload_keys(principals);
    assert_false(reaches(server, server_public, two_public, two_secret, 300));

    zsock_destroy(&server);
    zactor_destroy(&auth);
    principals_close(principals);
}

static void the_exported_folder_holds_public_keys_and_nothing_else(void **state) {
    (void)state;
    assert_int_equal(principal_make(keys, allow, "one", ROLE_OPERATOR, "*"), 0);
    struct principals *principals = open_allow();
    assert_int_equal(mkdir(handshake, 0700), 0);
    put_file(in(handshake, "intruder.pub"), 0644, CERTIFICATE("intruder", "operator", "*", KEY));
    put_file(in(handshake, "deadbeef.pub"), 0644, CERTIFICATE("intruder", "operator", "*", KEY));
    assert_int_equal(principals_export_keys(principals, handshake), 0);
    zdir_t *dir = zdir_new(handshake, NULL);
    assert_int_equal(zdir_count(dir), 2);
    zdir_destroy(&dir);
    zcertstore_t *store = zcertstore_new(handshake);
    assert_non_null(zcertstore_lookup(store, principals_at(principals, 0)->public_key));
    assert_null(zcertstore_lookup(store, KEY));
    zcertstore_destroy(&store);
    principals_close(principals);
}

static void every_role_has_one_word_and_every_word_one_role(void **state) {
    (void)state;
    for (unsigned role = 1; role <= ROLE_ANY; role <<= 1) {
        enum role back;
        assert_true(role_of_word(role_word(role), &back));
        assert_int_equal(back, role);
    }
    enum role none = ROLE_NETWORK;
    assert_false(role_of_word("unknown", &none));
    assert_false(role_of_word("", &none));
    assert_int_equal(none, ROLE_NETWORK);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, make_folders, remove_folders)

int main(void) {
    zsys_handler_set(NULL);
    log_open("test", LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        CLAIM(a_made_principal_is_found_by_key_and_by_name_with_role_and_scope),
        CLAIM(operators_the_authority_and_daemons_see_every_network_whatever_their_scope),
        CLAIM(a_name_that_exists_is_not_made_again),
        CLAIM(files_are_as_libczmq_reads_and_the_secret_is_its_owners_alone),
        CLAIM(a_secret_file_that_others_may_read_or_that_is_damaged_is_refused),
        CLAIM(an_unusable_name_or_scope_makes_no_files),
        CLAIM(a_scope_holds_sixty_four_networks_and_not_one_more),
        CLAIM(a_malformed_file_is_left_out_and_the_others_stay),
        CLAIM(a_file_larger_than_a_certificate_can_be_is_left_out),
        CLAIM(a_changed_folder_is_noticed_within_the_same_second_and_an_unchanged_one_costs_nothing),
        CLAIM(a_folder_that_vanishes_allows_nobody_and_one_that_is_missing_at_the_start_is_refused),
        CLAIM(copied_and_hidden_files_and_folders_are_not_principals),
        CLAIM(zauth_admits_exactly_the_exported_keys_and_survives_a_key_that_stands_twice),
        CLAIM(the_exported_folder_holds_public_keys_and_nothing_else),
        CLAIM(every_role_has_one_word_and_every_word_one_role),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
