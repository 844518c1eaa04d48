#include <stdio.h>
#include <string.h>

#include "common/require.h"
#include "elp/v1/reporting.pb-c.h"
#include "services/reporting/event_list.h"
#include "services/reporting/event_reader.h"
#include "services/reporting/queries.h"

/*
 * A fetch by topic walks the topic's counters. A fetch by network merges the network's topics in record order, each
 * from where it passes the reader's position, so that a rare kind costs nothing for the millions of events between.
 */

/* What a page may still take. */
struct page {
    Elp__V1__EventPage message;
    struct event_reader reader;
    size_t max;
    size_t bytes;
};

static int page_open(const struct reporting *reporting, const struct request *request, uint32_t max, struct page *ret) {
    *ret = (struct page){
        .message = ELP__V1__EVENT_PAGE__INIT,
        .reader = {.reporting = reporting, .journal = request->journal, .txn = request->txn, .arena = request->arena},
        .max = max == 0 || max > EVENT_PAGE_MAX ? EVENT_PAGE_MAX : max,
    };
    ret->message.events = arena_take(request->arena, ret->max * sizeof(*ret->message.events));
    ret->message.epoch = (char *)reporting_epoch(reporting);
    ret->message.head = request->journal->head;
    ret->message.stale = request->stale;
    return ret->message.events == NULL ? FAILURE_MEMORY : 0;
}

/* Full by number, by bytes, or by the memory that decoding has taken: half the arena holds the largest record. */
static bool page_full(const struct page *page) {
    return page->message.n_events == page->max || page->bytes >= EVENT_PAGE_BYTES_MAX ||
           page->reader.arena->used > page->reader.arena->size / 2;
}

/* Adds the event at a place; a page that is full takes no further one and says that there is more. */
static int page_add(struct page *page, struct event_place place) {
    if (page_full(page)) {
        page->message.more = true;
        return 0;
    }
    Elp__V1__Event *event;
    int failure = event_reader_event(&page->reader, place, &event);
    if (failure != 0) {
        return failure;
    }
    page->bytes += elp__v1__event__get_packed_size(event);
    page->message.events[page->message.n_events++] = event;
    return 0;
}

/* --- by topic ----------------------------------------------------------------------------------------------------- */

static int fetch_topic(const struct reporting *reporting, struct request *request, const Elp__V1__EventFetch *fetch,
                       struct reply *reply) {
    char network[CODE_BYTES_MAX + 1];
    if (!topic_network(fetch->topic, network)) {
        return reply_refuse(reply, "malformed", "topic", "A topic is NETWORK/KIND.",
                            "Send the topic as the feed's first frame gave it.");
    }
    bool allowed;
    int failure = query_network_allowed(reporting, request, network, reply, &allowed);
    if (failure != 0 || !allowed) {
        return failure;
    }
    struct page page;
    failure = page_open(reporting, request, fetch->max, &page);
    uint32_t topic = topics_find(&reporting->topics, fetch->topic);
    uint64_t last = topic == TEXT_INDEX_NONE ? 0 : reporting->topics.topics[topic].counter;
    for (uint64_t after = fetch->after_counter; failure == 0 && after < last && !page.message.more; after++) {
        struct event_place place;
        failure = topics_place(&reporting->topics, request->txn, topic, after + 1, &place);
        if (failure == 0) {
            failure = page_add(&page, place);
        }
    }
    return failure != 0 ? failure
                        : reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_EVENT_PAGE, &page.message.base);
}

/* --- by network --------------------------------------------------------------------------------------------------- */

/* One topic of a merge: the next event that it has to give. */
struct stream {
    uint32_t topic;
    uint64_t counter;
    struct event_place place;
};

/* A kind as asked: a word, or a family as "warning.*". */
static bool kind_wanted(const Elp__V1__EventFetch *fetch, const char *kind) {
    for (size_t i = 0; i < fetch->n_kinds; i++) {
        const char *wanted = fetch->kinds[i];
        size_t bytes = strlen(wanted);
        bool family = bytes >= 2 && strcmp(wanted + bytes - 2, ".*") == 0;
        if (family ? strncmp(wanted, kind, bytes - 1) == 0 : strcmp(wanted, kind) == 0) {
            return true;
        }
    }
    return fetch->n_kinds == 0;
}

static bool topic_wanted(const struct reporting *reporting, const struct request *request,
                         const Elp__V1__EventFetch *fetch, uint32_t topic) {
    const char *kind;
    if (strcmp(fetch->network, "*") != 0) {
        return topic_of_network(&reporting->topics, topic, fetch->network, &kind) && kind_wanted(fetch, kind);
    }
    char network[CODE_BYTES_MAX + 1];
    const char *name = text_index_text(&reporting->topics.names, topic);
    require(topic_network(name, network));
    return network_visible(request->principal, network) && kind_wanted(fetch, name + strlen(network) + 1);
}

