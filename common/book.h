#ifndef ELP_COMMON_BOOK_H
#define ELP_COMMON_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/calendar.h"
#include "common/failure.h"
#include "common/money.h"
#include "common/refusal.h"
#include "common/span.h"
#include "common/yaml_document.h"

/*
 * A convention book: every figure, date and choice of one convention as dated data (rulebook §2), one YAML
 * file in deploy/conventions/. It is recorded whole in intake's journal; every daemon parses the same bytes
 * with book_parse() and so judges and rates alike. A figure of the rulebook stands here and nowhere in code.
 *
 * Three shapes:
 *  - figures: single values that may change from a day on. book_on(book, day) gives all of them as they stand
 *    on a day.
 *  - tables: tariffs by year, patient shares by interval, rules, envelopes, pseudo-codes.
 *  - the list book_figure(): every figure of the book once more as text with its article and interval, in the
 *    order of the file, for `elpctl book show` and for pages.
 *
 * To add a figure: one field in struct book_figures, one row in book_figure_table.c, one line in each YAML
 * file that has it. The row's name is the field's name.
 */

/* The single function of the 2019 book is FUNCTION_NONE; first-line and specialised of 2021 are F2 and F3. */
enum book_function { FUNCTION_NONE, FUNCTION_F1, FUNCTION_F2, FUNCTION_F3 };

/* What a line attests. The rated service of a group follows from its second leader. */
enum book_service {
    SERVICE_NONE,
    SERVICE_INDIVIDUAL,
    SERVICE_ASSESSMENT,
    SERVICE_GROUP,
    SERVICE_CONCERTATION,
    SERVICE_TRAINING,
    SERVICE_ART8_MISSION,
};

/* Published amounts by year: the lines of rulebook §5's table. */
enum book_tariff {
    TARIFF_INDIVIDUAL, /* one individual session; 2019 book: of 60 minutes */
    TARIFF_ASSESSMENT,
    TARIFF_GROUP_PSYCHOLOGIST,    /* group of two hours: psychologist, or physician */
    TARIFF_GROUP_OTHER,           /* group of two hours: other second leader */
    TARIFF_GROUP_DESIGNATED_HOUR, /* designated second leader, at most, per hour */
    TARIFF_INDIVIDUAL_SHORT,      /* 2019 book: individual session of 45 minutes */
    TARIFF_CONCERTATION,          /* fictitious */
    TARIFF_TRAINING,              /* fictitious */
    TARIFF_COUNT,
};

/* Article text as printed in answers, e.g. "S4 art. 8". Owned by the book, never NULL. */
typedef const char *book_article;

struct book_interval {
    struct date from;
    struct date until; /* inclusive; DATE_NONE: open */
};

/* A day of every year, "04-30". month 0: absent. */
struct book_month_day {
    int month;
    int day;
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
    bool indexed;                /* false: not touched by an indexation (T6) */
    bool fictitious;             /* no source gives the amount */
    struct book_amount *amounts; /* ascending years without gap */
    size_t amount_count;
};

/* The percentage that led from the column of the year before to this year's; checked against the indexed
 * tariffs. */
struct book_indexation {
    int year;
    int32_t basis_points;
    bool provisional;
    book_article article;
};

/* Patient share (T3), dated. */
struct book_share {
    struct book_interval valid;
    struct money individual;
    struct money individual_bim;
    bool first_individual_free;
    struct money group;            /* per beneficiary who pays, F2/F3 */
    int group_paid_from_age;       /* 0: whatever the age; 24: older than 23 */
    int individual_free_until_age; /* -1: nobody; 23: age ≤ 23 on the day is free */
    bool exempt_site_free;         /* share-exempt sites bear no share */
    book_article article;
};

/*
 * Where a refusal rule stands: validity and article. The codes of a book and their texts are those of
 * refusal.h. An interval is about the date of the session.
 */
