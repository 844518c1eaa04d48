/*
 * Goal: the feed gives each consumer what its scope holds, after the commit, and never waits for one; nobody gets a
 * subscription that was judged for somebody else.
 * Method: the feed's edge operations on real CURVE sockets with zauth, in a cell folder of its own; the test plays
 * the loop's part. Waits have deadlines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "services/reporting/feed.h"
#include "tests/unit/reporting_records.h"

#define DEADLINE_MS 10000
#define QUIET_MS 200 /* how long silence is listened to */

static struct bench bench;
static char folder[TEMPORARY_PATH_BYTES];
static struct cell cell;
static struct principals *principals;
static zactor_t *authenticator;
static void *feed;
static zsock_t *socket_of_feed;
static char server_public[KEY_TEXT_BYTES];

static void make_principal(const char *name, enum role role, const char *scope) {
    char allow[CELL_PATH_BYTES], secrets[CELL_PATH_BYTES];
    cell_path(&cell, "allow", allow);
    cell_path(&cell, "keys", secrets);
    assert_int_equal(principal_make(secrets, allow, name, role, scope), 0);
}

static void load_key(const char *name, char ret_public[KEY_TEXT_BYTES], char ret_secret[KEY_TEXT_BYTES]) {
    char sub[64], path[CELL_PATH_BYTES];
    (void)snprintf(sub, sizeof(sub), "keys/%s.key", name);
    cell_path(&cell, sub, path);
    assert_int_equal(secret_key_load(path, ret_public, ret_secret), 0);
}

static int open_all(void **state) {
    (void)state;
    char allow[CELL_PATH_BYTES], secret[KEY_TEXT_BYTES];
    bench_open(&bench);
    bench_genesis(&bench);
    bench_network(&bench, "N07");
    bench_network(&bench, "N08");
    assert_int_equal(cell_create(temporary_folder_make(folder), "test", true, 20000), 0);
    assert_int_equal(cell_load(folder, &cell), 0);
    (void)snprintf(cell.services[CELL_REPORTING].feed, CELL_ENDPOINT_BYTES, "ipc://%.100s/feed", folder);
    make_principal("seven", ROLE_CONSUMER, "N07");
    make_principal("eight", ROLE_CONSUMER, "N08");
    make_principal("all", ROLE_CONSUMER, "*");
    cell_path(&cell, "allow", allow);
    assert_int_equal(principals_open(allow, &principals), 0);
    authenticator = zactor_new(zauth, NULL);
    assert_non_null(authenticator);
    zstr_sendx(authenticator, "CURVE", allow, NULL);
    assert_int_equal(zsock_wait(authenticator), 0);
    load_key("reporting", server_public, secret);
    const struct service_context context = {
        .cell = &cell, .principals = principals, .journal = &bench.journal, .store = bench.store.store};
    return feed_open(bench.reporting, &context, server_public, secret, &feed, &socket_of_feed);
}

static int close_all(void **state) {
    (void)state;
    feed_close(feed);
    zactor_destroy(&authenticator);
    principals_close(principals);
    bench_close(&bench);
    temporary_folder_remove(folder);
    return 0;
}

static zsock_t *consumer_of_type(const char *name, int type) {
    char public[KEY_TEXT_BYTES], secret[KEY_TEXT_BYTES];
    load_key(name, public, secret);
    zsock_t *consumer = zsock_new(type);
    zsock_set_curve_publickey(consumer, public);
    zsock_set_curve_secretkey(consumer, secret);
    zsock_set_curve_serverkey(consumer, server_public);
    zsock_set_linger(consumer, 0);
    zsock_set_reconnect_ivl(consumer, 10);
    zsock_set_rcvhwm(consumer, 100); /* small, so that a test can fill it */
    assert_int_equal(zsock_connect(consumer, "%s", cell.services[CELL_REPORTING].feed), 0);
    return consumer;
}

static zsock_t *consumer_of(const char *name, const char *prefix) {
    zsock_t *consumer = consumer_of_type(name, ZMQ_SUB);
    assert_int_equal(zmq_setsockopt(zsock_resolve(consumer), ZMQ_SUBSCRIBE, prefix, strlen(prefix)), 0);
    return consumer;
}

/* The loop's part: takes what arrived on the feed, at most for `ms`. */
static bool turn(int ms) {
    zmq_pollitem_t item = {.socket = zsock_resolve(socket_of_feed), .events = ZMQ_POLLIN};
    bool any = zmq_poll(&item, 1, ms) > 0;
    assert_int_equal(feed_readable(feed), 0);
    return any;
}

static void second(bool principals_changed) {
    struct store_txn *txn;
    assert_int_equal(store_begin_read(bench.store.store, &txn), 0);
    assert_int_equal(feed_second(feed, txn, principals_changed), 0);
    store_abort(txn);
}

static void committed(void) {
    struct store_txn *txn;
    assert_int_equal(store_begin_read(bench.store.store, &txn), 0);
    assert_int_equal(feed_committed(feed, txn), 0);
    store_abort(txn);
}

