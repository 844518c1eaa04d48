#ifndef ELP_INTAKE_INTAKE_EPOCHS_H
#define ELP_INTAKE_INTAKE_EPOCHS_H

#include "common/failure.h"
#include "common/store.h"

struct intake_core;

/*
 * Loads the epochs of an opened store: that of the genesis record and those of the restores after it. FAILURE_CONFIG with a
 * printed sentence when a newer elp wrote the store.
 */
MUST_USE int intake_epochs_open(struct intake_core *core, struct store_txn *txn);

/* Makes the epoch of a new journal, for its genesis record `number` 1 (intake_clock.c). */
MUST_USE int intake_epochs_begin(struct intake_core *core);

/*
 * Records that the store came back from the backup of that name, with a new epoch, so that what was accepted after the
 * backup and is lost keeps ids that nobody else gets (design.md, Journals 4). An empty journal needs none.
 */
MUST_USE int intake_epochs_renew(struct intake_core *core, struct store_txn *txn, const char *backup);

#endif
