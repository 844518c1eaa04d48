#include <stdlib.h>
#include <string.h>

#include "common/daemon_state.h"
#include "common/log.h"
#include "common/require.h"

#define PARKED_FRAME_BYTES_MAX (64 * 1024)

MUST_USE int reply_with(struct reply *reply, Elp__V1__MessageType type, const ProtobufCMessage *message) {
    require(!reply->answered);
    reply->answered = true;
    reply->type = type;
    return buffer_pack(&reply->payload, message);
}

int reply_refuse(struct reply *reply, const char *code, const char *field, const char *reason, const char *remedy) {
    Elp__V1__Refused refused = ELP__V1__REFUSED__INIT;
    refused.code = (char *)code;
    refused.field = (char *)field;
    refused.reason = (char *)reason;
    refused.remedy = (char *)remedy;
    reply->refused = true;
    reply->code = code;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REFUSED, &refused.base);
}

void reply_note_denied(struct reply *reply) {
    reply->denied = true;
}

bool request_wait(const struct request *request, struct reply *reply, uint64_t number, uint32_t wait_ms) {
    if (request->last_chance || wait_ms == 0 || request->journal->head >= number) {
        return false;
    }
    reply->wait_number = number;
    reply->wait_ms = wait_ms > WIRE_WAIT_MS_MAX ? WIRE_WAIT_MS_MAX : wait_ms;
    return true;
}

/* --- taking and dispatching --------------------------------------------------------------------------------------- */

static bool is_generic(const struct handler *handler) {
    for (size_t i = 0; i < GENERIC_HANDLERS; i++) {
        if (handler == generic_handlers[i]) {
            return true;
        }
    }
    return false;
}

static void count_request(struct daemon *daemon, const struct handler *handler, enum metrics_outcome outcome) {
    size_t place = daemon_metrics_request(daemon, handler) * METRICS_OUTCOMES + outcome;
    metrics_add(daemon->metrics, METRIC_REQUESTS, place, 1);
}

static void *socket_of(const struct daemon *daemon, const struct handler *handler) {
    return zsock_resolve(handler == &fetch_row ? daemon->journal_socket : daemon->commands);
}

static const struct handler *find_handler(const struct daemon *daemon, bool journal_socket, Elp__V1__MessageType type) {
    if (journal_socket) {
        return type == fetch_row.type ? &fetch_row : NULL;
    }
    for (size_t i = 0; i < GENERIC_HANDLERS; i++) {
        if (generic_handlers[i] != &fetch_row && generic_handlers[i]->type == type) {
            return generic_handlers[i];
        }
    }
    for (size_t i = 0; i < daemon->service->handler_count; i++) {
        if (daemon->service->handlers[i].type == type) {
            return &daemon->service->handlers[i];
        }
    }
    return NULL;
}

static struct caller *caller_of(struct daemon *daemon, const struct pending *pending) {
    return callers_of(daemon->callers, pending->incoming.public_key);
}

/* Counted each time, logged once: whoever is denied a thousand times a second must not fill the disk with it. */
static int note_denied(struct daemon *daemon, const struct pending *pending, const char *name) {
    struct caller *caller = caller_of(daemon, pending);
    uint64_t before = 0;
    if (!caller) {
        return FAILURE_MEMORY;
    }
    daemon->counts.denied++;
    if (caller_denied(caller, daemon->now_ms, &before)) {
        log_line(LOG_LEVEL_WARNING, "denied", "request", LOG_TEXT, pending->handler->name, "principal", LOG_TEXT, name,
                 "since_last_line", LOG_NUMBER, (int64_t)before, NULL);
    }
    return 0;
}

