/*
 * Goal: every field of a line that is out of range is `malformed` at that field, its neighbours are judged all the
 * same, and hostile batches get an answer that fits a frame.
 * Method: one field of an accepted line is changed per case, through the handler on a real store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/intake_fixture.h"
#include "tests/support/intake_world.h"

static struct intake_fixture fixture;
static struct fixture_line line;

static int open_world(void **state) {
    (void)state;
    intake_fixture_open(&fixture, FIXTURE_WORLD, true);
    return 0;
}

static int close_world(void **state) {
    (void)state;
    intake_fixture_close(&fixture);
    return 0;
}

struct bad_value {
    const char *field;
    const char *text;
};

static void assert_malformed_at(const char *field, const char *value) {
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    const Elp__V1__RefusalReason *reason = fixture_reason(verdict, "malformed");
    if (reason == NULL || strcmp(reason->field, field) != 0) {
        fail_msg("%s \"%s\" gave %s", field, value, reason == NULL ? "nothing" : reason->field);
    }
    assert_string_equal(reason->code, "malformed");
    assert_true(reason->article[0] != '\0');
    assert_false(reason->patient_billable);
    /* "niss is a national number" reads as if it were one */
    assert_null(strstr(reason->reason, " is a national"));
    assert_null(strstr(reason->reason, " is a day"));
}

/* Sets a text field of the line by its name in the proto file. */
static void set_text(const char *field, const char *text) {
    const ProtobufCFieldDescriptor *descriptor =
        protobuf_c_message_descriptor_get_field_by_name(&elp__v1__attestation_line__descriptor, field);
    assert_non_null(descriptor);
    assert_int_equal(descriptor->type, PROTOBUF_C_TYPE_STRING);
    memcpy((char *)&line.line + descriptor->offset, &text, sizeof text);
}

static void texts_out_of_range_are_malformed_at_their_field(void **state) {
    (void)state;
    static const struct bad_value values[] = {
        {"network", ""},
        {"network", "N 1"},
        {"network", "-N1"},
        {"network", "N1234567890123456789012345678901234"},
        {"network", "NOSUCH"},
        {"provider", ""},
        {"provider", "1923401100"},
        {"provider", "19234012004"},
        {"provider", "letters"},
        {"date", ""},
        {"date", "2024-5-14"},
        {"date", "2024-02-30"},
        {"date", "14-05-2024"},
        {"date", "2024-05-14 "},
        {"start", ""},
        {"start", "24:00"},
        {"start", "9:00"},
        {"start", "09:60"},
        {"site", "S 1"},
        {"site", "NOSUCH"},
        {"site", "S2"},
        {"second_provider", "123"},
        {"second_leader", "?"},
        {"programme", "/"},
        {"assessment_date", "soon"},
        {"replaces", "17"},
        {"replaces", "0123456789abcdef-"},
        {"replaces", "0123456789abcdef-7"},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "t%zu", i);
        fixture_group(&line, key);
        set_text(values[i].field, values[i].text);
        assert_malformed_at(values[i].field, values[i].text);
    }
}

static void what_contradicts_the_session_is_malformed_at_its_field(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.assessment_date = (char *)"2024-05-15";
    assert_malformed_at("assessment_date", "the day after");
    fixture_individual(&line, "b");
    line.line.assessment_date = line.line.date;
    assert_int_equal(fixture_submit(&fixture, &line.line)->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    fixture_individual(&line, "c");
    line.line.defined_group = true;
    assert_malformed_at("defined_group", "on an individual session");
    fixture_individual(&line, "d");
    line.beneficiaries[0].niss = (char *)"00000000097";
    assert_malformed_at("beneficiaries[0].niss", "zeros");
}

static void a_birth_date_of_another_century_is_worth_a_remark(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.beneficiaries[0].birth_date = (char *)"1880-02-01"; /* the number says 1980 */
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->n_warnings, 1);
    assert_string_equal(verdict->warnings[0]->code, "niss-birth-date");
}

