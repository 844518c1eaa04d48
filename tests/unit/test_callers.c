/*
 * Goal: what a principal costs is its own: requests are served round about between keys, each limit holds for its key
 * alone, replies count until they are sent or lost, and a denial is logged once a minute.
 * Method: requests of made-up keys go in and come out; replies go through a real ROUTER to nobody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/callers.h"
#include "common/daemon_state.h"

static struct callers *callers;

static int open_callers(void **state) {
    (void)state;
    return callers_open(&callers);
}

static int close_callers(void **state) {
    (void)state;
    callers_close(callers);
    return 0;
}

static struct caller *caller_named(char name) {
    char key[KEY_TEXT_BYTES];
    memset(key, name, sizeof key - 1);
    key[sizeof key - 1] = '\0';
    struct caller *caller = callers_of(callers, key);
    assert_non_null(caller);
    return caller;
}

static bool ask(char name, uint64_t id, size_t bytes) {
    struct pending pending = {.incoming = {.request_id = id}};
    (void)zmq_msg_init(&pending.incoming.identity);
    assert_int_equal(zmq_msg_init_size(&pending.incoming.frame, bytes), 0);
    bool waits = callers_wait(callers, caller_named(name), &pending);
    if (!waits) {
        incoming_close(&pending.incoming);
    }
    return waits;
}

/* The ids in the order in which they are served. */
static void assert_served(const uint64_t *ids, size_t count) {
    struct pending pending;
    for (size_t i = 0; i < count; i++) {
        assert_true(callers_next(callers, &pending));
        assert_int_equal(pending.incoming.request_id, ids[i]);
        incoming_close(&pending.incoming);
    }
    assert_false(callers_next(callers, &pending));
    assert_int_equal(callers_waiting(callers), 0);
}

static void a_key_is_one_caller_and_keys_are_served_round_about(void **state) {
    (void)state;
    assert_ptr_equal(caller_named('a'), caller_named('a'));
    assert_ptr_not_equal(caller_named('a'), caller_named('b'));
    for (uint64_t id = 1; id <= 5; id++) {
        assert_true(ask('a', id, 10));
    }
    assert_true(ask('b', 11, 10));
    assert_true(ask('c', 21, 10));
    assert_true(ask('c', 22, 10));
    assert_int_equal(callers_waiting(callers), 8);
    assert_served((uint64_t[]){1, 11, 21, 2, 22, 3, 4, 5}, 8);
}

static void whoever_comes_later_waits_one_round_and_not_the_whole_flood(void **state) {
    (void)state;
    struct pending pending;
    for (uint64_t id = 1; id <= 100; id++) {
        assert_true(ask('a', id, 10));
    }
    assert_true(callers_next(callers, &pending));
    incoming_close(&pending.incoming);
    assert_true(ask('b', 1000, 10));
    assert_true(callers_next(callers, &pending));
    assert_int_equal(pending.incoming.request_id, 2);
    incoming_close(&pending.incoming);
    assert_true(callers_next(callers, &pending));
    assert_int_equal(pending.incoming.request_id, 1000);
    incoming_close(&pending.incoming);
}

static void each_key_has_its_own_number_of_waiting_requests(void **state) {
    (void)state;
    for (uint64_t id = 0; id < CALLER_WAITING_MAX; id++) {
        assert_true(ask('a', id, 1));
    }
    assert_false(ask('a', 9999, 1));
    assert_true(ask('b', 1, 1));
    struct pending pending;
    assert_true(callers_next(callers, &pending));
    incoming_close(&pending.incoming);
    assert_true(ask('a', 9999, 1));
    assert_false(ask('a', 9999, 1));
}

static void each_key_has_its_own_bytes_and_a_single_request_always_fits(void **state) {
    (void)state;
    size_t mebibyte = 1024 * 1024;
    for (size_t i = 0; i < CALLER_WAITING_BYTES_MAX / mebibyte; i++) {
        assert_true(ask('a', i, mebibyte));
    }
    assert_false(ask('a', 99, 1));
    assert_true(ask('b', 1, mebibyte));
}

static void beyond_the_bytes_of_all_each_key_still_has_one_request(void **state) {
    (void)state;
    char name = 'A';
    for (size_t bytes = 0; bytes < CALLERS_WAITING_BYTES_MAX; bytes += CALLER_WAITING_BYTES_MAX, name++) {
        assert_true(ask(name, 1, CALLER_WAITING_BYTES_MAX / 2));
        assert_true(ask(name, 2, CALLER_WAITING_BYTES_MAX / 2));
    }
    assert_true(ask('a', 1, 100));
    assert_false(ask('a', 2, 100));
}

/* --- replies ------------------------------------------------------------------------------------------------------ */