struct book_rule {
    enum refusal refusal;
    const char *code; /* refusal_word(refusal) */
    struct book_interval valid;
    book_article article;
    bool patient_billable; /* the session may be billed to the patient [S3; D] */
    bool warning_only;     /* the line is accepted with a warning of this code */
    const char *rule;      /* the texts of refusal.h, for convenience */
    const char *reason;
    const char *remedy;
};

enum book_deadline_kind {
    DEADLINE_MONTHS,  /* the n-th day of the m-th month after the session's month */
    DEADLINE_WARNING, /* 2019: a late list is a warning, never a refusal */
};

enum book_scope { SCOPE_COUNTRY, SCOPE_NETWORK };
enum book_year_basis { BASIS_ACCEPTANCE, BASIS_SESSION };
enum book_volume_period { VOLUME_MONTH, VOLUME_CALENDAR_YEAR };

/* What the yearly reimbursements of a network may not exceed (B1). */
enum book_ceiling {
    CEILING_NONE,  /* 2019: a contingent of sessions, no ceiling in money */
    CEILING_CARE,  /* 2021: the care budget */
    CEILING_WHOLE, /* 2024: the whole budget */
};

/* When the collecting institution pays a payee (B7). */
enum book_payment_due {
    PAYMENT_END_OF_ATTESTATION_MONTH,
    PAYMENT_MONTH_AFTER_LIST, /* 2019: payment_advance of the insurer part, the rest after the insurer paid */
};

enum book_designated_payee { DESIGNATED_PAYEE_DESIGNATOR, DESIGNATED_PAYEE_PERSON };

/* The value of a figure that the book does not have on that day: whole numbers, percentages, and cents of an
 * amount. */
#define BOOK_ABSENT (-1)
#define BOOK_THRESHOLDS_MAX 8

/*
 * Every single figure as it stands on one day. Whole numbers and basis points the book does not have are
 * BOOK_ABSENT, amounts are of BOOK_ABSENT cents, flags false, month-days of month 0. A flag or choice says so
 * in its comment when it is only meaningful beside another figure.
 */
struct book_figures {
    struct book_interval valid; /* an interval in which no figure and no rule changes */

    /* registry, rulebook §3 */
    int32_t overcontracting_remark_above; /* basis points of the contingent: 12000 (R3) */
    int notice_month;                     /* ends on the first day of the n-th month after the notice: 3 (R5) */
    int amendment_letter_days;            /* 7 (R6) */
    int amendment_refusal_months;         /* 1 (R6) */
    int hand_over_window_months;          /* 12: who was seen in them is in care and handed over (R5) */
    int contract_end_remark_months;       /* 1: so long before it an end is an event (R6) */

    /* intake: what a session is, rulebook §4 */
    bool function_required; /* a line names F1, F2 or F3; 2019: no */
    bool community_offered; /* F1 exists in this convention */
    bool group_offered;     /* group sessions exist */
    enum book_deadline_kind deadline_kind;
    int deadline_day;                 /* 5; 31: the month's last day */
    int deadline_month;               /* 3: third month after the session's */
    int deadline_insurability_months; /* 3; absent: no such extension */
    enum book_volume_period volume_period;
    int adult_age_min; /* age on the day of the session; absent: no limit */
    int adult_age_max;
    int child_age_min;
    int child_age_max;
    int individual_minutes_min;   /* 45 */
    int individual_long_minutes;  /* 2019: 60, from here TARIFF_INDIVIDUAL, below it TARIFF_INDIVIDUAL_SHORT */
    int group_minutes_min;        /* 120 */
    int group_direct_minutes_min; /* 90 */
    int group_size_min_f1;        /* 10 */
    int group_size_min_f2_f3;     /* 4 */
    int group_leaders_min;        /* 2 */
    bool site_required_f1;
    bool site_agreement_required_art8; /* an art. 8 mission is held on a site with an agreement */
    bool programme_required;           /* 2024 */
    int same_day_sessions_max;         /* 1; absent: no such rule */
    bool assessment_required_f3;
    bool parallel_functions_warned; /* F2 and F3 follow each other; side by side is a warning */

