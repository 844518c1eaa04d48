#ifndef ELP_TESTS_UNIT_MONEY_CHAIN_H
#define ELP_TESTS_UNIT_MONEY_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/daemon.h"
#include "elp/v1/journal.pb-c.h"
#include "elp/v1/ledger.pb-c.h"
#include "elp/v1/rating.pb-c.h"
#include "tests/support/temporary_store.h"

/*
 * Rating and the ledger in one process, as their daemons run them, on real stores: fed record by record with what intake
 * would have written. Whatever goes wrong that is not under test ends the program with a sentence.
 */
struct chain_link {
    const struct service *service;
    struct temporary_store files;
    struct store_txn *txn; /* open between records, so that thousands of them cost one flush */
    struct journal journal;
    void *core;
};

struct chain {
    struct chain_link rating;
    struct chain_link ledger;
    struct cell cell;
    struct arena arena; /* of what chain_rating and chain_ledger return */
    int64_t at_us;
    uint64_t number;       /* of the last record */
    uint64_t book_number;  /* of the 2024 book */
    struct buffer *inputs; /* intake's records, for a rebuild */
    size_t input_room;
};

/* Empty stores, a genesis, the 2024 book, and the indexation of 2026; the clock stands at 2026-01-05 09:00. */
void chain_open(struct chain *chain);
void chain_close(struct chain *chain);

/* The clock, RFC 3339; nothing is recorded. */
void chain_at(struct chain *chain, const char *at);

/* Records a day record for every day after the clock's up to `day`, as intake does, and sets the clock to its 09:00. */
void chain_days_until(struct chain *chain, const char *day);

/* Applies one record, whose body is set; returns its number. apply's failure is returned by the second form. */
uint64_t chain_apply(struct chain *chain, Elp__V1__IntakeRecord *record);
int chain_try(struct chain *chain, Elp__V1__IntakeRecord *record);

/* Commits, closes both daemons and opens them again. */
void chain_restart(struct chain *chain);

/* Deletes both stores and applies all of intake's records again. */
void chain_rebuild(struct chain *chain);

/* The answer to a record. Lives until chain_forget or the next restart; both grow one arena. */
const Elp__V1__RatingRecord *chain_rating(struct chain *chain, uint64_t number);
const Elp__V1__LedgerRecord *chain_ledger(struct chain *chain, uint64_t number);
void chain_forget(struct chain *chain);

/* Asks the ledger or rating as a principal with that role and scope ("*" or one code). The reply lives like a record. */
const void *chain_ask(struct chain *chain, const struct service *service, Elp__V1__MessageType type,
                      const ProtobufCMessage *query, enum role role, const char *scope,
                      const ProtobufCMessageDescriptor *reply_descriptor);

/* --- records ------------------------------------------------------------------------------------------------------ */

/* A budget; amounts in cents, zero for absent. */
struct chain_budget {
    const char *network;
    int year;
    int64_t care_base;
    int64_t art8;
    int64_t prisons;
    int64_t eating_disorders;
    int64_t new_graduates;
    int64_t under_served;
    int64_t operating;
    int64_t lump_network;
    int64_t lump_hospital;
};
uint64_t chain_budget(struct chain *chain, const struct chain_budget *budget);

/* A complete payee; one without an account. */
uint64_t chain_payee(struct chain *chain, const char *code);
uint64_t chain_payee_without_iban(struct chain *chain, const char *code);

/*
 * An accepted individual F2 session of a ten-year-old at the practice of N1 (child) by P1; change what a test is about,
 * then chain_attest. `date` is YYYY-MM-DD.
 */
void chain_individual(Elp__V1__AttestationAccepted *session, const char *date);

/* Beneficiaries by age. At most CHAIN_PEOPLE_MAX; the messages live until the next call for any session. */
#define CHAIN_PEOPLE_MAX 100
void chain_people(Elp__V1__AttestationAccepted *session, const uint32_t *ages, size_t count);

/*
 * The group of story S1: adult network N1, F2, psychologist P1 with the expert E1, designated by O1 at 42.10 an hour and
 * paid in person, six people of 22, 23, 24, 31, 58 and 80 years. `second` is the caller's and outlives the session.
 */
void chain_expert_group(Elp__V1__AttestationAccepted *session, Elp__V1__SecondLeaderFacts *second, const char *date);

uint64_t chain_attest(struct chain *chain, const Elp__V1__AttestationAccepted *session);
uint64_t chain_cancel(struct chain *chain, const char *network, uint64_t attestation);
uint64_t chain_index(struct chain *chain, uint32_t year, int32_t basis_points);
uint64_t chain_load_book(struct chain *chain, const char *file);
/* The same record with a byte changed under the first hash; what rating or the ledger say of it. */
int chain_try_changed_book(struct chain *chain, const char *file);

/* A decision on N1 about everything suspended in `year`; refine and chain_decide. */
void chain_decision(Elp__V1__Decide *decision, Elp__V1__DecisionKind kind, uint32_t year);
uint64_t chain_decide(struct chain *chain, const Elp__V1__Decide *decision);

/* Network N1 with hospital H1, which is a complete payee. */
void chain_hospital(struct chain *chain);

/* A claim of N1 in 2026 that a test refines; reference and reason are set. */
void chain_cost(Elp__V1__ClaimCost *claim, const char *code, int64_t cents);
uint64_t chain_claim(struct chain *chain, const Elp__V1__ClaimCost *claim);

/* Closes a year without other cells. */
uint64_t chain_close_year(struct chain *chain, uint32_t year);

/* --- what came of it ---------------------------------------------------------------------------------------------- */

/* The envelope of the only posting of a record; -1 when it was suspended or there is none. */
int chain_envelope(struct chain *chain, uint64_t number);

/* The balance of an account, 0 when unused. */
int64_t chain_account(struct chain *chain, const char *account);

/* BudgetQuery as the operator for one network and year. as_of may be "". */
const Elp__V1__NetworkBudget *chain_network_budget(struct chain *chain, const char *network, uint32_t year,
                                                   const char *as_of);

/* The word of PostingReply.state. */
const char *chain_state(struct chain *chain, uint64_t number);

/* Ends the test unless the trial balance is zero account by account. */
void chain_check_trial_balance(struct chain *chain);

#endif
