#include "services/ledger/zone.h"

#include "common/require.h"

enum zone zone_of(struct money spent, struct money budget, int32_t vigilance_bp, int32_t critical_bp) {
    require(vigilance_bp <= critical_bp);
    if (money_compare_share(spent, budget, critical_bp) > 0) {
        return ZONE_CRITICAL;
    }
    if (money_compare_share(spent, budget, vigilance_bp) > 0) {
        return ZONE_VIGILANCE;
    }
    return ZONE_NORMAL;
}

const char *zone_name(enum zone zone) {
    switch (zone) {
    case ZONE_NORMAL:
        return "normal";
    case ZONE_VIGILANCE:
        return "vigilance";
    case ZONE_CRITICAL:
        return "critical";
    }
    require_failed("zone is one of enum zone", __FILE__, __LINE__, __func__);
}
