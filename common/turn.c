#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "common/daemon_state.h"
#include "common/log.h"
#include "common/require.h"
#include "common/supervisor.h"

#define SECOND_MS 1000
#define POLL_ITEMS_MAX (6 + SERVICE_UPSTREAMS_MAX)

uint64_t monotonic_us(void) {
    struct timespec now;
    require(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int64_t monotonic_ms(void) {
    return (int64_t)(monotonic_us() / 1000);
}

static instant_us machine_time(void) {
    struct timespec now;
    require(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (instant_us)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The next record of every upstream, when all of them hold it. */
static bool all_upstreams_hold_next(const struct daemon *daemon, uint64_t *ret_number, struct span *records) {
    const struct service *service = daemon->service;
    for (size_t i = 0; i < service->upstream_count; i++) {
        uint64_t number = 0;
        if (!upstream_next(daemon->upstreams[i], &number, &records[i])) {
            return false;
        }
        require(number == daemon->journal.head + 1);
        *ret_number = number;
    }
    return service->upstream_count > 0;
}

/* May records be applied at all? Each upstream continues from our position, and all answer the same journal of intake. */
static bool upstreams_continue(const struct daemon *daemon) {
    return !daemon_diverged(daemon) && daemon_epoch(daemon)[0] != '\0';
}

/*
 * Two upstreams that tell different epochs: intake was restored and one of them has not heard of it yet. What is held may
 * answer lost records, so it is read again until they agree.
 */
static void compare_epochs(const struct daemon *daemon) {
    const char *first = "";
    bool differ = false;
    for (size_t i = 0; i < daemon->service->upstream_count; i++) {
        const char *epoch = upstream_epoch(daemon->upstreams[i]);
        differ = differ || (first[0] != '\0' && epoch[0] != '\0' && strcmp(first, epoch) != 0);
        first = first[0] != '\0' ? first : epoch;
    }
    for (size_t i = 0; differ && i < daemon->service->upstream_count; i++) {
        upstream_read_again(daemon->upstreams[i]);
    }
}

/* Cheap enough for every turn: telling the same epoch again changes nothing. */
static void tell_epoch(struct daemon *daemon) {
    if (daemon->service->epoch_told && !daemon_diverged(daemon) && daemon_epoch(daemon)[0] != '\0') {
        daemon->service->epoch_told(daemon->core, daemon_epoch(daemon));
    }
}

/* Positions are stored once a turn, in the transaction of the records' effects. Key: service as one byte. */
static int store_positions(struct daemon *daemon, struct store_txn *txn) {
    for (size_t i = 0; i < daemon->service->upstream_count; i++) {
        const uint8_t *hash = NULL;
        uint64_t number = upstream_applied(daemon->upstreams[i], &hash);
        uint8_t value[8 + JOURNAL_HASH_BYTES];
        store_write_u64(value, number);
        memcpy(value + 8, hash, JOURNAL_HASH_BYTES);
        uint8_t key = (uint8_t)daemon->service->upstreams[i];
        int failure = store_put(txn, TABLE_POSITIONS, span_of(&key, 1), span_of(value, sizeof value));
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}

static int apply_records(struct daemon *daemon, struct store_txn *txn) {
    struct span records[SERVICE_UPSTREAMS_MAX];
    uint64_t number = 0;
    size_t applied = 0;
    while (applied < TURN_RECORDS_MAX && all_upstreams_hold_next(daemon, &number, records)) {
        int failure = daemon->service->apply(daemon->core, txn, number, records, &daemon->record);
        if (failure < 0) {
            log_line(LOG_LEVEL_ERROR, "apply-failed", "record", LOG_NUMBER, (int64_t)number, "reason", LOG_TEXT,
                     failure_text(failure), NULL);
            return failure;
        }
        failure = journal_append(&daemon->journal, txn, buffer_span(&daemon->record));
        if (failure < 0) {
            return failure;
        }
        for (size_t i = 0; i < daemon->service->upstream_count; i++) {
            (void)upstream_advance(daemon->upstreams[i]);
        }
        applied++;
    }
    if (applied == TURN_RECORDS_MAX) {
        daemon->more_waits = true;
    }
    return applied > 0 ? store_positions(daemon, txn) : 0;
}

static bool write_is_due(const struct daemon *daemon, instant_us now) {
    struct span records[SERVICE_UPSTREAMS_MAX];
    uint64_t number = 0;
    if (serve_has_commands(daemon)) {
        return true;
    }
    if (daemon->service->upstream_count > 0) {
        return upstreams_continue(daemon) && all_upstreams_hold_next(daemon, &number, records);
    }
    return daemon->service->turn_due && daemon->service->turn_due(daemon->core, now);
}

static int write_in_transaction(struct daemon *daemon, struct store_txn *txn, instant_us now) {
    if (daemon->service->begin_turn) {
        int failure = daemon->service->begin_turn(daemon->core, txn, now);
        if (failure < 0) {
            return failure;
        }
    }
    if (daemon->service->upstream_count > 0 && upstreams_continue(daemon)) {
        int failure = apply_records(daemon, txn);
        if (failure < 0) {
            return failure;
        }
    }
    return serve_commands(daemon, txn);
}

/* The vault's flush, the commit, then what may only follow it. Frees txn in every case. */
static int commit_turn(struct daemon *daemon, struct store_txn *txn, uint64_t head_before) {
    const struct service *service = daemon->service;
    uint64_t began_us = monotonic_us();
    int failure = service->before_commit ? service->before_commit(daemon->core) : 0;
    if (failure < 0) {
        store_abort(txn);
        return failure;
    }
    failure = store_commit(txn);
    if (failure == 0) {
        daemon_metrics_committed(daemon, began_us, daemon->journal.head - head_before);
    }
    return failure == 0 && service->after_commit ? service->after_commit(daemon->core) : failure;
}

/* The write half of a turn: one transaction, one commit. A failure ends the process before anything was answered. */
static int write_turn(struct daemon *daemon) {
    instant_us now = machine_time();
    if (!write_is_due(daemon, now)) {
        return 0;
    }
    uint64_t head_before = daemon->journal.head;
    struct store_txn *txn = NULL;
    int failure = store_begin_write(daemon->store, &txn);
    if (failure < 0) {
        return failure;
    }
    failure = write_in_transaction(daemon, txn, now);
    if (failure < 0) {
        store_abort(txn);
        return failure;
    }
    failure = commit_turn(daemon, txn, head_before);
    if (failure < 0 || daemon->journal.head == head_before || !daemon->service->edge_committed) {
        return failure;
    }
    struct store_txn *read = NULL;
    failure = store_begin_read(daemon->store, &read);
    if (failure == 0) {
        failure = daemon->service->edge_committed(daemon->edge, read);
        store_abort(read);
    }
    return failure;
}

/*
 * A copy of the keys that cannot be written does not stop the daemon: requests are checked against the principals
 * themselves, so a revoked key gets nothing; only new principals wait until it succeeds.
 */
static bool refresh_principals(struct daemon *daemon) {
    bool changed = principals_refresh(daemon->principals);
    if (changed) {
        log_line(LOG_LEVEL_INFO, "principals-changed", "count", LOG_NUMBER,
                 (int64_t)principals_count(daemon->principals), NULL);
        callers_sweep(daemon->callers, daemon->now_ms);
    }
    if (changed || daemon->export_due) {
        daemon->export_due = principals_export_keys(daemon->principals, daemon->handshake_dir) < 0;
    }
    return changed;
}

static int second_work(struct daemon *daemon) {
    if (daemon->now_ms < daemon->second_ms) {
        return 0;
    }
    daemon->second_ms = daemon->now_ms + SECOND_MS;
    bool changed = refresh_principals(daemon);
    daemon_metrics_second(daemon);
    supervisor_tell("WATCHDOG=1");
    if (!daemon->service->edge_second) {
        return 0;
    }
    struct store_txn *read = NULL;
    int failure = store_begin_read(daemon->store, &read);
    if (failure == 0) {
        failure = daemon->service->edge_second(daemon->edge, read, changed);
        store_abort(read);
    }
    return failure;
}

static int64_t earliest(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static long sleep_ms(const struct daemon *daemon) {
    if (daemon->more_waits) {
        return 0;
    }
    int64_t due = earliest(daemon->second_ms, serve_due_ms(daemon));
    for (size_t i = 0; i < daemon->service->upstream_count; i++) {
        due = earliest(due, upstream_due_ms(daemon->upstreams[i]));
    }
    int64_t now = monotonic_ms();
    return due <= now ? 0 : (long)(due - now);
}

static int wait_for_input(struct daemon *daemon) {
    zmq_pollitem_t items[POLL_ITEMS_MAX] = {
        {.fd = daemon->signal_fd, .events = ZMQ_POLLIN},
        {.socket = zsock_resolve(daemon->commands), .events = ZMQ_POLLIN},
        {.socket = zsock_resolve(daemon->journal_socket), .events = ZMQ_POLLIN},
        {.fd = backup_event(daemon->backup), .events = ZMQ_POLLIN},
        {.fd = backup_event(daemon->vault_backup), .events = ZMQ_POLLIN},
    };
    int count = daemon->vault_backup ? 5 : 4;
    for (size_t i = 0; i < daemon->service->upstream_count; i++) {
        items[count++] = (zmq_pollitem_t){.socket = upstream_socket(daemon->upstreams[i]), .events = ZMQ_POLLIN};
    }
    if (daemon->edge_socket) {
        items[count++] = (zmq_pollitem_t){.socket = zsock_resolve(daemon->edge_socket), .events = ZMQ_POLLIN};
    }
    if (zmq_poll(items, count, sleep_ms(daemon)) < 0 && errno != EINTR) {
        return FAILURE_SYSTEM;
    }
    daemon->now_ms = monotonic_ms();
    daemon->backup_ended = backup_settle(daemon->backup);
    daemon->backup_ended = backup_settle(daemon->vault_backup) || daemon->backup_ended;
    if (items[0].revents & ZMQ_POLLIN) {
        struct signalfd_siginfo info;
        if (read(daemon->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
            log_line(LOG_LEVEL_INFO, "signal", "number", LOG_NUMBER, (int64_t)info.ssi_signo, NULL);
            daemon->stopping = true;
        }
    }
    return 0;
}

static int one_turn(struct daemon *daemon) {
    daemon->more_waits = false;
    for (size_t i = 0; i < daemon->service->upstream_count; i++) {
        int failure = upstream_step(daemon->upstreams[i], daemon->now_ms);
        if (failure < 0) {
            return failure;
        }
    }
    compare_epochs(daemon);
    tell_epoch(daemon);
    if (daemon->edge_socket) {
        int failure = daemon->service->edge_readable(daemon->edge);
        if (failure < 0) {
            return failure;
        }
    }
    int failure = serve_take(daemon);
    if (failure == 0) {
        failure = write_turn(daemon);
    }
    if (failure == 0) {
        failure = serve_answers(daemon);
    }
    if (failure == 0) {
        failure = second_work(daemon);
    }
    daemon_metrics_turn(daemon);
    return failure;
}

int turn_loop(struct daemon *daemon) {
    daemon->now_ms = monotonic_ms();
    daemon->second_ms = daemon->now_ms;
    while (!daemon->stopping) {
        int failure = wait_for_input(daemon);
        if (failure == 0) {
            failure = one_turn(daemon);
        }
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}
