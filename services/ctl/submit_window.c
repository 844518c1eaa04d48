#include "services/ctl/submit_window.h"

#include <stdio.h>
#include <string.h>

#include "common/require.h"
#include "services/ctl/ask.h"
#include "services/ctl/table.h"
#include "services/ctl/terminal.h"

#define BATCH_ARENA_BYTES (128 * 1024 * 1024) /* address space; a full batch touches about 2 MiB */
#define LINE_OVERHEAD_BYTES 8
#define ANSWER_MS 5000 /* a batch without an answer goes out again */
#define BUSY_MS 200
#define SLICE_MS 100      /* between two looks at the clock */
#define PATIENCE_MS 60000 /* without any answer from a daemon that has answered before */

int submit_window_open(struct submit_window *window) {
    int code = ask_client(window->ctl, CELL_INTAKE, CLIENT_COMMANDS, &window->client);
    for (size_t i = 0; code == CTL_DONE && i < SUBMIT_WINDOW; i++) {
        int failure = arena_open(&window->batches[i].arena, BATCH_ARENA_BYTES);
        if (failure < 0) {
            code = ctl_failure(failure);
        }
    }
    window->heard_ms = terminal_now_ms();
    return code;
}

void submit_window_close(struct submit_window *window) {
    for (size_t i = 0; i < SUBMIT_WINDOW; i++) {
        arena_close(&window->batches[i].arena);
    }
}

static void batch_reset(struct submit_batch *batch) {
    arena_reset(&batch->arena);
    batch->file = NULL;
    batch->count = 0;
    batch->packed_bytes = 0;
    batch->retry = 0;
    batch->attempts = 0;
    batch->open = false;
}

bool submit_batch_add(struct submit_batch *batch, Elp__V1__AttestationLine *line, const char *key, const char *text,
                      size_t bytes, uint64_t number) {
    char *copy = arena_take(&batch->arena, bytes + 1);
    if (line->key.len == 0) {
        char *own = arena_text(&batch->arena, key);
        line->key = (ProtobufCBinaryData){own ? strlen(own) : 0, (uint8_t *)own};
    }
    size_t packed = elp__v1__attestation_line__get_packed_size(line) + LINE_OVERHEAD_BYTES;
    if (!copy || !line->key.data || batch->count == WIRE_BATCH_LINES_MAX ||
        batch->packed_bytes + packed > SUBMIT_BATCH_BYTES_MAX) {
        return false;
    }
    memcpy(copy, text, bytes);
    copy[bytes] = 0;
    batch->lines[batch->count] = line;
    batch->texts[batch->count] = copy;
    batch->numbers[batch->count] = number;
    batch->first_keys[batch->count] = line->key;
    batch->count++;
    batch->packed_bytes += packed;
    return true;
}

bool submit_batch_is_heavy(const struct submit_batch *batch) {
    return batch->arena.used > batch->arena.size / 2;
}

/* How long a silent intake is waited for: longer once it has answered, because then it is being restarted. */
static int64_t patience_ms(const struct submit_window *window) {
    bool given = window->ctl->timeout_given || !window->answered;
    return given ? window->ctl->timeout_ms : PATIENCE_MS;
}

static bool is_patient(const struct submit_window *window) {
    return terminal_now_ms() - window->heard_ms < patience_ms(window);
}

static int send_once(struct submit_window *window, struct submit_batch *batch) {
    Elp__V1__SubmitBatch request = ELP__V1__SUBMIT_BATCH__INIT;
    uint64_t request_id;
    request.lines = batch->lines;
    request.n_lines = batch->count;
    request.dry_run = window->dry_run;
    int outcome = client_send(window->client, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH, &request.base, SLICE_MS,
                              &request_id);
    if (outcome == 0) {
        batch->request_ids[batch->attempts % SUBMIT_ATTEMPTS_MAX] = request_id;
        batch->again_ms = terminal_now_ms() + ANSWER_MS + ask_pause_ms(batch->attempts, ANSWER_MS / 4);
        batch->attempts++;
    }
    return outcome;
}

