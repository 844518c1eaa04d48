#ifndef ELP_SERVICES_LEDGER_COST_SUMS_H
#define ELP_SERVICES_LEDGER_COST_SUMS_H

#include "services/ledger/ledger_core.h"

/*
 * Sums of the operating costs of a network and year that stand, so that a limit costs one look-up: by pseudo-code, and
 * under two words of their own.
 *
 * Table: key is the network's text and a zero byte, the year as 4 bytes, the word and a zero byte; value the cents as 8
 * bytes and the number of claims as 4. 58,865.90 of N1 in 2026 in one claim:
 *   4e3100 000007ea 37393338333300      000000000059d23e 00000001
 */
#define COST_SUM_PARTNERSHIP "partnership" /* pay for time and expertise in local partnerships */
#define COST_SUM_REAL "real"               /* the hospital's real costs, as claims of 793833 gave them */

struct cost_sum {
    struct money amount;
    uint32_t claims;
};

/* Zero when nothing stands under that word. */
MUST_USE int cost_sums_get(struct store_txn *txn, const char *network, int year, const char *word,
                           struct cost_sum *ret);

/* Adds an amount and a number of claims, either of which may be negative; no sum of claims falls below zero. */
MUST_USE int cost_sums_add(struct ledger *ledger, const char *network, int year, const char *word, struct money amount,
                           int claims);

#endif
