/*
 * Goal: every fact of a recorded attestation reaches our own struct, a record that breaks a bound is refused
 * and leaves the output alone, and attestation ids read back strictly.
 * Method: a record with a distinct value in each field, then one bent field at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/attestation.h"

/* A whole record and all that it points to. */
struct sample {
    Elp__V1__AttestationAccepted record;
    Elp__V1__BeneficiaryFacts facts[ATTESTATION_BENEFICIARIES_MAX + 1];
    Elp__V1__BeneficiaryFacts *beneficiaries[ATTESTATION_BENEFICIARIES_MAX + 1];
    Elp__V1__SecondLeaderFacts second;
};

static void fill_beneficiaries(struct sample *sample) {
    for (size_t i = 0; i < ATTESTATION_BENEFICIARIES_MAX + 1; i++) {
        elp__v1__beneficiary_facts__init(&sample->facts[i]);
        sample->facts[i].person = 1000 + i;
        sample->facts[i].age = (uint32_t)(20 + i);
        sample->facts[i].increased = i % 2 == 1;
        sample->facts[i].first_session = i % 3 == 1;
        sample->beneficiaries[i] = &sample->facts[i];
    }
}

static void fill(struct sample *sample) {
    elp__v1__attestation_accepted__init(&sample->record);
    elp__v1__second_leader_facts__init(&sample->second);
    fill_beneficiaries(sample);
    sample->second.kind = ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_EXPERT;
    sample->second.code = "second-code";
    sample->second.designated = 1;
    sample->second.rate_cents_per_hour = 7500;
    sample->second.paid_in_person = 1;
    sample->second.payee = "second-payee";
    sample->second.designator = "designator";

    Elp__V1__AttestationAccepted *record = &sample->record;
    record->network = "network";
    record->convention = "2024";
    record->book_number = 12;
    record->provider = "12345678901";
    record->contract = "contract";
    record->payee = "payee";
    record->service = ELP__V1__SERVICE__SERVICE_GROUP;
    record->function = ELP__V1__FUNCTION__FUNCTION_F2;
    record->date = 20454;
    record->start_minute = 1439;
    record->minutes = 120;
    record->direct_minutes = 90;
    record->site = "site";
    record->site_kind = ELP__V1__SITE_KIND__SITE_KIND_SCHOOL;
    record->beneficiaries = sample->beneficiaries;
    record->n_beneficiaries = 4;
    record->head_count = 11;
    record->second = &sample->second;
    record->programme = "programme";
    record->network_kind = ELP__V1__NETWORK_KIND__NETWORK_KIND_CHILD;
    record->replaces = 77;
}

static void every_fact_of_a_record_is_carried_over(void **state) {
    (void)state;
    struct sample sample;
    struct attestation_facts facts;
    fill(&sample);
    assert_true(attestation_of_record(99, &sample.record, &facts));
    assert_int_equal(facts.number, 99);
    assert_string_equal(facts.network.text, "network");
    assert_int_equal(facts.network_kind, NETWORK_CHILD);
    assert_string_equal(facts.convention, "2024");
    assert_int_equal(facts.book_number, 12);
    assert_string_equal(facts.provider, "12345678901");
    assert_string_equal(facts.contract.text, "contract");
    assert_string_equal(facts.payee.text, "payee");
    assert_int_equal(facts.service, SERVICE_GROUP);
    assert_int_equal(facts.function, FUNCTION_F2);
    assert_int_equal(facts.date.days, 20454);
    assert_int_equal(facts.start_minute, 1439);
    assert_int_equal(facts.minutes, 120);
    assert_int_equal(facts.direct_minutes, 90);
    assert_string_equal(facts.site.text, "site");
    assert_int_equal(facts.site_kind, SITE_SCHOOL);
    assert_int_equal(facts.head_count, 11);
    assert_string_equal(facts.programme.text, "programme");
    assert_int_equal(facts.replaces, 77);
    assert_int_equal(facts.beneficiary_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(facts.beneficiaries[i].person, 1000 + i);
        assert_int_equal(facts.beneficiaries[i].age, 20 + i);
        assert_int_equal(facts.beneficiaries[i].increased, i % 2 == 1);
        assert_int_equal(facts.beneficiaries[i].first_session, i % 3 == 1);
    }
    assert_int_equal(facts.second, SECOND_EXPERT);
    assert_string_equal(facts.second_code.text, "second-code");
    assert_true(facts.second_designated);
    assert_int_equal(money_cents(facts.second_rate_per_hour), 7500);
    assert_true(facts.second_paid_in_person);
    assert_string_equal(facts.second_payee.text, "second-payee");
    assert_string_equal(facts.second_designator.text, "designator");
}

