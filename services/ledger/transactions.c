#include "services/ledger/transactions.h"

#include <string.h>

#include "common/require.h"

void transaction_begin(struct transaction *transaction, Elp__V1__TransactionKind kind, const char *network, int year) {
    transaction->kind = kind;
    transaction->network = (struct code){{0}};
    require(strlen(network) <= CODE_BYTES_MAX);
    memcpy(transaction->network.text, network, strlen(network));
    transaction->year = year;
    transaction->envelope = ENVELOPE_NONE;
    transaction->attestation = 0;
    transaction->amount = MONEY_ZERO;
    transaction->subject = (struct transaction_subject){.principal = ""};
    transaction->traits = 0;
    transaction->persons = NULL;
    transaction->person_count = 0;
    transaction->minutes = 0;
    transaction->entry_count = 0;
}

void transaction_add(struct transaction *transaction, struct account account, struct money amount) {
    if (money_compare(amount, MONEY_ZERO) == 0) {
        return;
    }
    require(transaction->entry_count < TRANSACTION_ENTRIES_MAX);
    transaction->entries[transaction->entry_count++] = (struct entry){account, amount};
}

static int record_entries(struct results *results, const struct transaction *transaction,
                          Elp__V1__Transaction *message) {
    size_t count = transaction->entry_count;
    Elp__V1__Entry *entries = arena_take(results->arena, count * sizeof *entries);
    message->entries = arena_take(results->arena, count * sizeof *message->entries);
    if (entries == NULL || message->entries == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        elp__v1__entry__init(&entries[i]);
        entries[i].cents = money_cents(transaction->entries[i].amount);
        message->entries[message->n_entries++] = &entries[i];
        int failure = results_text(results, transaction->entries[i].account.text, &entries[i].account);
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}

static int record_subject(struct results *results, const struct transaction *transaction,
                          Elp__V1__Transaction *message) {
    const struct transaction_subject *subject = &transaction->subject;
    message->service = subject->service;
    message->function = subject->function;
    message->date = subject->session.days;
    message->book = subject->book;
    if (subject->wanted != transaction->envelope) {
        message->wanted = envelope_to_wire(subject->wanted);
    }
    return results_text(results, subject->principal, &message->principal);
}

static int record(struct results *results, const struct transaction *transaction) {
    Elp__V1__Transaction *message = NULL;
    int failure = results_transaction(results, &message);
    if (failure < 0) {
        return failure;
    }
    message->kind = transaction->kind;
    message->year = (uint32_t)transaction->year;
    message->envelope = envelope_to_wire(transaction->envelope);
    message->attestation = transaction->attestation;
    message->cents = money_cents(transaction->amount);
    failure = record_subject(results, transaction, message);
    if (failure < 0) {
        return failure;
    }
    message->traits = transaction->traits;
    message->persons = (uint64_t *)transaction->persons;
    message->n_persons = transaction->person_count;
    message->minutes = (uint32_t)transaction->minutes;
    failure = results_text(results, transaction->network.text, &message->network);
    return failure < 0 ? failure : record_entries(results, transaction, message);
}

static bool counts_lines(const struct account *account) {
    struct account_fields fields;
    if (!account_split(account->text, &fields)) {
        return false;
    }
    return fields.kind == ACCOUNT_PAYABLE || fields.kind == ACCOUNT_CARRIED || fields.kind == ACCOUNT_RECEIVABLE ||
           fields.kind == ACCOUNT_DEFERRED || fields.kind == ACCOUNT_INSURERS;
}

int transaction_post(struct ledger *ledger, const struct transaction *transaction, int lines) {
    struct money sum = MONEY_ZERO;
    for (size_t i = 0; i < transaction->entry_count; i++) {
        sum = money_require_add(sum, transaction->entries[i].amount);
    }
    require(money_compare(sum, MONEY_ZERO) == 0);
    for (size_t i = 0; i < transaction->entry_count; i++) {
        const struct entry *entry = &transaction->entries[i];
        int counted = lines != 0 && counts_lines(&entry->account) ? lines : 0;
        int failure = accounts_add(&ledger->accounts, ledger->txn, &entry->account, entry->amount, counted);
        if (failure < 0) {
            return failure;
        }
    }
    return record(&ledger->results, transaction);
}

bool transaction_of_message(const Elp__V1__Transaction *message, struct transaction *ret) {
    if (message->n_entries > TRANSACTION_ENTRIES_MAX || strlen(message->network) > CODE_BYTES_MAX) {
        return false;
    }
    transaction_begin(ret, message->kind, message->network, (int)message->year);
    ret->envelope = envelope_of_wire((int)message->envelope);
    ret->attestation = message->attestation;
    ret->amount = money_of_cents(message->cents);
    bool same = message->wanted == ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_UNSPECIFIED;
    ret->subject = (struct transaction_subject){
        .principal = message->principal,
        .service = message->service,
        .function = message->function,
        .session = {message->date},
        .book = message->book,
        .wanted = same ? ret->envelope : envelope_of_wire((int)message->wanted),
    };
    ret->traits = message->traits;
    ret->persons = message->persons;
    ret->person_count = message->n_persons;
    ret->minutes = (int)message->minutes;
    for (size_t i = 0; i < message->n_entries; i++) {
        struct account account;
        if (strlen(message->entries[i]->account) >= sizeof account.text) {
            return false;
        }
        memcpy(account.text, message->entries[i]->account, strlen(message->entries[i]->account) + 1);
        transaction_add(ret, account, money_of_cents(message->entries[i]->cents));
    }
    return true;
}
