#include "common/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/client_socket.h"
#include "common/principal.h"
#include "common/require.h"

struct client {
    zsock_t *socket;
    zactor_t *monitor; /* tells a refused handshake from a silent daemon */
    struct arena arena;
    uint64_t request_id;
    bool refused_handshake;
};

static int load_keys(const struct cell *cell, const char *as, enum cell_service service, char *ret_public,
                     char *ret_secret, char *ret_server) {
    char path[CELL_PATH_BYTES];
    char file[80];
    (void)snprintf(file, sizeof file, "keys/%.40s.key", as);
    cell_path(cell, file, path);
    int failure = secret_key_load(path, ret_public, ret_secret);
    if (failure < 0) {
        return failure;
    }
    struct principals *principals = NULL;
    cell_path(cell, "allow", path);
    failure = principals_open(path, &principals);
    if (failure < 0) {
        return failure;
    }
    const struct principal *server = principals_by_name(principals, cell_service_names[service]);
    if (server) {
        memcpy(ret_server, server->public_key, KEY_TEXT_BYTES);
    } else {
        failure_say("%s has no public key of the daemon '%s'; copy its file there\n", path,
                    cell_service_names[service]);
        failure = FAILURE_CONFIG;
    }
    principals_close(principals);
    return failure;
}

static int start_monitor(struct client *client) {
    client->monitor = zactor_new(zmonitor, client->socket);
    if (!client->monitor ||
        zstr_sendx(client->monitor, "LISTEN", "HANDSHAKE_FAILED_AUTH", "HANDSHAKE_FAILED_PROTOCOL", NULL) != 0 ||
        zstr_send(client->monitor, "START") != 0 || zsock_wait(client->monitor) < 0) {
        return FAILURE_SYSTEM;
    }
    return 0;
}

int client_open(const struct cell *cell, const char *as, enum cell_service service, enum client_socket socket,
                struct client **ret) {
    char public_key[KEY_TEXT_BYTES];
    char secret_key[KEY_TEXT_BYTES];
    char server_key[KEY_TEXT_BYTES];
    int failure = load_keys(cell, as, service, public_key, secret_key, server_key);
    if (failure < 0) {
        return failure;
    }
    struct client *client = calloc(1, sizeof *client);
    if (!client) {
        return FAILURE_MEMORY;
    }
    const struct cell_endpoints *endpoints = &cell->services[service];
    failure = arena_open(&client->arena, WIRE_ARENA_BYTES);
    if (failure == 0) {
        client->socket = client_socket_connect(socket == CLIENT_JOURNAL ? endpoints->journal : endpoints->commands,
                                               server_key, public_key, secret_key, WIRE_REPLY_BYTES_MAX);
        failure = client->socket ? start_monitor(client) : FAILURE_SYSTEM;
    }
    if (failure < 0) {
        client_close(client);
        return failure;
    }
    *ret = client;
    return 0;
}

void client_close(struct client *client) {
    if (!client) {
        return;
    }
    zactor_destroy(&client->monitor);
    zsock_destroy(&client->socket);
    arena_close(&client->arena);
    free(client);
}

static void note_monitor(struct client *client) {
    zmq_pollitem_t item = {.socket = zsock_resolve(client->monitor), .events = ZMQ_POLLIN};
    while (zmq_poll(&item, 1, 0) > 0) {
        zmsg_t *event = zmsg_recv(client->monitor);
        client->refused_handshake = true;
        zmsg_destroy(&event);
    }
}

/* Waits until the socket is ready; 0, CLIENT_TIMEOUT or CLIENT_NOT_ALLOWED. */
static int wait_ready(struct client *client, short events, int64_t deadline_ms) {
    for (;;) {
        int64_t left = deadline_ms - zclock_mono();
        zmq_pollitem_t items[] = {
            {.socket = zsock_resolve(client->socket), .events = events},
            {.socket = zsock_resolve(client->monitor), .events = ZMQ_POLLIN},
        };
        int ready = zmq_poll(items, 2, left > 0 ? (long)left : 0);
        if (ready < 0 && errno != EINTR) {
            return FAILURE_SYSTEM;
        }
        if (ready > 0 && (items[0].revents & events)) {
            return 0;
        }
        note_monitor(client);
        if (client->refused_handshake) {
            client->refused_handshake = false;
            return CLIENT_NOT_ALLOWED;
        }
        if (left <= 0) {
            return CLIENT_TIMEOUT;
        }
    }
}

