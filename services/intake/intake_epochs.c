#include "services/intake/intake_epochs.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/store_identity.h"
#include "services/intake/intake_core.h"

/*
 * The epochs stand in the journal: in the genesis record and in each `restored` record, which names the one before it.
 * TABLE_STATE has under "epoch" the number of the last `restored` record.
 */
#define STATE_NAME "epoch"

static int check_genesis(const Elp__V1__IntakeRecord *record) {
    if (record->body_case != ELP__V1__INTAKE_RECORD__BODY_GENESIS || !epoch_valid(record->genesis->epoch)) {
        return FAILURE_CORRUPT;
    }
    if (record->genesis->engine > ELP_ENGINE) {
        (void)fprintf(stderr,
                      "elp-intake: this store was written by a newer elp (engine %u; this one knows %d); start that "
                      "version again, or restore a backup from before the upgrade\n",
                      record->genesis->engine, ELP_ENGINE);
        return FAILURE_CONFIG;
    }
    return record->genesis->engine == 0 ? FAILURE_CORRUPT : 0;
}

/* Reads the epoch that record `number` began; *ret_previous is 0 for that of the genesis record. */
static int read_epoch(struct intake_core *core, struct store_txn *txn, uint64_t number, char *ret_text,
                      uint64_t *ret_previous) {
    const Elp__V1__IntakeRecord *record = NULL;
    arena_reset(&core->arena);
    if (number == 0 || number > core->context.journal->head) {
        return FAILURE_CORRUPT;
    }
    int failure = intake_read(core, txn, number, &core->arena, &record);
    if (failure < 0) {
        return failure;
    }
    if (number == 1) {
        failure = check_genesis(record);
        if (failure == 0) {
            memcpy(ret_text, record->genesis->epoch, EPOCH_BYTES);
            *ret_previous = 0;
        }
        return failure;
    }
    if (record->body_case != ELP__V1__INTAKE_RECORD__BODY_RESTORED || !epoch_valid(record->restored->epoch) ||
        record->restored->previous >= number) {
        return FAILURE_CORRUPT;
    }
    memcpy(ret_text, record->restored->epoch, EPOCH_BYTES);
    *ret_previous = record->restored->previous;
    return 0;
}

/* The one before first: restores are few, so the way back is short. */
static int add_from(struct intake_core *core, struct store_txn *txn, uint64_t number) {
    char text[EPOCH_BYTES];
    uint64_t previous = 0;
    int failure = read_epoch(core, txn, number, text, &previous);
    if (failure == 0 && previous != 0) {
        failure = add_from(core, txn, previous);
    }
    return failure < 0 ? failure : epochs_add(&core->epochs, number, text);
}

int intake_epochs_open(struct intake_core *core, struct store_txn *txn) {
    uint64_t last = 1;
    bool found = false;
    if (core->context.journal->head == 0) {
        return 0;
    }
    int failure = intake_state_get(txn, STATE_NAME, &last, &found);
    return failure < 0 ? failure : add_from(core, txn, last);
}

int intake_epochs_begin(struct intake_core *core) {
    char text[EPOCH_BYTES];
    epoch_make(text);
    return epochs_add(&core->epochs, 1, text);
}

int intake_epochs_renew(struct intake_core *core, struct store_txn *txn, const char *backup) {
    if (core->epochs.count == 0) {
        return 0;
    }
    char text[EPOCH_BYTES];
    uint64_t number = 0;
    epoch_make(text);
    Elp__V1__Restored restored = ELP__V1__RESTORED__INIT;
    restored.epoch = text;
    restored.previous = core->epochs.items[core->epochs.count - 1].from;
    restored.backup = (char *)backup;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_RESTORED;
    record.restored = &restored;
    int failure = intake_append(core, txn, &record, "", &number);
    if (failure == 0) {
        failure = intake_state_put(txn, STATE_NAME, number);
    }
    if (failure == 0) {
        failure = epochs_add(&core->epochs, number, text);
    }
    if (failure == 0) {
        log_line(LOG_LEVEL_WARNING, "restored", "backup", LOG_TEXT, backup, "record", LOG_NUMBER, (int64_t)number,
                 "epoch", LOG_TEXT, text, "reason", LOG_TEXT,
                 "what was acknowledged after this backup is lost: senders resend, stopped daemons are rebuilt", NULL);
    }
    return failure;
}
