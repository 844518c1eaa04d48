#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/backup_manifest.h"
#include "services/ctl/command_table.h"
#include "services/ctl/daemon_word.h"
#include "services/ctl/progress.h"
#include "services/ctl/store_chain.h"

/*
 * restore: a backup becomes the store of a daemon that does not run. Only the data file is put back; the daemon makes its own
 * lock files, and intake begins a new epoch when it starts.
 */

#define PATH_BYTES (CELL_PATH_BYTES * 2)

struct restore {
    struct ctl *ctl;
    enum cell_service service;
    bool vault;
    const char *word;       /* intake, rating, ledger, reporting or vault */
    char from[PATH_BYTES];  /* the folder with backup.yaml */
    char store[PATH_BYTES]; /* the daemon's */
    struct backup_manifest manifest;
    struct progress progress;
    uint64_t copied;
    int out;
};

/* --- what is asked ------------------------------------------------------------------------------------------------ */

static bool exists(const char *folder, const char *name) {
    char path[PATH_BYTES + 32];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* --from names the folder of one store, or that of the backup with a folder for each. */
static int find_backup(struct restore *restore) {
    const char *from = ctl_option(restore->ctl, OPTION_FROM);
    if (!from) {
        return ctl_fail(CTL_USAGE, "which backup? give its folder with --from DIR");
    }
    int used = snprintf(restore->from, sizeof restore->from, "%s", from);
    if (!exists(from, BACKUP_MANIFEST_NAME) && exists(from, restore->word)) {
        used = snprintf(restore->from, sizeof restore->from, "%s/%s", from, restore->word);
    }
    if (used < 0 || (size_t)used >= sizeof restore->from) {
        return ctl_fail(CTL_USAGE, "the path of the backup is too long");
    }
    int result = backup_manifest_read(restore->from, &restore->manifest);
    if (result == BACKUP_MANIFEST_MISSING) {
        return ctl_fail(CTL_INPUT,
                        "%s is no whole backup: it has no %s, which is written last; use another backup of that store",
                        restore->from, BACKUP_MANIFEST_NAME);
    }
    return result < 0 ? ctl_failure(result) : CTL_DONE;
}

static int find_store(struct restore *restore) {
    const char *store = ctl_option(restore->ctl, OPTION_STORE);
    char path[CELL_PATH_BYTES];
    cell_path(&restore->ctl->cell, restore->word, path);
    if (snprintf(restore->store, sizeof restore->store, "%s", store ? store : path) >= CELL_PATH_BYTES) {
        return ctl_fail(CTL_USAGE, "the path of the store is too long");
    }
    return CTL_DONE;
}

static int check_whose(struct restore *restore) {
    struct store_identity wanted = {
        .service = restore->service, .engine = ELP_ENGINE, .simulated = restore->ctl->cell.manual_clock};
    char why[256];
    memcpy(wanted.cell, restore->ctl->cell.name, sizeof wanted.cell);
    if (restore->manifest.vault != restore->vault) {
        return ctl_fail(CTL_NO, "%s cannot be restored here: it holds a %s, not the %s", restore->from,
                        restore->manifest.vault ? "vault" : "store", restore->vault ? "vault" : "store");
    }
    if (store_identity_fault(&restore->manifest.identity, &wanted, why, sizeof why)) {
        return ctl_fail(CTL_NO, "%s cannot be restored here: %s", restore->from, why);
    }
    return CTL_DONE;
}

/* --- is the place free -------------------------------------------------------------------------------------------- */

static int check_place(struct restore *restore) {
    char path[PATH_BYTES + 32];
    if (mkdir(restore->store, 0700) != 0 && errno != EEXIST) {
        return ctl_fail(CTL_NO, "%s cannot be made: %s", restore->store, strerror(errno));
    }
    (void)snprintf(path, sizeof path, "%s/owner.lock", restore->store);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        bool held = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        (void)close(fd);
        if (held) {
            return ctl_fail(CTL_NO, "%s is in use: stop elp-%s first", restore->store,
                            cell_service_names[restore->service]);
        }
    }
    if (exists(restore->store, "data.mdb") || exists(restore->store, "lock.mdb")) {
        return ctl_fail(CTL_NO, "%s holds a store: move its data.mdb and lock.mdb away first, nothing is overwritten",
                        restore->store);
    }
    return CTL_DONE;
}

/* --- is the backup sound ------------------------------------------------------------------------------------------ */

static int check_chain(struct restore *restore) {
    struct store_chain chain = {.head = 0};
    if (restore->vault) {
        return CTL_DONE;
    }
    (void)snprintf(chain.folder, sizeof chain.folder, "%s", restore->from);
    int code = store_chain_check(&chain);
    if (code != CTL_DONE) {
        return code;
    }
    if (chain.broken[0]) {
        return ctl_fail(CTL_NO, "%s is damaged: %s; use another backup", restore->from, chain.broken);
    }
    const struct backup_manifest *manifest = &restore->manifest;
    if (chain.head != manifest->head || memcmp(chain.head_hash, manifest->head_hash, JOURNAL_HASH_BYTES) != 0) {
        return ctl_fail(CTL_NO, "%s is damaged: its journal does not end as %s says; use another backup", restore->from,
                        BACKUP_MANIFEST_NAME);
    }
    return CTL_DONE;
}

/* --- the copy ----------------------------------------------------------------------------------------------------- */

static int put_block(void *context, const void *data, size_t bytes) {
    struct restore *restore = context;
    const char *at = data;
    while (bytes > 0) {
        ssize_t written = write(restore->out, at, bytes);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return errno == ENOSPC ? FAILURE_FULL : FAILURE_SYSTEM;
        }
        at += written;
        bytes -= (size_t)written;
        restore->copied += (uint64_t)written;
    }
    progress_step(&restore->progress, restore->copied);
    return 0;
}

