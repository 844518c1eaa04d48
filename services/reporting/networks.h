#ifndef ELP_SERVICES_REPORTING_NETWORKS_H
#define ELP_SERVICES_REPORTING_NETWORKS_H

#include <stdbool.h>

#include "common/failure.h"
#include "common/principal.h"
#include "common/store.h"
#include "services/reporting/answer.h"
#include "services/reporting/text_index.h"

/*
 * The networks that the registry knows. A refused line may name any code that parses, so topics are made only for known
 * networks: a client cannot fill the store with topics of networks that do not exist.
 */

/* Events that concern every network: tariff.indexed, book.loaded. Everybody who may read events sees them. */
#define NETWORK_ALL "all"
/* Refused lines whose network did not parse or does not exist. No code is "-", so no scope but "*" holds it. */
#define NETWORK_UNKNOWN "-"

struct networks {
    struct text_index codes; /* NETWORK_ALL, NETWORK_UNKNOWN, then the registry's */
};

MUST_USE int networks_open(struct networks *networks, struct store_txn *txn);
void networks_close(struct networks *networks);

/* Takes up a network fact; other records change nothing. */
MUST_USE int networks_apply(struct networks *networks, struct store_txn *txn, const struct answer *answer);

/* The code when the registry knows it, else NETWORK_UNKNOWN. Lives until the next network fact. */
const char *networks_known(const struct networks *networks, const char *code);

/* May the principal read this network's events and figures? NETWORK_ALL: everybody; NETWORK_UNKNOWN: who sees all. */
bool network_visible(const struct principal *principal, const char *network);

#endif