/* Reads one message; false when none came within ms. */
static bool receive(zsock_t *consumer, int ms, char topic[128], struct buffer *payload) {
    zmq_pollitem_t item = {.socket = zsock_resolve(consumer), .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, ms) <= 0) {
        return false;
    }
    int bytes = zmq_recv(zsock_resolve(consumer), topic, 127, 0);
    assert_true(bytes > 0 && bytes < 127);
    topic[bytes] = '\0';
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    assert_true(zmq_msg_recv(&frame, zsock_resolve(consumer), 0) >= 0);
    assert_false(zmq_msg_more(&frame));
    buffer_reset(payload);
    assert_int_equal(buffer_append(payload, zmq_msg_data(&frame), zmq_msg_size(&frame)), 0);
    zmq_msg_close(&frame);
    return true;
}

/* Heartbeats until the consumer hears one of the network: its subscription stands. */
static void wait_heard(zsock_t *consumer, const char *topic) {
    struct buffer payload = {0};
    char heard[128] = "";
    int64_t end = zclock_mono() + DEADLINE_MS;
    while (strcmp(heard, topic) != 0) {
        assert_true(zclock_mono() < end);
        (void)turn(20);
        second(false);
        while (strcmp(heard, topic) != 0 && receive(consumer, 20, heard, &payload)) {
        }
    }
    buffer_free(&payload);
}

/* Everything that came so far is taken away. */
static void flush_consumer(zsock_t *consumer) {
    struct buffer payload = {0};
    char topic[128];
    while (receive(consumer, QUIET_MS, topic, &payload)) {
    }
    buffer_free(&payload);
}

static void a_turn_is_one_message_per_topic_with_the_counters_in_order(void **state) {
    (void)state;
    zsock_t *consumer = consumer_of("seven", "N07/");
    wait_heard(consumer, "N07/heartbeat");
    flush_consumer(consumer);
    for (int i = 0; i < 5; i++) {
        bench_session(&bench, "N07");
        bench_session(&bench, "N08");
    }
    committed();
    static const char *const topics[] = {"N07/attestation.accepted", "N07/rated", "N07/posted"};
    struct buffer payload = {0};
    struct arena arena;
    assert_int_equal(arena_open(&arena, 1 << 20), 0);
    for (size_t i = 0; i < 3; i++) {
        char topic[128];
        assert_true(receive(consumer, DEADLINE_MS, topic, &payload));
        assert_string_equal(topic, topics[i]);
        const Elp__V1__FeedMessage *message =
            wire_unpack(&arena, &elp__v1__feed_message__descriptor, buffer_span(&payload));
        assert_non_null(message);
        assert_string_equal(message->topic, topic);
        assert_string_equal(message->epoch, TEST_EPOCH);
        assert_int_equal(message->head, bench.journal.head);
        assert_int_equal(message->n_events, 5);
        for (size_t k = 0; k < 5; k++) {
            assert_int_equal(message->events[k]->counter, k + 1);
            assert_int_equal(strncmp(message->events[k]->attestation, TEST_EPOCH "-", 17), 0);
        }
    }
    char topic[128];
    assert_false(receive(consumer, QUIET_MS, topic, &payload));
    arena_close(&arena);
    buffer_free(&payload);
    zsock_destroy(&consumer);
}

static void a_heartbeat_tells_the_counters_of_its_network(void **state) {
    (void)state;
    bench_session(&bench, "N07");
    bench_session(&bench, "N08");
    zsock_t *consumer = consumer_of("seven", "N07/heartbeat");
    wait_heard(consumer, "N07/heartbeat");
    second(false);
    char topic[128];
    struct buffer payload = {0};
    struct arena arena;
    assert_int_equal(arena_open(&arena, 1 << 20), 0);
    assert_true(receive(consumer, DEADLINE_MS, topic, &payload));
    const Elp__V1__FeedMessage *message =
        wire_unpack(&arena, &elp__v1__feed_message__descriptor, buffer_span(&payload));
    assert_non_null(message);
    assert_int_equal(message->n_counters, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(strncmp(message->counters[i]->topic, "N07/", 4), 0);
        assert_int_equal(message->counters[i]->counter, 1);
    }
    arena_close(&arena);
    buffer_free(&payload);
    zsock_destroy(&consumer);
}

static void a_subscription_outside_the_scope_hears_nothing(void **state) {
    (void)state;
    static const char *const prefixes[] = {"", "N0", "N07", "N08/", "-/"};
    zsock_t *all = consumer_of("all", "");
    zsock_t *outside[5];
    for (size_t i = 0; i < 5; i++) {
        outside[i] = consumer_of("seven", prefixes[i]);
    }
    wait_heard(all, "N08/heartbeat");
    while (turn(QUIET_MS)) {
    }
    bench_session(&bench, "N07");
    bench_session(&bench, "N08");
    committed();
    second(false);
    struct buffer payload = {0};
    char topic[128];
    for (size_t i = 0; i < 5; i++) {
        assert_false(receive(outside[i], QUIET_MS, topic, &payload));
        zsock_destroy(&outside[i]);
    }
    assert_true(receive(all, DEADLINE_MS, topic, &payload));
    buffer_free(&payload);
    zsock_destroy(&all);
}

