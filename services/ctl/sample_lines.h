#ifndef ELP_CTL_SAMPLE_LINES_H
#define ELP_CTL_SAMPLE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "services/ctl/sample_year.h"

/* The lines of the sample while they are made, network by network. */
struct sample_lines {
    struct sample_world *world;
    struct sample_random random;
    struct sample_line *lines;
    size_t count;
    size_t size;
    size_t limit; /* of count, for the part being made */
    size_t first; /* of the network being made */
    int network;  /* being made */
    size_t group_person;
};

bool sample_lines_full(const struct sample_lines *lines);

/* Adds a copy with the network and the next provisional key set. */
MUST_USE int sample_lines_add(struct sample_lines *lines, const struct sample_line *line);

/* Takes free hours of a provider on *date or up to five days later; false when there are none. */
MUST_USE bool sample_slot_take(struct sample_provider *provider, int hours, struct date *date, int *ret_minute);

struct date sample_submission_day(struct sample_random *random, struct date session);

/* A sound group session of the network being made; false when its provider has no free hours. */
MUST_USE bool sample_group_make(struct sample_lines *lines, Elp__V1__Function function, struct sample_line *ret);

#endif
