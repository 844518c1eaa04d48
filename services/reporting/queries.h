#ifndef ELP_SERVICES_REPORTING_QUERIES_H
#define ELP_SERVICES_REPORTING_QUERIES_H

#include <stddef.h>

#include "common/daemon.h"

/* Reporting takes no commands; these are its questions, one file each. */
#define REPORTING_HANDLERS 3
extern const struct handler reporting_handlers[REPORTING_HANDLERS];

/* Who may read events, snapshots and statistics: each within the networks of its scope. */
#define REPORTING_READERS (ROLE_CONSUMER | ROLE_NETWORK | ROLE_COLLECTING_INSTITUTION | ROLE_AUTHORITY | ROLE_OPERATOR)

/* A page of events ends at either bound. */
#define EVENT_PAGE_MAX 2000
#define EVENT_PAGE_BYTES_MAX (1024 * 1024)
#define EVENT_KINDS_MAX 64

/* EventFetch: what a consumer missed, by topic after a counter or by network after a record. query_events.c */
int query_events(void *core, struct request *request, const void *message, struct reply *reply);

/* SnapshotQuery: budgets and counters of networks, from which a newcomer starts. query_snapshot.c */
int query_snapshot(void *core, struct request *request, const void *message, struct reply *reply);

/* StatisticsQuery: counts of lines by network, of a year or of all. query_statistics.c */
int query_statistics(void *core, struct request *request, const void *message, struct reply *reply);

struct reporting;

/*
 * Whether the principal may ask about a network that the query names; when not, the refusal is the reply (`denied`
 * outside the scope, whether or not the network exists; `not-found` inside it). *ret_allowed tells.
 */
MUST_USE int query_network_allowed(const struct reporting *reporting, const struct request *request,
                                   const char *network, struct reply *reply, bool *ret_allowed);

/*
 * The networks a query speaks of, by code: the named one, or every visible one when `network` is empty. Pointers live
 * as long as the arena; NULL: past its ceiling.
 */
const char **query_networks(const struct reporting *reporting, const struct request *request, const char *network,
                            size_t *ret_count);

#endif
