#ifndef ELP_COMMON_DAEMON_H
#define ELP_COMMON_DAEMON_H

#include <czmq.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/cell.h"
#include "common/failure.h"
#include "common/journal.h"
#include "common/metrics.h"
#include "common/principal.h"
#include "common/span.h"
#include "common/store.h"
#include "common/wire.h"

/*
 * The one loop that all daemons run (design.md, The turn): take what has arrived, bounded; begin one write transaction;
 * apply each item; commit once; then reply. No reply, page or event gets ahead of its commit. A daemon is described by
 * one const struct service; its main.c calls daemon_main() and nothing else.
 *
 * A service's core holds its in-memory state and knows no socket and no clock. Everything below runs on one thread.
 */

/* Bounds of one turn. */
#define TURN_FRAMES_MAX 1024 /* received from one socket; what is too much of one principal is refused */
#define TURN_FRAME_BYTES_MAX (8 * 1024 * 1024)
#define TURN_REQUESTS_MAX 256
#define TURN_REQUEST_BYTES_MAX (512 * 1024)
#define TURN_RECORDS_MAX 2000
#define PARKED_MAX 1024
#define PARKED_PER_PRINCIPAL_MAX 16

#define SERVICE_UPSTREAMS_MAX 3
#define VAULT_MAP_BYTES (UINT64_C(8) << 30) /* address space; 20 million people */

/* Every store has these as its first two tables; a service's own follow from SERVICE_TABLE_FIRST. */
#define TABLE_JOURNAL 0
#define TABLE_POSITIONS 1
#define SERVICE_TABLE_FIRST 2

/* What a core is given when it opens; all of it outlives the core. */
struct service_context {
    const struct cell *cell;
    const struct principals *principals; /* for scope checks beyond a row's roles; refreshed between turns */
    struct journal *journal;             /* this daemon's own */
    struct store *store;
    struct metrics *metrics; /* NULL in tests: nothing is counted */
    struct store *vault;     /* of a service with vault_tables, else NULL */
    bool new_vault;          /* --new-vault: the vault before it is lost */
    const char *restored;    /* name of the backup that this store is; NULL: it is none, or was opened since */
};

/* A request that a handler answers. Everything here lives until the handler returns. */
struct request {
    const struct principal *principal;
    struct store_txn *txn; /* command: the turn's write transaction; query: a read transaction */
    struct arena *arena;   /* scratch, reset after the handler */
    const struct journal *journal;
    bool last_chance; /* a parked request at its deadline: answer with what there is */
    bool stale;       /* this daemon stopped applying its upstream: say so in the reply */
};

/* Where a handler puts its answer; exactly one of the reply_ functions, or request_wait, is called per request. */
struct reply {
    Elp__V1__MessageType type;
    struct buffer payload;
    bool answered;
    bool refused;
    const char *code;     /* of a refusal; a constant */
    bool denied;          /* see reply_note_denied */
    uint64_t wait_number; /* parked until the head reaches it */
    uint32_t wait_ms;
};

MUST_USE int reply_with(struct reply *reply, Elp__V1__MessageType type, const ProtobufCMessage *message);

/* Answers Refused: code (a constant), field ("" for the whole), one sentence of reason, one of remedy. */
MUST_USE int reply_refuse(struct reply *reply, const char *code, const char *field, const char *reason,
                          const char *remedy);

/*
 * The request is answered, but a part of it was refused because this principal may not do that: a line for a provider that
 * it does not represent, a fact of another network. It is counted and logged as a denied request is.
 */
void reply_note_denied(struct reply *reply);

/*
 * For queries: true when the request is parked until this daemon's head has reached `number`, at most wait_ms (capped at
 * WIRE_WAIT_MS_MAX). The handler then returns 0 at once and is called again with the same message. False: answer now.
 */
bool request_wait(const struct request *request, struct reply *reply, uint64_t number, uint32_t wait_ms);

enum handler_kind {
    HANDLER_QUERY,   /* reads; runs outside the write transaction, sees committed state only */
    HANDLER_COMMAND, /* writes; runs in the turn's write transaction, answered after its commit */
};

/* One row: message kind, its name for logs, who may send it, what it decodes to, function. */
struct handler {
    Elp__V1__MessageType type;
    const char *name;
    unsigned roles; /* set of enum role */
    enum handler_kind kind;
    const ProtobufCMessageDescriptor *descriptor;
    /* Returns 0 or an infrastructure failure, which ends the process. message is in the request's arena. */
    int (*handle)(void *core, struct request *request, const void *message, struct reply *reply);
    const char *scope; /* what of it a principal with these roles gets, in a few words; see --handlers */
    bool parts;        /* its parts are judged one by one: decoded with wire_unpack_parts */
};

