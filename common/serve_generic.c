#include <string.h>

#include "common/daemon_state.h"
#include "common/require.h"
#include "common/version.h"

/* What every daemon answers: health and journal-fetch here, daemon_upkeep.c has the others. Their core is the daemon. */

static int handle_health(void *state, struct request *request, const void *message, struct reply *reply) {
    (void)message;
    struct daemon *daemon = state;
    Elp__V1__HealthReply health = ELP__V1__HEALTH_REPLY__INIT;
    Elp__V1__UpstreamPosition positions[SERVICE_UPSTREAMS_MAX];
    Elp__V1__UpstreamPosition *pointers[SERVICE_UPSTREAMS_MAX];
    uint8_t digest[PRINCIPALS_DIGEST_BYTES];
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
    }
    if (daemon_diverged(daemon)) {
        health.state = "stopped";
        health.reason =
            "an upstream journal has another record at our position; rebuild this store with elpctl rebuild";
    }
    health.service = (char *)cell_service_names[daemon->service->id];
    health.version = ELP_VERSION;
    health.head = daemon->journal.head;
    health.head_hash = (ProtobufCBinaryData){JOURNAL_HASH_BYTES, daemon->journal.head_hash};
    health.epoch = (char *)daemon_epoch(daemon);
    health.simulated = daemon->cell.manual_clock;
    health.at_us = daemon->service->at ? daemon->service->at(daemon->core) : 0;
    health.n_upstream = daemon->service->upstream_count;
    health.upstream = pointers;
    store_usage(daemon->store, &health.map_bytes, &health.map_used_bytes);
    health.requests = daemon->counts.requests;
    health.requests_refused = daemon->counts.refused;
    health.frames_undecodable = daemon->counts.undecodable;
    health.requests_denied = daemon->counts.denied;
    principals_digest(daemon->principals, digest);
    health.principals_digest = (ProtobufCBinaryData){sizeof digest, digest};
    (void)request;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY, &health.base);
}

/* The records after a position, within the caps; pointers into the map, packed before the transaction ends. */
static int collect_records(struct daemon *daemon, struct request *request, const Elp__V1__JournalFetch *fetch,
                           Elp__V1__JournalPage *page) {
    uint64_t records_max =
        fetch->max_records && fetch->max_records < WIRE_PAGE_RECORDS_MAX ? fetch->max_records : WIRE_PAGE_RECORDS_MAX;
    uint64_t bytes_max =
        fetch->max_bytes && fetch->max_bytes < WIRE_PAGE_BYTES_MAX ? fetch->max_bytes : WIRE_PAGE_BYTES_MAX;
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
    if (request->principal->role == ROLE_DAEMON && daemon_diverged(daemon)) {
        return reply_refuse(reply, "stale", "", "this journal answers records that its upstream does not have any more",
                            "rebuild this daemon (elpctl rebuild)");
    }
    const uint8_t *hash = fetch->after > 0 ? fetch->hash.data : no_hash;
    enum journal_position position = JOURNAL_CONTINUES;
    int failure = journal_compare(&daemon->journal, request->txn, fetch->after, hash, &position);
    if (failure < 0) {
        return failure;
    }
    /* Nobody can have more of intake's journal than intake: it came back from a backup. */
    if (position == JOURNAL_AHEAD && daemon->service->upstream_count == 0) {
        position = JOURNAL_DIVERGED;
    }
    if (position == JOURNAL_CONTINUES && request_wait(request, reply, fetch->after + 1, fetch->wait_ms)) {
        return 0;
    }
    Elp__V1__JournalPage page = ELP__V1__JOURNAL_PAGE__INIT;
    page.state = position_states[position];
    page.service = (char *)cell_service_names[daemon->service->id];
    page.epoch = (char *)daemon_epoch(daemon);
    page.head = daemon->journal.head;
    page.after = fetch->after;
    page.last_hash = (ProtobufCBinaryData){JOURNAL_HASH_BYTES, (uint8_t *)hash};
    if (position == JOURNAL_CONTINUES) {
        failure = collect_records(daemon, request, fetch, &page);
    }
    return failure < 0 ? failure : reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_JOURNAL_PAGE, &page.base);
}

const struct handler health_row = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH,
                                   "health",
                                   ROLE_ANY,
                                   HANDLER_QUERY,
                                   &elp__v1__health__descriptor,
                                   handle_health,
                                   SCOPE_EVERYBODY};
const struct handler fetch_row = {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_JOURNAL_FETCH,
                                  "journal-fetch",
                                  ROLE_DAEMON | ROLE_OPERATOR,
                                  HANDLER_QUERY,
                                  &elp__v1__journal_fetch__descriptor,
                                  handle_journal_fetch,
                                  SCOPE_WHOLE};

const struct handler *const generic_handlers[GENERIC_HANDLERS] = {&health_row, &fetch_row, &backup_row, &rebuild_row};
