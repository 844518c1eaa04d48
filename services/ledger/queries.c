#include <string.h>

#include "common/outcome_query.h"
#include "elp/v1/ledger.pb-c.h"
#include "services/ledger/ledger_core.h"
#include "services/ledger/payments.h"
#include "services/ledger/posting_reasons.h"
#include "services/ledger/query_budget.h"
#include "services/ledger/query_closings.h"
#include "services/ledger/query_costs.h"
#include "services/ledger/query_transactions.h"
#include "services/ledger/standing.h"

/* What the ledger answers besides BudgetQuery (query_budget.c). Every query reads committed state. */

#define PAYMENTS_MAX 5000
#define ACCOUNTS_MAX 20000

/* --- postings and outcomes ---------------------------------------------------------------------------------------- */

/* An integrator sees what it attested itself; everybody else the networks of its scope. */
static bool visible(const struct principal *principal, const Elp__V1__Transaction *transaction) {
    bool own = strcmp(transaction->principal, principal->name.text) == 0;
    return principal_sees_network(principal, transaction->network) && (principal->role != ROLE_INTEGRATOR || own);
}

/* Keeps the transactions that the principal may see; tells whether any was taken out. */
static bool keep_visible(const struct principal *principal, Elp__V1__LedgerRecord *record) {
    size_t kept = 0;
    size_t all = record->n_transactions;
    for (size_t i = 0; i < all; i++) {
        if (visible(principal, record->transactions[i])) {
            record->transactions[kept++] = record->transactions[i];
        }
    }
    record->n_transactions = kept;
    return kept < all;
}

/* Where the attestation stands: the transaction that brought it there, when that was, and why. */
static int fill_latest(const struct ledger *ledger, const struct request *request, const struct standing *standing,
                       Elp__V1__PostingReply *answer) {
    Elp__V1__LedgerRecord *record = NULL;
    struct date day = DATE_NONE;
    if (standing->state == STANDING_NONE) {
        return 0;
    }
    int failure = ledger_own_record(request->journal, request->txn, standing->number, request->arena, &record);
    if (failure == 0) {
        failure = chronicle_day(request->txn, standing->number, &day);
    }
    if (failure < 0) {
        return failure;
    }
    for (size_t i = 0; i < record->n_transactions; i++) {
        if (record->transactions[i]->attestation == standing->transaction.attestation &&
            record->transactions[i]->kind == standing->transaction.kind) {
            answer->latest = record->transactions[i];
        }
    }
    if (answer->latest == NULL || !visible(request->principal, answer->latest)) {
        answer->latest = NULL;
        return 0;
    }
    answer->latest_number = standing->number;
    answer->latest_date = date_is_none(day) ? 0 : day.days;
    return posting_reasons_of(ledger, standing->state, answer->latest, request->arena, &answer->reasons,
                              &answer->n_reasons);
}

static int handle_posting(void *core, struct request *request, const void *message, struct reply *reply) {
    const struct ledger *ledger = core;
    const Elp__V1__PostingQuery *query = message;
    Elp__V1__PostingReply answer = ELP__V1__POSTING_REPLY__INIT;
    if (query->number == 0) {
        return reply_refuse(reply, "malformed", "number", "Records are numbered from 1.", "Name a record of intake.");
    }
    if (request_wait(request, reply, query->number, query->wait_ms)) {
        return 0;
    }
    answer.state = "none";
    answer.reached = request->journal->head >= query->number;
    if (answer.reached) {
        Elp__V1__LedgerRecord *record = NULL;
        struct standing standing;
        int failure = ledger_own_record(request->journal, request->txn, query->number, request->arena, &record);
        if (failure == 0) {
            failure = standing_find(request->journal, request->txn, request->arena, query->number, &standing);
        }
        if (failure < 0) {
            return failure;
        }
        if (keep_visible(request->principal, record) && record->n_transactions == 0) {
            return reply_refuse(reply, "denied", "number", "That record is about what this principal does not see.",
                                "Ask for records of your own networks, an integrator for what it attested itself.");
        }
        answer.transactions = record->transactions;
        answer.n_transactions = record->n_transactions;
        answer.state = (char *)standing_word(standing.state);
        failure = fill_latest(ledger, request, &standing, &answer);
        if (failure < 0) {
            return failure;
        }
    }
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_POSTING_REPLY, &answer.base);
}

