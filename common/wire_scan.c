#include "common/wire_scan.h"

#include <string.h>

#include "common/wire_walk.h"

/*
 * The description of a field; NULL when the schema does not know it. Fields are mostly written in ascending order, so the search
 * goes on from the last one: *place.
 */
static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessageDescriptor *descriptor, uint32_t number,
                                                unsigned *place) {
    unsigned at = *place;
    while (at < descriptor->n_fields && descriptor->fields[at].id < number) {
        at++;
    }
    if (at < descriptor->n_fields && descriptor->fields[at].id == number) {
        *place = at;
        return &descriptor->fields[at];
    }
    return protobuf_c_message_descriptor_get_field(descriptor, number);
}

/* Recursion is as deep as the message types are nested; none of ours contains itself. */
static bool finds_nul(const ProtobufCMessageDescriptor *descriptor, struct span bytes) {
    struct wire_field field;
    unsigned place = 0;
    while (wire_walk(&bytes, &field)) {
        const ProtobufCFieldDescriptor *known = field.is_bytes ? field_of(descriptor, field.number, &place) : NULL;
        if (known == NULL) {
            continue;
        }
        if (known->type == PROTOBUF_C_TYPE_STRING && field.bytes.bytes > 0 &&
            memchr(field.bytes.data, 0, field.bytes.bytes) != NULL) {
            return true;
        }
        if (known->type == PROTOBUF_C_TYPE_MESSAGE && finds_nul(known->descriptor, field.bytes)) {
            return true;
        }
    }
    return false;
}

bool wire_scan_finds_nul(const ProtobufCMessageDescriptor *descriptor, struct span bytes) {
    /* Most requests hold no zero byte at all, and memchr sees that at once. */
    return bytes.bytes > 0 && memchr(bytes.data, 0, bytes.bytes) != NULL && finds_nul(descriptor, bytes);
}
