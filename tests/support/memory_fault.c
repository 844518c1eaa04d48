/*
 * Preloaded into a daemon by tests/integration/python/no_room.py: refuses memory to the daemon's own code and to LMDB, on the
 * daemon's own thread. (libzmq and libczmq end the process with abort when they get none; there is nothing to test in that.)
 *
 * The file named by $ELP_MEMORY_FAULT holds a number of 64 bits in the machine's order. While it is above 0 each such allocation
 * takes one from it; when it has come to 0 by that, no further one is granted. Below 0: all are granted.
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RANGES_MAX 16

/* glibc's own, behind the names that are replaced here. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

static _Atomic int64_t *left;
static struct {
    uintptr_t from;
    uintptr_t until;
} ranges[RANGES_MAX]; /* of the program and of LMDB */
static size_t range_count;

static int note_object(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    (void)context;
    if (info->dlpi_name[0] != '\0' && strstr(info->dlpi_name, "liblmdb") == NULL) {
        return 0;
    }
    for (size_t i = 0; i < info->dlpi_phnum && range_count < RANGES_MAX; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X) != 0) {
            ranges[range_count].from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            ranges[range_count].until = ranges[range_count].from + info->dlpi_phdr[i].p_memsz;
            range_count++;
        }
    }
    return 0;
}

__attribute__((constructor)) static void open_order(void) {
    const char *path = getenv("ELP_MEMORY_FAULT");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) {
        return;
    }
    (void)dl_iterate_phdr(note_object, NULL);
    void *map = mmap(NULL, sizeof *left, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    left = map == MAP_FAILED ? NULL : map;
    (void)close(fd);
}

static bool refused(const void *caller) {
    bool meant = false;
    if (!left || *left < 0) {
        return false;
    }
    for (size_t i = 0; i < range_count; i++) {
        meant = meant || ((uintptr_t)caller >= ranges[i].from && (uintptr_t)caller < ranges[i].until);
    }
    if (!meant || syscall(SYS_gettid) != getpid()) {
        return false;
    }
    if (*left > 0) {
        (*left)--;
        return false;
    }
    errno = ENOMEM;
    return true;
}

void *malloc(size_t bytes) {
    return refused(__builtin_return_address(0)) ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    return refused(__builtin_return_address(0)) ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes) {
    return bytes > 0 && refused(__builtin_return_address(0)) ? NULL : __libc_realloc(memory, bytes);
}
