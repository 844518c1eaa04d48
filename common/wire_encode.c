#include "common/wire_encode.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/require.h"

#define NUMBER_BYTES_MAX 16 /* a tag of at most five bytes with a number of at most ten, and one to spare */

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2 };

/* From here on numbers are written at the end without asking again. */
static inline bool make_room(struct buffer *buffer, size_t bytes) {
    return bytes <= buffer->size - buffer->used || buffer_reserve(buffer, bytes) == 0;
}

static inline void put_varint(struct buffer *buffer, uint64_t value) {
    uint8_t *at = buffer->data + buffer->used;
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    buffer->used = (size_t)(at - buffer->data);
}

static void put_fixed64(struct buffer *buffer, uint64_t value) {
    for (int i = 0; i < 8; i++) {
        buffer->data[buffer->used++] = (uint8_t)(value >> (8 * i));
    }
}

static inline void put_tag(struct buffer *buffer, uint32_t number, enum wire_type type) {
    put_varint(buffer, (uint64_t)number << 3 | type);
}

static uint64_t zigzag(int64_t value) {
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

/* A number as it stands on the wire; negative ones of 32 bits are written with 64, as protobuf does. */
static uint64_t scalar_of(ProtobufCType type, const void *member) {
    switch ((int)type) {
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)member != 0;
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_INT32:
        return (uint64_t)(int64_t) * (const int32_t *)member;
    case PROTOBUF_C_TYPE_UINT32:
        return *(const uint32_t *)member;
    case PROTOBUF_C_TYPE_SINT32:
        return (uint32_t)zigzag(*(const int32_t *)member);
    case PROTOBUF_C_TYPE_SINT64:
        return zigzag(*(const int64_t *)member);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return *(const uint64_t *)member;
    default:
        require(false); /* our schemas have no other numbers */
    }
}

static bool is_fixed64(ProtobufCType type) {
    return type == PROTOBUF_C_TYPE_FIXED64 || type == PROTOBUF_C_TYPE_SFIXED64;
}

static void put_scalar(struct buffer *buffer, ProtobufCType type, uint64_t value) {
    if (is_fixed64(type)) {
        put_fixed64(buffer, value);
    } else {
        put_varint(buffer, value);
    }
}

static size_t scalar_bytes(ProtobufCType type) {
    switch ((int)type) {
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SINT32:
        return sizeof(uint32_t);
    default:
        return sizeof(uint64_t);
    }
}

static int put_span(struct buffer *buffer, uint32_t number, const void *data, size_t bytes) {
    if (bytes > SIZE_MAX / 4 || !make_room(buffer, NUMBER_BYTES_MAX + bytes)) {
        return FAILURE_MEMORY;
    }
    put_tag(buffer, number, WIRE_BYTES);
    put_varint(buffer, bytes);
    if (bytes > 0) {
        memcpy(buffer->data + buffer->used, data, bytes);
        buffer->used += bytes;
    }
    return 0;
}

/* The place of a length that will be known later: one byte, which most need. */
static bool begin_length(struct buffer *buffer, uint32_t number, size_t *ret_place) {
    if (!make_room(buffer, NUMBER_BYTES_MAX)) {
        return false;
    }
    put_tag(buffer, number, WIRE_BYTES);
    *ret_place = buffer->used++;
    return true;
}

/* Writes the length of what was appended since, and moves that where the length needs more than its byte. */
static bool end_length(struct buffer *buffer, size_t place) {
    size_t bytes = buffer->used - place - 1;
    if (bytes < 0x80) {
        buffer->data[place] = (uint8_t)bytes;
        return true;
    }
    if (!make_room(buffer, NUMBER_BYTES_MAX)) {
        return false;
    }
    size_t more = 0;
    for (size_t left = bytes >> 7; left > 0; left >>= 7) {
        more++;
    }
    memmove(buffer->data + place + 1 + more, buffer->data + place + 1, bytes);
    buffer->used = place;
    put_varint(buffer, bytes);
    buffer->used += bytes;
    return true;
}

static int put_message(struct buffer *buffer, uint32_t number, const ProtobufCMessage *message) {
    size_t place;
    if (!begin_length(buffer, number, &place)) {
        return FAILURE_MEMORY;
    }
    int failure = message != NULL ? wire_encode(buffer, message) : 0;
    return failure == 0 && !end_length(buffer, place) ? FAILURE_MEMORY : failure;
}

