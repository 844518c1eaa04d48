#ifndef ELP_SERVICES_REPORTING_FEED_H
#define ELP_SERVICES_REPORTING_FEED_H

#include <czmq.h>

#include "common/daemon.h"

/*
 * The public feed: reporting's edge, an XPUB socket (proto/elp/v1/reporting.proto, FeedMessage). It tells of what is
 * committed and carries nothing that cannot be fetched: a message that a slow consumer misses is a jump of a counter,
 * and the consumer asks EventFetch. These are the edge_ operations of struct service.
 */

/* What one consumer's connection may hold before its messages are dropped. */
#define FEED_QUEUE 2000
#define FEED_SUBSCRIPTION_BYTES_MAX 1024
#define FEED_FRAMES_PER_TURN_MAX 256

MUST_USE int feed_open(void *core, const struct service_context *context, const char *public_key,
                       const char *secret_key, void **ret_feed, zsock_t **ret_socket);
void feed_close(void *feed);

/* Judges the subscriptions that have arrived. */
MUST_USE int feed_readable(void *feed);

/* Sends the events of the records that were committed since the last call: one message per topic. Never waits. */
MUST_USE int feed_committed(void *feed, struct store_txn *read);

/* Heartbeats of every network; when a change of principals ends a granted subscription, drops all connections. */
MUST_USE int feed_second(void *feed, struct store_txn *read, bool principals_changed);

#endif
