#ifndef ELP_TESTS_BENCH_LATENCIES_H
#define ELP_TESTS_BENCH_LATENCIES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * A list of times. Sorts `ns` in place and prints  "name": {"p50": µs, "p95": …, "p99": …, "max": …, "mean":
 * …}.
 */
void latencies_print(FILE *out, const char *name, int64_t *ns, size_t count);

#endif
