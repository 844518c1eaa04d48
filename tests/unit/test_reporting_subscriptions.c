/*
 * Goal: a subscription is granted exactly when everything that begins with it lies inside the principal's scope.
 * Method: a table of principals and prefixes; the book of subscriptions on the principals of a real cell folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cell.h"
#include "services/reporting/subscriptions.h"
#include "tests/support/temporary_store.h"

static const struct principal n07 = {
    .role = ROLE_CONSUMER, .networks = {{.text = "N07"}, {.text = "N1"}}, .network_count = 2};
static const struct principal everybody = {.role = ROLE_CONSUMER, .all_networks = true};
static const struct principal nobody = {.role = ROLE_CONSUMER};
static const struct principal integrator = {.role = ROLE_INTEGRATOR, .all_networks = true};
static const struct principal authority = {.role = ROLE_AUTHORITY};

static void a_prefix_must_lie_inside_the_scope(void **state) {
    (void)state;
    static const struct {
        const struct principal *principal;
        const char *prefix;
        bool allowed;
    } cases[] = {
        {&n07, "N07/", true},     {&n07, "N07/posted", true}, {&n07, "N07/heartbeat", true},
        {&n07, "N1/", true},      {&n07, "all/", true},       {&n07, "all/tariff", true},
        {&n07, "", false},        {&n07, "N", false},         {&n07, "N0", false},
        {&n07, "N07", false}, /* N07x would begin with it */
        {&n07, "N08/", false},    {&n07, "N1x/", false},      {&n07, "-/", false},
        {&n07, "/", false},       {&n07, "al", false},        {&everybody, "", true},
        {&everybody, "N0", true}, {&everybody, "-/", true},   {&authority, "", true},
        {&nobody, "N07/", false}, {&nobody, "all/", true},    {&integrator, "N07/", false},
        {&integrator, "", false}, {NULL, "N07/", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (subscription_allowed(cases[i].principal, span_of_text(cases[i].prefix)) != cases[i].allowed) {
            fail_msg("case %zu, prefix \"%s\"", i, cases[i].prefix);
        }
    }
    assert_false(subscription_allowed(&n07, span_of("N07\0/", 5)));
    assert_false(subscription_allowed(&n07, span_of("N0\0/", 4)));
    char long_prefix[SUBSCRIPTION_BYTES_MAX + 1] = "N07/";
    memset(long_prefix + 4, 'x', sizeof(long_prefix) - 4);
    assert_true(subscription_allowed(&n07, span_of(long_prefix, SUBSCRIPTION_BYTES_MAX)));
    assert_false(subscription_allowed(&n07, span_of(long_prefix, sizeof(long_prefix))));
}

/* The book of subscriptions, with the consumer of a cell's folder. */
static char folder[TEMPORARY_PATH_BYTES];
static struct cell cell;
static struct principals *principals;
static struct subscriptions subscriptions;
static char key[KEY_TEXT_BYTES];

static void join(char *out, const char *sub) {
    cell_path(&cell, sub, out);
}

static int open_cell(void **state) {
    (void)state;
    char path[CELL_PATH_BYTES], secrets[CELL_PATH_BYTES];
    assert_int_equal(cell_create(temporary_folder_make(folder), "test", true, 20000), 0);
    assert_int_equal(cell_load(folder, &cell), 0);
    join(path, "allow");
    join(secrets, "keys");
    assert_int_equal(principal_make(secrets, path, "watcher", ROLE_CONSUMER, "N07"), 0);
    assert_int_equal(principals_open(path, &principals), 0);
    memcpy(key, principals_by_name(principals, "watcher")->public_key, KEY_TEXT_BYTES);
    return 0;
}

static int close_cell(void **state) {
    (void)state;
    subscriptions_free(&subscriptions);
    principals_close(principals);
    temporary_folder_remove(folder);
    return 0;
}

