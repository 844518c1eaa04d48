#include "services/ledger/lumps.h"

#include "common/require.h"
#include "services/ledger/hospitals.h"
#include "services/ledger/posting.h"
#include "services/ledger/transactions.h"

#define MONTHS_OF_YEAR 12

/* The instalments a year of the book that pays lump sums on a day; 0: none does. */
static int instalments_on(const struct ledger *ledger, struct date day) {
    int instalments = 0;
    for (size_t i = 0; i < book_shelf_count(ledger->shelf); i++) {
        const struct book *book = book_shelf_entry(ledger->shelf, i);
        if (date_within(day, book->sessions.from, book->sessions.until) &&
            book_on(book, day)->lump_instalments != BOOK_ABSENT) {
            instalments = book_on(book, day)->lump_instalments; /* of its version loaded last */
        }
    }
    return instalments;
}

static int pay(struct ledger *ledger, struct balance *balance, enum book_envelope_id envelope, struct money amount) {
    const char *network = balance->network.text;
    struct hospital hospital;
    struct transaction lump;
    int failure = hospitals_find(ledger->txn, network, &hospital);
    if (failure < 0) {
        return failure;
    }
    transaction_begin(&lump, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_LUMP, network, balance->year);
    lump.envelope = envelope;
    lump.amount = amount;
    transaction_add(&lump, account_expenses(network, balance->year, envelope), amount);
    transaction_add(&lump, account_payable(network, hospital.payee.text), money_negate(amount));
    failure = transaction_post(ledger, &lump, 1);
    return failure < 0 ? failure : posting_move(ledger, balance, envelope, amount);
}

/* Parts `due` of `instalments` less what was paid; a transfer away may leave nothing. */
static int pay_due(struct ledger *ledger, struct balance *balance, enum book_envelope_id envelope, int due,
                   int instalments) {
    struct money until_now = MONEY_ZERO;
    bool fits = money_fraction_round_nearest(balance_budget(balance, envelope), due, instalments, &until_now);
    require(fits);
    struct money amount = money_require_subtract(until_now, balance->envelopes[envelope].spent);
    return money_compare(amount, MONEY_ZERO) > 0 ? pay(ledger, balance, envelope, amount) : 0;
}

int lumps_run(struct ledger *ledger, struct date last) {
    int year = 0;
    int month = 0;
    int day = 0;
    int instalments = instalments_on(ledger, last);
    date_split(last, &year, &month, &day);
    if (instalments <= 0 || month * instalments % MONTHS_OF_YEAR != 0) {
        return 0;
    }
    int due = month * instalments / MONTHS_OF_YEAR;
    int failure = 0;
    for (size_t i = 0; i < ledger->balances.count && failure == 0; i++) {
        struct balance *balance = ledger->balances.items[i];
        if (balance->year != year || balance->closed) {
            continue;
        }
        failure = pay_due(ledger, balance, ENVELOPE_LUMP_NETWORK, due, instalments);
        if (failure == 0) {
            failure = pay_due(ledger, balance, ENVELOPE_LUMP_HOSPITAL, due, instalments);
        }
    }
    return failure;
}
