#ifndef ELP_COMMON_BACKUP_MANIFEST_H
#define ELP_COMMON_BACKUP_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/identifiers.h"
#include "common/journal.h"
#include "common/store_identity.h"

/*
 * A backup of one store is a folder with two files: data.mdb, and backup.yaml, which says what it is and is written last.
 * Without it, or with other bytes than it says, a backup is half a backup.
 */
#define BACKUP_DATA_NAME "data.mdb"
#define BACKUP_MANIFEST_NAME "backup.yaml"
#define BACKUP_DIGEST_BYTES 32

struct backup_manifest {
    struct code name;
    bool vault; /* intake's vault, which has no journal: identity.service is CELL_INTAKE, head 0 */
    struct store_identity identity;
    uint64_t head;                         /* last record of the journal in it */
    uint8_t head_hash[JOURNAL_HASH_BYTES]; /* its chain hash */
    uint64_t bytes;                        /* of data.mdb */
    uint8_t digest[BACKUP_DIGEST_BYTES];   /* BLAKE2b-256 of data.mdb */
};

/* "intake", "rating", "ledger", "reporting" or "vault": the name of the folder, and what people call it. */
const char *backup_word(const struct backup_manifest *manifest);

/* Writes <folder>/backup.yaml, durably. */
MUST_USE int backup_manifest_write(const char *folder, const struct backup_manifest *manifest);

enum backup_manifest_outcome { BACKUP_MANIFEST_MISSING = 1 };

/* Reads it. BACKUP_MANIFEST_MISSING; FAILURE_CONFIG with printed sentences when it says anything else than a manifest does. */
MUST_USE int backup_manifest_read(const char *folder, struct backup_manifest *ret);

/*
 * Size and BLAKE2b-256 of a file, read to its end; what was read is handed to `each` when that is not NULL, whose negative
 * answer ends it. FAILURE_STORE when it cannot be read, with errno.
 */
MUST_USE int backup_digest(const char *path, int (*each)(void *context, const void *data, size_t bytes), void *context,
                           uint64_t *ret_bytes, uint8_t ret_digest[BACKUP_DIGEST_BYTES]);

#endif
