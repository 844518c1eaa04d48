#include "services/ledger/payments.h"

#include <string.h>

#include "common/require.h"
#include "services/ledger/held.h"
#include "services/ledger/instalments.h"
#include "services/ledger/outcome.h"
#include "services/ledger/payable.h"
#include "services/ledger/payees.h"
#include "services/ledger/transactions.h"

#define MONTHS_BASE 100

void payments_key(struct store_key *key, const char *network, uint32_t month, const char *payee) {
    store_key_reset(key);
    store_key_text(key, network);
    store_key_u32(key, month);
    store_key_text(key, payee);
}

static struct date last_day_of(uint32_t month) {
    struct date first;
    bool made = date_make((int)(month / MONTHS_BASE), (int)(month % MONTHS_BASE), 1, &first);
    require(made);
    return date_last_of_month(first);
}

static uint32_t month_of(struct date day) {
    int year = 0;
    int month = 0;
    int day_of_month = 0;
    date_split(day, &year, &month, &day_of_month);
    return (uint32_t)(year * MONTHS_BASE + month);
}

static int fill_missing(struct results *results, unsigned missing, Elp__V1__PaymentOrder *order) {
    order->missing = arena_take(results->arena, PAYEE_FIELDS * sizeof *order->missing);
    if (order->missing == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < PAYEE_FIELDS; i++) {
        if ((missing & 1u << i) != 0) {
            order->missing[order->n_missing++] = (char *)payee_field(i);
        }
    }
    return 0;
}

/* Records an order as an event and stores it: ordered when nothing is missing and anything is left to pay. */
static int record_order(struct ledger *ledger, const struct held *of, unsigned missing) {
    struct results *results = &ledger->results;
    Elp__V1__PaymentOrder *order = NULL;
    int failure = results_payment(results, &order);
    if (failure < 0) {
        return failure;
    }
    order->month = of->month;
    order->date = last_day_of(of->month).days;
    order->cents = money_cents(of->amount);
    order->lines = of->lines;
    order->state = missing == 0 && order->cents > 0 ? ELP__V1__PAYMENT_STATE__PAYMENT_STATE_ORDERED
                                                    : ELP__V1__PAYMENT_STATE__PAYMENT_STATE_HELD;
    failure = results_text(results, of->network.text, &order->network);
    if (failure == 0) {
        failure = results_text(results, of->payee.text, &order->payee);
    }
    if (failure == 0 && missing != 0) {
        failure = fill_missing(results, missing, order);
    }
    if (failure < 0) {
        return failure;
    }
    struct store_key key;
    size_t bytes = elp__v1__payment_order__get_packed_size(order);
    uint8_t *value = arena_take(&ledger->arena, bytes);
    if (value == NULL) {
        return FAILURE_MEMORY;
    }
    (void)elp__v1__payment_order__pack(order, value);
    payments_key(&key, of->network.text, of->month, of->payee.text);
    return store_put(ledger->txn, LEDGER_TABLE_PAYMENTS, store_key_span(&key), span_of(value, bytes));
}

/* --- the month's end ---------------------------------------------------------------------------------------------- */

static int order_complete(struct ledger *ledger, const struct payable *payable, uint32_t month) {
    struct money net = payable_net(payable);
    struct money ordered = money_max(net, MONEY_ZERO);
    int failure = payable_settle(ledger, payable, (int)(month / MONTHS_BASE), ordered);
    if (failure < 0 || money_compare(ordered, MONEY_ZERO) == 0) {
        return failure;
    }
    struct held order = {payable->network, payable->payee, month, ordered, payable_lines(payable)};
    return record_order(ledger, &order, 0);
}

