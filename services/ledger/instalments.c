#include "services/ledger/instalments.h"

#include <string.h>

#include "common/require.h"
#include "services/ledger/outcome.h"
#include "services/ledger/transactions.h"

#define MONTHS_BASE 100
#define BASIS_POINTS_ONE 10000
#define MONTH_MIN 201901
#define ROOM_FIRST 64

static uint32_t month_of(struct date day) {
    int year = 0;
    int month = 0;
    int day_of_month = 0;
    date_split(day, &year, &month, &day_of_month);
    return (uint32_t)(year * MONTHS_BASE + month);
}

static uint32_t month_after(struct date day) {
    return month_of(date_add_months(date_first_of_month(day), 1));
}

/* The orders of a month are made when the next one begins. */
static bool was_run(const struct ledger *ledger, uint32_t month) {
    return month < month_of(ledger->today);
}

void instalments_owe(const struct ledger *ledger, struct transaction *transaction, const struct book_figures *figures,
                     const struct rated_amounts *amounts) {
    const char *network = transaction->network.text;
    int32_t advance = figures->payment_advance != BOOK_ABSENT ? figures->payment_advance : BASIS_POINTS_ONE;
    for (size_t i = 0; i < amounts->part_count; i++) {
        const struct payee_part *part = &amounts->parts[i];
        struct money first = MONEY_ZERO;
        if (money_compare(part->amount, MONEY_ZERO) < 0) {
            transaction_add(transaction, account_receivable(network, part->payee.text), money_negate(part->amount));
            continue;
        }
        bool fits = money_fraction_round_nearest(part->amount, advance, BASIS_POINTS_ONE, &first);
        require(fits);
        transaction_add(transaction, account_deferred(network, part->payee.text, month_after(ledger->today)),
                        money_negate(first));
        transaction_add(transaction, account_insurers(network, part->payee.text, month_of(ledger->today)),
                        money_require_subtract(first, part->amount));
    }
}

/* --- moving what is due ------------------------------------------------------------------------------------------- */

/* One account to move; collected first, because a cursor stands still while its table is written. */
struct due {
    struct account account;
    struct account_fields fields;
    struct account_row row;
};

struct collection {
    struct arena *arena;
    const char *network; /* NULL: all */
    uint32_t first;      /* months taken, both inclusive */
    uint32_t last;
    struct due *items;
    size_t count;
    size_t room;
};

static int collect(void *state, const char *text, const struct account_row *row) {
    struct collection *collection = state;
    struct account_fields fields;
    if (!account_split(text, &fields)) {
        return FAILURE_CORRUPT;
    }
    bool empty = money_compare(row->balance, MONEY_ZERO) == 0 && row->lines == 0;
    if (empty || fields.month < collection->first || fields.month > collection->last ||
        (collection->network != NULL && strcmp(collection->network, fields.network.text) != 0)) {
        return 0;
    }
    if (collection->count == collection->room) {
        size_t room = collection->room > 0 ? collection->room * 2 : ROOM_FIRST;
        struct due *grown = arena_take(collection->arena, room * sizeof *grown);
        if (grown == NULL) {
            return FAILURE_MEMORY;
        }
        if (collection->count > 0) {
            memcpy(grown, collection->items, collection->count * sizeof *grown);
        }
        collection->items = grown;
        collection->room = room;
    }
    struct due *due = &collection->items[collection->count++];
    *due = (struct due){.fields = fields, .row = *row};
    memcpy(due->account.text, text, strlen(text) + 1);
    return 0;
}

/* Moves a whole account, with the lines behind it. */
static int move(struct ledger *ledger, const struct due *due, const struct account *to) {
    struct transaction moved;
    transaction_begin(&moved, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_DUE, due->fields.network.text,
                      date_year(ledger->today));
    moved.amount = money_negate(due->row.balance);
    transaction_add(&moved, due->account, money_negate(due->row.balance));
    transaction_add(&moved, *to, due->row.balance);
    int failure = moved.entry_count > 0 ? transaction_post(ledger, &moved, 0) : 0;
    if (failure == 0) {
        failure = accounts_add(&ledger->accounts, ledger->txn, &due->account, MONEY_ZERO, -(int)due->row.lines);
    }
    return failure < 0 ? failure : accounts_add(&ledger->accounts, ledger->txn, to, MONEY_ZERO, (int)due->row.lines);
}