static void numbers_out_of_range_are_malformed_at_their_field(void **state) {
    (void)state;
    fixture_group(&line, "a");
    line.line.minutes = 0;
    line.line.direct_minutes = 0;
    assert_malformed_at("minutes", "0");
    fixture_group(&line, "b");
    line.line.minutes = 1441;
    assert_malformed_at("minutes", "1441");
    fixture_group(&line, "c");
    line.line.minutes = UINT32_MAX;
    assert_malformed_at("minutes", "2^32 - 1");
    fixture_group(&line, "d");
    line.line.direct_minutes = 121;
    assert_malformed_at("direct_minutes", "121");
    fixture_community(&line, "e");
    line.line.head_count = 1001;
    assert_malformed_at("head_count", "1001");
    fixture_community(&line, "f");
    line.line.head_count = 0;
    line.line.defined_group = true;
    assert_malformed_at("head_count", "0");
    fixture_group(&line, "g");
    line.line.head_count = 5;
    assert_malformed_at("head_count", "5 for four");
    fixture_community(&line, "h");
    line.line.head_count = 1000;
    assert_int_equal(fixture_submit(&fixture, &line.line)->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
}

static void unknown_and_missing_enum_values_are_malformed(void **state) {
    (void)state;
    static const int values[] = {0, 7, 99, -1};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "s%zu", i);
        fixture_group(&line, key);
        line.line.service = (Elp__V1__Service)values[i];
        assert_malformed_at("service", "");
        (void)snprintf(key, sizeof key, "f%zu", i);
        fixture_group(&line, key);
        line.line.function = (Elp__V1__Function)values[i];
        assert_malformed_at("function", "");
    }
}

static void a_beneficiarys_field_is_named_by_place(void **state) {
    (void)state;
    static const struct bad_value values[] = {
        {"beneficiaries[2].niss", ""},
        {"beneficiaries[2].niss", "85073003329"},
        {"beneficiaries[2].birth_date", ""},
        {"beneficiaries[2].birth_date", "1980-13-01"},
        {"beneficiaries[2].birth_date", "2024-05-15"},
        {"beneficiaries[2].ct1", "11"},
        {"beneficiaries[2].ct1", "1100"},
        {"beneficiaries[2].ct2", "11a"},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "b%zu", i);
        fixture_group(&line, key);
        Elp__V1__Beneficiary *person = &line.beneficiaries[2];
        const char *name = strchr(values[i].field, '.') + 1;
        char **place = strcmp(name, "niss") == 0         ? &person->niss
                       : strcmp(name, "birth_date") == 0 ? &person->birth_date
                       : strcmp(name, "ct1") == 0        ? &person->ct1
                                                         : &person->ct2;
        *place = (char *)values[i].text;
        assert_malformed_at(values[i].field, values[i].text);
    }
}

static void somebody_born_on_the_day_of_the_session_is_read(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.network = (char *)"N2";
    fixture_people(&line, 1, 3, "2024-05-14");
    uint64_t number = fixture_submit(&fixture, &line.line)->verdict->number;
    assert_int_equal(fixture_record(&fixture, number)->accepted->beneficiaries[0]->age, 0);
}

