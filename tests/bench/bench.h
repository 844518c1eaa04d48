#ifndef ELP_TESTS_BENCH_BENCH_H
#define ELP_TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * elp-bench, the part of the yardstick that must be quick: it makes workloads, sends them and times the
 * answers. tests/bench/run starts the daemons, calls these and prints the table. Every command prints one
 * JSON object; 0, or 1 after a line on stderr.
 */
struct bench_options {
    const char *cell;     /* the cell's folder */
    const char *workload; /* made by `pack` */
    const char *folder;   /* an empty folder on the disk that is measured */
    const char *as;       /* principal that submits; default integrator */
    const char *consumer; /* principal that subscribes; default consumer */
    int64_t clients;
    int64_t window; /* batches of one client that wait for their verdicts */
    int64_t batch;  /* lines */
    int64_t rate;   /* lines a second; 0: as fast as answers come */
    int64_t skip;   /* lines before the first one packed */
    int64_t take;   /* lines packed; 0: all */
    int64_t count;
    int64_t stored; /* raw-lmdb: rows put before the clock starts */
    bool shuffle;
    bool hash_keys;
};

int bench_pack(const struct bench_options *options); /* JSON lines of `elpctl sample` on stdin → a workload */
int bench_load(const struct bench_options *options); /* submits a workload, follows the feed until all of it is out */
int bench_lone(const struct bench_options *options); /* one client, one line at a time, beside commit and round trip */
int bench_raw_lmdb(const struct bench_options *options); /* the yardstick: five puts per attestation, nothing else */

int64_t bench_now_ns(void);

/* Prints "elp-bench: …" and returns 1. */
__attribute__((format(printf, 1, 2))) int bench_fail(const char *format, ...);

#endif
