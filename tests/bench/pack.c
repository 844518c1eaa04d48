#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire.h"
#include "services/ctl/line_json.h"
#include "services/ctl/sample_random.h"
#include "tests/bench/bench.h"
#include "tests/bench/workload.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define PARSE_ARENA_BYTES (4 * 1024 * 1024)
#define CLOCK_MOVES_MAX 50
#define LINE_TAG 0x0a /* SubmitBatch.lines: field 1, length-delimited */
#define HASH_BYTES 16

enum { STREAM_SHUFFLE = 100 };

/* A packed line, and the time at which the sample submits it. */
struct packed_line {
    size_t at;
    uint32_t bytes;
    instant_us clock;
};

struct packing {
    const struct bench_options *options;
    struct arena arena;
    struct buffer bytes; /* of all lines */
    struct packed_line *lines;
    size_t count;
    size_t room;
    struct buffer frame;
    struct buffer payload;
    FILE *out;
    uint64_t written_batches;
    uint64_t clock_moves;
};

static int keep_line(struct packing *packing, Elp__V1__AttestationLine *line, instant_us clock) {
    uint8_t hash[HASH_BYTES];
    struct buffer packed = {0};
    if (packing->options->hash_keys) {
        (void)crypto_generichash(hash, sizeof hash, line->key.data, line->key.len, NULL, 0);
        line->key = (ProtobufCBinaryData){sizeof hash, hash};
    }
    if (packing->count == packing->room) {
        size_t room = packing->room > 0 ? packing->room * 2 : 65536;
        struct packed_line *lines = reallocarray(packing->lines, room, sizeof *lines);
        if (lines == NULL) {
            return FAILURE_MEMORY;
        }
        packing->lines = lines;
        packing->room = room;
    }
    int failure = buffer_pack(&packed, &line->base);
    if (failure == 0) {
        packing->lines[packing->count++] = (struct packed_line){packing->bytes.used, (uint32_t)packed.used, clock};
        failure = buffer_append(&packing->bytes, packed.data, packed.used);
    }
    buffer_free(&packed);
    return failure;
}

static int read_lines(struct packing *packing) {
    char *text = NULL;
    size_t size = 0;
    ssize_t bytes;
    int64_t seen = 0;
    instant_us clock = 0;
    int failure = 0;
    int64_t until = packing->options->take > 0 ? packing->options->skip + packing->options->take : INT64_MAX;
    while (failure == 0 && (bytes = getline(&text, &size, stdin)) > 0) {
        struct line_json line;
        struct line_json_error error;
        bool directive = strncmp(text, "{\"clock\"", 8) == 0;
        if (!directive && (seen < packing->options->skip || seen >= until)) {
            seen++; /* read to the end all the same, or the writer would break its pipe */
            continue;
        }
        arena_reset(&packing->arena);
        if (line_json_parse(text, (size_t)bytes - (text[bytes - 1] == '\n'), &packing->arena, &line, &error) != 0) {
            failure = bench_fail("%s: %s", error.field, error.reason);
        } else if (directive) {
            clock = line.clock;
        } else {
            failure = keep_line(packing, line.line, clock);
            seen++;
        }
    }
    free(text);
    return failure;
}

/* The times stay where they are, so that no line is submitted before it could be. */
static void shuffle_lines(struct packing *packing) {
    struct sample_random random = sample_random_stream(1, STREAM_SHUFFLE);
    size_t day = 0;
    for (size_t end = 1; end <= packing->count; end++) {
        if (end < packing->count && packing->lines[end].clock / DAY_US == packing->lines[day].clock / DAY_US) {
            continue;
        }
        for (size_t i = end - 1; i > day; i--) {
            size_t other = day + (size_t)sample_random_below(&random, (int)(i - day + 1));
            struct packed_line line = packing->lines[i];
            packing->lines[i] = packing->lines[other];
            packing->lines[other] = line;
        }
        day = end;
    }
}