/* So that the operator knows whose software it is (ElpUndecodable); logged as seldom as a denial. */
static int note_undecodable(struct daemon *daemon, bool journal_socket, const struct pending *pending) {
    const struct principal *principal = principals_by_key(daemon->principals, pending->incoming.public_key);
    struct caller *caller = caller_of(daemon, pending);
    uint64_t before = 0;
    if (caller && caller_undecodable(caller, daemon->now_ms, &before)) {
        log_line(LOG_LEVEL_WARNING, "undecodable", "socket", LOG_TEXT, journal_socket ? "journal" : "commands",
                 "principal", LOG_TEXT, principal ? principal->name.text : "unknown", "reason", LOG_TEXT,
                 pending->incoming.fault, "since_last_line", LOG_NUMBER, (int64_t)before, NULL);
    }
    return caller ? 0 : FAILURE_MEMORY;
}

/* May this key send this request? NULL when not; the refusal was sent. */
static const struct principal *authorise(struct daemon *daemon, const struct pending *pending, int *ret_failure) {
    const struct incoming *incoming = &pending->incoming;
    const struct principal *principal = principals_by_key(daemon->principals, incoming->public_key);
    *ret_failure = 0;
    if (principal && (principal->role & pending->handler->roles)) {
        return principal;
    }
    count_request(daemon, pending->handler, METRICS_DENIED);
    *ret_failure = note_denied(daemon, pending, principal ? principal->name.text : "unknown");
    if (*ret_failure == 0) {
        *ret_failure = incoming_refuse(socket_of(daemon, pending->handler), incoming, &daemon->counts, "denied", "",
                                       principal ? "this principal's role may not send this request"
                                                 : "this key is not allowed, or not any more",
                                       "use a principal of another role, or ask the operator (elpctl keys list)");
    }
    return NULL;
}

/* Refuses a request that may be sent again later: nothing of it is done, and it takes no place in a turn. */
static int refuse_busy(struct daemon *daemon, const struct pending *pending, const char *reason, const char *remedy) {
    count_request(daemon, pending->handler, METRICS_REFUSED);
    return incoming_refuse(socket_of(daemon, pending->handler), &pending->incoming, &daemon->counts, "busy", "", reason,
                           remedy);
}

#define UNREAD_REASON "this principal leaves too many replies unread"
#define UNREAD_REMEDY "read the replies that are under way, then ask again"

/* Refuses a taken request at once or lets it wait for its turn; the frame is the queue's then, else closed here. */
static int queue_request(struct daemon *daemon, struct pending *pending) {
    struct caller *caller = caller_of(daemon, pending);
    int failure = 0;
    if (!caller) {
        failure = FAILURE_MEMORY;
    } else if (!authorise(daemon, pending, &failure)) {
        /* refused */
    } else if (caller_reads_too_little(caller)) {
        failure = refuse_busy(daemon, pending, UNREAD_REASON, UNREAD_REMEDY);
    } else if (callers_wait(daemon->callers, caller, pending)) {
        return 0;
    } else {
        failure = refuse_busy(daemon, pending, "too many requests of this principal wait for their turn",
                              "wait for replies before sending more, over all connections of this principal");
    }
    incoming_close(&pending->incoming);
    return failure;
}

/* Receives one request; *ret_any false when the socket is empty. Adds its size to *bytes. */
static int receive_one(struct daemon *daemon, bool journal_socket, bool *ret_any, size_t *bytes) {
    void *socket = zsock_resolve(journal_socket ? daemon->journal_socket : daemon->commands);
    struct pending pending = {0};
    int outcome = incoming_take(socket, &daemon->arena, &daemon->counts, &pending.incoming);
    if (outcome < 0) {
        return outcome;
    }
    *ret_any = outcome != INCOMING_NONE;
    if (outcome != INCOMING_TAKEN) {
        return outcome == INCOMING_UNDECODABLE ? note_undecodable(daemon, journal_socket, &pending) : 0;
    }
    *bytes += zmq_msg_size(&pending.incoming.frame);
    pending.handler = find_handler(daemon, journal_socket, pending.incoming.type);
    if (pending.handler) {
        return queue_request(daemon, &pending);
    }
    count_request(daemon, NULL, METRICS_REFUSED);
    int failure =
        incoming_refuse(socket, &pending.incoming, &daemon->counts, "unknown-type", "type",
                        "this socket of this daemon does not take that request",
                        "see the message types in proto/elp/v1/envelope.proto; journal fetches have a socket of "
                        "their own");
    incoming_close(&pending.incoming);
    return failure;
}

