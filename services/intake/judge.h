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
#include "services/intake/registry.h"

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

struct judged_person {
    struct vault_lookup lookup; /* of a good NISS */
    uint64_t number;            /* 0: never seen; in a dry run then provisional */
    bool known;                 /* number is stored */
    int age;                    /* completed years on the day */
    struct insurability insurability;
    bool insured;
    bool increased;
    bool first_session; /* T3 */
};

/* The attestation that a line replaces. */
struct judged_replacement {
    bool given;
    uint64_t number;
    struct date deadline; /* DATE_NONE: none */
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
    uint64_t leader_session; /* a standing attestation of one of the leaders, same service, date and start; 0: none */

    /* result */
    struct findings refusals;
    struct findings warnings;
    enum refusal not_judged[REFUSAL_COUNT];
    size_t not_judged_count;

    /* storage of `line` */
    struct line line_storage;
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
 * Second half: judges the line that was read, at the turn's time. `overlay` is what a dry run would have written so far,
 * NULL for a real run: the same function judges both. Writes nothing, to no table. Accepted when `refusals` is empty.
 */
MUST_USE int judge_line(struct intake_core *core, struct store_txn *txn, const struct principal *principal,
                        const struct index_overlay *overlay);

static inline bool judging_accepts(const struct judging *judging) {
    return judging->refusals.count == 0;
}

#endif
