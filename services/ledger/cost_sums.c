#include "services/ledger/cost_sums.h"

#include "common/require.h"

#define VALUE_BYTES 12

static void make_key(struct store_key *key, const char *network, int year, const char *word) {
    store_key_reset(key);
    store_key_text(key, network);
    store_key_u32(key, (uint32_t)year);
    store_key_text(key, word);
}

int cost_sums_get(struct store_txn *txn, const char *network, int year, const char *word, struct cost_sum *ret) {
    struct store_key key;
    struct span value;
    bool found = false;
    make_key(&key, network, year, word);
    int failure = store_get(txn, LEDGER_TABLE_COST_SUMS, store_key_span(&key), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && value.bytes != VALUE_BYTES) {
        return FAILURE_CORRUPT;
    }
    *ret = (struct cost_sum){MONEY_ZERO, 0};
    if (found) {
        *ret = (struct cost_sum){money_of_cents((int64_t)store_read_u64(value.data)), store_read_u32(value.data + 8)};
    }
    return 0;
}

int cost_sums_add(struct ledger *ledger, const char *network, int year, const char *word, struct money amount,
                  int claims) {
    struct store_key key;
    struct cost_sum sum;
    uint8_t value[VALUE_BYTES];
    int failure = cost_sums_get(ledger->txn, network, year, word, &sum);
    if (failure < 0) {
        return failure;
    }
    int64_t after = (int64_t)sum.claims + claims;
    require(after >= 0 && after <= UINT32_MAX);
    make_key(&key, network, year, word);
    store_write_u64(value, (uint64_t)money_cents(money_require_add(sum.amount, amount)));
    store_write_u32(value + 8, (uint32_t)after);
    return store_put(ledger->txn, LEDGER_TABLE_COST_SUMS, store_key_span(&key), span_of(value, sizeof value));
}
