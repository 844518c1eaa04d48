#include "common/exchange.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/require.h"

void exchange_count_refused(struct exchange_counts *counts, const char *code) {
    counts->refused++;
    counts->refused_by_code[metrics_refused_place(code)]++;
}

/* Receives the remaining frames of a message that has too many, and forgets them. */
static void drop_rest(void *socket) {
    int more = 1;
    while (more) {
        zmq_msg_t rest;
        (void)zmq_msg_init(&rest);
        if (zmq_msg_recv(&rest, socket, ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&rest);
            return;
        }
        more = zmq_msg_more(&rest);
        (void)zmq_msg_close(&rest);
    }
}

static int refuse_frame(void *socket, struct incoming *incoming, struct exchange_counts *counts, const char *code,
                        const char *field, const char *reason, const char *remedy) {
    int failure = incoming_refuse(socket, incoming, counts, code, field, reason, remedy);
    incoming_close(incoming);
    return failure < 0 ? failure : INCOMING_REFUSED;
}

/* Counts and answers a message that holds no envelope; *ret then tells whose it was and what is wrong. */
static int refuse_undecodable(void *socket, struct incoming *incoming, struct exchange_counts *counts,
                              const char *field, const char *fault, const char *remedy, struct incoming *ret) {
    counts->undecodable++;
    int failure = refuse_frame(socket, incoming, counts, "malformed", field, fault, remedy);
    if (failure < 0) {
        return failure;
    }
    struct incoming told = {.fault = fault};
    memcpy(told.public_key, incoming->public_key, sizeof told.public_key);
    *ret = told;
    return INCOMING_UNDECODABLE;
}

static void read_principal(struct incoming *incoming) {
    const char *user = zmq_msg_gets(&incoming->frame, "User-Id");
    if (user && strlen(user) < sizeof incoming->public_key) {
        memcpy(incoming->public_key, user, strlen(user) + 1);
    }
}

/* Fills type and ids from the frame; NULL or the sentence that says what is wrong with the envelope. */
static const char *read_envelope(struct incoming *incoming, struct arena *arena) {
    struct span bytes = {zmq_msg_data(&incoming->frame), zmq_msg_size(&incoming->frame)};
    arena_reset(arena);
    const Elp__V1__Envelope *envelope = wire_unpack(arena, &elp__v1__envelope__descriptor, bytes);
    if (!envelope) {
        return "the frame does not decode as an Envelope";
    }
    incoming->type = envelope->type;
    incoming->request_id = envelope->request_id;
    if (envelope->trace_id.len != 0 && envelope->trace_id.len != sizeof incoming->trace_id) {
        return "trace_id has neither 0 nor 16 bytes";
    }
    incoming->trace_bytes = envelope->trace_id.len;
    if (incoming->trace_bytes > 0) {
        memcpy(incoming->trace_id, envelope->trace_id.data, incoming->trace_bytes);
    }
    if (envelope->version != WIRE_VERSION) {
        return "foreign-version";
    }
    return NULL;
}

int incoming_take(void *socket, struct arena *arena, struct exchange_counts *counts, struct incoming *ret) {
    struct incoming incoming = {0};
    (void)zmq_msg_init(&incoming.identity);
    (void)zmq_msg_init(&incoming.frame);
    if (zmq_msg_recv(&incoming.identity, socket, ZMQ_DONTWAIT) < 0) {
        incoming_close(&incoming);
        return errno == EAGAIN || errno == EINTR ? INCOMING_NONE : FAILURE_SYSTEM;
    }
    counts->requests++;
    if (!zmq_msg_more(&incoming.identity) || zmq_msg_recv(&incoming.frame, socket, ZMQ_DONTWAIT) < 0) {
        counts->undecodable++;
        incoming_close(&incoming);
        return INCOMING_REFUSED;
    }
    read_principal(&incoming);
    if (zmq_msg_more(&incoming.frame)) {
        drop_rest(socket);
        return refuse_undecodable(socket, &incoming, counts, "frames", "a message has exactly one frame",
                                  "send one frame with one Envelope from a DEALER socket", ret);
    }
    const char *fault = read_envelope(&incoming, arena);
    if (fault && strcmp(fault, "foreign-version") == 0) {
        return refuse_frame(socket, &incoming, counts, fault, "version", "this daemon speaks version 1 only",
                            "set version to 1, or use a client made for this release");
    }
    if (fault) {
        return refuse_undecodable(socket, &incoming, counts, "envelope", fault, "see proto/elp/v1/envelope.proto", ret);
    }
    *ret = incoming;
    return INCOMING_TAKEN;
}

void incoming_close(struct incoming *incoming) {
    (void)zmq_msg_close(&incoming->identity);
    (void)zmq_msg_close(&incoming->frame);
}

struct span incoming_payload(struct incoming *incoming, struct arena *arena) {
    struct span bytes = {zmq_msg_data(&incoming->frame), zmq_msg_size(&incoming->frame)};
    const Elp__V1__Envelope *envelope = wire_unpack(arena, &elp__v1__envelope__descriptor, bytes);
    if (!envelope) {
        return (struct span){NULL, 0};
    }
    return (struct span){envelope->payload.data, envelope->payload.len};
}

