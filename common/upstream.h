#ifndef ELP_COMMON_UPSTREAM_H
#define ELP_COMMON_UPSTREAM_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/cell.h"
#include "common/failure.h"
#include "common/journal.h"
#include "common/span.h"

/*
 * One upstream journal as a reader follows it (design.md, Journals 2, 3): a DEALER that long-polls JournalFetch, verifies the
 * chain of each page, and keeps up to two pages, so that the next one is under way while this one is applied. A daemon with several
 * upstreams applies number n when each of them holds it.
 */
struct upstream;

enum upstream_state {
    UPSTREAM_FOLLOWS,  /* continues, or waits for records */
    UPSTREAM_BEHIND,   /* the upstream's head is below our position: it is catching up */
    UPSTREAM_REFUSES,  /* it does not give its journal: it diverged itself and waits for its operator */
    UPSTREAM_DIVERGED, /* the upstream has another hash at our position: the operator must rebuild */
};

/*
 * Connects; the position is where the daemon's store stands. Keys: ours, and the upstream daemon's public key.
 */
MUST_USE int upstream_open(enum cell_service id, const char *endpoint, const char *server_key, const char *public_key,
                           const char *secret_key, uint64_t number, const uint8_t hash[JOURNAL_HASH_BYTES],
                           struct upstream **ret);
void upstream_close(struct upstream *upstream); /* accepts NULL */

void *upstream_socket(struct upstream *upstream); /* to poll for input */

/* Takes replies, keeps the request under way. now_ms: monotonic. Malformed pages are dropped, logged and asked again. */
MUST_USE int upstream_step(struct upstream *upstream, int64_t now_ms);

/* Forgets what is held and not applied, and the epoch: everything after our position is asked again. */
void upstream_read_again(struct upstream *upstream);

/* Monotonic time at which upstream_step wants to be called again without input. */
int64_t upstream_due_ms(const struct upstream *upstream);

/* The next record after the applied position, if it has arrived. Lives until upstream_advance. */
bool upstream_next(const struct upstream *upstream, uint64_t *ret_number, struct span *ret_record);

/* Marks that record applied; returns the new position's hash. */
const uint8_t *upstream_advance(struct upstream *upstream);

enum upstream_state upstream_state(const struct upstream *upstream);
enum cell_service upstream_id(const struct upstream *upstream);
uint64_t upstream_applied(const struct upstream *upstream, const uint8_t **ret_hash);
uint64_t upstream_head(const struct upstream *upstream);
bool upstream_connected(const struct upstream *upstream, int64_t now_ms);
/* Of intake's journal, as last heard with a page that continues our position; empty before. */
const char *upstream_epoch(const struct upstream *upstream);

#endif
