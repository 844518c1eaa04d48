#include "common/wire_scan.h"

#include <string.h>

#include "common/require.h"
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

static bool text_has_nul(struct span text, uint8_t instead) {
    uint8_t *at = memchr(text.data, 0, text.bytes);
    const bool found = at != NULL;
    while (at != NULL && instead != 0) {
        *at = instead;
        at = memchr(at, 0, text.bytes - (size_t)(at - text.data));
    }
    return found;
}

/*
 * Stops at the first NUL, or goes on and writes `instead` over each: the bytes are then the caller's to change. Recursion is as
 * deep as the message types are nested; none of ours contains itself.
 */
static bool finds_nul(const ProtobufCMessageDescriptor *descriptor, struct span bytes, uint8_t instead) {
    struct wire_field field;
    unsigned place = 0;
    bool found = false;
    while ((!found || instead != 0) && wire_walk(&bytes, &field)) {
        const ProtobufCFieldDescriptor *known = field.is_bytes ? field_of(descriptor, field.number, &place) : NULL;
        if (known == NULL) {
            continue;
        }
        if (known->type == PROTOBUF_C_TYPE_STRING && field.bytes.bytes > 0) {
            found = text_has_nul(field.bytes, instead) || found;
        } else if (known->type == PROTOBUF_C_TYPE_MESSAGE) {
            found = finds_nul(known->descriptor, field.bytes, instead) || found;
        }
    }
    return found;
}

bool wire_scan_finds_nul(const ProtobufCMessageDescriptor *descriptor, struct span bytes) {
    /* Most requests hold no zero byte at all, and memchr sees that at once. */
    return bytes.bytes > 0 && memchr(bytes.data, 0, bytes.bytes) != NULL && finds_nul(descriptor, bytes, 0);
}

void wire_scan_replace_nul(const ProtobufCMessageDescriptor *descriptor, uint8_t *bytes, size_t size, uint8_t instead) {
    require(instead != 0);
    (void)finds_nul(descriptor, span_of(bytes, size), instead);
}
