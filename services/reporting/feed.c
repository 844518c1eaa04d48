#include "services/reporting/feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/attestation.h"
#include "common/log.h"
#include "common/wire.h"
#include "common/wire_walk.h"
#include "elp/v1/reporting.pb-c.h"
#include "services/reporting/core.h"
#include "services/reporting/subscriptions.h"

#define HEARTBEAT "heartbeat"
#define EVENTS_FIELD_TAG 0x1a      /* FeedMessage.events: field 3, length-delimited */
#define ATTESTATION_FIELD_TAG 0x3a /* Event.attestation: field 7, length-delimited */

/* Fields of ReportingRecord and Event that are looked at in place. */
enum { RECORD_EVENTS = 2 };
enum { EVENT_NETWORK = 3, EVENT_KIND = 4, EVENT_ATTESTATION_NUMBER = 24 };

struct feed {
    const struct reporting *reporting;
    const struct principals *principals;
    const struct journal *journal;
    struct metrics *metrics;
    char endpoint[CELL_ENDPOINT_BYTES]; /* as it is bound */
    zsock_t *socket;
    bool bound;
    struct subscriptions subscriptions;
    uint64_t over_limit_logged;
    uint64_t published; /* last record whose events went out */
    struct arena arena;
    struct buffer *topics; /* packed events of this turn, by topic */
    size_t topic_room;
    uint32_t *touched; /* topics that have some, in order of their first event */
    size_t touched_count;
    struct buffer event; /* scratch of one event */
    struct buffer message;
};

/* --- opening and binding ------------------------------------------------------------------------------------------ */

static bool feed_bind(struct feed *feed) {
    feed->bound = zmq_bind(zsock_resolve(feed->socket), feed->endpoint) == 0;
    if (!feed->bound) {
        log_line(LOG_LEVEL_WARNING, "feed-bind-failed", "endpoint", LOG_TEXT, feed->endpoint, "reason", LOG_TEXT,
                 zmq_strerror(zmq_errno()), NULL);
    }
    return feed->bound;
}

/*
 * Drops every connection and listens again: libzmq cannot end one connection of its own choice. Honest consumers come
 * back by themselves, subscribe again, see the jump of a counter and fetch (pitfalls §2.1).
 */
static void feed_rebind(struct feed *feed, const char *why) {
    metrics_add(feed->metrics, METRIC_FEED_RESTARTS, 0, 1);
    log_line(LOG_LEVEL_WARNING, "feed-rebound", "reason", LOG_TEXT, why, NULL);
    if (feed->bound && zmq_unbind(zsock_resolve(feed->socket), feed->endpoint) != 0) {
        log_line(LOG_LEVEL_WARNING, "feed-unbind-failed", "reason", LOG_TEXT, zmq_strerror(zmq_errno()), NULL);
    }
    subscriptions_clear(&feed->subscriptions);
    (void)feed_bind(feed); /* tried again every second */
}

int feed_open(void *core, const struct service_context *context, const char *public_key, const char *secret_key,
              void **ret_feed, zsock_t **ret_socket) {
    struct feed *feed = calloc(1, sizeof(*feed));
    if (feed == NULL) {
        return FAILURE_MEMORY;
    }
    feed->reporting = core;
    feed->principals = context->principals;
    feed->journal = context->journal;
    feed->metrics = context->metrics;
    feed->published = context->journal->head;
    cell_bind_endpoint(context->cell, context->cell->services[CELL_REPORTING].feed, feed->endpoint);
    int failure = arena_open(&feed->arena, WIRE_ARENA_BYTES);
    feed->socket = failure == 0 ? zsock_new(ZMQ_XPUB) : NULL;
    if (feed->socket == NULL) {
        feed_close(feed);
        return failure != 0 ? failure : FAILURE_SYSTEM;
    }
    const int manual = 1;
    server_socket_secure(feed->socket, public_key, secret_key, FEED_SUBSCRIPTION_BYTES_MAX);
    zsock_set_sndhwm(feed->socket, FEED_QUEUE);
    if (zmq_setsockopt(zsock_resolve(feed->socket), ZMQ_XPUB_MANUAL, &manual, sizeof(manual)) != 0) {
        feed_close(feed);
        return FAILURE_SYSTEM;
    }
    if (!feed_bind(feed)) {
        (void)fprintf(stderr,
                      "elp-reporting: cannot listen on %s for the feed; another process has it, or cell.yaml names the "
                      "wrong address\n",
                      feed->endpoint);
        feed_close(feed);
        return FAILURE_CONFIG;
    }
    *ret_feed = feed;
    *ret_socket = feed->socket;
    return 0;
}

