#include "services/ledger/results.h"

#include <string.h>

#include "common/require.h"

#define ROOM_FIRST 4

void results_begin(struct results *results, struct arena *arena, uint64_t number) {
    *results = (struct results){.arena = arena, .record = ELP__V1__LEDGER_RECORD__INIT};
    results->record.number = number;
}

/*
 * Adds an initialised message to a repeated field. `list` is the address of the field's pointer; its bytes are copied in
 * and out because the fields have different pointer types. What a list grows out of stays in the arena until the next
 * record.
 */
static int add(struct arena *arena, void *list, size_t *count, size_t *room,
               const ProtobufCMessageDescriptor *descriptor, void *ret) {
    void **items;
    memcpy(&items, list, sizeof items);
    if (*count == *room) {
        size_t more = *room > 0 ? *room * 2 : ROOM_FIRST;
        void **grown = arena_take(arena, more * sizeof *grown);
        if (grown == NULL) {
            return FAILURE_MEMORY;
        }
        if (*count > 0) {
            memcpy(grown, items, *count * sizeof *grown);
        }
        items = grown;
        *room = more;
        memcpy(list, &items, sizeof items);
    }
    ProtobufCMessage *message = arena_take(arena, descriptor->sizeof_message);
    if (message == NULL) {
        return FAILURE_MEMORY;
    }
    protobuf_c_message_init(descriptor, message);
    items[(*count)++] = message;
    memcpy(ret, &message, sizeof message);
    return 0;
}

int results_transaction(struct results *results, Elp__V1__Transaction **ret) {
    return add(results->arena, &results->record.transactions, &results->record.n_transactions,
               &results->transaction_room, &elp__v1__transaction__descriptor, ret);
}

int results_crossing(struct results *results, Elp__V1__ThresholdCrossing **ret) {
    return add(results->arena, &results->record.crossings, &results->record.n_crossings, &results->crossing_room,
               &elp__v1__threshold_crossing__descriptor, ret);
}

int results_ceiling(struct results *results, Elp__V1__CeilingReached **ret) {
    return add(results->arena, &results->record.ceilings, &results->record.n_ceilings, &results->ceiling_room,
               &elp__v1__ceiling_reached__descriptor, ret);
}

int results_budget(struct results *results, Elp__V1__BudgetChanged **ret) {
    return add(results->arena, &results->record.budgets, &results->record.n_budgets, &results->budget_room,
               &elp__v1__budget_changed__descriptor, ret);
}

int results_payment(struct results *results, Elp__V1__PaymentOrder **ret) {
    return add(results->arena, &results->record.payments, &results->record.n_payments, &results->payment_room,
               &elp__v1__payment_order__descriptor, ret);
}

int results_closing(struct results *results, Elp__V1__YearClosed **ret) {
    return add(results->arena, &results->record.closings, &results->record.n_closings, &results->closing_room,
               &elp__v1__year_closed__descriptor, ret);
}

int results_reduction(struct results *results, Elp__V1__ReductionDecided **ret) {
    return add(results->arena, &results->record.reductions, &results->record.n_reductions, &results->reduction_room,
               &elp__v1__reduction_decided__descriptor, ret);
}

int results_neutralised(struct results *results, Elp__V1__Neutralised **ret) {
    return add(results->arena, &results->record.neutralised, &results->record.n_neutralised, &results->neutralised_room,
               &elp__v1__neutralised__descriptor, ret);
}

int results_warning(struct results *results, Elp__V1__LedgerWarning **ret) {
    return add(results->arena, &results->record.warnings, &results->record.n_warnings, &results->warning_room,
               &elp__v1__ledger_warning__descriptor, ret);
}

int results_outcome(struct results *results, Elp__V1__Outcome **ret) {
    require(results->record.outcome == NULL);
    Elp__V1__Outcome *outcome = arena_take(results->arena, sizeof *outcome);
    if (outcome == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__outcome__init(outcome);
    results->record.outcome = outcome;
    *ret = outcome;
    return 0;
}

int results_text(struct results *results, const char *text, char **ret) {
    char *copy = arena_text(results->arena, text);
    if (copy == NULL) {
        return FAILURE_MEMORY;
    }
    *ret = copy;
    return 0;
}
