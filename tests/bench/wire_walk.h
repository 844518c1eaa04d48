#ifndef ELP_TESTS_BENCH_WIRE_WALK_H
#define ELP_TESTS_BENCH_WIRE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"

/*
 * Steps over the fields of a serialised message without decoding it, so that reading answers costs the load
 * generator next to nothing of the two cores that the daemons share with it.
 */
struct wire_field {
    uint32_t number;
    uint64_t value;    /* of varints and fixed numbers */
    struct span bytes; /* of length-delimited fields */
};

/* Takes the next field off the front of *rest; false at the end or when what is left is no field. */
bool wire_walk(struct span *rest, struct wire_field *ret);

#endif