static int send_before(struct client *client, Elp__V1__MessageType type, const ProtobufCMessage *request,
                       int64_t deadline_ms, uint64_t *ret_request_id) {
    struct buffer frame = {0};
    uint64_t request_id = ++client->request_id;
    int outcome = wire_pack_envelope(&frame, type, request_id, (struct span){NULL, 0}, request);
    if (outcome == 0) {
        require(frame.used <= WIRE_REQUEST_BYTES_MAX);
        outcome = wait_ready(client, ZMQ_POLLOUT, deadline_ms);
    }
    if (outcome == 0 && zmq_send(zsock_resolve(client->socket), frame.data, frame.used, ZMQ_DONTWAIT) < 0) {
        outcome = errno == EAGAIN ? CLIENT_TIMEOUT : FAILURE_SYSTEM;
    }
    buffer_free(&frame);
    if (outcome == 0) {
        *ret_request_id = request_id;
    }
    return outcome;
}

int client_send(struct client *client, Elp__V1__MessageType type, const ProtobufCMessage *request, int timeout_ms,
                uint64_t *ret_request_id) {
    return send_before(client, type, request, zclock_mono() + timeout_ms, ret_request_id);
}

static int receive_before(struct client *client, int64_t deadline_ms, uint64_t *ret_request_id,
                          Elp__V1__MessageType *ret_type, struct span *ret_payload) {
    for (;;) {
        int outcome = wait_ready(client, ZMQ_POLLIN, deadline_ms);
        if (outcome != 0) {
            return outcome;
        }
        zmq_msg_t frame;
        (void)zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, zsock_resolve(client->socket), ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&frame);
            if (errno == EAGAIN || errno == EINTR) {
                continue;
            }
            return FAILURE_SYSTEM;
        }
        arena_reset(&client->arena);
        const Elp__V1__Envelope *envelope = wire_unpack(&client->arena, &elp__v1__envelope__descriptor,
                                                        (struct span){zmq_msg_data(&frame), zmq_msg_size(&frame)});
        (void)zmq_msg_close(&frame);
        if (envelope && envelope->version == WIRE_VERSION) {
            *ret_request_id = envelope->request_id;
            *ret_type = envelope->type;
            *ret_payload = (struct span){envelope->payload.data, envelope->payload.len};
            return CLIENT_REPLIED;
        }
    }
}

int client_receive(struct client *client, int timeout_ms, uint64_t *ret_request_id, Elp__V1__MessageType *ret_type,
                   struct span *ret_payload) {
    return receive_before(client, zclock_mono() + timeout_ms, ret_request_id, ret_type, ret_payload);
}

void *client_unpack(struct client *client, const ProtobufCMessageDescriptor *descriptor, struct span payload) {
    return wire_unpack(&client->arena, descriptor, payload);
}

int client_call(struct client *client, Elp__V1__MessageType type, const ProtobufCMessage *request,
                Elp__V1__MessageType reply_type, const ProtobufCMessageDescriptor *reply_descriptor, int timeout_ms,
                void **ret_reply, Elp__V1__Refused **ret_refused) {
    int64_t deadline_ms = zclock_mono() + timeout_ms;
    uint64_t request_id = 0;
    int outcome = send_before(client, type, request, deadline_ms, &request_id);
    while (outcome == 0) {
        uint64_t answered = 0;
        Elp__V1__MessageType answer = 0;
        struct span payload;
        outcome = receive_before(client, deadline_ms, &answered, &answer, &payload);
        /* A refusal of the frame itself carries request id 0. */
        bool ours = outcome == 0 && (answered == request_id || answered == 0);
        if (ours && answer == ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REFUSED) {
            *ret_refused = client_unpack(client, &elp__v1__refused__descriptor, payload);
            return *ret_refused ? CLIENT_REFUSED : FAILURE_SYSTEM;
        }
        if (ours && answer == reply_type) {
            *ret_reply = client_unpack(client, reply_descriptor, payload);
            return *ret_reply ? CLIENT_REPLIED : FAILURE_SYSTEM;
        }
    }
    return outcome;
}
