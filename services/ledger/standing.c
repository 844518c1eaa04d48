#include "services/ledger/standing.h"

#include "common/require.h"

#define VALUE_BYTES 9

/* The record that holds the last move, and the state it led to if a row says so. */
static int find_row(struct store_txn *txn, uint64_t attestation, uint64_t *ret_record, enum standing_state *ret_state) {
    uint8_t key[sizeof(uint64_t)];
    struct span value;
    bool found = false;
    store_write_u64(key, attestation);
    int failure = store_get(txn, LEDGER_TABLE_STANDINGS, span_of(key, sizeof key), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (!found) {
        *ret_record = attestation;
        *ret_state = STANDING_NONE;
        return 0;
    }
    if (value.bytes != VALUE_BYTES || value.data[0] > STANDING_WRITTEN_OFF) {
        return FAILURE_CORRUPT;
    }
    *ret_state = (enum standing_state)value.data[0];
    *ret_record = store_read_u64(value.data + 1);
    return 0;
}

/* The state that a transaction leaves its attestation in. */
static enum standing_state state_after(Elp__V1__TransactionKind kind) {
    switch ((int)kind) {
    case ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SESSION:
    case ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_RELEASE:
        return STANDING_POSTED;
    case ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SUSPENSION:
        return STANDING_SUSPENDED;
    case ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_REVERSAL:
        return STANDING_REVERSED;
    case ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_WRITE_OFF:
        return STANDING_WRITTEN_OFF;
    default:
        return STANDING_NONE;
    }
}

int standing_find(const struct journal *journal, struct store_txn *txn, struct arena *arena, uint64_t attestation,
                  struct standing *ret) {
    uint64_t number = 0;
    enum standing_state state = STANDING_NONE;
    ret->state = STANDING_NONE;
    if (attestation == 0 || attestation > journal->head) {
        return 0;
    }
    int failure = find_row(txn, attestation, &number, &state);
    if (failure < 0) {
        return failure;
    }
    Elp__V1__LedgerRecord *record = NULL;
    failure = ledger_own_record(journal, txn, number, arena, &record);
    if (failure < 0) {
        return failure;
    }
    for (size_t i = 0; i < record->n_transactions; i++) {
        const Elp__V1__Transaction *message = record->transactions[i];
        enum standing_state after = state_after(message->kind);
        if (message->attestation != attestation || after == STANDING_NONE) {
            continue;
        }
        if (!transaction_of_message(message, &ret->transaction) || (state != STANDING_NONE && state != after)) {
            return FAILURE_CORRUPT;
        }
        ret->state = after;
        ret->number = number;
    }
    return 0;
}

int standing_put(struct ledger *ledger, uint64_t attestation, enum standing_state state) {
    uint8_t key[sizeof(uint64_t)];
    uint8_t value[VALUE_BYTES];
    store_write_u64(key, attestation);
    value[0] = (uint8_t)state;
    store_write_u64(value + 1, ledger->number);
    return store_put(ledger->txn, LEDGER_TABLE_STANDINGS, span_of(key, sizeof key), span_of(value, sizeof value));
}

const char *standing_word(enum standing_state state) {
    static const char *const words[] = {"none", "posted", "suspended", "reversed", "written-off"};
    require((size_t)state < sizeof words / sizeof words[0]);
    return words[state];
}
