#ifndef ELP_COMMON_METRICS_H
#define ELP_COMMON_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "common/cell.h"
#include "common/failure.h"
#include "common/refusal.h"
#include "common/wire.h"

/*
 * What a daemon tells a monitoring system about itself, in Prometheus' text format 0.0.4. docs/operators.md says what
 * each family means and what to do about it.
 *
 * One thread, the loop, writes; any other may render at the same time: every value is an atomic of its own, and a page is
 * made of one look at all of them. No label ever holds a name, a number or a key of a person, provider, network or
 * principal: values of labels are words of the program, known when it starts.
 */
struct metrics;

enum metric {
    /* every daemon */
    METRIC_BUILD_INFO,
    METRIC_START_TIME,      /* microseconds since 1970 */
    METRIC_SIMULATED,       /* 1: manual clock */
    METRIC_STOPPED,         /* 1: it applies its upstream no more */
    METRIC_TICK,            /* monotonic microseconds of the last turn; shown as its age */
    METRIC_COMMITTED,       /* monotonic microseconds of the last commit; shown as its age */
    METRIC_COMMIT_DURATION, /* microseconds */
    METRIC_COMMIT_RECORDS,  /* records of one commit */
    METRIC_TURN_REQUESTS,   /* requests taken in one turn, 0 left out */
    METRIC_RECORDS,         /* records written since the start */
    METRIC_HEAD,            /* number of the last record */
    METRIC_MAP_BYTES,
    METRIC_MAP_USED_BYTES,
    METRIC_READERS,
    METRIC_READER_LAG,       /* commits since the oldest reader's snapshot */
    METRIC_REQUESTS,         /* place: type, then enum metrics_outcome */
    METRIC_REQUESTS_REFUSED, /* place: code, see metrics_refused_place */
    METRIC_FRAMES_UNDECODABLE,
    METRIC_REPLIES_LOST, /* place: enum metrics_loss */
    METRIC_REQUESTS_PARKED,
    METRIC_HANDSHAKE_FAILURES, /* place: enum metrics_socket, then enum metrics_handshake */
    METRIC_PRINCIPALS,
    METRIC_RESIDENT_MEMORY, /* bytes */
    /* rating, ledger, reporting; place: index in struct service's upstreams */
    METRIC_UPSTREAM_BACKLOG,
    METRIC_UPSTREAM_CONNECTED,
    METRIC_UPSTREAM_DIVERGED,
    /* intake */
    METRIC_VAULT_MAP_BYTES,
    METRIC_VAULT_USED_BYTES,
    METRIC_LINES,         /* place: enum metrics_verdict */
    METRIC_LINE_REFUSALS, /* place: enum refusal - 1 */
    /* reporting */
    METRIC_FEED_SUBSCRIPTIONS,
    METRIC_FEED_MESSAGES,
    METRIC_FEED_MESSAGES_LOST,
    METRIC_FEED_SUBSCRIPTIONS_REFUSED,
    METRIC_FEED_RESTARTS,
    METRIC_COUNT,
};

enum metrics_outcome { METRICS_ANSWERED, METRICS_REFUSED, METRICS_DENIED, METRICS_OUTCOMES };
enum metrics_loss { METRICS_PEER_GONE, METRICS_PEER_NOT_READING, METRICS_LOSSES };
enum metrics_socket { METRICS_COMMANDS, METRICS_JOURNAL, METRICS_FEED, METRICS_SOCKETS };
enum metrics_handshake {
    METRICS_HANDSHAKE_KEY,
    METRICS_HANDSHAKE_PROTOCOL,
    METRICS_HANDSHAKE_BROKEN,
    METRICS_HANDSHAKES
};
enum metrics_verdict {
    METRICS_LINE_ACCEPTED,
    METRICS_LINE_REFUSED,
    METRICS_LINE_DUPLICATE,
    METRICS_LINE_KEY_CONFLICT,
    METRICS_VERDICTS,
};

/* What differs between daemons. Texts outlive the metrics. */
struct metrics_setup {
    enum cell_service service;
    const char *const *requests; /* names of the request types, in the order of their places */
    size_t request_count;
    const char *const *upstreams;
    size_t upstream_count;
};

MUST_USE int metrics_open(const struct metrics_setup *setup, struct metrics **ret);
void metrics_close(struct metrics *metrics); /* accepts NULL */

/*
 * The loop's side. All accept NULL for metrics, so that a core runs without a daemon. `place` counts a family's label
 * values from 0, of two labels the second one faster; 0 where a family has none. A family that this daemon does not show
 * is left alone.
 */
void metrics_add(struct metrics *metrics, enum metric metric, size_t place, uint64_t by);
void metrics_set(struct metrics *metrics, enum metric metric, size_t place, uint64_t value);
void metrics_observe(struct metrics *metrics, enum metric metric, uint64_t value);

/* For services: one line was judged; one code stood among its reasons. */
void metrics_count_verdict(struct metrics *metrics, enum metrics_verdict verdict);
void metrics_count_refusal(struct metrics *metrics, enum refusal refusal);

/* Codes of Refused (proto/elp/v1/envelope.proto) have places; a code that is none of them has the last, "other". */
#define METRICS_REFUSED_CODES 11
size_t metrics_refused_place(const char *code);

/* Appends the page. `now_us` is the monotonic time from which ages are told. Any thread. */
MUST_USE int metrics_render(const struct metrics *metrics, uint64_t now_us, struct buffer *page);

#endif
