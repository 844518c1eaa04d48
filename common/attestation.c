#include "common/attestation.h"

#include <string.h>

#include "common/require.h"

#define EPOCH_DIGITS 16
#define NUMBER_DIGITS_MAX 20 /* of a uint64_t */
#define MINUTES_OF_DAY 1440

/* Copies a text of at most size − 1 bytes. */
static bool copy_text(const char *text, char *out, size_t size) {
    const size_t bytes = strnlen(text, size);
    if (bytes == size) {
        return false;
    }
    memcpy(out, text, bytes + 1);
    return true;
}

/* A code, or nothing. */
static bool copy_code(const char *text, struct code *ret) {
    if (text[0] == '\0') {
        *ret = (struct code){0};
        return true;
    }
    return code_parse(text, ret);
}

static bool function_of(Elp__V1__Function value, enum book_function *ret) {
    switch ((int)value) {
    case ELP__V1__FUNCTION__FUNCTION_UNSPECIFIED:
        *ret = FUNCTION_NONE; /* the 2019 book has one function only */
        return true;
    case ELP__V1__FUNCTION__FUNCTION_F1:
        *ret = FUNCTION_F1;
        return true;
    case ELP__V1__FUNCTION__FUNCTION_F2:
        *ret = FUNCTION_F2;
        return true;
    case ELP__V1__FUNCTION__FUNCTION_F3:
        *ret = FUNCTION_F3;
        return true;
    default:
        return false;
    }
}

static bool service_of(Elp__V1__Service value, enum book_service *ret) {
    switch ((int)value) {
    case ELP__V1__SERVICE__SERVICE_INDIVIDUAL:
        *ret = SERVICE_INDIVIDUAL;
        return true;
    case ELP__V1__SERVICE__SERVICE_ASSESSMENT:
        *ret = SERVICE_ASSESSMENT;
        return true;
    case ELP__V1__SERVICE__SERVICE_GROUP:
        *ret = SERVICE_GROUP;
        return true;
    case ELP__V1__SERVICE__SERVICE_CONCERTATION:
        *ret = SERVICE_CONCERTATION;
        return true;
    case ELP__V1__SERVICE__SERVICE_TRAINING:
        *ret = SERVICE_TRAINING;
        return true;
    case ELP__V1__SERVICE__SERVICE_ART8_MISSION:
        *ret = SERVICE_ART8_MISSION;
        return true;
    default:
        return false;
    }
}

static bool network_kind_of(Elp__V1__NetworkKind value, enum network_kind *ret) {
    switch ((int)value) {
    case ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT:
        *ret = NETWORK_ADULT;
        return true;
    case ELP__V1__NETWORK_KIND__NETWORK_KIND_CHILD:
        *ret = NETWORK_CHILD;
        return true;
    case ELP__V1__NETWORK_KIND__NETWORK_KIND_MIXED:
        *ret = NETWORK_MIXED;
        return true;
    default:
        return false;
    }
}

static bool site_kind_of(Elp__V1__SiteKind value, enum site_kind *ret) {
    static const enum site_kind kinds[] = {
        [ELP__V1__SITE_KIND__SITE_KIND_UNSPECIFIED] = SITE_NONE,
        [ELP__V1__SITE_KIND__SITE_KIND_GP_PRACTICE] = SITE_GP_PRACTICE,
        [ELP__V1__SITE_KIND__SITE_KIND_YOUTH_CENTRE] = SITE_YOUTH_CENTRE,
        [ELP__V1__SITE_KIND__SITE_KIND_SCHOOL] = SITE_SCHOOL,
        [ELP__V1__SITE_KIND__SITE_KIND_PRISON] = SITE_PRISON,
        [ELP__V1__SITE_KIND__SITE_KIND_OTHER] = SITE_OTHER,
    };
    const int number = (int)value;
    if (number < 0 || number >= (int)(sizeof kinds / sizeof kinds[0])) {
        return false;
    }
    *ret = kinds[number];
    return true;
}

static bool second_kind_of(Elp__V1__SecondLeaderKind value, enum second_leader_kind *ret) {
    static const enum second_leader_kind kinds[] = {
        [ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_UNSPECIFIED] = SECOND_NONE,
        [ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_PSYCHOLOGIST] = SECOND_PSYCHOLOGIST,
        [ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_PHYSICIAN] = SECOND_PHYSICIAN,
        [ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_HEALTH_PROFESSIONAL] = SECOND_HEALTH_PROFESSIONAL,
        [ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_CARE_PROVIDER] = SECOND_CARE_PROVIDER,
        [ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_EXPERT] = SECOND_EXPERT,
    };
    const int number = (int)value;
    if (number < 0 || number >= (int)(sizeof kinds / sizeof kinds[0])) {
        return false;
    }
    *ret = kinds[number];
    return true;
}

static bool read_beneficiaries(const Elp__V1__AttestationAccepted *record, struct attestation_facts *ret) {
    if (record->n_beneficiaries > ATTESTATION_BENEFICIARIES_MAX || record->head_count > ATTESTATION_HEAD_COUNT_MAX) {
        return false;
    }
    for (size_t i = 0; i < record->n_beneficiaries; i++) {
        const Elp__V1__BeneficiaryFacts *facts = record->beneficiaries[i];
        if (facts->person == 0 || facts->age > ATTESTATION_AGE_MAX) {
            return false;
        }
        ret->beneficiaries[i] = (struct beneficiary_facts){
            .person = facts->person,
            .age = (int)facts->age,
            .increased = facts->increased,
            .first_session = facts->first_session,
        };
    }
    ret->beneficiary_count = record->n_beneficiaries;
    ret->head_count = (int)record->head_count;
    return true;
}

