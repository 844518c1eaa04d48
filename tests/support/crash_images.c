/*
 * What a power cut would have left: builds images of intake's store and vault from the record of a run (disk_record.h), opens
 * each as intake does, verifies it, and looks for every acknowledgement that had been given by then.
 *
 *   crash_images RECORD ACKNOWLEDGED CELL FOLDER SEED SAMPLES [--forget-flushes]
 *
 * ACKNOWLEDGED has a line for each answered line of a batch and each cancellation: the length of RECORD when the answer had come,
 * the record's number, the principal, the key. CELL is the cell's folder, FOLDER an empty one for the images.
 *
 * The model of the disk: what was flushed, or written through an O_DSYNC descriptor, is there. Of what was written since, any
 * pages may be there and any may not. A write within one sector of 512 bytes is there or not, as LMDB assumes of its meta page.
 * Images: after each call of the record, with everything written so far; and before each flush, SAMPLES times, with pages chosen
 * by SEED. --forget-flushes takes every flush after the first acknowledgement for one that was never called: then images must be
 * found that do not hold, else this program sees nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "services/intake/client_keys.h"
#include "services/intake/intake_core.h"
#include "services/intake/intake_service.h"
#include "services/intake/vault.h"
#include "tests/support/disk_record.h"

#define PAGE 4096
#define FILES 2 /* the store and the vault */
#define PENDING_MAX 65536
#define ACKNOWLEDGED_MAX 100000
#define IMAGE_MAP_BYTES (UINT64_C(1) << 30)

static const char *const file_folders[FILES] = {"intake", "vault"};

static _Noreturn void give_up(const char *what, const char *detail) {
    (void)fprintf(stderr, "crash_images: %s %s\n", what, detail);
    exit(2);
}

static void *take(size_t count, size_t bytes) {
    void *memory = calloc(count, bytes);
    if (memory == NULL) {
        give_up("no memory", "");
    }
    return memory;
}

/* --- the record --------------------------------------------------------------------------------------------------- */

struct content {
    uint8_t *bytes;
    size_t used; /* the file's length */
    size_t room;
};

/* A page, or a part of one, that was written and not flushed. */
struct pending {
    uint64_t offset;
    const uint8_t *bytes;
    size_t count;
};

struct disk {
    struct content durable; /* what is certainly there */
    struct content cached;  /* everything written so far */
    struct pending *pending;
    size_t pending_count;
    bool committed; /* a first meta page was written: before that there is no store */
};

struct acknowledged {
    uint64_t after; /* length of the record */
    uint64_t number;
    char principal[40];
    char key[80];
};

struct run {
    uint8_t *record;
    size_t record_bytes;
    struct acknowledged *acknowledged;
    size_t acknowledged_count;
    int disk_of_file[64];
    struct disk disks[FILES];
    struct cell cell;
    const char *folder;
    uint64_t random;
    unsigned samples;
    bool forget_flushes;
    size_t images;
    size_t position; /* in the record */
};

static void put_bytes(struct content *content, uint64_t offset, const uint8_t *bytes, size_t count) {
    size_t end = (size_t)offset + count;
    if (end > content->room) {
        size_t room = end * 2;
        content->bytes = realloc(content->bytes, room);
        if (content->bytes == NULL) {
            give_up("no memory", "");
        }
        memset(content->bytes + content->room, 0, room - content->room);
        content->room = room;
    }
    memcpy(content->bytes + offset, bytes, count);
    content->used = end > content->used ? end : content->used;
}

static void copy_content(struct content *to, const struct content *from) {
    if (to->used > from->used) {
        memset(to->bytes + from->used, 0, to->used - from->used);
    }
    to->used = 0;
    if (from->used > 0) {
        put_bytes(to, 0, from->bytes, from->used);
    }
}

static void read_whole(const char *path, uint8_t **ret, size_t *ret_bytes) {
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        give_up("cannot read", path);
    }
    *ret = take((size_t)status.st_size + 1, 1);
    if (read(fd, *ret, (size_t)status.st_size) != status.st_size) {
        give_up("cannot read", path);
    }
    *ret_bytes = (size_t)status.st_size;
    (void)close(fd);
}