    /* intake: 2019 series */
    int referral_series_sessions; /* 4 */
    int referral_series_max;      /* 2 series per patient, network and calendar year: 8 sessions */

    /* intake: quota per beneficiary and window; absent: not counted */
    enum book_scope quota_scope;       /* meaningful when any quota is there */
    int quota_window_months;           /* 12 */
    bool quota_counts_assessment;      /* an assessment counts as an individual session of its function */
    int quota_child_age_max;           /* 23 on the window's last session */
    int quota_f2_individual_child;     /* 10 */
    int quota_f2_individual_adult;     /* 8 */
    int quota_f2_group_child;          /* 2021: 8; individual and group counted apart */
    int quota_f2_group_adult;          /* 2021: 5 */
    int quota_f3_individual_child;     /* 20 */
    int quota_f3_individual_adult;     /* 20 */
    int quota_f3_group_child;          /* 2021: 15 */
    int quota_f3_group_adult;          /* 2021: 12 */
    int quota_f3_average_target_child; /* 10; reported, never refused */
    int quota_f3_average_target_adult; /* 8 */

    /* intake: concertation */
    int concertation_max;                /* 1 in the window */
    int concertation_window_months;      /* 12 */
    int concertation_professionals_min;  /* 3 */
    int concertation_care_providers_min; /* 2 of them */

    /* rating, rulebook §5 */
    int first_session_window_months; /* 12; absent: no session is free for being the first */
    int designated_hours;            /* 2 */
    enum book_designated_payee designated_payee_default;
    int32_t index_mass; /* 2026: 272 basis points, of which extra_care_share goes to care (B8) */

    /* ledger, rulebook §6 */
    enum book_year_basis budget_year_basis;
    enum book_ceiling ceiling;
    bool zones;                              /* B2: care is classed; earlier years of 2024 show the zone too */
    int32_t zone_vigilance_above;            /* 10100: normal up to and including it */
    int32_t zone_critical_above;             /* 10300 */
    int32_t thresholds[BOOK_THRESHOLDS_MAX]; /* crossings that are events: 8000 10000 10100 10300, ascending */
    size_t threshold_count;
    bool reduction;                                 /* B3: from budget year 2026 */
    struct book_month_day reduction_deadline;       /* 04-30 of the next year */
    struct book_month_day close_from;               /* 01-01 of the next year (B4) */
    struct book_month_day close_from_session_basis; /* 03-06, when budget_year_basis is BASIS_SESSION */
    bool art8_pays_site_sessions;                   /* F1, F2, F3 on a site, by the network's policy; from 2025-12-15 */
    bool art8_zero_is_breach;                       /* an art. 8 part of zero at year end */
    bool art8_share_must_grow;                      /* reported */
    bool new_graduates_mergeable;                   /* into care.base, by the network's policy */
    bool operating_pays_training;                   /* 2024: in 2026, once, a part for training modules */
    int32_t operating_max_of_total;                 /* 2021: 1000 over the convention's whole duration (S2) */
    int32_t neutralise_group_above;                 /* 2023: 1000 of patients (B5) */
    int32_t neutralise_outreach_above;              /* 2023: 2000 of individual sessions */
    bool neutralise_other_missions;                 /* 2023: wholly */
    int32_t other_missions_max;                     /* 2021-2022: 1000 of care, beyond is suspended */
    struct money hospital_lump;                     /* B6, 793833: 30000.00 per network and year */
    struct money hospital_per_session;              /* 0.70 */
    int32_t partnership_max;                        /* 500 of operating */
    struct book_month_day operating_settlement_due; /* 05-31; in 2023 08-05 */
    enum book_payment_due payment_due;
    int32_t payment_advance;     /* 2019: 9000 of the insurer part in the month after the list (B7) */
    struct money lump_network;   /* 2019: 30000.00 per network */
    struct money lump_hospitals; /* 2019: 600000.00 shared by weight */
    int lump_instalments;        /* 2019: 2 a year */
    int32_t extra_care_share;    /* B8, 2026: 100 of the care budget of the year before */
    int32_t f3_concertation_max; /* B9: 4500 of care, eating disorders outside the count */
};

