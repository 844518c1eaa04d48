#include <jansson.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/principal.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/terminal.h"

/*
 * keys revoke and keys rotate: a key ends. Both change the cell's folder and then wait until every daemon that answers has
 * read it: a daemon tells a digest of who is allowed, which is compared with the folder's own.
 */

#define CONFIRM_MS 5000
#define ANSWER_MS 1000
#define PAUSE_MS 100

enum confirmation { NO_ANSWER, NOT_YET, CONFIRMED };

static int folder_digest(const struct ctl *ctl, uint8_t ret[PRINCIPALS_DIGEST_BYTES]) {
    char path[CELL_PATH_BYTES];
    struct principals *principals;
    cell_path(&ctl->cell, "allow", path);
    int failure = principals_open(path, &principals);
    if (failure < 0) {
        return failure;
    }
    principals_digest(principals, ret);
    principals_close(principals);
    return 0;
}

/* Does anybody listen there? What listens and does not answer in time may just have changed its mind about the asker. */
static bool listens(const char *endpoint) {
    char host[CELL_ENDPOINT_BYTES];
    struct addrinfo *found = NULL;
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    const char *colon = strrchr(endpoint, ':');
    if (strncmp(endpoint, "tcp://", 6) != 0 || !colon) {
        return true;
    }
    (void)snprintf(host, sizeof host, "%.*s", (int)(colon - endpoint - 6), endpoint + 6);
    if (getaddrinfo(host, colon + 1, &wanted, &found) != 0) {
        return false;
    }
    int fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
    bool connected = fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    freeaddrinfo(found);
    return connected;
}

/* Asked over a new connection each time, because the asker's own key may be the one that changed. */
static int ask_daemon(const struct ctl *ctl, enum cell_service service, const uint8_t digest[PRINCIPALS_DIGEST_BYTES],
                      enum confirmation *ret) {
    Elp__V1__Health request = ELP__V1__HEALTH__INIT;
    Elp__V1__Refused *refused = NULL;
    struct client *client = NULL;
    void *answer = NULL;
    if (!listens(ctl->cell.services[service].commands)) {
        *ret = NO_ANSWER;
        return 0;
    }
    int outcome = client_open(&ctl->cell, ctl->as, service, CLIENT_COMMANDS, &client);
    if (outcome == 0) {
        outcome = client_call(client, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH, &request.base,
                              ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY, &elp__v1__health_reply__descriptor,
                              ANSWER_MS, &answer, &refused);
    }
    if (outcome == CLIENT_REPLIED) {
        const Elp__V1__HealthReply *health = answer;
        bool same = health->principals_digest.len == PRINCIPALS_DIGEST_BYTES &&
                    memcmp(health->principals_digest.data, digest, PRINCIPALS_DIGEST_BYTES) == 0;
        *ret = same ? CONFIRMED : NOT_YET;
    } else if (outcome > 0) {
        *ret = NOT_YET;
    }
    client_close(client);
    return outcome < 0 ? outcome : 0;
}

/* *ret_each is filled in for every daemon. */
static int wait_confirmed(const struct ctl *ctl, enum confirmation ret_each[CELL_SERVICES]) {
    uint8_t digest[PRINCIPALS_DIGEST_BYTES];
    int64_t deadline_ms = terminal_now_ms() + CONFIRM_MS;
    int failure = folder_digest(ctl, digest);
    for (int service = 0; failure == 0 && service < CELL_SERVICES; service++) {
        ret_each[service] = NOT_YET;
        while (failure == 0 && ret_each[service] == NOT_YET) {
            failure = ask_daemon(ctl, (enum cell_service)service, digest, &ret_each[service]);
            if (ret_each[service] != NOT_YET || terminal_now_ms() >= deadline_ms) {
                break;
            }
            ask_pause(0, PAUSE_MS);
        }
    }
    return failure;
}

static void names_of(const enum confirmation each[CELL_SERVICES], enum confirmation which, char out[128]) {
    size_t used = 0;
    out[0] = 0;
    for (int service = 0; service < CELL_SERVICES; service++) {
        if (each[service] == which) {
            used += (size_t)snprintf(out + used, 128 - used, "%s%s", used ? ", " : "", cell_service_names[service]);
        }
    }
}

static int confirm(const struct ctl *ctl, const char *what) {
    enum confirmation each[CELL_SERVICES] = {NO_ANSWER};
    char yes[128];
    char no[128];
    char silent[128];
    int failure = wait_confirmed(ctl, each);
    if (failure < 0) {
        return ctl_failure(failure);
    }
    names_of(each, CONFIRMED, yes);
    names_of(each, NOT_YET, no);
    names_of(each, NO_ANSWER, silent);
    if (ctl->json) {
        json_t *object = json_pack("{s:s, s:s, s:s}", "confirmed", yes, "not_confirmed", no, "no_answer", silent);
        int code = message_json_print(object);
        return code != CTL_DONE || no[0] == 0 ? code : CTL_UNREACHABLE;
    }
    if (yes[0]) {
        printf("%s: %s\n", what, yes);
    }
    if (silent[0]) {
        printf("no answer from %s: a daemon reads the folder when it starts\n", silent);
    }
    return no[0] == 0
               ? CTL_DONE
               : ctl_fail(CTL_UNREACHABLE,
                          "%s does not confirm it within 5 seconds: does it hang, or read another allow folder?", no);
}

static bool has_own_key(const struct ctl *ctl) {
    char file[CODE_BYTES_MAX + 16];
    char path[CELL_PATH_BYTES];
    (void)snprintf(file, sizeof file, "keys/%.32s.key", ctl->as);
    cell_path(&ctl->cell, file, path);
    return access(path, R_OK) == 0;
}