/* Copies into the open file and compares with the manifest on the way. */
static int copy_checked(struct restore *restore) {
    char path[PATH_BYTES + 32];
    uint8_t digest[BACKUP_DIGEST_BYTES];
    uint64_t bytes = 0;
    (void)snprintf(path, sizeof path, "%s/" BACKUP_DATA_NAME, restore->from);
    progress_begin(&restore->progress, "bytes", restore->manifest.bytes);
    int failure = backup_digest(path, put_block, restore, &bytes, digest);
    progress_end(&restore->progress);
    if (failure == FAILURE_STORE) {
        return ctl_fail(CTL_INPUT, "%s cannot be read: %s; use another backup", path, strerror(errno));
    }
    if (failure < 0) {
        return ctl_fail(failure_exit_code(failure), "%s cannot be written: %s", restore->store, strerror(errno));
    }
    if (bytes != restore->manifest.bytes || memcmp(digest, restore->manifest.digest, sizeof digest) != 0) {
        return ctl_fail(CTL_NO, "%s is not what %s says (%" PRIu64 " of %" PRIu64 " bytes): use another backup", path,
                        BACKUP_MANIFEST_NAME, bytes, restore->manifest.bytes);
    }
    return CTL_DONE;
}

static int sync_folder(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int code = CTL_DONE;
    if (fd < 0 || fsync(fd) != 0) {
        code = ctl_fail(failure_exit_code(FAILURE_SYSTEM), "%s cannot be flushed: %s", path, strerror(errno));
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return code;
}

static int put_back(struct restore *restore) {
    char partial[PATH_BYTES + 32];
    char data[PATH_BYTES + 32];
    (void)snprintf(partial, sizeof partial, "%s/data.mdb.partial", restore->store);
    (void)snprintf(data, sizeof data, "%s/data.mdb", restore->store);
    restore->out = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (restore->out < 0) {
        return ctl_fail(CTL_NO, "%s cannot be written: %s", partial, strerror(errno));
    }
    int code = copy_checked(restore); /* before LMDB reads it: a cut file would end the process */
    if (code == CTL_DONE) {
        code = check_chain(restore);
    }
    if (code == CTL_DONE && fsync(restore->out) != 0) {
        code = ctl_fail(failure_exit_code(FAILURE_SYSTEM), "%s cannot be flushed: %s", partial, strerror(errno));
    }
    (void)close(restore->out);
    if (code == CTL_DONE && rename(partial, data) != 0) {
        code = ctl_fail(failure_exit_code(FAILURE_SYSTEM), "%s cannot be renamed: %s", partial, strerror(errno));
    }
    if (code != CTL_DONE) {
        (void)unlink(partial);
        return code;
    }
    return sync_folder(restore->store);
}

static void say_next(const struct restore *restore) {
    printf("restored %s of the backup \"%s\" into %s", restore->word, restore->manifest.name.text, restore->store);
    if (restore->vault) {
        printf(": every byte as it was\n"
               "next: start elp-intake; whoever was new since that backup is new once more, and who is erased in "
               "intake's store stays so\n");
    } else if (restore->service == CELL_INTAKE) {
        printf(": %" PRIu64 " records, chain sound\n"
               "next: start elp-intake, which begins a new epoch; then elpctl rebuild, for daemons that had seen more; "
               "senders "
               "resend what they sent since the backup, consumers take a new snapshot by themselves\n",
               restore->manifest.head);
    } else {
        printf(": %" PRIu64 " records, chain sound\n"
               "next: start elp-%s; it reads what followed from the journals\n",
               restore->manifest.head, restore->word);
    }
}

static int read_word(struct restore *restore) {
    restore->word = ctl_argument(restore->ctl, 0);
    restore->vault = strcmp(restore->word, "vault") == 0;
    restore->service = CELL_INTAKE;
    return restore->vault ? CTL_DONE : daemon_word(restore->word, &restore->service);
}

static int run(struct ctl *ctl) {
    static int (*const steps[])(struct restore * restore) = {find_store, find_backup, check_whose, check_place,
                                                             put_back};
    struct restore restore = {.ctl = ctl, .out = -1};
    int code = read_word(&restore);
    if (code == CTL_DONE) {
        code = ctl_cell(ctl);
    }
    for (size_t i = 0; code == CTL_DONE && i < sizeof steps / sizeof steps[0]; i++) {
        code = steps[i](&restore);
    }
    if (code == CTL_DONE && !ctl->json) {
        say_next(&restore);
    }
    return code;
}

static const struct argp_option options[] = {
    {"from", OPTION_FROM, "DIR", 0, "the backup: backup/NAME, or the folder of one store in it", 0},
    {"store", OPTION_STORE, "DIR", 0, "the store's folder; default <cell>/STORE", 0},
    {0},
};

const struct command restore_command = {
    .name = "restore",
    .group = GROUP_CELL,
    .summary = "put a backup in the place of a store whose daemon does not run",
    .arguments = "intake|rating|ledger|reporting|vault",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .help = "No daemon is asked. Refuses when a daemon has the folder open, when it holds a store, and when the backup "
            "is not "
            "whole, damaged, another daemon's, another cell's, of another clock or of a newer elp; then nothing is "
            "changed. "
            "Verifies every record's hash. docs/operators.md has the whole drill.\n\n"
            "Examples:\n"
            "  elpctl restore intake --from cell/backup/2026-05-01\n"
            "  elpctl restore ledger --from cell/backup/2026-05-01 --store /srv/elp/ledger",
    .run = run,
};
