/*
 * Preloaded into a daemon by tests/integration/python/disk_failure.py: makes the disk under its store fail. The file named by
 * $ELP_DISK_FAULT holds the name of a call (fdatasync, pwrite, meta) and optionally an errno name; as long as it exists that
 * call fails. `meta` is the pwrite of LMDB's meta page, which goes through a descriptor opened with O_DSYNC (pitfalls §7.2).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Reads the order with plain system calls, so that nothing of ours is caught by ourselves. */
static bool ordered(const char *call, int *ret_errno) {
    const char *path = getenv("ELP_DISK_FAULT");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        return false;
    }
    char text[64] = {0};
    ssize_t got = read(fd, text, sizeof text - 1);
    (void)close(fd);
    *ret_errno = strstr(text, "ENOSPC") ? ENOSPC : EIO;
    return got > 0 && strncmp(text, call, strlen(call)) == 0;
}

static bool is_synchronous(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_DSYNC) != 0;
}

static bool write_fails(int fd) {
    int error = 0;
    if (ordered(is_synchronous(fd) ? "meta" : "pwrite", &error)) {
        errno = error;
        return true;
    }
    return false;
}

int fdatasync(int fd) {
    static int (*real)(int);
    int error = 0;
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
    }
    if (ordered("fdatasync", &error)) {
        errno = error;
        return -1;
    }
    return real(fd);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) {
    static ssize_t (*real)(int, const void *, size_t, off_t);
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "pwrite");
    }
    return write_fails(fd) ? -1 : real(fd, data, bytes, offset);
}

/* Several pages side by side go out in one call. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
    static ssize_t (*real)(int, const struct iovec *, int);
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "writev");
    }
    return write_fails(fd) ? -1 : real(fd, parts, count);
}
