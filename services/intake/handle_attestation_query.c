#include <string.h>

#include "services/intake/client_keys.h"
#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"
#include "services/intake/standing.h"
#include "services/intake/verdict.h"

static int refuse_unknown(struct reply *reply, const char *field) {
    return reply_refuse(reply, "not-found", field, "this principal sees no attestation of that id or key",
                        "quote an id of one of your verdicts, or a key that you submitted under your own name");
}

/* The record that an id or a key of the principal's own leads to; 0: none. */
static int find_number(const struct intake_core *core, const struct request *request,
                       const Elp__V1__AttestationQuery *query, uint64_t *ret_number) {
    *ret_number = 0;
    if (query->id[0] != '\0') {
        char epoch[17];
        uint64_t number = 0;
        if (attestation_id_parse(query->id, epoch, &number) && epochs_hold(&core->epochs, epoch, number) &&
            number <= core->context.journal->head) {
            *ret_number = number;
        }
        return 0;
    }
    struct span key = span_of(query->key.data, query->key.len);
    struct key_entry entry;
    bool found = false;
    int failure =
        client_key_valid(key) ? client_key_find(request->txn, request->principal->name.text, key, &entry, &found) : 0;
    if (failure == 0 && found && key_is_of_a_line(&entry)) {
        *ret_number = entry.number;
    }
    return failure;
}

static bool may_see(const struct principal *principal, const char *author, const char *network) {
    if (strcmp(author, principal->name.text) == 0) {
        return true;
    }
    return principal->role != ROLE_INTEGRATOR && network[0] != '\0' && principal_sees_network(principal, network);
}

static void fill(const Elp__V1__IntakeRecord *record, char date_text[DATE_TEXT_BYTES],
                 Elp__V1__AttestationReply *answer) {
    struct date date = DATE_NONE;
    if (record->body_case == ELP__V1__INTAKE_RECORD__BODY_ACCEPTED) {
        answer->network = record->accepted->network;
        answer->service = record->accepted->service;
        answer->function = record->accepted->function;
        answer->principal = record->accepted->principal;
        answer->key = record->accepted->key;
        date.days = record->accepted->date;
    } else {
        answer->network = record->refused->network;
        answer->service = (Elp__V1__Service)record->refused->service;
        answer->principal = record->refused->principal;
        answer->key = record->refused->key;
        date = record->refused->date == 0 ? DATE_NONE : (struct date){record->refused->date};
    }
    answer->date = (char *)date_format(date, date_text, DATE_TEXT_BYTES);
}

int handle_attestation_query(void *state, struct request *request, const void *message, struct reply *reply) {
    const struct intake_core *core = state;
    const Elp__V1__AttestationQuery *query = message;
    const char *field = query->id[0] != '\0' ? "id" : "key";
    uint64_t number = 0;
    if ((query->id[0] != '\0') == (query->key.len > 0)) {
        return reply_refuse(reply, "malformed", "id", "ask by id or by key", "give exactly one of the two");
    }
    int failure = find_number(core, request, query, &number);
    if (failure < 0 || number == 0) {
        return failure < 0 ? failure : refuse_unknown(reply, field);
    }
    const Elp__V1__IntakeRecord *record = NULL;
    Elp__V1__AttestationReply answer = ELP__V1__ATTESTATION_REPLY__INIT;
    Elp__V1__Verdict verdict;
    char id[ATTESTATION_ID_BYTES];
    char date_text[DATE_TEXT_BYTES];
    failure = intake_read(core, request->txn, number, request->arena, &record);
    if (failure == 0) {
        failure = standing_ended_by(request->txn, number, &answer.cancelled_by);
    }
    if (failure < 0) {
        return failure;
    }
    if (record->body_case != ELP__V1__INTAKE_RECORD__BODY_ACCEPTED &&
        record->body_case != ELP__V1__INTAKE_RECORD__BODY_REFUSED) {
        return refuse_unknown(reply, field);
    }
    fill(record, date_text, &answer);
    if (!may_see(request->principal, answer.principal, answer.network)) {
        return refuse_unknown(reply, field);
    }
    verdict_of_record(core, record, id, &verdict);
    answer.verdict = &verdict;
    answer.cancelled = answer.cancelled_by != 0;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_ATTESTATION_REPLY, &answer.base);
}
