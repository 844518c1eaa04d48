#include "services/ledger/release.h"

#include "services/ledger/envelope.h"
#include "services/ledger/posting.h"
#include "services/ledger/standing.h"

/* The payees' parts of a suspension, from its own entries. */
static int parts_of(const struct transaction *suspension, struct payee_part *parts, size_t *ret_count) {
    size_t count = 0;
    for (size_t i = 0; i < suspension->entry_count; i++) {
        const struct entry *entry = &suspension->entries[i];
        struct account_fields fields;
        if (!account_split(entry->account.text, &fields)) {
            return FAILURE_CORRUPT;
        }
        if (fields.kind != ACCOUNT_SUSPENDED_LIABILITY) {
            continue;
        }
        if (count == POSTING_PAYEES_MAX) {
            return FAILURE_CORRUPT;
        }
        parts[count++] = (struct payee_part){fields.payee, money_negate(entry->amount)};
    }
    *ret_count = count;
    return 0;
}

/* Begins a transaction that takes an item out of suspended, and updates the balance of the year it stood in. */
static int begin(struct ledger *ledger, Elp__V1__TransactionKind kind, const char *network, int year,
                 const struct suspended *item, int to_year, struct transaction *ret, struct payee_part *parts,
                 size_t *ret_count) {
    struct standing standing;
    struct balance *balance = balances_find(&ledger->balances, network, year);
    int failure = standing_find(ledger->journal, ledger->txn, &ledger->arena, item->attestation, &standing);
    if (failure < 0) {
        return failure;
    }
    if (standing.state != STANDING_SUSPENDED || balance == NULL || balance->suspended_count == 0) {
        return FAILURE_CORRUPT;
    }
    failure = parts_of(&standing.transaction, parts, ret_count);
    if (failure < 0) {
        return failure;
    }
    transaction_begin(ret, kind, network, to_year);
    ret->attestation = item->attestation;
    ret->amount = item->amount;
    ret->subject = standing.transaction.subject;
    ret->traits = standing.transaction.traits;
    ret->persons = standing.transaction.persons;
    ret->person_count = standing.transaction.person_count;
    ret->minutes = standing.transaction.minutes;
    transaction_add(ret, account_suspended(network, year), money_negate(item->amount));
    for (size_t i = 0; i < *ret_count; i++) {
        transaction_add(ret, account_suspended_liability(network, parts[i].payee.text), parts[i].amount);
    }
    balance->suspended = money_require_subtract(balance->suspended, item->amount);
    balance->suspended_count--;
    balances_touch(&ledger->balances, balance);
    return suspended_remove(ledger, network, year, item->attestation);
}

int release_pay(struct ledger *ledger, const char *network, int year, const struct suspended *item,
                struct balance *balance) {
    struct transaction release;
    struct payee_part parts[POSTING_PAYEES_MAX];
    size_t count = 0;
    int failure = begin(ledger, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_RELEASE, network, year, item, balance->year,
                        &release, parts, &count);
    if (failure < 0) {
        return failure;
    }
    release.envelope = envelope_that_pays(balance, item->wanted, item->amount);
    transaction_add(&release, account_expenses(network, balance->year, release.envelope), item->amount);
    posting_owe(ledger, &release, balance->year, parts, count);
    failure = transaction_post(ledger, &release, 1);
    if (failure == 0) {
        failure = posting_spend(ledger, balance, &release, true);
    }
    return failure < 0 ? failure : standing_put(ledger, item->attestation, STANDING_POSTED);
}

int release_write_off(struct ledger *ledger, const char *network, int year, const struct suspended *item) {
    struct transaction write_off;
    struct payee_part parts[POSTING_PAYEES_MAX];
    size_t count = 0;
    int failure = begin(ledger, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_WRITE_OFF, network, year, item, year,
                        &write_off, parts, &count);
    if (failure < 0) {
        return failure;
    }
    transaction_add(&write_off, account_written_off(network, year), item->amount);
    for (size_t i = 0; i < count; i++) {
        transaction_add(&write_off, account_written_off_liability(network, parts[i].payee.text),
                        money_negate(parts[i].amount));
    }
    failure = transaction_post(ledger, &write_off, 1);
    return failure < 0 ? failure : standing_put(ledger, item->attestation, STANDING_WRITTEN_OFF);
}
