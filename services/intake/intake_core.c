#include "services/intake/intake_core.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "common/require.h"
#include "services/intake/intake_epochs.h"
#include "services/intake/registry_store.h"

/*
 * TABLE_STATE. Key: a name without zero byte. Value: 8 bytes, but for the vault's id.
 *   "clock"       manual clock: time of the last SetClock, microseconds
 *   "epoch"       number of the last `restored` record (intake_epochs.c)
 *   "day"         date of the last `day` record, days since 1970-01-01 in two's complement
 *   "day-record"  number of that record
 *   "persons"     the last person number given
 *   "vault"       id of the vault that belongs to this store, 16 bytes
 * Person 258 was the last:
 *   7065 7273 6f6e 73 → 0000 0000 0000 0102
 */

const char *const intake_tables[INTAKE_TABLE_COUNT] = {
    [TABLE_JOURNAL] = "journal",
    [TABLE_POSITIONS] = "positions",
    [TABLE_STATE] = "state",
    [TABLE_KEYS] = "keys",
    [TABLE_PERSON_INDEX] = "person_index",
    [TABLE_REGISTRY] = "registry",
    [TABLE_INSURABILITY] = "insurability",
    [TABLE_BOOKS] = "books",
    [TABLE_CANCELLED] = "cancelled",
    [TABLE_ERASED] = "erased",
    [TABLE_VOLUMES] = "volumes",
};

int intake_state_get(struct store_txn *txn, const char *name, uint64_t *ret, bool *ret_found) {
    struct span value = {0};
    int failure = store_get(txn, TABLE_STATE, span_of_text(name), &value, ret_found);
    if (failure < 0 || !*ret_found) {
        return failure;
    }
    if (value.bytes != 8) {
        return FAILURE_CORRUPT;
    }
    *ret = store_read_u64(value.data);
    return 0;
}

int intake_state_put(struct store_txn *txn, const char *name, uint64_t value) {
    uint8_t bytes[8];
    store_write_u64(bytes, value);
    return store_put(txn, TABLE_STATE, span_of_text(name), span_of(bytes, sizeof bytes));
}

/* --- records ------------------------------------------------------------------------------------------------------ */

int intake_append(struct intake_core *core, struct store_txn *txn, Elp__V1__IntakeRecord *record, const char *author,
                  uint64_t *ret_number) {
    require(record->body_case != ELP__V1__INTAKE_RECORD__BODY__NOT_SET);
    record->number = core->context.journal->head + 1;
    record->at_us = core->clock.at;
    record->author = (char *)author;
    int failure = buffer_pack(&core->record, &record->base);
    if (failure == 0) {
        failure = journal_append(core->context.journal, txn, buffer_span(&core->record));
    }
    if (failure == 0) {
        *ret_number = record->number;
    }
    return failure;
}

int intake_read(const struct intake_core *core, struct store_txn *txn, uint64_t number, struct arena *arena,
                const Elp__V1__IntakeRecord **ret) {
    struct span bytes = {0};
    int failure = journal_read(core->context.journal, txn, number, &bytes, NULL);
    if (failure < 0) {
        return failure;
    }
    const Elp__V1__IntakeRecord *record = wire_unpack(arena, &elp__v1__intake_record__descriptor, bytes);
    if (record == NULL || record->number != number) {
        return FAILURE_CORRUPT;
    }
    *ret = record;
    return 0;
}

/* --- open, close, turn -------------------------------------------------------------------------------------------- */

/* The store knows its vault by id: another one, or none, would make strangers of known people. */
static int open_vault(struct intake_core *core, struct store_txn *txn) {
    struct span name = span_of_text("vault");
    struct span bound = {0};
    bool found = false;
    int failure = store_get(txn, TABLE_STATE, name, &bound, &found);
    if (failure == 0 && found && bound.bytes != VAULT_ID_BYTES) {
        failure = FAILURE_CORRUPT;
    }
    if (failure == 0) {
        failure = vault_open(core->context.vault, core->context.cell, found ? bound.data : NULL,
                             core->context.new_vault, &core->vault);
    }
    if (failure == 0) {
        failure = store_put(txn, TABLE_STATE, name, span_of(core->vault->id, VAULT_ID_BYTES));
    }
    if (failure == 0) {
        failure = intake_epochs_open(core, txn);
    }
    if (failure == 0 && core->context.restored != NULL) {
        failure = intake_epochs_renew(core, txn, core->context.restored);
    }
    if (failure == 0) {
        failure = intake_state_get(txn, "persons", &core->persons_last, &found);
    }
    if (failure < 0) {
        return failure;
    }
    /* A number is given once, whichever of the two was restored from an older backup. */
    if (core->persons_last < core->vault->last) {
        core->persons_last = core->vault->last;
    }
    core->vault->last = core->persons_last;
    return persons_settle(core, txn);
}

