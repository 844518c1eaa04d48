#ifndef ELP_SERVICES_LEDGER_HELD_H
#define ELP_SERVICES_LEDGER_HELD_H

#include "services/ledger/ledger_core.h"

/*
 * Payment orders that wait because their payee is incomplete (rulebook B7). Their amounts are still in
 * liabilities:payable; a row earmarks them for the month in which they were attested.
 *
 * Table: key is the payee's text and a zero byte, the network's text and a zero byte, the month YYYYMM as 4 bytes; value
 * the amount in cents as 8 bytes and the number of lines as 4. 221.18 of P1 for N1, May 2024, one line:
 *   503100 4e3100 000316a5      0000000000005666 00000001
 */
struct held {
    struct code network;
    struct code payee;
    uint32_t month;
    struct money amount;
    uint32_t lines;
};

MUST_USE int held_put(struct ledger *ledger, const struct held *held);
MUST_USE int held_remove(struct ledger *ledger, const struct held *held);

/*
 * The held orders of a payee, of one network or (network NULL) of all, ascending by network and month. *ret_items lives in
 * the arena.
 */
MUST_USE int held_of(struct ledger *ledger, const char *payee, const char *network, struct held **ret_items,
                     size_t *ret_count);

#endif
