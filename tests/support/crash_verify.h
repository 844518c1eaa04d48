#ifndef ELP_TESTS_SUPPORT_CRASH_VERIFY_H
#define ELP_TESTS_SUPPORT_CRASH_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cell.h"

/* The disks of a cell: the stores by service, then the vault. */
#define CRASH_VAULT CELL_SERVICES
#define CRASH_DISKS (CELL_SERVICES + 1)
extern const char *const crash_disk_names[CRASH_DISKS];

/* Something that was told to somebody when the record was `after` bytes long. */
struct crash_told {
    uint64_t after;
    uint64_t number;    /* of intake's record, or a daemon's head */
    char principal[40]; /* whose key; or the daemon */
    char key[80];       /* "-": a daemon's head */
};

/* A folder with an image of each disk, and what is known of it. */
struct crash_image {
    struct cell cell;
    const char *folder;
    const struct crash_told *told;
    size_t told_count;
    size_t position; /* in the record: what was told until then must hold */
    bool changed[CRASH_DISKS];
    uint64_t heads[CELL_SERVICES];
    uint64_t positions[CELL_SERVICES][CELL_SERVICES]; /* reader, upstream */
};

/*
 * Opens what has changed and looks whether everything holds: chains, numbers, sums, positions in each store and against the
 * others', and what was told. False after a printed line.
 */
bool crash_verify(struct crash_image *image);

/* As crash_verify, by `elpctl verify`: rating, ledger and reporting computed again from the journals, row by row. */
bool crash_verify_again(const struct crash_image *image, const char *elpctl);

#endif
