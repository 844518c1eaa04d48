#ifndef ELP_COMMON_BACKUP_COPY_H
#define ELP_COMMON_BACKUP_COPY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/backup.h"

/* One copy on its way; shared by backup.c, which owns it, and backup_copy.c, which works on it in a thread of its own. */
struct backup_copy {
    /* what to do */
    const struct backup_setup *setup;
    uint64_t map_bytes;
    uint64_t used_bytes;

    /* how far it is, and whether to give up */
    _Atomic uint64_t bytes_done;
    _Atomic bool stopping;

    /* what came of it */
    struct backup_manifest manifest; /* name and identity are given */
    char folder[BACKUP_FOLDER_BYTES];
    char reason[BACKUP_REASON_BYTES]; /* empty: it is there, whole */
};

/* Makes the backup. Whatever goes wrong is said in `reason`, and what there was of it is removed. */
void backup_copy_run(struct backup_copy *copy);

#endif
