#ifndef ELP_SERVICES_INTAKE_JUDGE_H
#define ELP_SERVICES_INTAKE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/book.h"
#include "common/principal.h"
#include "services/intake/books.h"
#include "services/intake/findings.h"
#include "services/intake/insurability.h"
#include "services/intake/line.h"
#include "services/intake/person_index.h"
#include "services/intake/persons.h"
#include "services/intake/quota.h"
#include "services/intake/registry.h"
#include "services/intake/volume.h"

struct intake_core;

/*
 * Judging one line (rulebook §4): look-ups first (judge.c), then rules over what they found (rules.c and rules_*.c).
 * Rules are pure functions over struct judging: no store, no clock.
 */

/* What a rule may need beyond well-formed fields; a rule whose premise failed is not judged. */
enum premise {
    PREMISE_BOOK = 1 << 0,     /* a loaded book judges the line */
    PREMISE_CONTRACT = 1 << 1, /* a contract of the provider with the network covers the day */
    PREMISE_REPLACED = 1 << 2, /* what the line replaces, if anything, may be replaced by it */
};

/* What stands of a beneficiary's series in the network and calendar year of the line (2019). */
#define SERIES_OTHERS_MAX 16
struct judged_series {
    int used;      /* sessions that quote the line's referral */
    int year_used; /* sessions of the year, whatever they quote */
    size_t other_count;
    struct date others[SERIES_OTHERS_MAX]; /* the other referrals that sessions of the year quote */
};

struct judged_person {
    struct vault_lookup lookup; /* of a good NISS */
    uint64_t number;            /* 0: never seen; in a dry run then provisional */
    bool known;                 /* number is stored */
    int age;                    /* completed years on the day */
    struct insurability insurability;
    bool insured;
    bool increased;
    bool first_session;         /* T3 */
    int same_day_sessions;      /* that stand on the day, those with the entourage left out */
    bool over_quota;            /* some window would hold too many: of the quota, or of concertations */
    struct quota_window window; /* that one, or the one with the least room */
    bool parallel;              /* F2 beside F3 */
    struct judged_series series;
};

/* The attestation that a line replaces. */
struct judged_replacement {
    bool given;
    uint64_t number;
    struct date deadline; /* DATE_NONE: none */
    struct volumes volumes;
};

struct judging {
    /* input */
    const struct line *line;
    instant_us at;
    struct date today; /* Brussels date of `at` */
    const struct books *books;

    /* found; pointers are NULL when there is none */
    unsigned premises;
    const struct registry_network *network;
    const struct registry_contract *contract;
    const struct loaded_book *loaded;
    const struct book *book;
    const struct book_figures *figures; /* of the session's day */
    bool contract_without_book;         /* a contract covers the day, its convention's book does not */
    const struct registry_site *site;
    const struct registry_programme *programme;
    const struct registry_contract *second_contract;    /* of a second provider, on that day */
    const struct registry_second_leader *second_leader; /* with a contract on that day */
    struct judged_person persons[ATTESTATION_BENEFICIARIES_MAX];
    struct judged_replacement replaced;
    struct volumes volumes;       /* that the line counts for */
    int volume_held[VOLUMES_MAX]; /* what stands of each, without what the line replaces */
    uint64_t leader_session; /* a standing attestation of one of the leaders, same service, date and start; 0: none */

    /* result */
    struct findings refusals;
    struct findings warnings;
    enum refusal not_judged[REFUSAL_COUNT];
    size_t not_judged_count;

    /* storage of `line`, and scratch */
    struct line line_storage;
    struct quota_days days;
};

/* What a dry run would have written so far: its own entries and counts on top of the stored ones. */
struct dry_writes {
    struct index_overlay *index;
    struct volume_overlay *volumes;
};

/*
 * First half: reads and validates a line into core->judging. Needs no store, so that the idempotency key can be looked up
 * before anything is judged.
 */
void judge_read(struct intake_core *core, const Elp__V1__AttestationLine *wire);

/*
 * Between the halves: who the beneficiaries are, as far as the vault knows them. Whom it does not know has number 0, in a
 * dry run a provisional one.
 */
MUST_USE int judge_identify(struct intake_core *core, bool dry_run);

/*
 * Second half: judges the line that was read, at the turn's time. `dry` is what a dry run would have written so far, NULL
 * for a real run: the same function judges both. Writes nothing, to no table. Accepted when `refusals` is empty.
 */
MUST_USE int judge_line(struct intake_core *core, struct store_txn *txn, const struct principal *principal,
                        const struct dry_writes *dry);

/*
 * The contract of a provider with a network that covers the day; of two the one with the newer book (rulebook §2 [D]).
 * *ret_loaded is its book, untouched without contract. *ret_without_book: contracts cover the day, but the book of none of
 * them does.
 */
const struct registry_contract *judge_contract_on(const struct intake_core *core, const struct inami *provider,
                                                  const struct code *network, struct date day,
                                                  const struct loaded_book **ret_loaded, bool *ret_without_book);

static inline bool judging_accepts(const struct judging *judging) {
    return judging->refusals.count == 0;
}

#endif
