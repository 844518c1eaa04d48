#ifndef ELP_TESTS_BENCH_ECHO_H
#define ELP_TESTS_BENCH_ECHO_H

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A process that answers every frame with a frame, through the same kind of sockets as a daemon's: ROUTER and
 * DEALER with CURVE over TCP on loopback, no work in between. It measures what a round trip costs here.
 */
struct echo {
    pid_t child;
    zsock_t *socket;
};

/*
 * Forks: call it before anything of ZeroMQ. `reply_bytes` is the size of each answer. False after a line on
 * stderr.
 */
bool echo_start(size_t reply_bytes, struct echo *ret);

/* Connects to the child. */
bool echo_connect(struct echo *echo);

/* One round trip with a request of that size; its time in nanoseconds, negative when no answer came. */
int64_t echo_round_trip_ns(struct echo *echo, size_t request_bytes);

void echo_stop(struct echo *echo);

#endif
