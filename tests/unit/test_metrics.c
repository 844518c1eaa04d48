/*
 * Goal: the page of metrics is what Prometheus' text format 0.0.4 demands, and says what the loop counted.
 * Method: metrics of each daemon are filled by hand, rendered at a chosen time, and the page is read line by line; once
 * while another thread counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/metrics.h"
#include "common/version.h"

#define PAGE_BYTES_MAX 65536

static const char *const requests[] = {"health", "journal-fetch", "unknown", "submit-batch"};
static const char *const upstreams[] = {"intake", "rating", "ledger"};

static struct metrics *open_for(enum cell_service service) {
    static const size_t upstream_counts[CELL_SERVICES] = {0, 1, 2, 3};
    const struct metrics_setup setup = {
        .service = service,
        .requests = requests,
        .request_count = sizeof requests / sizeof requests[0],
        .upstreams = upstreams,
        .upstream_count = upstream_counts[service],
    };
    struct metrics *metrics = NULL;
    assert_int_equal(metrics_open(&setup, &metrics), 0);
    return metrics;
}

/* The page as text. */
static const char *page_at(const struct metrics *metrics, uint64_t now_us) {
    static char text[PAGE_BYTES_MAX];
    struct buffer page = {0};
    assert_int_equal(metrics_render(metrics, now_us, &page), 0);
    assert_true(page.used < sizeof text);
    memcpy(text, page.data, page.used);
    text[page.used] = 0;
    buffer_free(&page);
    return text;
}

/* Is this a line of the page? */
static bool has_line(const char *page, const char *line) {
    size_t bytes = strlen(line);
    for (const char *at = strstr(page, line); at; at = strstr(at + 1, line)) {
        if ((at == page || at[-1] == '\n') && at[bytes] == '\n') {
            return true;
        }
    }
    return false;
}

static void assert_line(const char *page, const char *line) {
    if (!has_line(page, line)) {
        fail_msg("no line \"%s\" in\n%s", line, page);
    }
}

/* The value of the sample that begins with `sample`, as it is written. */
static uint64_t whole_of(const char *page, const char *sample) {
    char start[128];
    (void)snprintf(start, sizeof start, "\n%s ", sample);
    const char *at = strstr(page, start);
    assert_non_null(at);
    return strtoull(at + strlen(start), NULL, 10);
}

static void each_family_has_one_help_and_one_type_before_its_samples(void **state) {
    (void)state;
    for (int service = 0; service < CELL_SERVICES; service++) {
        struct metrics *metrics = open_for((enum cell_service)service);
        static char text[PAGE_BYTES_MAX];
        char family[128] = "";
        char seen[METRIC_COUNT][128];
        size_t families = 0;
        char *rest = NULL;
        (void)snprintf(text, sizeof text, "%s", page_at(metrics, 0));
        assert_int_equal(text[strlen(text) - 1], '\n');
        assert_null(strstr(text, "\n\n"));
        assert_null(strchr(text, '\r'));
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
            if (strncmp(line, "# HELP ", 7) == 0) {
                assert_int_equal(sscanf(line + 7, "%127s", family), 1);
                for (size_t i = 0; i < families; i++) {
                    assert_string_not_equal(seen[i], family);
                }
                (void)snprintf(seen[families++], sizeof seen[0], "%s", family);
                line = strtok_r(NULL, "\n", &rest);
                assert_non_null(line);
                assert_int_equal(strncmp(line, "# TYPE ", 7), 0);
                assert_int_equal(strncmp(line + 7, family, strlen(family)), 0);
                continue;
            }
            assert_int_equal(strncmp(line, family, strlen(family)), 0);
            assert_non_null(strchr(" {_", line[strlen(family)]));
            assert_true(isdigit((unsigned char)*(strrchr(line, ' ') + 1)));
        }
        assert_true(families > 20);
        metrics_close(metrics);
    }
}

static void names_carry_their_unit_and_counters_end_in_total(void **state) {
    (void)state;
    for (int service = 0; service < CELL_SERVICES; service++) {
        struct metrics *metrics = open_for((enum cell_service)service);
        const char *page = page_at(metrics, 0);
        for (const char *at = strstr(page, "# TYPE "); at; at = strstr(at + 1, "# TYPE ")) {
            char name[128];
            char kind[32];
            assert_int_equal(sscanf(at, "# TYPE %127s %31s", name, kind), 2);
            size_t bytes = strlen(name);
            bool total = bytes > 6 && strcmp(name + bytes - 6, "_total") == 0;
            assert_int_equal(total, strcmp(kind, "counter") == 0);
            assert_int_equal(strncmp(name, "elp_", 4), 0);
            assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), bytes);
        }
        metrics_close(metrics);
    }
}

