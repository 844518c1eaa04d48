#ifndef ELP_COMMON_DAEMON_STATE_H
#define ELP_COMMON_DAEMON_STATE_H

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/backup.h"
#include "common/callers.h"
#include "common/daemon.h"
#include "common/exchange.h"
#include "common/http.h"
#include "common/upstream.h"

/* The state of one running daemon; shared by the daemon*.c (open, close), turn.c (the loop) and serve.c (requests) only. */

#define REQUEST_NAMES_MAX 64

/* A request between its arrival and its answer. */
struct pending {
    struct incoming incoming;
    const struct handler *handler;
    int64_t deadline_ms;  /* parked: answer by then; 0: not parked yet */
    uint64_t wait_number; /* parked: answer when the head has reached it */
};

struct daemon {
    const struct service *service;
    struct cell cell;
    char store_dir[CELL_PATH_BYTES];
    char handshake_dir[CELL_PATH_BYTES + 16]; /* the keys that zauth admits */
    bool export_due;                          /* writing them failed, to be repeated */
    char public_key[KEY_TEXT_BYTES];
    char secret_key[KEY_TEXT_BYTES];
    struct principals *principals;
    struct store *store;
    struct store *vault; /* NULL: the service has none */
    bool new_vault;
    struct journal journal;
    void *core;
    void *edge;
    zactor_t *zauth;
    zsock_t *commands;
    zsock_t *journal_socket;
    zsock_t *edge_socket; /* owned by the edge */
    int signal_fd;
    struct upstream *upstreams[SERVICE_UPSTREAMS_MAX];
    struct arena arena;
    struct buffer record;  /* of the record being applied */
    struct buffer payload; /* of the reply being built */
    struct exchange_counts counts;
    struct metrics *metrics;
    const char *request_names[REQUEST_NAMES_MAX];
    const char *upstream_names[SERVICE_UPSTREAMS_MAX];
    zsock_t *handshakes[METRICS_SOCKETS]; /* monitors of the server sockets */
    struct {
        uint64_t count;    /* keys refused since the last line about it */
        int64_t logged_ms; /* when that line was logged; 0: never */
    } foreign_keys[METRICS_SOCKETS];
    struct http *http;
    struct backup *backup;
    struct backup *vault_backup; /* NULL: there is no vault */

    struct callers *callers;                 /* with what has arrived and waits for a turn */
    struct pending taken[TURN_REQUESTS_MAX]; /* of this turn, in order */
    size_t taken_count;
    struct pending parked[PARKED_MAX];
    size_t parked_count;
    struct outgoing replies[TURN_REQUESTS_MAX]; /* of commands, sent after the commit */
    size_t reply_count;

    int64_t now_ms;    /* monotonic, of this turn */
    int64_t second_ms; /* when the once-a-second work is due */
    bool more_waits;   /* a bound of the turn was hit: do not sleep */
    bool stopping;
    bool rebuilding;   /* when the loop has ended, the store is set aside */
    bool backup_ended; /* in this turn: who waits for it is answered */
};

/* serve.c */

/*
 * Receives from both sockets, bounded; refusals that touch no state are answered at once. Of what waits then, this turn's
 * requests are taken round about between callers.
 */
MUST_USE int serve_take(struct daemon *daemon);
/* Whether anything taken needs the write transaction. */
bool serve_has_commands(const struct daemon *daemon);
/* Runs the taken commands in the write transaction; replies wait in daemon->replies. */
MUST_USE int serve_commands(struct daemon *daemon, struct store_txn *txn);
/* After the commit: parked fetches first, then command replies, then queries, taken and parked. */
MUST_USE int serve_answers(struct daemon *daemon);
/* Monotonic time of the earliest deadline among the parked. */
int64_t serve_due_ms(const struct daemon *daemon);
void serve_close(struct daemon *daemon);

/* daemon_metrics.c */

/* Before the core opens. */
MUST_USE int daemon_metrics_open(struct daemon *daemon);
/* Once the server sockets are bound: watches their handshakes, and serves the page where cell.yaml names an address. */
MUST_USE int daemon_metrics_listen(struct daemon *daemon);
/* At the end of each turn, and once a second. */
void daemon_metrics_turn(struct daemon *daemon);
void daemon_metrics_second(struct daemon *daemon);
/* After a commit that began at `began_us` and wrote `records`. */
void daemon_metrics_committed(struct daemon *daemon, uint64_t began_us, uint64_t records);
/* Before the server sockets are destroyed. */
void daemon_metrics_unwatch(struct daemon *daemon);
void daemon_metrics_close(struct daemon *daemon);
/* The place of a request type; handler NULL: one that no socket takes. */
size_t daemon_metrics_request(const struct daemon *daemon, const struct handler *handler);

/* daemon_upkeep.c */

extern const struct handler backup_row;
extern const struct handler rebuild_row;
/* An upstream journal has another record at our position: nothing more is applied, and no daemon reads our journal. */
bool daemon_diverged(const struct daemon *daemon);
/*
 * The epoch of intake's journal that our own journal answers: intake's own, or that which all upstreams tell; "" while they
 * do not agree. As long as it is "" no record is applied: after a restore of intake one upstream may still hold answers to
 * records that are lost.
 */
const char *daemon_epoch(const struct daemon *daemon);

/* The rows that every daemon has, in front of its own: health, journal-fetch, backup and rebuild. serve_generic.c */
#define GENERIC_HANDLERS 4
extern const struct handler health_row;
extern const struct handler fetch_row;
extern const struct handler *const generic_handlers[GENERIC_HANDLERS];

/* daemon_rights.c: one line of JSON per request and right of the service, those that every daemon has included. */
void daemon_print_rights(const struct service *service);

/* turn.c */

MUST_USE int turn_loop(struct daemon *daemon);
int64_t monotonic_ms(void);
uint64_t monotonic_us(void);

#endif
