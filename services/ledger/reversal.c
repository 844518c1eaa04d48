#include "services/ledger/reversal.h"

#include "services/ledger/instalments.h"
#include "services/ledger/posting.h"
#include "services/ledger/standing.h"
#include "services/ledger/suspended.h"

static void begin(struct transaction *reversal, const struct transaction *original, int year) {
    transaction_begin(reversal, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_REVERSAL, original->network.text, year);
    reversal->envelope = original->envelope;
    reversal->attestation = original->attestation;
    reversal->amount = money_negate(original->amount);
    reversal->subject = original->subject;
    reversal->traits = original->traits;
    reversal->persons = original->persons;
    reversal->person_count = original->person_count;
    reversal->minutes = original->minutes;
}

/* Amounts carried into a year are payable from its January's orders on, which are made when February begins. */
static bool carried_is_due(struct date today, int year) {
    int this_year = 0;
    int month = 0;
    int day = 0;
    date_split(today, &this_year, &month, &day);
    return this_year > year || (this_year == year && month > 1);
}

static int reverse_posted(struct ledger *ledger, const struct transaction *original) {
    int this_year = date_year(ledger->today);
    int year = original->year > this_year ? original->year : this_year;
    const char *network = original->network.text;
    struct transaction reversal;
    struct balance *balance = NULL;
    begin(&reversal, original, year);
    transaction_add(&reversal, account_expenses(network, year, original->envelope), reversal.amount);
    for (size_t i = 0; i < original->entry_count; i++) {
        const struct entry *entry = &original->entries[i];
        struct account_fields fields;
        if (!account_split(entry->account.text, &fields)) {
            return FAILURE_CORRUPT;
        }
        struct account account = entry->account;
        if (fields.kind == ACCOUNT_DEFERRED || fields.kind == ACCOUNT_INSURERS) {
            int failure = instalments_place(ledger, &fields, &account);
            if (failure < 0) {
                return failure;
            }
        } else if (fields.kind == ACCOUNT_CARRIED && carried_is_due(ledger->today, fields.year)) {
            account = account_payable(network, fields.payee.text);
        } else if (fields.kind != ACCOUNT_CARRIED && fields.kind != ACCOUNT_PAYABLE &&
                   fields.kind != ACCOUNT_RECEIVABLE) {
            continue; /* the expense, and the suspension that a release ended */
        }
        transaction_add(&reversal, account, money_negate(entry->amount));
    }
    int failure = transaction_post(ledger, &reversal, 1);
    if (failure == 0) {
        failure = balances_take(&ledger->balances, network, year, &balance);
    }
    /* What the rules count of a year stays with it when the reversal falls into a later one. */
    return failure < 0 ? failure : posting_spend(ledger, balance, &reversal, year == original->year);
}

static int reverse_suspended(struct ledger *ledger, const struct transaction *original) {
    const char *network = original->network.text;
    struct balance *balance = balances_find(&ledger->balances, network, original->year);
    if (balance == NULL || balance->suspended_count == 0) {
        return FAILURE_CORRUPT;
    }
    struct transaction reversal;
    begin(&reversal, original, original->year);
    for (size_t i = 0; i < original->entry_count; i++) {
        transaction_add(&reversal, original->entries[i].account, money_negate(original->entries[i].amount));
    }
    balance->suspended = money_require_add(balance->suspended, reversal.amount);
    balance->suspended_count--;
    balances_touch(&ledger->balances, balance);
    int failure = transaction_post(ledger, &reversal, 1);
    return failure < 0 ? failure : suspended_remove(ledger, network, original->year, original->attestation);
}

static int reverse_written_off(struct ledger *ledger, const struct transaction *original) {
    struct transaction reversal;
    begin(&reversal, original, original->year);
    for (size_t i = 0; i < original->entry_count; i++) {
        const struct entry *entry = &original->entries[i];
        struct account_fields fields;
        if (!account_split(entry->account.text, &fields)) {
            return FAILURE_CORRUPT;
        }
        if (fields.kind == ACCOUNT_WRITTEN_OFF || fields.kind == ACCOUNT_WRITTEN_OFF_LIABILITY) {
            transaction_add(&reversal, entry->account, money_negate(entry->amount));
        }
    }
    return transaction_post(ledger, &reversal, 1);
}

int reversal_apply(struct ledger *ledger, uint64_t attestation) {
    struct standing standing;
    int failure = standing_find(ledger->journal, ledger->txn, &ledger->arena, attestation, &standing);
    if (failure < 0) {
        return failure;
    }
    switch (standing.state) {
    case STANDING_NONE:
        return ledger_stop(ledger, "it reverses what was never posted");
    case STANDING_REVERSED:
        return ledger_stop(ledger, "it reverses an attestation a second time");
    case STANDING_POSTED:
        failure = reverse_posted(ledger, &standing.transaction);
        break;
    case STANDING_SUSPENDED:
        failure = reverse_suspended(ledger, &standing.transaction);
        break;
    case STANDING_WRITTEN_OFF:
        failure = reverse_written_off(ledger, &standing.transaction);
        break;
    }
    return failure < 0 ? failure : standing_put(ledger, attestation, STANDING_REVERSED);
}
