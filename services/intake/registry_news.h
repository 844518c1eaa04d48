#ifndef ELP_SERVICES_INTAKE_REGISTRY_NEWS_H
#define ELP_SERVICES_INTAKE_REGISTRY_NEWS_H

#include <stddef.h>
#include <stdint.h>

#include "elp/v1/journal.pb-c.h"
#include "services/intake/registry_fact.h"

struct intake_core;

/*
 * What a fact or the coming of a day means for contracts, amendments and programmes (rulebook R3, R5, R6): notices, ends,
 * letters due, overdue and answered by silence, more contracted than the contingent lets pass without remark. It goes into
 * the record of the fact or day, and reporting makes events of it. Nothing is kept for it: a day's news are what falls due
 * on that day, and what had fallen due before it was recorded, which counts for the day after.
 */

/* A record has at most so many; whoever owes more letters than this on one day reads them in `contracts show`. */
#define REGISTRY_NEWS_MAX 8192

struct registry_news {
    Elp__V1__RegistryNews **items; /* in the core's arena */
    size_t count;
    size_t dropped; /* beyond REGISTRY_NEWS_MAX, or of the arena */
};

/* The news of a fact that fits and is about to be put in force. */
void registry_news_of_fact(struct intake_core *core, const struct registry_fact *fact, struct registry_news *ret);

/*
 * The news of a day that begins. `since`: record of the day before; facts of later records are new to this day. Resets the
 * core's arena.
 */
void registry_news_of_day(struct intake_core *core, struct date day, uint64_t since, struct registry_news *ret);

#endif
