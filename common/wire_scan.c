#include "common/wire_scan.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Wire types of the protobuf encoding. */
enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_LENGTH = 2, WIRE_FIXED32 = 5 };

struct reader {
    const uint8_t *at;
    size_t left;
};

static bool read_varint(struct reader *reader, uint64_t *ret) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && reader->left > 0; shift += 7) {
        const uint8_t byte = *reader->at++;
        reader->left--;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool skip(struct reader *reader, uint64_t bytes) {
    if (bytes > reader->left) {
        return false;
    }
    reader->at += bytes;
    reader->left -= bytes;
    return true;
}

static bool skip_number(struct reader *reader, unsigned wire_type) {
    uint64_t ignored;
    switch (wire_type) {
    case WIRE_VARINT:
        return read_varint(reader, &ignored);
    case WIRE_FIXED64:
        return skip(reader, 8);
    case WIRE_FIXED32:
        return skip(reader, 4);
    default:
        return false;
    }
}

/* Recursion is as deep as the message types are nested; none of ours contains itself. */
bool wire_scan_finds_nul(const ProtobufCMessageDescriptor *descriptor, struct span bytes) {
    struct reader reader = {bytes.data, bytes.bytes};
    uint64_t key;
    while (reader.left > 0 && read_varint(&reader, &key)) {
        uint64_t length;
        if ((key & 7) != WIRE_LENGTH) {
            if (!skip_number(&reader, (unsigned)(key & 7))) {
                return false;
            }
            continue;
        }
        if (!read_varint(&reader, &length)) {
            return false;
        }
        const struct span content = {reader.at, (size_t)length};
        if (!skip(&reader, length) || key >> 3 > UINT32_MAX) {
            return false;
        }
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(key >> 3));
        if (field == NULL) {
            continue;
        }
        if (field->type == PROTOBUF_C_TYPE_STRING && memchr(content.data, 0, content.bytes) != NULL) {
            return true;
        }
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && wire_scan_finds_nul(field->descriptor, content)) {
            return true;
        }
    }
    return false;
}