/* Both sockets are emptied, bounded, so that nobody's request waits in libzmq behind another principal's flood. */
static int receive(struct daemon *daemon) {
    for (int pass = 0; pass < 2; pass++) {
        bool any = true;
        size_t bytes = 0;
        for (int frames = 0; any && frames < TURN_FRAMES_MAX && bytes < TURN_FRAME_BYTES_MAX; frames++) {
            int failure = receive_one(daemon, pass == 0, &any, &bytes);
            if (failure < 0) {
                return failure;
            }
        }
        daemon->more_waits = daemon->more_waits || any;
    }
    return 0;
}

int serve_take(struct daemon *daemon) {
    size_t bytes = 0;
    daemon->taken_count = 0;
    daemon->reply_count = 0;
    int failure = receive(daemon);
    if (failure < 0) {
        return failure;
    }
    while (daemon->taken_count < TURN_REQUESTS_MAX && bytes < TURN_REQUEST_BYTES_MAX &&
           callers_next(daemon->callers, &daemon->taken[daemon->taken_count])) {
        bytes += zmq_msg_size(&daemon->taken[daemon->taken_count++].incoming.frame);
    }
    daemon->more_waits = daemon->more_waits || callers_waiting(daemon->callers) > 0;
    if (daemon->taken_count > 0) {
        metrics_observe(daemon->metrics, METRIC_TURN_REQUESTS, daemon->taken_count);
    }
    return 0;
}

bool serve_has_commands(const struct daemon *daemon) {
    for (size_t i = 0; i < daemon->taken_count; i++) {
        if (daemon->taken[i].handler->kind == HANDLER_COMMAND) {
            return true;
        }
    }
    return false;
}

/*
 * Decodes and runs one request. On return *ret_done says whether `ret_outgoing` holds the answer; otherwise the request is parked
 * (reply->wait_number). The caller keeps the pending.
 */
static int run_handler(struct daemon *daemon, struct pending *pending, const struct principal *principal,
                       struct store_txn *txn, struct reply *reply) {
    arena_reset(&daemon->arena);
    struct span payload = incoming_payload(&pending->incoming, &daemon->arena);
    const void *message = handler_unpack(pending->handler, &daemon->arena, payload);
    if (!message) {
        return reply_refuse(reply, "malformed", "payload", "the payload does not decode as the message that type names",
                            "see proto/elp/v1; a message also has a ceiling of elements");
    }
    struct request request = {
        .principal = principal,
        .txn = txn,
        .arena = &daemon->arena,
        .journal = &daemon->journal,
        .last_chance = pending->deadline_ms != 0 && (daemon->now_ms >= pending->deadline_ms || daemon->stopping),
    };
    for (size_t i = 0; i < daemon->service->upstream_count; i++) {
        request.stale = request.stale || upstream_state(daemon->upstreams[i]) == UPSTREAM_DIVERGED;
    }
    void *state = is_generic(pending->handler) ? (void *)daemon : daemon->core;
    return pending->handler->handle(state, &request, message, reply);
}

static int build_reply(struct daemon *daemon, const struct pending *pending, const struct principal *principal,
                       struct reply *reply, struct outgoing *ret_outgoing) {
    struct caller *caller = caller_of(daemon, pending);
    bool denied = reply->refused && strcmp(reply->code, "denied") == 0;
    require(reply->answered);
    if (!caller) {
        return FAILURE_MEMORY;
    }
    count_request(daemon, pending->handler,
                  denied           ? METRICS_DENIED
                  : reply->refused ? METRICS_REFUSED
                                   : METRICS_ANSWERED);
    if (reply->refused) {
        exchange_count_refused(&daemon->counts, reply->code);
    }
    int failure = denied || reply->denied ? note_denied(daemon, pending, principal->name.text) : 0;
    return failure < 0 ? failure
                       : outgoing_build(&pending->incoming, reply->type, buffer_span(&reply->payload),
                                        caller_unread(caller), ret_outgoing);
}

