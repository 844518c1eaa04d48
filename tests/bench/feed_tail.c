#include "tests/bench/feed_tail.h"

#include <string.h>

#include "common/client_socket.h"
#include "common/wire.h"
#include "common/wire_walk.h"
#include "tests/bench/bench.h"

#define FIRST_HEARTBEAT_MS 15000
#define QUEUE 100000 /* the generator may be away from the feed while it sends */

enum { MESSAGE_EVENTS = 3, MESSAGE_HEAD = 4 };

bool feed_tail_open(const struct cell *cell, const char *consumer, struct feed_tail *ret) {
    char public_key[KEY_TEXT_BYTES];
    char secret_key[KEY_TEXT_BYTES];
    char server_key[KEY_TEXT_BYTES];
    if (cell_key_load(cell, consumer, public_key, secret_key) < 0 ||
        cell_service_key_load(cell, CELL_REPORTING, server_key) < 0) {
        return false;
    }
    struct feed_tail feed = {.socket = zsock_new(ZMQ_SUB)};
    socket_limits(feed.socket, WIRE_REPLY_BYTES_MAX);
    zsock_set_rcvhwm(feed.socket, QUEUE);
    zsock_set_curve_serverkey(feed.socket, server_key);
    zsock_set_curve_publickey(feed.socket, public_key);
    zsock_set_curve_secretkey(feed.socket, secret_key);
    zsock_set_subscribe(feed.socket, "");
    if (zsock_connect(feed.socket, "%s", cell->services[CELL_REPORTING].feed) != 0) {
        (void)bench_fail("the feed cannot be reached");
        return false;
    }
    int64_t deadline_ns = bench_now_ns() + (int64_t)FIRST_HEARTBEAT_MS * 1000000;
    while (feed.heartbeats == 0 && bench_now_ns() < deadline_ns) {
        zmq_pollitem_t item = {.socket = zsock_resolve(feed.socket), .events = ZMQ_POLLIN};
        (void)zmq_poll(&item, 1, 100);
        feed_tail_drain(&feed);
    }
    if (feed.heartbeats == 0) {
        (void)bench_fail("no heartbeat came over the feed");
        feed_tail_close(&feed);
        return false;
    }
    *ret = feed;
    return true;
}

void feed_tail_close(struct feed_tail *feed) {
    zsock_destroy(&feed->socket);
}

static bool ends_with(struct span topic, const char *kind) {
    size_t bytes = strlen(kind);
    return topic.bytes > bytes && memcmp(topic.data + topic.bytes - bytes, kind, bytes) == 0;
}

static void take_message(struct feed_tail *feed, struct span topic, struct span message) {
    struct wire_field field;
    uint64_t events = 0;
    while (wire_walk(&message, &field)) {
        events += field.number == MESSAGE_EVENTS;
        if (field.number == MESSAGE_HEAD && field.value > feed->head) {
            feed->head = field.value;
        }
    }
    if (ends_with(topic, "/heartbeat")) {
        feed->heartbeats++;
        return;
    }
    feed->messages++;
    feed->events += events;
    feed->accepted += ends_with(topic, "/attestation.accepted") ? events : 0;
    feed->refused += ends_with(topic, "/attestation.refused") ? events : 0;
}

void feed_tail_drain(struct feed_tail *feed) {
    void *socket = zsock_resolve(feed->socket);
    zmq_msg_t topic;
    zmq_msg_t message;
    (void)zmq_msg_init(&topic);
    (void)zmq_msg_init(&message);
    while (zmq_msg_recv(&topic, socket, ZMQ_DONTWAIT) >= 0 && zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) >= 0) {
        take_message(feed, span_of(zmq_msg_data(&topic), zmq_msg_size(&topic)),
                     span_of(zmq_msg_data(&message), zmq_msg_size(&message)));
    }
    (void)zmq_msg_close(&topic);
    (void)zmq_msg_close(&message);
}

bool feed_tail_wait(struct feed_tail *feed, uint64_t number, int wait_ms) {
    int64_t deadline_ns = bench_now_ns() + (int64_t)wait_ms * 1000000;
    feed_tail_drain(feed);
    while (feed->head < number && bench_now_ns() < deadline_ns) {
        zmq_pollitem_t item = {.socket = zsock_resolve(feed->socket), .events = ZMQ_POLLIN};
        (void)zmq_poll(&item, 1, 100);
        feed_tail_drain(feed);
    }
    return feed->head >= number;
}
