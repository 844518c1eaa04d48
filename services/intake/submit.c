#include "services/intake/submit.h"

#include <string.h>

#include "common/require.h"
#include "common/wire.h"
#include "services/intake/client_keys.h"
#include "services/intake/record_line.h"

/* --- the memory of a dry run -------------------------------------------------------------------------------------- */

struct dry_line {
    struct dry_line *next;
    struct span key;
    struct line_digests *digests;
    Elp__V1__Verdict *verdict;
};

struct dry_run {
    struct dry_writes writes;
    struct dry_line *lines;
    uint64_t last_number; /* stands in for record numbers, above every real one */
};

int submission_begin(struct submission *submission, struct intake_core *core, struct store_txn *txn,
                     const struct principal *principal, struct arena *arena, bool dry_run) {
    *submission = (struct submission){.core = core, .txn = txn, .principal = principal, .room = {.arena = arena}};
    if (!dry_run) {
        return 0;
    }
    struct dry_run *memory = arena_take(arena, sizeof *memory);
    if (memory == NULL) {
        return FAILURE_MEMORY;
    }
    memory->writes = (struct dry_writes){index_overlay_make(arena), volume_overlay_make(arena)};
    memory->last_number = core->context.journal->head;
    submission->dry_run = memory;
    return memory->writes.index != NULL && memory->writes.volumes != NULL ? 0 : FAILURE_MEMORY;
}

static const struct dry_line *dry_find(const struct dry_run *dry_run, struct span key) {
    const struct dry_line *line = dry_run->lines;
    while (line != NULL && (line->key.bytes != key.bytes || memcmp(line->key.data, key.data, key.bytes) != 0)) {
        line = line->next;
    }
    return line;
}

