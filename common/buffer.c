#include "common/wire.h"

#include <stdlib.h>
#include <string.h>

#include "common/wire_encode.h"

#define BUFFER_BYTES_LEAST 1024

static int reserve(struct buffer *buffer, size_t bytes) {
    if (bytes <= buffer->size) {
        return 0;
    }
    if (bytes > SIZE_MAX / 2) {
        return FAILURE_MEMORY;
    }
    size_t size = buffer->size < BUFFER_BYTES_LEAST ? BUFFER_BYTES_LEAST : buffer->size * 2;
    if (size < bytes) {
        size = bytes;
    }
    uint8_t *data = realloc(buffer->data, size);
    if (data == NULL) {
        return FAILURE_MEMORY;
    }
    buffer->data = data;
    buffer->size = size;
    return 0;
}

void buffer_free(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_reset(struct buffer *buffer) {
    buffer->used = 0;
}

int buffer_append(struct buffer *buffer, const void *data, size_t bytes) {
    if (bytes == 0) {
        return 0;
    }
    if (bytes > SIZE_MAX / 2 - buffer->used) {
        return FAILURE_MEMORY;
    }
    int rc = reserve(buffer, buffer->used + bytes);
    if (rc == 0) {
        memcpy(buffer->data + buffer->used, data, bytes);
        buffer->used += bytes;
    }
    return rc;
}

int buffer_reserve(struct buffer *buffer, size_t bytes) {
    return bytes > SIZE_MAX / 2 - buffer->used ? FAILURE_MEMORY : reserve(buffer, buffer->used + bytes);
}

int buffer_pack(struct buffer *buffer, const ProtobufCMessage *message) {
    buffer->used = 0;
    return wire_encode(buffer, message);
}

/* Field of the envelope that holds the message. */
#define ENVELOPE_PAYLOAD 5

int wire_pack_envelope(struct buffer *frame, Elp__V1__MessageType type, uint64_t request_id, struct span trace_id,
                       const ProtobufCMessage *message) {
    Elp__V1__Envelope envelope = ELP__V1__ENVELOPE__INIT;
    envelope.version = WIRE_VERSION;
    envelope.type = type;
    envelope.request_id = request_id;
    envelope.trace_id = (ProtobufCBinaryData){trace_id.bytes, (uint8_t *)(uintptr_t)trace_id.data};
    frame->used = 0;
    int failure = wire_encode(frame, &envelope.base);
    return failure < 0 ? failure : wire_encode_field(frame, ENVELOPE_PAYLOAD, message);
}
