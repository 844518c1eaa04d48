#ifndef ELP_SERVICES_INTAKE_VOLUME_H
#define ELP_SERVICES_INTAKE_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/book.h"
#include "common/failure.h"
#include "common/store.h"
#include "elp/v1/journal.pb-c.h"

struct intake_core;
struct judging;

/*
 * How many sessions stand under a contract in a month or calendar year, and in a network in a calendar year (rulebook R2,
 * R4, §4 volume-exceeded). Counters are kept as lines are accepted and fall, so that a line costs one look-up each.
 */
enum volume_kind { VOLUME_OF_PROVIDER = 1, VOLUME_OF_SECOND_LEADER, VOLUME_OF_NETWORK };

struct volume {
    enum volume_kind kind;
    uint64_t first_number; /* record that first brought the contract or network */
    int period;            /* 202603, or 202600 for the whole year */
    char convention[8];    /* each book by itself */
};

/* The attesting provider's contract, the second leader's, the network. */
#define VOLUMES_MAX 3
struct volumes {
    size_t count;
    struct volume items[VOLUMES_MAX];
};

/* What an accepted session counts for; nothing for what is no session. */
void volumes_of_judging(const struct judging *judging, struct volumes *ret);
void volumes_of_accepted(const struct intake_core *core, const Elp__V1__AttestationAccepted *accepted,
                         struct volumes *ret);

/* What a dry run would have counted so far. */
struct volume_overlay;
struct volume_overlay *volume_overlay_make(struct arena *arena); /* NULL: the arena is spent */
void volume_overlay_add(struct volume_overlay *overlay, const struct volumes *volumes, int delta);

MUST_USE int volume_read(struct store_txn *txn, const struct volume_overlay *overlay, const struct volume *volume,
                         int *ret);
MUST_USE int volumes_add(struct store_txn *txn, const struct volumes *volumes, int delta);

bool volume_equal(const struct volume *a, const struct volume *b);

#endif
