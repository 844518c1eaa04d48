#ifndef ELP_SERVICES_RATING_RATE_H
#define ELP_SERVICES_RATING_RATE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/attestation.h"
#include "common/book.h"
#include "common/failure.h"
#include "common/money.h"
#include "elp/v1/rating.pb-c.h"

/*
 * What an accepted attestation is worth (rulebook §5 T1-T5; S4 art. 9). A pure function of the book, the columns that
 * indexations created, and the attestation's facts.
 */

#define RATED_PARTS_MAX 3
#define RATED_STEPS_MAX 12

struct rated_part {
    Elp__V1__PartRole role;
    struct code payee;
    struct money fee;
    struct money share_collected;
    struct money payable; /* fee − share collected; may be negative for the attesting psychologist (T4) */
};

struct rated_step {
    Elp__V1__RatingRule rule;
    struct money amount;
};

/* fee = insurer + share, and the parts' fees sum to fee, always. */
struct rated {
    int column; /* year of the tariff column; 0: no tariff, an attested cost */
    bool provisional;
    struct money fee;
    struct money share;
    struct money insurer;
    struct rated_part parts[RATED_PARTS_MAX];
    size_t part_count;
    struct rated_step steps[RATED_STEPS_MAX];
    size_t step_count;
};

/*
 * The published amount of a tariff on a day, from the book's columns or from those that indexations made (T6). An
 * implementation answers for one convention; false when there is none.
 */
struct tariff_view {
    const struct book *book;
    bool (*amount_on)(const void *state, enum book_tariff tariff, struct date day, struct book_amount *ret);
    const void *state;
};

/* A view of the book's own columns alone. */
struct tariff_view tariff_view_of_book(const struct book *book);

enum rate_outcome {
    RATE_DONE = 0,
    RATE_NO_TARIFF = 1, /* the book has no figure for that service and day: intake's books make this our bug */
};

MUST_USE int rate_attestation(const struct tariff_view *view, const struct attestation_facts *facts, struct rated *ret);

/* T3 alone: what this beneficiary pays for this attestation, and why. */
struct money rate_patient_share(const struct book *book, const struct attestation_facts *facts,
                                const struct beneficiary_facts *beneficiary, Elp__V1__RatingRule *ret_rule);

#endif
