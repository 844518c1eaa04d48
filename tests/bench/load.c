#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/client.h"
#include "elp/v1/intake.pb-c.h"
#include "tests/bench/bench.h"
#include "tests/bench/feed_tail.h"
#include "tests/bench/latencies.h"
#include "tests/bench/submitter.h"
#include "tests/bench/workload.h"

#define CLIENTS_MAX 256
#define STALL_NS INT64_C(60000000000) /* nothing moved for a minute: give up */
#define POLL_MS 20
#define CLOCK_SEND_MS 5000

struct load_batch {
    const struct workload_item *item;
    instant_us clock; /* the manual clock's least time for it */
    int64_t due_ns;   /* with a rate: when it should have gone out; latencies count from here */
    int64_t acked_ns;
    int64_t out_ns;
    uint64_t head;
    size_t client;
};

struct load {
    const struct bench_options *options;
    struct cell cell;
    struct workload workload;
    struct feed_tail feed;
    struct client *operator;
    zsock_t *sockets[CLIENTS_MAX];
    size_t waiting[CLIENTS_MAX]; /* batches without an answer */
    size_t clients;
    struct load_batch *batches;
    size_t sent;
    size_t clock_batch;   /* the first batch whose clock was not asked for yet */
    instant_us clock_set; /* intake has confirmed it */
    uint64_t clock_requests;
    size_t acked;
    size_t out; /* batches before this one are out on the feed */
    uint64_t lines_sent;
    size_t *again; /* turned away as busy */
    size_t again_count;
    struct verdict_counts counts;
    uint64_t busy;
    int64_t start_ns;
    int64_t accepted_ns; /* of the last answer */
    int64_t completed_ns;
    int64_t moved_ns;
    zmq_pollitem_t items[CLIENTS_MAX + 1];
};

static bool open_load(struct load *load) {
    const struct bench_options *options = load->options;
    if (cell_load(options->cell, &load->cell) < 0 || !workload_open(options->workload, &load->workload)) {
        return false;
    }
    load->clients = (size_t)options->clients;
    load->batches = calloc(load->workload.batches, sizeof *load->batches);
    load->again = calloc(load->workload.batches, sizeof *load->again);
    if (load->batches == NULL || load->again == NULL) {
        return false;
    }
    for (size_t i = 0; i < load->clients; i++) {
        load->sockets[i] = submitter_open(&load->cell, options->as);
        if (load->sockets[i] == NULL) {
            return false;
        }
        load->items[i] = (zmq_pollitem_t){.socket = zsock_resolve(load->sockets[i]), .events = ZMQ_POLLIN};
    }
    if (client_open(&load->cell, "operator", CELL_INTAKE, CLIENT_COMMANDS, &load->operator) < 0 ||
        !feed_tail_open(&load->cell, options->consumer, &load->feed)) {
        return false;
    }
    load->items[load->clients] = (zmq_pollitem_t){.socket = zsock_resolve(load->feed.socket), .events = ZMQ_POLLIN};
    return true;
}

static void close_load(struct load *load) {
    for (size_t i = 0; i < load->clients; i++) {
        zsock_destroy(&load->sockets[i]);
    }
    feed_tail_close(&load->feed);
    if (load->operator!= NULL) {
        client_close(load->operator);
    }
    workload_close(&load->workload);
    free(load->batches);
    free(load->again);
}

/*
 * The clock is asked to move while the last batches before it are still on their way, so that nothing stands still: a real
 * cell's clock does not wait for anybody either. Those are then judged a little later than the sample means.
 */
static bool ask_clock(struct load *load) {
    size_t ahead = load->clients * (size_t)load->options->window / 4;
    while (load->clock_batch < load->workload.batches && load->clock_batch <= load->sent + ahead) {
        const struct load_batch *batch = &load->batches[load->clock_batch++];
        if (load->clock_batch > 1 && batch->clock == batch[-1].clock) {
            continue;
        }
        char text[INSTANT_TEXT_BYTES];
        Elp__V1__SetClock request = ELP__V1__SET_CLOCK__INIT;
        uint64_t request_id;
        request.at = (char *)instant_format(batch->clock, text, sizeof text);
        if (client_send(load->operator, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SET_CLOCK, &request.base, CLOCK_SEND_MS,
                        &request_id) != 0) {
            return bench_fail("the clock cannot be moved to %s", text) == 0;
        }
        load->clock_requests++;
    }
    return true;
}