/* One mark at a time, so that no two are exchanged. */
static void each_mark_of_a_record_sets_its_own_field(void **state) {
    (void)state;
    static const struct {
        size_t in;
        size_t out;
    } marks[] = {
#define MARK(name) {offsetof(Elp__V1__AttestationAccepted, name), offsetof(struct attestation_facts, name)}
        MARK(share_exempt_site), MARK(site_agreement),       MARK(new_graduate), MARK(under_served),
        MARK(extra_one_percent), MARK(eating_disorder),      MARK(entourage),    MARK(prison_network),
        MARK(sites_from_art8),   MARK(new_graduates_merged),
#undef MARK
    };
    const size_t count = sizeof marks / sizeof marks[0];
    for (size_t set = 0; set < count; set++) {
        struct sample sample;
        struct attestation_facts facts;
        fill(&sample);
        *(protobuf_c_boolean *)((char *)&sample.record + marks[set].in) = 1;
        assert_true(attestation_of_record(1, &sample.record, &facts));
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(*(const bool *)((const char *)&facts + marks[i].out), i == set);
        }
    }
}

static void a_record_of_the_2019_book_at_the_practice_without_second_leader_is_read(void **state) {
    (void)state;
    struct sample sample;
    struct attestation_facts facts;
    fill(&sample);
    sample.record.function = ELP__V1__FUNCTION__FUNCTION_UNSPECIFIED;
    sample.record.service = ELP__V1__SERVICE__SERVICE_INDIVIDUAL;
    sample.record.site = "";
    sample.record.site_kind = ELP__V1__SITE_KIND__SITE_KIND_UNSPECIFIED;
    sample.record.programme = "";
    sample.record.second = NULL;
    sample.record.date = -1;
    assert_true(attestation_of_record(1, &sample.record, &facts));
    assert_int_equal(facts.function, FUNCTION_NONE);
    assert_int_equal(facts.service, SERVICE_INDIVIDUAL);
    assert_string_equal(facts.site.text, "");
    assert_int_equal(facts.site_kind, SITE_NONE);
    assert_int_equal(facts.second, SECOND_NONE);
    assert_int_equal(money_cents(facts.second_rate_per_hour), 0);
    assert_int_equal(facts.date.days, -1);
}

static void the_largest_group_is_read_and_one_more_is_not(void **state) {
    (void)state;
    struct sample sample;
    struct attestation_facts facts;
    fill(&sample);
    sample.record.n_beneficiaries = ATTESTATION_BENEFICIARIES_MAX;
    sample.record.head_count = ATTESTATION_HEAD_COUNT_MAX;
    assert_true(attestation_of_record(1, &sample.record, &facts));
    assert_int_equal(facts.beneficiary_count, ATTESTATION_BENEFICIARIES_MAX);
    assert_int_equal(facts.beneficiaries[ATTESTATION_BENEFICIARIES_MAX - 1].person,
                     1000 + ATTESTATION_BENEFICIARIES_MAX - 1);
    facts.number = 42;
    sample.record.n_beneficiaries++;
    assert_false(attestation_of_record(1, &sample.record, &facts));
    sample.record.n_beneficiaries--;
    sample.record.head_count++;
    assert_false(attestation_of_record(1, &sample.record, &facts));
    assert_int_equal(facts.number, 42);
}