void feed_close(void *edge) {
    struct feed *feed = edge;
    if (feed == NULL) {
        return;
    }
    zsock_destroy(&feed->socket);
    for (size_t i = 0; i < feed->topic_room; i++) {
        buffer_free(&feed->topics[i]);
    }
    free(feed->topics);
    free(feed->touched);
    buffer_free(&feed->event);
    buffer_free(&feed->message);
    subscriptions_free(&feed->subscriptions);
    arena_close(&feed->arena);
    free(feed);
}

/* --- subscriptions ------------------------------------------------------------------------------------------------ */

/* For logs: the operator revokes by name. */
static const char *principal_name(const struct feed *feed, const char *key) {
    const struct principal *principal = key == NULL ? NULL : principals_by_key(feed->principals, key);
    return principal == NULL ? "unknown" : principal->name.text;
}

static void log_refused(const struct feed *feed, const char *key, struct span prefix) {
    char text[SUBSCRIPTION_BYTES_MAX + 1] = {0};
    for (size_t i = 0; i < prefix.bytes && i < SUBSCRIPTION_BYTES_MAX; i++) {
        text[i] = prefix.data[i] >= 0x20 && prefix.data[i] < 0x7f ? (char)prefix.data[i] : '?';
    }
    log_line(LOG_LEVEL_WARNING, "subscription-refused", "principal", LOG_TEXT, principal_name(feed, key), "prefix",
             LOG_TEXT, text, NULL);
}

/* One subscription (01 prefix) or its end (00 prefix). libzmq applies the option to the frame's own connection. */
static void take_subscription(struct feed *feed, const char *key, const uint8_t *frame, size_t bytes) {
    void *socket = zsock_resolve(feed->socket);
    struct span prefix = span_of(frame + 1, bytes - 1);
    if (frame[0] == 0) {
        if (subscriptions_remove(&feed->subscriptions, key, prefix)) {
            (void)zmq_setsockopt(socket, ZMQ_UNSUBSCRIBE, prefix.data, prefix.bytes);
        }
        return;
    }
    switch (subscriptions_add(&feed->subscriptions, feed->principals, key, prefix)) {
    case SUBSCRIPTION_GRANTED:
        (void)zmq_setsockopt(socket, ZMQ_SUBSCRIBE, prefix.data, prefix.bytes);
        return;
    case SUBSCRIPTION_REFUSED:
        log_refused(feed, key, prefix);
        break;
    case SUBSCRIPTION_REFUSED_AGAIN:
    case SUBSCRIPTION_OVER_LIMIT:
        break;
    }
    metrics_add(feed->metrics, METRIC_FEED_SUBSCRIPTIONS_REFUSED, 0, 1);
}

/* Takes everything that waits and acts on none of it. */
static void feed_drain(struct feed *feed) {
    zmq_msg_t frame;
    (void)zmq_msg_init(&frame);
    while (zmq_msg_recv(&frame, zsock_resolve(feed->socket), ZMQ_DONTWAIT) >= 0 || errno == EINTR) {
    }
    (void)zmq_msg_close(&frame);
}