static void read_acknowledged(struct run *run, const char *path) {
    FILE *lines = fopen(path, "re");
    char line[256];
    if (lines == NULL) {
        give_up("cannot read", path);
    }
    run->acknowledged = take(ACKNOWLEDGED_MAX, sizeof *run->acknowledged);
    while (fgets(line, sizeof line, lines) != NULL) {
        struct acknowledged *one = &run->acknowledged[run->acknowledged_count++];
        if (run->acknowledged_count == ACKNOWLEDGED_MAX ||
            sscanf(line, "%" SCNu64 " %" SCNu64 " %39s %79s", &one->after, &one->number, one->principal, one->key) !=
                4) {
            give_up("cannot read the line", line);
        }
    }
    (void)fclose(lines);
}

/* xorshift: the same images for the same seed on every machine. */
static uint64_t draw(struct run *run) {
    run->random ^= run->random << 13;
    run->random ^= run->random >> 7;
    run->random ^= run->random << 17;
    return run->random;
}

/* --- an image ----------------------------------------------------------------------------------------------------- */

static void write_image(const struct run *run, size_t disk, const struct content *content) {
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s/data.mdb", run->folder, file_folders[disk]);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t done = 0;
    while (fd >= 0 && done < content->used) {
        ssize_t written = write(fd, content->bytes + done, content->used - done);
        if (written <= 0) {
            give_up("cannot write", path);
        }
        done += (size_t)written;
    }
    if (fd < 0 || close(fd) != 0) {
        give_up("cannot write", path);
    }
}

static bool fails(const struct run *run, const char *what, uint64_t number) {
    (void)printf("image %zu, after byte %zu of the record: %s %" PRIu64 "\n", run->images, run->position, what, number);
    return false;
}

static bool holds_acknowledged(const struct run *run, struct store_txn *txn, uint64_t head) {
    for (size_t i = 0; i < run->acknowledged_count; i++) {
        const struct acknowledged *one = &run->acknowledged[i];
        struct key_entry entry;
        bool found = false;
        if (one->after > run->position) {
            continue;
        }
        int failure = client_key_find(txn, one->principal, span_of_text(one->key), &entry, &found);
        if (failure < 0 || !found || entry.number != one->number || one->number > head) {
            return fails(run, "an acknowledged record is not there:", one->number);
        }
    }
    return true;
}

/* Everybody to whom the store has given a number is known to the vault. */
static bool holds_people(const struct run *run, struct intake_core *core, struct store_txn *txn) {
    uint64_t last = 0;
    bool found = false;
    if (intake_state_get(txn, "persons", &last, &found) < 0) {
        return fails(run, "the number of people cannot be read", 0);
    }
    for (uint64_t number = 1; found && number <= last; number++) {
        bool holds = false;
        if (vault_holds(core->vault, number, &holds) < 0 || !holds) {
            return fails(run, "the vault does not hold person", number);
        }
    }
    return true;
}

static bool verify_core(const struct run *run, struct store *store, struct store *vault, struct store_txn *txn) {
    struct journal journal;
    uint64_t bad = 0;
    void *core = NULL;
    if (journal_load(txn, TABLE_JOURNAL, &journal) < 0 ||
        journal_verify(txn, TABLE_JOURNAL, 1, journal.head, &bad) < 0) {
        return fails(run, "the journal does not hold at record", bad);
    }
    const struct service_context context = {.cell = &run->cell, .journal = &journal, .store = store, .vault = vault};
    uint64_t head = journal.head;
    if (intake_service.open(&context, txn, &core) < 0) {
        return fails(run, "intake does not open it; head", head);
    }
    bool holds = holds_acknowledged(run, txn, head) && holds_people(run, core, txn);
    intake_service.close(core);
    return holds;
}

