#ifndef ELP_TESTS_UNIT_REPORTING_RECORDS_H
#define ELP_TESTS_UNIT_REPORTING_RECORDS_H

#include "common/journal.h"
#include "elp/v1/journal.pb-c.h"
#include "elp/v1/ledger.pb-c.h"
#include "elp/v1/rating.pb-c.h"
#include "elp/v1/reporting.pb-c.h"
#include "services/reporting/core.h"
#include "tests/support/temporary_store.h"

/*
 * Records of the three upstream daemons as they write them, put together by hand, and reporting's core on a real store
 * that answers them. A failed step fails the running test.
 */

#define TEST_EPOCH "4f3a9c2100d1e2f3"
#define TEST_AT_US INT64_C(1778500000000000) /* a day in May 2026 */

/* Three records of one number; the parts point into each other, so it is never copied. */
struct triple {
    Elp__V1__IntakeRecord intake;
    Elp__V1__RatingRecord rating;
    Elp__V1__LedgerRecord ledger;
    /* parts that the setters below fill */
    Elp__V1__Genesis genesis;
    Elp__V1__RegistryFact fact;
    Elp__V1__Network network;
    Elp__V1__AttestationAccepted accepted;
    Elp__V1__AttestationRefused refused;
    Elp__V1__AttestationCancelled cancelled;
    Elp__V1__RefusalReason reasons[4];
    Elp__V1__RefusalReason *reason_pointers[4];
    Elp__V1__Rated rated;
    Elp__V1__Rated original;
    Elp__V1__RatedReversal reversal;
    struct {
        Elp__V1__Transaction transaction;
        Elp__V1__Entry entries[2];
        Elp__V1__Entry *entry_pointers[2];
        char accounts[2][96];
    } transactions[4];
    Elp__V1__Transaction *transaction_pointers[4];
    Elp__V1__ThresholdCrossing crossing;
    Elp__V1__ThresholdCrossing *crossing_pointer;
    Elp__V1__BudgetChanged budget;
    Elp__V1__BudgetChanged *budget_pointer;
};

/* Empty records of a number (a day, say). */
void triple_init(struct triple *triple, uint64_t number);
void triple_genesis(struct triple *triple);
void triple_network(struct triple *triple, const char *code);
/* An individual session that is accepted and rated with the 2026 column: fee 91.02, share 11.00. */
void triple_accepted(struct triple *triple, const char *network);
void triple_refused(struct triple *triple, const char *network, const char *code_1, const char *code_2);
void triple_cancelled(struct triple *triple, const char *network, uint64_t attestation);
/* A transaction between `account` (debit of cents) and payable. */
void triple_entry(struct triple *triple, Elp__V1__TransactionKind kind, const char *account, uint64_t attestation,
                  int64_t cents);
void triple_crossing(struct triple *triple, const char *network, uint32_t basis_points, bool up, Elp__V1__Zone zone);
void triple_budget(struct triple *triple, const char *network, uint32_t year, Elp__V1__BudgetEnvelope envelope,
                   int64_t cents);

/* Reporting's core with its journal on a store of its own. */
struct bench {
    struct temporary_store store;
    struct reporting *reporting;
    struct journal journal;
    struct buffer record; /* of the last answer */
};

void bench_open(struct bench *bench);
void bench_restart(struct bench *bench); /* as after a kill: only the store stays */
void bench_close(struct bench *bench);

/* Applies, appends and commits as the turn does. */
void bench_apply(struct bench *bench, const struct triple *triple);
/* The result of applying without appending; nothing stays. */
int bench_try(struct bench *bench, uint64_t number, const struct span records[3]);

/* Short forms; each takes the next number and returns it. */
uint64_t bench_genesis(struct bench *bench);
uint64_t bench_network(struct bench *bench, const char *code);
/* Accepted, rated, posted to care.base of 2026. */
uint64_t bench_session(struct bench *bench, const char *network);
uint64_t bench_refusal(struct bench *bench, const char *network, const char *code);

#endif
