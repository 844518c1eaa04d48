#include <stdlib.h>
#include <string.h>

#include "common/daemon_state.h"
#include "common/log.h"
#include "common/require.h"
#include "common/version.h"

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

bool request_wait(const struct request *request, struct reply *reply, uint64_t number, uint32_t wait_ms) {
    if (request->last_chance || wait_ms == 0 || request->journal->head >= number) {
        return false;
    }
    reply->wait_number = number;
    reply->wait_ms = wait_ms > WIRE_WAIT_MS_MAX ? WIRE_WAIT_MS_MAX : wait_ms;
    return true;
}

/* --- what every daemon answers ------------------------------------------------------------------------------------ */

static int handle_health(void *state, struct request *request, const void *message, struct reply *reply) {
    (void)message;
    struct daemon *daemon = state;
    Elp__V1__HealthReply health = ELP__V1__HEALTH_REPLY__INIT;
    Elp__V1__UpstreamPosition positions[SERVICE_UPSTREAMS_MAX];
    Elp__V1__UpstreamPosition *pointers[SERVICE_UPSTREAMS_MAX];
    const char *epoch = "";
    health.state = "running";
    for (size_t i = 0; i < daemon->service->upstream_count; i++) {
        const struct upstream *upstream = daemon->upstreams[i];
        const uint8_t *hash = NULL;
        elp__v1__upstream_position__init(&positions[i]);
        positions[i].service = (char *)cell_service_names[upstream_id(upstream)];
        positions[i].number = upstream_applied(upstream, &hash);
        positions[i].hash = (ProtobufCBinaryData){JOURNAL_HASH_BYTES, (uint8_t *)hash};
        positions[i].head = upstream_head(upstream);
        positions[i].connected = upstream_connected(upstream, daemon->now_ms);
        pointers[i] = &positions[i];
        epoch = upstream_epoch(upstream)[0] ? upstream_epoch(upstream) : epoch;
        if (upstream_state(upstream) == UPSTREAM_DIVERGED) {
            health.state = "stopped";
            health.reason = "an upstream journal has another record at our position; rebuild this store";
        }
    }
    if (daemon->service->epoch) {
        epoch = daemon->service->epoch(daemon->core);
    }
    health.service = (char *)cell_service_names[daemon->service->id];
    health.version = ELP_VERSION;
    health.head = daemon->journal.head;
    health.head_hash = (ProtobufCBinaryData){JOURNAL_HASH_BYTES, daemon->journal.head_hash};
    health.epoch = (char *)epoch;
    health.simulated = daemon->cell.manual_clock;
    health.at_us = daemon->service->at ? daemon->service->at(daemon->core) : 0;
    health.n_upstream = daemon->service->upstream_count;
    health.upstream = pointers;
    store_usage(daemon->store, &health.map_bytes, &health.map_used_bytes);
    health.requests = daemon->counts.requests;
    health.requests_refused = daemon->counts.refused;
    health.frames_undecodable = daemon->counts.undecodable;
    health.requests_denied = daemon->counts.denied;
    (void)request;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY, &health.base);
}

/* The records after a position, within the caps; pointers into the map, packed before the transaction ends. */
static int collect_records(struct daemon *daemon, struct request *request, const Elp__V1__JournalFetch *fetch,
                           Elp__V1__JournalPage *page) {
    uint64_t records_max = fetch->max_records && fetch->max_records < WIRE_PAGE_RECORDS_MAX ? fetch->max_records
                                                                                           : WIRE_PAGE_RECORDS_MAX;
    uint64_t bytes_max = fetch->max_bytes && fetch->max_bytes < WIRE_PAGE_BYTES_MAX ? fetch->max_bytes : WIRE_PAGE_BYTES_MAX;
    page->records = arena_take(request->arena, WIRE_PAGE_RECORDS_MAX * sizeof *page->records);
    require(page->records != NULL);
    uint64_t bytes = 0;
    for (uint64_t n = fetch->after + 1; n <= daemon->journal.head && page->n_records < records_max; n++) {
        struct span record;
        const uint8_t *hash = NULL;
        int failure = journal_read(&daemon->journal, request->txn, n, &record, &hash);
        if (failure < 0) {
            return failure;
        }
        if (page->n_records > 0 && bytes + record.bytes > bytes_max) {
            break;
        }
        bytes += record.bytes;
        page->records[page->n_records++] = (ProtobufCBinaryData){record.bytes, (uint8_t *)record.data};
        page->last_hash = (ProtobufCBinaryData){JOURNAL_HASH_BYTES, (uint8_t *)hash};
    }
    return 0;
}

