#include "common/log.h"
#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"

/*
 * ErasePerson: recorded with the person's number, author and reason; the vault forgets the person after the commit of that
 * record and before the reply (vault.h). Nothing that was attested changes.
 */

#define REMEDY "correct the field and send the request again"

struct erasure {
    struct intake_core *core;
    struct request *request;
    const Elp__V1__ErasePerson *message;
};

static int answer(struct reply *reply, uint64_t person, uint64_t record, bool earlier) {
    Elp__V1__ErasePersonReply answer = ELP__V1__ERASE_PERSON_REPLY__INIT;
    answer.known = person != 0;
    answer.person = person;
    answer.number = record;
    answer.earlier = earlier;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_ERASE_PERSON_REPLY, &answer.base);
}

static int record_erasure(const struct erasure *erasure, uint64_t person, uint64_t *ret_record) {
    struct intake_core *core = erasure->core;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__PersonErased erased = ELP__V1__PERSON_ERASED__INIT;
    erased.person = person;
    erased.reason = erasure->message->reason;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_ERASED;
    record.erased = &erased;
    return intake_append(core, erasure->request->txn, &record, erasure->request->principal->name.text, ret_record);
}

static int erase(const struct erasure *erasure, uint64_t person, struct reply *reply) {
    struct store_txn *txn = erasure->request->txn;
    uint64_t record = 0;
    int failure = persons_erased_by(txn, person, &record);
    if (failure < 0 || record != 0) {
        return failure < 0 ? failure : answer(reply, person, record, true);
    }
    if (erasure->message->dry_run) {
        return answer(reply, person, 0, false);
    }
    if (!vault_erase(erasure->core->vault, person)) {
        return reply_refuse(reply, "busy", "", "this turn erases as many people as it can", "send the request again");
    }
    failure = record_erasure(erasure, person, &record);
    if (failure == 0) {
        failure = persons_note_erased(txn, person, record);
    }
    if (failure < 0) {
        return failure;
    }
    log_line(LOG_LEVEL_INFO, "person-erased", "person", LOG_NUMBER, (int64_t)person, "record", LOG_NUMBER,
             (int64_t)record, NULL);
    return answer(reply, person, record, false);
}

static int find_person(const struct erasure *erasure, const struct niss *niss, uint64_t *ret_person) {
    struct vault *vault = erasure->core->vault;
    struct vault_lookup lookup = vault_lookup_of(vault, niss);
    struct person person = {0};
    int failure = vault_find(vault, &lookup, &person);
    if (failure == 0) {
        *ret_person = person.number;
    }
    return failure;
}

int handle_erase_person(void *state, struct request *request, const void *message, struct reply *reply) {
    struct erasure erasure = {.core = state, .request = request, .message = message};
    const Elp__V1__ErasePerson *erase_person = message;
    bool by_niss = erase_person->niss[0] != '\0';
    uint64_t person = erase_person->person;
    struct niss niss;
    int failure = 0;
    if (intake_refuses_busy(erasure.core, reply, &failure)) {
        return failure;
    }
    if (by_niss == (person != 0)) {
        return reply_refuse(reply, "malformed", "niss", "a person is named by niss or by person, one of the two",
                            REMEDY);
    }
    if (erase_person->reason[0] == '\0' || !wire_text_valid(erase_person->reason, WIRE_TEXT_BYTES_MAX) ||
        text_names_a_person(erase_person->reason)) {
        return reply_refuse(reply, "malformed", "reason",
                            "an erasure must give a reason of 1 to 256 bytes without national numbers", REMEDY);
    }
    if (by_niss && !niss_parse(erase_person->niss, &niss)) {
        return reply_refuse(reply, "malformed", "niss",
                            "niss must be a national number of 11 digits whose check digits fit", REMEDY);
    }
    if (by_niss) {
        failure = find_person(&erasure, &niss, &person);
    }
    if (failure < 0) {
        return failure;
    }
    if (person > erasure.core->persons_last) {
        return reply_refuse(reply, "not-found", "person", "nobody was ever given this number", REMEDY);
    }
    return person == 0 ? answer(reply, 0, 0, false) : erase(&erasure, person, reply);
}