/* A cell that is further on than the workload refuses to go back and keeps its time; the lines are judged by that. */
static bool take_clocks(struct load *load) {
    while (load->clock_requests > 0) {
        uint64_t request_id;
        Elp__V1__MessageType type;
        struct span payload;
        int outcome = client_receive(load->operator, 0, &request_id, &type, &payload);
        if (outcome == CLIENT_TIMEOUT) {
            return true;
        }
        const Elp__V1__ClockReply *reply = NULL;
        if (outcome == CLIENT_REPLIED && type == ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOCK_REPLY) {
            reply = client_unpack(load->operator, & elp__v1__clock_reply__descriptor, payload);
        }
        if (outcome != CLIENT_REPLIED || (reply == NULL && type != ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REFUSED)) {
            return bench_fail("the clock does not answer") == 0;
        }
        load->clock_requests--;
        load->clock_set = reply != NULL ? reply->at_us : INT64_MAX;
    }
    return true;
}

/* The next batch that may go out: one that was turned away, or the next one whose time has come. */
static bool next_batch(struct load *load, int64_t now_ns, size_t *ret) {
    if (load->again_count > 0) {
        *ret = load->again[--load->again_count];
        return true;
    }
    if (load->sent == load->workload.batches || load->batches[load->sent].clock > load->clock_set) {
        return false;
    }
    int64_t due_ns = now_ns;
    if (load->options->rate > 0) {
        due_ns = load->start_ns + (int64_t)load->lines_sent * 1000000000 / load->options->rate;
        if (due_ns > now_ns) {
            return false;
        }
    }
    load->batches[load->sent].due_ns = due_ns;
    load->lines_sent += load->batches[load->sent].item->lines;
    *ret = load->sent++;
    return true;
}

static void send_batches(struct load *load) {
    int64_t now_ns = bench_now_ns();
    bool any = true;
    while (any) {
        any = false;
        for (size_t i = 0; i < load->clients; i++) {
            size_t index = 0;
            if (load->waiting[i] == (size_t)load->options->window || !next_batch(load, now_ns, &index)) {
                continue;
            }
            load->batches[index].client = i;
            if (!submitter_send(load->sockets[i], load->batches[index].item->frame, index + 1)) {
                load->again[load->again_count++] = index; /* not connected yet */
                return;
            }
            load->waiting[i]++;
            any = true;
        }
    }
}

static bool take_answers(struct load *load, size_t client) {
    for (;;) {
        uint64_t request_id = 0;
        struct verdict_counts counts;
        enum submitter_outcome outcome = submitter_receive(load->sockets[client], &request_id, &counts);
        if (outcome == SUBMITTER_NOTHING) {
            return true;
        }
        if (outcome == SUBMITTER_BROKEN || request_id == 0 || request_id > load->workload.batches) {
            return false;
        }
        struct load_batch *batch = &load->batches[request_id - 1];
        load->moved_ns = bench_now_ns();
        load->waiting[client]--;
        if (outcome == SUBMITTER_BUSY) {
            load->again[load->again_count++] = request_id - 1;
            load->busy++;
            continue;
        }
        batch->acked_ns = load->moved_ns;
        batch->head = counts.head;
        load->acked++;
        load->accepted_ns = load->moved_ns;
        load->counts.accepted += counts.accepted;
        load->counts.refused += counts.refused;
        load->counts.again += counts.again;
        if (counts.head > load->counts.head) {
            load->counts.head = counts.head;
        }
    }
}

