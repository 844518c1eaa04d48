#include "tests/bench/echo.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/client_socket.h"
#include "common/wire.h"
#include "tests/bench/bench.h"

#define ANSWER_MS 5000

/* Fixed pairs: this socket guards nothing and lives for seconds on loopback. */
static const char server_public[] = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
static const char server_secret[] = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";
static const char client_public[] = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
static const char client_secret[] = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";

struct echo_address {
    int pipe_read;
    char endpoint[64];
};

static struct echo_address address;

static void serve(size_t reply_bytes, int pipe_write) {
    zsock_t *socket = zsock_new(ZMQ_ROUTER);
    socket_limits(socket, WIRE_REPLY_BYTES_MAX);
    zsock_set_curve_server(socket, 1);
    zsock_set_curve_publickey(socket, server_public);
    zsock_set_curve_secretkey(socket, server_secret);
    int port = zsock_bind(socket, "tcp://127.0.0.1:*");
    if (port < 0 || write(pipe_write, &port, sizeof port) != sizeof port) {
        _exit(1);
    }
    for (;;) {
        zmsg_t *message = zmsg_recv(socket);
        if (message == NULL) {
            _exit(0);
        }
        zframe_t *identity = zmsg_pop(message);
        zmsg_destroy(&message);
        zframe_t *reply = zframe_new(NULL, reply_bytes);
        memset(zframe_data(reply), 0, reply_bytes);
        (void)zframe_send(&identity, socket, ZFRAME_MORE);
        (void)zframe_send(&reply, socket, 0);
    }
}

bool echo_start(size_t reply_bytes, struct echo *ret) {
    int ends[2];
    if (pipe(ends) != 0) {
        return bench_fail("pipe") == 0;
    }
    pid_t child = fork();
    if (child < 0) {
        return bench_fail("fork") == 0;
    }
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)close(ends[0]);
        serve(reply_bytes, ends[1]);
    }
    (void)close(ends[1]);
    address.pipe_read = ends[0];
    *ret = (struct echo){.child = child};
    return true;
}

bool echo_connect(struct echo *echo) {
    int port = 0;
    ssize_t got = read(address.pipe_read, &port, sizeof port);
    (void)close(address.pipe_read);
    if (got != sizeof port) {
        return bench_fail("the echo does not start") == 0;
    }
    (void)snprintf(address.endpoint, sizeof address.endpoint, "tcp://127.0.0.1:%d", port);
    echo->socket =
        client_socket_connect(address.endpoint, server_public, client_public, client_secret, WIRE_REPLY_BYTES_MAX);
    return echo->socket != NULL && echo_round_trip_ns(echo, 1) >= 0;
}

int64_t echo_round_trip_ns(struct echo *echo, size_t request_bytes) {
    void *socket = zsock_resolve(echo->socket);
    zmq_pollitem_t writable = {.socket = socket, .events = ZMQ_POLLOUT};
    (void)zmq_poll(&writable, 1, ANSWER_MS);
    zmq_msg_t frame;
    if (zmq_msg_init_size(&frame, request_bytes) != 0) {
        return -1;
    }
    memset(zmq_msg_data(&frame), 0, request_bytes);
    int64_t start_ns = bench_now_ns();
    (void)zmq_msg_send(&frame, socket, ZMQ_DONTWAIT);
    zmq_pollitem_t readable = {.socket = socket, .events = ZMQ_POLLIN};
    if (zmq_poll(&readable, 1, ANSWER_MS) <= 0) {
        return -1;
    }
    (void)zmq_msg_init(&frame);
    (void)zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT);
    int64_t taken_ns = bench_now_ns() - start_ns;
    (void)zmq_msg_close(&frame);
    return taken_ns;
}

void echo_stop(struct echo *echo) {
    if (echo->socket != NULL) {
        zsock_destroy(&echo->socket);
    }
    (void)kill(echo->child, SIGKILL);
    (void)waitpid(echo->child, NULL, 0);
}
