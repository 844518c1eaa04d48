#include "services/reporting/budgets.h"

#include <stdlib.h>
#include <string.h>

#include "services/reporting/account.h"
#include "services/reporting/tables.h"

/*
 * Table budgets. Key: network, one zero byte, year as 4 bytes. Value: layout 02; zone, one byte; number of suspended
 * attestations and suspended cents, 8 bytes each; then budget and spent cents of envelopes 0 to 10, 8 bytes each, two's
 * complement. N07 in 2026, normal, 1,000.00 on care.base of which 91.02 are spent:
 *   4e 30 37 00  00 00 07 ea  →  02 01  00…00  00…00  00…00 00…00
 *                                00 00 00 00 00 01 86 a0  00 00 00 00 00 00 23 8e  and 18 zeros of 8 bytes
 */
#define LAYOUT_BUDGET 2
#define ROW_BYTES (2 + 8 + 8 + BUDGET_ENVELOPES * 16)

static struct budget_row *row_find(const struct budgets *budgets, const char *network, uint32_t year) {
    for (size_t i = 0; i < budgets->count; i++) {
        struct budget_row *row = &budgets->rows[i];
        if (row->year == year && strcmp(row->network.text, network) == 0) {
            return row;
        }
    }
    return NULL;
}

/* The row of a network and year, made where it is missing; NULL: no memory. Lives until the next call. */
static struct budget_row *row_of(struct budgets *budgets, const char *network, uint32_t year) {
    struct budget_row *row = row_find(budgets, network, year);
    if (row != NULL) {
        return row;
    }
    if (budgets->count == budgets->room) {
        size_t room = budgets->room == 0 ? 64 : budgets->room * 2;
        struct budget_row *rows = reallocarray(budgets->rows, room, sizeof(*rows));
        if (rows == NULL) {
            return NULL;
        }
        budgets->rows = rows;
        budgets->room = room;
    }
    row = &budgets->rows[budgets->count++];
    *row = (struct budget_row){.year = year, .zone = ELP__V1__ZONE__ZONE_NORMAL};
    (void)stpncpy(row->network.text, network, CODE_BYTES_MAX);
    return row;
}

static int row_load(void *model, struct span key, struct span value) {
    char network[CODE_BYTES_MAX + 1];
    uint32_t year;
    size_t bytes;
    if (!key_network_year_read(key, network, &year, &bytes) || bytes != key.bytes || value.bytes != ROW_BYTES ||
        value.data[0] != LAYOUT_BUDGET) {
        return FAILURE_CORRUPT;
    }
    struct budget_row *row = row_of(model, network, year);
    if (row == NULL) {
        return FAILURE_MEMORY;
    }
    const uint8_t *p = value.data + 2;
    row->zone = (Elp__V1__Zone)value.data[1];
    row->suspended_count = store_read_u64(p);
    row->suspended = money_of_cents((int64_t)store_read_u64(p + 8));
    for (size_t i = 0; i < BUDGET_ENVELOPES; i++) {
        row->budget[i] = money_of_cents((int64_t)store_read_u64(p + 16 + i * 16));
        row->spent[i] = money_of_cents((int64_t)store_read_u64(p + 24 + i * 16));
    }
    return 0;
}

static int row_put(struct store_txn *txn, const struct budget_row *row) {
    uint8_t value[ROW_BYTES] = {LAYOUT_BUDGET, (uint8_t)row->zone};
    uint8_t *p = value + 2;
    store_write_u64(p, row->suspended_count);
    store_write_u64(p + 8, (uint64_t)money_cents(row->suspended));
    for (size_t i = 0; i < BUDGET_ENVELOPES; i++) {
        store_write_u64(p + 16 + i * 16, (uint64_t)money_cents(row->budget[i]));
        store_write_u64(p + 24 + i * 16, (uint64_t)money_cents(row->spent[i]));
    }
    struct store_key key;
    key_network_year(&key, row->network.text, row->year);
    return store_put(txn, TABLE_BUDGETS, store_key_span(&key), span_of(value, sizeof(value)));
}

int budgets_open(struct budgets *budgets, struct store_txn *txn) {
    *budgets = (struct budgets){0};
    return table_walk(txn, TABLE_BUDGETS, row_load, budgets);
}

void budgets_close(struct budgets *budgets) {
    free(budgets->rows);
    *budgets = (struct budgets){0};
}

static bool envelope_known(Elp__V1__BudgetEnvelope envelope) {
    return envelope > ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_UNSPECIFIED && envelope < BUDGET_ENVELOPES;
}