/* A correction of `excess` lowers the oldest held orders first; what they cannot take is a receivable already. */
static int lower_held(struct ledger *ledger, struct held *items, size_t count, struct money excess, uint32_t lines,
                      unsigned missing) {
    for (size_t i = 0; i < count && money_compare(excess, MONEY_ZERO) > 0; i++) {
        struct money taken = money_min(items[i].amount, excess);
        items[i].amount = money_require_subtract(items[i].amount, taken);
        items[i].lines += lines;
        lines = 0;
        excess = money_require_subtract(excess, taken);
        bool empty = money_compare(items[i].amount, MONEY_ZERO) == 0;
        int failure = empty ? held_remove(ledger, &items[i]) : held_put(ledger, &items[i]);
        if (failure == 0) {
            failure = record_order(ledger, &items[i], missing);
        }
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}

static int order_incomplete(struct ledger *ledger, const struct payable *payable, uint32_t month, unsigned missing) {
    struct held *items = NULL;
    size_t count = 0;
    int failure = held_of(ledger, payable->payee.text, payable->network.text, &items, &count);
    if (failure == 0) {
        failure = payable_settle(ledger, payable, (int)(month / MONTHS_BASE), MONEY_ZERO);
    }
    if (failure < 0) {
        return failure;
    }
    struct money earmarked = MONEY_ZERO;
    for (size_t i = 0; i < count; i++) {
        earmarked = money_require_add(earmarked, items[i].amount);
    }
    struct money available = money_max(payable_net(payable), MONEY_ZERO);
    struct money fresh = money_require_subtract(available, earmarked);
    if (money_compare(fresh, MONEY_ZERO) <= 0) {
        bool below_zero =
            money_compare(payable_net(payable), MONEY_ZERO) < 0; /* then its lines stay with the receivable */
        uint32_t lines = below_zero ? 0 : payable_lines(payable);
        return lower_held(ledger, items, count, money_negate(fresh), lines, missing);
    }
    struct held order = {payable->network, payable->payee, month, fresh, payable_lines(payable)};
    failure = held_put(ledger, &order);
    return failure < 0 ? failure : record_order(ledger, &order, missing);
}

int payments_run(struct ledger *ledger, struct date last) {
    uint32_t month = month_of(last);
    struct payable *items = NULL;
    size_t count = 0;
    int failure = instalments_mature(ledger, month);
    if (failure < 0) {
        return failure;
    }
    failure = payable_collect(ledger, (int)(month / MONTHS_BASE), &items, &count);
    for (size_t i = 0; i < count && failure == 0; i++) {
        unsigned missing = 0;
        failure = payees_missing(ledger, items[i].payee.text, &missing);
        if (failure == 0) {
            failure = missing == 0 ? order_complete(ledger, &items[i], month)
                                   : order_incomplete(ledger, &items[i], month, missing);
        }
    }
    return failure;
}

/* --- a payee completed -------------------------------------------------------------------------------------------- */

/* Orders one held amount as far as the payee's balance still covers it; a correction may have come since. */
static int release_one(struct ledger *ledger, struct held *held, struct money *available) {
    struct money pay = money_max(money_min(held->amount, *available), MONEY_ZERO);
    const char *network = held->network.text;
    const char *payee = held->payee.text;
    held->amount = pay;
    *available = money_require_subtract(*available, pay);
    int failure = held_remove(ledger, held);
    if (failure < 0) {
        return failure;
    }
    if (money_compare(pay, MONEY_ZERO) > 0) {
        struct transaction payment;
        transaction_begin(&payment, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_PAYMENT, network,
                          (int)(held->month / MONTHS_BASE));
        payment.amount = pay;
        transaction_add(&payment, account_payable(network, payee), pay);
        transaction_add(&payment, account_ordered(network, payee), money_negate(pay));
        failure = transaction_post(ledger, &payment, 0);
    }
    return failure < 0 ? failure : record_order(ledger, held, 0);
}

int payments_release(struct ledger *ledger, const char *payee) {
    struct held *items = NULL;
    size_t count = 0;
    int failure = held_of(ledger, payee, NULL, &items, &count);
    struct money available = MONEY_ZERO;
    for (size_t i = 0; i < count && failure == 0; i++) {
        bool next_network = i == 0 || strcmp(items[i].network.text, items[i - 1].network.text) != 0;
        if (next_network) {
            failure = payable_available(ledger, items[i].network.text, payee, &available);
        }
        if (failure == 0) {
            failure = release_one(ledger, &items[i], &available);
        }
    }
    return failure;
}

/* --- an order paid ------------------------------------------------------------------------------------------------ */

static int find_order(struct ledger *ledger, const Elp__V1__ConfirmPayment *command, Elp__V1__PaymentOrder **ret) {
    struct store_key key;
    struct span value;
    bool found = false;
    payments_key(&key, command->network, command->month, command->payee);
    int failure = store_get(ledger->txn, LEDGER_TABLE_PAYMENTS, store_key_span(&key), &value, &found);
    if (failure < 0) {
        return failure;
    }
    *ret = NULL;
    if (found) {
        *ret = wire_unpack(&ledger->arena, &elp__v1__payment_order__descriptor, value);
        return *ret != NULL ? 0 : FAILURE_CORRUPT;
    }
    return 0;
}

static int record_paid(struct ledger *ledger, const Elp__V1__PaymentOrder *order, struct date paid_on) {
    Elp__V1__PaymentOrder *paid = NULL;
    struct store_key key;
    struct transaction transaction;
    struct money amount = money_of_cents(order->cents);
    transaction_begin(&transaction, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_PAID, order->network,
                      (int)(order->month / MONTHS_BASE));
    transaction.amount = amount;
    transaction_add(&transaction, account_ordered(order->network, order->payee), amount);
    transaction_add(&transaction, account_bank(order->network), money_negate(amount));
    int failure = transaction_post(ledger, &transaction, 0);
    if (failure == 0) {
        failure = results_payment(&ledger->results, &paid);
    }
    if (failure < 0) {
        return failure;
    }
    *paid = *order;
    paid->state = ELP__V1__PAYMENT_STATE__PAYMENT_STATE_PAID;
    paid->paid_on = paid_on.days;
    size_t bytes = elp__v1__payment_order__get_packed_size(paid);
    uint8_t *value = arena_take(&ledger->arena, bytes);
    if (value == NULL) {
        return FAILURE_MEMORY;
    }
    (void)elp__v1__payment_order__pack(paid, value);
    payments_key(&key, order->network, order->month, order->payee);
    return store_put(ledger->txn, LEDGER_TABLE_PAYMENTS, store_key_span(&key), span_of(value, bytes));
}

int payments_confirm(struct ledger *ledger, const Elp__V1__ConfirmPayment *command) {
    Elp__V1__PaymentOrder *order = NULL;
    struct date paid_on;
    if (strlen(command->network) > CODE_BYTES_MAX || strlen(command->payee) > CODE_BYTES_MAX ||
        !date_parse(command->paid_on, &paid_on)) {
        return outcome_refuse(ledger, "malformed", "", "A confirmation names an order and the day of payment.", NULL);
    }
    int failure = find_order(ledger, command, &order);
    if (failure < 0) {
        return failure;
    }
    if (order == NULL) {
        return outcome_refuse(ledger, "not-found", "", "No order of that network, payee and month stands.", NULL);
    }
    if (order->state == ELP__V1__PAYMENT_STATE__PAYMENT_STATE_PAID) {
        return outcome_refuse(ledger, "already-paid", "", "That order was confirmed before.", NULL);
    }
    if (order->state != ELP__V1__PAYMENT_STATE__PAYMENT_STATE_ORDERED) {
        return outcome_refuse(ledger, "not-ordered", "", "That order is held until its payee is complete.", NULL);
    }
    if (order->cents != command->cents) {
        struct money amount = money_of_cents(order->cents);
        return outcome_refuse(ledger, "wrong-amount", "", "An order is paid whole.", &amount);
    }
    if (month_of(paid_on) < order->month) {
        return outcome_refuse(ledger, "too-early", "", "An order is not paid before the month that it is about.", NULL);
    }
    failure = record_paid(ledger, order, paid_on);
    return failure < 0 ? failure : outcome_done(ledger, "", "The order is paid.");
}
