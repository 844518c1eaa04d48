#include "services/ctl/feed_socket.h"

#include <czmq.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/client_socket.h"
#include "common/principal.h"
#include "elp/v1/reporting.pb-c.h"
#include "services/ctl/terminal.h"

#define FEED_ARENA_BYTES (64 * 1024 * 1024)

struct feed_socket {
    zsock_t *socket;
    struct arena arena;
};

/* Our key pair and reporting's public key. */
static int load_keys(const struct ctl *ctl, char ret_public[KEY_TEXT_BYTES], char ret_secret[KEY_TEXT_BYTES],
                     char ret_server[KEY_TEXT_BYTES]) {
    char path[CELL_PATH_BYTES];
    char file[CODE_BYTES_MAX + 16];
    struct principals *principals;
    (void)snprintf(file, sizeof file, "keys/%.32s.key", ctl->as);
    cell_path(&ctl->cell, file, path);
    int failure = secret_key_load(path, ret_public, ret_secret);
    if (failure < 0) {
        return failure;
    }
    cell_path(&ctl->cell, "allow", path);
    failure = principals_open(path, &principals);
    if (failure < 0) {
        return failure;
    }
    const struct principal *server = principals_by_name(principals, cell_service_names[CELL_REPORTING]);
    if (server) {
        memcpy(ret_server, server->public_key, KEY_TEXT_BYTES);
    } else {
        (void)ctl_fail(failure_exit_code(FAILURE_CONFIG), "%s has no public key of reporting; copy its file there",
                       path);
        failure = FAILURE_CONFIG;
    }
    principals_close(principals);
    return failure;
}

static int connect_feed(const struct ctl *ctl, const char *network, zsock_t *socket) {
    char public_key[KEY_TEXT_BYTES];
    char secret_key[KEY_TEXT_BYTES];
    char server_key[KEY_TEXT_BYTES];
    char prefix[CODE_BYTES_MAX + 2];
    int failure = load_keys(ctl, public_key, secret_key, server_key);
    if (failure < 0) {
        return failure;
    }
    (void)snprintf(prefix, sizeof prefix, "%.32s%s", network, network[0] ? "/" : "");
    socket_limits(socket, WIRE_REPLY_BYTES_MAX);
    zsock_set_curve_serverkey(socket, server_key);
    zsock_set_curve_publickey(socket, public_key);
    zsock_set_curve_secretkey(socket, secret_key);
    sodium_memzero(secret_key, sizeof secret_key);
    zsock_set_subscribe(socket, prefix);
    return zsock_connect(socket, "%s", ctl->cell.services[CELL_REPORTING].feed) == 0 ? 0 : FAILURE_SYSTEM;
}

int feed_socket_open(struct ctl *ctl, const char *network, struct feed_socket **ret) {
    struct feed_socket *feed = calloc(1, sizeof *feed);
    if (!feed) {
        return FAILURE_MEMORY;
    }
    int failure = arena_open(&feed->arena, FEED_ARENA_BYTES);
    if (failure == 0) {
        feed->socket = zsock_new(ZMQ_SUB);
        failure = feed->socket ? connect_feed(ctl, network, feed->socket) : FAILURE_SYSTEM;
    }
    if (failure < 0) {
        feed_socket_close(feed);
        return failure;
    }
    *ret = feed;
    return 0;
}

void feed_socket_close(struct feed_socket *feed) {
    if (feed) {
        zsock_destroy(&feed->socket);
        arena_close(&feed->arena);
        free(feed);
    }
}

/* The head in one feed message; 0 for what is none. */
static uint64_t take_head(struct feed_socket *feed) {
    uint64_t head = 0;
    zmsg_t *message = zmsg_recv(feed->socket);
    zframe_t *frame = message && zmsg_size(message) == 2 ? zmsg_last(message) : NULL;
    if (frame) {
        arena_reset(&feed->arena);
        const Elp__V1__FeedMessage *decoded = wire_unpack(&feed->arena, &elp__v1__feed_message__descriptor,
                                                          (struct span){zframe_data(frame), zframe_size(frame)});
        head = decoded ? decoded->head : 0;
    }
    zmsg_destroy(&message);
    return head;
}

int feed_socket_wait(struct feed_socket *feed, uint64_t number, int wait_ms) {
    int64_t deadline_ms = terminal_now_ms() + wait_ms;
    uint64_t head = 0;
    while (head <= number) {
        int64_t left_ms = deadline_ms - terminal_now_ms();
        zmq_pollitem_t item = {.socket = zsock_resolve(feed->socket), .events = ZMQ_POLLIN};
        int ready = zmq_poll(&item, 1, left_ms > 0 ? (long)left_ms : 0);
        if (ready < 0 && errno != EINTR) {
            return FAILURE_SYSTEM;
        }
        if (ready > 0) {
            head = take_head(feed);
        } else if (left_ms <= 0) {
            break;
        }
    }
    return 0;
}
