#include "services/ctl/sample_random.h"

#include "common/require.h"

uint64_t sample_random_next(struct sample_random *random) {
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = random->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct sample_random sample_random_stream(uint64_t seed, uint64_t stream) {
    struct sample_random random = {seed};
    (void)sample_random_next(&random);
    random.state ^= stream * UINT64_C(0xd1342543de82ef95);
    (void)sample_random_next(&random);
    return random;
}

int sample_random_below(struct sample_random *random, int bound) {
    require(bound >= 1);
    return (int)(sample_random_next(random) % (uint64_t)bound);
}

int sample_random_between(struct sample_random *random, int from, int until) {
    return from + sample_random_below(random, until - from + 1);
}

int sample_random_percent(struct sample_random *random, int percent) {
    return sample_random_below(random, 100) < percent;
}
