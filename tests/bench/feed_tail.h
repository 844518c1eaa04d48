#ifndef ELP_TESTS_BENCH_FEED_TAIL_H
#define ELP_TESTS_BENCH_FEED_TAIL_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/cell.h"

/* A consumer of the whole feed that counts what it is sent and remembers how far reporting is. */
struct feed_tail {
    zsock_t *socket;
    uint64_t head;     /* reporting's, as the last message told */
    uint64_t messages; /* without heartbeats */
    uint64_t events;
    uint64_t accepted; /* events of kind attestation.accepted */
    uint64_t refused;
    uint64_t heartbeats;
};

/*
 * Subscribes to everything and waits until the first heartbeat proves that the subscription stands. False
 * after a line on stderr.
 */
bool feed_tail_open(const struct cell *cell, const char *consumer, struct feed_tail *ret);
void feed_tail_close(struct feed_tail *feed);

/* Takes everything that has arrived. */
void feed_tail_drain(struct feed_tail *feed);

/* Waits until the head has reached `number`, at most wait_ms; tells whether it has. */
bool feed_tail_wait(struct feed_tail *feed, uint64_t number, int wait_ms);

#endif
