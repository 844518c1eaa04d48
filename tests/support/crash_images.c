/*
 * What a power cut would have left: builds images of all stores and the vault from the record of a run (disk_record.h), opens
 * and verifies each, and looks for everything that had been acknowledged by then.
 *
 *   crash_images RECORD TOLD CELL FOLDER SEED SAMPLES EVERY ELPCTL [--forget-flushes]
 *
 * TOLD has a line for each answered line of a batch, each cancellation and each head that a daemon told: the length of RECORD
 * when the answer had come, a record's number, the principal and the key; for a head the daemon and "-". CELL is the cell's
 * folder, FOLDER an empty one for the images.
 *
 * Images are of the whole cell, as one machine that loses its power leaves it: after each write of the record, with
 * everything written so far; and before each flush, SAMPLES times, with pages chosen by SEED (crash_disk.h has the model of a disk).
 * Each EVERY-th is also given to `elpctl verify`. --forget-flushes takes every flush after the first acknowledgement for one
 * that was never called: then images must be found that do not hold, else this program sees nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/support/crash_disk.h"
#include "tests/support/crash_verify.h"
#include "tests/support/disk_record.h"

#define TOLD_MAX 100000
#define FILES_MAX 64
#define NO_DISK (-1)

struct run {
    uint8_t *record;
    size_t record_bytes;
    struct crash_image image;
    struct crash_disk disks[CRASH_DISKS];
    struct {
        uint64_t id;
        int disk;
    } files[FILES_MAX];
    size_t file_count;
    uint64_t random;
    unsigned samples;
    unsigned every;
    const char *elpctl;
    bool forget_flushes;
    size_t images;
    size_t verified_again;
};

/* --- what is given ------------------------------------------------------------------------------------------------ */

static void read_whole(const char *path, uint8_t **ret, size_t *ret_bytes) {
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        crash_give_up("cannot read", path);
    }
    *ret = crash_take((size_t)status.st_size + 1, 1);
    if (read(fd, *ret, (size_t)status.st_size) != status.st_size) {
        crash_give_up("cannot read", path);
    }
    *ret_bytes = (size_t)status.st_size;
    (void)close(fd);
}

static void read_told(struct run *run, const char *path) {
    FILE *lines = fopen(path, "re");
    struct crash_told *told = crash_take(TOLD_MAX, sizeof *told);
    char line[256];
    size_t count = 0;
    if (lines == NULL) {
        crash_give_up("cannot read", path);
    }
    while (fgets(line, sizeof line, lines) != NULL) {
        struct crash_told *one = &told[count++];
        if (count == TOLD_MAX || sscanf(line, "%" SCNu64 " %" SCNu64 " %39s %79s", &one->after, &one->number,
                                        one->principal, one->key) != 4) {
            crash_give_up("cannot read the line", line);
        }
    }
    (void)fclose(lines);
    if (count == 0) {
        crash_give_up("nothing was told in", path);
    }
    run->image.told = told;
    run->image.told_count = count;
}

static void open_disks(struct run *run) {
    for (int i = 0; i < CRASH_DISKS; i++) {
        char path[1024];
        int length = snprintf(path, sizeof path, "%s/%s", run->image.folder, crash_disk_names[i]);
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            crash_give_up("cannot make", path);
        }
        (void)snprintf(path + length, sizeof path - (size_t)length, "/data.mdb");
        crash_disk_open(&run->disks[i], path);
    }
}

/* --- which images ------------------------------------------------------------------------------------------------- */

static bool check_image(struct run *run) {
    bool intake = run->image.changed[CELL_INTAKE] || run->image.changed[CRASH_VAULT];
    run->images++;
    if (!crash_verify(&run->image)) {
        return false;
    }
    if (intake) { /* its core commits to the vault when it opens */
        crash_disk_reread(&run->disks[CELL_INTAKE]);
        crash_disk_reread(&run->disks[CRASH_VAULT]);
    }
    if (run->every == 0 || run->images % run->every != 0) {
        return true;
    }
    run->verified_again++;
    return crash_verify_again(&run->image, run->elpctl);
}

static bool check_prefix(struct run *run) {
    for (int i = 0; i < CRASH_DISKS; i++) {
        run->image.changed[i] |= crash_disk_image_all(&run->disks[i]);
    }
    return check_image(run);
}

/* Any pages since the last flush may have arrived: each with even chances, or few of them, or most. */
static bool check_samples(struct run *run) {
    size_t pending = 0;
    for (int i = 0; i < CRASH_DISKS; i++) {
        pending += run->disks[i].pending_count;
    }
    for (unsigned k = 0; pending > 1 && k < run->samples; k++) {
        unsigned in_eight = (unsigned)(crash_draw(&run->random) % 7) + 1;
        for (int i = 0; i < CRASH_DISKS; i++) {
            run->image.changed[i] |= crash_disk_image_some(&run->disks[i], &run->random, in_eight);
        }
        if (!check_image(run)) {
            return false;
        }
    }
    return true;
}

