#ifndef ELP_COMMON_ATTESTATION_H
#define ELP_COMMON_ATTESTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/book.h"
#include "common/calendar.h"
#include "common/failure.h"
#include "common/identifiers.h"
#include "common/money.h"
#include "common/span.h"
#include "elp/v1/journal.pb-c.h"

/*
 * An accepted attestation in our own types, as intake's journal carries it (AttestationAccepted in
 * journal.proto). Rules of rating, ledger and reporting see this struct and never a protobuf one.
 */

#define ATTESTATION_BENEFICIARIES_MAX 100
#define ATTESTATION_HEAD_COUNT_MAX 1000
#define ATTESTATION_MINUTES_MAX 1440 /* of a session, and of its direct part */
#define ATTESTATION_AGE_MAX 350      /* what two dates of the calendar's range can be apart */

enum second_leader_kind {
    SECOND_NONE,
    SECOND_PSYCHOLOGIST,
    SECOND_PHYSICIAN,
    SECOND_HEALTH_PROFESSIONAL,
    SECOND_CARE_PROVIDER,
    SECOND_EXPERT,
};

enum network_kind { NETWORK_ADULT = 1, NETWORK_CHILD, NETWORK_MIXED };
enum site_kind { SITE_NONE, SITE_GP_PRACTICE, SITE_YOUTH_CENTRE, SITE_SCHOOL, SITE_PRISON, SITE_OTHER };

struct beneficiary_facts {
    uint64_t person;
    int age; /* completed years on the day */
    bool increased;
    bool first_session;
};

struct attestation_facts {
    uint64_t number;
    struct code principal; /* who attested */
    struct code network;
    enum network_kind network_kind;
    char convention[8];
    uint64_t book_number;
    char provider[12];
    struct code contract;
    struct code payee;
    enum book_service service;
    enum book_function function;
    struct date date;
    int start_minute;
    int minutes;
    int direct_minutes;
    struct code site; /* empty: at the practice */
    enum site_kind site_kind;
    bool share_exempt_site;
    bool site_agreement;
    struct beneficiary_facts beneficiaries[ATTESTATION_BENEFICIARIES_MAX];
    size_t beneficiary_count;
    int head_count;
    enum second_leader_kind second;
    struct code second_code;
    bool second_designated;
    struct money second_rate_per_hour;
    bool second_paid_in_person;
    struct code second_payee;
    struct code second_designator;
    struct code programme;
    bool new_graduate;
    bool under_served;
    bool extra_one_percent;
    bool eating_disorder;
    bool entourage;
    bool prison_network;
    bool sites_from_art8;
    bool new_graduates_merged;
    uint64_t replaces;
    struct money cost;                  /* art8-mission, training: the cost attested; else zero */
    struct money site_agreement_amount; /* the most that a mission on the site costs; zero: the agreement names none */
};

/* From a decoded record; false when the record breaks a bound of this struct (a bug or damage upstream). */
MUST_USE bool attestation_of_record(uint64_t number, const Elp__V1__AttestationAccepted *record,
                                    struct attestation_facts *ret);

#define ATTESTATION_ID_BYTES 40
/* "<epoch>-<number>", e.g. "4f3a9c2100d1e2f3-18234". */
const char *attestation_id_format(const char *epoch, uint64_t number, char *out, size_t size);
/* False when malformed; *ret_epoch receives 16 digits and NUL. */
MUST_USE bool attestation_id_parse(const char *text, char ret_epoch[17], uint64_t *ret_number);

#endif
