#ifndef ELP_COMMON_BACKUP_H
#define ELP_COMMON_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/backup_manifest.h"
#include "common/failure.h"
#include "common/identifiers.h"
#include "common/store.h"
#include "common/store_identity.h"

/*
 * Backups of one daemon's store, made on threads of their own while the daemon goes on: one at a time, each into a fresh
 * folder <root>/<name>/<service>, written beside as <service>.partial, flushed and renamed when it is whole (pitfalls §1.7).
 * The copy says inside that it is a backup (store_identity.h), so whoever starts from it, by whatever way it came there,
 * starts as after a restore. Everything here but the copying is called by the daemon's own thread.
 */
struct backup;

enum backup_state {
    BACKUP_NONE, /* none since the start, or the last one's end was told */
    BACKUP_RUNNING,
    BACKUP_DONE,
    BACKUP_FAILED,
};

#define BACKUP_REASON_BYTES 256
#define BACKUP_FOLDER_BYTES 1024

struct backup_status {
    enum backup_state state;
    struct code name;
    uint64_t run; /* as given to backup_start */
    uint64_t bytes_done;
    uint64_t bytes_total;            /* at most; a compact copy leaves out what is free */
    struct backup_manifest manifest; /* BACKUP_DONE */
    char folder[BACKUP_FOLDER_BYTES];
    char reason[BACKUP_REASON_BYTES]; /* BACKUP_FAILED: one sentence */
};

/* What is backed up, and where to; all of it outlives the backup but `root`. */
struct backup_setup {
    const char *root;
    struct store *store;
    const char *const *tables; /* the store's; the first two are journal and positions, but for the vault */
    size_t table_count;
    struct store_identity identity;
    bool vault;
};

MUST_USE int backup_open(const struct backup_setup *setup, struct backup **ret);

/* Ends a copy that is under way, removes what there is of it, and frees. Accepts NULL. */
void backup_close(struct backup *backup);

/*
 * A descriptor that is readable when a copy has ended; backup_settle looks, reads it and joins the threads, and says whether one
 * had. Both accept NULL.
 */
int backup_event(const struct backup *backup);
bool backup_settle(struct backup *backup);

/* Is there a whole backup of that name in the folder? */
bool backup_exists(const struct backup *backup, const struct code *name);

/* Begins one; none may be running. What can go wrong is told by backup_status. FAILURE_SYSTEM: no thread could be made. */
MUST_USE int backup_start(struct backup *backup, const struct code *name, uint64_t run);

void backup_status(const struct backup *backup, struct backup_status *ret);

/* After BACKUP_FAILED was told: the name may be tried again. */
void backup_forget(struct backup *backup);

#endif
