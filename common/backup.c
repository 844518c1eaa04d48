#include "common/backup.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/backup_copy.h"
#include "common/log.h"
#include "common/require.h"

struct backup {
    char root[CELL_PATH_BYTES];
    struct backup_setup setup;
    int event;
    pthread_t thread;
    bool thread_runs;
    struct backup_copy copy; /* the thread's while it runs, but for its atomics */
    struct backup_status status;
};

int backup_open(const struct backup_setup *setup, struct backup **ret) {
    struct backup *backup = calloc(1, sizeof *backup);
    if (backup == NULL) {
        return FAILURE_MEMORY;
    }
    backup->setup = *setup;
    backup->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (backup->event < 0) {
        backup_close(backup);
        return FAILURE_SYSTEM;
    }
    if (snprintf(backup->root, sizeof backup->root, "%s", setup->root) >= (int)sizeof backup->root) {
        failure_say("%s: the path of the backups is too long; use a folder nearer to the root.\n", setup->root);
        backup_close(backup);
        return FAILURE_CONFIG;
    }
    backup->setup.root = backup->root;
    *ret = backup;
    return 0;
}

void backup_close(struct backup *backup) {
    if (backup == NULL) {
        return;
    }
    if (backup->thread_runs) {
        backup->copy.stopping = true;
        (void)pthread_join(backup->thread, NULL);
    }
    if (backup->event >= 0) {
        (void)close(backup->event);
    }
    free(backup);
}

int backup_event(const struct backup *backup) {
    return backup == NULL ? -1 : backup->event;
}

bool backup_exists(const struct backup *backup, const struct code *name) {
    char path[BACKUP_FOLDER_BYTES];
    const struct backup_manifest manifest = {.vault = backup->setup.vault, .identity = backup->setup.identity};
    (void)snprintf(path, sizeof path, "%s/%s/%s", backup->root, name->text, backup_word(&manifest));
    return access(path, F_OK) == 0;
}

static void *work(void *argument) {
    struct backup *backup = argument;
    const uint64_t one = 1;
    backup_copy_run(&backup->copy);
    ssize_t told = write(backup->event, &one, sizeof one);
    require(told == sizeof one);
    return NULL;
}

int backup_start(struct backup *backup, const struct code *name, uint64_t run) {
    require(!backup->thread_runs && backup->status.state != BACKUP_RUNNING);
    struct backup_copy *copy = &backup->copy;
    memset(copy, 0, sizeof *copy);
    copy->setup = &backup->setup;
    copy->manifest.name = *name;
    copy->manifest.vault = backup->setup.vault;
    copy->manifest.identity = backup->setup.identity;
    store_usage(backup->setup.store, &copy->map_bytes, &copy->used_bytes);
    backup->status = (struct backup_status){.state = BACKUP_RUNNING, .name = *name, .run = run};
    if (pthread_create(&backup->thread, NULL, work, backup) != 0) {
        backup->status.state = BACKUP_NONE;
        return FAILURE_SYSTEM;
    }
    backup->thread_runs = true;
    log_line(LOG_LEVEL_INFO, "backup-started", "name", LOG_TEXT, name->text, "bytes", LOG_NUMBER,
             (int64_t)copy->used_bytes, NULL);
    return 0;
}

static void log_end(const struct backup *backup) {
    const struct backup_status *status = &backup->status;
    if (status->state == BACKUP_DONE) {
        log_line(LOG_LEVEL_INFO, "backup-done", "name", LOG_TEXT, status->name.text, "folder", LOG_TEXT, status->folder,
                 "head", LOG_NUMBER, (int64_t)status->manifest.head, "bytes", LOG_NUMBER,
                 (int64_t)status->manifest.bytes, NULL);
    } else {
        log_line(LOG_LEVEL_ERROR, "backup-failed", "name", LOG_TEXT, status->name.text, "reason", LOG_TEXT,
                 status->reason, NULL);
    }
}

bool backup_settle(struct backup *backup) {
    uint64_t count = 0;
    if (backup == NULL || !backup->thread_runs || read(backup->event, &count, sizeof count) != sizeof count) {
        return false;
    }
    (void)pthread_join(backup->thread, NULL);
    backup->thread_runs = false;
    struct backup_status *status = &backup->status;
    const struct backup_copy *copy = &backup->copy;
    status->state = copy->reason[0] == '\0' ? BACKUP_DONE : BACKUP_FAILED;
    status->bytes_done = status->state == BACKUP_DONE ? copy->manifest.bytes : copy->bytes_done;
    status->bytes_total = status->state == BACKUP_DONE ? copy->manifest.bytes : copy->used_bytes;
    status->manifest = copy->manifest;
    (void)snprintf(status->folder, sizeof status->folder, "%s", copy->folder);
    (void)snprintf(status->reason, sizeof status->reason, "%s", copy->reason);
    log_end(backup);
    return true;
}

void backup_status(const struct backup *backup, struct backup_status *ret) {
    *ret = backup->status;
    if (backup->status.state == BACKUP_RUNNING) {
        ret->bytes_done = backup->copy.bytes_done;
        ret->bytes_total = backup->copy.used_bytes;
    }
}

void backup_forget(struct backup *backup) {
    require(backup->status.state != BACKUP_RUNNING);
    backup->status.state = BACKUP_NONE;
}
