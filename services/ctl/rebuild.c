#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/daemon_word.h"
#include "services/ctl/message_json.h"
#include "services/ctl/progress.h"
#include "services/ctl/terminal.h"

/*
 * rebuild: daemons that stopped because intake came back from a backup begin again with empty stores and fill them from the
 * journals.
 */

#define PAUSE_MS 50
#define RESTART_MS 60000 /* a supervisor's patience, and the daemon's own start */

enum standing { STANDING_UNKNOWN, STANDING_FOLLOWS, STANDING_STOPPED };

struct rebuild {
    struct ctl *ctl;
    char epoch[24]; /* intake's */
    uint64_t head;  /* intake's */
    bool rebuilt[CELL_SERVICES];
    size_t count;
};

static int ask_health(struct rebuild *rebuild, enum cell_service service, const Elp__V1__HealthReply **ret) {
    Elp__V1__Health request = ELP__V1__HEALTH__INIT;
    void *answer;
    int code = ask(rebuild->ctl, service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH, &request.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY, &elp__v1__health_reply__descriptor, &answer);
    if (code == CTL_DONE) {
        *ret = answer;
    }
    return code;
}

static int ask_intake(struct rebuild *rebuild) {
    const Elp__V1__HealthReply *reply;
    int code = ask_health(rebuild, CELL_INTAKE, &reply);
    if (code == CTL_DONE) {
        (void)snprintf(rebuild->epoch, sizeof rebuild->epoch, "%s", reply->epoch);
        rebuild->head = reply->head;
    }
    return code;
}

static enum standing standing_of(const struct rebuild *rebuild, const Elp__V1__HealthReply *reply) {
    if (strcmp(reply->state, "stopped") == 0) {
        return STANDING_STOPPED;
    }
    return strcmp(reply->epoch, rebuild->epoch) == 0 ? STANDING_FOLLOWS : STANDING_UNKNOWN;
}

/* Waits until a daemon has heard of intake as it is now; rating that stops keeps the ledger from knowing, so that is asked. */
static int settle(struct rebuild *rebuild, enum cell_service service, enum standing *ret) {
    int64_t deadline_ms = terminal_now_ms() + rebuild->ctl->timeout_ms;
    for (int attempt = 0;; attempt++) {
        const Elp__V1__HealthReply *reply;
        int code = ask_health(rebuild, service, &reply);
        if (code != CTL_DONE) {
            return code;
        }
        *ret = standing_of(rebuild, reply);
        if (*ret != STANDING_UNKNOWN || terminal_now_ms() >= deadline_ms) {
            return CTL_DONE;
        }
        ask_pause(0, PAUSE_MS);
    }
}

static int empty_store(struct rebuild *rebuild, enum cell_service service) {
    Elp__V1__Rebuild request = ELP__V1__REBUILD__INIT;
    void *answer;
    int code = ask(rebuild->ctl, service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REBUILD, &request.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REBUILD_REPLY, &elp__v1__rebuild_reply__descriptor, &answer);
    if (code == CTL_DONE) {
        const Elp__V1__RebuildReply *reply = answer;
        rebuild->rebuilt[service] = true;
        rebuild->count++;
        if (!rebuild->ctl->json) {
            printf("%s set its store of %" PRIu64 " records aside and begins again\n", cell_service_names[service],
                   reply->head);
        }
    }
    return code;
}

/* One look at a daemon that may be away: client_call, because ask would end the command. */
static int look(struct rebuild *rebuild, enum cell_service service, uint64_t *ret_head, bool *ret_answered) {
    Elp__V1__Health request = ELP__V1__HEALTH__INIT;
    struct client *client;
    Elp__V1__Refused *refused = NULL;
    void *answer;
    int code = ask_client(rebuild->ctl, service, CLIENT_COMMANDS, &client);
    if (code != CTL_DONE) {
        return code;
    }
    int outcome = client_call(client, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH, &request.base,
                              ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY, &elp__v1__health_reply__descriptor, 500,
                              &answer, &refused);
    *ret_answered = outcome == CLIENT_REPLIED;
    if (*ret_answered) {
        const Elp__V1__HealthReply *reply = answer;
        *ret_head = reply->head;
    }
    return outcome < 0 ? ctl_failure(outcome) : CTL_DONE;
}

