#include "services/ctl/ask.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#include "services/ctl/terminal.h"

#define BUSY_PAUSE_MS 100
#define PAUSE_MS_MAX 5000

int ask_client(struct ctl *ctl, enum cell_service service, enum client_socket socket, struct client **ret) {
    int code = ctl_cell(ctl);
    if (code != CTL_DONE) {
        return code;
    }
    if (!ctl->clients[service][socket]) {
        int failure = client_open(&ctl->cell, ctl->as, service, socket, &ctl->clients[service][socket]);
        if (failure < 0) {
            return ctl_failure(failure);
        }
    }
    *ret = ctl->clients[service][socket];
    return CTL_DONE;
}

int ask_refused_code(const Elp__V1__Refused *refused) {
    static const struct {
        const char *code;
        int exit;
    } codes[] = {
        {"denied", CTL_DENIED},   {"busy", CTL_UNREACHABLE}, {"malformed", CTL_USAGE},
        {"too-large", CTL_INPUT}, {"foreign-version", 70},   {"unknown-type", 70},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(codes[i].code, refused->code) == 0) {
            return codes[i].exit;
        }
    }
    return CTL_NO;
}

int ask_fail(struct ctl *ctl, enum cell_service service, enum client_socket socket, int outcome,
             const Elp__V1__Refused *refused) {
    const char *name = cell_service_names[service];
    const struct cell_endpoints *endpoints = &ctl->cell.services[service];
    const char *endpoint = socket == CLIENT_JOURNAL ? endpoints->journal : endpoints->commands;
    if (outcome < 0) {
        return ctl_failure(outcome);
    }
    if (outcome == CLIENT_TIMEOUT) {
        return ctl_fail(
            CTL_UNREACHABLE,
            "%s does not answer at %s: it is stopped or stuck; start it with elp-%s --cell %s, or see %s/log/%s.log",
            name, endpoint, name, ctl->cell.folder, ctl->cell.folder, name);
    }
    if (outcome == CLIENT_NOT_ALLOWED || !refused) {
        return ctl_fail(
            CTL_DENIED,
            "%s refuses the key of \"%s\": elpctl keys list shows who is allowed, --as says whose key is used", name,
            ctl->as);
    }
    char text[512];
    bool denied = strcmp(refused->code, "denied") == 0;
    return ctl_fail(ask_refused_code(refused), "%s refuses%s%s%s (%s%s%s): %s", name, denied ? " \"" : "",
                    denied ? ctl->as : "", denied ? "\"" : "", refused->code, refused->field[0] ? ", " : "",
                    refused->field, terminal_sentences(refused->reason, refused->remedy, text, sizeof text));
}

int ask_pause_ms(int attempt, int base_ms) {
    int pause_ms = attempt < 6 ? base_ms << attempt : PAUSE_MS_MAX;
    if (pause_ms > PAUSE_MS_MAX) {
        pause_ms = PAUSE_MS_MAX;
    }
    /* Many clients that were cut off together do not come back together. */
    return pause_ms / 2 + (int)randombytes_uniform((uint32_t)pause_ms / 2 + 1);
}

void ask_pause(int attempt, int base_ms) {
    int pause_ms = ask_pause_ms(attempt, base_ms);
    struct timespec pause = {.tv_sec = pause_ms / 1000, .tv_nsec = (long)(pause_ms % 1000) * 1000000};
    (void)nanosleep(&pause, NULL); /* Call: a back-off is the wait itself */
}

/* A daemon that stopped applying records answers from what it has and says so in a field of that name. */
static void warn_stale(enum cell_service service, const ProtobufCMessage *reply) {
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(reply->descriptor, "stale");
    if (field && *(const protobuf_c_boolean *)(const void *)((const char *)reply + field->offset)) {
        (void)ctl_fail(CTL_NO, "%s stopped applying records: its figures are old; see elpctl health",
                       cell_service_names[service]);
    }
}

static int ask_socket(struct ctl *ctl, enum cell_service service, enum client_socket socket, Elp__V1__MessageType type,
                      const ProtobufCMessage *request, Elp__V1__MessageType reply_type,
                      const ProtobufCMessageDescriptor *reply, void **ret_reply) {
    struct client *client;
    int code = ask_client(ctl, service, socket, &client);
    if (code != CTL_DONE) {
        return code;
    }
    int64_t deadline_ms = terminal_now_ms() + ctl->timeout_ms;
    for (int attempt = 0;; attempt++) {
        int64_t left_ms = deadline_ms - terminal_now_ms();
        Elp__V1__Refused *refused = NULL;
        int outcome =
            client_call(client, type, request, reply_type, reply, left_ms > 0 ? (int)left_ms : 0, ret_reply, &refused);
        if (outcome == CLIENT_REPLIED) {
            warn_stale(service, *ret_reply);
            return CTL_DONE;
        }
        bool busy = outcome == CLIENT_REFUSED && strcmp(refused->code, "busy") == 0;
        if (!busy || terminal_now_ms() + PAUSE_MS_MAX >= deadline_ms) {
            return ask_fail(ctl, service, socket, outcome, refused);
        }
        ask_pause(attempt, BUSY_PAUSE_MS);
    }
}

int ask(struct ctl *ctl, enum cell_service service, Elp__V1__MessageType type, const ProtobufCMessage *request,
        Elp__V1__MessageType reply_type, const ProtobufCMessageDescriptor *reply, void **ret_reply) {
    return ask_socket(ctl, service, CLIENT_COMMANDS, type, request, reply_type, reply, ret_reply);
}

int ask_journal(struct ctl *ctl, enum cell_service service, const Elp__V1__JournalFetch *fetch,
                Elp__V1__JournalPage **ret_page) {
    void *page;
    int code = ask_socket(ctl, service, CLIENT_JOURNAL, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_JOURNAL_FETCH, &fetch->base,
                          ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_JOURNAL_PAGE, &elp__v1__journal_page__descriptor, &page);
    if (code == CTL_DONE) {
        *ret_page = page;
    }
    return code;
}

int ask_outcome(struct ctl *ctl, enum cell_service service, uint64_t number, Elp__V1__Outcome **ret) {
    Elp__V1__OutcomeQuery query = ELP__V1__OUTCOME_QUERY__INIT;
    void *answer;
    query.number = number;
    /* The daemon answers a little before this side stops waiting. */
    query.wait_ms = (uint32_t)(ctl->timeout_ms < WIRE_WAIT_MS_MAX ? ctl->timeout_ms : WIRE_WAIT_MS_MAX) * 9 / 10;
    int code = ask(ctl, service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_OUTCOME_QUERY, &query.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_OUTCOME_REPLY, &elp__v1__outcome_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__OutcomeReply *reply = answer;
    if (!reply->reached) {
        return ctl_fail(CTL_UNREACHABLE,
                        "%s has not come to record %llu yet: it is judged as soon as that daemon follows; "
                        "see elpctl health",
                        cell_service_names[service], (unsigned long long)number);
    }
    *ret = reply->judged ? reply->outcome : NULL;
    return CTL_DONE;
}