int feed_readable(void *edge) {
    struct feed *feed = edge;
    for (int frames = 0; frames < FEED_FRAMES_PER_TURN_MAX; frames++) {
        zmq_msg_t frame;
        (void)zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, zsock_resolve(feed->socket), ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&frame);
            return errno == EAGAIN || errno == EINTR ? 0 : FAILURE_SYSTEM;
        }
        const uint8_t *data = zmq_msg_data(&frame);
        size_t bytes = zmq_msg_size(&frame);
        const char *key = zmq_msg_gets(&frame, "User-Id"); /* none when the connection is gone */
        bool subscription = bytes > 0 && data[0] <= 1;
        if (subscription && key != NULL) {
            take_subscription(feed, key, data, bytes);
        } else if (!subscription) {
            log_line(LOG_LEVEL_WARNING, "feed-frame-foreign", "principal", LOG_TEXT, principal_name(feed, key), NULL);
        }
        (void)zmq_msg_close(&frame);
        if (!subscription) {
            /*
             * Only a hand-made client sends anything else. libzmq 4.3.4 then loses track of which connection the
             * following frames belong to (xpub.cpp notes no pipe for such a frame), and a grant could go to the wrong
             * one: start over.
             */
            feed_drain(feed);
            feed_rebind(feed, "a frame that is no subscription");
            return 0;
        }
    }
    return 0;
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

