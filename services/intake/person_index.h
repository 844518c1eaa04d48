#ifndef ELP_SERVICES_INTAKE_PERSON_INDEX_H
#define ELP_SERVICES_INTAKE_PERSON_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/attestation.h"
#include "common/calendar.h"
#include "common/failure.h"
#include "common/store.h"

/*
 * The one index of what stands: (subject, date, attestation) → a small fixed value. Subjects are beneficiaries and the
 * leaders of a session, so that one page per beneficiary answers first session (T3), quota, series, same-day and
 * concertation, and a page for many leaders answers already-attested. A cancelled or replaced attestation has no entries.
 */

/* A beneficiary's subject is the person number; leaders have the highest bit set. */
uint64_t subject_of_provider(uint32_t inami_unique);
/* A second leader without INAMI number is known by the record that first brought the contract's code. */
uint64_t subject_of_second_leader(uint64_t contract_first_number);

struct index_entry {
    uint64_t number; /* of the attestation */
    struct date date;
    enum book_service service;
    enum book_function function;
    int start_minute;
    int age; /* beneficiaries: on the day */
    bool entourage;
    char convention[8];   /* beneficiaries: book that judged it */
    uint64_t network;     /* beneficiaries: record that first brought the network */
    struct date referral; /* beneficiaries, 2019: whose series the session uses; DATE_NONE: none */
};

/* What a dry run would have written so far: its own entries on top of the stored ones. */
struct index_overlay;

/* Through which eyes the index is read. `without` is the attestation that the line at hand replaces; 0: none. */
struct index_view {
    struct store_txn *txn;
    const struct index_overlay *overlay; /* NULL: only what is stored */
    uint64_t without;
};

/* Called for each entry in no particular order; returns false to stop. */
typedef bool (*index_visit)(void *context, const struct index_entry *entry);

/* Visits the entries of a subject on the days from..until, both inclusive; for a leader within one month. */
MUST_USE int index_scan(const struct index_view *view, uint64_t subject, struct date from, struct date until,
                        index_visit visit, void *context);

MUST_USE int index_put(struct store_txn *txn, uint64_t subject, const struct index_entry *entry);
MUST_USE int index_delete(struct store_txn *txn, uint64_t subject, struct date date, uint64_t number);

/* An overlay in `arena`; NULL when the arena is spent. Adding beyond the arena is forgotten, never a failure. */
struct index_overlay *index_overlay_make(struct arena *arena);
void index_overlay_add(struct index_overlay *overlay, uint64_t subject, const struct index_entry *entry);
/* From here on the overlay hides this attestation: it was replaced. */
void index_overlay_hide(struct index_overlay *overlay, uint64_t number);
bool index_overlay_hides(const struct index_overlay *overlay, uint64_t number);

#endif
