#include "tests/bench/submitter.h"

#include <stdio.h>
#include <string.h>

#include "common/client_socket.h"
#include "common/wire.h"
#include "common/wire_walk.h"
#include "elp/v1/intake.pb-c.h"
#include "tests/bench/bench.h"
#include "tests/bench/workload.h"

enum { ENVELOPE_TYPE = 2, ENVELOPE_REQUEST_ID = 3, ENVELOPE_PAYLOAD = 5 };
enum { VERDICTS_LINES = 1, VERDICTS_HEAD = 2 };
enum { LINE_VERDICT_RESULT = 2, LINE_VERDICT_VERDICT = 3 };
enum { VERDICT_KIND = 1 };
enum { REFUSED_CODE = 1 };

zsock_t *submitter_open(const struct cell *cell, const char *as) {
    char public_key[KEY_TEXT_BYTES];
    char secret_key[KEY_TEXT_BYTES];
    char server_key[KEY_TEXT_BYTES];
    if (cell_key_load(cell, as, public_key, secret_key) < 0 ||
        cell_service_key_load(cell, CELL_INTAKE, server_key) < 0) {
        return NULL;
    }
    zsock_t *socket = client_socket_connect(cell->services[CELL_INTAKE].commands, server_key, public_key, secret_key,
                                            WIRE_REPLY_BYTES_MAX);
    if (socket == NULL) {
        (void)bench_fail("intake cannot be reached");
    }
    return socket;
}

bool submitter_send(zsock_t *socket, struct span frame, uint64_t request_id) {
    zmq_msg_t message;
    if (zmq_msg_init_size(&message, frame.bytes) != 0) {
        return false;
    }
    uint8_t *data = zmq_msg_data(&message);
    memcpy(data, frame.data, frame.bytes);
    memcpy(data + WORKLOAD_REQUEST_ID_AT, &request_id, sizeof request_id);
    if (zmq_msg_send(&message, zsock_resolve(socket), ZMQ_DONTWAIT) < 0) {
        (void)zmq_msg_close(&message);
        return false;
    }
    return true;
}

static void count_line(struct span line, struct verdict_counts *counts) {
    struct wire_field field;
    uint64_t result = 0;
    uint64_t kind = 0;
    while (wire_walk(&line, &field)) {
        if (field.number == LINE_VERDICT_RESULT) {
            result = field.value;
        } else if (field.number == LINE_VERDICT_VERDICT) {
            struct wire_field first;
            if (wire_walk(&field.bytes, &first) && first.number == VERDICT_KIND) {
                kind = first.value;
            }
        }
    }
    if (result != ELP__V1__LINE_RESULT__LINE_RESULT_NEW) {
        counts->again++;
    } else if (kind == ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED) {
        counts->accepted++;
    } else {
        counts->refused++;
    }
}

static enum submitter_outcome read_refused(struct span payload) {
    struct wire_field field;
    char code[32] = "";
    while (wire_walk(&payload, &field)) {
        if (field.number == REFUSED_CODE) {
            (void)snprintf(code, sizeof code, "%.*s", (int)field.bytes.bytes, (const char *)field.bytes.data);
        }
    }
    if (strcmp(code, "busy") == 0) {
        return SUBMITTER_BUSY;
    }
    (void)bench_fail("intake refused a batch: %s", code);
    return SUBMITTER_BROKEN;
}

static enum submitter_outcome read_reply(struct span reply, uint64_t *ret_request_id,
                                         struct verdict_counts *ret_counts) {
    struct wire_field field;
    struct span payload = span_of(NULL, 0);
    uint64_t type = 0;
    while (wire_walk(&reply, &field)) {
        if (field.number == ENVELOPE_TYPE) {
            type = field.value;
        } else if (field.number == ENVELOPE_REQUEST_ID) {
            *ret_request_id = field.value;
        } else if (field.number == ENVELOPE_PAYLOAD) {
            payload = field.bytes;
        }
    }
    if (type == ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REFUSED) {
        return read_refused(payload);
    }
    if (type != ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BATCH_VERDICTS) {
        (void)bench_fail("intake answered with a message of type %d", (int)type);
        return SUBMITTER_BROKEN;
    }
    *ret_counts = (struct verdict_counts){0};
    while (wire_walk(&payload, &field)) {
        if (field.number == VERDICTS_LINES) {
            count_line(field.bytes, ret_counts);
        } else if (field.number == VERDICTS_HEAD) {
            ret_counts->head = field.value;
        }
    }
    return SUBMITTER_VERDICTS;
}

enum submitter_outcome submitter_receive(zsock_t *socket, uint64_t *ret_request_id, struct verdict_counts *ret_counts) {
    zmq_msg_t message;
    enum submitter_outcome outcome = SUBMITTER_NOTHING;
    (void)zmq_msg_init(&message);
    if (zmq_msg_recv(&message, zsock_resolve(socket), ZMQ_DONTWAIT) >= 0) {
        outcome = read_reply(span_of(zmq_msg_data(&message), zmq_msg_size(&message)), ret_request_id, ret_counts);
    }
    (void)zmq_msg_close(&message);
    return outcome;
}
