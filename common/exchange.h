#ifndef ELP_COMMON_EXCHANGE_H
#define ELP_COMMON_EXCHANGE_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/failure.h"
#include "common/metrics.h"
#include "common/principal.h"
#include "common/wire.h"

/*
 * Frames in and out of a ROUTER: the fixed layout [routing id][envelope] and nothing else. Everything that a stranger can
 * do to a frame ends here as a Refused reply.
 */

/* A request as it arrived; the frame is kept until it is answered, because a parked query is decoded again. */
struct incoming {
    zmq_msg_t identity;
    zmq_msg_t frame;
    char public_key[KEY_TEXT_BYTES]; /* User-Id of the frame; empty when there is none */
    Elp__V1__MessageType type;
    uint64_t request_id;
    uint8_t trace_id[16];
    size_t trace_bytes;
    const char *fault; /* of an INCOMING_UNDECODABLE: what is wrong with it, a constant */
};

/* Counts for Health and metrics. */
struct exchange_counts {
    uint64_t requests;
    uint64_t refused;
    uint64_t denied;
    uint64_t undecodable;
    uint64_t refused_by_code[METRICS_REFUSED_CODES];
    uint64_t lost[METRICS_LOSSES]; /* replies whose peer was gone or not reading */
};

/* Counts one request refused as a whole with this code. */
void exchange_count_refused(struct exchange_counts *counts, const char *code);

enum incoming_outcome {
    INCOMING_TAKEN = 0,
    INCOMING_NONE = 1,        /* nothing waits on the socket */
    INCOMING_REFUSED = 2,     /* something arrived that is no request; it was answered and counted */
    INCOMING_UNDECODABLE = 3, /* the same, and it holds no envelope: *ret tells whose it was */
};

/*
 * Takes one request from a ROUTER without waiting. Wrong frame counts, undecodable envelopes and foreign versions are answered
 * here. On INCOMING_TAKEN the caller owns *ret (incoming_close); on INCOMING_UNDECODABLE *ret tells public_key and fault, and
 * there is nothing to close.
 */
MUST_USE int incoming_take(void *socket, struct arena *arena, struct exchange_counts *counts, struct incoming *ret);
void incoming_close(struct incoming *incoming);

/* The payload of a taken request, unpacked again into the arena; empty only if the envelope's was. */
struct span incoming_payload(struct incoming *incoming, struct arena *arena);

/*
 * Bytes of replies that were made for somebody and have not been passed on to the network: they wait for a commit or, because
 * the peer reads too slowly, inside libzmq, whose threads count them off. Lives until the last reply is gone.
 */
struct unread;
struct unread *unread_new(void); /* NULL without memory */
void unread_release(struct unread *unread);
size_t unread_bytes(const struct unread *unread);

/* A finished reply, waiting for the commit. */
struct outgoing {
    zmq_msg_t identity;
    struct buffer frame;
    struct unread *unread;
};

/*
 * Builds the reply frame to `incoming` from a packed payload. A payload larger than the reply cap is our bug. Its bytes count
 * as `unread`, which may be NULL, until they are sent, lost or freed.
 */
MUST_USE int outgoing_build(const struct incoming *incoming, Elp__V1__MessageType type, struct span payload,
                            struct unread *unread, struct outgoing *ret);

/* Sends without waiting; a peer that is gone or does not read loses its reply and is counted. Frees `outgoing`. */
void outgoing_send(void *socket, struct outgoing *outgoing, struct exchange_counts *counts);

/* Frees an answer that is not sent. */
void outgoing_close(struct outgoing *outgoing);

/* Answers a request at once with Refused. */
MUST_USE int incoming_refuse(void *socket, const struct incoming *incoming, struct exchange_counts *counts,
                             const char *code, const char *field, const char *reason, const char *remedy);

#endif
