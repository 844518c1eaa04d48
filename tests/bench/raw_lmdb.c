#include <inttypes.h>
#include <stdio.h>

#include "common/wire_walk.h"
#include "tests/bench/bench.h"
#include "tests/bench/raw_store.h"
#include "tests/bench/workload.h"

#define FILL_BATCH 10000

/*
 * Puts the bodies of the workload's lines, whichever batch they are in; from the beginning again when they
 * are used up.
 */
struct body_source {
    const struct workload *workload;
    size_t item;
    struct span lines; /* what is left of the item's SubmitBatch */
};

enum { ENVELOPE_PAYLOAD = 5, BATCH_LINES = 1 };

static struct span next_body(struct body_source *source) {
    struct wire_field field;
    while (!wire_walk(&source->lines, &field) || field.number != BATCH_LINES) {
        struct span frame = source->workload->items[source->item].frame;
        source->item = (source->item + 1) % source->workload->count;
        source->lines = span_of(NULL, 0);
        while (wire_walk(&frame, &field)) {
            if (field.number == ENVELOPE_PAYLOAD) {
                source->lines = field.bytes;
            }
        }
    }
    return field.bytes;
}

static bool put_many(struct raw_store *store, struct body_source *source, int64_t count, int64_t batch) {
    bool good = true;
    for (int64_t i = 1; good && i <= count; i++) {
        good = raw_store_put(store, next_body(source));
        if (good && (i % batch == 0 || i == count)) {
            good = raw_store_commit(store);
        }
    }
    return good;
}

int bench_raw_lmdb(const struct bench_options *options) {
    struct workload workload;
    struct raw_store store;
    if (options->folder == NULL || options->workload == NULL || options->count < 1 || options->batch < 1) {
        return bench_fail("raw-lmdb --folder DIR --workload FILE --count N --batch N [--stored N]");
    }
    if (!workload_open(options->workload, &workload)) {
        return 1;
    }
    struct body_source source = {.workload = &workload};
    bool good = raw_store_open(options->folder, &store);
    if (good) {
        good = raw_store_wait_for_disk(&store, false) && put_many(&store, &source, options->stored, FILL_BATCH) &&
               raw_store_wait_for_disk(&store, true);
        int64_t start_ns = bench_now_ns();
        good = good && put_many(&store, &source, options->count, options->batch);
        int64_t taken_ns = bench_now_ns() - start_ns;
        if (good) {
            (void)printf("{\"lines\": %" PRId64 ", \"taken_ns\": %" PRId64 "}\n", options->count, taken_ns);
        }
        raw_store_close(&store);
    }
    workload_close(&workload);
    return good ? 0 : 1;
}