enum book_envelope_id {
    ENVELOPE_NONE,
    ENVELOPE_CARE_BASE,
    ENVELOPE_NEW_GRADUATES,
    ENVELOPE_ART8,
    ENVELOPE_EATING_DISORDERS,
    ENVELOPE_PRISONS,
    ENVELOPE_UNDER_SERVED,
    ENVELOPE_OPERATING,
    ENVELOPE_OTHER_MISSIONS, /* 2021 */
    ENVELOPE_LUMP_NETWORK,   /* 2019 */
    ENVELOPE_LUMP_HOSPITAL,  /* 2019 */
    ENVELOPE_COUNT,
};

enum book_networks { NETWORKS_ALL, NETWORKS_CHILD, NETWORKS_PRISON };

/* An envelope that a network has under this book (rulebook §6). */
struct book_envelope {
    enum book_envelope_id envelope;
    const char *name;            /* "mission.art8" */
    bool care;                   /* counts as care */
    int order;                   /* missions: 1 is asked first; 0: not asked for sessions */
    enum book_networks networks; /* who has it */
    struct book_interval valid;
    book_article article;
};

/* What a pseudo-code stands for. */
struct book_code {
    char code[8];        /* six digits */
    const char *service; /* "individual", "group-psychologist", "operating-hospital", … */
    bool fictitious;
    bool partnership; /* B6: pay for time and expertise in local partnerships may be claimed under it */
    struct book_interval valid;
    book_article article;
};

/* One figure as text. */
struct book_figure {
    const char *name;  /* "deadline_day", "tariff.individual.2024", "share.group", "rule.same-day", "code.793833" */
    const char *value; /* as written in the file */
    struct book_interval valid;
    book_article article;
    bool provisional;
    bool fictitious;
    int line;
};

struct book {
    /* identity */
    const char *convention; /* "2019", "2021", "2024" */
    const char *title;
    uint8_t hash[32];              /* BLAKE2b-256 of the file's bytes */
    struct book_interval sessions; /* session dates the book may cover */
    book_article article_sessions;
    struct date contracts_from;       /* first day a provider's contract may start; DATE_NONE: sessions.from */
    struct date second_leaders_until; /* contracts of second leaders end here unless amended; DATE_NONE: as
                                         sessions */
    struct date figures_until;        /* every figure is known up to here */
    bool fictitious_codes;            /* at least one pseudo-code is fictitious */

    /* single figures: book_on() */
    struct book_figures *epochs; /* ascending, without gap */
    size_t epoch_count;

    /* tables */
    struct book_rule *rules;
    size_t rule_count;
    struct book_tariff_row tariffs[TARIFF_COUNT]; /* by enum; amount_count 0: the book has no such tariff */
    struct book_indexation *indexations;          /* ascending years */
    size_t indexation_count;
    struct book_share *shares; /* ascending, no gap */
    size_t share_count;
    struct book_envelope *envelopes;
    size_t envelope_count;
    struct book_code *codes;
    size_t code_count;

    /* remarks that do not refuse the book, such as a check digit that does not fit */
    struct yaml_error *warnings;
    size_t warning_count;

    void *storage; /* owns everything above */
};

#define BOOK_BYTES_MAX (256 * 1024)

/*
 * Parses and checks a whole book. Returns 0 with *ret_book owned by the caller (book_free), or 1 when the
 * text is not a valid book, with the first `error_max` errors in errors and their number in *ret_error_count
 * (≥ 1 when error_max is). Every figure is read as a string and parsed strictly. Amounts and percentages are
 * written in quotes ("86.69", "1.72 %"): an unquoted amount, cents, a decimal where a whole number is meant
 * or a leading zero is an error that names line, field and what to write. Negative: FAILURE_MEMORY.
 */
