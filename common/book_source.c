#include "common/book_source.h"

/* Names, figures and words are short, articles and titles are a line: a longer text is a mistake in the file.
 */
#define WORD_BYTES_MAX 64
#define LINE_BYTES_MAX 200

#define WORD(structure, member) \
    CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER, structure, member, 1, WORD_BYTES_MAX)
#define WORD_IF(structure, member) \
    CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, 1, WORD_BYTES_MAX)
#define LINE(structure, member) \
    CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER, structure, member, 1, LINE_BYTES_MAX)
#define ROWS(member, entry, min, max) \
    CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER, struct book_source, member, entry, min, max)
#define ENTRY(structure, fields) CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, structure, fields)

static const cyaml_schema_field_t sessions_fields[] = {
    WORD(struct book_source_period, from),
    WORD(struct book_source_period, until),
    LINE(struct book_source_period, article),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t contracts_fields[] = {
    WORD(struct book_source_period, from),
    LINE(struct book_source_period, article),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t second_leaders_fields[] = {
    WORD(struct book_source_period, until),
    LINE(struct book_source_period, article),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t rule_fields[] = {
    WORD(struct book_source_rule, code),
    LINE(struct book_source_rule, article),
    WORD_IF(struct book_source_rule, patient_billable),
    WORD_IF(struct book_source_rule, warning),
    WORD_IF(struct book_source_rule, from),
    WORD_IF(struct book_source_rule, until),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_entry = {ENTRY(struct book_source_rule, rule_fields)};

static const cyaml_schema_field_t figure_fields[] = {
    WORD(struct book_source_figure, name),          WORD(struct book_source_figure, value),
    LINE(struct book_source_figure, article),       WORD_IF(struct book_source_figure, from),
    WORD_IF(struct book_source_figure, until),      WORD_IF(struct book_source_figure, provisional),
    WORD_IF(struct book_source_figure, fictitious), CYAML_FIELD_END,
};
static const cyaml_schema_value_t figure_entry = {ENTRY(struct book_source_figure, figure_fields)};

static const cyaml_schema_field_t indexation_fields[] = {
    WORD(struct book_source_indexation, year),
    WORD(struct book_source_indexation, percent),
    LINE(struct book_source_indexation, article),
    WORD_IF(struct book_source_indexation, provisional),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t indexation_entry = {ENTRY(struct book_source_indexation, indexation_fields)};

static const cyaml_schema_field_t amount_fields[] = {
    WORD(struct book_source_amount, year),
    WORD(struct book_source_amount, amount),
    WORD_IF(struct book_source_amount, provisional),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t amount_entry = {ENTRY(struct book_source_amount, amount_fields)};

static const cyaml_schema_field_t tariff_fields[] = {
    WORD(struct book_source_tariff, tariff),
    LINE(struct book_source_tariff, article),
    WORD(struct book_source_tariff, indexed),
    WORD_IF(struct book_source_tariff, fictitious),
    CYAML_FIELD_SEQUENCE("amounts", CYAML_FLAG_POINTER, struct book_source_tariff, amounts, &amount_entry, 1, 50),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t tariff_entry = {ENTRY(struct book_source_tariff, tariff_fields)};

static const cyaml_schema_field_t share_fields[] = {
    WORD(struct book_source_share, from),
    WORD(struct book_source_share, until),
    LINE(struct book_source_share, article),
    WORD(struct book_source_share, individual),
    WORD(struct book_source_share, individual_bim),
    WORD(struct book_source_share, first_individual_free),
    WORD(struct book_source_share, group),
    WORD(struct book_source_share, group_paid_from_age),
    WORD_IF(struct book_source_share, individual_free_until_age),
    WORD(struct book_source_share, exempt_site_free),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t share_entry = {ENTRY(struct book_source_share, share_fields)};

static const cyaml_schema_field_t envelope_fields[] = {
    WORD(struct book_source_envelope, envelope),    LINE(struct book_source_envelope, article),
    WORD(struct book_source_envelope, care),        WORD_IF(struct book_source_envelope, order),
    WORD_IF(struct book_source_envelope, networks), WORD_IF(struct book_source_envelope, from),
    WORD_IF(struct book_source_envelope, until),    CYAML_FIELD_END,
};
static const cyaml_schema_value_t envelope_entry = {ENTRY(struct book_source_envelope, envelope_fields)};

static const cyaml_schema_field_t code_fields[] = {
    WORD(struct book_source_code, code),           WORD(struct book_source_code, service),
    LINE(struct book_source_code, article),        WORD_IF(struct book_source_code, fictitious),
    WORD_IF(struct book_source_code, partnership), WORD_IF(struct book_source_code, from),
    WORD_IF(struct book_source_code, until),       CYAML_FIELD_END,
};
static const cyaml_schema_value_t code_entry = {ENTRY(struct book_source_code, code_fields)};

static const cyaml_schema_field_t book_fields[] = {
    WORD(struct book_source, convention),
    LINE(struct book_source, title),
    CYAML_FIELD_MAPPING("sessions", CYAML_FLAG_DEFAULT, struct book_source, sessions, sessions_fields),
    CYAML_FIELD_MAPPING_PTR("contracts", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct book_source, contracts,
                            contracts_fields),
    CYAML_FIELD_MAPPING_PTR("second_leaders", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct book_source,
                            second_leaders, second_leaders_fields),
    WORD(struct book_source, figures_until),
    ROWS(rules, &rule_entry, 1, 200),
    ROWS(figures, &figure_entry, 1, 500),
    CYAML_FIELD_SEQUENCE("indexations", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct book_source, indexations,
                         &indexation_entry, 0, 50),
    ROWS(tariffs, &tariff_entry, 1, 50),
    ROWS(shares, &share_entry, 1, 50),
    ROWS(envelopes, &envelope_entry, 1, 50),
    ROWS(codes, &code_entry, 1, 200),
    CYAML_FIELD_END,
};

const struct cyaml_schema_value book_source_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct book_source, book_fields),
};
