#include "tests/bench/wire_walk.h"

#include <string.h>

enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

static bool take_varint(struct span *rest, uint64_t *ret) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && rest->bytes > 0; shift += 7) {
        uint8_t byte = *rest->data;
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
    *ret = span_of(rest->data, bytes);
    *rest = span_of(rest->data + bytes, rest->bytes - bytes);
    return true;
}

bool wire_walk(struct span *rest, struct wire_field *ret) {
    uint64_t key = 0;
    *ret = (struct wire_field){0};
    if (!take_varint(rest, &key)) {
        return false;
    }
    ret->number = (uint32_t)(key >> 3);
    switch (key & 7) {
    case VARINT:
        return take_varint(rest, &ret->value);
    case LENGTH:
        return take_varint(rest, &ret->value) && take_bytes(rest, ret->value, &ret->bytes);
    case FIXED64:
        if (!take_bytes(rest, 8, &ret->bytes)) {
            return false;
        }
        memcpy(&ret->value, ret->bytes.data, 8);
        return true;
    case FIXED32:
        return take_bytes(rest, 4, &ret->bytes);
    default:
        return false;
    }
}
