#ifndef ELP_SERVICES_INTAKE_JUDGED_RECORD_H
#define ELP_SERVICES_INTAKE_JUDGED_RECORD_H

#include "services/intake/client_keys.h"
#include "services/intake/intake_core.h"

/*
 * Requests that intake records for another daemon to judge: indexations, decisions, commands about money. Under an
 * idempotency key a request is recorded once, however often it is sent; without a key each is a new one.
 */
struct judged_record {
    const ProtobufCMessage *message; /* the record's body; without unknown fields */
    ProtobufCBinaryData key;
    enum key_use use;
    const char *judge;
};

/*
 * Answers a request whose key is unusable (malformed), was used before for the same content (the first record's number)
 * or for another one (key-conflict); *ret_answered false: it is a new one.
 */
MUST_USE int judged_answer_by_key(const struct intake_core *core, struct request *request,
                                  const struct judged_record *judged, struct reply *reply, bool *ret_answered);

/* Records it, with its key when it has one, and answers Recorded. */
MUST_USE int judged_append(struct intake_core *core, struct request *request, const struct judged_record *judged,
                           Elp__V1__IntakeRecord *record, struct reply *reply);

#endif
