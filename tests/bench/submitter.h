#ifndef ELP_TESTS_BENCH_SUBMITTER_H
#define ELP_TESTS_BENCH_SUBMITTER_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/cell.h"
#include "common/span.h"

/* What a batch's verdicts say, counted. */
struct verdict_counts {
    uint64_t accepted;
    uint64_t refused;
    uint64_t again; /* duplicates and key conflicts: nothing was recorded */
    uint64_t head;  /* intake's head after the batch */
};

/* A client's socket to intake: DEALER with CURVE. NULL after a line on stderr. */
zsock_t *submitter_open(const struct cell *cell, const char *as);

/* Sends a frame of a workload under the request id. False: the socket takes nothing now. */
bool submitter_send(zsock_t *socket, struct span frame, uint64_t request_id);

enum submitter_outcome { SUBMITTER_NOTHING, SUBMITTER_VERDICTS, SUBMITTER_BUSY, SUBMITTER_BROKEN };

/*
 * Takes one answer if there is one. VERDICTS and BUSY set *ret_request_id; BUSY: send the frame again later.
 * BROKEN follows a line on stderr: the batch was refused as a whole, or the answer is none.
 */
enum submitter_outcome submitter_receive(zsock_t *socket, uint64_t *ret_request_id, struct verdict_counts *ret_counts);

#endif
