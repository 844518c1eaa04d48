#include <string.h>

#include "services/intake/client_keys.h"
#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"
#include "services/intake/standing.h"
#include "services/intake/verdict.h"

/*
 * rulebook §4, corrections: before the deadline the integrator that attested may cancel; after it the network or the
 * operator, with a reason. Nothing is edited or deleted.
 */

struct cancellation {
    struct intake_core *core;
    struct request *request;
    const Elp__V1__CancelAttestation *message;
    uint64_t attestation;
    struct line_digests digests;
};

static int answer_refusal(const struct intake_core *core, struct reply *reply, enum refusal refusal, const char *field,
                          const char *reason, const char *remedy) {
    Elp__V1__CancelReply answer = ELP__V1__CANCEL_REPLY__INIT;
    Elp__V1__RefusalReason words;
    verdict_plain_reason(&core->books, refusal, field, &words);
    if (reason != NULL) {
        words.reason = (char *)reason;
    }
    if (remedy != NULL) {
        words.remedy = (char *)remedy;
    }
    answer.refusal = &words;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_REPLY, &answer.base);
}

static int answer_cancelled(struct reply *reply, uint64_t number) {
    Elp__V1__CancelReply answer = ELP__V1__CANCEL_REPLY__INIT;
    answer.cancelled = true;
    answer.number = number;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_REPLY, &answer.base);
}

/* The key was used: the same cancellation gives the same answer, another content names what differs. */
static int answer_again(const struct cancellation *cancellation, const struct key_entry *entry, struct reply *reply) {
    const struct line_digests *digests = &cancellation->digests;
    const char *field = NULL;
    if (entry->use != KEY_CANCELLATION || entry->digests.bytes != digests->bytes) {
        field = "key";
    } else if (memcmp(entry->digests.data, digests->data, DIGEST_BYTES) != 0) {
        field = "id";
    } else if (memcmp(entry->digests.data, digests->data, digests->bytes) != 0) {
        field = "reason";
    }
    return field == NULL ? answer_cancelled(reply, entry->number)
                         : answer_refusal(cancellation->core, reply, REFUSAL_KEY_CONFLICT, field, NULL, NULL);
}

/* Does the principal see the attestation? An integrator its own, a network those of its scope. */
static bool may_see(const struct principal *principal, const Elp__V1__AttestationAccepted *accepted) {
    if (principal->role == ROLE_INTEGRATOR) {
        return strcmp(accepted->principal, principal->name.text) == 0;
    }
    return principal_sees_network(principal, accepted->network);
}

static int record_cancellation(const struct cancellation *cancellation, const Elp__V1__AttestationAccepted *accepted,
                               struct reply *reply) {
    struct intake_core *core = cancellation->core;
    struct request *request = cancellation->request;
    const Elp__V1__CancelAttestation *message = cancellation->message;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__AttestationCancelled cancelled = ELP__V1__ATTESTATION_CANCELLED__INIT;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_CANCELLED;
    record.cancelled = &cancelled;
    cancelled.attestation = cancellation->attestation;
    cancelled.network = accepted->network;
    cancelled.principal = (char *)request->principal->name.text;
    cancelled.key = message->key;
    cancelled.reason = message->reason;
    struct key_entry entry = {.use = KEY_CANCELLATION, .digests = cancellation->digests};
    int failure = intake_append(core, request->txn, &record, request->principal->name.text, &entry.number);
    if (failure == 0) {
        failure = standing_end(core, request->txn, cancellation->attestation, accepted, entry.number);
    }
    if (failure == 0) {
        failure = client_key_put(request->txn, request->principal->name.text,
                                 span_of(message->key.data, message->key.len), &entry);
    }
    return failure < 0 ? failure : answer_cancelled(reply, entry.number);
}

static int judge_deadline(const struct cancellation *cancellation, const Elp__V1__AttestationAccepted *accepted,
                          struct reply *reply) {
    struct intake_core *core = cancellation->core;
    struct date last = DATE_NONE;
    int failure = standing_deadline(core, cancellation->request->txn, cancellation->attestation, &last);
    if (failure < 0) {
        return failure;
    }
    bool late = !date_is_none(last) && date_compare(brussels_date(core->clock.at), last) > 0;
    if (late && cancellation->request->principal->role == ROLE_INTEGRATOR) {
        return answer_refusal(core, reply, REFUSAL_DEADLINE_PASSED, "id",
                              "After the deadline only the network or the operator cancels.",
                              "Ask the network to cancel the attestation.");
    }
    if (late && cancellation->message->reason[0] == '\0') {
        return answer_refusal(core, reply, REFUSAL_MALFORMED, "reason",
                              "After the deadline a cancellation must give a reason.",
                              "Send the cancellation again with a reason.");
    }
    return record_cancellation(cancellation, accepted, reply);
}

static int judge_cancellation(struct cancellation *cancellation, struct reply *reply) {
    struct intake_core *core = cancellation->core;
    struct standing standing = {0};
    char epoch[17];
    if (attestation_id_parse(cancellation->message->id, epoch, &cancellation->attestation) &&
        epochs_hold(&core->epochs, epoch, cancellation->attestation)) {
        int failure = standing_read(core, cancellation->request->txn, cancellation->attestation,
                                    cancellation->request->arena, &standing);
        if (failure < 0) {
            return failure;
        }
    }
    if (standing.record == NULL || !may_see(cancellation->request->principal, standing.record->accepted)) {
        return answer_refusal(core, reply, REFUSAL_NOT_FOUND, "id", NULL, NULL);
    }
    if (standing.ended_by != 0) {
        return answer_refusal(core, reply, REFUSAL_ALREADY_CANCELLED, "id", NULL, NULL);
    }
    return judge_deadline(cancellation, standing.record->accepted, reply);
}

int handle_cancel_attestation(void *state, struct request *request, const void *message, struct reply *reply) {
    struct cancellation cancellation = {.core = state, .request = request, .message = message};
    struct span key = span_of(cancellation.message->key.data, cancellation.message->key.len);
    struct key_entry entry;
    bool found = false;
    int failure = 0;
    if (intake_refuses_busy(cancellation.core, reply, &failure)) {
        return failure;
    }
    if (!client_key_valid(key)) {
        return answer_refusal(cancellation.core, reply, REFUSAL_MALFORMED, "key",
                              "A cancellation must have a key of 1 to 64 bytes.",
                              "Choose a key of your own and send the cancellation again.");
    }
    if (!wire_text_valid(cancellation.message->reason, WIRE_TEXT_BYTES_MAX) ||
        text_names_a_person(cancellation.message->reason)) {
        return answer_refusal(cancellation.core, reply, REFUSAL_MALFORMED, "reason",
                              "The reason must be a text of at most 256 bytes without control characters and without "
                              "national numbers.",
                              "Mend the reason and send the cancellation again.");
    }
    cancellation_digests_of(key, cancellation.message->id, cancellation.message->reason,
                            vault_digest_key(cancellation.core->vault), &cancellation.digests);
    failure = client_key_find(request->txn, request->principal->name.text, key, &entry, &found);
    if (failure < 0) {
        return failure;
    }
    return found ? answer_again(&cancellation, &entry, reply) : judge_cancellation(&cancellation, reply);
}
