#ifndef ELP_SERVICES_REPORTING_EVENT_LIST_H
#define ELP_SERVICES_REPORTING_EVENT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "elp/v1/reporting.pb-c.h"
#include "services/reporting/networks.h"

/*
 * The kinds of events (rulebook §7). The words are those of topics, docs/consumers.md and `elpctl watch`. A kind is
 * added here, in event_list.c's words, in one of the events_*.c files and in the page's table.
 */
enum event_kind {
    EVENT_ATTESTATION_ACCEPTED,
    EVENT_ATTESTATION_REFUSED,
    EVENT_ATTESTATION_CANCELLED,
    EVENT_WARNING, /* "warning." and the code */
    EVENT_RATED,
    EVENT_POSTED,
    EVENT_SUSPENDED,
    EVENT_THRESHOLD_CROSSED,
    EVENT_CEILING_REACHED,
    EVENT_PAYMENT_ORDERED,
    EVENT_PAYMENT_HELD,
    EVENT_BUDGET_CHANGED,
    EVENT_PAYMENT_PAID,
    EVENT_PLAN_RECORDED,
    EVENT_NEUTRALISED,
    EVENT_YEAR_CLOSED,
    EVENT_REDUCTION_DECIDED,
    EVENT_TARIFF_INDEXED,
    EVENT_BOOK_LOADED,
    EVENT_CONTRACT_RECORDED,
    EVENT_CONTRACT_NOTICE,
    EVENT_CONTRACT_ENDING,
    EVENT_CONTRACT_ENDED,
    EVENT_CONTRACT_AMENDMENT_SIGNED,
    EVENT_CONTRACT_LETTER_SENT,
    EVENT_CONTRACT_LETTER_DUE,
    EVENT_CONTRACT_LETTER_OVERDUE,
    EVENT_CONTRACT_AMENDMENT_REFUSED,
    EVENT_CONTRACT_AMENDMENT_ACCEPTED,
    EVENT_PROGRAMME_PUBLISHED,
    EVENT_KIND_COUNT,
};

/* "attestation.accepted"; "warning." for EVENT_WARNING. */
const char *event_kind_word(enum event_kind kind);

/* Whether a fetch can ask for it: a kind's word, "warning.CODE", or a family of words as "payment.*". */
bool event_kind_exists(const char *asked);

/* The events of one record, in order. All memory is the arena's. */
struct event_list {
    struct arena *arena;
    const struct networks *networks;
    uint64_t number; /* of the record */
    int64_t at_us;
    bool simulated;
    Elp__V1__Event **events;
    enum event_kind *kinds;
    size_t count;
    size_t room;
    bool exhausted;       /* the arena is: the record cannot be answered */
    Elp__V1__Event spare; /* what event_add hands out then, so that its callers need not look */
};

void event_list_init(struct event_list *list, struct arena *arena, const struct networks *networks, uint64_t number,
                     int64_t at_us, bool simulated);

/*
 * Adds an event with number, index, network, kind and time set; the caller sets what else its kind carries. A network
 * that the registry does not know becomes NETWORK_UNKNOWN. Texts that the event points at must live as long as the
 * arena.
 */
Elp__V1__Event *event_add(struct event_list *list, enum event_kind kind, const char *network);

/* The same for what concerns every network: its network is NETWORK_ALL. */
Elp__V1__Event *event_add_for_all(struct event_list *list, enum event_kind kind);

/* Adds a warning: kind "warning.CODE". */
Elp__V1__Event *event_add_warning(struct event_list *list, const char *network, const char *code);

/* Arena memory for an event's own texts; NULL when exhausted, which is noted. */
void *event_list_take(struct event_list *list, size_t bytes);

#endif
