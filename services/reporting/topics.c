#include "services/reporting/topics.h"

#include <stdlib.h>
#include <string.h>

#include "common/identifiers.h"
#include "common/require.h"
#include "services/reporting/tables.h"

/*
 * Table topics. Key: the topic's number, 4 bytes. Value: its name. The seventh topic, of network N07:
 *   00 00 00 06  →  4e 30 37 2f 70 6f 73 74 65 64                  "N07/posted"
 * Table topic-events. Key: topic, 4 bytes; counter, 8 bytes. Value: record number, 8 bytes; place in it, 4 bytes.
 * Its second event, the third one of record 1200:
 *   00 00 00 06  00 00 00 00 00 00 00 02  →  00 00 00 00 00 00 04 b0  00 00 00 02
 * A topic's counter is that of its last row; it is not stored again.
 */
#define PLACE_BYTES 12

int event_place_compare(struct event_place a, struct event_place b) {
    if (a.number != b.number) {
        return a.number < b.number ? -1 : 1;
    }
    return (a.index > b.index) - (a.index < b.index);
}

static void topic_key(struct store_key *key, uint32_t topic, uint64_t counter) {
    store_key_reset(key);
    store_key_u32(key, topic);
    store_key_u64(key, counter);
}

static struct event_place place_read(const uint8_t *value) {
    return (struct event_place){.number = store_read_u64(value), .index = store_read_u32(value + 8)};
}

static int topic_add(struct topics *topics, const char *name, uint32_t *ret_topic, bool *ret_added) {
    int failure = text_index_add(&topics->names, name, ret_topic, ret_added);
    if (failure != 0 || !*ret_added) {
        return failure;
    }
    if (*ret_topic >= topics->room) {
        size_t room = topics->room == 0 ? 64 : topics->room * 2;
        struct topic *grown = reallocarray(topics->topics, room, sizeof(*grown));
        if (grown == NULL) {
            return FAILURE_MEMORY;
        }
        topics->topics = grown;
        topics->room = room;
    }
    topics->topics[*ret_topic] = (struct topic){0};
    return 0;
}

static int topic_load(void *model, struct span key, struct span value) {
    struct topics *topics = model;
    char name[TEXT_INDEX_BYTES] = {0};
    if (key.bytes != 4 || value.bytes == 0 || value.bytes >= sizeof(name)) {
        return FAILURE_CORRUPT;
    }
    memcpy(name, value.data, value.bytes);
    uint32_t topic;
    bool added;
    int failure = topic_add(topics, name, &topic, &added);
    if (failure == 0 && (!added || topic != store_read_u32(key.data))) {
        return FAILURE_CORRUPT;
    }
    return failure;
}

/* A topic's counter and last place, from its last row. */
static int topic_load_last(struct topics *topics, struct store_cursor *cursor, uint32_t topic) {
    struct store_key next;
    topic_key(&next, topic + 1, 0);
    bool found;
    int failure = store_cursor_seek_last_before(cursor, store_key_span(&next), &found);
    if (failure != 0) {
        return failure;
    }
    struct span key = found ? store_cursor_key(cursor) : (struct span){0};
    if (key.bytes != 12 || store_read_u32(key.data) != topic || store_cursor_value(cursor).bytes != PLACE_BYTES) {
        return FAILURE_CORRUPT;
    }
    topics->topics[topic].counter = store_read_u64(key.data + 4);
    topics->topics[topic].last = place_read(store_cursor_value(cursor).data);
    return 0;
}

int topics_open(struct topics *topics, struct store_txn *txn) {
    *topics = (struct topics){0};
    int failure = table_walk(txn, TABLE_TOPICS, topic_load, topics);
    struct store_cursor *cursor = NULL;
    if (failure == 0) {
        failure = store_cursor_open(txn, TABLE_TOPIC_EVENTS, &cursor);
    }
    for (uint32_t topic = 0; failure == 0 && topic < topics->names.count; topic++) {
        failure = topic_load_last(topics, cursor, topic);
    }
    store_cursor_close(cursor);
    return failure;
}

void topics_close(struct topics *topics) {
    text_index_free(&topics->names);
    free(topics->topics);
    *topics = (struct topics){0};
}

bool topic_name(struct span network, struct span kind, char out[TEXT_INDEX_BYTES]) {
    size_t bytes = network.bytes + 1 + kind.bytes;
    if (network.bytes == 0 || kind.bytes == 0 || bytes >= TEXT_INDEX_BYTES) {
        return false;
    }
    memcpy(out, network.data, network.bytes);
    out[network.bytes] = '/';
    memcpy(out + network.bytes + 1, kind.data, kind.bytes);
    out[bytes] = '\0';
    return true;
}