/* Heartbeats fill the slow one's queue without a commit each: four of them, one for each network and pseudo network. */
static void a_slow_consumer_loses_messages_and_delays_nobody(void **state) {
    (void)state;
    enum { ROUNDS = 2000, HEARTBEATS = 4 };
    zsock_t *slow = consumer_of_type("all", ZMQ_SUB);
    zsock_t *quick = consumer_of("seven", "N07/posted");
    zsock_t *heart = consumer_of("seven", "N07/heartbeat");
    wait_heard(heart, "N07/heartbeat");
    zsock_destroy(&heart);
    zsock_set_subscribe(slow, "");
    wait_heard(slow, "N08/heartbeat");
    while (turn(QUIET_MS)) {
    }
    struct buffer payload = {0};
    char topic[128];
    for (int round = 0; round < ROUNDS; round++) {
        second(false);
        if (round % 100 == 0) {
            bench_session(&bench, "N07");
            committed();
            assert_true(receive(quick, DEADLINE_MS, topic, &payload));
            assert_string_equal(topic, "N07/posted");
        }
    }
    int heard = 0;
    while (receive(slow, QUIET_MS, topic, &payload)) {
        heard++;
    }
    assert_in_range(heard, 1, ROUNDS * HEARTBEATS - 1);
    buffer_free(&payload);
    zsock_destroy(&slow);
    zsock_destroy(&quick);
}

static void a_revoked_consumer_hears_nothing_more_and_the_others_come_back(void **state) {
    (void)state;
    zsock_t *seven = consumer_of("seven", "N07/");
    zsock_t *eight = consumer_of("eight", "N08/");
    wait_heard(seven, "N07/heartbeat");
    wait_heard(eight, "N08/heartbeat");
    char path[CELL_PATH_BYTES];
    cell_path(&cell, "allow/seven.pub", path);
    assert_int_equal(unlink(path), 0);
    assert_true(principals_refresh(principals));
    second(true);
    wait_heard(eight, "N08/heartbeat");
    while (turn(QUIET_MS)) {
    }
    flush_consumer(seven);
    bench_session(&bench, "N07");
    committed();
    second(false);
    struct buffer payload = {0};
    char topic[128];
    assert_false(receive(seven, QUIET_MS, topic, &payload));
    buffer_free(&payload);
    zsock_destroy(&seven);
    zsock_destroy(&eight);
}

/* Sends and lets the feed's socket queue the frame without anybody reading it. */
static void send_and_queue(zsock_t *consumer, const char *frame, size_t bytes) {
    int events;
    size_t size = sizeof(events);
    assert_int_equal(zmq_send(zsock_resolve(consumer), frame, bytes, 0), (int)bytes);
    flush_consumer(consumer);
    assert_int_equal(zmq_getsockopt(zsock_resolve(socket_of_feed), ZMQ_EVENTS, &events, &size), 0);
}

/*
 * libzmq notes no connection for a frame that is no subscription, so that the connection of the next subscription is
 * taken for that of the one after it. The feed must not grant anything then.
 */
static void a_frame_that_is_no_subscription_wins_nobody_anything(void **state) {
    (void)state;
    zsock_t *eight = consumer_of_type("eight", ZMQ_XSUB);
    zsock_t *seven = consumer_of_type("seven", ZMQ_XSUB);
    assert_int_equal(zmq_send(zsock_resolve(eight), "\1N08/heartbeat", 14, 0), 14);
    assert_int_equal(zmq_send(zsock_resolve(seven), "\1N07/heartbeat", 14, 0), 14);
    wait_heard(eight, "N08/heartbeat");
    wait_heard(seven, "N07/heartbeat");
    /* In one queue: a frame of 8, a subscription of 7, one of 8. Taken as it comes, 8 would be given N07/rated. */
    send_and_queue(eight, "\5", 1);
    send_and_queue(seven, "\1N07/rated", 10);
    send_and_queue(eight, "\1N08/rated", 10);
    while (turn(QUIET_MS)) {
    }
    wait_heard(eight, "N08/heartbeat");
    wait_heard(seven, "N07/heartbeat");
    bench_session(&bench, "N07");
    committed();
    struct buffer payload = {0};
    char topic[128];
    while (receive(eight, QUIET_MS, topic, &payload)) {
        assert_int_equal(strncmp(topic, "N08/", 4), 0);
    }
    buffer_free(&payload);
    zsock_destroy(&seven);
    zsock_destroy(&eight);
}

int main(void) {
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
    const struct CMUnitTest claims[] = {
        CLAIM(a_turn_is_one_message_per_topic_with_the_counters_in_order),
        CLAIM(a_heartbeat_tells_the_counters_of_its_network),
        CLAIM(a_subscription_outside_the_scope_hears_nothing),
        CLAIM(a_slow_consumer_loses_messages_and_delays_nobody),
        CLAIM(a_revoked_consumer_hears_nothing_more_and_the_others_come_back),
        CLAIM(a_frame_that_is_no_subscription_wins_nobody_anything),
    };
    zsys_handler_set(NULL);
    return cmocka_run_group_tests(claims, NULL, NULL);
}
