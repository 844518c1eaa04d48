#ifndef ELP_SERVICES_LEDGER_RESULTS_H
#define ELP_SERVICES_LEDGER_RESULTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/failure.h"
#include "elp/v1/ledger.pb-c.h"

/*
 * What the ledger answers to one record, gathered while the rules run and packed once. Messages live in the arena, which
 * outlives the results.
 */
struct results {
    struct arena *arena;
    Elp__V1__LedgerRecord record;
    size_t transaction_room;
    size_t crossing_room;
    size_t ceiling_room;
    size_t budget_room;
    size_t payment_room;
    size_t closing_room;
    size_t reduction_room;
    size_t warning_room;
    size_t neutralised_room;
};

void results_begin(struct results *results, struct arena *arena, uint64_t number);

/* Each adds an initialised message of its kind, to be filled by the caller before the next call. */
MUST_USE int results_transaction(struct results *results, Elp__V1__Transaction **ret);
MUST_USE int results_crossing(struct results *results, Elp__V1__ThresholdCrossing **ret);
MUST_USE int results_ceiling(struct results *results, Elp__V1__CeilingReached **ret);
MUST_USE int results_budget(struct results *results, Elp__V1__BudgetChanged **ret);
MUST_USE int results_payment(struct results *results, Elp__V1__PaymentOrder **ret);
MUST_USE int results_closing(struct results *results, Elp__V1__YearClosed **ret);
MUST_USE int results_reduction(struct results *results, Elp__V1__ReductionDecided **ret);
MUST_USE int results_neutralised(struct results *results, Elp__V1__Neutralised **ret);
MUST_USE int results_warning(struct results *results, Elp__V1__LedgerWarning **ret);
MUST_USE int results_outcome(struct results *results, Elp__V1__Outcome **ret); /* at most once a record */

/* A copy of a text in the arena. */
MUST_USE int results_text(struct results *results, const char *text, char **ret);

#endif
