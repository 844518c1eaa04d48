#include "services/reporting/events.h"

#include <string.h>

#include "services/reporting/account.h"

/*
 * posted, suspended, threshold.crossed, ceiling.reached, budget.changed, payment.ordered, payment.held, neutralised,
 * year.closed, reduction.decided and the ledger's warnings. `posted` and
 * `suspended` follow the entries on expenses: and suspended:, with their signs: the sum of `posted` of a network, year
 * and envelope is what is spent (posted less reversed), the sum of `suspended` what is suspended now.
 */

/* Was the attestation of a transaction rated with a provisional figure? Known only in the record that rates it. */
static bool rated_provisionally(const struct answer *answer, uint64_t attestation) {
    const Elp__V1__Rated *rated = answer->rating->rated;
    if (rated != NULL && rated->attestation == attestation) {
        return rated->provisional;
    }
    const Elp__V1__RatedReversal *reversal = answer->rating->reversal;
    return reversal != NULL && reversal->attestation == attestation && reversal->original != NULL &&
           reversal->original->provisional;
}

static void event_add_posting(struct event_list *list, const struct answer *answer,
                              const Elp__V1__Transaction *transaction, const struct account *account, int64_t cents) {
    enum event_kind kind = account->account_class == ACCOUNT_EXPENSES ? EVENT_POSTED : EVENT_SUSPENDED;
    Elp__V1__Event *event = event_add(list, kind, account->network.text);
    event->attestation_number = transaction->attestation;
    event->year = account->year;
    event->envelope = account->envelope;
    event->cents = cents;
    event->provisional = rated_provisionally(answer, transaction->attestation);
}

static void events_of_transaction(struct event_list *list, const struct answer *answer,
                                  const Elp__V1__Transaction *transaction) {
    size_t before = list->count;
    for (size_t i = 0; i < transaction->n_entries; i++) {
        struct account account = account_of_text(transaction->entries[i]->account);
        if (account.account_class != ACCOUNT_OTHER) {
            event_add_posting(list, answer, transaction, &account, transaction->entries[i]->cents);
        }
    }
    if (list->count == before && transaction->kind == ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SESSION) {
        /* The share is the whole fee: the ledger enters no zeros, and the session is posted all the same. */
        struct account account = {
            .account_class = ACCOUNT_EXPENSES, .year = transaction->year, .envelope = transaction->envelope};
        (void)stpncpy(account.network.text, transaction->network, CODE_BYTES_MAX);
        event_add_posting(list, answer, transaction, &account, 0);
    }
}

static void event_add_crossing(struct event_list *list, const Elp__V1__ThresholdCrossing *crossing) {
    Elp__V1__Event *event = event_add(list, EVENT_THRESHOLD_CROSSED, crossing->network);
    event->year = crossing->year;
    event->basis_points = crossing->basis_points;
    event->up = crossing->up;
    event->zone = crossing->zone;
    event->care_spent_cents = crossing->care_spent_cents;
    event->care_budget_cents = crossing->care_budget_cents;
}

static void event_add_ceiling(struct event_list *list, const Elp__V1__CeilingReached *ceiling) {
    Elp__V1__Event *event = event_add(list, EVENT_CEILING_REACHED, ceiling->network);
    event->year = ceiling->year;
    event->cents = ceiling->budget_cents;
    event->reimbursed_cents = ceiling->reimbursed_cents;
}

static void event_add_budget(struct event_list *list, const Elp__V1__BudgetChanged *budget) {
    Elp__V1__Event *event = event_add(list, EVENT_BUDGET_CHANGED, budget->network);
    event->year = budget->year;
    event->envelope = budget->envelope;
    event->cents = budget->cents;
}

