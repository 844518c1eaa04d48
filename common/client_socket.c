#include "common/client_socket.h"

#include <stdbool.h>

#define LINGER_MS 1000
#define HANDSHAKE_MS 5000
#define RECONNECT_MS 50
#define RECONNECT_MAX_MS 500

void socket_limits(zsock_t *socket, int64_t message_bytes_max) {
    /* CZMQ's setter takes an int, which holds our caps. */
    zsock_set_maxmsgsize(socket, (int)message_bytes_max);
    zsock_set_linger(socket, LINGER_MS);
    zsock_set_handshake_ivl(socket, HANDSHAKE_MS);
    zsock_set_tcp_keepalive(socket, 1);
    zsock_set_tcp_keepalive_idle(socket, 30);
    zsock_set_tcp_keepalive_intvl(socket, 10);
    zsock_set_tcp_keepalive_cnt(socket, 3);
}

zsock_t *client_socket_connect(const char *endpoint, const char *server_key, const char *public_key,
                               const char *secret_key, int64_t message_bytes_max) {
    zsock_t *socket = zsock_new(ZMQ_DEALER);
    if (!socket) {
        return NULL;
    }
    socket_limits(socket, message_bytes_max);
    zsock_set_immediate(socket, 1);
    zsock_set_reconnect_ivl(socket, RECONNECT_MS);
    zsock_set_reconnect_ivl_max(socket, RECONNECT_MAX_MS);
    zsock_set_curve_serverkey(socket, server_key);
    zsock_set_curve_publickey(socket, public_key);
    zsock_set_curve_secretkey(socket, secret_key);
    if (zsock_connect(socket, "%s", endpoint) != 0) {
        zsock_destroy(&socket);
    }
    return socket;
}