/* The principal that may have this request answered now; NULL when it was refused after all, or without memory. */
static const struct principal *admit(struct daemon *daemon, const struct pending *pending, int *ret_failure) {
    /* Asked again: it may have waited for turns, and its key may have been revoked meanwhile. */
    const struct principal *principal = authorise(daemon, pending, ret_failure);
    struct caller *caller = principal ? caller_of(daemon, pending) : NULL;
    if (principal && !caller) {
        *ret_failure = FAILURE_MEMORY;
        return NULL;
    }
    if (principal && caller_reads_too_little(caller)) {
        *ret_failure = refuse_busy(daemon, pending, UNREAD_REASON, UNREAD_REMEDY);
        return NULL;
    }
    return principal;
}

/* Runs one command; its reply waits for the commit. */
static int run_command(struct daemon *daemon, struct pending *pending, struct store_txn *txn) {
    int failure = 0;
    const struct principal *principal = admit(daemon, pending, &failure);
    if (!principal) {
        return failure;
    }
    struct reply reply = {.payload = daemon->payload};
    buffer_reset(&reply.payload);
    failure = run_handler(daemon, pending, principal, txn, &reply);
    daemon->payload = reply.payload;
    if (failure == 0) {
        failure = build_reply(daemon, pending, principal, &reply, &daemon->replies[daemon->reply_count]);
    }
    if (failure == 0) {
        daemon->reply_count++;
    }
    return failure;
}

int serve_commands(struct daemon *daemon, struct store_txn *txn) {
    for (size_t i = 0; i < daemon->taken_count; i++) {
        struct pending *pending = &daemon->taken[i];
        if (pending->handler->kind != HANDLER_COMMAND) {
            continue;
        }
        int failure = run_command(daemon, pending, txn);
        if (failure < 0) {
            return failure;
        }
        incoming_close(&pending->incoming);
        pending->handler = NULL;
    }
    return 0;
}

/* --- parking ------------------------------------------------------------------------------------------------------ */

static size_t parked_of(const struct daemon *daemon, const char *public_key) {
    size_t count = 0;
    for (size_t i = 0; i < daemon->parked_count; i++) {
        count += strcmp(daemon->parked[i].incoming.public_key, public_key) == 0;
    }
    return count;
}

static void unpark(struct daemon *daemon, size_t index) {
    incoming_close(&daemon->parked[index].incoming);
    daemon->parked[index] = daemon->parked[--daemon->parked_count];
}

/* One fetch per principal is parked; a newer one replaces it. */
static void replace_parked_fetch(struct daemon *daemon, const struct pending *pending) {
    for (size_t i = 0; i < daemon->parked_count; i++) {
        if (daemon->parked[i].handler == &fetch_row &&
            strcmp(daemon->parked[i].incoming.public_key, pending->incoming.public_key) == 0) {
            unpark(daemon, i);
            return;
        }
    }
}

/* Moves a taken request among the parked; false when a limit forbids it. */
static bool park(struct daemon *daemon, struct pending *pending, const struct reply *reply) {
    if (pending->handler == &fetch_row) {
        replace_parked_fetch(daemon, pending);
    }
    if (daemon->parked_count == PARKED_MAX || zmq_msg_size(&pending->incoming.frame) > PARKED_FRAME_BYTES_MAX ||
        parked_of(daemon, pending->incoming.public_key) >= PARKED_PER_PRINCIPAL_MAX) {
        return false;
    }
    pending->deadline_ms = daemon->now_ms + reply->wait_ms;
    pending->wait_number = reply->wait_number;
    daemon->parked[daemon->parked_count++] = *pending;
    return true;
}

