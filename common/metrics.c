#include "common/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/metrics_family.h"
#include "common/require.h"
#include "common/version.h"

/* Where a family's values stand among all cells: one for each combination of label values, or buckets and sum. */
struct series {
    size_t first;
    size_t count; /* 0: this daemon does not show the family */
    struct metrics_label labels[METRICS_LABELS_MAX];
};

struct metrics {
    enum cell_service service;
    struct series series[METRIC_COUNT];
    size_t cell_count;
    _Atomic uint64_t *cells;
    const char *refusal_words[REFUSAL_COUNT - 1];
};

/* --- opening ------------------------------------------------------------------------------------------------------ */

static size_t bound_count(const struct metrics_family *family) {
    size_t count = 0;
    while (family->bounds[count] != 0) {
        count++;
    }
    return count;
}

/* The labels whose values are not in the table. */
static void take_labels(const struct metrics *metrics, const struct metrics_setup *setup, enum metric metric,
                        struct series *series) {
    if (metric == METRIC_REQUESTS) {
        series->labels[0].values = setup->requests;
        series->labels[0].count = setup->request_count;
    } else if (metric == METRIC_LINE_REFUSALS) {
        series->labels[0].values = metrics->refusal_words;
        series->labels[0].count = REFUSAL_COUNT - 1;
    } else if (metric == METRIC_UPSTREAM_BACKLOG || metric == METRIC_UPSTREAM_CONNECTED ||
               metric == METRIC_UPSTREAM_DIVERGED) {
        series->labels[0].values = setup->upstreams;
        series->labels[0].count = setup->upstream_count;
    }
}

static void lay_out(struct metrics *metrics, const struct metrics_setup *setup) {
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metrics_family *family = &metrics_families[i];
        struct series *series = &metrics->series[i];
        require(family->name != NULL);
        memcpy(series->labels, family->labels, sizeof series->labels);
        take_labels(metrics, setup, (enum metric)i, series);
        series->first = metrics->cell_count;
        if (!(family->services & (1u << setup->service))) {
            continue;
        }
        series->count = family->kind == METRICS_HISTOGRAM ? bound_count(family) + 2 : 1;
        for (size_t label = 0; label < METRICS_LABELS_MAX && series->labels[label].name; label++) {
            series->count *= series->labels[label].count;
        }
        metrics->cell_count += series->count;
    }
}

int metrics_open(const struct metrics_setup *setup, struct metrics **ret) {
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics) {
        return FAILURE_MEMORY;
    }
    metrics->service = setup->service;
    for (int i = 1; i < REFUSAL_COUNT; i++) {
        metrics->refusal_words[i - 1] = refusal_word((enum refusal)i);
    }
    lay_out(metrics, setup);
    metrics->cells = calloc(metrics->cell_count, sizeof *metrics->cells);
    if (!metrics->cells) {
        metrics_close(metrics);
        return FAILURE_MEMORY;
    }
    metrics_set(metrics, METRIC_BUILD_INFO, 0, 1);
    *ret = metrics;
    return 0;
}

void metrics_close(struct metrics *metrics) {
    if (metrics) {
        free(metrics->cells);
        free(metrics);
    }
}

/* --- the loop's side ---------------------------------------------------------------------------------------------- */

/* NULL when this daemon does not show the family. */
static _Atomic uint64_t *cell_at(struct metrics *metrics, enum metric metric, size_t place) {
    if (!metrics || metrics->series[metric].count == 0) {
        return NULL;
    }
    require(place < metrics->series[metric].count);
    return &metrics->cells[metrics->series[metric].first + place];
}

/* There is one writer, so reading and writing apart lose nothing and cost no locked instruction. */
static void cell_add(_Atomic uint64_t *cell, uint64_t by) {
    atomic_store_explicit(cell, atomic_load_explicit(cell, memory_order_relaxed) + by, memory_order_relaxed);
}

void metrics_add(struct metrics *metrics, enum metric metric, size_t place, uint64_t by) {
    _Atomic uint64_t *cell = cell_at(metrics, metric, place);
    if (cell) {
        cell_add(cell, by);
    }
}

void metrics_set(struct metrics *metrics, enum metric metric, size_t place, uint64_t value) {
    _Atomic uint64_t *cell = cell_at(metrics, metric, place);
    if (cell) {
        atomic_store_explicit(cell, value, memory_order_relaxed);
    }
}

void metrics_observe(struct metrics *metrics, enum metric metric, uint64_t value) {
    const struct metrics_family *family = &metrics_families[metric];
    require(family->kind == METRICS_HISTOGRAM);
    _Atomic uint64_t *cells = cell_at(metrics, metric, 0);
    if (!cells) {
        return;
    }
    size_t bucket = 0;
    while (family->bounds[bucket] != 0 && value > family->bounds[bucket]) {
        bucket++;
    }
    cell_add(&cells[bucket], 1);
    cell_add(&cells[metrics->series[metric].count - 1], value);
}