static int append_varint(struct buffer *buffer, uint64_t value) {
    uint8_t bytes[10];
    size_t used = 0;
    do {
        bytes[used++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value > 0);
    return buffer_append(buffer, bytes, used);
}

static int write_item(struct packing *packing, uint32_t lines, instant_us clock) {
    static const uint8_t padding[8];
    struct workload_head head = {lines, (uint32_t)packing->frame.used, clock};
    size_t pad = (8 - packing->frame.used % 8) % 8;
    bool written = fwrite(&head, sizeof head, 1, packing->out) == 1 &&
                   fwrite(packing->frame.data, 1, packing->frame.used, packing->out) == packing->frame.used &&
                   fwrite(padding, 1, pad, packing->out) == pad;
    return written ? 0 : bench_fail("%s: %s", packing->options->workload, strerror(errno));
}

/*
 * The envelope by hand: version, type, request id, payload, in the order that WORKLOAD_REQUEST_ID_AT counts
 * on.
 */
static int write_batch(struct packing *packing, size_t from, size_t until) {
    static const uint8_t head[] = {
        0x08, WIRE_VERSION, 0x10, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH, 0x19, 0, 0, 0, 0, 0, 0, 0, 0, 0x2a};
    static const uint8_t tag = LINE_TAG;
    int failure = 0;
    buffer_reset(&packing->payload);
    buffer_reset(&packing->frame);
    for (size_t i = from; i < until && failure == 0; i++) {
        const struct packed_line *line = &packing->lines[i];
        failure = buffer_append(&packing->payload, &tag, 1);
        if (failure == 0) {
            failure = append_varint(&packing->payload, line->bytes);
        }
        if (failure == 0) {
            failure = buffer_append(&packing->payload, packing->bytes.data + line->at, line->bytes);
        }
    }
    if (failure == 0) {
        failure = buffer_append(&packing->frame, head, sizeof head);
    }
    if (failure == 0) {
        failure = append_varint(&packing->frame, packing->payload.used);
    }
    if (failure == 0) {
        failure = buffer_append(&packing->frame, packing->payload.data, packing->payload.used);
    }
    if (failure == 0 && packing->frame.used > WIRE_REQUEST_BYTES_MAX) {
        return bench_fail("a batch of %zu lines is larger than a request may be", until - from);
    }
    packing->written_batches++;
    return failure == 0 ? write_item(packing, (uint32_t)(until - from), 0) : failure;
}

static int write_clock(struct packing *packing, instant_us clock) {
    buffer_reset(&packing->frame);
    packing->clock_moves++;
    return write_item(packing, 0, clock);
}

/*
 * The sample moves its clock before nearly every batch of a network; here it moves at most CLOCK_MOVES_MAX
 * times, to the day of the last line that follows, for batches of a few lines would measure nothing but that.
 */
static int write_workload(struct packing *packing) {
    size_t least = packing->count / CLOCK_MOVES_MAX;
    size_t batch = (size_t)packing->options->batch;
    int failure = 0;
    for (size_t from = 0, until = 0; from < packing->count && failure == 0; from = until) {
        const struct packed_line *lines = packing->lines;
        until = from + 1;
        while (until < packing->count &&
               (until - from < least || lines[until].clock / DAY_US == lines[until - 1].clock / DAY_US)) {
            until++;
        }
        failure = write_clock(packing, lines[until - 1].clock);
        for (size_t at = from; at < until && failure == 0; at += batch) {
            failure = write_batch(packing, at, at + batch < until ? at + batch : until);
        }
    }
    return failure;
}

static int pack(struct packing *packing) {
    int failure = arena_open(&packing->arena, PARSE_ARENA_BYTES);
    if (failure == 0) {
        failure = read_lines(packing);
    }
    if (failure == 0 && packing->count == 0) {
        failure = bench_fail("no lines to pack");
    }
    if (failure == 0 && packing->options->shuffle) {
        shuffle_lines(packing);
    }
    return failure == 0 ? write_workload(packing) : failure;
}

int bench_pack(const struct bench_options *options) {
    struct packing packing = {.options = options};
    if (options->workload == NULL || options->batch < 1 || options->batch > WIRE_BATCH_LINES_MAX) {
        return bench_fail("pack --workload FILE --batch 1…%d", WIRE_BATCH_LINES_MAX);
    }
    packing.out = fopen(options->workload, "we");
    if (packing.out == NULL) {
        return bench_fail("%s: %s", options->workload, strerror(errno));
    }
    int failure = pack(&packing);
    if (fclose(packing.out) != 0 && failure == 0) {
        failure = bench_fail("%s: %s", options->workload, strerror(errno));
    }
    if (failure == 0) {
        (void)printf("{\"lines\": %zu, \"line_bytes\": %zu, \"batches\": %" PRIu64 ", \"clock_moves\": %" PRIu64 "}\n",
                     packing.count, packing.bytes.used / packing.count, packing.written_batches, packing.clock_moves);
    }
    buffer_free(&packing.bytes);
    buffer_free(&packing.frame);
    buffer_free(&packing.payload);
    arena_close(&packing.arena);
    free(packing.lines);
    return failure == 0 ? 0 : 1;
}
