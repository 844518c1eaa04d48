#include "services/intake/handlers.h"
#include "services/intake/submit.h"

int handle_submit_batch(void *state, struct request *request, const void *message, struct reply *reply) {
    struct intake_core *core = state;
    const Elp__V1__SubmitBatch *batch = message;
    int failure = 0;
    if (intake_refuses_busy(core, reply, &failure)) {
        return failure;
    }
    if (batch->n_lines == 0 || batch->n_lines > WIRE_BATCH_LINES_MAX) {
        return reply_refuse(reply, batch->n_lines == 0 ? "malformed" : "too-large", "lines",
                            "a batch has 1 to 1,000 lines", "send the lines in several batches");
    }
    if (request->arena->size - request->arena->used < INTAKE_REPLY_ARENA_BYTES) {
        return reply_refuse(reply, "too-large", "lines", "the batch takes too much memory once decoded",
                            "send fewer lines at a time, and no empty beneficiaries");
    }
    struct submission submission;
    Elp__V1__BatchVerdicts verdicts = ELP__V1__BATCH_VERDICTS__INIT;
    failure = submission_begin(&submission, core, request->txn, request->principal, request->arena, batch->dry_run);
    if (failure < 0) {
        return failure;
    }
    verdicts.lines = arena_take(request->arena, batch->n_lines * sizeof *verdicts.lines);
    if (verdicts.lines == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < batch->n_lines; i++) {
        failure = submission_line(&submission, batch->lines[i], &verdicts.lines[i]);
        if (failure < 0) {
            return failure;
        }
    }
    if (submission.denied) {
        reply_note_denied(reply);
    }
    verdicts.n_lines = batch->n_lines;
    verdicts.head = core->context.journal->head;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BATCH_VERDICTS, &verdicts.base);
}
