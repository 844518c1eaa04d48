#ifndef ELP_SERVICES_INTAKE_LINE_H
#define ELP_SERVICES_INTAKE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attestation.h"
#include "common/book.h"
#include "common/identifiers.h"
#include "common/span.h"
#include "elp/v1/intake.pb-c.h"
#include "services/intake/findings.h"
#include "services/intake/vault.h"

/*
 * A line in our own types: wire → validated struct. Rules see this struct and never the protobuf one. A field that
 * cannot be read has its bit of `good` cleared and a `malformed` finding; the other fields are still good to judge.
 */

/* In the order of AttestationLine, which is the order in which contents are compared. */
enum line_field {
    FIELD_NETWORK,
    FIELD_PROVIDER,
    FIELD_SERVICE,
    FIELD_FUNCTION,
    FIELD_DATE,
    FIELD_START,
    FIELD_MINUTES,
    FIELD_DIRECT_MINUTES,
    FIELD_SITE,
    FIELD_BENEFICIARIES,
    FIELD_HEAD_COUNT,
    FIELD_DEFINED_GROUP,
    FIELD_SECOND_PROVIDER,
    FIELD_SECOND_LEADER,
    FIELD_PROGRAMME,
    FIELD_OTHER_FUNDING,
    FIELD_EATING_DISORDER,
    FIELD_ENTOURAGE,
    FIELD_ASSESSMENT_DATE,
    FIELD_REPLACES,
    FIELD_REFERRAL_DATE,
    FIELD_REFERRER,
    FIELD_PROFESSIONALS,
    FIELD_CARE_PROVIDERS,
    FIELD_CONSENT,
    FIELD_REPORT,
    FIELD_COST,
    LINE_FIELD_COUNT,
};
/* From here on the fields belong to few services or conventions; most lines give none of them. */
#define FIELD_SPECIAL_FIRST FIELD_REFERRAL_DATE
#define FIELD_BIT(field) (UINT32_C(1) << (field))
#define LINE_FIELDS_ALL ((UINT32_C(1) << LINE_FIELD_COUNT) - 1)

enum beneficiary_field {
    BENEFICIARY_NISS,
    BENEFICIARY_BIRTH_DATE,
    BENEFICIARY_CT1,
    BENEFICIARY_CT2,
    BENEFICIARY_FIELD_COUNT
};

/* As in the proto file: "network", "niss". */
extern const char *const line_field_names[LINE_FIELD_COUNT];
extern const char *const beneficiary_field_names[BENEFICIARY_FIELD_COUNT];

struct line_beneficiary {
    unsigned good; /* bits of enum beneficiary_field */
    struct niss niss;
    struct date birth;
    char ct1[4]; /* three digits or empty */
    char ct2[4];
    uint8_t salt[VAULT_SALT_BYTES]; /* of the person; zero: not known (judge_identify) */
};

struct line {
    const Elp__V1__AttestationLine *wire;
    struct span key;
    uint32_t good;
    struct code network;
    struct inami provider;
    enum book_service service;
    enum book_function function; /* FUNCTION_NONE: not given */
    struct date date;
    int start_minute;
    int minutes;
    int direct_minutes;
    struct code site; /* empty: at the practice */
    size_t beneficiary_count;
    struct line_beneficiary beneficiaries[ATTESTATION_BENEFICIARIES_MAX];
    int head_count;
    bool defined_group;
    bool has_second_provider;
    struct inami second_provider;
    struct code second_leader; /* empty: none */
    struct code programme;     /* empty: none */
    bool other_funding;
    bool eating_disorder;
    bool entourage;
    struct date assessment_date; /* DATE_NONE: none */
    bool has_replaces;
    char replaces_epoch[17];
    uint64_t replaces_number;
    struct date referral_date; /* DATE_NONE: none */
    bool has_referrer;         /* a general practitioner or psychiatrist */
    int professionals;
    int care_providers;
    bool consent;
    bool report;
    struct money cost;
};

static inline bool line_has(const struct line *line, uint32_t fields) {
    return (line->good & fields) == fields;
}

/* An individual session in the sense of T3 and of a line's shape; an assessment is held and rated like one. */
static inline bool service_is_individual(enum book_service service) {
    return service == SERVICE_INDIVIDUAL || service == SERVICE_ASSESSMENT;
}

/* A session in which people are cared for: what counts for same-day, volume and the like; nothing else is one. */
static inline bool service_is_session(enum book_service service) {
    return service_is_individual(service) || service == SERVICE_GROUP;
}

/*
 * Reads a line. Adds a `malformed` finding for every field that is out of range or contradicts another field of the
 * line itself. Looks at nothing but the line; whether codes are known is judge.c's question.
 */
void line_validate(const Elp__V1__AttestationLine *wire, struct line *ret_line, struct findings *findings);

/*
 * The digests of a line's content: one of 4 bytes per field, in the order of enum line_field up to FIELD_SPECIAL_FIRST,
 * then four per beneficiary, then one per special field if the line gives any of these. Computed on the validated values
 * where a field is good, on the text as it came where it is not, keyed with the vault's secret and the idempotency key,
 * so that no two keys' digests can be compared. What a person could be found by, number and birth date, is keyed with the
 * person's salt besides: once the person is erased, trying out numbers tells nothing.
 */
#define DIGEST_BYTES 4
#define LINE_DIGESTS_MAX (LINE_FIELD_COUNT + BENEFICIARY_FIELD_COUNT * ATTESTATION_BENEFICIARIES_MAX)
struct line_digests {
    size_t beneficiary_count;
    uint32_t special; /* FIELD_BITs of the special fields that the line gives; of stored digests all or none */
    size_t bytes;
    uint8_t data[LINE_DIGESTS_MAX * DIGEST_BYTES];
};
void line_digests_of(const struct line *line, const uint8_t secret[16], struct line_digests *ret);

/*
 * The first field that differs, as a path ("minutes", "beneficiaries[0].birth_date"; a beneficiary more or less is named
 * by its place), in `out` of FINDING_FIELD_BYTES. False when the contents are the same.
 */
bool line_digests_differ(const struct line_digests *line, const struct line_digests *stored, char *out);

#endif
