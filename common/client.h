#ifndef ELP_COMMON_CLIENT_H
#define ELP_COMMON_CLIENT_H

#include <czmq.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/cell.h"
#include "common/failure.h"
#include "common/wire.h"

/*
 * A request socket to one daemon: DEALER with CURVE, IMMEDIATE, TCP keepalive, finite linger; never ZMTP heartbeats
 * (pitfalls §2.2). Used by elpctl and by tests. One request at a time; late replies to given-up requests are dropped.
 */
struct client;

enum client_socket { CLIENT_COMMANDS, CLIENT_JOURNAL };

/*
 * Connects as principal `as` (its key <cell>/keys/<as>.key) to a daemon of the cell. FAILURE_CONFIG with a printed
 * sentence when a key is missing or unusable.
 */
MUST_USE int client_open(const struct cell *cell, const char *as, enum cell_service service, enum client_socket socket,
                         struct client **ret);
void client_close(struct client *client);

enum client_outcome {
    CLIENT_REPLIED = 0,
    CLIENT_TIMEOUT = 1,     /* nobody answered in time: daemon stopped, wrong key or not allowed */
    CLIENT_REFUSED = 2,     /* the daemon answered Refused */
    CLIENT_NOT_ALLOWED = 3, /* the handshake was refused: this key is not in the allow folder */
};

/*
 * Sends a request and waits for its reply. On CLIENT_REPLIED *ret_reply is a message of `reply_descriptor` in the client's
 * arena, valid until the next call. On CLIENT_REFUSED *ret_refused likewise. Negative: infrastructure.
 * `refused` and `reply` pointers not concerned stay untouched.
 */
MUST_USE int client_call(struct client *client, Elp__V1__MessageType type, const ProtobufCMessage *request,
                         Elp__V1__MessageType reply_type, const ProtobufCMessageDescriptor *reply_descriptor,
                         int timeout_ms, void **ret_reply, Elp__V1__Refused **ret_refused);

/* Pipelined form for submissions: send returns the request id; receive gives the next reply of any request, with the outcomes
 * CLIENT_REPLIED, CLIENT_TIMEOUT and CLIENT_NOT_ALLOWED; a Refused reply is a reply here. */
MUST_USE int client_send(struct client *client, Elp__V1__MessageType type, const ProtobufCMessage *request,
                         int timeout_ms, uint64_t *ret_request_id);
MUST_USE int client_receive(struct client *client, int timeout_ms, uint64_t *ret_request_id,
                            Elp__V1__MessageType *ret_type, struct span *ret_payload);

/* Unpacks a received payload into the client's arena; NULL when it is no such message. Valid until the next receive. */
void *client_unpack(struct client *client, const ProtobufCMessageDescriptor *descriptor, struct span payload);

#endif