static int read_outcome(const struct request *request, uint64_t number, Elp__V1__Outcome **ret) {
    Elp__V1__LedgerRecord *record = NULL;
    int failure = ledger_own_record(request->journal, request->txn, number, request->arena, &record);
    if (failure == 0) {
        *ret = record->outcome;
    }
    return failure;
}

static int handle_outcome(void *core, struct request *request, const void *message, struct reply *reply) {
    (void)core;
    return outcome_query(request, message, read_outcome, reply);
}

/* --- payment orders ----------------------------------------------------------------------------------------------- */

static bool order_wanted(const struct request *request, const Elp__V1__PaymentQuery *query,
                         const Elp__V1__PaymentOrder *order) {
    return (query->month == 0 || order->month == query->month) &&
           (query->payee[0] == '\0' || strcmp(query->payee, order->payee) == 0) &&
           principal_sees_network(request->principal, order->network);
}

/* Orders are stored by network and month, so a query for one network reads no other. */
static int collect_orders(const struct request *request, const Elp__V1__PaymentQuery *query,
                          struct store_cursor *cursor, Elp__V1__PaymentReply *answer) {
    struct store_key first;
    bool found = false;
    payments_key(&first, query->network, query->network[0] != '\0' ? query->month : 0, "");
    size_t prefix = query->network[0] != '\0' ? strlen(query->network) + 1 : 0;
    int failure = store_cursor_seek(cursor, store_key_span(&first), &found);
    while (failure == 0 && found) {
        struct span key = store_cursor_key(cursor);
        if (key.bytes < prefix || memcmp(key.data, first.bytes, prefix) != 0) {
            break;
        }
        Elp__V1__PaymentOrder *order =
            wire_unpack(request->arena, &elp__v1__payment_order__descriptor, store_cursor_value(cursor));
        if (order == NULL) {
            return FAILURE_CORRUPT;
        }
        if (order_wanted(request, query, order)) {
            if (answer->n_payments == PAYMENTS_MAX) {
                answer->more = true;
                break;
            }
            answer->payments[answer->n_payments++] = order;
        }
        failure = store_cursor_next(cursor, &found);
    }
    return failure;
}

static int handle_payment(void *core, struct request *request, const void *message, struct reply *reply) {
    (void)core;
    const Elp__V1__PaymentQuery *query = message;
    Elp__V1__PaymentReply answer = ELP__V1__PAYMENT_REPLY__INIT;
    struct store_cursor *cursor = NULL;
    struct code network;
    if (query->network[0] != '\0' && !code_parse(query->network, &network)) {
        return reply_refuse(reply, "malformed", "network", "That is no network's code.",
                            "Write the code as registered.");
    }
    if (query->network[0] != '\0' && !principal_sees_network(request->principal, query->network)) {
        return reply_refuse(reply, "denied", "network", "That network is outside your scope.",
                            "Ask for your own networks, or leave the network empty for all of them.");
    }
    if (request_wait(request, reply, query->after_number, query->wait_ms)) {
        return 0;
    }
    answer.payments = arena_take(request->arena, PAYMENTS_MAX * sizeof *answer.payments);
    if (answer.payments == NULL) {
        return FAILURE_MEMORY;
    }
    int failure = store_cursor_open(request->txn, LEDGER_TABLE_PAYMENTS, &cursor);
    if (failure < 0) {
        return failure;
    }
    failure = collect_orders(request, query, cursor, &answer);
    store_cursor_close(cursor);
    return failure < 0 ? failure : reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_REPLY, &answer.base);
}

/* --- the trial balance -------------------------------------------------------------------------------------------- */

