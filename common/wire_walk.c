#include "common/wire_walk.h"

/* Wire types of the protobuf encoding. */
enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_LENGTH = 2, WIRE_FIXED32 = 5 };

static bool take_varint(struct span *rest, uint64_t *ret) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && rest->bytes > 0; shift += 7) {
        const uint8_t byte = *rest->data;
        *rest = span_of(rest->data + 1, rest->bytes - 1);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct span *rest, uint64_t bytes, struct span *ret) {
    if (bytes > rest->bytes) {
        return false;
    }
    *ret = span_of(rest->data, (size_t)bytes);
    *rest = span_of(rest->data + bytes, rest->bytes - (size_t)bytes);
    return true;
}

/* A number of `bytes` bytes, the least significant first. */
static bool take_fixed(struct span *rest, unsigned bytes, uint64_t *ret) {
    struct span place;
    uint64_t value = 0;
    if (!take_bytes(rest, bytes, &place)) {
        return false;
    }
    for (unsigned i = 0; i < bytes; i++) {
        value |= (uint64_t)place.data[i] << 8 * i;
    }
    *ret = value;
    return true;
}

bool wire_walk(struct span *rest, struct wire_field *ret) {
    struct span left = *rest;
    struct wire_field field = {0};
    uint64_t key = 0;
    bool whole = take_varint(&left, &key) && key >> 3 <= UINT32_MAX;
    field.number = (uint32_t)(key >> 3);
    field.is_bytes = (key & 7) == WIRE_LENGTH;
    if (field.is_bytes) {
        whole = whole && take_varint(&left, &field.value) && take_bytes(&left, field.value, &field.bytes);
    } else if ((key & 7) == WIRE_VARINT) {
        whole = whole && take_varint(&left, &field.value);
    } else if ((key & 7) == WIRE_FIXED64 || (key & 7) == WIRE_FIXED32) {
        whole = whole && take_fixed(&left, (key & 7) == WIRE_FIXED64 ? 8 : 4, &field.value);
    } else {
        whole = false;
    }
    if (whole) {
        *rest = left;
        *ret = field;
    }
    return whole;
}
