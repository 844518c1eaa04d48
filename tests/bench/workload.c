#include "tests/bench/workload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/bench.h"

static bool add_item(struct workload *workload, size_t *room, const struct workload_item *item) {
    if (workload->count == *room) {
        size_t more = *room > 0 ? *room * 2 : 1024;
        struct workload_item *items = reallocarray(workload->items, more, sizeof *items);
        if (items == NULL) {
            return false;
        }
        workload->items = items;
        *room = more;
    }
    workload->items[workload->count++] = *item;
    workload->lines += item->lines;
    workload->batches += item->lines > 0;
    return true;
}

static bool read_items(struct workload *workload) {
    size_t room = 0;
    size_t at = 0;
    while (at + sizeof(struct workload_head) <= workload->bytes) {
        struct workload_head head;
        memcpy(&head, workload->map + at, sizeof head);
        at += sizeof head;
        if (head.bytes > workload->bytes - at) {
            return false;
        }
        struct workload_item item = {head.lines, span_of(workload->map + at, head.bytes), head.clock};
        if (!add_item(workload, &room, &item)) {
            return false;
        }
        at += ((size_t)head.bytes + 7) / 8 * 8;
    }
    return workload->count > 0;
}

bool workload_open(const char *path, struct workload *ret) {
    struct workload workload = {0};
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        (void)bench_fail("%s: %s", path, strerror(errno));
        return false;
    }
    workload.bytes = (size_t)status.st_size;
    workload.map = mmap(NULL, workload.bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)close(fd);
    if (workload.map == MAP_FAILED || !read_items(&workload)) {
        (void)bench_fail("%s is no workload", path);
        return false;
    }
    *ret = workload;
    return true;
}

void workload_close(struct workload *workload) {
    free(workload->items);
    (void)munmap(workload->map, workload->bytes);
    *workload = (struct workload){0};
}
