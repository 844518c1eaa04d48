#ifndef ELP_SERVICES_LEDGER_PAYABLE_H
#define ELP_SERVICES_LEDGER_PAYABLE_H

#include "services/ledger/ledger_core.h"

/*
 * What a network owes one payee, over the accounts that say so: liabilities:payable, liabilities:carried of years that
 * have come, and assets:receivable, which counts against it (rulebook T4, B7).
 */
struct payable {
    struct code network;
    struct code payee;
    struct money owed;    /* credit of liabilities:payable; below zero after a correction of what was ordered */
    struct money carried; /* credit of liabilities:carried for years up to the one asked for */
    int carried_from;     /* first and last of these years; meaningful when carried is not zero */
    int carried_until;
    struct money receivable; /* debit of assets:receivable */
    uint32_t owed_lines;
    uint32_t carried_lines;
    uint32_t receivable_lines;
};

/* owed + carried − receivable */
struct money payable_net(const struct payable *payable);
uint32_t payable_lines(const struct payable *payable);

/*
 * Every network and payee with a balance that is due in `year`, sorted by network and payee so that the same history
 * gives the same orders. *ret_items lives in the arena.
 */
MUST_USE int payable_collect(struct ledger *ledger, int year, struct payable **ret_items, size_t *ret_count);

/*
 * Posts one PAYMENT transaction that moves `ordered` to liabilities:ordered, takes the carried amounts in, nets the
 * receivable, and leaves what remains on one side: liabilities:payable above zero, assets:receivable below. The lines of
 * what remains below zero stay with it; all others start anew. Nothing is posted when nothing moves. 0 ≤ ordered ≤ net,
 * or 0 when the net is below zero.
 */
MUST_USE int payable_settle(struct ledger *ledger, const struct payable *payable, int year, struct money ordered);

/* liabilities:payable less assets:receivable of one payee, as they stand now. */
MUST_USE int payable_available(struct ledger *ledger, const char *network, const char *payee, struct money *ret);

#endif
