#ifndef ELP_SERVICES_INTAKE_REGISTRY_STORE_H
#define ELP_SERVICES_INTAKE_REGISTRY_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"
#include "common/store.h"
#include "services/intake/registry.h"

struct intake_core;

/* Rebuilds the registry in memory from TABLE_REGISTRY. FAILURE_CORRUPT when a stored fact cannot be read any more. */
MUST_USE int registry_open(struct intake_core *core, struct store_txn *txn);

/* Puts the fact of record `number`, packed as `bytes`, in force: in the store and in memory. */
MUST_USE int registry_put(struct intake_core *core, struct store_txn *txn, uint64_t number,
                          const struct registry_fact *fact, struct span bytes);

/* The packed fact that stands under a code; *ret_found false when there is none. Lives as store reads do. */
MUST_USE int registry_stored(struct store_txn *txn, enum fact_kind kind, const char *code, struct span *ret_bytes,
                             bool *ret_found);

/* A walk over the stored facts of a kind in the order of their codes, for answers in pages. */
struct registry_walk {
    struct store_cursor *cursor;
    enum fact_kind kind;
};
/* `after`: start behind this code; "" from the first. */
MUST_USE int registry_walk_open(struct store_txn *txn, enum fact_kind kind, const char *after,
                                struct registry_walk *ret);
/* *ret_found false at the end of the kind. */
MUST_USE int registry_walk_next(struct registry_walk *walk, struct span *ret_bytes, bool *ret_found);
void registry_walk_close(struct registry_walk *walk);

#endif
