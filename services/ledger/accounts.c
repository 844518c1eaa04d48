#include "services/ledger/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/require.h"

#define ROW_BYTES 12
#define NO_PAYEE "-"

/* The fields that follow an account's prefix, in order. */
enum account_shape { SHAPE_NETWORK, SHAPE_YEAR, SHAPE_YEAR_ENVELOPE, SHAPE_PAYEE, SHAPE_PAYEE_YEAR, SHAPE_PAYEE_MONTH };

static const struct {
    const char *prefix;
    enum account_shape shape;
} kinds[ACCOUNT_KINDS] = {
    [ACCOUNT_EXPENSES] = {"expenses:", SHAPE_YEAR_ENVELOPE},
    [ACCOUNT_SUSPENDED] = {"suspended:", SHAPE_YEAR},
    [ACCOUNT_WRITTEN_OFF] = {"written-off:", SHAPE_YEAR},
    [ACCOUNT_BUDGET] = {"budget:", SHAPE_YEAR_ENVELOPE},
    [ACCOUNT_PAYABLE] = {"liabilities:payable:", SHAPE_PAYEE},
    [ACCOUNT_CARRIED] = {"liabilities:carried:", SHAPE_PAYEE_YEAR},
    [ACCOUNT_SUSPENDED_LIABILITY] = {"liabilities:suspended:", SHAPE_PAYEE},
    [ACCOUNT_WRITTEN_OFF_LIABILITY] = {"liabilities:written-off:", SHAPE_PAYEE},
    [ACCOUNT_ORDERED] = {"liabilities:ordered:", SHAPE_PAYEE},
    [ACCOUNT_RECEIVABLE] = {"assets:receivable:", SHAPE_PAYEE},
    [ACCOUNT_BANK] = {"assets:bank:", SHAPE_NETWORK},
    [ACCOUNT_DEFERRED] = {"liabilities:deferred:", SHAPE_PAYEE_MONTH},
    [ACCOUNT_INSURERS] = {"liabilities:insurers:", SHAPE_PAYEE_MONTH},
    [ACCOUNT_ADVANCE] = {"assets:advance:", SHAPE_YEAR},
    [ACCOUNT_NEUTRALISED] = {"neutralised:", SHAPE_YEAR_ENVELOPE},
};

const char *account_prefix(enum account_kind kind) {
    require(kind < ACCOUNT_KINDS);
    return kinds[kind].prefix;
}

static char *append(char *place, const char *text) {
    size_t bytes = strlen(text);
    memcpy(place, text, bytes + 1);
    return place + bytes;
}

static char *append_year(char *place, int year) {
    require(year >= 1000 && year <= 9999);
    for (int i = 3, left = year; i >= 0; i--, left /= 10) {
        place[i] = (char)('0' + left % 10);
    }
    place[4] = '\0';
    return place + 4;
}

/* Built by hand rather than by snprintf: an attestation names up to five accounts. All fields are bounded codes. */
static struct account of_year(enum account_kind kind, const char *network, int year, const char *envelope) {
    struct account account;
    char *place = append(append(account.text, kinds[kind].prefix), network);
    place = append_year(append(place, ":"), year);
    if (envelope != NULL) {
        (void)append(append(place, ":"), envelope);
    }
    return account;
}

static struct account of_payee(enum account_kind kind, const char *network, const char *payee) {
    struct account account;
    char *place = append(append(account.text, kinds[kind].prefix), network);
    (void)append(append(place, ":"), payee[0] != '\0' ? payee : NO_PAYEE);
    return account;
}

struct account account_expenses(const char *network, int year, enum book_envelope_id envelope) {
    return of_year(ACCOUNT_EXPENSES, network, year, book_envelope_name(envelope));
}

struct account account_suspended(const char *network, int year) {
    return of_year(ACCOUNT_SUSPENDED, network, year, NULL);
}

struct account account_written_off(const char *network, int year) {
    return of_year(ACCOUNT_WRITTEN_OFF, network, year, NULL);
}

struct account account_budget(const char *network, int year, enum book_envelope_id envelope) {
    return of_year(ACCOUNT_BUDGET, network, year, book_envelope_name(envelope));
}

struct account account_authority(int year) {
    return of_year(ACCOUNT_BUDGET, "authority", year, NULL);
}

struct account account_bank(const char *network) {
    struct account account;
    (void)append(append(account.text, kinds[ACCOUNT_BANK].prefix), network);
    return account;
}

/* YYYYMM after a payee. */
static struct account of_month(enum account_kind kind, const char *network, const char *payee, uint32_t month) {
    struct account account = of_payee(kind, network, payee);
    char *place = append_year(append(account.text + strlen(account.text), ":"), (int)(month / 100));
    place[0] = (char)('0' + month % 100 / 10);
    place[1] = (char)('0' + month % 10);
    place[2] = '\0';
    return account;
}

struct account account_deferred(const char *network, const char *payee, uint32_t month) {
    return of_month(ACCOUNT_DEFERRED, network, payee, month);
}

struct account account_insurers(const char *network, const char *payee, uint32_t month) {
    return of_month(ACCOUNT_INSURERS, network, payee, month);
}

struct account account_advance(const char *network, int year) {
    return of_year(ACCOUNT_ADVANCE, network, year, NULL);
}

struct account account_neutralised(const char *network, int year, const char *share) {
    return of_year(ACCOUNT_NEUTRALISED, network, year, share);
}

struct account account_payable(const char *network, const char *payee) {
    return of_payee(ACCOUNT_PAYABLE, network, payee);
}

struct account account_carried(const char *network, const char *payee, int year) {
    struct account account = of_payee(ACCOUNT_CARRIED, network, payee);
    (void)append_year(append(account.text + strlen(account.text), ":"), year);
    return account;
}

