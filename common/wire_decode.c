#include "common/wire_decode.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define VARINT_BYTES_MAX 10

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2 };

/* What is left of the bytes. */
struct reading {
    const uint8_t *at;
    const uint8_t *end;
};

static bool read_long_varint(struct reading *reading, uint64_t *ret) {
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_BYTES_MAX && reading->at + i < reading->end; i++) {
        uint8_t byte = reading->at[i];
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            reading->at += i + 1;
            *ret = value;
            return i < VARINT_BYTES_MAX - 1 || byte <= 1; /* more bits than a number has are for the long way */
        }
    }
    return false;
}

static inline bool read_varint(struct reading *reading, uint64_t *ret) {
    if (reading->at < reading->end && *reading->at < 0x80) {
        *ret = *reading->at++;
        return true;
    }
    return read_long_varint(reading, ret);
}

static inline bool read_bytes(struct reading *reading, struct span *ret) {
    uint64_t length;
    if (!read_varint(reading, &length) || length > (uint64_t)(reading->end - reading->at)) {
        return false;
    }
    *ret = span_of(reading->at, (size_t)length);
    reading->at += length;
    return true;
}

/* Memory that the caller fills. */
static inline void *take(struct arena *arena, size_t bytes) {
    return arena->allocator.alloc(arena->allocator.allocator_data, bytes);
}

static int64_t unzigzag(uint64_t value) {
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* How a type stands on the wire and in the message; 0 bytes: not here. */
static size_t scalar_bytes(ProtobufCType type, enum wire_type *ret) {
    *ret = WIRE_VARINT;
    switch ((int)type) {
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SINT32:
        return sizeof(uint32_t);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SINT64:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
        *ret = WIRE_64;
        return sizeof(uint64_t);
    default:
        return 0;
    }
}

static void store_scalar(ProtobufCType type, uint64_t value, void *member) {
    switch ((int)type) {
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)member = value != 0;
        return;
    case PROTOBUF_C_TYPE_SINT32:
        *(int32_t *)member = (int32_t)unzigzag(value & UINT32_MAX);
        return;
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
        *(uint32_t *)member = (uint32_t)value;
        return;
    case PROTOBUF_C_TYPE_SINT64:
        *(int64_t *)member = unzigzag(value);
        return;
    default:
        *(uint64_t *)member = value;
    }
}

static bool read_fixed64(struct reading *reading, uint64_t *ret) {
    uint64_t value = 0;
    if (reading->end - reading->at < 8) {
        return false;
    }
    for (int i = 7; i >= 0; i--) {
        value = value << 8 | reading->at[i];
    }
    reading->at += 8;
    *ret = value;
    return true;
}

static bool decode_scalar(ProtobufCType type, enum wire_type wire, struct reading *reading, void *member) {
    uint64_t value;
    if (wire == WIRE_64 ? !read_fixed64(reading, &value) : !read_varint(reading, &value)) {
        return false;
    }
    store_scalar(type, value, member);
    return true;
}

static bool decode_text(struct arena *arena, struct span bytes, char **ret) {
    char *text = take(arena, bytes.bytes + 1);
    if (text == NULL || memchr(bytes.data, 0, bytes.bytes) != NULL) {
        return false;
    }
    memcpy(text, bytes.data, bytes.bytes);
    text[bytes.bytes] = '\0';
    *ret = text;
    return true;
}

static bool decode_bytes(struct arena *arena, struct span bytes, ProtobufCBinaryData *ret) {
    *ret = (ProtobufCBinaryData){bytes.bytes, NULL};
    if (bytes.bytes > 0) {
        ret->data = take(arena, bytes.bytes);
        if (ret->data == NULL) {
            return false;
        }
        memcpy(ret->data, bytes.data, bytes.bytes);
    }
    return true;
}

static ProtobufCMessage *decode(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct span bytes);

/* A text, bytes or a message: what has a length on the wire. */
static bool decode_lengthy(struct arena *arena, const ProtobufCFieldDescriptor *field, struct span bytes,
                           void *member) {
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return decode_text(arena, bytes, member);
    case PROTOBUF_C_TYPE_BYTES:
        return decode_bytes(arena, bytes, member);
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)member = decode(arena, field->descriptor, bytes);
        return *(ProtobufCMessage **)member != NULL;
    default:
        return false;
    }
}

static bool decode_singular(struct arena *arena, const ProtobufCFieldDescriptor *field, enum wire_type wire,
                            struct reading *reading, ProtobufCMessage *message) {
    void *member = (uint8_t *)message + field->offset;
    enum wire_type scalar_wire;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t *which = (uint32_t *)(void *)((uint8_t *)message + field->quantifier_offset);
        if (*which != 0) {
            return false;
        }
        *which = field->id;
    }
    if (scalar_bytes(field->type, &scalar_wire) > 0) {
        return wire == scalar_wire && decode_scalar(field->type, wire, reading, member);
    }
    struct span bytes;
    return wire == WIRE_BYTES && read_bytes(reading, &bytes) && decode_lengthy(arena, field, bytes, member);
}

