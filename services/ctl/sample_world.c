#include "services/ctl/sample_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/require.h"

#define SESSIONS_PER_PROVIDER 150
#define SESSIONS_PER_PERSON 4

enum { STREAM_NETWORKS = 1, STREAM_PROVIDERS, STREAM_PEOPLE };

const struct sample_second_leader sample_second_leaders[SAMPLE_SECOND_LEADERS] = {
    {ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_PHYSICIAN, false, false, 0},
    {ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_CARE_PROVIDER, false, false, 0},
    {ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_EXPERT, true, true, 4210},
    {ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_HEALTH_PROFESSIONAL, true, false, 6000},
};

struct sample_site sample_site_of(const struct sample_network *network, int index) {
    static const struct sample_site sites[SAMPLE_SITES] = {
        {"GP practice of the sample", "gp-practice", false},
        {"Youth centre of the sample", "youth-centre", false},
        {"School of the sample", "school", true},
        {"Library of the sample", "other", false},
        {"Neighbourhood house of the sample", "other", false},
    };
    static const struct sample_site prison = {"Prison of the sample", "prison", true};
    require(index >= 0 && index < SAMPLE_SITES);
    return index == SAMPLE_SITES - 1 && network->prison ? prison : sites[index];
}

void sample_inami(uint32_t serial, char out[12]) {
    uint32_t number = 700000 + serial % 99999;
    (void)snprintf(out, 12, "%06u%02u001", number, 97 - number % 97);
}

void sample_bce(uint32_t serial, char out[11]) {
    uint32_t number = 2000000 + serial % 7000000;
    (void)snprintf(out, 11, "%08u%02u", number, 97 - number % 97);
}

void sample_iban(uint32_t serial, char out[17]) {
    uint64_t account = UINT64_C(9990000000) + serial;
    uint64_t inner = account % 97 ? account % 97 : 97;
    /* mod 97 of the account followed by "BE00", BE being 1114: in two steps that fit 64 bits. */
    uint64_t rest = ((account * 100 + inner) % 97 * 1000000 + 111400) % 97;
    (void)snprintf(out, 17, "BE%02u%010llu%02u", (unsigned)(98 - rest) % 100, (unsigned long long)account % 10000000000,
                   (unsigned)inner % 100);
}

static void sample_niss(struct date birth, int serial, char out[12]) {
    int year;
    int month;
    int day;
    date_split(birth, &year, &month, &day);
    uint64_t nine =
        (uint64_t)(year % 100) * 10000000 + (uint64_t)month * 100000 + (uint64_t)day * 1000 + (uint64_t)serial;
    uint64_t checked = year >= 2000 ? UINT64_C(2000000000) + nine : nine;
    (void)snprintf(out, 12, "%09llu%02u", (unsigned long long)nine, (unsigned)(97 - checked % 97));
}

/* Of 32: 11 child and adolescent, 1 mixed, 20 adult (rulebook §1). */
static Elp__V1__NetworkKind kind_of_index(int index) {
    if (index == 31) {
        return ELP__V1__NETWORK_KIND__NETWORK_KIND_MIXED;
    }
    return index % 3 == 1 || index == 30 ? ELP__V1__NETWORK_KIND__NETWORK_KIND_CHILD
                                         : ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT;
}

static void set_course(struct sample_network *network, int index, struct sample_random *random) {
    network->course = COURSE_NORMAL;
    network->use_basis_points = sample_random_between(random, 5800, 9700);
    if (index % 16 == 4) {
        network->course = COURSE_VIGILANCE;
        network->use_basis_points = 10200;
    } else if (index % 16 == 9) {
        network->course = COURSE_CRITICAL;
        network->use_basis_points = 10450;
    } else if (index == 22) {
        network->course = COURSE_CEILING;
        network->use_basis_points = 10700;
    }
}