/* Sends, waiting for a daemon that is away as long as patience lasts. */
static int send_patiently(struct submit_window *window, struct submit_batch *batch) {
    for (;;) {
        int outcome = send_once(window, batch);
        if (outcome == 0) {
            return CTL_DONE;
        }
        if (outcome != CLIENT_TIMEOUT || !is_patient(window)) {
            return ask_fail(window->ctl, CELL_INTAKE, CLIENT_COMMANDS, outcome, NULL);
        }
        (void)snprintf(window->progress->note, sizeof window->progress->note, "intake is away, waiting");
        progress_step(window->progress, window->progress->done);
    }
}

int submit_window_send(struct submit_window *window, struct submit_batch *batch) {
    batch->open = true;
    return send_patiently(window, batch);
}

static struct submit_batch *find_batch(struct submit_window *window, uint64_t request_id) {
    for (size_t i = 0; i < SUBMIT_WINDOW; i++) {
        struct submit_batch *batch = &window->batches[i];
        int known = batch->attempts < SUBMIT_ATTEMPTS_MAX ? batch->attempts : SUBMIT_ATTEMPTS_MAX;
        for (int a = 0; batch->open && a < known; a++) {
            if (batch->request_ids[a] == request_id) {
                return batch;
            }
        }
    }
    return NULL;
}

static bool was_refused_before(const Elp__V1__LineVerdict *verdict, bool mine) {
    bool refused = verdict->verdict && verdict->verdict->kind == ELP__V1__VERDICT_KIND__VERDICT_KIND_REFUSED;
    bool conflict = verdict->result == ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT;
    bool duplicate = verdict->result == ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE && !mine;
    return refused && (conflict || duplicate);
}

/* Gives line `from` its next key and moves it to place `to`; false when there is no further key for it. */
static bool next_key(struct submit_batch *batch, size_t from, size_t to) {
    char suffix[8];
    size_t bytes = batch->first_keys[from].len;
    size_t added = (size_t)snprintf(suffix, sizeof suffix, ":r%d", batch->retry + 1);
    uint8_t *key = arena_take(&batch->arena, bytes + added);
    if (!key || bytes + added > WIRE_KEY_BYTES_MAX || batch->retry == SUBMIT_RETRIES_MAX) {
        return false;
    }
    memcpy(key, batch->first_keys[from].data, bytes);
    memcpy(key + bytes, suffix, added);
    batch->lines[to] = batch->lines[from];
    batch->texts[to] = batch->texts[from];
    batch->numbers[to] = batch->numbers[from];
    batch->first_keys[to] = batch->first_keys[from];
    batch->lines[to]->key = (ProtobufCBinaryData){bytes + added, key};
    return true;
}

static void note_counts(struct submit_window *window) {
    const struct submit_report *report = window->report;
    uint64_t again = report->accepted_before + report->refused_before;
    char accepted[32];
    char refused[32];
    char before[32];
    (void)snprintf(window->progress->note, sizeof window->progress->note, "%s accepted, %s refused%s%s%s",
                   table_grouped(report->accepted, accepted, sizeof accepted),
                   table_grouped(report->refused, refused, sizeof refused), again ? ", " : "",
                   again ? table_grouped(again, before, sizeof before) : "", again ? " before" : "");
    progress_step(window->progress, submit_report_lines(report) + report->directives);
}

/* Takes the verdicts of a batch. Lines that go out again stay in it. */
static int take_verdicts(struct submit_window *window, struct submit_batch *batch,
                         const Elp__V1__BatchVerdicts *verdicts) {
    if (verdicts->n_lines != batch->count) {
        return ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "intake answered %zu lines of a batch of %zu",
                        verdicts->n_lines, batch->count);
    }
    bool mine = batch->attempts > 1;
    size_t kept = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const Elp__V1__LineVerdict *verdict = verdicts->lines[i];
        struct submit_line line = {batch->file, batch->numbers[i], batch->texts[i]};
        if (window->retry_refused && was_refused_before(verdict, mine) && next_key(batch, i, kept)) {
            window->report->retried += batch->retry == 0;
            kept++;
        } else {
            submit_report_verdict(window->report, &line, verdict, mine);
        }
    }
    note_counts(window);
    if (kept == 0) {
        batch_reset(batch);
        return CTL_DONE;
    }
    batch->count = kept;
    batch->retry++;
    batch->attempts = 0;
    return send_patiently(window, batch);
}