static int apply_entry(struct budgets *budgets, struct store_txn *txn, const Elp__V1__Entry *entry) {
    struct account account = account_of_text(entry->account);
    if (account.account_class == ACCOUNT_OTHER ||
        (account.account_class == ACCOUNT_EXPENSES && !envelope_known(account.envelope))) {
        return 0;
    }
    struct budget_row *row = row_of(budgets, account.network.text, account.year);
    if (row == NULL) {
        return FAILURE_MEMORY;
    }
    struct money amount = money_of_cents(entry->cents);
    if (account.account_class == ACCOUNT_EXPENSES) {
        row->spent[account.envelope] = money_require_add(row->spent[account.envelope], amount);
    } else {
        row->suspended = money_require_add(row->suspended, amount);
        if (entry->cents > 0) {
            row->suspended_count++;
        } else if (row->suspended_count > 0) {
            row->suspended_count--;
        }
    }
    return row_put(txn, row);
}

static int apply_budget(struct budgets *budgets, struct store_txn *txn, const Elp__V1__BudgetChanged *changed) {
    if (!envelope_known(changed->envelope)) {
        return 0;
    }
    struct budget_row *row = row_of(budgets, changed->network, changed->year);
    if (row == NULL) {
        return FAILURE_MEMORY;
    }
    row->budget[changed->envelope] = money_of_cents(changed->cents);
    return row_put(txn, row);
}

static int apply_crossing(struct budgets *budgets, struct store_txn *txn, const Elp__V1__ThresholdCrossing *crossing) {
    struct budget_row *row = row_of(budgets, crossing->network, crossing->year);
    if (row == NULL) {
        return FAILURE_MEMORY;
    }
    row->zone = crossing->zone;
    return row_put(txn, row);
}

int budgets_apply(struct budgets *budgets, struct store_txn *txn, const Elp__V1__LedgerRecord *ledger) {
    int failure = 0;
    for (size_t i = 0; failure == 0 && i < ledger->n_budgets; i++) {
        failure = apply_budget(budgets, txn, ledger->budgets[i]);
    }
    for (size_t i = 0; failure == 0 && i < ledger->n_transactions; i++) {
        const Elp__V1__Transaction *transaction = ledger->transactions[i];
        for (size_t k = 0; failure == 0 && k < transaction->n_entries; k++) {
            failure = apply_entry(budgets, txn, transaction->entries[k]);
        }
    }
    /* Crossings come in the order in which they were passed; the zone after the last one stands. */
    for (size_t i = 0; failure == 0 && i < ledger->n_crossings; i++) {
        failure = apply_crossing(budgets, txn, ledger->crossings[i]);
    }
    return failure;
}

static Elp__V1__EnvelopeBalance *balance_message(const struct budget_row *row, int envelope, struct arena *arena) {
    Elp__V1__EnvelopeBalance *balance = arena_take(arena, sizeof(*balance));
    if (balance != NULL) {
        elp__v1__envelope_balance__init(balance);
        balance->envelope = (Elp__V1__BudgetEnvelope)envelope;
        balance->budget_cents = money_cents(row->budget[envelope]);
        balance->spent_cents = money_cents(row->spent[envelope]);
    }
    return balance;
}

/* Care is every envelope but operating and the lump sums of 2019 (rulebook §6). */
static bool is_care(int envelope) {
    return envelope != ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_OPERATING &&
           envelope != ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_LUMP_NETWORK &&
           envelope != ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_LUMP_HOSPITAL;
}

Elp__V1__NetworkBudget *budget_message(const struct budget_row *row, struct arena *arena) {
    Elp__V1__NetworkBudget *message = arena_take(arena, sizeof(*message));
    Elp__V1__EnvelopeBalance **envelopes = arena_take(arena, BUDGET_ENVELOPES * sizeof(*envelopes));
    char *network = arena_text(arena, row->network.text);
    if (message == NULL || envelopes == NULL || network == NULL) {
        return NULL;
    }
    elp__v1__network_budget__init(message);
    message->network = network;
    message->year = row->year;
    message->zone = row->zone;
    message->suspended_cents = money_cents(row->suspended);
    message->suspended_count = row->suspended_count;
    message->envelopes = envelopes;
    struct money care_budget = MONEY_ZERO, care_spent = MONEY_ZERO;
    struct money budget = MONEY_ZERO, reimbursed = MONEY_ZERO;
    for (int i = 1; i < BUDGET_ENVELOPES; i++) {
        budget = money_require_add(budget, row->budget[i]);
        reimbursed = money_require_add(reimbursed, row->spent[i]);
        if (is_care(i)) {
            care_budget = money_require_add(care_budget, row->budget[i]);
            care_spent = money_require_add(care_spent, row->spent[i]);
        }
        if (money_cents(row->budget[i]) == 0 && money_cents(row->spent[i]) == 0) {
            continue;
        }
        envelopes[message->n_envelopes] = balance_message(row, i, arena);
        if (envelopes[message->n_envelopes++] == NULL) {
            return NULL;
        }
    }
    message->care_budget_cents = money_cents(care_budget);
    message->care_spent_cents = money_cents(care_spent);
    message->budget_cents = money_cents(budget);
    message->reimbursed_cents = money_cents(reimbursed);
    return message;
}
