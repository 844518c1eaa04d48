#ifndef ELP_COMMON_CLIENT_SOCKET_H
#define ELP_COMMON_CLIENT_SOCKET_H

#include <czmq.h>
#include <stdint.h>

/*
 * A connecting DEALER as every elp client and reader uses it: CURVE, IMMEDIATE (nothing queues for a dead peer), quick
 * reconnects, TCP keepalive, linger 1 s, never ZMTP heartbeats (pitfalls §2.2: libzmq 4.3.4 aborts). NULL when a socket
 * cannot be made or the endpoint is malformed.
 */
zsock_t *client_socket_connect(const char *endpoint, const char *server_key, const char *public_key,
                               const char *secret_key, int64_t message_bytes_max);

/* The options that connecting and binding sockets share: size cap, linger, TCP keepalive, IPv6 off. */
void socket_limits(zsock_t *socket, int64_t message_bytes_max);

#endif