static void make_reply(struct caller *caller, size_t bytes, struct outgoing *ret) {
    static uint8_t payload[1024 * 1024];
    struct incoming incoming = {.request_id = 1};
    assert_int_equal(zmq_msg_init_size(&incoming.identity, 5), 0);
    memset(zmq_msg_data(&incoming.identity), 7, 5);
    (void)zmq_msg_init(&incoming.frame);
    assert_true(bytes <= sizeof payload);
    assert_int_equal(outgoing_build(&incoming, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY,
                                    span_of(payload, bytes), caller_unread(caller), ret),
                     0);
    incoming_close(&incoming);
}

static void replies_count_until_they_are_sent_lost_or_freed(void **state) {
    (void)state;
    struct exchange_counts counts = {0};
    struct caller *caller = caller_named('a');
    struct outgoing freed;
    struct outgoing lost;
    zsock_t *router = zsock_new(ZMQ_ROUTER);
    zsock_set_router_mandatory(router, 1);
    make_reply(caller, 1000, &freed);
    make_reply(caller, 2000, &lost);
    assert_in_range(unread_bytes(caller_unread(caller)), 3000, 3100);
    outgoing_close(&freed);
    assert_in_range(unread_bytes(caller_unread(caller)), 2000, 2100);
    outgoing_send(zsock_resolve(router), &lost, &counts);
    assert_int_equal(counts.lost[METRICS_PEER_GONE], 1);
    assert_int_equal(unread_bytes(caller_unread(caller)), 0);
    zsock_destroy(&router);
}

static void whoever_leaves_too_much_unread_is_told_from_the_others(void **state) {
    (void)state;
    static struct outgoing replies[CALLER_UNREAD_BYTES_MAX / (1024 * 1024) + 1];
    size_t count = sizeof replies / sizeof replies[0];
    for (size_t i = 0; i < count; i++) {
        assert_false(caller_reads_too_little(caller_named('a')));
        make_reply(caller_named('a'), 1024 * 1024 - 64, &replies[i]);
    }
    assert_true(caller_reads_too_little(caller_named('a')));
    assert_false(caller_reads_too_little(caller_named('b')));
    for (size_t i = 0; i < count; i++) {
        outgoing_close(&replies[i]);
    }
    assert_false(caller_reads_too_little(caller_named('a')));
}

/* --- denials and forgetting --------------------------------------------------------------------------------------- */

static void a_denial_is_logged_once_a_minute_and_the_others_are_counted(void **state) {
    (void)state;
    uint64_t before = 0;
    int64_t now_ms = 5000;
    assert_true(caller_denied(caller_named('a'), now_ms, &before));
    assert_int_equal(before, 0);
    for (int i = 0; i < 10; i++) {
        assert_false(caller_denied(caller_named('a'), now_ms + i, &before));
    }
    assert_true(caller_denied(caller_named('b'), now_ms, &before));
    assert_false(caller_denied(caller_named('a'), now_ms + DENIALS_LOGGED_EVERY_MS - 1, &before));
    assert_true(caller_denied(caller_named('a'), now_ms + DENIALS_LOGGED_EVERY_MS, &before));
    assert_int_equal(before, 11);
    /* Undecodable messages are another matter: a line about the one does not hold back one about the other. */
    assert_true(caller_undecodable(caller_named('a'), now_ms + DENIALS_LOGGED_EVERY_MS, &before));
    assert_int_equal(before, 0);
    assert_false(caller_undecodable(caller_named('a'), now_ms + DENIALS_LOGGED_EVERY_MS, &before));
}

static void only_who_is_idle_is_forgotten(void **state) {
    (void)state;
    uint64_t before = 0;
    struct outgoing reply;
    struct pending pending;
    assert_true(ask('a', 1, 10));
    make_reply(caller_named('b'), 10, &reply);
    assert_true(caller_denied(caller_named('c'), 1000, &before));
    callers_sweep(callers, 2000);
    assert_int_equal(callers_waiting(callers), 1);
    assert_true(unread_bytes(caller_unread(caller_named('b'))) > 0);
    assert_false(caller_denied(caller_named('c'), 3000, &before));
    outgoing_close(&reply);
    assert_true(callers_next(callers, &pending));
    incoming_close(&pending.incoming);
    callers_sweep(callers, 1000 + DENIALS_LOGGED_EVERY_MS);
    assert_true(caller_denied(caller_named('c'), 1000 + DENIALS_LOGGED_EVERY_MS, &before));
    assert_int_equal(before, 0);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_callers, close_callers)
    const struct CMUnitTest tests[] = {
        CASE(a_key_is_one_caller_and_keys_are_served_round_about),
        CASE(whoever_comes_later_waits_one_round_and_not_the_whole_flood),
        CASE(each_key_has_its_own_number_of_waiting_requests),
        CASE(each_key_has_its_own_bytes_and_a_single_request_always_fits),
        CASE(beyond_the_bytes_of_all_each_key_still_has_one_request),
        CASE(replies_count_until_they_are_sent_lost_or_freed),
        CASE(whoever_leaves_too_much_unread_is_told_from_the_others),
        CASE(a_denial_is_logged_once_a_minute_and_the_others_are_counted),
        CASE(only_who_is_idle_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
