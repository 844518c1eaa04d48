#ifndef ELP_CTL_SUBMIT_WINDOW_H
#define ELP_CTL_SUBMIT_WINDOW_H

#include "common/arena.h"
#include "common/client.h"
#include "elp/v1/intake.pb-c.h"
#include "services/ctl/command.h"
#include "services/ctl/progress.h"
#include "services/ctl/submit_report.h"

/*
 * The batches that are on their way to intake. A batch keeps its slot until every line of it has a verdict: what is lost with
 * a restarted daemon, or turned away as busy, goes out again with the same keys after a jittered pause, and intake answers
 * twice the same. With `retry_refused`, lines that were refused in an earlier run go out again from their slot under their
 * next key, until one is judged anew or was accepted.
 */
#define SUBMIT_WINDOW 3
#define SUBMIT_BATCH_BYTES_MAX (900 * 1024)
#define SUBMIT_ATTEMPTS_MAX 16
#define SUBMIT_RETRIES_MAX 99

struct submit_batch {
    struct arena arena;
    const char *file;
    Elp__V1__AttestationLine *lines[WIRE_BATCH_LINES_MAX];
    const char *texts[WIRE_BATCH_LINES_MAX];
    uint64_t numbers[WIRE_BATCH_LINES_MAX];
    ProtobufCBinaryData first_keys[WIRE_BATCH_LINES_MAX]; /* before any ":r1" */
    size_t count;
    size_t packed_bytes;
    int retry; /* 0: under their first keys */
    uint64_t request_ids[SUBMIT_ATTEMPTS_MAX];
    int attempts;
    int64_t again_ms; /* when it goes out again without an answer */
    bool open;        /* holds lines that wait for a verdict */
};

struct submit_window {
    struct ctl *ctl;
    struct client *client;
    struct submit_report *report;
    struct progress *progress;
    bool dry_run;
    bool retry_refused;
    bool answered;    /* intake has answered once in this run */
    int64_t heard_ms; /* when it did last, or when we began */
    struct submit_batch batches[SUBMIT_WINDOW];
};

/* Zeroed by the caller but for the first members. CTL_DONE or an exit code. */
MUST_USE int submit_window_open(struct submit_window *window);
void submit_window_close(struct submit_window *window);

/* A batch that can be filled; waits for one. */
MUST_USE int submit_window_free_batch(struct submit_window *window, struct submit_batch **ret);

/*
 * Adds a line that was parsed into the batch's arena. False when the batch is full with it: send it and parse again. `text` is
 * copied; so is the key when the line has none.
 */
MUST_USE bool submit_batch_add(struct submit_batch *batch, Elp__V1__AttestationLine *line, const char *key,
                               const char *text, size_t bytes, uint64_t number);

/* Has the batch used so much memory, on lines that are no attestations too, that it should go out before another is read? */
bool submit_batch_is_heavy(const struct submit_batch *batch);

MUST_USE int submit_window_send(struct submit_window *window, struct submit_batch *batch);

/* Waits until every batch has its verdicts. */
MUST_USE int submit_window_drain(struct submit_window *window);

#endif