/* Opens the image as intake's daemon does; what that writes is undone. */
static bool verify_image(struct run *run) {
    char folders[FILES][1024];
    struct store *store = NULL;
    struct store *vault = NULL;
    struct store_txn *txn = NULL;
    run->images++;
    for (size_t i = 0; i < FILES; i++) {
        (void)snprintf(folders[i], sizeof folders[i], "%s/%s", run->folder, file_folders[i]);
    }
    bool holds =
        store_open(folders[0], IMAGE_MAP_BYTES, intake_service.tables, intake_service.table_count, &store) == 0 &&
        store_open(folders[1], IMAGE_MAP_BYTES, intake_service.vault_tables, intake_service.vault_table_count,
                   &vault) == 0 &&
        store_begin_write(store, &txn) == 0;
    if (!holds) {
        (void)fails(run, "the stores do not open", 0);
    } else {
        holds = verify_core(run, store, vault, txn);
        store_abort(txn);
    }
    store_close(vault);
    store_close(store);
    return holds;
}

/* --- which images ------------------------------------------------------------------------------------------------- */

static bool check_prefix(struct run *run) {
    for (size_t i = 0; i < FILES; i++) {
        write_image(run, i, &run->disks[i].cached);
    }
    return verify_image(run);
}

/* Any pages since the last flush may have arrived: each with even chances, or few of them, or most. */
static bool check_sample(struct run *run, struct content *scratch) {
    unsigned in_eight = (unsigned)(draw(run) % 7) + 1;
    for (size_t i = 0; i < FILES; i++) {
        const struct disk *disk = &run->disks[i];
        copy_content(scratch, &disk->durable);
        for (size_t k = 0; k < disk->pending_count; k++) {
            if (draw(run) % 8 < in_eight) {
                put_bytes(scratch, disk->pending[k].offset, disk->pending[k].bytes, disk->pending[k].count);
            }
        }
        write_image(run, i, scratch);
    }
    return verify_image(run);
}

static bool check_samples(struct run *run, struct content *scratch) {
    size_t pending = 0;
    for (size_t i = 0; i < FILES; i++) {
        pending += run->disks[i].pending_count;
    }
    for (unsigned i = 0; pending > 1 && i < run->samples; i++) {
        if (!check_sample(run, scratch)) {
            return false;
        }
    }
    return true;
}

/* --- the replay --------------------------------------------------------------------------------------------------- */

static void note_pending(struct disk *disk, uint64_t offset, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        size_t part = PAGE - offset % PAGE < count ? (size_t)(PAGE - offset % PAGE) : count;
        if (disk->pending_count == PENDING_MAX) {
            give_up("too many pages between two flushes", "");
        }
        disk->pending[disk->pending_count++] = (struct pending){offset, bytes, part};
        offset += part;
        bytes += part;
        count -= part;
    }
}

static void replay_flush(struct run *run, struct disk *disk) {
    bool forgotten = run->forget_flushes && run->position >= run->acknowledged[0].after;
    if (!forgotten) {
        copy_content(&disk->durable, &disk->cached);
        disk->pending_count = 0;
    }
}

static void replay_write(struct disk *disk, const struct disk_record_entry *entry, const uint8_t *bytes) {
    put_bytes(&disk->cached, entry->offset, bytes, (size_t)entry->bytes);
    if (entry->kind == DISK_RECORD_SYNCED) {
        disk->committed = true;
        put_bytes(&disk->durable, entry->offset, bytes, (size_t)entry->bytes);
    } else {
        note_pending(disk, entry->offset, bytes, (size_t)entry->bytes);
    }
}

/* <cell>/intake/data.mdb is disk 0, <cell>/vault/data.mdb disk 1; others do not matter. */
static void note_file(struct run *run, uint32_t file, const char *path, size_t bytes) {
    if (file >= sizeof run->disk_of_file / sizeof run->disk_of_file[0]) {
        give_up("too many files", "");
    }
    run->disk_of_file[file] = -1;
    for (size_t i = 0; i < FILES; i++) {
        char end[32];
        int length = snprintf(end, sizeof end, "/%s/data.mdb", file_folders[i]);
        if (bytes >= (size_t)length && memcmp(path + bytes - (size_t)length, end, (size_t)length) == 0) {
            run->disk_of_file[file] = (int)i;
        }
    }
}