/* --- repeated fields ---------------------------------------------------------------------------------------------- */

static size_t element_bytes(ProtobufCType type) {
    return type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
}

/* How many elements follow, the one whose tag was read included. */
static bool count_elements(struct reading reading, uint64_t tag, size_t *ret) {
    size_t count = 0;
    uint64_t next = tag;
    while (next == tag) {
        struct span skipped;
        if (!read_bytes(&reading, &skipped)) {
            return false;
        }
        count++;
        if (reading.at == reading.end) {
            break;
        }
        if (!read_varint(&reading, &next)) {
            return false;
        }
    }
    *ret = count;
    return true;
}

static bool decode_elements(struct arena *arena, const ProtobufCFieldDescriptor *field, uint64_t tag,
                            struct reading *reading, ProtobufCMessage *message) {
    size_t count;
    if (!count_elements(*reading, tag, &count)) {
        return false;
    }
    size_t bytes = element_bytes(field->type);
    uint8_t *elements = take(arena, count * bytes);
    if (elements == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct span element;
        uint64_t skipped;
        if ((i > 0 && !read_varint(reading, &skipped)) || !read_bytes(reading, &element) ||
            !decode_lengthy(arena, field, element, elements + i * bytes)) {
            return false;
        }
    }
    *(size_t *)(void *)((uint8_t *)message + field->quantifier_offset) = count;
    *(void **)(void *)((uint8_t *)message + field->offset) = elements;
    return true;
}

/* Numbers side by side under one length. */
static bool decode_packed(struct arena *arena, const ProtobufCFieldDescriptor *field, size_t bytes, enum wire_type wire,
                          struct reading *reading, ProtobufCMessage *message) {
    struct span packed;
    size_t count = 0;
    if (!read_bytes(reading, &packed) || packed.bytes == 0) {
        return false;
    }
    for (size_t i = 0; i < packed.bytes; i++) {
        count += packed.data[i] < 0x80;
    }
    if (wire == WIRE_64) {
        count = packed.bytes / 8;
    }
    uint8_t *elements = take(arena, count * bytes);
    struct reading inner = {packed.data, packed.data + packed.bytes};
    for (size_t i = 0; elements != NULL && i < count; i++) {
        if (!decode_scalar(field->type, wire, &inner, elements + i * bytes)) {
            return false;
        }
    }
    *(size_t *)(void *)((uint8_t *)message + field->quantifier_offset) = count;
    *(void **)(void *)((uint8_t *)message + field->offset) = elements;
    return elements != NULL && inner.at == inner.end;
}

static bool decode_repeated(struct arena *arena, const ProtobufCFieldDescriptor *field, uint64_t tag,
                            struct reading *reading, ProtobufCMessage *message) {
    enum wire_type wire;
    size_t bytes = scalar_bytes(field->type, &wire);
    if ((tag & 7) != WIRE_BYTES) {
        return false;
    }
    return bytes > 0 ? decode_packed(arena, field, bytes, wire, reading, message)
                     : decode_elements(arena, field, tag, reading, message);
}

/* --- messages ----------------------------------------------------------------------------------------------------- */

/* Recursion is as deep as the message types are nested; none of ours contains itself. */
static ProtobufCMessage *decode(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct span bytes) {
    ProtobufCMessage *message = take(arena, descriptor->sizeof_message);
    struct reading reading = {bytes.data, bytes.data + bytes.bytes};
    unsigned place = 0;
    if (message == NULL) {
        return NULL;
    }
    descriptor->message_init(message);
    while (reading.at < reading.end) {
        uint64_t tag;
        if (!read_varint(&reading, &tag)) {
            return NULL;
        }
        while (place < descriptor->n_fields && descriptor->fields[place].id < tag >> 3) {
            place++;
        }
        if (place == descriptor->n_fields || descriptor->fields[place].id != tag >> 3) {
            return NULL;
        }
        /* A field that comes again is for the long way. */
        const ProtobufCFieldDescriptor *field = &descriptor->fields[place++];
        bool done = field->label == PROTOBUF_C_LABEL_REPEATED
                        ? decode_repeated(arena, field, tag, &reading, message)
                        : field->label == PROTOBUF_C_LABEL_NONE &&
                              decode_singular(arena, field, (enum wire_type)(tag & 7), &reading, message);
        if (!done) {
            return NULL;
        }
    }
    return message;
}

void *wire_decode_plain(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct span bytes) {
    size_t used = arena->used;
    void *message = decode(arena, descriptor, bytes);
    if (message == NULL) {
        arena->used = used;
    }
    return message;
}
