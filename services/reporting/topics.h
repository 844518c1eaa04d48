#ifndef ELP_SERVICES_REPORTING_TOPICS_H
#define ELP_SERVICES_REPORTING_TOPICS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/failure.h"
#include "common/store.h"
#include "elp/v1/reporting.pb-c.h"
#include "services/reporting/text_index.h"

/*
 * Topics "NETWORK/KIND". Each event has its place in one topic: a counter from 1 without gap, by which consumers see
 * that they missed something (rulebook §7). A topic comes to be with its first event.
 */

/* Where an event stands in reporting's journal. */
struct event_place {
    uint64_t number;
    uint32_t index;
};

/* -1, 0, 1: places in record order. */
int event_place_compare(struct event_place a, struct event_place b);

struct topic {
    uint64_t counter;        /* of its last event */
    struct event_place last; /* of that event */
};

struct topics {
    struct text_index names;
    struct topic *topics; /* by the index's number, which is also the number in the store */
    size_t room;
};

MUST_USE int topics_open(struct topics *topics, struct store_txn *txn);
void topics_close(struct topics *topics);

/* "NETWORK/KIND" into out; false when a part is empty or the whole is too long for a topic. */
bool topic_name(struct span network, struct span kind, char out[TEXT_INDEX_BYTES]);

/* Gives the event its counter and notes its place; network, kind, number and index of the event are set. */
MUST_USE int topics_count(struct topics *topics, struct store_txn *txn, Elp__V1__Event *event);

/* The topic's number, or TEXT_INDEX_NONE when it has no event yet. */
uint32_t topics_find(const struct topics *topics, const char *name);

/* Is this a topic of the network? On true *ret_kind points at its kind. */
bool topic_of_network(const struct topics *topics, uint32_t topic, const char *network, const char **ret_kind);

/* The counters of all topics of a network, in the order of their first events; false: past the arena's ceiling. */
MUST_USE bool topics_counters(const struct topics *topics, struct arena *arena, const char *network,
                              Elp__V1__TopicCounter ***ret_counters, size_t *ret_count);

/* The network part of a topic's name, at most CODE_BYTES_MAX bytes and NUL. False when the text is no topic. */
MUST_USE bool topic_network(const char *name, char *ret_network);

/* The place of an event by topic and counter (1 ≤ counter ≤ the topic's). */
MUST_USE int topics_place(const struct topics *topics, struct store_txn *txn, uint32_t topic, uint64_t counter,
                          struct event_place *ret);

/* The smallest counter whose event stands after `place`; the topic's counter + 1 when there is none. */
MUST_USE int topics_counter_after(const struct topics *topics, struct store_txn *txn, uint32_t topic,
                                  struct event_place place, uint64_t *ret);

#endif
