#include <stdlib.h>
#include <string.h>

#include "common/attestation.h"
#include "common/require.h"
#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/intake_fixture.h"

/*
 * SubmitBatch is any bytes from an integrator. They go through unpacking, validation, judging and recording on a real
 * small store, whose transaction is then thrown away, so that every input meets the same store. Whatever comes: an
 * answer that decodes, one verdict per line, and each accepted line's record says the same after another encoding.
 */

/* The id that inputs may replace; the fixture's own epoch is random. */
#define EPOCH "0123456789abcdef"

static struct intake_fixture fixture;

static void close_world(void) {
    intake_fixture_close(&fixture);
}

static void open_world(void) {
    static struct fixture_line line;
    intake_fixture_open(&fixture, FIXTURE_WORLD, true);
    fixture_individual(&line, "standing");
    line.line.date = (char *)"2024-05-02";
    require(fixture_submit(&fixture, &line.line)->verdict->kind == ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    struct intake_core *core = fixture.core;
    memcpy(core->epoch, EPOCH, sizeof EPOCH);
    require(atexit(close_world) == 0);
}

/* What the journal holds of an accepted line decodes, is in bounds, and packs to the same bytes again. */
static void check_record(struct store_txn *txn, uint64_t number) {
    static struct attestation_facts facts;
    struct span stored = {0};
    const Elp__V1__IntakeRecord *record = NULL;
    require(journal_read(&fixture.journal, txn, number, &stored, NULL) == 0);
    require(intake_read(fixture.core, txn, number, &fixture.arena, &record) == 0);
    require(record->body_case == ELP__V1__INTAKE_RECORD__BODY_ACCEPTED);
    require(attestation_of_record(number, record->accepted, &facts));
    require(facts.beneficiary_count == record->accepted->n_beneficiaries);
    require(elp__v1__intake_record__get_packed_size(record) == stored.bytes);
    uint8_t *again = malloc(stored.bytes);
    require(again != NULL);
    require(elp__v1__intake_record__pack(record, again) == stored.bytes);
    require(memcmp(again, stored.data, stored.bytes) == 0);
    free(again);
}

static void check_verdict(struct store_txn *txn, const Elp__V1__LineVerdict *line) {
    const Elp__V1__Verdict *verdict = line->verdict;
    require(line->result != ELP__V1__LINE_RESULT__LINE_RESULT_UNSPECIFIED && verdict != NULL);
    require((line->result == ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT) == (line->conflict != NULL));
    if (verdict->kind == ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED) {
        require(verdict->n_reasons == 0);
        if (line->result == ELP__V1__LINE_RESULT__LINE_RESULT_NEW) {
            check_record(txn, verdict->number);
        }
    } else {
        require(verdict->n_reasons >= 1 && verdict->id[0] == '\0');
    }
}

static void check_answer(struct store_txn *txn, const struct reply *reply, size_t lines) {
    require(reply->answered && reply->payload.used <= WIRE_REPLY_BYTES_MAX);
    arena_reset(&fixture.arena);
    if (reply->refused) {
        require(wire_unpack(&fixture.arena, &elp__v1__refused__descriptor, buffer_span(&reply->payload)) != NULL);
        return;
    }
    const Elp__V1__BatchVerdicts *verdicts =
        wire_unpack(&fixture.arena, &elp__v1__batch_verdicts__descriptor, buffer_span(&reply->payload));
    require(verdicts != NULL && verdicts->n_lines == lines);
    for (size_t i = 0; i < verdicts->n_lines; i++) {
        check_verdict(txn, verdicts->lines[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    if (fixture.core == NULL) {
        open_world();
    }
    if (count > WIRE_REQUEST_BYTES_MAX) {
        return 0;
    }
    arena_reset(&fixture.arena);
    const Elp__V1__SubmitBatch *batch =
        wire_unpack(&fixture.arena, &elp__v1__submit_batch__descriptor, span_of(bytes, count));
    if (batch == NULL) {
        return 0;
    }
    struct intake_core *core = fixture.core;
    struct journal journal = fixture.journal;
    uint64_t persons = core->persons_last;
    struct store_txn *txn = NULL;
    struct reply reply = {.payload = fixture.payload};
    size_t lines = batch->n_lines;
    require(store_begin_write(fixture.store.store, &txn) == 0);
    require(intake_begin_turn(core, txn, 0) == 0);
    struct request request = {
        .principal = fixture_demo(), .txn = txn, .arena = &fixture.arena, .journal = &fixture.journal};
    require(handle_submit_batch(core, &request, batch, &reply) == 0);
    check_answer(txn, &reply, lines);
    fixture.payload = reply.payload;
    store_abort(txn);
    vault_abandon(core->vault);
    fixture.journal = journal;
    core->persons_last = persons;
    return 0;
}
