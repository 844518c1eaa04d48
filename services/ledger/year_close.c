#include "services/ledger/year_close.h"

#include "common/require.h"

#define BASIS_POINTS_ONE 10000

struct money reduction_largest(struct money care_budget, struct money care_spent, struct money national_spent,
                               struct money national_budget, int32_t critical_bp) {
    if (money_compare(national_spent, national_budget) < 0) {
        return MONEY_ZERO;
    }
    /*
     * spent − threshold, rounded down, is spent − threshold rounded up; and rounding up is rounding the
     * negated amount down.
     */
    struct money threshold_up_negated = MONEY_ZERO;
    bool fits =
        money_fraction_round_down(money_negate(care_budget), critical_bp, BASIS_POINTS_ONE, &threshold_up_negated);
    require(fits);
    return money_max(MONEY_ZERO, money_require_add(care_spent, threshold_up_negated));
}
