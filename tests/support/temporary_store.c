#include "tests/support/temporary_store.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void give_up(const char *what, const char *path) {
    (void)fprintf(stderr, "test support: %s %s failed\n", what, path);
    abort();
}

const char *temporary_folder_make(char *out) {
    const char *above = getenv("TMPDIR");
    int used = snprintf(out, TEMPORARY_PATH_BYTES, "%s/elp-test-XXXXXX", above != NULL ? above : P_tmpdir);
    if (used < 0 || used >= TEMPORARY_PATH_BYTES || mkdtemp(out) == NULL) {
        give_up("making the folder", out);
    }
    return out;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void temporary_folder_remove(const char *folder) {
    if (nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0) {
        give_up("removing the folder", folder);
    }
}

static void open_store(struct temporary_store *temporary) {
    if (store_open(temporary->folder, temporary->map_bytes, temporary->tables, temporary->table_count,
                   &temporary->store) != 0) {
        give_up("opening the store", temporary->folder);
    }
}

void temporary_store_open(struct temporary_store *temporary, const char *const *tables, size_t table_count,
                          uint64_t map_bytes) {
    *temporary = (struct temporary_store){
        .map_bytes = map_bytes != 0 ? map_bytes : TEMPORARY_MAP_BYTES,
        .tables = tables,
        .table_count = table_count,
    };
    (void)temporary_folder_make(temporary->folder);
    open_store(temporary);
}

void temporary_store_reopen(struct temporary_store *temporary) {
    store_close(temporary->store);
    temporary->store = NULL;
    open_store(temporary);
}

void temporary_store_close(struct temporary_store *temporary) {
    store_close(temporary->store);
    temporary->store = NULL;
    temporary_folder_remove(temporary->folder);
}
