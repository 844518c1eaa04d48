#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/require.h"
#include "tests/bench/bench.h"

int64_t bench_now_ns(void) {
    struct timespec now;
    require(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int bench_fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)fputs("elp-bench: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    return 1;
}

static const struct option long_options[] = {
    {"cell", required_argument, NULL, 'c'},     {"workload", required_argument, NULL, 'w'},
    {"folder", required_argument, NULL, 'f'},   {"as", required_argument, NULL, 'a'},
    {"consumer", required_argument, NULL, 'o'}, {"clients", required_argument, NULL, 'n'},
    {"window", required_argument, NULL, 'i'},   {"batch", required_argument, NULL, 'b'},
    {"rate", required_argument, NULL, 'r'},     {"skip", required_argument, NULL, 's'},
    {"take", required_argument, NULL, 't'},     {"count", required_argument, NULL, 'k'},
    {"stored", required_argument, NULL, 'd'},   {"shuffle", no_argument, NULL, 'S'},
    {"hash-keys", no_argument, NULL, 'H'},      {0},
};

static int64_t whole(const char *text) {
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < 0) {
        (void)bench_fail("'%s' is no whole number", text);
        exit(2);
    }
    return value;
}

static void take_option(struct bench_options *options, int key, const char *value) {
    const char **const texts[] = {
        ['c'] = &options->cell, ['w'] = &options->workload, ['f'] = &options->folder,
        ['a'] = &options->as,   ['o'] = &options->consumer,
    };
    int64_t *const numbers[] = {
        ['n'] = &options->clients, ['i'] = &options->window, ['b'] = &options->batch, ['r'] = &options->rate,
        ['s'] = &options->skip,    ['t'] = &options->take,   ['k'] = &options->count, ['d'] = &options->stored,
    };
    if (key == 'S') {
        options->shuffle = true;
    } else if (key == 'H') {
        options->hash_keys = true;
    } else if ((size_t)key < sizeof texts / sizeof texts[0] && texts[key] != NULL) {
        *texts[key] = value;
    } else if ((size_t)key < sizeof numbers / sizeof numbers[0] && numbers[key] != NULL) {
        *numbers[key] = whole(value);
    } else {
        exit(2); /* getopt has said what it does not know */
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(const struct bench_options *options);
    } commands[] = {
        {"pack", bench_pack},
        {"load", bench_load},
        {"lone", bench_lone},
        {"raw-lmdb", bench_raw_lmdb},
    };
    struct bench_options options = {
        .as = "integrator", .consumer = "consumer", .clients = 8, .window = 2, .batch = 500, .count = 200};
    int key;
    if (sodium_init() < 0) {
        return bench_fail("libsodium does not start");
    }
    while ((key = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        take_option(&options, key, optarg);
    }
    for (size_t i = 0; optind == argc - 1 && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[optind], commands[i].name) == 0) {
            return commands[i].run(&options);
        }
    }
    return bench_fail("commands: pack, load, lone, raw-lmdb; see tests/bench/run");
}