/* Answers one query or leaves it waiting; *ret_waits tells. */
static int answer_query(struct daemon *daemon, struct pending *pending, struct store_txn *txn, struct reply *reply,
                        bool *ret_waits) {
    *ret_waits = false;
    void *socket = socket_of(daemon, pending->handler);
    int failure = 0;
    const struct principal *principal = admit(daemon, pending, &failure);
    if (!principal) {
        return failure;
    }
    *reply = (struct reply){.payload = daemon->payload};
    buffer_reset(&reply->payload);
    failure = run_handler(daemon, pending, principal, txn, reply);
    daemon->payload = reply->payload;
    if (failure < 0) {
        return failure;
    }
    if (!reply->answered) {
        *ret_waits = true;
        return 0;
    }
    struct outgoing outgoing;
    failure = build_reply(daemon, pending, principal, reply, &outgoing);
    if (failure == 0) {
        outgoing_send(socket, &outgoing, &daemon->counts);
    }
    return failure;
}

static int answer_parked(struct daemon *daemon, struct store_txn *txn, bool fetches) {
    for (size_t i = 0; i < daemon->parked_count;) {
        struct pending *pending = &daemon->parked[i];
        bool due = pending->wait_number <= daemon->journal.head || pending->deadline_ms <= daemon->now_ms ||
                   daemon->stopping || (daemon->backup_ended && pending->handler == &backup_row);
        if ((pending->handler == &fetch_row) != fetches || !due) {
            i++;
            continue;
        }
        struct reply reply;
        bool waits = false;
        int failure = answer_query(daemon, pending, txn, &reply, &waits);
        if (failure < 0) {
            return failure;
        }
        if (waits) {
            pending->wait_number = reply.wait_number;
            i++;
        } else {
            unpark(daemon, i);
        }
    }
    return 0;
}

static int answer_taken(struct daemon *daemon, struct store_txn *txn) {
    for (size_t i = 0; i < daemon->taken_count; i++) {
        struct pending *pending = &daemon->taken[i];
        if (!pending->handler) {
            continue;
        }
        struct reply reply;
        bool waits = false;
        int failure = answer_query(daemon, pending, txn, &reply, &waits);
        if (failure == 0 && waits) {
            if (park(daemon, pending, &reply)) {
                pending->handler = NULL;
                continue;
            }
            failure = refuse_busy(daemon, pending, "too many requests of this principal wait here",
                                  "ask again without wait_ms");
        }
        if (failure < 0) {
            return failure;
        }
        incoming_close(&pending->incoming);
        pending->handler = NULL;
    }
    daemon->taken_count = 0;
    return 0;
}

int serve_answers(struct daemon *daemon) {
    struct store_txn *txn = NULL;
    int failure = store_begin_read(daemon->store, &txn);
    if (failure < 0) {
        return failure;
    }
    failure = answer_parked(daemon, txn, true);
    for (size_t i = 0; i < daemon->reply_count; i++) {
        outgoing_send(zsock_resolve(daemon->commands), &daemon->replies[i], &daemon->counts);
    }
    daemon->reply_count = 0;
    if (failure == 0) {
        failure = answer_parked(daemon, txn, false);
    }
    if (failure == 0) {
        failure = answer_taken(daemon, txn);
    }
    store_abort(txn);
    return failure;
}

int64_t serve_due_ms(const struct daemon *daemon) {
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < daemon->parked_count; i++) {
        due = daemon->parked[i].deadline_ms < due ? daemon->parked[i].deadline_ms : due;
    }
    return due;
}

void serve_close(struct daemon *daemon) {
    /* After a failed turn: what was taken is not answered, and answers to what was not committed are not sent. */
    for (size_t i = 0; i < daemon->taken_count; i++) {
        if (daemon->taken[i].handler) {
            incoming_close(&daemon->taken[i].incoming);
        }
    }
    for (size_t i = 0; i < daemon->reply_count; i++) {
        outgoing_close(&daemon->replies[i]);
    }
    while (daemon->parked_count > 0) {
        unpark(daemon, daemon->parked_count - 1);
    }
}