static void buckets_are_cumulative_and_hold_their_bound(void **state) {
    (void)state;
    struct metrics *metrics = open_for(CELL_INTAKE);
    metrics_observe(metrics, METRIC_COMMIT_DURATION, 250); /* on a bound */
    metrics_observe(metrics, METRIC_COMMIT_DURATION, 251); /* just above it */
    metrics_observe(metrics, METRIC_COMMIT_DURATION, 1000000);
    metrics_observe(metrics, METRIC_COMMIT_DURATION, 70000000); /* beyond the last */
    metrics_observe(metrics, METRIC_COMMIT_RECORDS, 0);
    metrics_observe(metrics, METRIC_COMMIT_RECORDS, 2000);
    const char *page = page_at(metrics, 0);
    assert_line(page, "# TYPE elp_commit_duration_seconds histogram");
    assert_line(page, "elp_commit_duration_seconds_bucket{le=\"0.00025\"} 1");
    assert_line(page, "elp_commit_duration_seconds_bucket{le=\"0.0005\"} 2");
    assert_line(page, "elp_commit_duration_seconds_bucket{le=\"0.5\"} 2");
    assert_line(page, "elp_commit_duration_seconds_bucket{le=\"1\"} 3");
    assert_line(page, "elp_commit_duration_seconds_bucket{le=\"5\"} 3");
    assert_line(page, "elp_commit_duration_seconds_bucket{le=\"+Inf\"} 4");
    assert_line(page, "elp_commit_duration_seconds_sum 71.000501");
    assert_line(page, "elp_commit_duration_seconds_count 4");
    assert_line(page, "elp_commit_records_bucket{le=\"1\"} 1");
    assert_line(page, "elp_commit_records_bucket{le=\"1000\"} 1");
    assert_line(page, "elp_commit_records_bucket{le=\"2000\"} 2");
    assert_line(page, "elp_commit_records_sum 2000");
    metrics_close(metrics);
}

static void ages_are_told_from_the_time_of_the_look_and_never_below_zero(void **state) {
    (void)state;
    struct metrics *metrics = open_for(CELL_RATING);
    metrics_set(metrics, METRIC_TICK, 0, 5000000);
    metrics_set(metrics, METRIC_COMMITTED, 0, 5000001);
    metrics_set(metrics, METRIC_START_TIME, 0, 1790000000123456);
    const char *page = page_at(metrics, 65250000);
    assert_line(page, "elp_loop_tick_age_seconds 60.250000");
    assert_line(page, "elp_last_commit_age_seconds 60.249999");
    assert_line(page, "elp_start_time_seconds 1790000000.123456");
    assert_line(page_at(metrics, 4999999), "elp_loop_tick_age_seconds 0.000000");
    metrics_close(metrics);
}

static void requests_are_told_by_type_and_outcome(void **state) {
    (void)state;
    struct metrics *metrics = open_for(CELL_INTAKE);
    metrics_add(metrics, METRIC_REQUESTS, 3 * METRICS_OUTCOMES + METRICS_REFUSED, 7);
    metrics_add(metrics, METRIC_REQUESTS, 0 * METRICS_OUTCOMES + METRICS_ANSWERED, 1);
    metrics_set(metrics, METRIC_REQUESTS_REFUSED, metrics_refused_place("busy"), 4);
    metrics_set(metrics, METRIC_REQUESTS_REFUSED, metrics_refused_place("a code of tomorrow"), 2);
    const char *page = page_at(metrics, 0);
    assert_line(page, "elp_requests_total{type=\"submit-batch\",outcome=\"refused\"} 7");
    assert_line(page, "elp_requests_total{type=\"health\",outcome=\"answered\"} 1");
    assert_line(page, "elp_requests_total{type=\"health\",outcome=\"denied\"} 0");
    assert_line(page, "elp_requests_refused_total{code=\"busy\"} 4");
    assert_line(page, "elp_requests_refused_total{code=\"other\"} 2");
    metrics_add(metrics, METRIC_HANDSHAKE_FAILURES, METRICS_JOURNAL * METRICS_HANDSHAKES + METRICS_HANDSHAKE_KEY, 3);
    assert_line(page_at(metrics, 0), "elp_handshake_failures_total{socket=\"journal\",reason=\"key\"} 3");
    metrics_close(metrics);
}

