#include "common/upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/client_socket.h"
#include "common/log.h"
#include "common/require.h"
#include "common/wire.h"
#include "common/wire_walk.h"

#define PAGES_MAX 2
#define FETCH_WAIT_MS 500
#define FETCH_GIVE_UP_MS 1500
#define RETRY_MS 50
#define BEHIND_RETRY_MS 200
#define CONNECTED_MS 10000

struct page_record {
    struct span bytes;
    uint8_t hash[JOURNAL_HASH_BYTES];
};

/*
 * A page stays in the frame that brought it and its records are looked at in place: no copy, no allocation per record,
 * and a hostile page takes no more memory than a frame may have.
 */
struct page {
    struct page_record *records; /* NULL: no page here, and no frame */
    size_t record_count;
    size_t next;
    zmq_msg_t frame;
};

/* What a JournalPage says besides its records; spans into the frame. */
struct page_head {
    uint64_t state;
    uint64_t head;
    uint64_t after;
    struct span epoch;
    struct span last_hash;
    size_t record_count;
};

/* Fields that are read in place. */
enum { ENVELOPE_TYPE = 2, ENVELOPE_REQUEST_ID = 3, ENVELOPE_PAYLOAD = 5 };
enum {
    PAGE_STATE = 1,
    PAGE_SERVICE = 2,
    PAGE_EPOCH = 3,
    PAGE_HEAD = 4,
    PAGE_AFTER = 5,
    PAGE_RECORDS = 6,
    PAGE_LAST_HASH = 7,
};

struct upstream {
    enum cell_service id;
    zsock_t *socket;
    uint64_t applied;
    uint8_t applied_hash[JOURNAL_HASH_BYTES];
    uint64_t read; /* end of the last page held */
    uint8_t read_hash[JOURNAL_HASH_BYTES];
    struct page pages[PAGES_MAX]; /* a ring, so that no frame is moved once its records are looked at */
    size_t page_first;
    size_t page_count;
    uint64_t request_id;
    bool asked;
    int64_t give_up_ms;
    int64_t retry_ms;
    int64_t heard_ms;
    uint64_t head;
    enum upstream_state state;
    char epoch[17];
};

static void page_free(struct page *page) {
    if (page->records) {
        (void)zmq_msg_close(&page->frame);
        free(page->records);
    }
    *page = (struct page){0};
}

int upstream_open(enum cell_service id, const char *endpoint, const char *server_key, const char *public_key,
                  const char *secret_key, uint64_t number, const uint8_t hash[JOURNAL_HASH_BYTES],
                  struct upstream **ret) {
    struct upstream *upstream = calloc(1, sizeof *upstream);
    if (!upstream) {
        return FAILURE_MEMORY;
    }
    upstream->id = id;
    upstream->applied = number;
    upstream->read = number;
    memcpy(upstream->applied_hash, hash, JOURNAL_HASH_BYTES);
    memcpy(upstream->read_hash, hash, JOURNAL_HASH_BYTES);
    upstream->heard_ms = INT64_MIN;
    upstream->socket = client_socket_connect(endpoint, server_key, public_key, secret_key, WIRE_REPLY_BYTES_MAX);
    if (!upstream->socket) {
        upstream_close(upstream);
        return FAILURE_SYSTEM;
    }
    *ret = upstream;
    return 0;
}

void upstream_close(struct upstream *upstream) {
    if (!upstream) {
        return;
    }
    for (size_t i = 0; i < PAGES_MAX; i++) {
        page_free(&upstream->pages[i]);
    }
    zsock_destroy(&upstream->socket);
    free(upstream);
}

void *upstream_socket(struct upstream *upstream) {
    return zsock_resolve(upstream->socket);
}

