#ifndef ELP_SERVICES_LEDGER_CLOSINGS_H
#define ELP_SERVICES_LEDGER_CLOSINGS_H

#include "elp/v1/money.pb-c.h"
#include "services/ledger/ledger_core.h"
#include "services/ledger/zone.h"

/*
 * Years as they were closed (rulebook B3, B4; S0 art. 14 §5). A close is one record for every network of the cell; what
 * comes later belongs to a later year, so that neither these figures nor what the year has spent move again. Suspended
 * amounts of a closed year can still be carried into an open one or written off.
 *
 * Table: key is the year as 4 bytes and the network's text and a zero byte, the empty text for the whole country; value
 * the wire number of the zone (0: the year has no zones) and, 8 bytes each, care budget, spent care, the largest
 * reduction, what was decided of it, what mission.art8 spent and of that art. 8 missions themselves. N1 of story S5:
 *   000007ea 4e3100      03 00000000000f4240 00000000000ff8ca 000000000000415a 0000000000000000 00…00 00…00
 */
struct closing {
    struct code network; /* empty: the country */
    int year;
    Elp__V1__Zone zone;
    struct money care_budget;
    struct money care_spent;
    struct money largest; /* by how much next year's care budget may be reduced */
    struct money reduced; /* by how much it was */
    struct money art8_spent;
    struct money art8_missions;
};

/*
 * Closes a year: refused with malformed, no-book, too-early (before the book's close_from), already-closed or no-budget
 * (no network of the cell has one). Otherwise each network of that year gets its class, and the largest reduction where
 * the book has reductions, the network is critical and the country's care budget is used up; a network whose mission.art8
 * paid no art. 8 mission gets the warning art8-unused.
 */
MUST_USE int closings_apply(struct ledger *ledger, const Elp__V1__CloseYear *command);

/* Was the year closed? */
MUST_USE int closings_closed(struct ledger *ledger, int year, bool *ret_closed);

/* A closed year never moves: what still comes for it belongs to the first year from it on that is open (rulebook B4). */
MUST_USE int closings_open_year(struct ledger *ledger, int year, int *ret_year);

/* How a network's year was closed; *ret_found false while it is open, or when the network had no balance in it. */
MUST_USE int closings_find(struct store_txn *txn, int year, const char *network, struct closing *ret, bool *ret_found);
MUST_USE int closings_put(struct ledger *ledger, const struct closing *closing);

/* Visits a closed year's networks by code; a negative value is forwarded. */
typedef int closing_visit(void *state, const struct closing *closing);
MUST_USE int closings_scan(struct store_txn *txn, int year, closing_visit *visit, void *state);

#endif
