#ifndef ELP_TESTS_SUPPORT_CRASH_DISK_H
#define ELP_TESTS_SUPPORT_CRASH_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One file on a disk that may lose its power, for crash_images.c. What was flushed, or written through an O_DSYNC descriptor, is
 * there. Of what was written since, any pages may be there and any may not. A write within one sector of 512 bytes is there or
 * not, as LMDB assumes of its meta page. Whatever goes wrong with the images themselves ends the program.
 */
struct crash_content {
    uint8_t *bytes;
    size_t used; /* the file's length */
    size_t room;
};

/* A page, or a part of one, that was written and not flushed. */
struct crash_pending {
    uint64_t offset;
    const uint8_t *bytes;
    size_t count;
};

struct crash_disk {
    struct crash_content durable; /* what is certainly there */
    struct crash_content cached;  /* everything written so far */
    struct crash_content imaged;  /* what the image's file holds */
    struct crash_content scratch;
    struct crash_pending *pending;
    size_t pending_count;
    bool committed;    /* a first meta page was written: before that there is no store */
    bool image_cached; /* the image's file holds `cached` */
    int file;          /* the image's */
};

_Noreturn void crash_give_up(const char *what, const char *detail);

/* Zeroed memory, never NULL. */
void *crash_take(size_t count, size_t bytes);

/* The image's file is made, empty. */
void crash_disk_open(struct crash_disk *disk, const char *path);

/* The bytes must outlive the next flush. */
void crash_disk_write(struct crash_disk *disk, uint64_t offset, const uint8_t *bytes, size_t count, bool synced);
void crash_disk_flush(struct crash_disk *disk);

/* Makes the image hold everything written so far. True when its file changed. */
bool crash_disk_image_all(struct crash_disk *disk);

/*
 * Makes the image hold what was flushed and of the rest what *random chooses, in_eight eighths of it. Nothing to choose: as
 * crash_disk_image_all.
 */
bool crash_disk_image_some(struct crash_disk *disk, uint64_t *random, unsigned in_eight);

/* Whoever opened the image may have written to it: the next one is made from what the file holds now. */
void crash_disk_reread(struct crash_disk *disk);

/* xorshift: the same images for the same seed on every machine. */
uint64_t crash_draw(uint64_t *random);

#endif