static void a_hundred_beneficiaries_are_read_and_one_more_is_malformed(void **state) {
    (void)state;
    fixture_group(&line, "a");
    fixture_people(&line, 101, 1, "1980-02-01");
    assert_malformed_at("beneficiaries", "101");
    fixture_group(&line, "b");
    fixture_people(&line, 100, 1, "1980-02-01");
    assert_int_equal(fixture_submit(&fixture, &line.line)->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
}

static void an_individual_session_has_one_beneficiary_and_nothing_of_a_group(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.n_beneficiaries = 0;
    assert_malformed_at("beneficiaries", "none");
    fixture_individual(&line, "b");
    fixture_people(&line, 2, 1, "1980-02-01");
    assert_malformed_at("beneficiaries", "two");
    fixture_individual(&line, "c");
    line.line.second_leader = (char *)"X1";
    assert_malformed_at("second_leader", "X1");
    fixture_individual(&line, "d");
    line.line.second_provider = (char *)FIXTURE_P2;
    assert_malformed_at("second_provider", FIXTURE_P2);
    fixture_individual(&line, "e");
    line.line.programme = (char *)"G1";
    assert_malformed_at("programme", "G1");
    fixture_individual(&line, "f");
    line.line.function = ELP__V1__FUNCTION__FUNCTION_F1;
    assert_malformed_at("function", "F1");
}

static void a_field_that_cannot_be_read_leaves_the_other_rules_judged(void **state) {
    (void)state;
    fixture_group(&line, "a");
    line.line.date = (char *)"";
    line.line.other_funding = true;
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->n_reasons, 1);
    assert_true(fixture_not_judged(verdict, "deadline-passed"));
    assert_true(fixture_not_judged(verdict, "session-in-future"));
    assert_true(fixture_not_judged(verdict, "other-funding"));
    fixture_group(&line, "b");
    line.line.start = (char *)"";
    line.line.other_funding = true;
    line.line.minutes = 90;
    verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(fixture_reasons(verdict, "malformed"), 1);
    assert_int_equal(fixture_reasons(verdict, "other-funding"), 1);
    assert_int_equal(fixture_reasons(verdict, "duration-too-short"), 1);
    assert_true(fixture_not_judged(verdict, "already-attested"));
    assert_false(fixture_not_judged(verdict, "deadline-passed"));
}

static void a_late_line_with_an_unreadable_beneficiary_is_not_judged_for_its_deadline(void **state) {
    (void)state;
    assert_non_null(fixture_clock(&fixture, "2024-08-06T12:00:00+02:00"));
    fixture_individual(&line, "a");
    line.beneficiaries[0].niss = (char *)"85073003329";
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->n_reasons, 1);
    assert_true(fixture_not_judged(verdict, "deadline-passed"));
    assert_true(fixture_not_judged(verdict, "not-insured"));
}

static void no_number_name_or_birth_date_reaches_the_journal(void **state) {
    (void)state;
    fixture_group(&line, "a");
    line.beneficiaries[0].niss = (char *)"85073003329";
    line.beneficiaries[1].birth_date = (char *)"1980-02-31";
    (void)fixture_submit(&fixture, &line.line);
    fixture_group(&line, "b");
    (void)fixture_submit(&fixture, &line.line);
    struct store_txn *txn = NULL;
    assert_int_equal(store_begin_read(fixture.store.store, &txn), 0);
    for (uint64_t number = 1; number <= fixture.journal.head; number++) {
        struct span record = {0};
        assert_int_equal(journal_read(&fixture.journal, txn, number, &record, NULL), 0);
        assert_null(memmem(record.data, record.bytes, "85073003329", 11));
        assert_null(memmem(record.data, record.bytes, line.niss[2], 11));
        assert_null(memmem(record.data, record.bytes, "1980-02", 7));
    }
    store_abort(txn);
}

/* --- batches ------------------------------------------------------------------------------------------------------ */

static const Elp__V1__BatchVerdicts *submit_many(size_t count, bool dry_run, void (*spoil)(struct fixture_line *)) {
    struct fixture_line *lines = calloc(count, sizeof *lines);
    Elp__V1__AttestationLine **pointers = calloc(count, sizeof *pointers);
    assert_true(lines != NULL && pointers != NULL);
    for (size_t i = 0; i < count; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "%06zu", i);
        fixture_group(&lines[i], key);
        spoil(&lines[i]);
        pointers[i] = &lines[i].line;
    }
    Elp__V1__SubmitBatch batch = ELP__V1__SUBMIT_BATCH__INIT;
    batch.n_lines = count;
    batch.lines = pointers;
    batch.dry_run = dry_run;
    const Elp__V1__BatchVerdicts *verdicts =
        intake_fixture_call(&fixture, fixture_demo(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH, &batch.base,
                            &elp__v1__batch_verdicts__descriptor);
    free(pointers);
    free(lines);
    return verdicts;
}