static int take_refusal(struct submit_window *window, struct submit_batch *batch, struct span payload) {
    const Elp__V1__Refused *refused = client_unpack(window->client, &elp__v1__refused__descriptor, payload);
    if (!refused) {
        return ctl_failure(FAILURE_UPSTREAM);
    }
    if (batch && strcmp(refused->code, "busy") == 0) {
        batch->again_ms = terminal_now_ms() + ask_pause_ms(batch->attempts, BUSY_MS);
        (void)snprintf(window->progress->note, sizeof window->progress->note, "intake is busy, waiting");
        return CTL_DONE;
    }
    return ask_fail(window->ctl, CELL_INTAKE, CLIENT_COMMANDS, CLIENT_REFUSED, refused);
}

/* One answer, if there is one within a slice of time. */
static int take_answer(struct submit_window *window) {
    uint64_t request_id;
    Elp__V1__MessageType type;
    struct span payload;
    int outcome = client_receive(window->client, SLICE_MS, &request_id, &type, &payload);
    if (outcome == CLIENT_TIMEOUT) {
        return CTL_DONE;
    }
    if (outcome != CLIENT_REPLIED) {
        return ask_fail(window->ctl, CELL_INTAKE, CLIENT_COMMANDS, outcome, NULL);
    }
    window->answered = true;
    window->heard_ms = terminal_now_ms();
    struct submit_batch *batch = find_batch(window, request_id);
    if (type == ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REFUSED && (batch || request_id == 0)) {
        return take_refusal(window, batch, payload);
    }
    if (type != ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BATCH_VERDICTS || !batch) {
        return CTL_DONE; /* the answer to an attempt whose batch has its verdicts already */
    }
    const Elp__V1__BatchVerdicts *verdicts =
        client_unpack(window->client, &elp__v1__batch_verdicts__descriptor, payload);
    return verdicts ? take_verdicts(window, batch, verdicts) : ctl_failure(FAILURE_UPSTREAM);
}

static int send_overdue(struct submit_window *window) {
    int64_t now_ms = terminal_now_ms();
    for (size_t i = 0; i < SUBMIT_WINDOW; i++) {
        struct submit_batch *batch = &window->batches[i];
        if (!batch->open || now_ms < batch->again_ms) {
            continue;
        }
        if (!is_patient(window)) {
            return ask_fail(window->ctl, CELL_INTAKE, CLIENT_COMMANDS, CLIENT_TIMEOUT, NULL);
        }
        int code = send_patiently(window, batch);
        if (code != CTL_DONE) {
            return code;
        }
    }
    return CTL_DONE;
}

static int wait_once(struct submit_window *window) {
    int code = take_answer(window);
    if (code == CTL_DONE) {
        code = send_overdue(window);
    }
    progress_step(window->progress, window->progress->done);
    return code;
}

int submit_window_free_batch(struct submit_window *window, struct submit_batch **ret) {
    for (;;) {
        for (size_t i = 0; i < SUBMIT_WINDOW; i++) {
            if (!window->batches[i].open) {
                batch_reset(&window->batches[i]);
                *ret = &window->batches[i];
                return CTL_DONE;
            }
        }
        int code = wait_once(window);
        if (code != CTL_DONE) {
            return code;
        }
    }
}

static bool is_idle(const struct submit_window *window) {
    for (size_t i = 0; i < SUBMIT_WINDOW; i++) {
        if (window->batches[i].open) {
            return false;
        }
    }
    return true;
}

int submit_window_drain(struct submit_window *window) {
    while (!is_idle(window)) {
        int code = wait_once(window);
        if (code != CTL_DONE) {
            return code;
        }
    }
    return CTL_DONE;
}