static void build_networks(struct sample_world *world) {
    struct sample_random random = sample_random_stream(world->seed, STREAM_NETWORKS);
    int adult = 0;
    int child = 0;
    int mixed = 0;
    for (int i = 0; i < world->network_count; i++) {
        struct sample_network *network = &world->networks[i];
        network->kind = kind_of_index(i);
        bool is_child = network->kind == ELP__V1__NETWORK_KIND__NETWORK_KIND_CHILD;
        bool is_mixed = network->kind == ELP__V1__NETWORK_KIND__NETWORK_KIND_MIXED;
        int serial = is_mixed ? ++mixed : is_child ? ++child : ++adult;
        (void)snprintf(network->code, sizeof network->code, "%c%02d",
                       is_mixed   ? 'M'
                       : is_child ? 'C'
                                  : 'A',
                       serial % 100);
        network->prison = !is_child && !is_mixed && adult % 2 == 1 && adult <= 17; /* nine of them */
        network->sites_from_art8 = i % 2 == 0;
        network->weight = is_mixed ? 20 : sample_random_between(&random, 60, 140);
        set_course(network, i, &random);
    }
}

int sample_attestations_of(const struct sample_world *world, int index) {
    int64_t weights = 0;
    for (int i = 0; i < world->network_count; i++) {
        weights += world->networks[i].weight;
    }
    return (int)((int64_t)world->attestations * world->networks[index].weight / weights) + 1;
}

static int at_least(int value, int least) {
    return value < least ? least : value;
}

static int build_providers(struct sample_world *world) {
    struct sample_random random = sample_random_stream(world->seed, STREAM_PROVIDERS);
    for (int i = 0; i < world->network_count; i++) {
        world->networks[i].provider_first = world->provider_count;
        world->networks[i].provider_count =
            (size_t)at_least(sample_attestations_of(world, i) / SESSIONS_PER_PROVIDER, 3);
        world->provider_count += world->networks[i].provider_count;
    }
    world->providers = calloc(world->provider_count, sizeof *world->providers);
    if (!world->providers) {
        return FAILURE_MEMORY;
    }
    for (int i = 0; i < world->network_count; i++) {
        const struct sample_network *network = &world->networks[i];
        for (size_t p = network->provider_first; p < network->provider_first + network->provider_count; p++) {
            struct sample_provider *provider = &world->providers[p];
            sample_inami((uint32_t)p, provider->inami);
            provider->network = i;
            provider->has_f3 = p == network->provider_first || sample_random_percent(&random, 70);
            provider->new_graduate = sample_random_percent(&random, 6);
            provider->under_served = sample_random_percent(&random, 5);
            provider->without_iban = sample_random_percent(&random, 1);
        }
    }
    return 0;
}

static struct date birth_of(const struct sample_network *network, struct sample_random *random) {
    int oldest = 84;
    int youngest = 16;
    if (network->kind == ELP__V1__NETWORK_KIND__NETWORK_KIND_CHILD) {
        oldest = 22;
        youngest = 5;
    }
    struct date birth;
    require(date_make(2026 - sample_random_between(random, youngest, oldest), sample_random_between(random, 1, 12),
                      sample_random_between(random, 1, 28), &birth));
    return birth;
}

static int build_people(struct sample_world *world) {
    struct sample_random random = sample_random_stream(world->seed, STREAM_PEOPLE);
    for (int i = 0; i < world->network_count; i++) {
        world->networks[i].person_first = world->person_count;
        world->networks[i].person_count = (size_t)at_least(sample_attestations_of(world, i) / SESSIONS_PER_PERSON, 24);
        world->person_count += world->networks[i].person_count;
    }
    world->people = calloc(world->person_count, sizeof *world->people);
    if (!world->people) {
        return FAILURE_MEMORY;
    }
    for (int i = 0; i < world->network_count; i++) {
        const struct sample_network *network = &world->networks[i];
        for (size_t p = network->person_first; p < network->person_first + network->person_count; p++) {
            struct sample_person *person = &world->people[p];
            person->birth = birth_of(network, &random);
            sample_niss(person->birth, (int)(p % 997) + 1, person->niss);
            person->increased = sample_random_percent(&random, 22);
            person->statement = p == network->person_first;
        }
    }
    return 0;
}

int sample_world_build(uint64_t seed, int networks, int attestations, struct sample_world *ret) {
    require(networks >= 1 && networks <= SAMPLE_NETWORKS_MAX && attestations >= 1);
    struct sample_world world = {.seed = seed, .attestations = attestations, .network_count = networks};
    build_networks(&world);
    int failure = build_providers(&world);
    if (failure == 0) {
        failure = build_people(&world);
    }
    if (failure < 0) {
        sample_world_free(&world);
        return failure;
    }
    *ret = world;
    return 0;
}

void sample_world_free(struct sample_world *world) {
    free(world->providers);
    free(world->people);
    *world = (struct sample_world){0};
}
