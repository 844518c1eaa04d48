#include "common/wire.h"

#include <stdlib.h>
#include <string.h>

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

int buffer_pack(struct buffer *buffer, const ProtobufCMessage *message) {
    int rc = reserve(buffer, protobuf_c_message_get_packed_size(message));
    if (rc == 0) {
        buffer->used = 0;
        buffer->used = protobuf_c_message_pack(message, buffer->data);
    }
    return rc;
}

int wire_pack_envelope(struct buffer *frame, Elp__V1__MessageType type, uint64_t request_id, struct span trace_id,
                       const ProtobufCMessage *message) {
    Elp__V1__Envelope envelope = ELP__V1__ENVELOPE__INIT;
    envelope.version = WIRE_VERSION;
    envelope.type = type;
    envelope.request_id = request_id;
    envelope.trace_id = (ProtobufCBinaryData){trace_id.bytes, (uint8_t *)(uintptr_t)trace_id.data};
    envelope.payload.len = message == NULL ? 0 : protobuf_c_message_get_packed_size(message);

    /* The payload is packed behind the envelope's place and copied into it: one buffer, one allocation. */
    const size_t envelope_bytes = protobuf_c_message_get_packed_size(&envelope.base);
    int rc = reserve(frame, envelope_bytes + envelope.payload.len);
    if (rc != 0) {
        return rc;
    }
    if (message != NULL) {
        envelope.payload.data = frame->data + envelope_bytes;
        (void)protobuf_c_message_pack(message, envelope.payload.data);
    }
    frame->used = protobuf_c_message_pack(&envelope.base, frame->data);
    return 0;
}
