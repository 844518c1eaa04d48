#ifndef ELP_CTL_SAMPLE_WORLD_H
#define ELP_CTL_SAMPLE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/calendar.h"
#include "common/failure.h"
#include "common/identifiers.h"
#include "elp/v1/types.pb-c.h"
#include "services/ctl/sample_random.h"

/*
 * The fictitious world of the sample: networks, providers, second leaders, sites, people. Everything follows from the seed, the
 * number of networks and the number of attestations; nobody in it exists, and all numbers only pass their checks.
 */

#define SAMPLE_NETWORKS_MAX 32
#define SAMPLE_SITES 5 /* per network; the last is a prison in prison networks, a neighbourhood house elsewhere */
#define SAMPLE_SECOND_LEADERS 4 /* per network */
#define SAMPLE_PROGRAMMES 3     /* per network: one for each function */

/* How the year of a network is meant to stand at the end of October, in basis points of its care budget. */
enum sample_course { COURSE_NORMAL, COURSE_VIGILANCE, COURSE_CRITICAL, COURSE_CEILING };

struct sample_network {
    char code[8];
    Elp__V1__NetworkKind kind;
    bool prison;
    bool sites_from_art8;
    enum sample_course course;
    int use_basis_points;
    int weight;            /* share of the attestations */
    size_t provider_first; /* into providers */
    size_t provider_count;
    size_t person_first; /* into people */
    size_t person_count;
};

struct sample_provider {
    char inami[12];
    int network;
    bool has_f3; /* all providers have F1 and F2 */
    bool new_graduate;
    bool under_served;
    bool without_iban;       /* the payee is incomplete: held */
    uint8_t used_hours[366]; /* by day of the sample year: hours from 08:00 that are taken */
};

struct sample_person {
    char niss[12];
    struct date birth;
    bool increased;
    bool statement; /* an insurer states a problem that was resolved */
};

struct sample_world {
    uint64_t seed;
    int attestations;
    int network_count;
    struct sample_network networks[SAMPLE_NETWORKS_MAX];
    struct sample_provider *providers;
    size_t provider_count;
    struct sample_person *people;
    size_t person_count;
};

/* Builds the world; networks 1 … SAMPLE_NETWORKS_MAX, attestations 1 … 20,000,000. sample_world_free accepts the zeroed state. */
MUST_USE int sample_world_build(uint64_t seed, int networks, int attestations, struct sample_world *ret);
void sample_world_free(struct sample_world *world);

/* How many of the attestations are a network's, by its weight; at least 1. */
int sample_attestations_of(const struct sample_world *world, int network);

/* Numbers that pass the checks of rulebook R10; size as their types in common/identifiers.h. */
void sample_inami(uint32_t serial, char out[12]);
void sample_bce(uint32_t serial, char out[11]);
void sample_iban(uint32_t serial, char out[17]);

/* What a second leader of a network is; index 0 … SAMPLE_SECOND_LEADERS − 1. */
struct sample_second_leader {
    Elp__V1__SecondLeaderKind kind;
    bool designated;
    bool paid_in_person;
    int rate_cents_per_hour;
};
extern const struct sample_second_leader sample_second_leaders[SAMPLE_SECOND_LEADERS];

struct sample_site {
    const char *name;
    const char *kind;
    bool share_exempt;
};
/* The site of a network; index 0 … SAMPLE_SITES − 1. */
struct sample_site sample_site_of(const struct sample_network *network, int index);

#endif