struct account account_suspended_liability(const char *network, const char *payee) {
    return of_payee(ACCOUNT_SUSPENDED_LIABILITY, network, payee);
}

struct account account_written_off_liability(const char *network, const char *payee) {
    return of_payee(ACCOUNT_WRITTEN_OFF_LIABILITY, network, payee);
}

struct account account_ordered(const char *network, const char *payee) {
    return of_payee(ACCOUNT_ORDERED, network, payee);
}

struct account account_receivable(const char *network, const char *payee) {
    return of_payee(ACCOUNT_RECEIVABLE, network, payee);
}

/* Copies the field up to the next colon or the end; NULL when it is too long, else what follows. */
static const char *take_field(const char *text, struct code *ret) {
    size_t bytes = strcspn(text, ":");
    if (bytes > CODE_BYTES_MAX) {
        return NULL;
    }
    *ret = (struct code){{0}};
    memcpy(ret->text, text, bytes);
    return text[bytes] == ':' ? text + bytes + 1 : text + bytes;
}

bool account_split(const char *text, struct account_fields *ret) {
    struct account_fields fields = {.kind = ACCOUNT_EXPENSES};
    while (fields.kind < ACCOUNT_KINDS &&
           strncmp(text, kinds[fields.kind].prefix, strlen(kinds[fields.kind].prefix)) != 0) {
        fields.kind++;
    }
    if (fields.kind == ACCOUNT_KINDS) {
        return false;
    }
    const char *rest = take_field(text + strlen(kinds[fields.kind].prefix), &fields.network);
    enum account_shape shape = kinds[fields.kind].shape;
    if (rest != NULL && (shape == SHAPE_PAYEE || shape == SHAPE_PAYEE_YEAR || shape == SHAPE_PAYEE_MONTH)) {
        rest = take_field(rest, &fields.payee);
    }
    if (rest != NULL && shape == SHAPE_PAYEE_MONTH) {
        fields.month = (uint32_t)atoi(rest); /* Call: of_month wrote it */
    } else if (rest != NULL && shape != SHAPE_PAYEE && shape != SHAPE_NETWORK) {
        fields.year = atoi(rest); /* Call: append_year wrote it */
    }
    if (rest == NULL) {
        return false;
    }
    *ret = fields;
    return true;
}

static bool row_of_value(struct span value, struct account_row *ret) {
    if (value.bytes != ROW_BYTES) {
        return false;
    }
    ret->balance = money_of_cents((int64_t)store_read_u64(value.data));
    ret->lines = store_read_u32(value.data + 8);
    return true;
}

int accounts_get(const struct accounts *accounts, struct store_txn *txn, const struct account *account,
                 struct account_row *ret) {
    struct span value;
    bool found = false;
    int failure = store_get(txn, accounts->table, span_of_text(account->text), &value, &found);
    if (failure < 0) {
        return failure;
    }
    struct account_row row = {MONEY_ZERO, 0};
    if (found && !row_of_value(value, &row)) {
        return FAILURE_CORRUPT;
    }
    *ret = row;
    return 0;
}

int accounts_add(struct accounts *accounts, struct store_txn *txn, const struct account *account, struct money amount,
                 int lines) {
    struct account_row row;
    int failure = accounts_get(accounts, txn, account, &row);
    if (failure < 0) {
        return failure;
    }
    int64_t lines_after = (int64_t)row.lines + lines;
    require(lines_after >= 0 && lines_after <= UINT32_MAX);
    uint8_t value[ROW_BYTES];
    store_write_u64(value, (uint64_t)money_cents(money_require_add(row.balance, amount)));
    store_write_u32(value + 8, (uint32_t)lines_after);
    accounts->sum = money_require_add(accounts->sum, amount);
    return store_put(txn, accounts->table, span_of_text(account->text), span_of(value, sizeof value));
}

static int scan_from(struct store_cursor *cursor, const char *prefix, account_visit *visit, void *state) {
    size_t prefix_bytes = strlen(prefix);
    bool found = false;
    int result = store_cursor_seek(cursor, prefix_bytes > 0 ? span_of_text(prefix) : span_of("", 1), &found);
    while (result == 0 && found) {
        struct span key = store_cursor_key(cursor);
        struct account account;
        struct account_row row;
        if (key.bytes < prefix_bytes || memcmp(key.data, prefix, prefix_bytes) != 0) {
            break;
        }
        if (key.bytes >= sizeof account.text || !row_of_value(store_cursor_value(cursor), &row)) {
            return FAILURE_CORRUPT;
        }
        memcpy(account.text, key.data, key.bytes);
        account.text[key.bytes] = '\0';
        result = visit(state, account.text, &row);
        if (result == 0) {
            result = store_cursor_next(cursor, &found);
        }
    }
    return result;
}

int accounts_scan(const struct accounts *accounts, struct store_txn *txn, const char *prefix, account_visit *visit,
                  void *state) {
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, accounts->table, &cursor);
    if (failure < 0) {
        return failure;
    }
    int result = scan_from(cursor, prefix, visit, state);
    store_cursor_close(cursor);
    return result < 0 ? result : 0;
}

static int add_up(void *state, const char *text, const struct account_row *row) {
    struct money *sum = state;
    (void)text;
    *sum = money_require_add(*sum, row->balance);
    return 0;
}

int accounts_open(struct store_txn *txn, size_t table, struct accounts *ret) {
    struct accounts accounts = {table, MONEY_ZERO};
    int failure = accounts_scan(&accounts, txn, "", add_up, &accounts.sum);
    if (failure < 0) {
        return failure;
    }
    if (money_compare(accounts.sum, MONEY_ZERO) != 0) {
        return FAILURE_CORRUPT;
    }
    *ret = accounts;
    return 0;
}
