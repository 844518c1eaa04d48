#ifndef ELP_CTL_FEED_SOCKET_H
#define ELP_CTL_FEED_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "services/ctl/command.h"

/*
 * Reporting's feed as a bell: it tells that there is something to fetch. What is printed is fetched, in record order, so a
 * message that was missed costs nothing (pitfalls §2.1, the Clone pattern).
 */
struct feed_socket;

/* `network` "" means all topics. A subscription outside the key's scope is silently not served; the bell then never rings. */
MUST_USE int feed_socket_open(struct ctl *ctl, const char *network, struct feed_socket **ret);
void feed_socket_close(struct feed_socket *feed); /* accepts NULL */

/* Waits until the feed says that reporting's head is beyond `number`, at most wait_ms. 0 or FAILURE_SYSTEM. */
MUST_USE int feed_socket_wait(struct feed_socket *feed, uint64_t number, int wait_ms);

#endif