static void every_refusal_code_of_a_line_has_its_counter(void **state) {
    (void)state;
    struct metrics *metrics = open_for(CELL_INTAKE);
    for (int refusal = 1; refusal < REFUSAL_COUNT; refusal++) {
        for (int i = 0; i < refusal; i++) {
            metrics_count_refusal(metrics, (enum refusal)refusal);
        }
    }
    metrics_count_verdict(metrics, METRICS_LINE_KEY_CONFLICT);
    const char *page = page_at(metrics, 0);
    for (int refusal = 1; refusal < REFUSAL_COUNT; refusal++) {
        char line[128];
        (void)snprintf(line, sizeof line, "elp_line_refusals_total{code=\"%s\"} %d",
                       refusal_word((enum refusal)refusal), refusal);
        assert_line(page, line);
    }
    assert_line(page, "elp_lines_total{verdict=\"key-conflict\"} 1");
    assert_line(page, "elp_lines_total{verdict=\"accepted\"} 0");
    metrics_close(metrics);
}

static void a_daemon_shows_its_own_families_only(void **state) {
    (void)state;
    struct metrics *intake = open_for(CELL_INTAKE);
    struct metrics *ledger = open_for(CELL_LEDGER);
    struct metrics *reporting = open_for(CELL_REPORTING);
    metrics_set(ledger, METRIC_UPSTREAM_BACKLOG, 1, 9);
    metrics_count_refusal(ledger, REFUSAL_MALFORMED);
    const char *page = page_at(intake, 0);
    assert_null(strstr(page, "elp_upstream"));
    assert_null(strstr(page, "elp_feed"));
    assert_line(page, "elp_build_info{version=\"" ELP_VERSION "\",service=\"intake\"} 1");
    page = page_at(ledger, 0);
    assert_null(strstr(page, "elp_line"));
    assert_line(page, "elp_upstream_backlog_records{upstream=\"rating\"} 9");
    assert_null(strstr(page, "upstream=\"ledger\""));
    page = page_at(reporting, 0);
    assert_line(page, "elp_upstream_backlog_records{upstream=\"ledger\"} 0");
    assert_line(page, "elp_feed_subscriptions 0");
    metrics_close(intake);
    metrics_close(ledger);
    metrics_close(reporting);
}

static void without_metrics_nothing_is_counted(void **state) {
    (void)state;
    metrics_add(NULL, METRIC_RECORDS, 0, 1);
    metrics_set(NULL, METRIC_HEAD, 0, 1);
    metrics_observe(NULL, METRIC_COMMIT_RECORDS, 1);
    metrics_count_verdict(NULL, METRICS_LINE_ACCEPTED);
    metrics_count_refusal(NULL, REFUSAL_MALFORMED);
    metrics_close(NULL);
}

static atomic_bool counting;

static void *count(void *argument) {
    struct metrics *metrics = argument;
    for (uint64_t i = 1; atomic_load(&counting); i++) {
        metrics_observe(metrics, METRIC_COMMIT_DURATION, i % 10000000);
        metrics_set(metrics, METRIC_TICK, 0, i);
    }
    return NULL;
}

static void a_page_made_while_the_loop_counts_agrees_with_itself(void **state) {
    (void)state;
    struct metrics *metrics = open_for(CELL_INTAKE);
    pthread_t thread;
    uint64_t before = 0;
    atomic_store(&counting, true);
    assert_int_equal(pthread_create(&thread, NULL, count, metrics), 0);
    for (int look = 0; look < 300; look++) {
        const char *page = page_at(metrics, 0);
        uint64_t counted = whole_of(page, "elp_commit_duration_seconds_count");
        assert_int_equal(whole_of(page, "elp_commit_duration_seconds_bucket{le=\"+Inf\"}"), counted);
        assert_true(whole_of(page, "elp_commit_duration_seconds_bucket{le=\"5\"}") <= counted);
        assert_true(counted >= before);
        before = counted;
    }
    atomic_store(&counting, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    metrics_close(metrics);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_family_has_one_help_and_one_type_before_its_samples),
        cmocka_unit_test(names_carry_their_unit_and_counters_end_in_total),
        cmocka_unit_test(buckets_are_cumulative_and_hold_their_bound),
        cmocka_unit_test(ages_are_told_from_the_time_of_the_look_and_never_below_zero),
        cmocka_unit_test(requests_are_told_by_type_and_outcome),
        cmocka_unit_test(every_refusal_code_of_a_line_has_its_counter),
        cmocka_unit_test(a_daemon_shows_its_own_families_only),
        cmocka_unit_test(without_metrics_nothing_is_counted),
        cmocka_unit_test(a_page_made_while_the_loop_counts_agrees_with_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
