#ifndef ELP_COMMON_BOOK_H
#define ELP_COMMON_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/calendar.h"
#include "common/failure.h"
#include "common/money.h"

/*
 * A convention book: every figure, date and choice of one convention as dated data (rulebook §2), one YAML file in
 * deploy/conventions/. It is recorded whole in intake's journal; every daemon parses the same bytes with book_parse()
 * and so judges and rates alike. A figure of the rulebook stands here and nowhere in code.
 *
 * A value that changes over time is a list of dated rows (from, until inclusive). book_parse() refuses overlaps, and
 * gaps before figures_until; after that day the last row serves and is marked provisional.
 */

enum book_function { FUNCTION_NONE, FUNCTION_F1, FUNCTION_F2, FUNCTION_F3 };

/* What a line attests. The rated service of a group follows from its second leader. */
enum book_service { SERVICE_NONE, SERVICE_INDIVIDUAL, SERVICE_ASSESSMENT, SERVICE_GROUP };

/* Published amounts by year: the lines of rulebook §5's table. */
enum book_tariff {
    TARIFF_INDIVIDUAL,             /* one individual session */
    TARIFF_ASSESSMENT,
    TARIFF_GROUP_PSYCHOLOGIST,     /* group of two hours: psychologist, or physician */
    TARIFF_GROUP_OTHER,            /* group of two hours: other second leader */
    TARIFF_GROUP_DESIGNATED_HOUR,  /* designated second leader, at most, per hour */
    TARIFF_INDIVIDUAL_SHORT,       /* 2019 book: individual session of 45 minutes, TARIFF_INDIVIDUAL being 60 */
    TARIFF_COUNT,
};

/* Article text as printed in answers, e.g. "S4 art. 8". Owned by the book. */
typedef const char *book_article;

struct book_interval {
    struct date from;
    struct date until; /* inclusive; DATE_NONE: open */
};

/* A published amount for one calendar year. */
struct book_amount {
    int year;
    struct money amount;
    bool provisional;
};

struct book_tariff_row {
    enum book_tariff tariff;
    book_article article;
    bool indexed;                 /* false: not touched by an indexation (T6) */
    struct book_amount *amounts;  /* ascending years without gap */
    size_t amount_count;
};

/* Patient share (T3), dated. */
struct book_share {
    struct book_interval valid;
    struct money individual;
    struct money individual_bim;
    bool first_individual_free;
    struct money group;             /* per beneficiary who pays, F2/F3 */
    int group_paid_from_age;        /* 0: whatever the age; 24: older than 23 */
    int individual_free_until_age;  /* -1: nobody; 23: age ≤ 23 on the day is free */
    bool exempt_site_free;          /* share-exempt sites bear no share */
    book_article article;
};

/* Where a refusal rule stands: validity and article. One row per code of rulebook §4; see book_rule(). */
struct book_rule {
    const char *code;  /* the stable word, as in the answer */
    struct book_interval valid;
    book_article article;
};

enum book_deadline_kind {
    DEADLINE_MONTHS,  /* the n-th day of the m-th month after the session's month */
    DEADLINE_WARNING, /* 2019: a late list is a warning, never a refusal */
};

struct book_envelope_policy {
    struct date site_sessions_from_art8; /* sessions from this day may be paid by mission.art8; DATE_NONE: never */
    book_article article;
};

struct book {
    /* identity */
    const char *convention; /* "2019", "2021", "2024" */
    uint8_t hash[32];       /* BLAKE2b-256 of the file's bytes */
    struct book_interval sessions;      /* session dates the book may cover */
    struct date second_leaders_until;   /* contracts of second leaders end here unless amended; DATE_NONE: as sessions */
    struct date figures_until;
    bool fictitious_codes;

    /* intake */
    enum book_deadline_kind deadline_kind;
    int deadline_day;                  /* 5 */
    int deadline_month;                /* 3: third month after the session's */
    int deadline_insurability_months;  /* 3 */
    int group_minutes_min;             /* 120 */
    int group_direct_minutes_min;      /* 90 */
    int individual_minutes_min;        /* 45 */
    int group_size_min_f1;             /* 10 */
    int group_size_min_f2_f3;          /* 4 */
    int first_session_window_months;   /* 12 */
    bool programme_required;           /* 2024 */
    bool site_required_f1;
    bool session_year_basis;           /* B: budget year is the session's year instead of the acceptance's */
    struct book_rule *rules;
    size_t rule_count;

    /* rating */
    struct book_tariff_row tariffs[TARIFF_COUNT]; /* by enum; amount_count 0: the book has no such tariff */
    int designated_hours;              /* 2 */
    struct book_share *shares;         /* ascending, no gap */
    size_t share_count;
    book_article article_group_rating; /* T1 */
    book_article article_designated;   /* T2 */

    /* ledger */
    struct book_envelope_policy art8;
    int32_t zone_vigilance_basis_points; /* 10100 */
    int32_t zone_critical_basis_points;  /* 10300 */
    int32_t *threshold_basis_points;     /* crossings that are events: 8000 10000 10100 10300, ascending */
    size_t threshold_count;
    book_article article_ceiling;        /* B1 */
    book_article article_zones;          /* B2 */
    book_article article_payment;        /* B7 */

    void *storage; /* owns everything above */
};

/*
 * One error found in a book or registry file: where (1-based line and column, 0 when unknown), which field, and what to
 * do. `text` is one sentence.
 */
struct book_error {
    int line;
    int column;
    char field[96];
    char text[256];
};

#define BOOK_BYTES_MAX (256 * 1024)

/*
 * Parses and checks a whole book. Returns 0 with *ret_book owned by the caller (book_free), or 1 when the text is not
 * a valid book, with up to `error_max` errors in errors and their number in *ret_error_count (≥ 1). Every figure is
 * read as a string and parsed strictly: 86.69 where cents or a quoted amount is meant is an error with its line.
 * Negative: memory.
 */
MUST_USE int book_parse(const char *text, size_t bytes, struct book **ret_book,
                        struct book_error *errors, size_t error_max, size_t *ret_error_count);
void book_free(struct book *book);

/* The rule row for a code on a day, or NULL when the rule does not hold in this book on that day. */
const struct book_rule *book_rule(const struct book *book, const char *code, struct date day);

/*
 * Published amount of a tariff on a day: the column of the day's year. After the last column the last one serves and
 * *ret is provisional. False when the book has no such tariff or the day lies before its first column.
 */
MUST_USE bool book_amount_on(const struct book *book, enum book_tariff tariff, struct date day, struct book_amount *ret);

/* The share row of a day; NULL outside the book. */
const struct book_share *book_share_on(const struct book *book, struct date day);

/*
 * The last day on which a session may be attested (rulebook §4 deadline-passed; S4 art. 8): the deadline_day-th of the
 * deadline_month-th month after the session's month, or, if later, deadline_insurability_months after the day on which
 * the insurer stated the problem resolved (DATE_NONE: no problem). Until midnight in Brussels.
 */
struct date book_deadline(const struct book *book, struct date session, struct date insurability_resolved);

const char *book_tariff_name(enum book_tariff tariff); /* "individual", "group-psychologist", … as in the YAML */

#endif