static void every_kind_and_service_of_the_schema_is_known_here(void **state) {
    (void)state;
    struct attestation_facts facts;
    for (unsigned i = 0; i < elp__v1__site_kind__descriptor.n_values; i++) {
        struct sample sample;
        fill(&sample);
        sample.record.site_kind = (Elp__V1__SiteKind)elp__v1__site_kind__descriptor.values[i].value;
        assert_true(attestation_of_record(1, &sample.record, &facts));
        assert_int_equal(facts.site_kind, sample.record.site_kind);
    }
    for (unsigned i = 0; i < elp__v1__second_leader_kind__descriptor.n_values; i++) {
        struct sample sample;
        fill(&sample);
        const int kind = elp__v1__second_leader_kind__descriptor.values[i].value;
        sample.second.kind = (Elp__V1__SecondLeaderKind)kind;
        assert_true(attestation_of_record(1, &sample.record, &facts));
        assert_int_equal(facts.second, sample.second.kind);
    }
    for (unsigned i = 1; i < elp__v1__service__descriptor.n_values; i++) {
        struct sample sample;
        fill(&sample);
        sample.record.service = (Elp__V1__Service)elp__v1__service__descriptor.values[i].value;
        assert_true(attestation_of_record(1, &sample.record, &facts));
        assert_string_equal(book_service_name(facts.service),
                            i == 1 ? "individual" : (i == 2 ? "assessment" : "group"));
    }
    for (unsigned i = 1; i < elp__v1__network_kind__descriptor.n_values; i++) {
        struct sample sample;
        fill(&sample);
        sample.record.network_kind = (Elp__V1__NetworkKind)elp__v1__network_kind__descriptor.values[i].value;
        assert_true(attestation_of_record(1, &sample.record, &facts));
        assert_int_equal(facts.network_kind, sample.record.network_kind);
    }
}

/* Bends one thing of a whole record. */
#define BENDINGS                                                                              \
    BEND(network_is_empty, s->record.network = "")                                            \
    BEND(network_is_no_code, s->record.network = "a b")                                       \
    BEND(network_is_long, s->record.network = "123456789012345678901234567890123")            \
    BEND(convention_is_long, s->record.convention = "12345678")                               \
    BEND(provider_is_long, s->record.provider = "123456789012")                               \
    BEND(contract_is_no_code, s->record.contract = "-")                                       \
    BEND(payee_is_no_code, s->record.payee = "/")                                             \
    BEND(site_is_no_code, s->record.site = "\xff")                                            \
    BEND(programme_is_no_code, s->record.programme = " ")                                     \
    BEND(second_code_is_no_code, s->second.code = " ")                                        \
    BEND(second_payee_is_no_code, s->second.payee = " ")                                      \
    BEND(designator_is_no_code, s->second.designator = " ")                                   \
    BEND(service_is_unspecified, s->record.service = (Elp__V1__Service)0)                     \
    BEND(service_is_unknown, s->record.service = (Elp__V1__Service)99)                        \
    BEND(function_is_unknown, s->record.function = (Elp__V1__Function)4)                      \
    BEND(network_kind_is_unspecified, s->record.network_kind = (Elp__V1__NetworkKind)0)       \
    BEND(network_kind_is_unknown, s->record.network_kind = (Elp__V1__NetworkKind)4)           \
    BEND(site_kind_is_unknown, s->record.site_kind = (Elp__V1__SiteKind)6)                    \
    BEND(site_kind_is_negative, s->record.site_kind = (Elp__V1__SiteKind)-1)                  \
    BEND(second_kind_is_unknown, s->second.kind = (Elp__V1__SecondLeaderKind)6)               \
    BEND(second_kind_is_negative, s->second.kind = (Elp__V1__SecondLeaderKind)-1)             \
    BEND(rate_is_negative, s->second.rate_cents_per_hour = -1)                                \
    BEND(rate_is_too_large, s->second.rate_cents_per_hour = MONEY_INPUT_CENTS_MAX + 1)        \
    BEND(day_is_none, s->record.date = INT32_MIN)                                             \
    BEND(day_is_too_late, s->record.date = INT32_MAX)                                         \
    BEND(start_is_next_day, s->record.start_minute = 1440)                                    \
    BEND(minutes_are_too_many, s->record.minutes = ATTESTATION_MINUTES_MAX + 1)               \
    BEND(minutes_overflow, s->record.minutes = UINT32_MAX)                                    \
    BEND(direct_minutes_are_too_many, s->record.direct_minutes = ATTESTATION_MINUTES_MAX + 1) \
    BEND(head_count_overflows, s->record.head_count = UINT32_MAX)                             \
    BEND(person_is_zero, s->facts[3].person = 0)                                              \
    BEND(age_is_too_large, s->facts[3].age = ATTESTATION_AGE_MAX + 1)

