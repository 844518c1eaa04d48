#include "common/upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/client_socket.h"
#include "common/log.h"
#include "common/require.h"
#include "common/wire.h"

#define PAGES_MAX 2
#define FETCH_WAIT_MS 500
#define FETCH_GIVE_UP_MS 1500
#define RETRY_MS 50
#define BEHIND_RETRY_MS 200
#define CONNECTED_MS 10000

struct page {
    Elp__V1__JournalPage *message; /* owns the records' bytes */
    uint8_t (*hashes)[JOURNAL_HASH_BYTES];
    size_t next;
};

struct upstream {
    enum cell_service id;
    zsock_t *socket;
    uint64_t applied;
    uint8_t applied_hash[JOURNAL_HASH_BYTES];
    uint64_t read; /* end of the last page held */
    uint8_t read_hash[JOURNAL_HASH_BYTES];
    struct page pages[PAGES_MAX];
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
    if (page->message) {
        elp__v1__journal_page__free_unpacked(page->message, NULL);
    }
    free(page->hashes);
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

/* Chains the page's records from the end of what is held; false when the page is not the continuation it claims. */
static int verify_page(struct upstream *upstream, const Elp__V1__JournalPage *message, struct page *ret_page,
                       bool *ret_fits) {
    *ret_fits = false;
    if (message->after != upstream->read || message->n_records > WIRE_PAGE_RECORDS_MAX ||
        message->last_hash.len != JOURNAL_HASH_BYTES) {
        return 0;
    }
    uint8_t(*hashes)[JOURNAL_HASH_BYTES] = calloc(message->n_records + 1, sizeof *hashes);
    if (!hashes) {
        return FAILURE_MEMORY;
    }
    const uint8_t *previous = upstream->read_hash;
    for (size_t i = 0; i < message->n_records; i++) {
        struct span record = {message->records[i].data, message->records[i].len};
        journal_chain(previous, message->after + i + 1, record, hashes[i]);
        previous = hashes[i];
    }
    if (memcmp(previous, message->last_hash.data, JOURNAL_HASH_BYTES) != 0) {
        free(hashes);
        return 0;
    }
    ret_page->hashes = hashes;
    *ret_fits = true;
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
                 "the upstream has another record there; stop this daemon, empty its store and start it again", NULL);
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
static void note_epoch(struct upstream *upstream, const char *epoch, int64_t now_ms) {
    if (strlen(epoch) < sizeof upstream->epoch) {
        memcpy(upstream->epoch, epoch, strlen(epoch) + 1);
    }
    if (upstream->epoch[0] == '\0') {
        upstream->retry_ms = now_ms + RETRY_MS;
    }
}

/* Takes ownership of message. */
static int accept_page(struct upstream *upstream, Elp__V1__JournalPage *message, int64_t now_ms) {
    struct page page = {.message = message};
    upstream->heard_ms = now_ms;
    upstream->head = message->head;
    if (message->state == ELP__V1__POSITION_STATE__POSITION_STATE_DIVERGED) {
        note_state(upstream, UPSTREAM_DIVERGED);
        page_free(&page);
        return 0;
    }
    if (message->state != ELP__V1__POSITION_STATE__POSITION_STATE_CONTINUES) {
        note_state(upstream, UPSTREAM_BEHIND);
        upstream->retry_ms = now_ms + BEHIND_RETRY_MS;
        page_free(&page);
        return 0;
    }
    bool fits = false;
    int failure = verify_page(upstream, message, &page, &fits);
    if (failure < 0 || !fits) {
        if (failure == 0) {
            log_page(upstream, "page-dropped", "the page does not continue the chain");
            upstream->retry_ms = now_ms + BEHIND_RETRY_MS;
        }
        page_free(&page);
        return failure;
    }
    note_state(upstream, UPSTREAM_FOLLOWS);
    note_epoch(upstream, message->epoch, now_ms);
    if (message->n_records == 0 || upstream->epoch[0] == '\0') {
        page_free(&page);
        return 0;
    }
    require(upstream->page_count < PAGES_MAX);
    upstream->read += message->n_records;
    memcpy(upstream->read_hash, page.hashes[message->n_records - 1], JOURNAL_HASH_BYTES);
    upstream->pages[upstream->page_count++] = page;
    return 0;
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
    Elp__V1__Envelope *envelope = elp__v1__envelope__unpack(NULL, zmq_msg_size(&frame), zmq_msg_data(&frame));
    if (envelope && upstream->asked && envelope->request_id == upstream->request_id) {
        upstream->asked = false;
        Elp__V1__JournalPage *page = NULL;
        if (envelope->type == ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_JOURNAL_PAGE) {
            page = elp__v1__journal_page__unpack(NULL, envelope->payload.len, envelope->payload.data);
        }
        if (page) {
            failure = accept_page(upstream, page, now_ms);
        } else if (envelope->type == ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REFUSED) {
            note_state(upstream, UPSTREAM_REFUSES);
            upstream->retry_ms = now_ms + BEHIND_RETRY_MS;
        } else {
            log_page(upstream, "page-dropped", "the reply is not a JournalPage");
            upstream->retry_ms = now_ms + BEHIND_RETRY_MS;
        }
    }
    if (envelope) {
        elp__v1__envelope__free_unpacked(envelope, NULL);
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
    const struct page *page = &upstream->pages[0];
    const ProtobufCBinaryData *record = &page->message->records[page->next];
    *ret_number = upstream->applied + 1;
    *ret_record = (struct span){record->data, record->len};
    return true;
}

const uint8_t *upstream_advance(struct upstream *upstream) {
    require(upstream->page_count > 0);
    struct page *page = &upstream->pages[0];
    upstream->applied++;
    memcpy(upstream->applied_hash, page->hashes[page->next], JOURNAL_HASH_BYTES);
    page->next++;
    if (page->next == page->message->n_records) {
        page_free(page);
        upstream->pages[0] = upstream->pages[1];
        upstream->pages[1] = (struct page){0};
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
