#ifndef ELP_SERVICES_LEDGER_ACCOUNTS_H
#define ELP_SERVICES_LEDGER_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/identifiers.h"
#include "common/money.h"
#include "common/store.h"
#include "services/ledger/envelope_names.h"

/*
 * The accounts of the double entry: words with colons, listed in ledger.proto, the same in journal, answers and
 * exports. Debit is positive, credit negative; over all accounts the sum is zero, always.
 *
 * Table: key is the account's text; value the balance in cents as 8 bytes and, for what is owed to or by a payee, the
 * number of attestations and reversals since its last order, as 4 bytes. 91.02 owed to P1 for one session:
 *   6c696162696c69746965733a70617961626c653a4e313a5031      ffffffffffffdc72 00000001
 */
#define ACCOUNT_TEXT_BYTES 128

struct account {
    char text[ACCOUNT_TEXT_BYTES];
};

/* Accounts of a network and year, or of a network and payee. A payee that nobody named has the word "-". */
struct account account_expenses(const char *network, int year, enum book_envelope_id envelope);
struct account account_suspended(const char *network, int year);
struct account account_written_off(const char *network, int year);
struct account account_budget(const char *network, int year, enum book_envelope_id envelope);
struct account account_authority(int year);
struct account account_bank(const char *network);
struct account account_deferred(const char *network, const char *payee, uint32_t month);
struct account account_insurers(const char *network, const char *payee, uint32_t month);
struct account account_advance(const char *network, int year);
struct account account_neutralised(const char *network, int year, const char *share);
struct account account_payable(const char *network, const char *payee);
struct account account_carried(const char *network, const char *payee, int year);
struct account account_suspended_liability(const char *network, const char *payee);
struct account account_written_off_liability(const char *network, const char *payee);
struct account account_ordered(const char *network, const char *payee);
struct account account_receivable(const char *network, const char *payee);

/* What an account's text says. */
enum account_kind {
    ACCOUNT_EXPENSES,
    ACCOUNT_SUSPENDED,
    ACCOUNT_WRITTEN_OFF,
    ACCOUNT_BUDGET,
    ACCOUNT_PAYABLE,
    ACCOUNT_CARRIED,
    ACCOUNT_SUSPENDED_LIABILITY,
    ACCOUNT_WRITTEN_OFF_LIABILITY,
    ACCOUNT_ORDERED,
    ACCOUNT_RECEIVABLE,
    ACCOUNT_NEUTRALISED,
    ACCOUNT_ADVANCE,
    ACCOUNT_BANK,
    ACCOUNT_DEFERRED,
    ACCOUNT_INSURERS,
    ACCOUNT_KINDS,
};

struct account_fields {
    enum account_kind kind;
    struct code network;
    struct code payee; /* of accounts with a payee */
    int year;          /* of accounts with a year */
    uint32_t month;    /* YYYYMM, of accounts with a month */
};

/* False for a text that is none of these accounts. */
MUST_USE bool account_split(const char *text, struct account_fields *ret);

/* The words before the network: "liabilities:payable:". */
const char *account_prefix(enum account_kind kind);

struct account_row {
    struct money balance;
    uint32_t lines;
};

/* The sum over all accounts, kept while the daemon runs and zero after every record (design.md, Accounting decisions). */
struct accounts {
    size_t table;
    struct money sum;
};

/* Adds up what is stored; FAILURE_CORRUPT when the sum is not zero or a row is damaged. */
MUST_USE int accounts_open(struct store_txn *txn, size_t table, struct accounts *ret);

/* A zero row when the account was never used. */
MUST_USE int accounts_get(const struct accounts *accounts, struct store_txn *txn, const struct account *account,
                          struct account_row *ret);

/* Moves a balance and its count of lines; the count never falls below zero. */
MUST_USE int accounts_add(struct accounts *accounts, struct store_txn *txn, const struct account *account,
                          struct money amount, int lines);

/*
 * Visits the accounts whose text begins with `prefix`, in the order of their text, until visit returns other than 0;
 * a negative value is forwarded. visit writes nothing.
 */
typedef int account_visit(void *state, const char *text, const struct account_row *row);
MUST_USE int accounts_scan(const struct accounts *accounts, struct store_txn *txn, const char *prefix,
                           account_visit *visit, void *state);

#endif