/* Handles the entry at the position and steps behind it. */
static bool replay_entry(struct run *run, struct content *scratch) {
    struct disk_record_entry entry;
    memcpy(&entry, run->record + run->position, sizeof entry);
    const uint8_t *bytes = run->record + run->position + sizeof entry;
    size_t next = run->position + sizeof entry + (size_t)entry.bytes;
    if (next > run->record_bytes) {
        give_up("the record is cut", "");
    }
    if (entry.kind == DISK_RECORD_FILE) {
        note_file(run, entry.file, (const char *)bytes, (size_t)entry.bytes);
        run->position = next;
        return true;
    }
    int place = run->disk_of_file[entry.file];
    if (place < 0) {
        run->position = next;
        return true;
    }
    struct disk *disk = &run->disks[place];
    bool flushes = entry.kind == DISK_RECORD_FLUSH;
    /* A cut while the two are made leaves no store, and nothing was acknowledged. */
    bool whole = run->disks[0].committed && run->disks[1].committed;
    if (whole && entry.kind != DISK_RECORD_WRITE && !check_samples(run, scratch)) {
        return false;
    }
    if (flushes) {
        replay_flush(run, disk);
    } else {
        replay_write(disk, &entry, bytes);
    }
    run->position = next;
    return !whole || flushes || check_prefix(run);
}

static bool replay(struct run *run) {
    struct content scratch = {0};
    bool holds = true;
    for (size_t i = 0; i < FILES; i++) {
        char folder[1024];
        run->disks[i].pending = take(PENDING_MAX, sizeof *run->disks[i].pending);
        (void)snprintf(folder, sizeof folder, "%s/%s", run->folder, file_folders[i]);
        if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
            give_up("cannot make", folder);
        }
    }
    while (holds && run->position + sizeof(struct disk_record_entry) <= run->record_bytes) {
        holds = replay_entry(run, &scratch);
    }
    free(scratch.bytes);
    return holds;
}

/* With forgotten flushes pages are missing anywhere, and LMDB may stumble over them: that is found too. */
static int find_without_flushes(struct run *run) {
    pid_t child = fork();
    int status = 0;
    if (child == 0) {
        log_open("crash_images", LOG_LEVEL_NONE);
        _exit(replay(run) ? 1 : 0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        give_up("no process", "");
    }
    bool found = WIFSIGNALED(status) || WEXITSTATUS(status) == 0;
    (void)printf("without flushes an image that does not hold was %s\n", found ? "found" : "NOT found");
    return found ? 0 : 1;
}

int main(int argc, char **argv) {
    static struct run run;
    if (argc < 7) {
        give_up("usage:", "crash_images RECORD ACKNOWLEDGED CELL FOLDER SEED SAMPLES [--forget-flushes]");
    }
    if (sodium_init() < 0 || cell_load(argv[3], &run.cell) < 0) {
        give_up("cannot load", argv[3]);
    }
    read_whole(argv[1], &run.record, &run.record_bytes);
    read_acknowledged(&run, argv[2]);
    if (run.acknowledged_count == 0) {
        give_up("nothing was acknowledged in", argv[2]);
    }
    run.folder = argv[4];
    run.random = strtoull(argv[5], NULL, 10) * 2 + 1;
    run.samples = (unsigned)strtoul(argv[6], NULL, 10);
    run.forget_flushes = argc > 7 && strcmp(argv[7], "--forget-flushes") == 0;
    if (run.forget_flushes) {
        return find_without_flushes(&run);
    }
    bool holds = replay(&run);
    (void)printf("%zu images of %zu bytes of record, %zu acknowledgements: %s\n", run.images, run.record_bytes,
                 run.acknowledged_count, holds ? "all hold" : "one does not hold");
    return holds ? 0 : 1;
}