/* --- what is not read yet ----------------------------------------------------------------------------------------- */

struct unread {
    atomic_size_t bytes;
    atomic_size_t holders; /* the caller, and every reply */
};

struct unread *unread_new(void) {
    struct unread *unread = calloc(1, sizeof *unread);
    if (unread) {
        atomic_init(&unread->holders, 1);
    }
    return unread;
}

void unread_release(struct unread *unread) {
    if (unread && atomic_fetch_sub(&unread->holders, 1) == 1) {
        free(unread);
    }
}

size_t unread_bytes(const struct unread *unread) {
    return atomic_load(&unread->bytes);
}

static void unread_add(struct unread *unread, size_t bytes) {
    if (unread) {
        (void)atomic_fetch_add(&unread->holders, 1);
        (void)atomic_fetch_add(&unread->bytes, bytes);
    }
}

static void unread_remove(struct unread *unread, size_t bytes) {
    if (unread) {
        (void)atomic_fetch_sub(&unread->bytes, bytes);
        unread_release(unread);
    }
}

/* A reply inside libzmq, which frees it from a thread of its own. */
struct under_way {
    struct unread *unread;
    size_t bytes;
};

static void free_under_way(void *data, void *hint) {
    struct under_way *under_way = hint;
    free(data);
    unread_remove(under_way->unread, under_way->bytes);
    free(under_way);
}

/* --- replies ------------------------------------------------------------------------------------------------------ */

int outgoing_build(const struct incoming *incoming, Elp__V1__MessageType type, struct span payload,
                   struct unread *unread, struct outgoing *ret) {
    struct outgoing outgoing = {0};
    Elp__V1__Envelope envelope = ELP__V1__ENVELOPE__INIT;
    envelope.version = WIRE_VERSION;
    envelope.type = type;
    envelope.request_id = incoming->request_id;
    envelope.trace_id = (ProtobufCBinaryData){incoming->trace_bytes, (uint8_t *)incoming->trace_id};
    envelope.payload = (ProtobufCBinaryData){payload.bytes, (uint8_t *)payload.data};
    int failure = buffer_pack(&outgoing.frame, &envelope.base);
    if (failure < 0) {
        return failure;
    }
    require(outgoing.frame.used <= WIRE_REPLY_BYTES_MAX);
    (void)zmq_msg_init(&outgoing.identity);
    /* zmq_msg_copy wants a non-const source; the source's content stays as it is. */
    if (zmq_msg_copy(&outgoing.identity, (zmq_msg_t *)&incoming->identity) != 0) {
        buffer_free(&outgoing.frame);
        return FAILURE_MEMORY;
    }
    outgoing.unread = unread;
    unread_add(unread, outgoing.frame.used);
    *ret = outgoing;
    return 0;
}

void outgoing_close(struct outgoing *outgoing) {
    (void)zmq_msg_close(&outgoing->identity);
    unread_remove(outgoing->unread, outgoing->frame.used);
    buffer_free(&outgoing->frame);
}

/* Hands the frame to libzmq without a copy. False with errno: it is still the outgoing's. */
static bool send_frame(void *socket, struct outgoing *outgoing) {
    zmq_msg_t message;
    struct under_way *under_way = malloc(sizeof *under_way);
    if (!under_way) {
        return false;
    }
    *under_way = (struct under_way){outgoing->unread, outgoing->frame.used};
    if (zmq_msg_init_data(&message, outgoing->frame.data, outgoing->frame.used, free_under_way, under_way) != 0) {
        free(under_way);
        return false;
    }
    outgoing->frame = (struct buffer){0};
    outgoing->unread = NULL;
    if (zmq_msg_send(&message, socket, ZMQ_DONTWAIT) >= 0) {
        return true;
    }
    int error = errno;
    (void)zmq_msg_close(&message); /* frees it as if it were sent */
    errno = error;
    return false;
}

void outgoing_send(void *socket, struct outgoing *outgoing, struct exchange_counts *counts) {
    bool sent =
        zmq_msg_send(&outgoing->identity, socket, ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0 && send_frame(socket, outgoing);
    if (!sent) {
        counts->lost[errno == EAGAIN ? METRICS_PEER_NOT_READING : METRICS_PEER_GONE]++;
    }
    outgoing_close(outgoing);
}

int incoming_refuse(void *socket, const struct incoming *incoming, struct exchange_counts *counts, const char *code,
                    const char *field, const char *reason, const char *remedy) {
    exchange_count_refused(counts, code);
    Elp__V1__Refused refused = ELP__V1__REFUSED__INIT;
    refused.code = (char *)code;
    refused.field = (char *)field;
    refused.reason = (char *)reason;
    refused.remedy = (char *)remedy;
    struct buffer payload = {0};
    struct outgoing outgoing;
    int failure = buffer_pack(&payload, &refused.base);
    if (failure == 0) {
        failure = outgoing_build(incoming, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REFUSED, buffer_span(&payload), NULL,
                                 &outgoing);
    }
    buffer_free(&payload);
    if (failure == 0) {
        outgoing_send(socket, &outgoing, counts);
    }
    return failure;
}
