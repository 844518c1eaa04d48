/*
 * Preloaded into a daemon by tests/integration/python: makes the disk under its store fail, and counts what reaches it.
 *
 * The file named by $ELP_DISK_FAULT holds an order, CALL WHAT WHERE; as long as it exists it is obeyed.
 *   CALL  fdatasync, pwrite or meta. `meta` is the pwrite of LMDB's meta page, which goes through a descriptor opened with
 *         O_DSYNC (pitfalls §7.2); several pages side by side go out in one writev, which counts as a pwrite.
 *   WHAT  EIO or ENOSPC: the call fails with it and does nothing. SHORT: only half of the bytes are written.
 *         KILL: the call takes effect and the process is killed at once, as by a power cut.
 *   WHERE part of the path of the files that are meant; none: all.
 *
 * The file named by $ELP_DISK_COUNT holds four counters of 64 bits in the machine's order: calls of fdatasync, pwrite and
 * meta that took effect, and orders obeyed.
 *
 * With $ELP_DISK_LAZY fdatasync returns at once: for tests/bench, which fills a store with millions before it measures.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { CALL_FDATASYNC, CALL_PWRITE, CALL_META, CALLS };
#define ORDERS_OBEYED CALLS

static const char *const call_names[CALLS] = {"fdatasync", "pwrite", "meta"};

enum what { DO_AS_ASKED, FAIL_EIO, FAIL_ENOSPC, WRITE_SHORT, KILL_AFTERWARDS };

static _Atomic uint64_t *counters;

__attribute__((constructor)) static void open_counters(void) {
    const char *path = getenv("ELP_DISK_COUNT");
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0) {
        return;
    }
    if (ftruncate(fd, (CALLS + 1) * sizeof *counters) == 0) {
        void *map = mmap(NULL, (CALLS + 1) * sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        counters = map == MAP_FAILED ? NULL : map;
    }
    (void)close(fd);
}

static void count(size_t counter) {
    if (counters) {
        counters[counter]++;
    }
}

static bool is_meant(int fd, const char *where) {
    char link[32];
    char path[512] = {0};
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return where[0] == '\0' || (readlink(link, path, sizeof path - 1) > 0 && strstr(path, where));
}

/* Reads the order with plain system calls, so that nothing of ours is caught by ourselves. */
static enum what order_for(enum call call, int fd) {
    static const struct {
        const char *word;
        enum what what;
    } words[] = {{"EIO", FAIL_EIO}, {"ENOSPC", FAIL_ENOSPC}, {"SHORT", WRITE_SHORT}, {"KILL", KILL_AFTERWARDS}};
    const char *order_path = getenv("ELP_DISK_FAULT");
    int order = order_path ? open(order_path, O_RDONLY | O_CLOEXEC) : -1;
    if (order < 0) {
        return DO_AS_ASKED;
    }
    char text[256] = {0};
    char call_word[16] = {0};
    char what_word[16] = {0};
    char where[128] = {0};
    ssize_t got = read(order, text, sizeof text - 1);
    (void)close(order);
    if (got <= 0 || sscanf(text, "%15s %15s %127s", call_word, what_word, where) < 2 ||
        strcmp(call_word, call_names[call]) != 0 || !is_meant(fd, where)) {
        return DO_AS_ASKED;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(what_word, words[i].word) == 0) {
            count(ORDERS_OBEYED);
            return words[i].what;
        }
    }
    return DO_AS_ASKED;
}

/* True when the call fails; errno says how. */
static bool fails(enum what what) {
    errno = what == FAIL_ENOSPC ? ENOSPC : EIO;
    return what == FAIL_EIO || what == FAIL_ENOSPC;
}

/* The end of a call that took effect. */
static ssize_t finish(enum call call, enum what what, ssize_t result) {
    count(call);
    if (what == KILL_AFTERWARDS) {
        (void)kill(getpid(), SIGKILL);
    }
    return result;
}

static enum call call_of_descriptor(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_DSYNC) != 0 ? CALL_META : CALL_PWRITE;
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
    }
    if (getenv("ELP_DISK_LAZY")) {
        return 0;
    }
    enum what what = order_for(CALL_FDATASYNC, fd);
    return fails(what) ? -1 : (int)finish(CALL_FDATASYNC, what, real(fd));
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) {
    static ssize_t (*real)(int, const void *, size_t, off_t);
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "pwrite");
    }
    enum call call = call_of_descriptor(fd);
    enum what what = order_for(call, fd);
    if (fails(what)) {
        return -1;
    }
    return finish(call, what, real(fd, data, what == WRITE_SHORT ? bytes / 2 : bytes, offset));
}

ssize_t writev(int fd, const struct iovec *parts, int part_count) {
    static ssize_t (*real)(int, const struct iovec *, int);
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "writev");
    }
    enum call call = call_of_descriptor(fd);
    enum what what = order_for(call, fd);
    if (fails(what)) {
        return -1;
    }
    return finish(call, what, real(fd, parts, what == WRITE_SHORT ? (part_count + 1) / 2 : part_count));
}