static const Elp__V1__PositionState position_states[] = {
    [JOURNAL_CONTINUES] = ELP__V1__POSITION_STATE__POSITION_STATE_CONTINUES,
    [JOURNAL_AHEAD] = ELP__V1__POSITION_STATE__POSITION_STATE_AHEAD,
    [JOURNAL_DIVERGED] = ELP__V1__POSITION_STATE__POSITION_STATE_DIVERGED,
};

static int handle_journal_fetch(void *state, struct request *request, const void *message, struct reply *reply) {
    struct daemon *daemon = state;
    const Elp__V1__JournalFetch *fetch = message;
    static const uint8_t no_hash[JOURNAL_HASH_BYTES];
    if (fetch->after > 0 && fetch->hash.len != JOURNAL_HASH_BYTES) {
        return reply_refuse(reply, "malformed", "hash", "a position after a record carries its 32-byte chain hash",
                            "send the hash of record `after`, or after 0 without one");
    }
    const uint8_t *hash = fetch->after > 0 ? fetch->hash.data : no_hash;
    enum journal_position position = JOURNAL_CONTINUES;
    int failure = journal_compare(&daemon->journal, request->txn, fetch->after, hash, &position);
    if (failure < 0) {
        return failure;
    }
    if (position == JOURNAL_CONTINUES && request_wait(request, reply, fetch->after + 1, fetch->wait_ms)) {
        return 0;
    }
    Elp__V1__JournalPage page = ELP__V1__JOURNAL_PAGE__INIT;
    page.state = position_states[position];
    page.service = (char *)cell_service_names[daemon->service->id];
    page.epoch = daemon->service->epoch ? (char *)daemon->service->epoch(daemon->core) : "";
    page.head = daemon->journal.head;
    page.after = fetch->after;
    page.last_hash = (ProtobufCBinaryData){JOURNAL_HASH_BYTES, (uint8_t *)hash};
    if (position == JOURNAL_CONTINUES) {
        failure = collect_records(daemon, request, fetch, &page);
    }
    return failure < 0 ? failure : reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_JOURNAL_PAGE, &page.base);
}

static const struct handler health_row = {
    ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH, "health", ROLE_ANY, HANDLER_QUERY, &elp__v1__health__descriptor, handle_health};
static const struct handler fetch_row = {
    ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_JOURNAL_FETCH, "journal-fetch", ROLE_DAEMON | ROLE_OPERATOR, HANDLER_QUERY,
    &elp__v1__journal_fetch__descriptor, handle_journal_fetch};

const struct handler *const generic_handlers[GENERIC_HANDLERS] = {&health_row, &fetch_row};

/* --- taking and dispatching --------------------------------------------------------------------------------------- */

static bool is_generic(const struct handler *handler) {
    return handler == &health_row || handler == &fetch_row;
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
    if (type == health_row.type) {
        return &health_row;
    }
    for (size_t i = 0; i < daemon->service->handler_count; i++) {
        if (daemon->service->handlers[i].type == type) {
            return &daemon->service->handlers[i];
        }
    }
    return NULL;
}

/* May this key send this request? NULL when not; the refusal was sent. */
static const struct principal *authorise(struct daemon *daemon, const struct pending *pending, int *ret_failure) {
    const struct incoming *incoming = &pending->incoming;
    const struct principal *principal = principals_by_key(daemon->principals, incoming->public_key);
    *ret_failure = 0;
    if (principal && (principal->role & pending->handler->roles)) {
        return principal;
    }
    daemon->counts.denied++;
    count_request(daemon, pending->handler, METRICS_DENIED);
    log_line(LOG_LEVEL_WARNING, "denied", "request", LOG_TEXT, pending->handler->name, "principal", LOG_TEXT,
             principal ? principal->name.text : "unknown", NULL);
    *ret_failure = incoming_refuse(socket_of(daemon, pending->handler), incoming, &daemon->counts, "denied", "",
                                   principal ? "this principal's role may not send this request"
                                             : "this key is not allowed, or not any more",
                                   "use a principal of another role, or ask the operator (elpctl keys list)");
    return NULL;
}

