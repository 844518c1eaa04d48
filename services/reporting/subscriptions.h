#ifndef ELP_SERVICES_REPORTING_SUBSCRIPTIONS_H
#define ELP_SERVICES_REPORTING_SUBSCRIPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/principal.h"
#include "common/span.h"

/*
 * Who subscribed to what on the feed: the decision, and the book of it. libzmq does not tell whose connection ended,
 * so a granted entry may outlive its connection until the feed's next rebinding; it then costs a rebinding too many,
 * never a leak.
 */
#define SUBSCRIPTIONS_MAX 4096
#define SUBSCRIPTIONS_PER_KEY_MAX 256
#define SUBSCRIPTION_BYTES_MAX 80 /* longer than any topic: matches nothing */

/*
 * May the principal subscribe to this prefix of topics? A prefix lies inside a scope when everything that begins with
 * it does: "N07/" and longer for a principal that sees N07, "all/" for everybody; shorter ones ("", "N0") only for
 * who sees every network.
 * NULL principal: no.
 */
bool subscription_allowed(const struct principal *principal, struct span prefix);

struct subscription {
    char key[KEY_TEXT_BYTES];
    uint8_t prefix[SUBSCRIPTION_BYTES_MAX];
    size_t bytes;
    bool granted;
    uint32_t count; /* connections of that key that asked */
};

struct subscriptions {
    struct subscription *entries;
    size_t count;
    size_t room;
    size_t granted;
    uint64_t refused;    /* since the start, over limits included */
    uint64_t over_limit; /* of these */
};

void subscriptions_free(struct subscriptions *subscriptions);
void subscriptions_clear(struct subscriptions *subscriptions); /* entries only */

enum subscription_outcome {
    SUBSCRIPTION_GRANTED,
    SUBSCRIPTION_REFUSED,       /* outside the scope: log it */
    SUBSCRIPTION_REFUSED_AGAIN, /* the same, noted (and logged) before */
    SUBSCRIPTION_OVER_LIMIT,    /* too long, or more than a key may have: counted, not noted */
};

/* Judges and notes a subscription of a key. Never fails: without memory it is refused. */
enum subscription_outcome subscriptions_add(struct subscriptions *subscriptions, const struct principals *principals,
                                            const char *key, struct span prefix);

/* Notes the end of one; true when it had been granted. */
bool subscriptions_remove(struct subscriptions *subscriptions, const char *key, struct span prefix);

/* Is every granted subscription still allowed? Asked after the principals changed. */
bool subscriptions_hold(const struct subscriptions *subscriptions, const struct principals *principals);

#endif
