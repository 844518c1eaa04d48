#ifndef ELP_SERVICES_INTAKE_INTAKE_CORE_H
#define ELP_SERVICES_INTAKE_INTAKE_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/daemon.h"
#include "common/epochs.h"
#include "services/intake/books.h"
#include "services/intake/intake_clock.h"
#include "services/intake/judge.h"
#include "services/intake/persons.h"
#include "services/intake/registry.h"
#include "services/intake/tables.h"

/*
 * Intake's state: what is in memory is a copy of what is in the store, made at open and kept equal by every command.
 * No socket, clock or environment in here, and no randomness but the epoch of a new or restored store and what the vault seals with
 * (design.md, The turn).
 */
struct intake_core {
    struct service_context context;
    struct intake_clock clock;
    struct epochs epochs; /* none until the genesis record is written, in the first turn */
    struct vault *vault;
    instant_us machine; /* the machine's time when the turn began; only for waiting, never recorded */
    struct registry registry;
    struct books books;
    uint64_t persons_last; /* the last person number given */
    bool statements_exist; /* any insurability statement at all: spares a look-up per line */
    bool full;             /* no room left: commands are refused with `busy` until the next turn finds some */

    /* scratch, one use at a time */
    struct buffer record;
    struct arena arena;
    struct judging judging;
};

/* Bytes that the scratch arena and a request's arena must have left for answers. */
#define INTAKE_SCRATCH_BYTES (16 * 1024 * 1024)
#define INTAKE_REPLY_ARENA_BYTES (20 * 1024 * 1024)

/* struct service's open, close, begin_turn, before_commit, after_commit, turn_due, epoch and at. */
MUST_USE int intake_open(const struct service_context *context, struct store_txn *txn, void **ret_core);
void intake_close(void *core);
MUST_USE int intake_begin_turn(void *core, struct store_txn *txn, instant_us now);
MUST_USE int intake_before_commit(void *core);
MUST_USE int intake_after_commit(void *core);
bool intake_turn_due(void *core, instant_us now);
const char *intake_epoch(const void *core);
instant_us intake_at(const void *core);

/* A value of TABLE_STATE, 8 bytes; *ret_found false when it was never written. */
MUST_USE int intake_state_get(struct store_txn *txn, const char *name, uint64_t *ret, bool *ret_found);
MUST_USE int intake_state_put(struct store_txn *txn, const char *name, uint64_t value);

/*
 * Completes the record with the next number, the turn's time and its author and appends it. `author` is "" for genesis
 * and day.
 */
MUST_USE int intake_append(struct intake_core *core, struct store_txn *txn, Elp__V1__IntakeRecord *record,
                           const char *author, uint64_t *ret_number);

/* Decodes record `number` of the journal into `arena`; FAILURE_CORRUPT when it does not decode. */
MUST_USE int intake_read(const struct intake_core *core, struct store_txn *txn, uint64_t number, struct arena *arena,
                         const Elp__V1__IntakeRecord **ret);

/*
 * True when the command was refused with `busy` because 85 % of the map or of the disk that the store can have is used
 * (design.md, The turn); *ret_failure is then reply_refuse's answer.
 */
bool intake_refuses_busy(const struct intake_core *core, struct reply *reply, int *ret_failure);

#endif
