#include "common/callers.h"

#include <stdlib.h>
#include <string.h>

#include "common/daemon_state.h"

#define BUCKETS 1024

struct waiting {
    struct waiting *next;
    size_t bytes;
    struct pending pending;
};

/* What a caller does again and again, and is logged seldom. */
struct misdeed {
    uint64_t count; /* since the last one that was logged */
    bool logged;
    int64_t logged_ms;
};

struct caller {
    struct caller *next;      /* of the bucket */
    struct caller *ring_next; /* both NULL: nothing waits */
    struct caller *ring_previous;
    char public_key[KEY_TEXT_BYTES];
    struct waiting *first;
    struct waiting *last;
    size_t count;
    size_t bytes;
    struct unread *unread;
    struct misdeed denied;
    struct misdeed undecodable;
};

struct callers {
    struct caller *buckets[BUCKETS];
    struct caller *turn; /* whose request is next; NULL: nothing waits */
    size_t count;        /* requests that wait */
    size_t bytes;
};

/* Keys are random: a few of their characters are as good as a hash. */
static size_t bucket_of(const char *public_key) {
    size_t sum = 0;
    for (size_t i = 0; public_key[i] != '\0'; i++) {
        sum = sum * 31 + (unsigned char)public_key[i];
    }
    return sum % BUCKETS;
}

int callers_open(struct callers **ret) {
    struct callers *callers = calloc(1, sizeof *callers);
    if (!callers) {
        return FAILURE_MEMORY;
    }
    *ret = callers;
    return 0;
}

struct caller *callers_of(struct callers *callers, const char *public_key) {
    struct caller **bucket = &callers->buckets[bucket_of(public_key)];
    for (struct caller *caller = *bucket; caller; caller = caller->next) {
        if (strcmp(caller->public_key, public_key) == 0) {
            return caller;
        }
    }
    struct caller *caller = calloc(1, sizeof *caller);
    if (!caller) {
        return NULL;
    }
    caller->unread = unread_new();
    if (!caller->unread) {
        free(caller);
        return NULL;
    }
    (void)stpncpy(caller->public_key, public_key, KEY_TEXT_BYTES - 1);
    caller->next = *bucket;
    *bucket = caller;
    return caller;
}

/* --- the ring of those who wait ----------------------------------------------------------------------------------- */

/* Behind everybody else. */
static void ring_enter(struct callers *callers, struct caller *caller) {
    struct caller *turn = callers->turn;
    if (!turn) {
        caller->ring_next = caller;
        caller->ring_previous = caller;
        callers->turn = caller;
        return;
    }
    caller->ring_next = turn;
    caller->ring_previous = turn->ring_previous;
    turn->ring_previous->ring_next = caller;
    turn->ring_previous = caller;
}

static void ring_leave(struct callers *callers, struct caller *caller) {
    if (callers->turn == caller) {
        callers->turn = caller->ring_next == caller ? NULL : caller->ring_next;
    }
    caller->ring_previous->ring_next = caller->ring_next;
    caller->ring_next->ring_previous = caller->ring_previous;
    caller->ring_next = NULL;
    caller->ring_previous = NULL;
}

bool callers_wait(struct callers *callers, struct caller *caller, const struct pending *pending) {
    size_t bytes = zmq_msg_size(&pending->incoming.frame);
    bool over = caller->count >= CALLER_WAITING_MAX || caller->bytes + bytes > CALLER_WAITING_BYTES_MAX ||
                callers->bytes + bytes > CALLERS_WAITING_BYTES_MAX;
    struct waiting *waiting = caller->count > 0 && over ? NULL : malloc(sizeof *waiting);
    if (!waiting) {
        return false;
    }
    *waiting = (struct waiting){.bytes = bytes, .pending = *pending};
    if (caller->count == 0) {
        ring_enter(callers, caller);
        caller->first = waiting;
    } else {
        caller->last->next = waiting;
    }
    caller->last = waiting;
    caller->count++;
    caller->bytes += bytes;
    callers->count++;
    callers->bytes += bytes;
    return true;
}

bool callers_next(struct callers *callers, struct pending *ret) {
    struct caller *caller = callers->turn;
    if (!caller) {
        return false;
    }
    struct waiting *waiting = caller->first;
    *ret = waiting->pending;
    caller->first = waiting->next;
    caller->count--;
    caller->bytes -= waiting->bytes;
    callers->count--;
    callers->bytes -= waiting->bytes;
    free(waiting);
    callers->turn = caller->ring_next;
    if (caller->count == 0) {
        caller->last = NULL;
        ring_leave(callers, caller);
    }
    return true;
}

size_t callers_waiting(const struct callers *callers) {
    return callers->count;
}

/* --- replies and denials ------------------------------------------------------------------------------------------ */

struct unread *caller_unread(struct caller *caller) {
    return caller->unread;
}

bool caller_reads_too_little(const struct caller *caller) {
    return unread_bytes(caller->unread) > CALLER_UNREAD_BYTES_MAX;
}

static bool logged_lately(const struct misdeed *misdeed, int64_t now_ms) {
    return misdeed->logged && now_ms - misdeed->logged_ms < DENIALS_LOGGED_EVERY_MS;
}

static bool count_misdeed(struct misdeed *misdeed, int64_t now_ms, uint64_t *ret_before) {
    if (logged_lately(misdeed, now_ms)) {
        misdeed->count++;
        return false;
    }
    *ret_before = misdeed->count;
    *misdeed = (struct misdeed){.logged = true, .logged_ms = now_ms};
    return true;
}

bool caller_denied(struct caller *caller, int64_t now_ms, uint64_t *ret_before) {
    return count_misdeed(&caller->denied, now_ms, ret_before);
}

bool caller_undecodable(struct caller *caller, int64_t now_ms, uint64_t *ret_before) {
    return count_misdeed(&caller->undecodable, now_ms, ret_before);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static void caller_free(struct caller *caller) {
    unread_release(caller->unread);
    free(caller);
}

void callers_sweep(struct callers *callers, int64_t now_ms) {
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct caller **place = &callers->buckets[i]; *place;) {
            struct caller *caller = *place;
            if (caller->count > 0 || unread_bytes(caller->unread) > 0 || logged_lately(&caller->denied, now_ms) ||
                logged_lately(&caller->undecodable, now_ms)) {
                place = &caller->next;
                continue;
            }
            *place = caller->next;
            caller_free(caller);
        }
    }
}

void callers_close(struct callers *callers) {
    struct pending pending;
    if (!callers) {
        return;
    }
    while (callers_next(callers, &pending)) {
        incoming_close(&pending.incoming);
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        while (callers->buckets[i]) {
            struct caller *caller = callers->buckets[i];
            callers->buckets[i] = caller->next;
            caller_free(caller);
        }
    }
    free(callers);
}