static int load(struct intake_core *core, struct store_txn *txn) {
    uint64_t statements = 0;
    int failure = clock_open(core, txn);
    if (failure == 0) {
        failure = open_vault(core, txn);
    }
    if (failure == 0) {
        failure = store_count(txn, TABLE_INSURABILITY, &statements);
    }
    core->statements_exist = statements > 0;
    if (failure == 0) {
        failure = books_open(core, txn);
    }
    return failure == 0 ? registry_open(core, txn) : failure;
}

int intake_open(const struct service_context *context, struct store_txn *txn, void **ret_core) {
    struct intake_core *core = calloc(1, sizeof *core);
    if (core == NULL) {
        return FAILURE_MEMORY;
    }
    core->context = *context;
    int failure = arena_open(&core->arena, INTAKE_SCRATCH_BYTES);
    if (failure == 0) {
        failure = load(core, txn);
    }
    if (failure < 0) {
        intake_close(core);
        return failure;
    }
    *ret_core = core;
    return 0;
}

void intake_close(void *state) {
    struct intake_core *core = state;
    if (core == NULL) {
        return;
    }
    epochs_free(&core->epochs);
    books_close(&core->books);
    registry_close(&core->registry);
    vault_close(core->vault);
    buffer_free(&core->record);
    arena_close(&core->arena);
    free(core);
}

/* People to wrap anew in one turn while the master key is being rotated. */
#define REWRAP_PER_TURN 512

#define FULL_PERCENT 85
/* A turn's pages must fit whatever the share says. */
#define DISK_ROOM_BYTES_MIN (UINT64_C(64) << 20)

/*
 * Full at 85 % of the map, or of the disk space that this store has or can still get; and before a turn's own pages
 * could fail to fit. A disk that cannot be asked is not full: a commit will say so.
 */
static bool store_is_full(struct store *store) {
    uint64_t map_bytes = 0;
    uint64_t used_bytes = 0;
    struct statvfs disk;
    store_usage(store, &map_bytes, &used_bytes);
    if (used_bytes >= map_bytes / 100 * FULL_PERCENT) {
        return true;
    }
    if (statvfs(store_folder(store), &disk) != 0) {
        return false;
    }
    uint64_t room_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    return room_bytes < DISK_ROOM_BYTES_MIN || used_bytes >= (used_bytes + room_bytes) / 100 * FULL_PERCENT;
}

int intake_begin_turn(void *state, struct store_txn *txn, instant_us now) {
    struct intake_core *core = state;
    core->machine = now;
    core->full = store_is_full(core->context.store) || store_is_full(core->context.vault);
    int failure = vault_rewrap(core->vault, REWRAP_PER_TURN);
    return failure < 0 ? failure : clock_begin_turn(core, txn, now);
}

int intake_before_commit(void *state) {
    return vault_flush(((struct intake_core *)state)->vault);
}

int intake_after_commit(void *state) {
    struct intake_core *core = state;
    return vault_settle(core->vault, core->machine);
}

bool intake_turn_due(void *state, instant_us now) {
    const struct vault *vault = ((struct intake_core *)state)->vault;
    return vault->rewrap_next != 0 || vault_settle_due(vault, now) || clock_turn_due(state, now);
}

const char *intake_epoch(const void *state) {
    return epochs_current(&((const struct intake_core *)state)->epochs);
}

instant_us intake_at(const void *state) {
    return ((const struct intake_core *)state)->clock.at;
}

bool intake_refuses_busy(const struct intake_core *core, struct reply *reply, int *ret_failure) {
    if (!core->full) {
        return false;
    }
    *ret_failure =
        reply_refuse(reply, "busy", "", "intake's store or its disk is 85 % full: commands wait, queries go on",
                     "try again later; the operator makes room (see Health: map_used_bytes)");
    return true;
}
