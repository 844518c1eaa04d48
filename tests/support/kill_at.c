/*
 * Preloaded by tests/integration/python/killed_at_any_call.py: kills the process right behind one of its calls that change files.
 *
 * The file named by $ELP_KILL_AT holds a number of 64 bits in the machine's order. While it is above 0 each such call takes one
 * from it; the one that makes it 0 is the last thing that the process does. Not above 0: nothing happens.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static _Atomic int64_t *left;

__attribute__((constructor)) static void open_order(void) {
    const char *path = getenv("ELP_KILL_AT");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) {
        return;
    }
    void *map = mmap(NULL, sizeof *left, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    left = map == MAP_FAILED ? NULL : map;
    (void)close(fd);
}

static void count_call(void) {
    if (left && *left > 0 && atomic_fetch_sub(left, 1) == 1) {
        (void)kill(getpid(), SIGKILL);
    }
}

/* Words to a peer, a terminal or a log that somebody reads are no change of files. */
static void count_write(int fd) {
    struct stat status;
    if (left && *left > 0 && fd != STDERR_FILENO && fd != STDOUT_FILENO && fstat(fd, &status) == 0 &&
        S_ISREG(status.st_mode)) {
        count_call();
    }
}

#define REAL(name)                                 \
    static __typeof__(name) *real;                 \
    if (!real) {                                   \
        *(void **)&real = dlsym(RTLD_NEXT, #name); \
    }

ssize_t write(int fd, const void *data, size_t bytes) {
    REAL(write)
    ssize_t result = real(fd, data, bytes);
    count_write(fd);
    return result;
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) {
    REAL(pwrite)
    ssize_t result = real(fd, data, bytes, offset);
    count_write(fd);
    return result;
}

ssize_t writev(int fd, const struct iovec *parts, int part_count) {
    REAL(writev)
    ssize_t result = real(fd, parts, part_count);
    count_write(fd);
    return result;
}

int ftruncate(int fd, off_t bytes) {
    REAL(ftruncate)
    int result = real(fd, bytes);
    count_call();
    return result;
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir)
    int result = real(path, mode);
    count_call();
    return result;
}

int rename(const char *from, const char *to) {
    REAL(rename)
    int result = real(from, to);
    count_call();
    return result;
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    REAL(renameat2)
    int result = real(from_folder, from, to_folder, to, flags);
    count_call();
    return result;
}

int unlink(const char *path) {
    REAL(unlink)
    int result = real(path);
    count_call();
    return result;
}

int unlinkat(int folder, const char *path, int flags) {
    REAL(unlinkat)
    int result = real(folder, path, flags);
    count_call();
    return result;
}

int rmdir(const char *path) {
    REAL(rmdir)
    int result = real(path);
    count_call();
    return result;
}
