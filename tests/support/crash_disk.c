#include "tests/support/crash_disk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define PENDING_MAX 65536

void crash_give_up(const char *what, const char *detail) {
    (void)fprintf(stderr, "crash_images: %s %s\n", what, detail);
    exit(2);
}

void *crash_take(size_t count, size_t bytes) {
    void *memory = calloc(count, bytes);
    if (memory == NULL) {
        crash_give_up("no memory", "");
    }
    return memory;
}

uint64_t crash_draw(uint64_t *random) {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

void crash_disk_open(struct crash_disk *disk, const char *path) {
    *disk = (struct crash_disk){.pending = crash_take(PENDING_MAX, sizeof *disk->pending)};
    disk->file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (disk->file < 0) {
        crash_give_up("cannot make", path);
    }
}

/* --- contents ----------------------------------------------------------------------------------------------------- */

static void put_bytes(struct crash_content *content, uint64_t offset, const uint8_t *bytes, size_t count) {
    size_t end = (size_t)offset + count;
    if (end > content->room) {
        size_t room = end * 2;
        content->bytes = realloc(content->bytes, room);
        if (content->bytes == NULL) {
            crash_give_up("no memory", "");
        }
        memset(content->bytes + content->room, 0, room - content->room);
        content->room = room;
    }
    memcpy(content->bytes + offset, bytes, count);
    content->used = end > content->used ? end : content->used;
}

static void copy_content(struct crash_content *to, const struct crash_content *from) {
    if (to->used > from->used) {
        memset(to->bytes + from->used, 0, to->used - from->used);
    }
    to->used = 0;
    if (from->used > 0) {
        put_bytes(to, 0, from->bytes, from->used);
    }
}

static void note_pending(struct crash_disk *disk, uint64_t offset, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        size_t part = PAGE - offset % PAGE < count ? (size_t)(PAGE - offset % PAGE) : count;
        if (disk->pending_count == PENDING_MAX) {
            crash_give_up("too many pages between two flushes", "");
        }
        disk->pending[disk->pending_count++] = (struct crash_pending){offset, bytes, part};
        offset += part;
        bytes += part;
        count -= part;
    }
}

void crash_disk_write(struct crash_disk *disk, uint64_t offset, const uint8_t *bytes, size_t count, bool synced) {
    disk->image_cached = false;
    put_bytes(&disk->cached, offset, bytes, count);
    if (synced) {
        disk->committed = true;
        put_bytes(&disk->durable, offset, bytes, count);
    } else {
        note_pending(disk, offset, bytes, count);
    }
}

void crash_disk_flush(struct crash_disk *disk) {
    for (size_t i = 0; i < disk->pending_count; i++) {
        put_bytes(&disk->durable, disk->pending[i].offset, disk->pending[i].bytes, disk->pending[i].count);
    }
    disk->pending_count = 0;
}

/* --- images ------------------------------------------------------------------------------------------------------- */

/* Writes the pages in which the file differs. */
static bool make_image(struct crash_disk *disk, const struct crash_content *content) {
    struct crash_content *imaged = &disk->imaged;
    bool changed = imaged->used != content->used;
    if (changed && ftruncate(disk->file, (off_t)content->used) != 0) {
        crash_give_up("cannot write an image", "");
    }
    for (size_t at = 0; at < content->used; at += PAGE) {
        size_t count = content->used - at < PAGE ? content->used - at : PAGE;
        if (at + count <= imaged->used && memcmp(imaged->bytes + at, content->bytes + at, count) == 0) {
            continue;
        }
        changed = true;
        if (pwrite(disk->file, content->bytes + at, count, (off_t)at) != (ssize_t)count) {
            crash_give_up("cannot write an image", "");
        }
    }
    if (changed) {
        copy_content(imaged, content);
    }
    return changed;
}

void crash_disk_reread(struct crash_disk *disk) {
    struct stat status;
    if (fstat(disk->file, &status) != 0) {
        crash_give_up("cannot read an image", "");
    }
    struct crash_content now = {.bytes = crash_take((size_t)status.st_size + 1, 1)};
    now.used = (size_t)status.st_size;
    if (pread(disk->file, now.bytes, now.used, 0) != (ssize_t)now.used) {
        crash_give_up("cannot read an image", "");
    }
    if (now.used != disk->imaged.used || memcmp(now.bytes, disk->imaged.bytes, now.used) != 0) {
        copy_content(&disk->imaged, &now);
        disk->image_cached = false;
    }
    free(now.bytes);
}

bool crash_disk_image_all(struct crash_disk *disk) {
    if (disk->image_cached) {
        return false;
    }
    disk->image_cached = true;
    return make_image(disk, &disk->cached);
}

bool crash_disk_image_some(struct crash_disk *disk, uint64_t *random, unsigned in_eight) {
    if (disk->pending_count == 0) {
        return crash_disk_image_all(disk);
    }
    copy_content(&disk->scratch, &disk->durable);
    for (size_t i = 0; i < disk->pending_count; i++) {
        if (crash_draw(random) % 8 < in_eight) {
            put_bytes(&disk->scratch, disk->pending[i].offset, disk->pending[i].bytes, disk->pending[i].count);
        }
    }
    disk->image_cached = false;
    return make_image(disk, &disk->scratch);
}
