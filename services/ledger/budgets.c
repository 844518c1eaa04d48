#include "services/ledger/budgets.h"

#include <string.h>

#include "services/ledger/closings.h"
#include "services/ledger/outcome.h"
#include "services/ledger/transactions.h"
#include "services/ledger/zones.h"

/* The transaction and the event of one envelope whose budget has just changed by `change`. */
static int record_change(struct ledger *ledger, const struct balance *balance, enum book_envelope_id envelope,
                         struct money change) {
    const char *network = balance->network.text;
    struct transaction transaction;
    Elp__V1__BudgetChanged *changed = NULL;
    transaction_begin(&transaction, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_BUDGET, network, balance->year);
    transaction.envelope = envelope;
    transaction.amount = change;
    transaction_add(&transaction, account_budget(network, balance->year, envelope), change);
    transaction_add(&transaction, account_authority(balance->year), money_negate(change));
    int failure = transaction_post(ledger, &transaction, 0);
    if (failure == 0) {
        failure = results_budget(&ledger->results, &changed);
    }
    if (failure < 0) {
        return failure;
    }
    changed->year = (uint32_t)balance->year;
    changed->envelope = envelope_to_wire(envelope);
    changed->cents = money_cents(balance_budget(balance, envelope));
    changed->change_cents = money_cents(change);
    return results_text(&ledger->results, network, &changed->network);
}

static int decide_one(struct ledger *ledger, struct balance *balance, enum book_envelope_id envelope,
                      struct money amount) {
    struct envelope_balance *place = &balance->envelopes[envelope];
    place->decided = money_require_add(place->decided, amount);
    balances_touch(&ledger->balances, balance);
    return record_change(ledger, balance, envelope, amount);
}

int budgets_decide(struct ledger *ledger, struct balance *balance, enum book_envelope_id envelope,
                   struct money amount) {
    struct care_use before = care_use_of(balance);
    int failure = decide_one(ledger, balance, envelope, amount);
    return failure < 0 ? failure : zones_note(ledger, balance, before);
}

int budgets_move(struct ledger *ledger, struct balance *balance, enum book_envelope_id from, enum book_envelope_id to,
                 struct money amount) {
    struct care_use before = care_use_of(balance);
    int failure = decide_one(ledger, balance, from, money_negate(amount));
    if (failure == 0) {
        failure = decide_one(ledger, balance, to, amount);
    }
    return failure < 0 ? failure : zones_note(ledger, balance, before);
}

/* What the fact grants each envelope; false when it names one twice, an unknown one, or an amount out of range. */
static bool read_amounts(const Elp__V1__Budget *fact, struct money granted[ENVELOPE_COUNT]) {
    bool given[ENVELOPE_COUNT] = {false};
    for (size_t i = 0; i < fact->n_envelopes; i++) {
        enum book_envelope_id envelope = envelope_of_wire((int)fact->envelopes[i]->envelope);
        int64_t cents = fact->envelopes[i]->cents;
        if (envelope == ENVELOPE_NONE || given[envelope] || cents < 0 || cents > MONEY_INPUT_CENTS_MAX) {
            return false;
        }
        given[envelope] = true;
        granted[envelope] = money_of_cents(cents);
    }
    return strlen(fact->network) > 0 && strlen(fact->network) <= CODE_BYTES_MAX &&
           ledger_year_valid((int64_t)fact->year);
}

int budgets_apply(struct ledger *ledger, const Elp__V1__Budget *fact) {
    struct money granted[ENVELOPE_COUNT] = {{0}};
    struct balance *balance = NULL;
    if (!read_amounts(fact, granted)) {
        return ledger_stop(ledger, "its budget is out of bounds");
    }
    bool closed = false;
    int failure = closings_closed(ledger, (int)fact->year, &closed);
    if (failure < 0) {
        return failure;
    }
    if (closed) { /* for every network of the cell, also one that had no balance in it */
        return outcome_refuse(ledger, "year-closed", "", "That year is closed; its budget stands as it was.", NULL);
    }
    failure = balances_take(&ledger->balances, fact->network, (int)fact->year, &balance);
    if (failure < 0) {
        return failure;
    }
    struct care_use before = care_use_of(balance);
    balance->has_budget = true;
    balances_touch(&ledger->balances, balance);
    for (enum book_envelope_id e = ENVELOPE_CARE_BASE; e < ENVELOPE_COUNT && failure == 0; e++) {
        struct money change = money_require_subtract(granted[e], balance->envelopes[e].granted);
        if (money_compare(change, MONEY_ZERO) != 0) {
            balance->envelopes[e].granted = granted[e];
            failure = record_change(ledger, balance, e, change);
        }
    }
    return failure < 0 ? failure : zones_note(ledger, balance, before);
}