int topics_count(struct topics *topics, struct store_txn *txn, Elp__V1__Event *event) {
    char name[TEXT_INDEX_BYTES];
    require(topic_name(span_of_text(event->network), span_of_text(event->kind), name));
    uint32_t id;
    bool added;
    int failure = topic_add(topics, name, &id, &added);
    if (failure != 0) {
        return failure;
    }
    if (added) {
        uint8_t key[4];
        store_write_u32(key, id);
        failure = store_append(txn, TABLE_TOPICS, span_of(key, sizeof(key)), span_of_text(name));
        if (failure != 0) {
            return failure;
        }
    }
    struct topic *topic = &topics->topics[id];
    struct event_place place = {.number = event->number, .index = event->index};
    require(event_place_compare(topic->last, place) < 0);
    topic->counter++;
    topic->last = place;
    event->counter = topic->counter;
    struct store_key key;
    topic_key(&key, id, topic->counter);
    uint8_t value[PLACE_BYTES];
    store_write_u64(value, place.number);
    store_write_u32(value + 8, place.index);
    return store_put(txn, TABLE_TOPIC_EVENTS, store_key_span(&key), span_of(value, sizeof(value)));
}

uint32_t topics_find(const struct topics *topics, const char *name) {
    return text_index_find(&topics->names, name);
}

bool topic_of_network(const struct topics *topics, uint32_t topic, const char *network, const char **ret_kind) {
    const char *name = text_index_text(&topics->names, topic);
    size_t bytes = strlen(network);
    if (strncmp(name, network, bytes) != 0 || name[bytes] != '/') {
        return false;
    }
    *ret_kind = name + bytes + 1;
    return true;
}

bool topics_counters(const struct topics *topics, struct arena *arena, const char *network,
                     Elp__V1__TopicCounter ***ret_counters, size_t *ret_count) {
    const char *kind;
    size_t room = 0;
    for (uint32_t id = 0; id < topics->names.count; id++) {
        room += topic_of_network(topics, id, network, &kind);
    }
    Elp__V1__TopicCounter **counters = arena_take(arena, (room + 1) * sizeof(*counters));
    Elp__V1__TopicCounter *entries = arena_take(arena, (room + 1) * sizeof(*entries));
    if (counters == NULL || entries == NULL) {
        return false;
    }
    size_t count = 0;
    for (uint32_t id = 0; id < topics->names.count; id++) {
        if (topic_of_network(topics, id, network, &kind)) {
            elp__v1__topic_counter__init(&entries[count]);
            entries[count].topic = (char *)text_index_text(&topics->names, id);
            entries[count].counter = topics->topics[id].counter;
            counters[count] = &entries[count];
            count++;
        }
    }
    *ret_counters = counters;
    *ret_count = count;
    return true;
}

bool topic_network(const char *name, char *ret_network) {
    const char *slash = strchr(name, '/');
    if (slash == NULL || slash == name || slash - name > CODE_BYTES_MAX || slash[1] == '\0') {
        return false;
    }
    memcpy(ret_network, name, (size_t)(slash - name));
    ret_network[slash - name] = '\0';
    return true;
}

int topics_place(const struct topics *topics, struct store_txn *txn, uint32_t topic, uint64_t counter,
                 struct event_place *ret) {
    require(counter >= 1 && counter <= topics->topics[topic].counter);
    struct store_key key;
    topic_key(&key, topic, counter);
    struct span value;
    bool found;
    int failure = store_get(txn, TABLE_TOPIC_EVENTS, store_key_span(&key), &value, &found);
    if (failure != 0) {
        return failure;
    }
    if (!found || value.bytes != PLACE_BYTES) {
        return FAILURE_CORRUPT;
    }
    *ret = place_read(value.data);
    return 0;
}

int topics_counter_after(const struct topics *topics, struct store_txn *txn, uint32_t topic, struct event_place place,
                         uint64_t *ret) {
    uint64_t after = topics->topics[topic].counter + 1; /* known: its event stands after place, or there is none */
    if (event_place_compare(topics->topics[topic].last, place) <= 0) {
        *ret = after;
        return 0;
    }
    uint64_t until = 0; /* known: its event stands at or before place, or there is none */
    while (until + 1 < after) {
        uint64_t middle = until + (after - until) / 2;
        struct event_place at;
        int failure = topics_place(topics, txn, topic, middle, &at);
        if (failure != 0) {
            return failure;
        }
        if (event_place_compare(at, place) <= 0) {
            until = middle;
        } else {
            after = middle;
        }
    }
    *ret = after;
    return 0;
}
