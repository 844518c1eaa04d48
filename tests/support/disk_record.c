/*
 * Preloaded into daemons by tests/integration/python/crash_images.py: records in which order their data.mdb files are written and
 * flushed, to the one file named by $ELP_DISK_RECORD (disk_record.h). The calls themselves do what they always do.
 */
#include "tests/support/disk_record.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX 16
#define NAME "/data.mdb"

static int record_fd = -1;
static pthread_mutex_t record_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
    dev_t device;
    ino_t inode;
} files[FILES_MAX];
static size_t file_count;

__attribute__((constructor)) static void open_record(void) {
    const char *path = getenv("ELP_DISK_RECORD");
    record_fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
}

static void give_up(const char *what) {
    (void)fprintf(stderr, "disk_record: %s\n", what);
    abort();
}

/* One entry in one call: whoever reads the file's length meanwhile sees whole entries. */
static void put(enum disk_record_kind kind, uint64_t file, uint64_t offset, const struct iovec *parts, int part_count) {
    struct disk_record_entry entry = {.kind = kind, .file = file, .offset = offset};
    struct iovec all[IOV_MAX];
    if (part_count + 1 > IOV_MAX) {
        give_up("too many parts");
    }
    all[0] = (struct iovec){&entry, sizeof entry};
    for (int i = 0; i < part_count; i++) {
        all[i + 1] = parts[i];
        entry.bytes += parts[i].iov_len;
    }
    static ssize_t (*real)(int, const struct iovec *, int);
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "writev");
    }
    if (real(record_fd, all, part_count + 1) != (ssize_t)(sizeof entry + entry.bytes)) {
        give_up("the record could not be written");
    }
}

static uint64_t number_of(size_t place) {
    return (uint64_t)getpid() * FILES_MAX + place;
}

/* The file's number; false for files that are no store's data. */
static bool file_of(int fd, uint64_t *ret) {
    struct stat status;
    char link[64];
    char path[PATH_MAX];
    if (record_fd < 0 || fd == record_fd || fstat(fd, &status) != 0) {
        return false;
    }
    for (size_t i = 0; i < file_count; i++) {
        if (files[i].device == status.st_dev && files[i].inode == status.st_ino) {
            *ret = number_of(i);
            return true;
        }
    }
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    size_t name = sizeof NAME - 1;
    if (length < (ssize_t)name || memcmp(path + length - name, NAME, name) != 0) {
        return false;
    }
    if (file_count == FILES_MAX) {
        give_up("too many files");
    }
    *ret = number_of(file_count);
    files[file_count].device = status.st_dev;
    files[file_count].inode = status.st_ino;
    file_count++;
    const struct iovec part = {path, (size_t)length};
    put(DISK_RECORD_FILE, *ret, 0, &part, 1);
    return true;
}

static void note_write(int fd, off_t offset, const struct iovec *parts, int part_count) {
    uint64_t file;
    int error = errno;
    (void)pthread_mutex_lock(&record_mutex);
    if (file_of(fd, &file)) {
        int flags = fcntl(fd, F_GETFL);
        bool synced = flags >= 0 && (flags & O_DSYNC) != 0;
        put(synced ? DISK_RECORD_SYNCED : DISK_RECORD_WRITE, file, (uint64_t)offset, parts, part_count);
    }
    (void)pthread_mutex_unlock(&record_mutex);
    errno = error;
}

static void note_flush(int fd) {
    uint64_t file;
    int error = errno;
    (void)pthread_mutex_lock(&record_mutex);
    if (file_of(fd, &file)) {
        put(DISK_RECORD_FLUSH, file, 0, NULL, 0);
    }
    (void)pthread_mutex_unlock(&record_mutex);
    errno = error;
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
    }
    int result = real(fd);
    if (result == 0) {
        note_flush(fd);
    }
    return result;
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "fsync");
    }
    int result = real(fd);
    if (result == 0) {
        note_flush(fd);
    }
    return result;
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) {
    static ssize_t (*real)(int, const void *, size_t, off_t);
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "pwrite");
    }
    ssize_t written = real(fd, data, bytes, offset);
    if (written > 0) {
        const struct iovec part = {(void *)(uintptr_t)data, (size_t)written};
        note_write(fd, offset, &part, 1);
    }
    return written;
}

/* LMDB seeks, then writes pages that lie side by side. */
ssize_t writev(int fd, const struct iovec *parts, int part_count) {
    static ssize_t (*real)(int, const struct iovec *, int);
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "writev");
    }
    off_t offset = record_fd >= 0 && fd != record_fd ? lseek(fd, 0, SEEK_CUR) : -1;
    ssize_t written = real(fd, parts, part_count);
    if (written > 0 && offset >= 0) {
        size_t wanted = 0;
        for (int i = 0; i < part_count; i++) {
            wanted += parts[i].iov_len;
        }
        if ((size_t)written != wanted) {
            give_up("a short write");
        }
        note_write(fd, offset, parts, part_count);
    }
    return written;
}