static int ask(struct upstream *upstream, int64_t now_ms) {
    Elp__V1__JournalFetch fetch = ELP__V1__JOURNAL_FETCH__INIT;
    fetch.after = upstream->read;
    fetch.hash = (ProtobufCBinaryData){upstream->read > 0 ? JOURNAL_HASH_BYTES : 0, upstream->read_hash};
    fetch.wait_ms = upstream->epoch[0] == '\0' ? 0 : FETCH_WAIT_MS; /* until it is known, nothing is applied */
    struct buffer frame = {0};
    upstream->request_id++;
    int failure = wire_pack_envelope(&frame, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_JOURNAL_FETCH, upstream->request_id,
                                     (struct span){NULL, 0}, &fetch.base);
    if (failure < 0) {
        return failure;
    }
    if (zmq_send(upstream_socket(upstream), frame.data, frame.used, ZMQ_DONTWAIT) >= 0) {
        upstream->asked = true;
        upstream->give_up_ms = now_ms + FETCH_GIVE_UP_MS;
    } else {
        upstream->retry_ms = now_ms + RETRY_MS;
    }
    buffer_free(&frame);
    return 0;
}

/* False when the bytes are no JournalPage. */
static bool read_page(struct span payload, struct page_head *ret) {
    struct page_head head = {0};
    struct wire_field field;
    while (wire_walk(&payload, &field)) {
        bool should_be_bytes = field.number == PAGE_SERVICE || field.number == PAGE_EPOCH ||
                               field.number == PAGE_RECORDS || field.number == PAGE_LAST_HASH;
        if (field.number <= PAGE_LAST_HASH && field.is_bytes != should_be_bytes) {
            return false;
        }
        switch (field.number) {
        case PAGE_STATE:
            head.state = field.value;
            break;
        case PAGE_EPOCH:
            head.epoch = field.bytes;
            break;
        case PAGE_HEAD:
            head.head = field.value;
            break;
        case PAGE_AFTER:
            head.after = field.value;
            break;
        case PAGE_RECORDS:
            head.record_count++;
            break;
        case PAGE_LAST_HASH:
            head.last_hash = field.bytes;
            break;
        default:
            break;
        }
    }
    *ret = head;
    return payload.bytes == 0;
}

/*
 * Chains the page's records from the end of what is held. *ret_records stays NULL when the page is not the continuation
 * that it claims to be.
 */
static int verify_page(const struct upstream *upstream, struct span payload, const struct page_head *head,
                       struct page_record **ret_records) {
    if (head->after != upstream->read || head->record_count > WIRE_PAGE_RECORDS_MAX ||
        head->last_hash.bytes != JOURNAL_HASH_BYTES) {
        return 0;
    }
    struct page_record *records = calloc(head->record_count + 1, sizeof *records);
    if (!records) {
        return FAILURE_MEMORY;
    }
    const uint8_t *previous = upstream->read_hash;
    struct wire_field field;
    for (size_t i = 0; wire_walk(&payload, &field);) {
        if (field.number == PAGE_RECORDS) {
            records[i].bytes = field.bytes;
            journal_chain(previous, head->after + i + 1, field.bytes, records[i].hash);
            previous = records[i++].hash;
        }
    }
    if (memcmp(previous, head->last_hash.data, JOURNAL_HASH_BYTES) != 0) {
        free(records);
        return 0;
    }
    *ret_records = records;
    return 0;
}

static void log_page(const struct upstream *upstream, const char *event, const char *reason) {
    log_line(LOG_LEVEL_WARNING, event, "upstream", LOG_TEXT, cell_service_names[upstream->id], "position", LOG_NUMBER,
             (int64_t)upstream->read, "reason", LOG_TEXT, reason, NULL);
}

static void note_state(struct upstream *upstream, enum upstream_state state) {
    if (upstream->state != state && state == UPSTREAM_DIVERGED) {
        log_line(LOG_LEVEL_ERROR, "diverged", "upstream", LOG_TEXT, cell_service_names[upstream->id], "position",
                 LOG_NUMBER, (int64_t)upstream->read, "reason", LOG_TEXT,
                 "the upstream has another record there: nothing more is applied until the operator rebuilds (elpctl "
                 "rebuild)",
                 NULL);
    }
    if (upstream->state != state && state == UPSTREAM_BEHIND) {
        log_page(upstream, "waiting", "the upstream's head is below our position; it is catching up");
    }
    if (upstream->state != state && state == UPSTREAM_REFUSES) {
        log_page(upstream, "waiting", "the upstream refuses its journal: it stopped, or does not allow our key");
    }
    upstream->state = state;
}

