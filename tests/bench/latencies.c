#include "tests/bench/latencies.h"

#include <inttypes.h>
#include <stdlib.h>

static int compare(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t percentile_us(const int64_t *ns, size_t count, size_t percent) {
    return count == 0 ? 0 : ns[(count - 1) * percent / 100] / 1000;
}

void latencies_print(FILE *out, const char *name, int64_t *ns, size_t count) {
    int64_t sum = 0;
    if (count > 0) {
        qsort(ns, count, sizeof *ns, compare);
    }
    for (size_t i = 0; i < count; i++) {
        sum += ns[i];
    }
    (void)fprintf(out,
                  "\"%s\": {\"count\": %zu, \"p50\": %" PRId64 ", \"p95\": %" PRId64 ", \"p99\": %" PRId64
                  ", \"max\": %" PRId64 ", \"mean\": %" PRId64 "}",
                  name, count, percentile_us(ns, count, 50), percentile_us(ns, count, 95), percentile_us(ns, count, 99),
                  percentile_us(ns, count, 100), count == 0 ? 0 : sum / (int64_t)count / 1000);
}
