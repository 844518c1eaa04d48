#include "services/ledger/neutralisation.h"

#include "common/require.h"

#define BASIS_POINTS_ONE 10000

static struct money beyond_threshold(struct money cost, int64_t inside, int64_t total, int32_t threshold_bp) {
    require(inside >= 0 && inside <= total && total <= NEUTRALISATION_COUNT_MAX);
    require(threshold_bp >= 0 && threshold_bp <= BASIS_POINTS_ONE);
    int64_t reached = inside * BASIS_POINTS_ONE;
    int64_t beyond = reached - total * threshold_bp;
    if (beyond <= 0) {
        return MONEY_ZERO;
    }
    struct money neutralised = MONEY_ZERO;
    bool fits = money_fraction_round_nearest(cost, beyond, reached, &neutralised);
    require(fits);
    return neutralised;
}

struct money neutralised_group(struct money cost, int64_t group_people, int64_t people, int32_t threshold_bp) {
    return beyond_threshold(cost, group_people, people, threshold_bp);
}

struct money neutralised_outreach(struct money cost, int64_t outreach_sessions, int64_t sessions,
                                  int32_t threshold_bp) {
    return beyond_threshold(cost, outreach_sessions, sessions, threshold_bp);
}
