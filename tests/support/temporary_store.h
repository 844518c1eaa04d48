#ifndef ELP_TESTS_SUPPORT_TEMPORARY_STORE_H
#define ELP_TESTS_SUPPORT_TEMPORARY_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "common/store.h"

/*
 * A real store in a fresh folder of its own, for tests. Whatever goes wrong here ends the test program with a
 * sentence: it is never the claim under test.
 */
#define TEMPORARY_PATH_BYTES 256
#define TEMPORARY_MAP_BYTES (UINT64_C(64) << 20)

/* Makes an empty folder below $TMPDIR; `out` has TEMPORARY_PATH_BYTES. Returns `out`. */
const char *temporary_folder_make(char *out);

/* Removes a folder and everything in it. */
void temporary_folder_remove(const char *folder);

struct temporary_store {
    char folder[TEMPORARY_PATH_BYTES];
    uint64_t map_bytes;
    const char *const *tables;
    size_t table_count;
    struct store *store;
};

/* Opens an empty store with the named tables, which must outlive it. map_bytes 0: TEMPORARY_MAP_BYTES. */
void temporary_store_open(struct temporary_store *temporary, const char *const *tables, size_t table_count,
                          uint64_t map_bytes);

/* Closes the store and opens it again, as a restart does. */
void temporary_store_reopen(struct temporary_store *temporary);

/* Closes the store, which may be closed already (store NULL), and removes its folder. */
void temporary_store_close(struct temporary_store *temporary);

#endif
