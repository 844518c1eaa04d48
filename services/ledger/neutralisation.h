#ifndef ELP_SERVICES_LEDGER_NEUTRALISATION_H
#define ELP_SERVICES_LEDGER_NEUTRALISATION_H

#include <stdint.h>

#include "common/money.h"

/*
 * What the 2021 convention neutralised in 2023: paid, but counted neither in care nor in its ceiling
 * (rulebook B5; the thresholds are S1's, the formulas ours). Both take year-to-date figures of one network
 * and year, so the ledger books the difference to what it neutralised before.
 *
 * With a threshold of t basis points, a part of `inside` among `total` beyond it neutralises
 *     cost × (10,000 × inside − t × total) / (10,000 × inside)
 * to the nearest cent, ties away from zero; nothing at or below the threshold. Exact in 128 bits.
 */

/*
 * The largest count of people or sessions: far above the country's, and its products with basis points fit 64
 * bits.
 */
#define NEUTRALISATION_COUNT_MAX INT64_C(1000000000000)

/*
 * Group sessions, cost = their insurer part. group_people and people are different people seen in group and
 * at all: 0 ≤ group_people ≤ people ≤ NEUTRALISATION_COUNT_MAX. threshold_bp in [0, 10,000], 1000 in the
 * book.
 */
struct money neutralised_group(struct money cost, int64_t group_people, int64_t people, int32_t threshold_bp);

/*
 * Outreach, cost = insurer part of the individual sessions held there. outreach_sessions and sessions count
 * individual sessions, with the same bounds. threshold_bp is 2000 in the book.
 */
struct money neutralised_outreach(struct money cost, int64_t outreach_sessions, int64_t sessions, int32_t threshold_bp);

#endif