/*
 * The epoch counts only when it comes with a page that continues what we hold: then everything up to here answers the
 * journal of that epoch. An upstream that has not heard of intake itself says nothing yet: its records are asked again.
 */
static void note_epoch(struct upstream *upstream, struct span epoch, int64_t now_ms) {
    if (epoch.bytes < sizeof upstream->epoch) {
        memset(upstream->epoch, 0, sizeof upstream->epoch);
        memcpy(upstream->epoch, epoch.bytes > 0 ? epoch.data : (const uint8_t *)"", epoch.bytes);
    }
    if (upstream->epoch[0] == '\0') {
        upstream->retry_ms = now_ms + RETRY_MS;
    }
}

/* Keeps a page whose records point into the frame; takes the frame over. */
static void keep_page(struct upstream *upstream, zmq_msg_t *frame, struct page_record *records, size_t count) {
    require(upstream->page_count < PAGES_MAX && count > 0);
    struct page *page = &upstream->pages[(upstream->page_first + upstream->page_count++) % PAGES_MAX];
    *page = (struct page){.records = records, .record_count = count};
    /* What a zmq_msg_t holds stays where it is when it is moved, but for messages too small to hold a hash. */
    (void)zmq_msg_init(&page->frame);
    (void)zmq_msg_move(&page->frame, frame);
    upstream->read += count;
    memcpy(upstream->read_hash, records[count - 1].hash, JOURNAL_HASH_BYTES);
}

static int accept_page(struct upstream *upstream, zmq_msg_t *frame, struct span payload, const struct page_head *head,
                       int64_t now_ms) {
    upstream->heard_ms = now_ms;
    upstream->head = head->head;
    if (head->state == ELP__V1__POSITION_STATE__POSITION_STATE_DIVERGED) {
        note_state(upstream, UPSTREAM_DIVERGED);
        return 0;
    }
    if (head->state != ELP__V1__POSITION_STATE__POSITION_STATE_CONTINUES) {
        note_state(upstream, UPSTREAM_BEHIND);
        upstream->retry_ms = now_ms + BEHIND_RETRY_MS;
        return 0;
    }
    struct page_record *records = NULL;
    int failure = verify_page(upstream, payload, head, &records);
    if (failure < 0) {
        return failure;
    }
    if (!records) {
        log_page(upstream, "page-dropped", "the page does not continue the chain");
        upstream->retry_ms = now_ms + BEHIND_RETRY_MS;
        return 0;
    }
    note_state(upstream, UPSTREAM_FOLLOWS);
    note_epoch(upstream, head->epoch, now_ms);
    if (head->record_count == 0 || upstream->epoch[0] == '\0') {
        free(records);
        return 0;
    }
    keep_page(upstream, frame, records, head->record_count);
    return 0;
}

/* True when the frame answers the request that is under way. */
static bool answers_us(const struct upstream *upstream, struct span envelope, uint64_t *ret_type,
                       struct span *ret_payload) {
    struct wire_field field;
    uint64_t request_id = 0;
    *ret_type = 0;
    *ret_payload = (struct span){0};
    while (wire_walk(&envelope, &field)) {
        if (field.number == ENVELOPE_TYPE) {
            *ret_type = field.value;
        } else if (field.number == ENVELOPE_REQUEST_ID) {
            request_id = field.value;
        } else if (field.number == ENVELOPE_PAYLOAD) {
            *ret_payload = field.bytes;
        }
    }
    return envelope.bytes == 0 && upstream->asked && request_id == upstream->request_id;
}