/* Sends topic and message without waiting; libzmq drops it for a consumer whose queue is full. */
static void send_message(struct feed *feed, const char *topic) {
    void *socket = zsock_resolve(feed->socket);
    int sent;
    do {
        sent = zmq_send(socket, topic, strlen(topic), ZMQ_SNDMORE | ZMQ_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    metrics_add(feed->metrics, sent < 0 ? METRIC_FEED_MESSAGES_LOST : METRIC_FEED_MESSAGES, 0, 1);
    if (sent < 0) {
        log_line(LOG_LEVEL_WARNING, "feed-send-failed", "reason", LOG_TEXT, zmq_strerror(zmq_errno()), NULL);
        return;
    }
    do {
        sent = zmq_send(socket, feed->message.data, feed->message.used, ZMQ_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
}

/* Everything of a FeedMessage but its events. */
static int pack_head(struct feed *feed, const char *topic, Elp__V1__TopicCounter **counters, size_t count) {
    Elp__V1__FeedMessage message = ELP__V1__FEED_MESSAGE__INIT;
    message.epoch = (char *)reporting_epoch(feed->reporting);
    message.topic = (char *)topic;
    message.head = feed->journal->head;
    message.counters = counters;
    message.n_counters = count;
    return buffer_pack(&feed->message, &message.base);
}

static int topics_room(struct feed *feed, size_t count) {
    if (count <= feed->topic_room) {
        return 0;
    }
    struct buffer *topics = reallocarray(feed->topics, count, sizeof(*topics));
    if (topics == NULL) {
        return FAILURE_MEMORY;
    }
    feed->topics = topics;
    uint32_t *touched = reallocarray(feed->touched, count, sizeof(*touched));
    if (touched == NULL) {
        return FAILURE_MEMORY;
    }
    feed->touched = touched;
    memset(topics + feed->topic_room, 0, (count - feed->topic_room) * sizeof(*topics));
    feed->topic_room = count;
    return 0;
}

static int append_bytes(struct buffer *buffer, uint8_t tag, struct span bytes) {
    uint8_t head[11] = {tag};
    size_t used = 1;
    for (size_t rest = bytes.bytes; used == 1 || rest > 0; rest >>= 7) {
        head[used++] = (uint8_t)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    }
    int failure = buffer_append(buffer, head, used);
    return failure != 0 ? failure : buffer_append(buffer, bytes.data, bytes.bytes);
}

/*
 * Appends an event, as an element of FeedMessage.events, to what its topic sends: its bytes as they stand in the
 * journal, and behind them the attestation's id, which the journal leaves out. Nothing is decoded that is not looked at.
 */
static int collect_event(struct feed *feed, struct span event) {
    struct span network = {0};
    struct span kind = {0};
    uint64_t attestation = 0;
    struct wire_field field;
    for (struct span rest = event; wire_walk(&rest, &field);) {
        network = field.number == EVENT_NETWORK ? field.bytes : network;
        kind = field.number == EVENT_KIND ? field.bytes : kind;
        attestation = field.number == EVENT_ATTESTATION_NUMBER ? field.value : attestation;
    }
    char name[TEXT_INDEX_BYTES];
    uint32_t topic = topic_name(network, kind, name) ? topics_find(&feed->reporting->topics, name) : TEXT_INDEX_NONE;
    if (topic == TEXT_INDEX_NONE) {
        return FAILURE_CORRUPT;
    }
    struct buffer *buffer = &feed->topics[topic];
    if (buffer->used == 0) {
        feed->touched[feed->touched_count++] = topic;
    }
    const char *epoch = epochs_at(&feed->reporting->epochs, attestation);
    if (attestation == 0 || epoch[0] == '\0') {
        return append_bytes(buffer, EVENTS_FIELD_TAG, event);
    }
    char id[ATTESTATION_ID_BYTES];
    struct span text = span_of_text(attestation_id_format(epoch, attestation, id, sizeof(id)));
    buffer_reset(&feed->event);
    int failure = buffer_append(&feed->event, event.data, event.bytes);
    if (failure == 0) {
        failure = append_bytes(&feed->event, ATTESTATION_FIELD_TAG, text);
    }
    return failure != 0 ? failure : append_bytes(buffer, EVENTS_FIELD_TAG, buffer_span(&feed->event));
}

static int collect_record(struct feed *feed, struct store_txn *read, uint64_t number) {
    struct span record;
    struct wire_field field;
    int failure = journal_read(feed->journal, read, number, &record, NULL);
    while (failure == 0 && wire_walk(&record, &field)) {
        if (field.number == RECORD_EVENTS) {
            failure = collect_event(feed, field.bytes);
        }
    }
    return failure == 0 && record.bytes > 0 ? FAILURE_CORRUPT : failure;
}

static int send_topics(struct feed *feed) {
    for (size_t i = 0; i < feed->touched_count; i++) {
        struct buffer *events = &feed->topics[feed->touched[i]];
        const char *topic = text_index_text(&feed->reporting->topics.names, feed->touched[i]);
        int failure = pack_head(feed, topic, NULL, 0);
        if (failure == 0) {
            /* Serialised fields may follow each other in any order: the events go behind the rest. */
            failure = buffer_append(&feed->message, events->data, events->used);
        }
        if (failure != 0) {
            return failure;
        }
        send_message(feed, topic);
        buffer_reset(events);
    }
    feed->touched_count = 0;
    return 0;
}

int feed_committed(void *edge, struct store_txn *read) {
    struct feed *feed = edge;
    uint64_t head = feed->journal->head;
    if (feed->subscriptions.granted == 0) {
        feed->published = head;
        return 0;
    }
    int failure = topics_room(feed, feed->reporting->topics.names.count);
    while (failure == 0 && feed->published < head) {
        failure = collect_record(feed, read, feed->published + 1);
        feed->published++;
    }
    return failure != 0 ? failure : send_topics(feed);
}

static int send_heartbeats(struct feed *feed) {
    const struct text_index *codes = &feed->reporting->networks.codes;
    for (uint32_t id = 0; id < codes->count; id++) {
        const char *network = text_index_text(codes, id);
        char topic[TEXT_INDEX_BYTES];
        (void)snprintf(topic, sizeof(topic), "%s/" HEARTBEAT, network);
        arena_reset(&feed->arena);
        Elp__V1__TopicCounter **counters;
        size_t count;
        if (!topics_counters(&feed->reporting->topics, &feed->arena, network, &counters, &count)) {
            return FAILURE_MEMORY;
        }
        int failure = pack_head(feed, topic, counters, count);
        if (failure != 0) {
            return failure;
        }
        send_message(feed, topic);
    }
    return 0;
}

int feed_second(void *edge, struct store_txn *read, bool principals_changed) {
    (void)read;
    struct feed *feed = edge;
    metrics_set(feed->metrics, METRIC_FEED_SUBSCRIPTIONS, 0, feed->subscriptions.granted);
    if (principals_changed && !subscriptions_hold(&feed->subscriptions, feed->principals)) {
        feed_rebind(feed, "a subscription is no longer allowed");
    } else if (!feed->bound) {
        (void)feed_bind(feed);
    }
    if (feed->subscriptions.over_limit != feed->over_limit_logged) {
        feed->over_limit_logged = feed->subscriptions.over_limit;
        log_line(LOG_LEVEL_WARNING, "subscriptions-over-limit", "total", LOG_NUMBER, (int64_t)feed->over_limit_logged,
                 NULL);
    }
    return feed->subscriptions.granted == 0 ? 0 : send_heartbeats(feed);
}
