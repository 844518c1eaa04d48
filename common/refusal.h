#ifndef ELP_COMMON_REFUSAL_H
#define ELP_COMMON_REFUSAL_H

#include <stdbool.h>

/*
 * The refusal codes of rulebook §4. The code is the stable word on the wire, in a book, in the pages and in
 * the tests; C code uses the enumerator. What a code means is said once, in refusal.c; where it holds, under
 * which article, whether it only warns and whether the patient may be billed stands in the convention book
 * (struct book_rule).
 */
enum refusal {
    REFUSAL_NONE,
    REFUSAL_DEADLINE_PASSED,
    REFUSAL_SESSION_IN_FUTURE,
    REFUSAL_OUTSIDE_CONVENTION,
    REFUSAL_NO_ACTIVE_CONTRACT,
    REFUSAL_FUNCTION_NOT_CONTRACTED,
    REFUSAL_SITE_NOT_CONTRACTED,
    REFUSAL_VOLUME_EXCEEDED,
    REFUSAL_AGE_OUTSIDE_NETWORK,
    REFUSAL_NOT_INSURED,
    REFUSAL_REFERRAL_MISSING,
    REFUSAL_SERIES_EXHAUSTED,
    REFUSAL_QUOTA_EXCEEDED,
    REFUSAL_SAME_DAY,
    REFUSAL_ASSESSMENT_MISSING,
    REFUSAL_GROUP_TOO_SMALL,
    REFUSAL_DURATION_TOO_SHORT,
    REFUSAL_LEADERS_INVALID,
    REFUSAL_SITE_REQUIRED,
    REFUSAL_NAMED_IN_COMMUNITY,
    REFUSAL_PROGRAMME_UNKNOWN,
    REFUSAL_OTHER_FUNDING,
    REFUSAL_ALREADY_ATTESTED,
    REFUSAL_KEY_CONFLICT,
    REFUSAL_MALFORMED,
    REFUSAL_CONCERTATION_REPEATED,
    REFUSAL_CONCERTATION_INVALID,
    /* about the sender and its own earlier lines; no convention's book has a row for these */
    REFUSAL_NOT_REPRESENTED,
    REFUSAL_NOT_FOUND,
    REFUSAL_ALREADY_CANCELLED,
    REFUSAL_COUNT,
};

struct refusal_code {
    const char *code;      /* "deadline-passed" */
    const char *rule;      /* what the rule demands, one sentence */
    const char *reason;    /* what is wrong with the line, one sentence */
    const char *remedy;    /* what the integrator can do, one sentence */
    bool patient_billable; /* the rulebook's word on it; the book's rule row wins where a book judges */
};

/* The entry of a code. `refusal` lies strictly between REFUSAL_NONE and REFUSAL_COUNT; never NULL. */
const struct refusal_code *refusal_entry(enum refusal refusal);

/* The stable word, "deadline-passed"; "" for REFUSAL_NONE. */
const char *refusal_word(enum refusal refusal);

/* The enumerator of a stable word; REFUSAL_NONE when there is no such code. */
enum refusal refusal_of_word(const char *word);

#endif
