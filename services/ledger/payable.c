#include "services/ledger/payable.h"

#include <stdlib.h>
#include <string.h>

#include "common/require.h"
#include "services/ledger/transactions.h"

#define ROOM_FIRST 256

struct money payable_net(const struct payable *payable) {
    return money_require_subtract(money_require_add(payable->owed, payable->carried), payable->receivable);
}

uint32_t payable_lines(const struct payable *payable) {
    return payable->owed_lines + payable->carried_lines + payable->receivable_lines;
}

/* --- collecting --------------------------------------------------------------------------------------------------- */

struct collection {
    struct arena *arena;
    int year;
    struct payable *items;
    size_t count;
    size_t room;
};

static int add_item(struct collection *collection, struct payable **ret) {
    if (collection->count == collection->room) {
        size_t room = collection->room > 0 ? collection->room * 2 : ROOM_FIRST;
        struct payable *grown = arena_take(collection->arena, room * sizeof *grown);
        if (grown == NULL) {
            return FAILURE_MEMORY;
        }
        if (collection->count > 0) {
            memcpy(grown, collection->items, collection->count * sizeof *grown);
        }
        collection->items = grown;
        collection->room = room;
    }
    *ret = &collection->items[collection->count++];
    **ret = (struct payable){.carried_from = 0};
    return 0;
}

/* One account becomes one item; accounts of one payee are merged after sorting. */
static int visit(void *state, const char *text, const struct account_row *row) {
    struct collection *collection = state;
    struct account_fields fields;
    struct payable *item = NULL;
    if (!account_split(text, &fields)) {
        return FAILURE_CORRUPT;
    }
    if ((money_compare(row->balance, MONEY_ZERO) == 0 && row->lines == 0) ||
        (fields.kind == ACCOUNT_CARRIED && fields.year > collection->year)) {
        return 0;
    }
    int failure = add_item(collection, &item);
    if (failure < 0) {
        return failure;
    }
    item->network = fields.network;
    item->payee = fields.payee;
    if (fields.kind == ACCOUNT_RECEIVABLE) {
        item->receivable = row->balance;
        item->receivable_lines = row->lines;
    } else if (fields.kind == ACCOUNT_CARRIED) {
        item->carried = money_negate(row->balance);
        item->carried_lines = row->lines;
        item->carried_from = fields.year;
        item->carried_until = fields.year;
    } else {
        item->owed = money_negate(row->balance);
        item->owed_lines = row->lines;
    }
    return 0;
}

static int compare(const void *left, const void *right) {
    const struct payable *a = left;
    const struct payable *b = right;
    int order = strcmp(a->network.text, b->network.text);
    order = order != 0 ? order : strcmp(a->payee.text, b->payee.text);
    return order != 0 ? order : (a->carried_from > b->carried_from) - (a->carried_from < b->carried_from);
}

static void merge(struct payable *into, const struct payable *item) {
    into->owed = money_require_add(into->owed, item->owed);
    into->carried = money_require_add(into->carried, item->carried);
    into->receivable = money_require_add(into->receivable, item->receivable);
    into->owed_lines += item->owed_lines;
    into->carried_lines += item->carried_lines;
    into->receivable_lines += item->receivable_lines;
    if (item->carried_from != 0) {
        into->carried_from = into->carried_from != 0 ? into->carried_from : item->carried_from;
        into->carried_until = item->carried_until;
    }
}

int payable_collect(struct ledger *ledger, int year, struct payable **ret_items, size_t *ret_count) {
    static const enum account_kind kinds[] = {ACCOUNT_PAYABLE, ACCOUNT_CARRIED, ACCOUNT_RECEIVABLE};
    struct collection collection = {.arena = &ledger->arena, .year = year};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        int failure = accounts_scan(&ledger->accounts, ledger->txn, account_prefix(kinds[i]), visit, &collection);
        if (failure < 0) {
            return failure;
        }
    }
    struct payable *items = collection.items;
    size_t count = 0;
    if (collection.count > 0) {
        qsort(items, collection.count, sizeof *items, compare);
    }
    for (size_t i = 0; i < collection.count; i++) {
        bool same = count > 0 && strcmp(items[count - 1].network.text, items[i].network.text) == 0 &&
                    strcmp(items[count - 1].payee.text, items[i].payee.text) == 0;
        if (same) {
            merge(&items[count - 1], &items[i]);
        } else {
            items[count++] = items[i];
        }
    }
    *ret_items = items;
    *ret_count = count;
    return 0;
}

/* --- settling ----------------------------------------------------------------------------------------------------- */

static int set_lines(struct ledger *ledger, const struct account *account, uint32_t lines) {
    struct account_row row;
    int failure = accounts_get(&ledger->accounts, ledger->txn, account, &row);
    if (failure < 0 || row.lines == lines) {
        return failure;
    }
    return accounts_add(&ledger->accounts, ledger->txn, account, MONEY_ZERO, (int)((int64_t)lines - row.lines));
}

/* Takes every carried year that is due into the transaction; the years between first and last are few. */
static int take_carried(struct ledger *ledger, const struct payable *payable, struct transaction *payment) {
    for (int year = payable->carried_from; year != 0 && year <= payable->carried_until; year++) {
        struct account account = account_carried(payable->network.text, payable->payee.text, year);
        struct account_row row;
        int failure = accounts_get(&ledger->accounts, ledger->txn, &account, &row);
        if (failure == 0) {
            transaction_add(payment, account, money_negate(row.balance));
            failure = set_lines(ledger, &account, 0);
        }
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}

int payable_settle(struct ledger *ledger, const struct payable *payable, int year, struct money ordered) {
    const char *network = payable->network.text;
    const char *payee = payable->payee.text;
    struct account owed = account_payable(network, payee);
    struct account receivable = account_receivable(network, payee);
    struct money rest = money_require_subtract(payable_net(payable), ordered);
    struct money owed_after = money_max(rest, MONEY_ZERO);
    struct money receivable_after = money_max(money_negate(rest), MONEY_ZERO);
    bool carries_on = money_compare(rest, MONEY_ZERO) < 0;
    struct transaction payment;
    transaction_begin(&payment, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_PAYMENT, network, year);
    payment.amount = ordered;
    transaction_add(&payment, owed, money_require_subtract(payable->owed, owed_after));
    int failure = take_carried(ledger, payable, &payment);
    if (failure < 0) {
        return failure;
    }
    transaction_add(&payment, receivable, money_require_subtract(receivable_after, payable->receivable));
    transaction_add(&payment, account_ordered(network, payee), money_negate(ordered));
    if (payment.entry_count > 0) {
        failure = transaction_post(ledger, &payment, 0);
    }
    if (failure == 0) {
        failure = set_lines(ledger, &owed, 0);
    }
    return failure < 0 ? failure : set_lines(ledger, &receivable, carries_on ? payable_lines(payable) : 0);
}

int payable_available(struct ledger *ledger, const char *network, const char *payee, struct money *ret) {
    struct account owed = account_payable(network, payee);
    struct account receivable = account_receivable(network, payee);
    struct account_row owed_row;
    struct account_row receivable_row;
    int failure = accounts_get(&ledger->accounts, ledger->txn, &owed, &owed_row);
    if (failure == 0) {
        failure = accounts_get(&ledger->accounts, ledger->txn, &receivable, &receivable_row);
    }
    if (failure == 0) {
        *ret = money_negate(money_require_add(owed_row.balance, receivable_row.balance));
    }
    return failure;
}
