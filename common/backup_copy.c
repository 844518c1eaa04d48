#include "common/backup_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/require.h"

#define BLOCK_BYTES (64 * 1024)
#define PATH_BYTES (BACKUP_FOLDER_BYTES + 64)
/* What the disk keeps free beside the copy: a backup must not be what stops the daemon. */
#define ROOM_BYTES_MIN (UINT64_C(64) << 20)
#define MEBIBYTE (UINT64_C(1) << 20)

/* False after the reason was noted; the first one stays. */
static bool fail(struct backup_copy *copy, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct backup_copy *copy, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (copy->reason[0] == '\0') {
        (void)vsnprintf(copy->reason, sizeof copy->reason, format, arguments);
    }
    va_end(arguments);
    return false;
}

static bool failed_call(struct backup_copy *copy, const char *what, const char *path) {
    return fail(copy, "%s %s: %s", what, path, strerror(errno));
}

/* --- folders ------------------------------------------------------------------------------------------------------ */

static bool make_folder(struct backup_copy *copy, const char *path) {
    return mkdir(path, 0700) == 0 || errno == EEXIST || failed_call(copy, "making", path);
}

static bool sync_folder(struct backup_copy *copy, const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    errno = error;
    return synced || failed_call(copy, "flushing", path);
}

/* A folder that an earlier attempt left, with the files in it. */
static void remove_partial(const char *path) {
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return;
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
    (void)closedir(folder);
    (void)rmdir(path);
}

static bool has_room(struct backup_copy *copy) {
    struct statvfs disk;
    if (statvfs(copy->setup->root, &disk) != 0) {
        return failed_call(copy, "asking for the room in", copy->setup->root);
    }
    uint64_t room_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (room_bytes < copy->used_bytes + ROOM_BYTES_MIN) {
        return fail(
            copy, "no room in %.120s: %" PRIu64 " MiB are free, the copy may need %" PRIu64 " and leaves %" PRIu64,
            copy->setup->root, room_bytes / MEBIBYTE, copy->used_bytes / MEBIBYTE + 1, ROOM_BYTES_MIN / MEBIBYTE);
    }
    return true;
}

/* --- the bytes ---------------------------------------------------------------------------------------------------- */

/* LMDB writes into a pipe, so that this side counts, and can end it at any time by closing its end. */
struct source {
    struct store *store;
    int fd;
    bool compact;
    int failure;
};

static void *feed_pipe(void *argument) {
    struct source *source = argument;
    source->failure = store_copy(source->store, source->fd, source->compact);
    (void)close(source->fd);
    return NULL;
}

static bool write_whole(int fd, const uint8_t *data, size_t bytes) {
    while (bytes > 0) {
        ssize_t written = write(fd, data, bytes);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        data += written;
        bytes -= (size_t)written;
    }
    return true;
}

static bool drain_pipe(struct backup_copy *copy, int from, int to, const char *path) {
    uint8_t block[BLOCK_BYTES];
    for (;;) {
        ssize_t got = read(from, block, sizeof block);
        if (copy->stopping) {
            return fail(copy, "the daemon was stopped meanwhile");
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failed_call(copy, "reading for", path);
        }
        if (got == 0) {
            return true;
        }
        if (!write_whole(to, block, (size_t)got)) {
            return failed_call(copy, "writing", path);
        }
        copy->bytes_done += (uint64_t)got;
    }
}

/* One attempt; *ret_again tells that the store could not be copied in this way. */
static bool copy_once(struct backup_copy *copy, int fd, const char *path, bool compact, bool *ret_again) {
    int ends[2];
    pthread_t thread;
    struct source source = {.store = copy->setup->store, .compact = compact};
    *ret_again = false;
    copy->bytes_done = 0;
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0 || pipe2(ends, O_CLOEXEC) != 0) {
        return failed_call(copy, "preparing", path);
    }
    source.fd = ends[1];
    if (pthread_create(&thread, NULL, feed_pipe, &source) != 0) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return fail(copy, "no thread could be made");
    }
    bool drained = drain_pipe(copy, ends[0], fd, path);
    (void)close(ends[0]);
    (void)pthread_join(thread, NULL);
    *ret_again = drained && source.failure < 0;
    return drained && source.failure == 0;
}

