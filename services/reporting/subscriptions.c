#include "services/reporting/subscriptions.h"

#include <stdlib.h>
#include <string.h>

#include "common/identifiers.h"
#include "services/reporting/networks.h"
#include "services/reporting/queries.h"

bool subscription_allowed(const struct principal *principal, struct span prefix) {
    if (principal == NULL || (principal->role & REPORTING_READERS) == 0 || prefix.bytes > SUBSCRIPTION_BYTES_MAX) {
        return false;
    }
    if (network_visible(principal, NETWORK_UNKNOWN)) {
        return true;
    }
    const uint8_t *slash = prefix.bytes == 0 ? NULL : memchr(prefix.data, '/', prefix.bytes);
    if (slash == NULL || slash == prefix.data || slash - prefix.data > CODE_BYTES_MAX) {
        return false;
    }
    char network[CODE_BYTES_MAX + 1] = {0};
    memcpy(network, prefix.data, (size_t)(slash - prefix.data));
    /* A NUL would cut the name that is judged off the one that is subscribed to. */
    return strlen(network) == (size_t)(slash - prefix.data) && network_visible(principal, network);
}

void subscriptions_free(struct subscriptions *subscriptions) {
    free(subscriptions->entries);
    *subscriptions = (struct subscriptions){0};
}

void subscriptions_clear(struct subscriptions *subscriptions) {
    subscriptions->count = 0;
    subscriptions->granted = 0;
}

static struct subscription *subscription_find(const struct subscriptions *subscriptions, const char *key,
                                              struct span prefix, size_t *ret_of_key) {
    size_t of_key = 0;
    for (size_t i = 0; i < subscriptions->count; i++) {
        struct subscription *entry = &subscriptions->entries[i];
        if (strcmp(entry->key, key) != 0) {
            continue;
        }
        of_key++;
        if (entry->bytes == prefix.bytes &&
            (prefix.bytes == 0 || memcmp(entry->prefix, prefix.data, prefix.bytes) == 0)) {
            return entry;
        }
    }
    *ret_of_key = of_key;
    return NULL;
}

/* A new entry; NULL past a limit or without memory. */
static struct subscription *subscription_new(struct subscriptions *subscriptions) {
    if (subscriptions->count == SUBSCRIPTIONS_MAX) {
        return NULL;
    }
    if (subscriptions->count == subscriptions->room) {
        size_t room = subscriptions->room == 0 ? 64 : subscriptions->room * 2;
        struct subscription *entries = reallocarray(subscriptions->entries, room, sizeof(*entries));
        if (entries == NULL) {
            return NULL;
        }
        subscriptions->entries = entries;
        subscriptions->room = room;
    }
    return &subscriptions->entries[subscriptions->count++];
}

enum subscription_outcome subscriptions_add(struct subscriptions *subscriptions, const struct principals *principals,
                                            const char *key, struct span prefix) {
    bool allowed = subscription_allowed(principals_by_key(principals, key), prefix);
    subscriptions->refused += !allowed;
    size_t of_key = 0;
    struct subscription *entry =
        prefix.bytes > SUBSCRIPTION_BYTES_MAX ? NULL : subscription_find(subscriptions, key, prefix, &of_key);
    if (entry != NULL) {
        entry->count++;
        subscriptions->granted += allowed && !entry->granted;
        subscriptions->granted -= !allowed && entry->granted;
        enum subscription_outcome refused = entry->granted ? SUBSCRIPTION_REFUSED : SUBSCRIPTION_REFUSED_AGAIN;
        entry->granted = allowed;
        return allowed ? SUBSCRIPTION_GRANTED : refused;
    }
    bool fits = prefix.bytes <= SUBSCRIPTION_BYTES_MAX && of_key < SUBSCRIPTIONS_PER_KEY_MAX;
    entry = fits ? subscription_new(subscriptions) : NULL;
    if (entry == NULL) {
        subscriptions->refused += allowed;
        subscriptions->over_limit++;
        return SUBSCRIPTION_OVER_LIMIT;
    }
    *entry = (struct subscription){.bytes = prefix.bytes, .granted = allowed, .count = 1};
    (void)stpncpy(entry->key, key, KEY_TEXT_BYTES - 1);
    if (prefix.bytes > 0) {
        memcpy(entry->prefix, prefix.data, prefix.bytes);
    }
    subscriptions->granted += allowed;
    return allowed ? SUBSCRIPTION_GRANTED : SUBSCRIPTION_REFUSED;
}

bool subscriptions_remove(struct subscriptions *subscriptions, const char *key, struct span prefix) {
    size_t of_key;
    struct subscription *entry =
        prefix.bytes > SUBSCRIPTION_BYTES_MAX ? NULL : subscription_find(subscriptions, key, prefix, &of_key);
    if (entry == NULL || !entry->granted) {
        return false; /* refused ones stay noted, so that they are logged once */
    }
    if (--entry->count == 0) {
        subscriptions->granted--;
        *entry = subscriptions->entries[--subscriptions->count];
    }
    return true;
}

bool subscriptions_hold(const struct subscriptions *subscriptions, const struct principals *principals) {
    for (size_t i = 0; i < subscriptions->count; i++) {
        const struct subscription *entry = &subscriptions->entries[i];
        if (entry->granted &&
            !subscription_allowed(principals_by_key(principals, entry->key), span_of(entry->prefix, entry->bytes))) {
            return false;
        }
    }
    return true;
}