static void spoil_everything(struct fixture_line *l) {
    static Elp__V1__Beneficiary nobody = ELP__V1__BENEFICIARY__INIT;
    for (size_t i = 0; i < 100; i++) {
        l->pointers[i] = &nobody;
    }
    l->line.n_beneficiaries = 100;
    l->line.network = (char *)"";
    l->line.provider = (char *)"";
    l->line.start = (char *)"";
    l->line.programme = (char *)"";
    l->line.minutes = 0;
    l->line.direct_minutes = 4;
    l->line.site = (char *)"?";
    l->line.second_leader = (char *)"?";
    l->line.replaces = (char *)"?";
    l->line.other_funding = true;
}

static void keep_good(struct fixture_line *l) {
    (void)l;
}

static void a_batch_of_a_thousand_lines_that_are_all_wrong_is_answered_in_one_frame(void **state) {
    (void)state;
    const Elp__V1__BatchVerdicts *verdicts = submit_many(1000, false, spoil_everything);
    assert_non_null(verdicts);
    assert_int_equal(verdicts->n_lines, 1000);
    for (size_t i = 0; i < 1000; i++) {
        assert_true(verdicts->lines[i]->verdict->n_reasons >= 8);
        assert_string_equal(verdicts->lines[i]->verdict->reasons[0]->code, "malformed");
    }
    /* A resend of all of it, too. */
    verdicts = submit_many(1000, false, spoil_everything);
    assert_non_null(verdicts);
    assert_int_equal(verdicts->lines[999]->result, ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE);
}

static void a_batch_of_more_than_a_thousand_lines_or_of_none_is_refused_whole(void **state) {
    (void)state;
    uint64_t head = fixture.journal.head;
    assert_null(submit_many(1001, false, keep_good));
    assert_string_equal(fixture.refused->code, "too-large");
    assert_string_equal(fixture.refused->field, "lines");
    assert_null(submit_many(0, false, keep_good));
    assert_string_equal(fixture.refused->code, "malformed");
    assert_int_equal(fixture.journal.head, head);
}

static void a_role_without_the_right_to_submit_is_denied(void **state) {
    (void)state;
    Elp__V1__SubmitBatch batch = ELP__V1__SUBMIT_BATCH__INIT;
    assert_null(intake_fixture_call(&fixture, fixture_principal("net", ROLE_NETWORK, "*"),
                                    ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH, &batch.base,
                                    &elp__v1__batch_verdicts__descriptor));
    assert_string_equal(fixture.refused->code, "denied");
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        CASE(texts_out_of_range_are_malformed_at_their_field),
        CASE(what_contradicts_the_session_is_malformed_at_its_field),
        CASE(a_birth_date_of_another_century_is_worth_a_remark),
        CASE(numbers_out_of_range_are_malformed_at_their_field),
        CASE(unknown_and_missing_enum_values_are_malformed),
        CASE(a_beneficiarys_field_is_named_by_place),
        CASE(somebody_born_on_the_day_of_the_session_is_read),
        CASE(a_hundred_beneficiaries_are_read_and_one_more_is_malformed),
        CASE(an_individual_session_has_one_beneficiary_and_nothing_of_a_group),
        CASE(a_field_that_cannot_be_read_leaves_the_other_rules_judged),
        CASE(a_late_line_with_an_unreadable_beneficiary_is_not_judged_for_its_deadline),
        CASE(no_number_name_or_birth_date_reaches_the_journal),
        CASE(a_batch_of_a_thousand_lines_that_are_all_wrong_is_answered_in_one_frame),
        CASE(a_batch_of_more_than_a_thousand_lines_or_of_none_is_refused_whole),
        CASE(a_role_without_the_right_to_submit_is_denied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
