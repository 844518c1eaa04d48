#ifndef ELP_COMMON_WIRE_WALK_H
#define ELP_COMMON_WIRE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"

/*
 * Steps over the fields of a serialised message without decoding it: for whoever looks at a few fields of many messages, or hands
 * parts of a message on as they are.
 */
struct wire_field {
    uint32_t number;
    bool is_bytes;     /* length-delimited: text, bytes, a message */
    uint64_t value;    /* of varints and fixed numbers */
    struct span bytes; /* when is_bytes; lives as long as the message */
};

/*
 * Takes the next field off the front of *rest. False at the end, where *rest is empty, and at bytes that are no field, where it
 * is not. Groups are no fields.
 */
bool wire_walk(struct span *rest, struct wire_field *ret);

#endif
