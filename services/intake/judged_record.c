#include "services/intake/judged_record.h"

#include <string.h>

#include "services/intake/persons.h"

static int answer_recorded(struct reply *reply, uint64_t number, const char *judge, bool earlier) {
    Elp__V1__Recorded recorded = ELP__V1__RECORDED__INIT;
    recorded.number = number;
    recorded.judge = (char *)judge;
    recorded.earlier = earlier;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RECORDED, &recorded.base);
}

/* A key stands in the journal for ever, so it holds no national number. */
static bool key_fits(ProtobufCBinaryData key) {
    char text[WIRE_KEY_BYTES_MAX + 1] = {0};
    if (key.len > WIRE_KEY_BYTES_MAX) {
        return false;
    }
    memcpy(text, key.data, key.len);
    return !text_names_a_person(text);
}

/* The body of a record, whatever its kind: every one is a message. NULL when it has none. */
static const ProtobufCMessage *body_of(const Elp__V1__IntakeRecord *record) {
    return record->body_case != ELP__V1__INTAKE_RECORD__BODY__NOT_SET ? &record->decision->base : NULL;
}

/* Is this what the record holds? Both are packed by the same code, so equal contents are equal bytes. */
static int same_content(const struct intake_core *core, struct request *request, uint64_t number,
                        const ProtobufCMessage *message, bool *ret_same) {
    const Elp__V1__IntakeRecord *record = NULL;
    int failure = intake_read(core, request->txn, number, request->arena, &record);
    if (failure < 0) {
        return failure;
    }
    const ProtobufCMessage *stored = body_of(record);
    *ret_same = false;
    if (stored == NULL || stored->descriptor != message->descriptor) {
        return stored == NULL ? FAILURE_CORRUPT : 0;
    }
    size_t bytes = protobuf_c_message_get_packed_size(message);
    if (protobuf_c_message_get_packed_size(stored) == bytes) {
        uint8_t *packed = arena_take(request->arena, 2 * bytes);
        if (packed == NULL) {
            return FAILURE_MEMORY;
        }
        (void)protobuf_c_message_pack(message, packed);
        (void)protobuf_c_message_pack(stored, packed + bytes);
        *ret_same = memcmp(packed, packed + bytes, bytes) == 0;
    }
    return 0;
}

int judged_answer_by_key(const struct intake_core *core, struct request *request, const struct judged_record *judged,
                         struct reply *reply, bool *ret_answered) {
    struct key_entry entry;
    bool same = false;
    *ret_answered = judged->key.len != 0;
    if (judged->key.len == 0) {
        return 0;
    }
    if (!key_fits(judged->key)) {
        return reply_refuse(reply, "malformed", "key", "key must be at most 64 bytes without a national number",
                            "choose a key of your own and send the request again");
    }
    int failure = client_key_find(request->txn, request->principal->name.text,
                                  span_of(judged->key.data, judged->key.len), &entry, ret_answered);
    if (failure < 0 || !*ret_answered) {
        return failure;
    }
    if (entry.use == judged->use) {
        failure = same_content(core, request, entry.number, judged->message, &same);
    }
    if (failure < 0) {
        return failure;
    }
    return same ? answer_recorded(reply, entry.number, judged->judge, true)
                : reply_refuse(
                      reply, "key-conflict", "key", "the key was used before for another content",
                      "send the request under a new key, or the first content unchanged to get its number again");
}

int judged_append(struct intake_core *core, struct request *request, const struct judged_record *judged,
                  Elp__V1__IntakeRecord *record, struct reply *reply) {
    const char *author = request->principal->name.text;
    struct key_entry entry = {.use = judged->use};
    int failure = intake_append(core, request->txn, record, author, &entry.number);
    if (failure == 0 && judged->key.len != 0) {
        failure = client_key_put(request->txn, author, span_of(judged->key.data, judged->key.len), &entry);
    }
    return failure < 0 ? failure : answer_recorded(reply, entry.number, judged->judge, false);
}