static void a_refusal_is_noted_once_and_counted_each_time(void **state) {
    (void)state;
    struct span prefix = span_of_text("N08/");
    assert_int_equal(subscriptions_add(&subscriptions, principals, key, prefix), SUBSCRIPTION_REFUSED);
    assert_int_equal(subscriptions_add(&subscriptions, principals, key, prefix), SUBSCRIPTION_REFUSED_AGAIN);
    assert_int_equal(subscriptions.refused, 2);
    assert_int_equal(subscriptions.granted, 0);
    assert_false(subscriptions_remove(&subscriptions, key, prefix));
}

static void a_grant_ends_with_the_last_connection_that_has_it(void **state) {
    (void)state;
    struct span prefix = span_of_text("N07/");
    assert_int_equal(subscriptions_add(&subscriptions, principals, key, prefix), SUBSCRIPTION_GRANTED);
    assert_int_equal(subscriptions_add(&subscriptions, principals, key, prefix), SUBSCRIPTION_GRANTED);
    assert_int_equal(subscriptions.granted, 1);
    assert_true(subscriptions_remove(&subscriptions, key, prefix));
    assert_int_equal(subscriptions.granted, 1);
    assert_true(subscriptions_remove(&subscriptions, key, prefix));
    assert_int_equal(subscriptions.granted, 0);
    assert_false(subscriptions_remove(&subscriptions, key, prefix));
}

static void a_key_has_so_many_subscriptions_and_not_one_more(void **state) {
    (void)state;
    char prefix[32];
    for (int i = 0; i <= SUBSCRIPTIONS_PER_KEY_MAX; i++) {
        (void)snprintf(prefix, sizeof(prefix), "N07/%d", i);
        assert_int_equal(subscriptions_add(&subscriptions, principals, key, span_of_text(prefix)),
                         i < SUBSCRIPTIONS_PER_KEY_MAX ? SUBSCRIPTION_GRANTED : SUBSCRIPTION_OVER_LIMIT);
    }
    assert_int_equal(subscriptions.count, SUBSCRIPTIONS_PER_KEY_MAX);
    assert_int_equal(subscriptions.over_limit, 1);
}

static void an_unknown_key_gets_nothing(void **state) {
    (void)state;
    static const char unknown[KEY_TEXT_BYTES] = "0000000000000000000000000000000000000000";
    assert_int_equal(subscriptions_add(&subscriptions, principals, unknown, span_of_text("all/")),
                     SUBSCRIPTION_REFUSED);
}

static void a_revoked_principal_is_noticed_if_it_had_a_grant(void **state) {
    (void)state;
    char path[CELL_PATH_BYTES];
    (void)subscriptions_add(&subscriptions, principals, key, span_of_text("N08/"));
    join(path, "allow/consumer.pub");
    assert_int_equal(unlink(path), 0);
    assert_true(principals_refresh(principals));
    assert_true(subscriptions_hold(&subscriptions, principals)); /* somebody else's key */
    assert_int_equal(subscriptions_add(&subscriptions, principals, key, span_of_text("N07/")), SUBSCRIPTION_GRANTED);
    join(path, "allow/watcher.pub");
    assert_int_equal(unlink(path), 0);
    assert_true(principals_refresh(principals));
    assert_false(subscriptions_hold(&subscriptions, principals));
    subscriptions_clear(&subscriptions);
    assert_true(subscriptions_hold(&subscriptions, principals));
}

int main(void) {
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, open_cell, close_cell)
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(a_prefix_must_lie_inside_the_scope),
        CLAIM(a_refusal_is_noted_once_and_counted_each_time),
        CLAIM(a_grant_ends_with_the_last_connection_that_has_it),
        CLAIM(a_key_has_so_many_subscriptions_and_not_one_more),
        CLAIM(an_unknown_key_gets_nothing),
        CLAIM(a_revoked_principal_is_noticed_if_it_had_a_grant),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
