#ifndef ELP_CTL_SAMPLE_RANDOM_H
#define ELP_CTL_SAMPLE_RANDOM_H

#include <stdint.h>

/*
 * Repeatable pseudo-random numbers for the sample (SplitMix64): the same seed gives the same bytes on every machine. Never
 * for keys.
 */
struct sample_random {
    uint64_t state;
};

/* Streams of one seed are independent, so that one part of the sample does not shift another. */
struct sample_random sample_random_stream(uint64_t seed, uint64_t stream);
uint64_t sample_random_next(struct sample_random *random);
/* 0 … bound − 1; bound ≥ 1. */
int sample_random_below(struct sample_random *random, int bound);
/* from … until, both inclusive. */
int sample_random_between(struct sample_random *random, int from, int until);
/* True in `percent` of 100. */
int sample_random_percent(struct sample_random *random, int percent);

#endif