/* Takes one request; *ret_taken false when the socket is empty. */
static int take_one(struct daemon *daemon, bool journal_socket, bool *ret_any, size_t *ret_bytes) {
    void *socket = zsock_resolve(journal_socket ? daemon->journal_socket : daemon->commands);
    struct pending *pending = &daemon->taken[daemon->taken_count];
    *pending = (struct pending){0};
    int outcome = incoming_take(socket, &daemon->arena, &daemon->counts, &pending->incoming);
    if (outcome < 0) {
        return outcome;
    }
    *ret_any = outcome != INCOMING_NONE;
    if (outcome != INCOMING_TAKEN) {
        return 0;
    }
    *ret_bytes += zmq_msg_size(&pending->incoming.frame);
    pending->handler = find_handler(daemon, journal_socket, pending->incoming.type);
    int failure = 0;
    if (!pending->handler) {
        count_request(daemon, NULL, METRICS_REFUSED);
        failure = incoming_refuse(socket, &pending->incoming, &daemon->counts, "unknown-type", "type",
                                  "this socket of this daemon does not take that request",
                                  "see the message types in proto/elp/v1/envelope.proto; journal fetches have a socket of "
                                  "their own");
        incoming_close(&pending->incoming);
        return failure;
    }
    if (!authorise(daemon, pending, &failure)) {
        incoming_close(&pending->incoming);
        return failure;
    }
    daemon->taken_count++;
    return 0;
}

int serve_take(struct daemon *daemon) {
    size_t bytes = 0;
    daemon->taken_count = 0;
    daemon->reply_count = 0;
    for (int pass = 0; pass < 2; pass++) {
        bool journal_socket = pass == 0;
        bool any = true;
        size_t limit = journal_socket ? TURN_REQUESTS_MAX / 4 : TURN_REQUESTS_MAX;
        while (any && daemon->taken_count < limit && bytes < TURN_REQUEST_BYTES_MAX) {
            int failure = take_one(daemon, journal_socket, &any, &bytes);
            if (failure < 0) {
                return failure;
            }
        }
        daemon->more_waits = daemon->more_waits || any;
    }
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
    const void *message = wire_unpack(&daemon->arena, pending->handler->descriptor, payload);
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

static int build_reply(struct daemon *daemon, const struct pending *pending, struct reply *reply,
                       struct outgoing *ret_outgoing) {
    require(reply->answered);
    count_request(daemon, pending->handler, reply->refused ? METRICS_REFUSED : METRICS_ANSWERED);
    if (reply->refused) {
        exchange_count_refused(&daemon->counts, reply->code);
    }
    daemon->payload = reply->payload;
    return outgoing_build(&pending->incoming, reply->type, buffer_span(&reply->payload), ret_outgoing);
}

int serve_commands(struct daemon *daemon, struct store_txn *txn) {
    for (size_t i = 0; i < daemon->taken_count; i++) {
        struct pending *pending = &daemon->taken[i];
        if (pending->handler->kind != HANDLER_COMMAND) {
            continue;
        }
        const struct principal *principal = principals_by_key(daemon->principals, pending->incoming.public_key);
        require(principal != NULL);
        struct reply reply = {.payload = daemon->payload};
        buffer_reset(&reply.payload);
        int failure = run_handler(daemon, pending, principal, txn, &reply);
        daemon->payload = reply.payload;
        if (failure == 0) {
            failure = build_reply(daemon, pending, &reply, &daemon->replies[daemon->reply_count]);
        }
        if (failure < 0) {
            return failure;
        }
        daemon->reply_count++;
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
    const struct principal *principal = authorise(daemon, pending, &failure);
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
    failure = build_reply(daemon, pending, reply, &outgoing);
    if (failure == 0) {
        outgoing_send(socket, &outgoing, &daemon->counts);
    }
    return failure;
}

static int answer_parked(struct daemon *daemon, struct store_txn *txn, bool fetches) {
    for (size_t i = 0; i < daemon->parked_count;) {
        struct pending *pending = &daemon->parked[i];
        bool due = pending->wait_number <= daemon->journal.head || pending->deadline_ms <= daemon->now_ms || daemon->stopping;
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
            count_request(daemon, pending->handler, METRICS_REFUSED);
            failure = incoming_refuse(socket_of(daemon, pending->handler), &pending->incoming, &daemon->counts, "busy", "",
                                      "too many requests of this principal wait here", "ask again without wait_ms");
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
