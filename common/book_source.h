#ifndef ELP_COMMON_BOOK_SOURCE_H
#define ELP_COMMON_BOOK_SOURCE_H

#include <cyaml/cyaml.h>

/*
 * A book's YAML as libcyaml loads it: strings only. Part of the book's implementation; nobody else includes
 * it. An optional key that the file does not have is NULL. The head of each file in deploy/conventions
 * describes it.
 */

struct book_source_period {
    const char *from;
    const char *until;
    const char *article;
};

struct book_source_rule {
    const char *code;
    const char *article;
    const char *patient_billable; /* flag; default false */
    const char *warning;          /* flag; default false */
    const char *from;
    const char *until;
};

struct book_source_figure {
    const char *name;
    const char *value;
    const char *article;
    const char *from;
    const char *until;
    const char *provisional;
    const char *fictitious;
};

struct book_source_indexation {
    const char *year;
    const char *percent;
    const char *article;
    const char *provisional;
};

struct book_source_amount {
    const char *year;
    const char *amount;
    const char *provisional;
};

struct book_source_tariff {
    const char *tariff;
    const char *article;
    const char *indexed;
    const char *fictitious;
    struct book_source_amount *amounts;
    unsigned amounts_count;
};

struct book_source_share {
    const char *from;
    const char *until;
    const char *article;
    const char *individual;
    const char *individual_bim;
    const char *first_individual_free;
    const char *group;
    const char *group_paid_from_age;
    const char *individual_free_until_age;
    const char *exempt_site_free;
};

struct book_source_envelope {
    const char *envelope;
    const char *article;
    const char *care;
    const char *order;
    const char *networks;
    const char *from;
    const char *until;
};

struct book_source_code {
    const char *code;
    const char *service;
    const char *article;
    const char *fictitious;
    const char *partnership;
    const char *from;
    const char *until;
};

struct book_source {
    const char *convention;
    const char *title;
    struct book_source_period sessions;
    struct book_source_period *contracts;      /* from */
    struct book_source_period *second_leaders; /* until */
    const char *figures_until;
    struct book_source_rule *rules;
    unsigned rules_count;
    struct book_source_figure *figures;
    unsigned figures_count;
    struct book_source_indexation *indexations;
    unsigned indexations_count;
    struct book_source_tariff *tariffs;
    unsigned tariffs_count;
    struct book_source_share *shares;
    unsigned shares_count;
    struct book_source_envelope *envelopes;
    unsigned envelopes_count;
    struct book_source_code *codes;
    unsigned codes_count;
};

/* The schema of a whole book; its data is a struct book_source. */
extern const struct cyaml_schema_value book_source_schema;

#endif
