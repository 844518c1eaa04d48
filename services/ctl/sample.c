#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "services/ctl/command.h"
#include "services/ctl/sample_text.h"
#include "services/ctl/sample_world.h"
#include "services/ctl/sample_year.h"

static int write_sample(FILE *out, bool registry, uint64_t seed, int networks, int attestations) {
    struct sample_world world = {0};
    struct sample_year year = {0};
    int failure = sample_world_build(seed, networks, attestations, &world);
    if (failure == 0) {
        failure = sample_year_build(&world, &year);
    }
    if (failure == 0 && registry) {
        sample_write_registry(out, &world, &year);
    } else if (failure == 0) {
        failure = sample_write_lines(out, &world, &year);
    }
    sample_year_free(&year);
    sample_world_free(&world);
    return failure;
}

static int run_sample(struct ctl *ctl) {
    int64_t seed = 1;
    int64_t networks = SAMPLE_NETWORKS_MAX;
    int64_t attestations = 50000;
    int code = ctl_option_whole(ctl, OPTION_SEED, "--seed", 0, INT64_MAX, &seed);
    if (code == CTL_DONE) {
        code = ctl_option_whole(ctl, OPTION_NETWORKS, "--networks", 1, SAMPLE_NETWORKS_MAX, &networks);
    }
    if (code == CTL_DONE) {
        code = ctl_option_whole(ctl, OPTION_ATTESTATIONS, "--attestations", 1, 20000000, &attestations);
    }
    if (code != CTL_DONE) {
        return code;
    }
    const char *path = ctl_option(ctl, OPTION_OUTPUT);
    FILE *out = path ? fopen(path, "w") : stdout;
    if (!out) {
        return ctl_fail(CTL_INPUT, "%s cannot be written: %s", path, strerror(errno));
    }
    int failure =
        write_sample(out, ctl_option(ctl, OPTION_REGISTRY) != NULL, (uint64_t)seed, (int)networks, (int)attestations);
    bool written = fflush(out) == 0 && !ferror(out);
    if (path) {
        written = fclose(out) == 0 && written;
    }
    if (failure < 0) {
        return ctl_failure(failure);
    }
    return written ? CTL_DONE
                   : ctl_fail(CTL_INPUT, "%s: the sample could not be written whole", path ? path : "standard output");
}

static const struct argp_option sample_options[] = {
    {"seed", OPTION_SEED, "N", 0, "the same seed gives the same bytes; default 1", 0},
    {"networks", OPTION_NETWORKS, "N", 0, "1 to 32; default 32: 20 adult, 11 child and adolescent, 1 mixed", 0},
    {"attestations", OPTION_ATTESTATIONS, "N", 0, "lines; default 50000", 0},
    {"registry", OPTION_REGISTRY, NULL, 0, "write the registry file of the same world instead of its attestations", 0},
    {"output", OPTION_OUTPUT, "FILE", 0, "default: standard output", 0},
    {0},
};

const struct command sample_command = {
    .name = "sample",
    .group = GROUP_CELL,
    .summary = "write a fictitious year of attestations, or its registry",
    .arguments = "",
    .arguments_min = 0,
    .arguments_max = 0,
    .as = NULL,
    .options = sample_options,
    .help = "January to October 2026 as JSON lines for `elpctl submit`, each batch with its own time for the manual "
            "clock: 19 % of "
            "the sessions on sites, 1 % groups, most attested in the days before the 5th, 2 % faulty lines of every "
            "kind.\n\n"
            "  elpctl sample --registry --output registry.yaml\n"
            "  elpctl sample --output year.jsonl\n"
            "  elpctl registry load registry.yaml && elpctl submit year.jsonl",
    .run = run_sample,
};