/* Answers come nearly in order; a batch that is answered late holds the ones after it back for as long. */
static void note_out(struct load *load) {
    int64_t now_ns = bench_now_ns();
    while (load->out < load->sent) {
        struct load_batch *batch = &load->batches[load->out];
        if (batch->acked_ns == 0 || batch->head > load->feed.head) {
            return;
        }
        batch->out_ns = now_ns;
        load->out++;
        load->moved_ns = now_ns;
        load->completed_ns = now_ns;
    }
}

static bool step(struct load *load) {
    if (!ask_clock(load) || !take_clocks(load)) {
        return false;
    }
    send_batches(load);
    bool hurries = load->options->rate > 0 || load->again_count > 0 || load->clock_requests > 0;
    long wait_ms = hurries ? 1 : POLL_MS;
    if (zmq_poll(load->items, (int)load->clients + 1, wait_ms) < 0) {
        return bench_fail("poll: %s", zmq_strerror(zmq_errno())) == 0;
    }
    for (size_t i = 0; i < load->clients; i++) {
        if ((load->items[i].revents & ZMQ_POLLIN) != 0 && !take_answers(load, i)) {
            return false;
        }
    }
    if ((load->items[load->clients].revents & ZMQ_POLLIN) != 0) {
        feed_tail_drain(&load->feed);
    }
    note_out(load);
    return bench_now_ns() - load->moved_ns < STALL_NS || bench_fail("nothing moved for a minute") == 0;
}

static bool run_load(struct load *load) {
    size_t count = 0;
    instant_us clock = 0;
    for (size_t i = 0; i < load->workload.count; i++) {
        const struct workload_item *item = &load->workload.items[i];
        if (item->lines == 0) {
            clock = item->clock;
        } else {
            load->batches[count].item = item;
            load->batches[count++].clock = clock;
        }
    }
    load->start_ns = bench_now_ns();
    load->moved_ns = load->start_ns;
    while (load->out < count) {
        if (!step(load)) {
            return false;
        }
    }
    return true;
}

static bool print_load(const struct load *load) {
    size_t count = load->workload.batches;
    int64_t *acknowledged = calloc(count, sizeof *acknowledged);
    int64_t *out = calloc(count, sizeof *out);
    if (acknowledged == NULL || out == NULL) {
        free(acknowledged);
        free(out);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        acknowledged[i] = load->batches[i].acked_ns - load->batches[i].due_ns;
        out[i] = load->batches[i].out_ns - load->batches[i].due_ns;
    }
    (void)printf("{\"lines\": %" PRIu64 ", \"accepted\": %" PRIu64 ", \"refused\": %" PRIu64 ", \"again\": %" PRIu64
                 ", \"busy\": %" PRIu64 ", \"head\": %" PRIu64 ", \"acknowledged_ns\": %" PRId64
                 ", \"completed_ns\": %" PRId64 ", \"feed_messages\": %" PRIu64 ", \"feed_events\": %" PRIu64
                 ", \"feed_accepted\": %" PRIu64 ", \"feed_refused\": %" PRIu64 ", ",
                 load->workload.lines, load->counts.accepted, load->counts.refused, load->counts.again, load->busy,
                 load->counts.head, load->accepted_ns - load->start_ns, load->completed_ns - load->start_ns,
                 load->feed.messages, load->feed.events, load->feed.accepted, load->feed.refused);
    latencies_print(stdout, "acknowledgement", acknowledged, count);
    (void)printf(", ");
    latencies_print(stdout, "event", out, count);
    (void)printf("}\n");
    free(acknowledged);
    free(out);
    return true;
}

int bench_load(const struct bench_options *options) {
    struct load load = {.options = options};
    if (options->cell == NULL || options->workload == NULL || options->clients < 1 || options->clients > CLIENTS_MAX ||
        options->window < 1) {
        return bench_fail("load --cell DIR --workload FILE --clients 1…%d --window 1…", CLIENTS_MAX);
    }
    zsys_handler_set(NULL);
    bool done = open_load(&load) && run_load(&load);
    /* The messages of the last turn may still be under way after the first of them told its head. */
    if (done) {
        (void)feed_tail_wait(&load.feed, load.feed.head + 1, 300);
        done = print_load(&load);
    }
    close_load(&load);
    return done ? 0 : 1;
}
