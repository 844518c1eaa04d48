#ifndef ELP_TESTS_BENCH_WORKLOAD_H
#define ELP_TESTS_BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/calendar.h"
#include "common/span.h"

/*
 * A file of SubmitBatch envelopes, ready to be sent but for the request id. It is mapped, so that the
 * generator reads it as fast as it can be sent. Layout: struct workload_head, then its bytes, padded to
 * eight; numbers in the machine's order, for the file never leaves it. A head without lines tells the
 * time that the manual clock must have reached for the batches that follow.
 */
struct workload_head {
    uint32_t lines;
    uint32_t bytes;
    instant_us clock;
};

/* Where the eight bytes of the request id stand in each frame. */
#define WORKLOAD_REQUEST_ID_AT 5

struct workload_item {
    uint32_t lines;
    struct span frame;
    instant_us clock;
};

struct workload {
    uint8_t *map;
    size_t bytes;
    struct workload_item *items;
    size_t count;
    uint64_t lines;
    size_t batches;
};

/* False after a line on stderr. */
bool workload_open(const char *path, struct workload *ret);
void workload_close(struct workload *workload);

#endif