static int follow(struct rebuild *rebuild, enum cell_service service) {
    struct progress progress;
    int64_t patience_ms = rebuild->ctl->timeout_given ? rebuild->ctl->timeout_ms : RESTART_MS;
    int64_t deadline_ms = terminal_now_ms() + patience_ms;
    uint64_t head = 0;
    int code = CTL_DONE;
    progress_begin(&progress, "records", rebuild->head);
    (void)snprintf(progress.note, sizeof progress.note, "%s", cell_service_names[service]);
    while (code == CTL_DONE && head < rebuild->head) {
        bool answered = false;
        uint64_t before = head;
        code = look(rebuild, service, &head, &answered);
        if (code == CTL_DONE && head > before) {
            deadline_ms = terminal_now_ms() + patience_ms;
        }
        progress_step(&progress, head);
        if (code == CTL_DONE && terminal_now_ms() >= deadline_ms) {
            code = answered
                       ? ctl_fail(CTL_NO, "%s stays at record %" PRIu64 " of %" PRIu64 "; see elpctl health",
                                  cell_service_names[service], head, rebuild->head)
                       : ctl_fail(CTL_UNREACHABLE, "nobody started %s again: elp-%s --cell %s",
                                  cell_service_names[service], cell_service_names[service], rebuild->ctl->cell.folder);
        }
        if (code == CTL_DONE && head < rebuild->head) {
            ask_pause(0, PAUSE_MS);
        }
    }
    progress_end(&progress);
    return code;
}

static int say_end(const struct rebuild *rebuild) {
    if (rebuild->ctl->json) {
        json_t *list = json_array();
        for (int service = 0; service < CELL_SERVICES; service++) {
            if (rebuild->rebuilt[service]) {
                (void)json_array_append_new(list, json_string(cell_service_names[service]));
            }
        }
        return message_json_print(json_pack("{s:s, s:o, s:o}", "epoch", rebuild->epoch, "head",
                                            json_sprintf("%" PRIu64, rebuild->head), "rebuilt", list));
    }
    if (rebuild->count == 0) {
        printf("nothing to rebuild: the daemons follow intake, epoch %s\n", rebuild->epoch);
    } else {
        printf("rebuilt up to record %" PRIu64 ", epoch %s\n", rebuild->head, rebuild->epoch);
    }
    return CTL_DONE;
}

static int run(struct ctl *ctl) {
    struct rebuild rebuild = {.ctl = ctl};
    bool wanted[CELL_SERVICES];
    int code = daemon_words(ctl, 0, wanted);
    if (code == CTL_DONE && ctl->argument_count > 0 && wanted[CELL_INTAKE]) {
        return ctl_fail(CTL_USAGE, "intake is never rebuilt: its journal is what the others are rebuilt from");
    }
    if (code == CTL_DONE) {
        code = ask_intake(&rebuild);
    }
    for (int service = CELL_RATING; code == CTL_DONE && service < CELL_SERVICES; service++) {
        enum standing standing = STANDING_UNKNOWN;
        if (!wanted[service]) {
            continue;
        }
        code = settle(&rebuild, (enum cell_service)service, &standing);
        if (code == CTL_DONE && standing == STANDING_STOPPED) {
            code = empty_store(&rebuild, (enum cell_service)service);
        }
    }
    for (int service = CELL_RATING; code == CTL_DONE && service < CELL_SERVICES; service++) {
        code = rebuild.rebuilt[service] ? follow(&rebuild, (enum cell_service)service) : CTL_DONE;
    }
    return code == CTL_DONE ? say_end(&rebuild) : code;
}

const struct command rebuild_command = {
    .name = "rebuild",
    .group = GROUP_CELL,
    .summary = "let daemons that stopped after a restore of intake begin again",
    .arguments = "[rating|ledger|reporting...]",
    .arguments_max = CELL_SERVICES,
    .as = "operator",
    .help = "A daemon stops when an upstream journal has another record at its position: intake came back from a "
            "backup that "
            "is older than what the daemon had seen. elpctl health says so. This command asks each stopped daemon to "
            "set its "
            "store aside (data.mdb.aside in its folder, to be deleted when nobody misses anything) and to end; its "
            "supervisor "
            "starts it, and it reads the journals from the first record on. Ends when all have caught up.\n\n"
            "Examples:\n"
            "  elpctl rebuild\n"
            "  elpctl rebuild ledger",
    .run = run,
};