static int finish(const struct ctl *ctl, const char *what) {
    if (has_own_key(ctl)) {
        return confirm(ctl, what);
    }
    if (ctl->json) {
        return message_json_print(json_pack("{s:s, s:s, s:s}", "confirmed", "", "not_confirmed",
                                            "intake, rating, ledger, reporting", "no_answer", ""));
    }
    printf("not confirmed: there is no key of \"%s\" here to ask the daemons with; they read the folder every second\n",
           ctl->as);
    return CTL_DONE;
}

/* CTL_DONE when the key that just ended ("" when there was none) is in no other public file, else one line. */
static int check_ended(const struct ctl *ctl, const char *name, const char *what, const char *public_key) {
    char path[CELL_PATH_BYTES];
    struct principals *principals;
    cell_path(&ctl->cell, "allow", path);
    int failure = principals_open(path, &principals);
    if (failure < 0) {
        return ctl_failure(failure);
    }
    const struct principal *holder = principals_by_key(principals, public_key);
    int code = holder ? ctl_fail(CTL_NO,
                                 "%s %s, but the same key stands in %s/%s.pub and is allowed under that name: elpctl "
                                 "keys revoke %s ends it there",
                                 name, what, path, holder->name.text, holder->name.text)
                      : CTL_DONE;
    principals_close(principals);
    return code;
}

/* CTL_DONE when the role is not daemon, else one line. A name that nobody has is the caller's to notice. */
static int check_not_daemon(const struct ctl *ctl, const char *name) {
    char path[CELL_PATH_BYTES];
    struct principals *principals;
    cell_path(&ctl->cell, "allow", path);
    int failure = principals_open(path, &principals);
    if (failure < 0) {
        return ctl_failure(failure);
    }
    const struct principal *principal = principals_by_name(principals, name);
    bool is_daemon = principal && principal->role == ROLE_DAEMON;
    principals_close(principals);
    return is_daemon
               ? ctl_fail(CTL_USAGE,
                          "\"%s\" is a daemon of this cell and would be cut off from the others; to give it a new "
                          "key stop the daemons, run elpctl keys rotate %s and start them",
                          name, name)
               : CTL_DONE;
}

static int run_revoke(struct ctl *ctl) {
    const char *name = ctl_argument(ctl, 0);
    char keys[CELL_PATH_BYTES];
    char allow[CELL_PATH_BYTES];
    char ended[KEY_TEXT_BYTES] = "";
    int code = ctl_cell(ctl);
    if (code == CTL_DONE) {
        code = check_not_daemon(ctl, name);
    }
    if (code != CTL_DONE) {
        return code;
    }
    cell_path(&ctl->cell, "keys", keys);
    cell_path(&ctl->cell, "allow", allow);
    (void)!principal_public_key(allow, name, ended);
    int result = principal_revoke(keys, allow, name);
    if (result < 0) {
        return ctl_failure(result);
    }
    if (result == 1) {
        return ctl_fail(CTL_NO, "nobody named \"%.40s\" is allowed: elpctl keys list shows who is", name);
    }
    code = check_ended(ctl, name, "is revoked", ended);
    if (code != CTL_DONE) {
        return code;
    }
    if (!ctl->json) {
        printf("revoked %s: its sessions and subscriptions end within two seconds; its idempotency keys stay with the "
               "name\n",
               name);
    }
    return finish(ctl, "refused by");
}

static int run_rotate(struct ctl *ctl) {
    const char *name = ctl_argument(ctl, 0);
    char keys[CELL_PATH_BYTES];
    char allow[CELL_PATH_BYTES];
    char ended[KEY_TEXT_BYTES] = "";
    int code = ctl_cell(ctl);
    if (code != CTL_DONE) {
        return code;
    }
    cell_path(&ctl->cell, "keys", keys);
    cell_path(&ctl->cell, "allow", allow);
    (void)!principal_public_key(allow, name, ended);
    int result = principal_rotate(keys, allow, name);
    if (result < 0) {
        return ctl_failure(result);
    }
    if (result == 1) {
        return ctl_fail(CTL_NO, "nobody named \"%.40s\" is allowed: elpctl keys new makes a key for somebody new",
                        name);
    }
    code = check_ended(ctl, name, "has a new key", ended);
    if (code != CTL_DONE) {
        return code;
    }
    if (!ctl->json) {
        printf("made a new %s/%s.key (secret: give it to nobody else); the old key is dead within two seconds, name, "
               "role, scope and idempotency keys stay\n",
               keys, name);
    }
    return finish(ctl, "allowed by, and the old key refused by");
}

const struct command keys_revoke_command = {
    .name = "keys revoke",
    .group = GROUP_CELL,
    .summary = "end a principal's right to talk to the cell",
    .arguments = "NAME",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "operator",
    .help =
        "Takes allow/NAME.pub away, and keys/NAME.key, which opens nothing any more. Open sessions are refused from "
        "the next request on and open subscriptions are cut off, both within two seconds. Waits until every daemon "
        "that answers confirms it.\n\n"
        "Example:\n"
        "  elpctl keys revoke practice-software",
    .run = run_revoke,
};

const struct command keys_rotate_command = {
    .name = "keys rotate",
    .group = GROUP_CELL,
    .summary = "give a principal a new key; the old one ends",
    .arguments = "NAME",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "operator",
    .help = "Name, role and scope stay, and with the name its idempotency keys: what was sent under the old key is a "
            "duplicate under the new one. Hand NAME.key over again. A daemon's key: stop all four daemons before and "
            "start them afterwards.\n\n"
            "Example:\n"
            "  elpctl keys rotate practice-software",
    .run = run_rotate,
};