MUST_USE int book_parse(const char *text, size_t bytes, struct book **ret_book, struct yaml_error *errors,
                        size_t error_max, size_t *ret_error_count);
void book_free(struct book *book);

/* Are these the 32 bytes of the book's hash? Whoever reads a recorded book compares: a book may not change under a hash. */
bool book_has_hash(const struct book *book, struct span hash);

/*
 * All single figures as they stand on a day. Before the first day of the book its first figures serve, after
 * the last day its last ones; never NULL. The pointer lives as long as the book; a field may be kept only for
 * that day.
 */
const struct book_figures *book_on(const struct book *book, struct date day);

/*
 * The article of a figure on a day, by the field's name in struct book_figures; "" when the book does not
 * have it. BOOK_ARTICLE(book, day, deadline_day) checks the name at compile time.
 */
book_article book_article_of(const struct book *book, const char *figure, struct date day);
#define BOOK_ARTICLE(book, day, field) \
    ((void)sizeof(((struct book_figures *)0)->field), book_article_of((book), #field, (day)))

/* The rule row of a code on a day, or NULL when the rule does not hold in this book on that day. */
const struct book_rule *book_rule(const struct book *book, enum refusal refusal, struct date day);

/*
 * Published amount of a tariff on a day: the column of the day's year. After the last column the last one
 * serves and *ret is provisional. False when the book has no such tariff or the day lies before its first
 * column.
 */
MUST_USE bool book_amount_on(const struct book *book, enum book_tariff tariff, struct date day,
                             struct book_amount *ret);

/* The share row of a day; NULL outside the book. */
const struct book_share *book_share_on(const struct book *book, struct date day);

/* The envelope row on a day; NULL when networks have no such envelope then. */
const struct book_envelope *book_envelope_on(const struct book *book, enum book_envelope_id envelope, struct date day);

/* May a line attest this service on that day? An individual session always, a group by the figure group_offered, others by
 * a row among the codes; a training only while operating_pays_training (rulebook §6; S0 art. 14 §1 c: 2026, once). */
bool book_offers_service(const struct book *book, enum book_service service, struct date day);

/* The row of a pseudo-code; NULL when the book does not have it. */
const struct book_code *book_code_find(const struct book *book, const char *code);

/*
 * The last day on which a session may be attested (rulebook §4 deadline-passed; S4 art. 8): the
 * deadline_day-th of the deadline_month-th month after the session's month, or, if later,
 * deadline_insurability_months after the day on which the insurer stated the problem resolved (DATE_NONE: no
 * problem). Until midnight in Brussels. The figures are those of the session's day; whether being late
 * refuses or warns is the rule row's warning_only.
 */
struct date book_deadline(const struct book *book, struct date session, struct date insurability_resolved);

/* The first day no longer covered after a notice or a refused amendment (R5, R6; S4 art. 11), by
 * notice_month. */
struct date book_contract_end_after_notice(const struct book *book, struct date notice);

/* The date of a month-day in a year; the month's last day where there is none. month_day is not absent. */
struct date book_month_day_in(struct book_month_day month_day, int year);

/* Every figure of the book in the order of the file. */
size_t book_figure_count(const struct book *book);
const struct book_figure *book_figure(const struct book *book, size_t index);

const char *book_tariff_name(enum book_tariff tariff); /* "individual", "group-psychologist", … as in the YAML */
const char *book_envelope_name(enum book_envelope_id envelope); /* "care.base", … ; "" for ENVELOPE_NONE */
const char *book_service_name(enum book_service service);       /* "individual", "group", … */
const char *book_function_name(enum book_function function);    /* "F1", … ; "" for FUNCTION_NONE */

#endif
