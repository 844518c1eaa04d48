#include "services/ctl/journal_walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "services/ctl/ask.h"
#include "services/ctl/journal_record.h"
#include "services/ctl/progress.h"

static int take_record(struct journal_walk *walk, struct arena *arena, struct span record) {
    journal_chain(walk->hash, walk->number + 1, record, walk->hash);
    walk->number++;
    struct journal_step step = {.number = walk->number, .bytes = record.bytes, .hash = walk->hash};
    if (walk->decode && walk->number >= walk->decode_from) {
        arena_reset(arena);
        step.message = wire_unpack(arena, journal_record_descriptor(walk->service), record);
        step.own_number = step.message ? journal_record_number(step.message) : 0;
    }
    return walk->each(walk->context, &step);
}

static int broken(struct journal_walk *walk, const char *what) {
    (void)snprintf(walk->broken, sizeof walk->broken, "after record %" PRIu64 " %s", walk->number, what);
    return CTL_NO;
}

static int take_page(struct journal_walk *walk, struct arena *arena, const Elp__V1__JournalPage *page) {
    if (page->state != ELP__V1__POSITION_STATE__POSITION_STATE_CONTINUES || page->after != walk->number) {
        return broken(walk, "the daemon's hash is not that of the records which it gave");
    }
    if (page->n_records == 0) {
        return broken(walk, "nothing more came, although the head is further");
    }
    for (size_t i = 0; i < page->n_records && walk->number < walk->until; i++) {
        int code = take_record(walk, arena, (struct span){page->records[i].data, page->records[i].len});
        if (code != CTL_DONE) {
            return code;
        }
    }
    bool whole = walk->number == page->after + page->n_records;
    if (whole && (page->last_hash.len != JOURNAL_HASH_BYTES ||
                  memcmp(page->last_hash.data, walk->hash, JOURNAL_HASH_BYTES) != 0)) {
        return broken(walk, "the computed hash is not the stored one");
    }
    return CTL_DONE;
}

int journal_walk(struct journal_walk *walk) {
    struct progress progress;
    struct arena arena;
    int failure = arena_open(&arena, WIRE_ARENA_BYTES);
    if (failure < 0) {
        return ctl_failure(failure);
    }
    int code = CTL_DONE;
    progress_begin(&progress, "records", walk->until);
    (void)snprintf(progress.note, sizeof progress.note, "%s", cell_service_names[walk->service]);
    while (code == CTL_DONE && walk->number < walk->until) {
        Elp__V1__JournalFetch fetch = ELP__V1__JOURNAL_FETCH__INIT;
        Elp__V1__JournalPage *page;
        fetch.after = walk->number;
        if (walk->number > 0) {
            fetch.hash = (ProtobufCBinaryData){JOURNAL_HASH_BYTES, walk->hash};
        }
        code = ask_journal(walk->ctl, walk->service, &fetch, &page);
        if (code == CTL_DONE) {
            code = take_page(walk, &arena, page);
        }
        progress_step(&progress, walk->number);
    }
    progress_end(&progress);
    arena_close(&arena);
    return code;
}

int journal_walk_head(struct ctl *ctl, enum cell_service service, uint64_t *ret) {
    Elp__V1__Health request = ELP__V1__HEALTH__INIT;
    void *answer;
    int code = ask(ctl, service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH, &request.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY, &elp__v1__health_reply__descriptor, &answer);
    if (code == CTL_DONE) {
        *ret = ((const Elp__V1__HealthReply *)answer)->head;
    }
    return code;
}
