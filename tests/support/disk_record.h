#ifndef ELP_TESTS_SUPPORT_DISK_RECORD_H
#define ELP_TESTS_SUPPORT_DISK_RECORD_H

#include <stdint.h>

/*
 * What disk_record.c writes and crash_images.c reads: entries one after the other in the order in which the calls came back, of
 * one process or several, in the machine's byte order.
 */
enum disk_record_kind {
    DISK_RECORD_FILE = 1,   /* a file seen for the first time; its path follows, `bytes` long */
    DISK_RECORD_WRITE = 2,  /* the bytes follow: in the page cache, on the disk by the next flush of that file */
    DISK_RECORD_SYNCED = 3, /* the bytes follow: written through an O_DSYNC descriptor, they are on the disk */
    DISK_RECORD_FLUSH = 4,  /* fdatasync or fsync came back */
};

struct disk_record_entry {
    uint64_t kind;
    uint64_t file;   /* no other file has this number, also in another process */
    uint64_t offset; /* of a write */
    uint64_t bytes;  /* that follow */
};

#endif