struct listing {
    struct arena *arena;
    Elp__V1__Entry *entries;
    Elp__V1__TrialBalanceReply *answer;
};

static int list_account(void *state, const char *text, const struct account_row *row) {
    struct listing *listing = state;
    Elp__V1__TrialBalanceReply *answer = listing->answer;
    if (answer->n_accounts == ACCOUNTS_MAX) {
        answer->more = true;
        return 1;
    }
    Elp__V1__Entry *entry = &listing->entries[answer->n_accounts];
    elp__v1__entry__init(entry);
    entry->account = arena_text(listing->arena, text);
    entry->cents = money_cents(row->balance);
    answer->accounts[answer->n_accounts++] = entry;
    return entry->account == NULL ? FAILURE_MEMORY : 0;
}

static int handle_trial_balance(void *core, struct request *request, const void *message, struct reply *reply) {
    const struct ledger *ledger = core;
    const Elp__V1__TrialBalanceQuery *query = message;
    Elp__V1__TrialBalanceReply answer = ELP__V1__TRIAL_BALANCE_REPLY__INIT;
    struct listing listing = {.arena = request->arena, .answer = &answer};
    if (strlen(query->prefix) >= ACCOUNT_TEXT_BYTES) {
        return reply_refuse(reply, "malformed", "prefix", "No account has a name as long as that.",
                            "Ask with the beginning of an account, such as liabilities:payable:.");
    }
    listing.entries = arena_take(request->arena, ACCOUNTS_MAX * sizeof *listing.entries);
    answer.accounts = arena_take(request->arena, ACCOUNTS_MAX * sizeof *answer.accounts);
    if (listing.entries == NULL || answer.accounts == NULL) {
        return FAILURE_MEMORY;
    }
    int failure = accounts_scan(&ledger->accounts, request->txn, query->prefix, list_account, &listing);
    if (failure < 0) {
        return failure;
    }
    answer.sum_cents = money_cents(ledger->accounts.sum);
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TRIAL_BALANCE_REPLY, &answer.base);
}

#define READERS (ROLE_NETWORK | ROLE_COLLECTING_INSTITUTION | ROLE_AUTHORITY | ROLE_OPERATOR)

const struct handler ledger_handlers[LEDGER_HANDLERS] = {
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BUDGET_QUERY, "budget", READERS | ROLE_CONSUMER, HANDLER_QUERY,
     &elp__v1__budget_query__descriptor, query_budget, SCOPE_NETWORKS},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_POSTING_QUERY, "posting", READERS | ROLE_INTEGRATOR, HANDLER_QUERY,
     &elp__v1__posting_query__descriptor, handle_posting, SCOPE_ATTESTED},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_QUERY, "payment", READERS, HANDLER_QUERY,
     &elp__v1__payment_query__descriptor, handle_payment, SCOPE_NETWORKS},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TRANSACTION_QUERY, "transactions", READERS, HANDLER_QUERY,
     &elp__v1__transaction_query__descriptor, query_transactions, SCOPE_NETWORKS},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TRIAL_BALANCE_QUERY, "trial-balance", ROLE_AUTHORITY | ROLE_OPERATOR,
     HANDLER_QUERY, &elp__v1__trial_balance_query__descriptor, handle_trial_balance, SCOPE_WHOLE},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOSINGS_QUERY, "closings", READERS | ROLE_CONSUMER, HANDLER_QUERY,
     &elp__v1__closings_query__descriptor, query_closings, SCOPE_NETWORKS},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_COSTS_QUERY, "costs", READERS, HANDLER_QUERY,
     &elp__v1__costs_query__descriptor, query_costs, SCOPE_NETWORKS},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_FISCAL_SHEET_QUERY, "fiscal-sheet", READERS, HANDLER_QUERY,
     &elp__v1__fiscal_sheet_query__descriptor, query_fiscal_sheet, SCOPE_NETWORKS},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_OUTCOME_QUERY, "outcome", READERS, HANDLER_QUERY,
     &elp__v1__outcome_query__descriptor, handle_outcome, SCOPE_NETWORKS},
};