/* The streams that have events after the position, each at its first one. */
static int streams_open(const struct reporting *reporting, struct request *request, const Elp__V1__EventFetch *fetch,
                        struct stream **ret_streams, size_t *ret_count) {
    const struct topics *topics = &reporting->topics;
    const struct event_place after = {.number = fetch->after_number, .index = fetch->after_index};
    struct stream *streams = arena_take(request->arena, (topics->names.count + 1) * sizeof(*streams));
    if (streams == NULL) {
        return FAILURE_MEMORY;
    }
    size_t count = 0;
    for (uint32_t topic = 0; topic < topics->names.count; topic++) {
        if (event_place_compare(topics->topics[topic].last, after) <= 0 ||
            !topic_wanted(reporting, request, fetch, topic)) {
            continue;
        }
        struct stream *stream = &streams[count++];
        stream->topic = topic;
        int failure = topics_counter_after(topics, request->txn, topic, after, &stream->counter);
        if (failure == 0) {
            failure = topics_place(topics, request->txn, topic, stream->counter, &stream->place);
        }
        if (failure != 0) {
            return failure;
        }
    }
    *ret_streams = streams;
    *ret_count = count;
    return 0;
}

/* Moves a stream on; *count shrinks when it has no further event. */
static int stream_advance(const struct topics *topics, struct store_txn *txn, struct stream *streams, size_t which,
                          size_t *count) {
    struct stream *stream = &streams[which];
    if (stream->counter == topics->topics[stream->topic].counter) {
        *stream = streams[--*count];
        return 0;
    }
    stream->counter++;
    return topics_place(topics, txn, stream->topic, stream->counter, &stream->place);
}

static int merge(const struct topics *topics, struct store_txn *txn, struct stream *streams, size_t count,
                 struct page *page) {
    int failure = 0;
    while (failure == 0 && count > 0 && !page->message.more) {
        size_t first = 0;
        for (size_t i = 1; i < count; i++) {
            if (event_place_compare(streams[i].place, streams[first].place) < 0) {
                first = i;
            }
        }
        failure = page_add(page, streams[first].place);
        if (failure == 0) {
            failure = stream_advance(topics, txn, streams, first, &count);
        }
    }
    return failure;
}

static int fetch_network(const struct reporting *reporting, struct request *request, const Elp__V1__EventFetch *fetch,
                         struct reply *reply) {
    if (strcmp(fetch->network, "*") != 0) {
        bool allowed;
        int failure = query_network_allowed(reporting, request, fetch->network, reply, &allowed);
        if (failure != 0 || !allowed) {
            return failure;
        }
    }
    struct stream *streams;
    size_t count;
    int failure = streams_open(reporting, request, fetch, &streams, &count);
    if (failure != 0) {
        return failure;
    }
    if (count == 0 && request_wait(request, reply, request->journal->head + 1, fetch->wait_ms)) {
        return 0;
    }
    struct page page;
    failure = page_open(reporting, request, fetch->max, &page);
    if (failure == 0) {
        failure = merge(&reporting->topics, request->txn, streams, count, &page);
    }
    return failure != 0 ? failure
                        : reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_EVENT_PAGE, &page.message.base);
}

/* The first of the asked kinds that no event can have; NULL when all can. */
static const char *unknown_kind(const Elp__V1__EventFetch *fetch) {
    for (size_t i = 0; i < fetch->n_kinds; i++) {
        if (!event_kind_exists(fetch->kinds[i])) {
            return fetch->kinds[i];
        }
    }
    return NULL;
}

int query_events(void *core, struct request *request, const void *message, struct reply *reply) {
    const struct reporting *reporting = core;
    const Elp__V1__EventFetch *fetch = message;
    bool by_topic = fetch->topic[0] != '\0';
    if (by_topic == (fetch->network[0] != '\0')) {
        return reply_refuse(reply, "malformed", by_topic ? "network" : "topic", "A fetch is by topic or by network.",
                            "Set exactly one of topic and network; network * means all of your scope.");
    }
    if (fetch->n_kinds > EVENT_KINDS_MAX) {
        return reply_refuse(reply, "too-large", "kinds", "A fetch names at most 64 kinds.",
                            "Leave kinds empty for all of them.");
    }
    const char *unknown = unknown_kind(fetch);
    if (unknown != NULL) {
        char reason[128];
        (void)snprintf(reason, sizeof reason, "No event is of the kind \"%.40s\".", unknown);
        return reply_refuse(reply, "malformed", "kinds", reason,
                            "docs/consumers.md lists the kinds; a family is written as \"payment.*\".");
    }
    return by_topic ? fetch_topic(reporting, request, fetch, reply) : fetch_network(reporting, request, fetch, reply);
}