int instalments_mature(struct ledger *ledger, uint32_t month) {
    struct collection collection = {.arena = &ledger->arena, .last = month};
    int failure = accounts_scan(&ledger->accounts, ledger->txn, account_prefix(ACCOUNT_DEFERRED), collect, &collection);
    for (size_t i = 0; i < collection.count && failure == 0; i++) {
        const struct due *due = &collection.items[i];
        struct account payable = account_payable(due->fields.network.text, due->fields.payee.text);
        failure = move(ledger, due, &payable);
    }
    return failure;
}

/* --- the insurers' payment ---------------------------------------------------------------------------------------- */

static void make_key(struct store_key *key, const char *network, uint32_t month) {
    store_key_reset(key);
    store_key_text(key, network);
    store_key_u32(key, month);
}

/* The month that pays the rest of a list; 0 while the insurers have not paid it. */
static int due_month(struct ledger *ledger, const char *network, uint32_t list, uint32_t *ret) {
    struct store_key key;
    struct span value;
    bool found = false;
    make_key(&key, network, list);
    int failure = store_get(ledger->txn, LEDGER_TABLE_INSURERS, store_key_span(&key), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && value.bytes != sizeof(uint32_t)) {
        return FAILURE_CORRUPT;
    }
    *ret = found ? store_read_u32(value.data) : 0;
    return 0;
}

int instalments_place(struct ledger *ledger, const struct account_fields *fields, struct account *ret) {
    const char *network = fields->network.text;
    const char *payee = fields->payee.text;
    uint32_t month = fields->month;
    if (fields->kind == ACCOUNT_INSURERS) {
        int failure = due_month(ledger, network, fields->month, &month);
        if (failure < 0) {
            return failure;
        }
        if (month == 0) {
            *ret = account_insurers(network, payee, fields->month);
            return 0;
        }
    }
    *ret = was_run(ledger, month) ? account_payable(network, payee) : account_deferred(network, payee, month);
    return 0;
}

static int pay_list(struct ledger *ledger, const Elp__V1__InsurersPaid *command, uint32_t due) {
    struct collection collection = {
        .arena = &ledger->arena, .network = command->network, .first = command->month, .last = command->month};
    struct store_key key;
    uint8_t value[sizeof(uint32_t)];
    int failure = accounts_scan(&ledger->accounts, ledger->txn, account_prefix(ACCOUNT_INSURERS), collect, &collection);
    if (failure < 0) {
        return failure;
    }
    if (collection.count == 0) {
        return outcome_refuse(ledger, "not-found", "S3", "That network has no list of 2019's convention of that month.",
                              NULL);
    }
    make_key(&key, command->network, command->month);
    store_write_u32(value, due);
    failure = store_put(ledger->txn, LEDGER_TABLE_INSURERS, store_key_span(&key), span_of(value, sizeof value));
    for (size_t i = 0; i < collection.count && failure == 0; i++) {
        const struct due *item = &collection.items[i];
        struct account deferred = account_deferred(item->fields.network.text, item->fields.payee.text, due);
        failure = move(ledger, item, &deferred);
    }
    return failure < 0 ? failure : outcome_done(ledger, "S3", "The rest of that list is paid in the month after.");
}

int instalments_insurers_paid(struct ledger *ledger, const Elp__V1__InsurersPaid *command) {
    struct date paid_on;
    uint32_t due = 0;
    uint32_t number = command->month % MONTHS_BASE;
    if (strlen(command->network) > CODE_BYTES_MAX || number < 1 || number > 12 || command->month < MONTH_MIN ||
        !date_parse(command->paid_on, &paid_on)) {
        return outcome_refuse(ledger, "malformed", "S3", "It names a network, a list's month and a day.", NULL);
    }
    if (command->month >= month_of(ledger->today) || command->month > month_of(paid_on)) {
        return outcome_refuse(ledger, "wrong-month", "S3", "That list is not complete before its month ends.", NULL);
    }
    int failure = due_month(ledger, command->network, command->month, &due);
    if (failure < 0) {
        return failure;
    }
    if (due != 0) {
        return outcome_refuse(ledger, "already-paid", "S3", "The insurers paid that list before.", NULL);
    }
    return pay_list(ledger, command, month_after(paid_on));
}
