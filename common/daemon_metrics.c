#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/daemon_state.h"
#include "common/log.h"
#include "common/require.h"

/* What the loop tells common/metrics, and the page that shows it. */

#define PLACE_UNKNOWN GENERIC_HANDLERS
#define PLACE_SERVICE (GENERIC_HANDLERS + 1)
#define EVENTS_PER_SECOND_MAX 100000
#define HANDSHAKE_EVENTS \
    (ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

static const char *const socket_names[METRICS_SOCKETS] = {"commands", "journal", "feed"};

size_t daemon_metrics_request(const struct daemon *daemon, const struct handler *handler) {
    if (!handler) {
        return PLACE_UNKNOWN;
    }
    for (size_t i = 0; i < GENERIC_HANDLERS; i++) {
        if (handler == generic_handlers[i]) {
            return i;
        }
    }
    return PLACE_SERVICE + (size_t)(handler - daemon->service->handlers);
}

int daemon_metrics_open(struct daemon *daemon) {
    const struct service *service = daemon->service;
    struct metrics_setup setup = {.service = service->id, .requests = daemon->request_names};
    require(PLACE_SERVICE + service->handler_count <= REQUEST_NAMES_MAX);
    for (size_t i = 0; i < GENERIC_HANDLERS; i++) {
        daemon->request_names[i] = generic_handlers[i]->name;
    }
    daemon->request_names[PLACE_UNKNOWN] = "unknown";
    for (size_t i = 0; i < service->handler_count; i++) {
        daemon->request_names[PLACE_SERVICE + i] = service->handlers[i].name;
    }
    setup.request_count = PLACE_SERVICE + service->handler_count;
    for (size_t i = 0; i < service->upstream_count; i++) {
        daemon->upstream_names[i] = cell_service_names[service->upstreams[i]];
    }
    setup.upstreams = daemon->upstream_names;
    setup.upstream_count = service->upstream_count;
    int failure = metrics_open(&setup, &daemon->metrics);
    if (failure == 0) {
        struct timespec now;
        require(clock_gettime(CLOCK_REALTIME, &now) == 0);
        metrics_set(daemon->metrics, METRIC_START_TIME, 0,
                    (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
        metrics_set(daemon->metrics, METRIC_SIMULATED, 0, daemon->cell.manual_clock);
        metrics_set(daemon->metrics, METRIC_COMMITTED, 0, monotonic_us());
    }
    return failure;
}

/* --- handshakes --------------------------------------------------------------------------------------------------- */

/*
 * The only sign of a refused key is an event of its socket (pitfalls §2.3). The queue between has no limit, because an I/O
 * thread that waits for us would stop every connection; it is emptied each second.
 */
static int watch(zsock_t *socket, const char *name, zsock_t **ret) {
    char endpoint[64];
    (void)snprintf(endpoint, sizeof endpoint, "inproc://handshakes-%s", name);
    if (zmq_socket_monitor(zsock_resolve(socket), endpoint, HANDSHAKE_EVENTS) != 0) {
        return FAILURE_SYSTEM;
    }
    *ret = zsock_new(ZMQ_PAIR);
    if (!*ret) {
        return FAILURE_SYSTEM;
    }
    zsock_set_rcvhwm(*ret, 0);
    return zsock_connect(*ret, "%s", endpoint) == 0 ? 0 : FAILURE_SYSTEM;
}

static zsock_t *watched(const struct daemon *daemon, size_t which) {
    zsock_t *const sockets[METRICS_SOCKETS] = {
        [METRICS_COMMANDS] = daemon->commands,
        [METRICS_JOURNAL] = daemon->journal_socket,
        [METRICS_FEED] = daemon->edge_socket,
    };
    return sockets[which];
}

/* One event: number and value in one frame, the address in another. False when none waits. */
static bool take_event(void *monitor, enum metrics_handshake *ret) {
    uint8_t frame[6];
    uint16_t event;
    if (zmq_recv(monitor, frame, sizeof frame, ZMQ_DONTWAIT) < 0) {
        return false;
    }
    memcpy(&event, frame, sizeof event);
    *ret = event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH       ? METRICS_HANDSHAKE_KEY
           : event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL ? METRICS_HANDSHAKE_PROTOCOL
                                                          : METRICS_HANDSHAKE_BROKEN;
    (void)zmq_recv(monitor, NULL, 0, ZMQ_DONTWAIT);
    return true;
}

/* Counted each time, logged once a minute: whoever tries keys must not fill the disk with it. */
static void note_foreign_keys(struct daemon *daemon, size_t which, uint64_t count) {
    int64_t logged_ms = daemon->foreign_keys[which].logged_ms;
    daemon->foreign_keys[which].count += count;
    if (daemon->foreign_keys[which].count == 0 ||
        (logged_ms != 0 && daemon->now_ms - logged_ms < DENIALS_LOGGED_EVERY_MS)) {
        return;
    }
    log_line(LOG_LEVEL_WARNING, "foreign-key", "socket", LOG_TEXT, socket_names[which], "count", LOG_NUMBER,
             (int64_t)daemon->foreign_keys[which].count, NULL);
    daemon->foreign_keys[which].count = 0;
    daemon->foreign_keys[which].logged_ms = daemon->now_ms;
}

static void count_handshakes(struct daemon *daemon, size_t which) {
    uint64_t foreign_keys = 0;
    enum metrics_handshake reason;
    if (!daemon->handshakes[which]) {
        return;
    }
    void *monitor = zsock_resolve(daemon->handshakes[which]);
    for (int events = 0; events < EVENTS_PER_SECOND_MAX && take_event(monitor, &reason); events++) {
        metrics_add(daemon->metrics, METRIC_HANDSHAKE_FAILURES, which * METRICS_HANDSHAKES + reason, 1);
        foreign_keys += reason == METRICS_HANDSHAKE_KEY;
    }
    note_foreign_keys(daemon, which, foreign_keys);
}

void daemon_metrics_unwatch(struct daemon *daemon) {
    for (size_t i = 0; i < METRICS_SOCKETS; i++) {
        if (daemon->handshakes[i]) {
            (void)zmq_socket_monitor(zsock_resolve(watched(daemon, i)), NULL, 0);
            zsock_destroy(&daemon->handshakes[i]);
        }
    }
}

/* --- the page ----------------------------------------------------------------------------------------------------- */

static int render(void *state, struct buffer *page) {
    const struct daemon *daemon = state;
    return metrics_render(daemon->metrics, monotonic_us(), page);
}

static const struct http_route routes[] = {
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", render},
};

int daemon_metrics_listen(struct daemon *daemon) {
    const char *endpoint = daemon->cell.services[daemon->service->id].metrics;
    for (size_t i = 0; i < METRICS_SOCKETS; i++) {
        int failure = watched(daemon, i) ? watch(watched(daemon, i), socket_names[i], &daemon->handshakes[i]) : 0;
        if (failure < 0) {
            return failure;
        }
    }
    daemon_metrics_turn(daemon);
    daemon_metrics_second(daemon);
    return endpoint[0] ? http_open(endpoint, routes, sizeof routes / sizeof routes[0], daemon, &daemon->http) : 0;
}

void daemon_metrics_close(struct daemon *daemon) {
    http_close(daemon->http);
    metrics_close(daemon->metrics);
}

/* --- the loop's values -------------------------------------------------------------------------------------------- */

void daemon_metrics_committed(struct daemon *daemon, uint64_t began_us, uint64_t records) {
    uint64_t now_us = monotonic_us();
    metrics_observe(daemon->metrics, METRIC_COMMIT_DURATION, now_us - began_us);
    metrics_observe(daemon->metrics, METRIC_COMMIT_RECORDS, records);
    metrics_add(daemon->metrics, METRIC_RECORDS, 0, records);
    metrics_set(daemon->metrics, METRIC_COMMITTED, 0, now_us);
}

static void tell_upstreams(struct daemon *daemon) {
    bool stopped = false;
    for (size_t i = 0; i < daemon->service->upstream_count; i++) {
        const struct upstream *upstream = daemon->upstreams[i];
        const uint8_t *hash = NULL;
        uint64_t applied = upstream_applied(upstream, &hash);
        uint64_t head = upstream_head(upstream);
        bool diverged = upstream_state(upstream) == UPSTREAM_DIVERGED;
        metrics_set(daemon->metrics, METRIC_UPSTREAM_BACKLOG, i, head > applied ? head - applied : 0);
        metrics_set(daemon->metrics, METRIC_UPSTREAM_CONNECTED, i, upstream_connected(upstream, daemon->now_ms));
        metrics_set(daemon->metrics, METRIC_UPSTREAM_DIVERGED, i, diverged);
        stopped = stopped || diverged;
    }
    metrics_set(daemon->metrics, METRIC_STOPPED, 0, stopped);
}

void daemon_metrics_turn(struct daemon *daemon) {
    struct metrics *metrics = daemon->metrics;
    const struct exchange_counts *counts = &daemon->counts;
    metrics_set(metrics, METRIC_TICK, 0, monotonic_us());
    metrics_set(metrics, METRIC_HEAD, 0, daemon->journal.head);
    metrics_set(metrics, METRIC_REQUESTS_PARKED, 0, daemon->parked_count);
    metrics_set(metrics, METRIC_FRAMES_UNDECODABLE, 0, counts->undecodable);
    for (size_t i = 0; i < METRICS_REFUSED_CODES; i++) {
        metrics_set(metrics, METRIC_REQUESTS_REFUSED, i, counts->refused_by_code[i]);
    }
    for (size_t i = 0; i < METRICS_LOSSES; i++) {
        metrics_set(metrics, METRIC_REPLIES_LOST, i, counts->lost[i]);
    }
    tell_upstreams(daemon);
}

/* 0 when the system does not say. */
static uint64_t resident_bytes(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file) {
        return 0;
    }
    if (fscanf(file, "%*u %lu", &pages) != 1) {
        pages = 0;
    }
    (void)fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void daemon_metrics_second(struct daemon *daemon) {
    uint64_t map = 0;
    uint64_t used = 0;
    uint64_t readers = 0;
    uint64_t lag = 0;
    store_usage(daemon->store, &map, &used);
    store_readers(daemon->store, &readers, &lag);
    metrics_set(daemon->metrics, METRIC_MAP_BYTES, 0, map);
    metrics_set(daemon->metrics, METRIC_MAP_USED_BYTES, 0, used);
    metrics_set(daemon->metrics, METRIC_READERS, 0, readers);
    metrics_set(daemon->metrics, METRIC_READER_LAG, 0, lag);
    if (daemon->vault) {
        store_usage(daemon->vault, &map, &used);
        metrics_set(daemon->metrics, METRIC_VAULT_MAP_BYTES, 0, map);
        metrics_set(daemon->metrics, METRIC_VAULT_USED_BYTES, 0, used);
    }
    metrics_set(daemon->metrics, METRIC_PRINCIPALS, 0, principals_count(daemon->principals));
    metrics_set(daemon->metrics, METRIC_RESIDENT_MEMORY, 0, resident_bytes());
    for (size_t i = 0; i < METRICS_SOCKETS; i++) {
        count_handshakes(daemon, i);
    }
}