/* A text, bytes or a message, also when it is empty. */
static int put_lengthy(struct buffer *buffer, const ProtobufCFieldDescriptor *field, const void *member) {
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(const char *const *)member;
        return put_span(buffer, field->id, text, text != NULL ? strlen(text) : 0);
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        const ProtobufCBinaryData *bytes = member;
        return put_span(buffer, field->id, bytes->data, bytes->len);
    }
    return put_message(buffer, field->id, *(const ProtobufCMessage *const *)member);
}

static bool is_lengthy(ProtobufCType type) {
    return type == PROTOBUF_C_TYPE_STRING || type == PROTOBUF_C_TYPE_BYTES || type == PROTOBUF_C_TYPE_MESSAGE;
}

static int put_packed(struct buffer *buffer, const ProtobufCFieldDescriptor *field, const uint8_t *elements,
                      size_t count) {
    size_t place;
    if (!begin_length(buffer, field->id, &place)) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        if (!make_room(buffer, NUMBER_BYTES_MAX)) {
            return FAILURE_MEMORY;
        }
        put_scalar(buffer, field->type, scalar_of(field->type, elements + i * scalar_bytes(field->type)));
    }
    return end_length(buffer, place) ? 0 : FAILURE_MEMORY;
}

static int put_repeated(struct buffer *buffer, const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message) {
    size_t count = *(const size_t *)(const void *)((const uint8_t *)message + field->quantifier_offset);
    const uint8_t *elements = *(const uint8_t *const *)(const void *)((const uint8_t *)message + field->offset);
    size_t bytes = field->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
    int failure = 0;
    if (count > 0 && !is_lengthy(field->type)) {
        return put_packed(buffer, field, elements, count);
    }
    for (size_t i = 0; i < count && failure == 0; i++) {
        failure = put_lengthy(buffer, field, elements + i * bytes);
    }
    return failure;
}

/* Left out because it says nothing; in a oneof a number that is zero still says which one it is. */
static bool is_left_out(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message, const void *member) {
    bool in_oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    if (in_oneof &&
        *(const uint32_t *)(const void *)((const uint8_t *)message + field->quantifier_offset) != field->id) {
        return true;
    }
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(const void *const *)member == NULL;
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(const char *const *)member;
        return in_oneof ? text == NULL || text == field->default_value : text == NULL || text[0] == '\0';
    }
    case PROTOBUF_C_TYPE_BYTES:
        return !in_oneof && ((const ProtobufCBinaryData *)member)->len == 0;
    default:
        return !in_oneof && scalar_of(field->type, member) == 0;
    }
}

static int put_singular(struct buffer *buffer, const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message) {
    const void *member = (const uint8_t *)message + field->offset;
    if (is_left_out(field, message, member)) {
        return 0;
    }
    if (is_lengthy(field->type)) {
        return put_lengthy(buffer, field, member);
    }
    if (!make_room(buffer, NUMBER_BYTES_MAX)) {
        return FAILURE_MEMORY;
    }
    put_tag(buffer, field->id, is_fixed64(field->type) ? WIRE_64 : WIRE_VARINT);
    put_scalar(buffer, field->type, scalar_of(field->type, member));
    return 0;
}

/* A message that came from somebody with a newer schema. */
static int put_with_unknown(struct buffer *buffer, const ProtobufCMessage *message) {
    if (!make_room(buffer, protobuf_c_message_get_packed_size(message))) {
        return FAILURE_MEMORY;
    }
    buffer->used += protobuf_c_message_pack(message, buffer->data + buffer->used);
    return 0;
}

int wire_encode(struct buffer *buffer, const ProtobufCMessage *message) {
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    int failure = 0;
    if (message->n_unknown_fields > 0) {
        return put_with_unknown(buffer, message);
    }
    for (unsigned i = 0; i < descriptor->n_fields && failure == 0; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        failure = field->label == PROTOBUF_C_LABEL_REPEATED ? put_repeated(buffer, field, message)
                                                            : put_singular(buffer, field, message);
    }
    return failure;
}

int wire_encode_field(struct buffer *buffer, uint32_t number, const ProtobufCMessage *message) {
    size_t place = buffer->used;
    require(number < 16); /* a tag of one byte */
    int failure = message != NULL ? put_message(buffer, number, message) : 0;
    if (failure == 0 && buffer->used == place + 2) {
        buffer->used = place;
    }
    return failure;
}