static int receive(struct upstream *upstream, int64_t now_ms, bool *ret_received) {
    zmq_msg_t frame;
    (void)zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, upstream_socket(upstream), ZMQ_DONTWAIT) < 0) {
        (void)zmq_msg_close(&frame);
        *ret_received = false;
        return errno == EAGAIN || errno == EINTR ? 0 : FAILURE_SYSTEM;
    }
    *ret_received = true;
    int failure = 0;
    uint64_t type;
    struct span payload;
    struct page_head head;
    if (answers_us(upstream, span_of(zmq_msg_data(&frame), zmq_msg_size(&frame)), &type, &payload)) {
        upstream->asked = false;
        if (type == ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_JOURNAL_PAGE && read_page(payload, &head)) {
            failure = accept_page(upstream, &frame, payload, &head, now_ms);
        } else if (type == ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REFUSED) {
            note_state(upstream, UPSTREAM_REFUSES);
            upstream->retry_ms = now_ms + BEHIND_RETRY_MS;
        } else {
            log_page(upstream, "page-dropped", "the reply is not a JournalPage");
            upstream->retry_ms = now_ms + BEHIND_RETRY_MS;
        }
    }
    (void)zmq_msg_close(&frame);
    return failure;
}

void upstream_read_again(struct upstream *upstream) {
    for (size_t i = 0; i < PAGES_MAX; i++) {
        page_free(&upstream->pages[i]);
    }
    upstream->page_count = 0;
    upstream->read = upstream->applied;
    memcpy(upstream->read_hash, upstream->applied_hash, JOURNAL_HASH_BYTES);
    upstream->epoch[0] = '\0';
    upstream->asked = false; /* the reply that is under way will have another request's number */
}

int upstream_step(struct upstream *upstream, int64_t now_ms) {
    bool received = true;
    while (received) {
        int failure = receive(upstream, now_ms, &received);
        if (failure < 0) {
            return failure;
        }
    }
    if (upstream->asked && now_ms >= upstream->give_up_ms) {
        upstream->asked = false;
    }
    bool wants = upstream->page_count < PAGES_MAX && upstream->state != UPSTREAM_DIVERGED;
    if (wants && !upstream->asked && now_ms >= upstream->retry_ms) {
        return ask(upstream, now_ms);
    }
    return 0;
}

int64_t upstream_due_ms(const struct upstream *upstream) {
    if (upstream->asked) {
        return upstream->give_up_ms;
    }
    return upstream->page_count < PAGES_MAX && upstream->state != UPSTREAM_DIVERGED ? upstream->retry_ms : INT64_MAX;
}

bool upstream_next(const struct upstream *upstream, uint64_t *ret_number, struct span *ret_record) {
    if (upstream->page_count == 0) {
        return false;
    }
    const struct page *page = &upstream->pages[upstream->page_first];
    *ret_number = upstream->applied + 1;
    *ret_record = page->records[page->next].bytes;
    return true;
}

const uint8_t *upstream_advance(struct upstream *upstream) {
    require(upstream->page_count > 0);
    struct page *page = &upstream->pages[upstream->page_first];
    upstream->applied++;
    memcpy(upstream->applied_hash, page->records[page->next].hash, JOURNAL_HASH_BYTES);
    page->next++;
    if (page->next == page->record_count) {
        page_free(page);
        upstream->page_first = (upstream->page_first + 1) % PAGES_MAX;
        upstream->page_count--;
    }
    return upstream->applied_hash;
}

enum upstream_state upstream_state(const struct upstream *upstream) {
    return upstream->state;
}

enum cell_service upstream_id(const struct upstream *upstream) {
    return upstream->id;
}

uint64_t upstream_applied(const struct upstream *upstream, const uint8_t **ret_hash) {
    *ret_hash = upstream->applied_hash;
    return upstream->applied;
}

uint64_t upstream_head(const struct upstream *upstream) {
    return upstream->head;
}

bool upstream_connected(const struct upstream *upstream, int64_t now_ms) {
    return upstream->heard_ms != INT64_MIN && now_ms - upstream->heard_ms < CONNECTED_MS;
}

const char *upstream_epoch(const struct upstream *upstream) {
    return upstream->epoch;
}