/* A cut while they are made leaves no cell, and nothing was acknowledged. */
static bool all_committed(const struct run *run) {
    bool all = true;
    for (int i = 0; i < CRASH_DISKS; i++) {
        all = all && run->disks[i].committed;
    }
    return all;
}

/* --- the replay --------------------------------------------------------------------------------------------------- */

/* .../intake/data.mdb is intake's; others do not matter. */
static void note_file(struct run *run, uint64_t id, const char *path, size_t bytes) {
    if (run->file_count == FILES_MAX) {
        crash_give_up("too many files", "");
    }
    run->files[run->file_count].id = id;
    run->files[run->file_count].disk = NO_DISK;
    for (int i = 0; i < CRASH_DISKS; i++) {
        char end[32];
        int length = snprintf(end, sizeof end, "/%s/data.mdb", crash_disk_names[i]);
        if (bytes >= (size_t)length && memcmp(path + bytes - (size_t)length, end, (size_t)length) == 0) {
            run->files[run->file_count].disk = i;
        }
    }
    run->file_count++;
}

static int disk_of(const struct run *run, uint64_t id) {
    for (size_t i = 0; i < run->file_count; i++) {
        if (run->files[i].id == id) {
            return run->files[i].disk;
        }
    }
    crash_give_up("the record does not name a file", "");
}

static bool replay_call(struct run *run, const struct disk_record_entry *entry, const uint8_t *bytes, size_t end) {
    int place = disk_of(run, entry->file);
    if (place == NO_DISK) {
        return true;
    }
    struct crash_disk *disk = &run->disks[place];
    bool whole = all_committed(run);
    if (whole && entry->kind != DISK_RECORD_WRITE && !check_samples(run)) {
        return false;
    }
    if (entry->kind != DISK_RECORD_FLUSH) {
        crash_disk_write(disk, entry->offset, bytes, (size_t)entry->bytes, entry->kind == DISK_RECORD_SYNCED);
    } else if (!run->forget_flushes || run->image.position < run->image.told[0].after) {
        crash_disk_flush(disk);
    }
    run->image.position = end;
    return !whole || entry->kind == DISK_RECORD_FLUSH || check_prefix(run);
}

static bool replay(struct run *run) {
    struct disk_record_entry entry;
    bool holds = true;
    for (size_t at = 0; holds && at + sizeof entry <= run->record_bytes; at = run->image.position) {
        memcpy(&entry, run->record + at, sizeof entry);
        const uint8_t *bytes = run->record + at + sizeof entry;
        if (entry.bytes > run->record_bytes - at - sizeof entry) {
            crash_give_up("the record is cut", "");
        }
        size_t end = at + sizeof entry + (size_t)entry.bytes;
        if (entry.kind == DISK_RECORD_FILE) {
            note_file(run, entry.file, (const char *)bytes, (size_t)entry.bytes);
        } else {
            holds = replay_call(run, &entry, bytes, end);
        }
        run->image.position = end;
    }
    return holds;
}

/* With forgotten flushes pages are missing anywhere, and LMDB may stumble over them: that is found too. */
static int find_without_flushes(struct run *run) {
    int status = 0;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        log_open("crash_images", LOG_LEVEL_NONE);
        _exit(replay(run) ? 1 : 0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        crash_give_up("no process", "");
    }
    bool found = WIFSIGNALED(status) || WEXITSTATUS(status) == 0;
    (void)printf("without flushes an image that does not hold was %s\n", found ? "found" : "NOT found");
    return found ? 0 : 1;
}

int main(int argc, char **argv) {
    static struct run run;
    if (argc < 9) {
        crash_give_up("usage:", "crash_images RECORD TOLD CELL FOLDER SEED SAMPLES EVERY ELPCTL [--forget-flushes]");
    }
    if (sodium_init() < 0 || cell_load(argv[3], &run.image.cell) < 0) {
        crash_give_up("cannot load", argv[3]);
    }
    read_whole(argv[1], &run.record, &run.record_bytes);
    read_told(&run, argv[2]);
    run.image.folder = argv[4];
    run.random = strtoull(argv[5], NULL, 10) * 2 + 1;
    run.samples = (unsigned)strtoul(argv[6], NULL, 10);
    run.every = (unsigned)strtoul(argv[7], NULL, 10);
    run.elpctl = argv[8];
    run.forget_flushes = argc > 9 && strcmp(argv[9], "--forget-flushes") == 0;
    open_disks(&run);
    if (run.forget_flushes) {
        return find_without_flushes(&run);
    }
    bool holds = replay(&run);
    (void)printf("%zu images of %zu bytes of record, %zu of them computed again, %zu acknowledgements: %s\n",
                 run.images, run.record_bytes, run.verified_again, run.image.told_count,
                 holds ? "all hold" : "the last one does not hold");
    return holds ? 0 : 1;
}
