#ifndef ELP_COMMON_WIRE_H
#define ELP_COMMON_WIRE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/failure.h"
#include "common/span.h"
#include "elp/v1/envelope.pb-c.h"

/* Caps of the frame layout (proto/elp/v1/envelope.proto). The sender checks them too. */
#define WIRE_VERSION 1
#define WIRE_REQUEST_BYTES_MAX (1024 * 1024)
#define WIRE_REPLY_BYTES_MAX (6 * 1024 * 1024)
#define WIRE_ARENA_BYTES (64 * 1024 * 1024)
#define WIRE_BATCH_LINES_MAX 1000
#define WIRE_PAGE_RECORDS_MAX 4000
#define WIRE_PAGE_BYTES_MAX (4 * 1024 * 1024)
#define WIRE_WAIT_MS_MAX 30000
#define WIRE_KEY_BYTES_MAX 64
#define WIRE_TEXT_BYTES_MAX 256

/* A growing byte buffer for packing; buffer_free accepts the zeroed state. */
struct buffer {
    uint8_t *data;
    size_t used;
    size_t size;
};
void buffer_free(struct buffer *buffer);
void buffer_reset(struct buffer *buffer);
MUST_USE int buffer_append(struct buffer *buffer, const void *data, size_t bytes);
/* Makes room for so many bytes behind what is used. */
MUST_USE int buffer_reserve(struct buffer *buffer, size_t bytes);
/* Replaces the content with the packed message. */
MUST_USE int buffer_pack(struct buffer *buffer, const ProtobufCMessage *message);
static inline struct span buffer_span(const struct buffer *buffer) {
    return (struct span){buffer->data, buffer->used};
}

/*
 * Unpacks into the arena; NULL when the bytes are not such a message, hold a NUL inside a string field (which
 * protobuf-c would cut silently), or need more memory than the arena's ceiling.
 */
void *wire_unpack(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct span bytes);

/*
 * The same for a message whose parts are judged one by one: a NUL inside a string field reads as U+0001, which no text may hold,
 * so that it refuses its own part and not the whole message.
 */
void *wire_unpack_parts(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct span bytes);

/*
 * Packs an envelope with `message` as payload into `frame`. message may be NULL for an empty payload.
 */
MUST_USE int wire_pack_envelope(struct buffer *frame, Elp__V1__MessageType type, uint64_t request_id,
                                struct span trace_id, const ProtobufCMessage *message);

/* True when `text` is valid UTF-8 without control characters and at most `bytes_max` bytes. */
bool wire_text_valid(const char *text, size_t bytes_max);

/*
 * protobuf-c reports an unknown enum number as a plain int; validators use these.
 * enum_known is false for 0 (UNSPECIFIED) too.
 */
bool wire_enum_known(const ProtobufCEnumDescriptor *descriptor, int value);

/* The words of an enum: "GROUP" of "SERVICE_GROUP" in lower case with '-' ("gp-practice"); NULL: unknown. */
const char *wire_enum_word(const ProtobufCEnumDescriptor *descriptor, int value, char *out, size_t size);
/* The other way; 0: no such word. Budget envelopes have words of their own, see budget_envelope.h. */
int wire_enum_value(const ProtobufCEnumDescriptor *descriptor, const char *word);

#endif