/* Decodes what a row takes; NULL when the payload is no such message. */
static inline const void *handler_unpack(const struct handler *handler, struct arena *arena, struct span payload) {
    return handler->parts ? wire_unpack_parts(arena, handler->descriptor, payload)
                          : wire_unpack(arena, handler->descriptor, payload);
}

/* A right that is no request of its own: a kind of fact in a load, a subscription. For --handlers; the service enforces it. */
struct right {
    const char *name; /* "load-registry site" */
    unsigned roles;
    const char *scope;
};

/* Words of struct handler's and struct right's scope that several have. */
#define SCOPE_EVERYBODY "the same for everybody"
#define SCOPE_WHOLE "the whole cell"
#define SCOPE_NETWORKS "networks of its scope"
#define SCOPE_ATTESTED "networks of its scope; an integrator there what it attested itself"

struct service {
    enum cell_service id;
    const char *const *tables; /* "journal", "positions", then the service's own */
    size_t table_count;
    const struct handler *handlers;
    size_t handler_count;
    const struct right *rights;
    size_t right_count;
    enum cell_service upstreams[SERVICE_UPSTREAMS_MAX];
    size_t upstream_count; /* 0: intake */

    /*
     * Loads in-memory state from the store; may write (first start). *ret_core is passed to everything else.
     * Intake checks here that the store's clock mode fits the cell (FAILURE_CONFIG with a printed sentence).
     */
    int (*open)(const struct service_context *context, struct store_txn *txn, void **ret_core);
    void (*close)(void *core); /* accepts NULL */

    /* Intake only, may be NULL: called at the start of each write transaction with the machine's time. */
    int (*begin_turn)(void *core, struct store_txn *txn, instant_us now);

    /*
     * Intake only: its vault, a second small store in <cell>/vault or where --vault says. The loop opens and closes it, the
     * core writes to it in transactions of its own. before_commit: what the turn added there is on the disk when it returns
     * 0, and only then the store is committed. after_commit: before any reply of the turn.
     */
    const char *const *vault_tables;
    size_t vault_table_count; /* 0: no vault */
    int (*before_commit)(void *core);
    int (*after_commit)(void *core);

    /* Intake only, may be NULL: is a write turn due without any request (a new Brussels day on the real clock)? */
    bool (*turn_due)(void *core, instant_us now);

    /* What Health and pages tell: intake's epoch (16 digits; intake only) and the time of the last record. May be NULL. */
    const char *(*epoch)(const void *core);
    instant_us (*at)(const void *core);

    /*
     * Downstream only, may be NULL: the epoch of intake's journal as it is now, told before records of it are applied. While a
     * store is filled again its own records tell of older ones.
     */
    void (*epoch_told)(void *core, const char *epoch);

    /*
     * Downstream only: the answer to record `number`. records[i] are the exact bytes of that record in upstreams[i]. Packs
     * its own record into *record (a serialised RatingRecord, …, with number set); the loop appends it and stores the
     * positions. A record that cannot be decoded or applied: FAILURE_UPSTREAM, after a log line that says why.
     */
    int (*apply)(void *core, struct store_txn *txn, uint64_t number, const struct span *records, struct buffer *record);

    /* Optional edge with one more socket: reporting's feed. All may be NULL. */
    int (*edge_open)(void *core, const struct service_context *context, const char *public_key, const char *secret_key,
                     void **ret_edge, zsock_t **ret_socket);
    int (*edge_readable)(void *edge);                          /* drain that socket */
    int (*edge_committed)(void *edge, struct store_txn *read); /* after a commit that moved the head */
    int (*edge_second)(void *edge, struct store_txn *read, bool principals_changed); /* once a second */
    void (*edge_close)(void *edge);
};

/*
 * Runs a daemon: parses its options (daemon_options.h; --cell DIR or $ELP_CELL is needed); opens; loops until SIGTERM or
 * SIGINT; drains; closes; or does the task that an option names instead (daemon_tasks.h). Returns the process's exit code: 0 after
 * a signal, 1 from --health when the daemon is not well, 64 for unknown options, else failure_exit_code().
 */
int daemon_main(const struct service *service, int argc, char **argv);

/*
 * Sets a server socket's CURVE and limits as every elp server needs them (ZAP domain, MAXMSGSIZE, linger, handshake
 * interval, MANDATORY for ROUTERs). Call before bind and after zauth runs.
 */
void server_socket_secure(zsock_t *socket, const char *public_key, const char *secret_key, int64_t message_bytes_max);

#endif