void metrics_count_verdict(struct metrics *metrics, enum metrics_verdict verdict) {
    metrics_add(metrics, METRIC_LINES, verdict, 1);
}

void metrics_count_refusal(struct metrics *metrics, enum refusal refusal) {
    require(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    metrics_add(metrics, METRIC_LINE_REFUSALS, (size_t)refusal - 1, 1);
}

/* --- the page ----------------------------------------------------------------------------------------------------- */

/* A page being written; the first failure sticks. */
struct page {
    const struct metrics *metrics;
    const uint64_t *values; /* one look at all cells */
    uint64_t now_us;
    struct buffer *out;
    int failure;
};

static void put(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct page *page, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int bytes = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    require(bytes >= 0 && (size_t)bytes < sizeof text);
    if (page->failure == 0) {
        page->failure = buffer_append(page->out, text, (size_t)bytes);
    }
}

static void put_value(struct page *page, enum metrics_unit unit, uint64_t value) {
    if (unit == METRICS_PLAIN) {
        put(page, "%" PRIu64 "\n", value);
        return;
    }
    /* A look that came between two turns may be older than the turn that it sees. */
    uint64_t us = unit == METRICS_SECONDS ? value : page->now_us > value ? page->now_us - value : 0;
    put(page, "%" PRIu64 ".%06" PRIu64 "\n", us / 1000000, us % 1000000);
}

/* 0.00025, not 0.000250: the label's text is the bucket's name. */
static const char *bound_text(const struct metrics_family *family, uint64_t bound, char *out, size_t size) {
    if (family->unit != METRICS_SECONDS) {
        (void)snprintf(out, size, "%" PRIu64, bound);
        return out;
    }
    int bytes = snprintf(out, size, "%" PRIu64 ".%06" PRIu64, bound / 1000000, bound % 1000000);
    while (out[bytes - 1] == '0') {
        out[--bytes] = 0;
    }
    if (out[bytes - 1] == '.') {
        out[--bytes] = 0;
    }
    return out;
}

static void put_histogram(struct page *page, const struct metrics_family *family, const struct series *series) {
    const uint64_t *cells = page->values + series->first;
    uint64_t count = 0;
    for (size_t bucket = 0; family->bounds[bucket] != 0; bucket++) {
        char bound[48];
        count += cells[bucket];
        put(page, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", family->name,
            bound_text(family, family->bounds[bucket], bound, sizeof bound), count);
    }
    count += cells[series->count - 2];
    put(page, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum ", family->name, count, family->name);
    put_value(page, family->unit, cells[series->count - 1]);
    put(page, "%s_count %" PRIu64 "\n", family->name, count);
}

static void put_samples(struct page *page, const struct metrics_family *family, const struct series *series) {
    const struct metrics_label *labels = series->labels;
    for (size_t place = 0; place < series->count; place++) {
        put(page, "%s", family->name);
        if (labels[1].name) {
            put(page, "{%s=\"%s\",%s=\"%s\"}", labels[0].name, labels[0].values[place / labels[1].count],
                labels[1].name, labels[1].values[place % labels[1].count]);
        } else if (labels[0].name) {
            put(page, "{%s=\"%s\"}", labels[0].name, labels[0].values[place]);
        }
        put(page, " ");
        put_value(page, family->unit, page->values[series->first + place]);
    }
}

static void put_family(struct page *page, enum metric metric) {
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    const struct metrics_family *family = &metrics_families[metric];
    const struct series *series = &page->metrics->series[metric];
    if (series->count == 0) {
        return;
    }
    put(page, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name, kinds[family->kind]);
    if (metric == METRIC_BUILD_INFO) {
        put(page, "%s{version=\"%s\",service=\"%s\"} 1\n", family->name, ELP_VERSION,
            cell_service_names[page->metrics->service]);
    } else if (family->kind == METRICS_HISTOGRAM) {
        put_histogram(page, family, series);
    } else {
        put_samples(page, family, series);
    }
}

int metrics_render(const struct metrics *metrics, uint64_t now_us, struct buffer *out) {
    uint64_t *values = calloc(metrics->cell_count, sizeof *values);
    if (!values) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < metrics->cell_count; i++) {
        values[i] = atomic_load_explicit(&metrics->cells[i], memory_order_relaxed);
    }
    struct page page = {.metrics = metrics, .values = values, .now_us = now_us, .out = out};
    for (int i = 0; i < METRIC_COUNT; i++) {
        put_family(&page, (enum metric)i);
    }
    free(values);
    return page.failure;
}