/* Compact first; a store with a leaked page can only be copied as it is (pitfalls §1.7). */
static bool copy_data(struct backup_copy *copy, const char *path) {
    bool again = false;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return failed_call(copy, "making", path);
    }
    bool copied = copy_once(copy, fd, path, true, &again);
    if (again) {
        copied = copy_once(copy, fd, path, false, &again) || (again && fail(copy, "the store could not be copied"));
    }
    copied = copied && (fsync(fd) == 0 || failed_call(copy, "flushing", path));
    (void)close(fd);
    return copied;
}

/* --- what it is --------------------------------------------------------------------------------------------------- */

static int mark(struct backup_copy *copy, struct store *store, struct journal *ret_journal) {
    struct store_txn *txn = NULL;
    int failure = store_begin_write(store, &txn);
    if (failure < 0) {
        return failure;
    }
    failure = journal_load(txn, TABLE_JOURNAL, ret_journal);
    if (failure == 0) {
        failure = store_backup_mark(txn, TABLE_POSITIONS, &copy->manifest.name);
    }
    if (failure < 0) {
        store_abort(txn);
        return failure;
    }
    return store_commit(txn);
}

/* Opens the copy as a store: its journal must hold, and it is told what it is. A vault has neither. */
static bool mark_copy(struct backup_copy *copy, const char *folder) {
    static const char *const locks[] = {"lock.mdb", "owner.lock"};
    struct journal journal = {.head = 0};
    struct store *store = NULL;
    int failure = store_open(folder, copy->map_bytes, copy->setup->tables, copy->setup->table_count, &store);
    if (failure == 0) {
        failure = copy->setup->vault ? 0 : mark(copy, store, &journal);
        store_close(store);
    }
    if (failure < 0) {
        return fail(copy, "the copy is no sound store: %s", failure_text(failure));
    }
    for (size_t i = 0; i < sizeof locks / sizeof locks[0]; i++) {
        char path[PATH_BYTES + 16];
        (void)snprintf(path, sizeof path, "%s/%s", folder, locks[i]);
        if (unlink(path) != 0) {
            return failed_call(copy, "removing", path);
        }
    }
    copy->manifest.head = journal.head;
    memcpy(copy->manifest.head_hash, journal.head_hash, sizeof journal.head_hash);
    return true;
}

static bool describe(struct backup_copy *copy, const char *folder, const char *data_path) {
    if (backup_digest(data_path, NULL, NULL, &copy->manifest.bytes, copy->manifest.digest) < 0) {
        return failed_call(copy, "reading again", data_path);
    }
    return backup_manifest_write(folder, &copy->manifest) == 0 || fail(copy, "writing %s failed", BACKUP_MANIFEST_NAME);
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static bool make_backup(struct backup_copy *copy, const char *named, const char *partial) {
    char data_path[PATH_BYTES + 16];
    (void)snprintf(data_path, sizeof data_path, "%s/" BACKUP_DATA_NAME, partial);
    if (!make_folder(copy, copy->setup->root) || !make_folder(copy, named) || !has_room(copy)) {
        return false;
    }
    remove_partial(partial);
    if (!make_folder(copy, partial) || !copy_data(copy, data_path) || !mark_copy(copy, partial) ||
        !describe(copy, partial, data_path)) {
        return false;
    }
    if (access(copy->folder, F_OK) == 0) {
        return fail(copy, "%s is there already", copy->folder);
    }
    if (!sync_folder(copy, partial)) {
        return false;
    }
    if (rename(partial, copy->folder) != 0) {
        return failed_call(copy, "renaming", partial);
    }
    return sync_folder(copy, named) && sync_folder(copy, copy->setup->root);
}

void backup_copy_run(struct backup_copy *copy) {
    char named[CELL_PATH_BYTES + CODE_BYTES_MAX + 2];
    char partial[PATH_BYTES];
    const char *word = backup_word(&copy->manifest);
    (void)snprintf(named, sizeof named, "%.*s/%s", CELL_PATH_BYTES - 1, copy->setup->root, copy->manifest.name.text);
    (void)snprintf(copy->folder, sizeof copy->folder, "%s/%s", named, word);
    (void)snprintf(partial, sizeof partial, "%s/%s.partial", named, word);
    if (!make_backup(copy, named, partial)) {
        remove_partial(partial);
    }
}
