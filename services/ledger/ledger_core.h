#ifndef ELP_SERVICES_LEDGER_LEDGER_CORE_H
#define ELP_SERVICES_LEDGER_LEDGER_CORE_H

#include "common/arena.h"
#include "common/book_shelf.h"
#include "common/daemon.h"
#include "services/ledger/accounts.h"
#include "services/ledger/balances.h"
#include "services/ledger/chronicle.h"
#include "services/ledger/results.h"

/* The daemon as the turn sees it: main.c and the tests run this. */
extern const struct service ledger_service;

/* The ledger's tables, after those of every store. */
enum ledger_table {
    LEDGER_TABLE_BOOKS = SERVICE_TABLE_FIRST, /* common/book_shelf.h */
    LEDGER_TABLE_CLOCK,                       /* one row, key 00: time of the last record, 8 bytes */
    LEDGER_TABLE_ACCOUNTS,                    /* accounts.h */
    LEDGER_TABLE_BALANCES,                    /* balances.h */
    LEDGER_TABLE_SUSPENDED,                   /* suspended.h */
    LEDGER_TABLE_STANDINGS,                   /* standing.h */
    LEDGER_TABLE_PAYEES,                      /* payees.h */
    LEDGER_TABLE_PAYMENTS,                    /* payments.h */
    LEDGER_TABLE_HELD,                        /* held.h */
    LEDGER_TABLE_CLOSINGS,                    /* closings.h */
    LEDGER_TABLE_SETTLEMENTS,                 /* settlement.h */
    LEDGER_TABLE_SEEN,                        /* settlement.h */
    LEDGER_TABLE_HOSPITALS,                   /* hospitals.h */
    LEDGER_TABLE_COSTS,                       /* costs.h */
    LEDGER_TABLE_COST_SUMS,                   /* costs.h */
    LEDGER_TABLE_COST_REFERENCES,             /* costs.h */
    LEDGER_TABLE_INSURERS,                    /* instalments.h */
    LEDGER_TABLE_CHRONICLE,                   /* chronicle.h */
    LEDGER_TABLE_PLANS,                       /* plans.h */
    LEDGER_TABLES,
};

/*
 * The ledger's state, and the record at hand while one is applied. Rule families take it whole: each changes accounts
 * and balances only through transactions.h and balances.h.
 */
struct ledger {
    const struct journal *journal;
    bool simulated;
    struct arena arena; /* one record's messages */
    struct book_shelf *shelf;
    struct accounts accounts;
    struct balances balances;
    struct chronicle chronicle;
    instant_us at; /* of the last record; 0 before the first */

    /* the record at hand */
    struct store_txn *txn;
    uint64_t number;
    struct date today; /* Brussels day on which intake recorded it; between records that of the last one */
    struct results results;
};

/* The rows of requests that the ledger answers (queries.c). */
#define LEDGER_HANDLERS 9
extern const struct handler ledger_handlers[LEDGER_HANDLERS];

/* Decodes record `number` of the ledger's own journal into `arena`. FAILURE_CORRUPT when it does not decode. */
MUST_USE int ledger_own_record(const struct journal *journal, struct store_txn *txn, uint64_t number,
                               struct arena *arena, Elp__V1__LedgerRecord **ret);

/* Budget years that records may name: 2000 to 2199. */
static inline bool ledger_year_valid(int64_t year) {
    return year >= 2000 && year <= 2199;
}

/*
 * FAILURE_UPSTREAM after a line in the log: the ledger stops at a record that it cannot apply and never skips it
 * (design.md, Journals 6).
 */
MUST_USE int ledger_stop(const struct ledger *ledger, const char *reason);

#endif