#define BEND(name, bending)              \
    static void name(struct sample *s) { \
        bending;                         \
    }
BENDINGS
#undef BEND

static void a_record_that_breaks_any_bound_is_refused_and_leaves_the_output_alone(void **state) {
    (void)state;
#define BEND(name, bending) {#name, name},
    static const struct {
        const char *name;
        void (*bend)(struct sample *sample);
    } bendings[] = {BENDINGS};
#undef BEND
    for (size_t i = 0; i < sizeof bendings / sizeof bendings[0]; i++) {
        struct sample sample;
        struct attestation_facts facts = {.number = 42};
        fill(&sample);
        bendings[i].bend(&sample);
        if (attestation_of_record(1, &sample.record, &facts)) {
            fail_msg("accepted although %s", bendings[i].name);
        }
        assert_int_equal(facts.number, 42);
    }
}

static void an_id_reads_back_as_epoch_and_number(void **state) {
    (void)state;
    char text[ATTESTATION_ID_BYTES];
    char epoch[17];
    uint64_t number;
    (void)attestation_id_format("4f3a9c2100d1e2f3", 18234, text, sizeof text);
    assert_string_equal(text, "4f3a9c2100d1e2f3-18234");
    assert_true(attestation_id_parse(text, epoch, &number));
    assert_string_equal(epoch, "4f3a9c2100d1e2f3");
    assert_int_equal(number, 18234);
    (void)attestation_id_format("0000000000000000", UINT64_MAX, text, sizeof text);
    assert_string_equal(text, "0000000000000000-18446744073709551615");
    assert_true(attestation_id_parse(text, epoch, &number));
    assert_true(number == UINT64_MAX);
}

static void an_id_in_any_other_form_is_refused(void **state) {
    (void)state;
    static const char *const malformed[] = {
        "",
        "-",
        "4f3a9c2100d1e2f3",
        "4f3a9c2100d1e2f3-",
        "4f3a9c2100d1e2f3-0",
        "4f3a9c2100d1e2f3-01",
        "4f3a9c2100d1e2f3--1",
        "4f3a9c2100d1e2f3-+1",
        "4f3a9c2100d1e2f3- 1",
        "4f3a9c2100d1e2f3-1 ",
        "4f3a9c2100d1e2f3-1x",
        "4F3A9C2100D1E2F3-1",
        "4f3a9c2100d1e2f-1",
        "4f3a9c2100d1e2f34-1",
        "4f3a9c2100d1e2g3-1",
        "4f3a9c2100d1e2f3-18446744073709551616",
        "4f3a9c2100d1e2f3-99999999999999999999",
    };
    char epoch[17] = "untouched";
    uint64_t number = 42;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        assert_false(attestation_id_parse(malformed[i], epoch, &number));
    }
    assert_string_equal(epoch, "untouched");
    assert_int_equal(number, 42);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fact_of_a_record_is_carried_over),
        cmocka_unit_test(each_mark_of_a_record_sets_its_own_field),
        cmocka_unit_test(a_record_of_the_2019_book_at_the_practice_without_second_leader_is_read),
        cmocka_unit_test(the_largest_group_is_read_and_one_more_is_not),
        cmocka_unit_test(every_kind_and_service_of_the_schema_is_known_here),
        cmocka_unit_test(a_record_that_breaks_any_bound_is_refused_and_leaves_the_output_alone),
        cmocka_unit_test(an_id_reads_back_as_epoch_and_number),
        cmocka_unit_test(an_id_in_any_other_form_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