static int dry_remember(struct submission *submission, const struct line_digests *digests, Elp__V1__Verdict *verdict) {
    struct dry_run *dry_run = submission->dry_run;
    const struct judging *judging = &submission->core->judging;
    size_t bytes = offsetof(struct line_digests, data) + digests->bytes;
    struct dry_line *line = arena_take(submission->room.arena, sizeof *line);
    struct line_digests *copy = arena_take(submission->room.arena, bytes);
    if (line == NULL || copy == NULL) {
        return FAILURE_MEMORY;
    }
    memcpy(copy, digests, bytes);
    *line = (struct dry_line){dry_run->lines, judging->line->key, copy, verdict};
    dry_run->lines = line;
    if (judging_accepts(judging)) {
        overlay_line(judging, ++dry_run->last_number, &dry_run->writes);
    }
    return 0;
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static int answer(struct submission *submission, const Elp__V1__AttestationLine *wire, Elp__V1__LineResult result,
                  const Elp__V1__Verdict *verdict, Elp__V1__LineVerdict **ret) {
    Elp__V1__LineVerdict *line = arena_take(submission->room.arena, sizeof *line);
    if (line == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__line_verdict__init(line);
    line->key = wire->key;
    line->result = result;
    submission->room.bytes += wire->key.len + 16;
    *ret = line;
    return verdict_copy(&submission->room, verdict, &line->verdict);
}

/* For metrics; dry runs are left out. */
static void count_verdict(const struct submission *submission, enum metrics_verdict verdict) {
    if (submission->dry_run == NULL) {
        metrics_count_verdict(submission->core->context.metrics, verdict);
    }
}

static void count_refusal(const struct submission *submission, enum refusal refusal) {
    if (submission->dry_run == NULL) {
        metrics_count_refusal(submission->core->context.metrics, refusal);
    }
}

/* A refusal that is not recorded: the line may be sent again under the same key. */
static int answer_unrecorded(struct submission *submission, const Elp__V1__AttestationLine *wire,
                             const Elp__V1__RefusalReason *reason, Elp__V1__LineVerdict **ret) {
    Elp__V1__Verdict verdict = ELP__V1__VERDICT__INIT;
    Elp__V1__RefusalReason *reasons[1] = {(Elp__V1__RefusalReason *)reason};
    count_verdict(submission, METRICS_LINE_REFUSED);
    count_refusal(submission, refusal_of_word(reason->code));
    verdict.kind = ELP__V1__VERDICT_KIND__VERDICT_KIND_REFUSED;
    verdict.n_reasons = 1;
    verdict.reasons = reasons;
    verdict.at_us = submission->core->clock.at;
    return answer(submission, wire,
                  submission->dry_run != NULL ? ELP__V1__LINE_RESULT__LINE_RESULT_DRY_RUN
                                              : ELP__V1__LINE_RESULT__LINE_RESULT_NEW,
                  &verdict, ret);
}

/* The first verdict again, and for another content the first field that differs. `field` is "" for the same content. */
static int answer_again(struct submission *submission, const Elp__V1__AttestationLine *wire, const char *field,
                        const Elp__V1__Verdict *first, Elp__V1__LineVerdict **ret) {
    bool conflict = field[0] != '\0';
    count_verdict(submission, conflict ? METRICS_LINE_KEY_CONFLICT : METRICS_LINE_DUPLICATE);
    int failure =
        answer(submission, wire,
               conflict ? ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT : ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE,
               first, ret);
    if (failure == 0 && conflict) {
        Elp__V1__RefusalReason reason;
        verdict_plain_reason(&submission->core->books, REFUSAL_KEY_CONFLICT, field, &reason);
        failure = verdict_copy_reason(&submission->room, &reason, &(*ret)->conflict);
    }
    return failure;
}

static int answer_stored(struct submission *submission, const Elp__V1__AttestationLine *wire,
                         const struct line_digests *digests, const struct key_entry *entry,
                         Elp__V1__LineVerdict **ret) {
    struct intake_core *core = submission->core;
    char field[FINDING_FIELD_BYTES] = "";
    char id[ATTESTATION_ID_BYTES];
    Elp__V1__Verdict verdict = ELP__V1__VERDICT__INIT;
    if (!key_is_of_a_line(entry)) {
        verdict.number = entry->number; /* the key belongs to another command; there is no verdict on a line */
        return answer_again(submission, wire, "key", &verdict, ret);
    }
    const Elp__V1__IntakeRecord *record = NULL;
    arena_reset(&core->arena);
    int failure = intake_read(core, submission->txn, entry->number, &core->arena, &record);
    if (failure < 0) {
        return failure;
    }
    (void)line_digests_differ(digests, &entry->digests, field);
    verdict_of_record(core, record, id, &verdict);
    return answer_again(submission, wire, field, &verdict, ret);
}

static int answer_judged(struct submission *submission, const Elp__V1__AttestationLine *wire, uint64_t number,
                         Elp__V1__LineVerdict **ret) {
    const struct judging *judging = &submission->core->judging;
    struct reason_list reasons;
    struct reason_list warnings;
    char *not_judged[REFUSAL_COUNT];
    char id[ATTESTATION_ID_BYTES];
    bool accepts = judging_accepts(judging);
    count_verdict(submission, accepts ? METRICS_LINE_ACCEPTED : METRICS_LINE_REFUSED);
    for (size_t i = 0; i < judging->refusals.count; i++) {
        count_refusal(submission, judging->refusals.items[i].refusal);
    }
    Elp__V1__Verdict verdict = ELP__V1__VERDICT__INIT;
    verdict.number = number;
    verdict.at_us = submission->core->clock.at;
    verdict.kind = accepts ? ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED : ELP__V1__VERDICT_KIND__VERDICT_KIND_REFUSED;
    if (accepts && number != 0) {
        verdict.id = (char *)attestation_id_format(epochs_at(&submission->core->epochs, number), number, id, sizeof id);
    }
    verdict_reasons(judging, &judging->refusals, &reasons);
    verdict.n_reasons = reasons.count;
    verdict.reasons = reasons.pointers;
    verdict_reasons(judging, &judging->warnings, &warnings);
    verdict.n_warnings = warnings.count;
    verdict.warnings = warnings.pointers;
    if (!accepts) {
        for (size_t i = 0; i < judging->not_judged_count; i++) {
            not_judged[i] = (char *)refusal_word(judging->not_judged[i]);
        }
        verdict.n_not_judged = judging->not_judged_count;
        verdict.not_judged = not_judged;
    }
    return answer(submission, wire,
                  submission->dry_run != NULL ? ELP__V1__LINE_RESULT__LINE_RESULT_DRY_RUN
                                              : ELP__V1__LINE_RESULT__LINE_RESULT_NEW,
                  &verdict, ret);
}

/* --- one line ----------------------------------------------------------------------------------------------------- */

/* May this principal attest for the line's provider? A provider that cannot be read is refused as malformed instead. */
static bool represents(const struct submission *submission) {
    const struct line *line = submission->core->judging.line;
    return submission->principal->role == ROLE_OPERATOR || !line_has(line, FIELD_BIT(FIELD_PROVIDER)) ||
           registry_represents(&submission->core->registry, submission->principal->name.text, &line->provider);
}

static bool names_a_beneficiary(const struct line *line) {
    for (size_t i = 0; i < line->beneficiary_count; i++) {
        const struct line_beneficiary *beneficiary = &line->beneficiaries[i];
        if ((beneficiary->good & 1u << BENEFICIARY_NISS) && key_names_a_person(line->key, &beneficiary->niss)) {
            return true;
        }
    }
    return false;
}

static int judge_new(struct submission *submission, const Elp__V1__AttestationLine *wire, struct line_digests *digests,
                     Elp__V1__LineVerdict **ret) {
    struct intake_core *core = submission->core;
    if (!represents(submission)) {
        Elp__V1__RefusalReason reason;
        verdict_plain_reason(&core->books, REFUSAL_NOT_REPRESENTED, "provider", &reason);
        submission->denied = true;
        return answer_unrecorded(submission, wire, &reason, ret);
    }
    const struct dry_writes *dry = submission->dry_run != NULL ? &submission->dry_run->writes : NULL;
    int failure = judge_line(core, submission->txn, submission->principal, dry);
    if (failure < 0) {
        return failure;
    }
    uint64_t number = 0;
    if (submission->dry_run == NULL) {
        failure = record_line(core, submission->txn, submission->principal, digests, &number);
    }
    if (failure == 0) {
        failure = answer_judged(submission, wire, number, ret);
    }
    if (failure == 0 && submission->dry_run != NULL) {
        failure = dry_remember(submission, digests, (*ret)->verdict);
    }
    return failure;
}

int submission_line(struct submission *submission, const Elp__V1__AttestationLine *wire, Elp__V1__LineVerdict **ret) {
    struct intake_core *core = submission->core;
    struct span key = span_of(wire->key.data, wire->key.len);
    if (!client_key_valid(key)) {
        Elp__V1__RefusalReason reason;
        verdict_plain_reason(&core->books, REFUSAL_MALFORMED, "key", &reason);
        reason.reason = (char *)"A line must have a key of 1 to 64 bytes.";
        return answer_unrecorded(submission, wire, &reason, ret);
    }
    struct line_digests digests;
    struct key_entry entry;
    bool found = false;
    judge_read(core, wire);
    if (names_a_beneficiary(core->judging.line)) {
        Elp__V1__RefusalReason reason;
        verdict_plain_reason(&core->books, REFUSAL_MALFORMED, "key", &reason);
        reason.reason = (char *)"A key is kept for ever and so holds no national number of its line.";
        return answer_unrecorded(submission, wire, &reason, ret);
    }
    int failure = judge_identify(core, submission->dry_run != NULL);
    if (failure < 0) {
        return failure;
    }
    line_digests_of(core->judging.line, vault_digest_key(core->vault), &digests);
    failure = client_key_find(submission->txn, submission->principal->name.text, key, &entry, &found);
    if (failure < 0) {
        return failure;
    }
    if (found) {
        return answer_stored(submission, wire, &digests, &entry, ret);
    }
    const struct dry_line *earlier = submission->dry_run != NULL ? dry_find(submission->dry_run, key) : NULL;
    if (earlier != NULL) {
        char field[FINDING_FIELD_BYTES] = "";
        (void)line_digests_differ(&digests, earlier->digests, field);
        return answer_again(submission, wire, field, earlier->verdict, ret);
    }
    return judge_new(submission, wire, &digests, ret);
}
