#ifndef ELP_COMMON_METRICS_FAMILY_H
#define ELP_COMMON_METRICS_FAMILY_H

#include <stddef.h>
#include <stdint.h>

#include "common/metrics.h"

/* What metrics.c knows of each family; nobody else includes it. */

#define METRICS_LABELS_MAX 2
#define METRICS_BUCKETS_MAX 16

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };

enum metrics_unit {
    METRICS_PLAIN,   /* shown as it is */
    METRICS_SECONDS, /* kept in microseconds */
    METRICS_AGE,     /* a monotonic time in microseconds, shown as seconds ago */
};

/* A label and its values; values NULL: they come with the setup. */
struct metrics_label {
    const char *name; /* NULL: no such label */
    const char *const *values;
    size_t count;
};

struct metrics_family {
    const char *name;
    const char *help; /* one line, without backslash */
    enum metrics_kind kind;
    enum metrics_unit unit;
    unsigned services; /* bits 1 << enum cell_service */
    struct metrics_label labels[METRICS_LABELS_MAX];
    const uint64_t *bounds; /* histogram: upper bounds of the buckets, inclusive, ending with 0 */
};

extern const struct metrics_family metrics_families[METRIC_COUNT];

#endif
