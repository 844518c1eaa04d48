#ifndef ELP_SERVICES_REPORTING_BUDGETS_H
#define ELP_SERVICES_REPORTING_BUDGETS_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/failure.h"
#include "common/identifiers.h"
#include "common/money.h"
#include "common/store.h"
#include "elp/v1/ledger.pb-c.h"

/*
 * The budget of each network and year as the ledger's records tell it: what a snapshot hands to a newcomer. Nothing is
 * judged here: spent and suspended follow the ledger's entries, budgets its BudgetChanged, the zone its crossings.
 */
#define BUDGET_ENVELOPES 11 /* by enum BudgetEnvelope; 0 is unused */

struct budget_row {
    struct code network;
    uint32_t year;
    Elp__V1__Zone zone;
    struct money budget[BUDGET_ENVELOPES];
    struct money spent[BUDGET_ENVELOPES];
    struct money suspended;
    uint64_t suspended_count; /* attestations that are suspended now */
};

struct budgets {
    struct budget_row *rows;
    size_t count;
    size_t room;
};

MUST_USE int budgets_open(struct budgets *budgets, struct store_txn *txn);
void budgets_close(struct budgets *budgets);

/* Takes up a record of the ledger. Memory and store move together. */
MUST_USE int budgets_apply(struct budgets *budgets, struct store_txn *txn, const Elp__V1__LedgerRecord *ledger);

/* The message of a row (rulebook B1, B2: care is care.base and every mission); NULL past the arena's ceiling. */
Elp__V1__NetworkBudget *budget_message(const struct budget_row *row, struct arena *arena);

#endif