/* The missing fields of a payee as one text, separated by commas. */
static char *missing_text(struct event_list *list, const Elp__V1__PaymentOrder *payment) {
    size_t bytes = 1;
    for (size_t i = 0; i < payment->n_missing; i++) {
        bytes += strlen(payment->missing[i]) + 1;
    }
    char *text = event_list_take(list, bytes);
    if (text == NULL) {
        return (char *)"";
    }
    char *end = text;
    for (size_t i = 0; i < payment->n_missing; i++) {
        if (i > 0) {
            *end++ = ',';
        }
        end = stpcpy(end, payment->missing[i]);
    }
    *end = '\0';
    return text;
}

static void event_add_payment(struct event_list *list, const Elp__V1__PaymentOrder *payment) {
    bool held = payment->state == ELP__V1__PAYMENT_STATE__PAYMENT_STATE_HELD;
    bool paid = payment->state == ELP__V1__PAYMENT_STATE__PAYMENT_STATE_PAID;
    enum event_kind kind = held ? EVENT_PAYMENT_HELD : paid ? EVENT_PAYMENT_PAID : EVENT_PAYMENT_ORDERED;
    Elp__V1__Event *event = event_add(list, kind, payment->network);
    event->payee = payment->payee;
    event->month = payment->month;
    event->cents = payment->cents;
    if (held) {
        event->detail = missing_text(list, payment);
    }
}

static void event_add_closing(struct event_list *list, const Elp__V1__YearClosed *closed) {
    Elp__V1__Event *event = event_add(list, EVENT_YEAR_CLOSED, closed->network);
    event->year = closed->year;
    event->zone = closed->zone;
    event->care_spent_cents = closed->care_spent_cents;
    event->care_budget_cents = closed->care_budget_cents;
    event->cents = closed->largest_reduction_cents;
}

static void event_add_neutralised(struct event_list *list, const Elp__V1__Neutralised *neutralised) {
    Elp__V1__Event *event = event_add(list, EVENT_NEUTRALISED, neutralised->network);
    event->year = neutralised->year;
    event->cents = neutralised->cents;
    event->detail = neutralised->share;
}

static void event_add_reduction(struct event_list *list, const Elp__V1__ReductionDecided *decided) {
    Elp__V1__Event *event = event_add(list, EVENT_REDUCTION_DECIDED, decided->network);
    event->year = decided->to_year;
    event->cents = decided->cents;
}

static void event_add_ledger_warning(struct event_list *list, const Elp__V1__LedgerWarning *warning) {
    Elp__V1__Event *event = event_add_warning(list, warning->network, warning->code);
    event->year = warning->year;
    event->cents = warning->cents;
}

void events_of_ledger(struct event_list *list, const struct answer *answer) {
    const Elp__V1__LedgerRecord *ledger = answer->ledger;
    for (size_t i = 0; i < ledger->n_budgets; i++) {
        event_add_budget(list, ledger->budgets[i]);
    }
    for (size_t i = 0; i < ledger->n_transactions; i++) {
        events_of_transaction(list, answer, ledger->transactions[i]);
    }
    for (size_t i = 0; i < ledger->n_crossings; i++) {
        event_add_crossing(list, ledger->crossings[i]);
    }
    for (size_t i = 0; i < ledger->n_ceilings; i++) {
        event_add_ceiling(list, ledger->ceilings[i]);
    }
    for (size_t i = 0; i < ledger->n_payments; i++) {
        event_add_payment(list, ledger->payments[i]);
    }
    if (ledger->plan != NULL) {
        Elp__V1__Event *event = event_add(list, EVENT_PLAN_RECORDED, ledger->plan->network);
        event->year = ledger->plan->year;
    }
    for (size_t i = 0; i < ledger->n_neutralised; i++) {
        event_add_neutralised(list, ledger->neutralised[i]);
    }
    for (size_t i = 0; i < ledger->n_closings; i++) {
        event_add_closing(list, ledger->closings[i]);
    }
    for (size_t i = 0; i < ledger->n_reductions; i++) {
        event_add_reduction(list, ledger->reductions[i]);
    }
    for (size_t i = 0; i < ledger->n_warnings; i++) {
        event_add_ledger_warning(list, ledger->warnings[i]);
    }
}
