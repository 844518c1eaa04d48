#ifndef ELP_SERVICES_LEDGER_HOSPITALS_H
#define ELP_SERVICES_LEDGER_HOSPITALS_H

#include "elp/v1/registry.pb-c.h"
#include "services/ledger/ledger_core.h"

/*
 * What the ledger keeps of a network (rulebook R1): the payee that is its collecting institution, to which operating
 * costs and lump sums are paid, and whom its missions are for.
 *
 * Table: key is the network's code; value its kind as on the wire, 01 for a prison network, and the payee's code.
 * N1 for children, hospital H1:
 *   4e31      02 00 4831
 */
struct hospital {
    Elp__V1__NetworkKind kind;
    bool prison_network;
    struct code payee; /* empty: the registry names none */
};

MUST_USE int hospitals_apply(struct ledger *ledger, const Elp__V1__Network *fact);

/* An empty one for a network that no fact described. */
MUST_USE int hospitals_find(struct store_txn *txn, const char *network, struct hospital *ret);

#endif