static bool read_second_leader(const Elp__V1__SecondLeaderFacts *second, struct attestation_facts *ret) {
    if (second == NULL) {
        return true; /* the struct is zeroed: SECOND_NONE */
    }
    if (second->rate_cents_per_hour < 0 || second->rate_cents_per_hour > MONEY_INPUT_CENTS_MAX) {
        return false;
    }
    ret->second_designated = second->designated;
    ret->second_rate_per_hour = money_of_cents(second->rate_cents_per_hour);
    ret->second_paid_in_person = second->paid_in_person;
    return second_kind_of(second->kind, &ret->second) && copy_code(second->code, &ret->second_code) &&
           copy_code(second->payee, &ret->second_payee) && copy_code(second->designator, &ret->second_designator);
}

/* When and where the session was. The day is in the calendar's range, the session within a day's minutes. */
static bool read_session(const Elp__V1__AttestationAccepted *record, struct attestation_facts *ret) {
    struct date first;
    struct date last;
    require(date_make(1850, 1, 1, &first) && date_make(2199, 12, 31, &last));
    ret->date = (struct date){record->date};
    if (!date_within(ret->date, first, last) || record->start_minute >= MINUTES_OF_DAY ||
        record->minutes > ATTESTATION_MINUTES_MAX || record->direct_minutes > ATTESTATION_MINUTES_MAX) {
        return false;
    }
    ret->start_minute = (int)record->start_minute;
    ret->minutes = (int)record->minutes;
    ret->direct_minutes = (int)record->direct_minutes;
    ret->share_exempt_site = record->share_exempt_site;
    ret->site_agreement = record->site_agreement;
    return service_of(record->service, &ret->service) && function_of(record->function, &ret->function) &&
           copy_code(record->site, &ret->site) && site_kind_of(record->site_kind, &ret->site_kind) &&
           copy_code(record->programme, &ret->programme);
}

static bool read_money(int64_t cents, struct money *ret) {
    if (cents < 0 || cents > MONEY_INPUT_CENTS_MAX) {
        return false;
    }
    *ret = money_of_cents(cents);
    return true;
}

static bool read_parties(const Elp__V1__AttestationAccepted *record, struct attestation_facts *ret) {
    return copy_code(record->principal, &ret->principal) && code_parse(record->network, &ret->network) &&
           network_kind_of(record->network_kind, &ret->network_kind) &&
           copy_text(record->convention, ret->convention, sizeof ret->convention) &&
           copy_text(record->provider, ret->provider, sizeof ret->provider) &&
           copy_code(record->contract, &ret->contract) && copy_code(record->payee, &ret->payee);
}

bool attestation_of_record(uint64_t number, const Elp__V1__AttestationAccepted *record, struct attestation_facts *ret) {
    struct attestation_facts facts = {
        .number = number,
        .book_number = record->book_number,
        .new_graduate = record->new_graduate,
        .under_served = record->under_served,
        .extra_one_percent = record->extra_one_percent,
        .eating_disorder = record->eating_disorder,
        .entourage = record->entourage,
        .prison_network = record->prison_network,
        .sites_from_art8 = record->sites_from_art8,
        .new_graduates_merged = record->new_graduates_merged,
        .replaces = record->replaces,
    };
    if (!read_parties(record, &facts) || !read_session(record, &facts) || !read_beneficiaries(record, &facts) ||
        !read_second_leader(record->second, &facts) || !read_money(record->cost_cents, &facts.cost) ||
        !read_money(record->site_agreement_cents, &facts.site_agreement_amount)) {
        return false;
    }
    *ret = facts;
    return true;
}

const char *attestation_id_format(const char *epoch, uint64_t number, char *out, size_t size) {
    require(strlen(epoch) == EPOCH_DIGITS && size >= ATTESTATION_ID_BYTES);
    /* Every verdict and event carries one: digit by digit, without the machinery of printf. */
    char digits[NUMBER_DIGITS_MAX];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    memcpy(out, epoch, EPOCH_DIGITS);
    out[EPOCH_DIGITS] = '-';
    for (size_t i = 0; i < count; i++) {
        out[EPOCH_DIGITS + 1 + i] = digits[count - 1 - i];
    }
    out[EPOCH_DIGITS + 1 + count] = '\0';
    return out;
}

/* Decimal without leading zero, 1 to 2^64 − 1. */
static bool parse_number(const char *text, uint64_t *ret) {
    uint64_t number = 0;
    if (*text < '1' || *text > '9') {
        return false;
    }
    for (; *text >= '0' && *text <= '9'; text++) {
        const uint64_t digit = (uint64_t)(*text - '0');
        if (number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    if (*text != '\0') {
        return false;
    }
    *ret = number;
    return true;
}

bool attestation_id_parse(const char *text, char ret_epoch[17], uint64_t *ret_number) {
    if (strspn(text, "0123456789abcdef") != EPOCH_DIGITS || text[EPOCH_DIGITS] != '-' ||
        !parse_number(text + EPOCH_DIGITS + 1, ret_number)) {
        return false;
    }
    memcpy(ret_epoch, text, EPOCH_DIGITS);
    ret_epoch[EPOCH_DIGITS] = '\0';
    return true;
}
