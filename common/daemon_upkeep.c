#include <string.h>

#include "common/daemon_state.h"
#include "common/log.h"
#include "common/require.h"

/* What an operator asks of any daemon beside health: a backup while it runs, and a new beginning after it diverged. */

/* --- backup ------------------------------------------------------------------------------------------------------- */

static const char *backup_word_of(const struct daemon *daemon, const Elp__V1__Backup *message) {
    const struct backup_manifest manifest = {.vault = message->vault, .identity = {.service = daemon->service->id}};
    return backup_word(&manifest);
}

/* Begins the backup, when nothing stands against it; *ret_answered tells that the request got its answer instead. */
static int begin_backup(struct daemon *daemon, struct backup *backup, const Elp__V1__Backup *message,
                        const struct code *name, struct reply *reply, bool *ret_answered) {
    *ret_answered = true;
    if (backup_exists(backup, name)) {
        Elp__V1__BackupReply answer = ELP__V1__BACKUP_REPLY__INIT;
        answer.state = ELP__V1__BACKUP_STATE__BACKUP_STATE_EXISTS;
        answer.store = (char *)backup_word_of(daemon, message);
        return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BACKUP_REPLY, &answer.base);
    }
    if (daemon->stopping) {
        return reply_refuse(reply, "busy", "", "the daemon is ending", "ask again when it runs");
    }
    *ret_answered = false;
    return backup_start(backup, name, message->run);
}

static int answer_backup(const struct daemon *daemon, struct backup *backup, const Elp__V1__Backup *message,
                         struct reply *reply) {
    static const Elp__V1__BackupState states[] = {
        [BACKUP_RUNNING] = ELP__V1__BACKUP_STATE__BACKUP_STATE_RUNNING,
        [BACKUP_DONE] = ELP__V1__BACKUP_STATE__BACKUP_STATE_DONE,
        [BACKUP_FAILED] = ELP__V1__BACKUP_STATE__BACKUP_STATE_FAILED,
    };
    struct backup_status status;
    Elp__V1__BackupReply answer = ELP__V1__BACKUP_REPLY__INIT;
    backup_status(backup, &status);
    require(status.state != BACKUP_NONE);
    answer.state = states[status.state];
    answer.store = (char *)backup_word_of(daemon, message);
    answer.bytes_done = status.bytes_done;
    answer.bytes_total = status.bytes_total;
    answer.reason = status.reason;
    if (status.state == BACKUP_DONE) {
        answer.folder = status.folder;
        answer.head = status.manifest.head;
        answer.head_hash = (ProtobufCBinaryData){JOURNAL_HASH_BYTES, status.manifest.head_hash};
    }
    if (status.state == BACKUP_FAILED) {
        backup_forget(backup); /* so that asking once more tries once more */
    }
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BACKUP_REPLY, &answer.base);
}

/* What stands against the request itself; true when it was refused. */
static bool refuse_backup(const struct daemon *daemon, const Elp__V1__Backup *message, struct code *ret_name,
                          struct reply *reply, int *ret_failure) {
    if (!code_parse(message->name, ret_name)) {
        *ret_failure =
            reply_refuse(reply, "malformed", "name",
                         "the name of a backup has 1 to 32 letters, digits and . _ - and starts with a letter or digit",
                         "choose such a name, for example the date");
        return true;
    }
    if (message->run == 0) {
        *ret_failure = reply_refuse(reply, "malformed", "run", "run is a number of the client's choice, not 0",
                                    "draw a random number for each backup");
        return true;
    }
    if (message->vault && daemon->vault_backup == NULL) {
        *ret_failure = reply_refuse(reply, "not-found", "vault", "only intake has a vault", "ask intake");
        return true;
    }
    return false;
}

static int handle_backup(void *state, struct request *request, const void *payload, struct reply *reply) {
    struct daemon *daemon = state;
    const Elp__V1__Backup *message = payload;
    struct backup_status status;
    struct code name;
    int failure = 0;
    if (refuse_backup(daemon, message, &name, reply, &failure)) {
        return failure;
    }
    struct backup *backup = message->vault ? daemon->vault_backup : daemon->backup;
    backup_status(backup, &status);
    if (status.state == BACKUP_RUNNING && status.run != message->run) {
        return reply_refuse(reply, "busy", "", "another backup of it is under way", "wait for its end");
    }
    if (status.state == BACKUP_NONE || status.run != message->run) {
        bool answered = false;
        failure = begin_backup(daemon, backup, message, &name, reply, &answered);
        if (failure < 0 || answered) {
            return failure;
        }
        status.state = BACKUP_RUNNING;
    }
    /* No record ends the wait: the loop calls again when the copy has ended. */
    if (status.state == BACKUP_RUNNING && request_wait(request, reply, UINT64_MAX, message->wait_ms)) {
        return 0;
    }
    return answer_backup(daemon, backup, message, reply);
}

const struct handler backup_row = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BACKUP,
                                   "backup",
                                   ROLE_OPERATOR,
                                   HANDLER_QUERY,
                                   &elp__v1__backup__descriptor,
                                   handle_backup,
                                   SCOPE_WHOLE};

/* --- rebuild ------------------------------------------------------------------------------------------------------ */

bool daemon_diverged(const struct daemon *daemon) {
    for (size_t i = 0; i < daemon->service->upstream_count; i++) {
        if (upstream_state(daemon->upstreams[i]) == UPSTREAM_DIVERGED) {
            return true;
        }
    }
    return false;
}

static int handle_rebuild(void *state, struct request *request, const void *message, struct reply *reply) {
    struct daemon *daemon = state;
    (void)message;
    (void)request;
    if (!daemon_diverged(daemon)) {
        return reply_refuse(reply, "wrong-order", "",
                            "this daemon follows its upstream journals: there is nothing to rebuild",
                            daemon->service->upstream_count == 0
                                ? "intake's store is never rebuilt, only restored from a backup"
                                : "to rebuild a store for another reason, stop the daemon and empty its folder");
    }
    Elp__V1__RebuildReply answer = ELP__V1__REBUILD_REPLY__INIT;
    answer.service = (char *)cell_service_names[daemon->service->id];
    answer.head = daemon->journal.head;
    daemon->rebuilding = true;
    daemon->stopping = true;
    log_line(LOG_LEVEL_WARNING, "rebuild", "head", LOG_NUMBER, (int64_t)daemon->journal.head, NULL);
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REBUILD_REPLY, &answer.base);
}

const struct handler rebuild_row = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REBUILD,
                                    "rebuild",
                                    ROLE_OPERATOR,
                                    HANDLER_QUERY,
                                    &elp__v1__rebuild__descriptor,
                                    handle_rebuild,
                                    SCOPE_WHOLE};

/* --- epochs ------------------------------------------------------------------------------------------------------- */

const char *daemon_epoch(const struct daemon *daemon) {
    if (daemon->service->upstream_count == 0) {
        return daemon->service->epoch ? daemon->service->epoch(daemon->core) : "";
    }
    const char *epoch = upstream_epoch(daemon->upstreams[0]);
    for (size_t i = 1; i < daemon->service->upstream_count; i++) {
        if (strcmp(upstream_epoch(daemon->upstreams[i]), epoch) != 0) {
            return "";
        }
    }
    return epoch;
}
