#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/bench/echo.h"
#include "tests/bench/feed_tail.h"
#include "tests/bench/latencies.h"
#include "tests/bench/raw_store.h"
#include "tests/bench/submitter.h"
#include "tests/bench/workload.h"

#define ANSWER_MS 10000
#define REPLY_BYTES 100 /* about what one accepted line's verdict takes on the wire */

/*
 * One client that sends one line and waits. After each line the same disk and the same loopback are asked for
 * the two things that nobody can do without: one commit of raw LMDB, one round trip. Nothing else runs while
 * one of them is timed.
 */
struct lone {
    struct cell cell;
    struct workload workload;
    struct feed_tail feed;
    struct raw_store raw;
    struct echo echo;
    zsock_t *socket;
    int64_t *acknowledged;
    int64_t *out;
    int64_t *commit;
    int64_t *trip;
    int64_t *sum; /* commit + trip */
    size_t count;
};

static bool await_verdict(struct lone *lone, struct verdict_counts *ret) {
    int64_t deadline_ns = bench_now_ns() + (int64_t)ANSWER_MS * 1000000;
    while (bench_now_ns() < deadline_ns) {
        uint64_t request_id = 0;
        zmq_pollitem_t item = {.socket = zsock_resolve(lone->socket), .events = ZMQ_POLLIN};
        (void)zmq_poll(&item, 1, ANSWER_MS);
        enum submitter_outcome outcome = submitter_receive(lone->socket, &request_id, ret);
        if (outcome != SUBMITTER_NOTHING) {
            return outcome == SUBMITTER_VERDICTS;
        }
    }
    return bench_fail("no verdict came") == 0;
}

static bool measure(struct lone *lone, struct span frame, size_t i) {
    struct verdict_counts counts;
    int64_t start_ns = bench_now_ns();
    if (!submitter_send(lone->socket, frame, i + 1) || !await_verdict(lone, &counts)) {
        return false;
    }
    lone->acknowledged[i] = bench_now_ns() - start_ns;
    if (!feed_tail_wait(&lone->feed, counts.head, ANSWER_MS)) {
        return bench_fail("an event did not come out") == 0;
    }
    lone->out[i] = bench_now_ns() - start_ns;
    start_ns = bench_now_ns();
    if (!raw_store_put(&lone->raw, frame) || !raw_store_commit(&lone->raw)) {
        return false;
    }
    lone->commit[i] = bench_now_ns() - start_ns;
    lone->trip[i] = echo_round_trip_ns(&lone->echo, frame.bytes);
    lone->sum[i] = lone->commit[i] + lone->trip[i];
    return lone->trip[i] >= 0;
}

static bool connect_submitter(struct lone *lone, const char *as) {
    lone->socket = submitter_open(&lone->cell, as);
    if (lone->socket == NULL) {
        return false;
    }
    zmq_pollitem_t item = {.socket = zsock_resolve(lone->socket), .events = ZMQ_POLLOUT};
    return zmq_poll(&item, 1, ANSWER_MS) > 0 || bench_fail("intake does not answer") == 0;
}

static bool allocate(struct lone *lone, size_t count) {
    int64_t *all = calloc(count * 5, sizeof *all);
    lone->acknowledged = all;
    lone->out = all + count;
    lone->commit = all + 2 * count;
    lone->trip = all + 3 * count;
    lone->sum = all + 4 * count;
    return all != NULL;
}

static bool run(struct lone *lone, const struct bench_options *options) {
    if (cell_load(options->cell, &lone->cell) < 0 || !workload_open(options->workload, &lone->workload) ||
        !raw_store_open(options->folder, &lone->raw) || !allocate(lone, (size_t)options->count) ||
        !echo_connect(&lone->echo) || !connect_submitter(lone, options->as) ||
        !feed_tail_open(&lone->cell, options->consumer, &lone->feed)) {
        return false;
    }
    for (size_t i = 0; i < lone->workload.count && lone->count < (size_t)options->count; i++) {
        const struct workload_item *item = &lone->workload.items[i];
        if (item->lines == 1) {
            if (!measure(lone, item->frame, lone->count)) {
                return false;
            }
            lone->count++;
        }
    }
    return lone->count > 0 || bench_fail("the workload has no batches of one line") == 0;
}

static void print(struct lone *lone) {
    (void)printf("{");
    latencies_print(stdout, "acknowledgement", lone->acknowledged, lone->count);
    (void)printf(", ");
    latencies_print(stdout, "event", lone->out, lone->count);
    (void)printf(", ");
    latencies_print(stdout, "commit", lone->commit, lone->count);
    (void)printf(", ");
    latencies_print(stdout, "round_trip", lone->trip, lone->count);
    (void)printf(", ");
    latencies_print(stdout, "commit_and_round_trip", lone->sum, lone->count);
    (void)printf("}\n");
}

int bench_lone(const struct bench_options *options) {
    struct lone lone = {0};
    if (options->cell == NULL || options->workload == NULL || options->folder == NULL || options->count < 1) {
        return bench_fail("lone --cell DIR --workload FILE --folder DIR --count N");
    }
    if (!echo_start(REPLY_BYTES, &lone.echo)) {
        return 1;
    }
    zsys_handler_set(NULL);
    bool done = run(&lone, options);
    if (done) {
        print(&lone);
    }
    zsock_destroy(&lone.socket);
    feed_tail_close(&lone.feed);
    echo_stop(&lone.echo);
    free(lone.acknowledged);
    return done ? 0 : 1;
}
