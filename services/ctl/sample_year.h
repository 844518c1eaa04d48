#ifndef ELP_CTL_SAMPLE_YEAR_H
#define ELP_CTL_SAMPLE_YEAR_H

#include <stddef.h>
#include <stdint.h>

#include "common/calendar.h"
#include "common/failure.h"
#include "elp/v1/types.pb-c.h"
#include "services/ctl/sample_world.h"

/*
 * The sessions of the sample year (January to October 2026) as they are attested: courses of individual sessions, 19 % on sites,
 * 1 % groups, most attested in the days before the 5th of the next month, 2 % faulty (rulebook §7, §8). The people are
 * treated within the limits of the 2024 convention, so that no line is refused that was not meant to be.
 */

/* What is wrong with a faulty line; one for each code that the sample shows. */
enum sample_fault {
    FAULT_NONE,
    FAULT_DEADLINE_PASSED,
    FAULT_SESSION_IN_FUTURE,
    FAULT_OUTSIDE_CONVENTION,
    FAULT_NO_ACTIVE_CONTRACT,
    FAULT_FUNCTION_NOT_CONTRACTED,
    FAULT_GROUP_TOO_SMALL,
    FAULT_DURATION_TOO_SHORT,
    FAULT_LEADERS_INVALID,
    FAULT_SITE_REQUIRED,
    FAULT_NAMED_IN_COMMUNITY,
    FAULT_PROGRAMME_UNKNOWN,
    FAULT_OTHER_FUNDING,
    FAULT_ALREADY_ATTESTED,
    FAULT_NOT_INSURED,
    FAULT_KEY_CONFLICT,
    FAULT_MALFORMED,
    FAULT_COUNT,
};

#define SAMPLE_GROUP_MAX 10

struct sample_line {
    struct date submitted;
    struct date session;
    uint32_t key;      /* serial of the idempotency key */
    uint32_t provider; /* into the world's providers */
    uint8_t network;
    uint8_t fault;
    uint8_t service;  /* Elp__V1__Service */
    uint8_t function; /* Elp__V1__Function */
    uint16_t start_minute;
    int8_t site;   /* −1: at the practice */
    int8_t second; /* group: second leader's index */
    uint8_t people_count;
    uint8_t head_count;
    uint32_t people[SAMPLE_GROUP_MAX];
};

struct sample_year {
    struct sample_line *lines; /* by day of submission, network, provider */
    size_t count;
    int64_t care_cents[SAMPLE_NETWORKS_MAX]; /* about what each network's lines cost; sizes the fictitious budgets */
};

MUST_USE int sample_year_build(struct sample_world *world, struct sample_year *ret);
void sample_year_free(struct sample_year *year); /* accepts the zeroed state */

#endif
