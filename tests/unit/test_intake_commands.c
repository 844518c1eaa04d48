/*
 * Goal: books, indexations and decisions are checked for shape, recorded as they came and survive a restart; a full
 * store refuses commands and answers questions.
 * Method: each command goes through its handler on a real store with one field out of range at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/book.h"
#include "services/intake/intake_service.h"
#include "tests/support/intake_fixture.h"
#include "tests/support/intake_world.h"

#define BOOK_2024 ELP_SOURCE_DIR "/deploy/conventions/2024.yaml"

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

/* --- books -------------------------------------------------------------------------------------------------------- */

static char yaml[BOOK_BYTES_MAX + 1];

static size_t read_book(void) {
    FILE *file = fopen(BOOK_2024, "rb");
    assert_non_null(file);
    size_t bytes = fread(yaml, 1, BOOK_BYTES_MAX, file);
    (void)fclose(file);
    yaml[bytes] = '\0';
    return bytes;
}

static const Elp__V1__LoadBookReply *load_book(size_t bytes, bool dry_run) {
    Elp__V1__LoadBook load = ELP__V1__LOAD_BOOK__INIT;
    load.yaml = (ProtobufCBinaryData){bytes, (uint8_t *)yaml};
    load.dry_run = dry_run;
    return intake_fixture_call(&fixture, fixture_principal("authority", ROLE_AUTHORITY, "*"),
                               ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_BOOK, &load.base,
                               &elp__v1__load_book_reply__descriptor);
}

static void the_same_book_again_answers_the_record_that_stands(void **state) {
    (void)state;
    uint64_t head = fixture.journal.head;
    const Elp__V1__LoadBookReply *reply = load_book(read_book(), false);
    assert_true(reply->loaded);
    assert_int_equal(reply->n_errors, 0);
    assert_string_equal(reply->convention, "2024");
    assert_int_equal(reply->hash.len, 32);
    uint64_t number = reply->number;
    assert_int_equal(fixture.journal.head, head);
    const Elp__V1__IntakeRecord *record = fixture_record(&fixture, number);
    assert_int_equal(record->body_case, ELP__V1__INTAKE_RECORD__BODY_BOOK);
    assert_int_equal(record->book->number, number);
    assert_memory_equal(record->book->yaml.data, yaml, record->book->yaml.len);
}

static void a_changed_book_is_a_new_version_and_judges_also_after_a_restart(void **state) {
    (void)state;
    size_t bytes = read_book();
    char *figure = strstr(yaml, "{name: individual_minutes_min, value: 45");
    assert_non_null(figure);
    memcpy(strstr(figure, "45"), "50", 2);
    assert_false(load_book(bytes, true)->loaded);
    fixture_individual(&line, "a");
    line.line.minutes = 45;
    assert_int_equal(fixture_submit(&fixture, &line.line)->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    const Elp__V1__LoadBookReply *reply = load_book(bytes, false);
    assert_true(reply->loaded);
    assert_int_equal(reply->number, fixture.journal.head);
    uint64_t number = reply->number;
    for (int restarted = 0; restarted < 2; restarted++) {
        fixture_individual(&line, restarted ? "d" : "b");
        line.line.minutes = 45;
        line.line.start = (char *)"10:00";
        assert_int_equal(fixture_reasons(fixture_submit(&fixture, &line.line)->verdict, "duration-too-short"), 1);
        fixture_individual(&line, restarted ? "e" : "c");
        line.line.minutes = 50;
        line.line.date = (char *)(restarted ? "2024-05-15" : "2024-05-16");
        uint64_t accepted = fixture_submit(&fixture, &line.line)->verdict->number;
        assert_int_equal(fixture_record(&fixture, accepted)->accepted->book_number, number);
        assert_int_equal(intake_fixture_reopen(&fixture), 0);
    }
}

static void a_book_with_errors_is_answered_with_their_places(void **state) {
    (void)state;
    uint64_t head = fixture.journal.head;
    size_t bytes = read_book();
    char *figure = strstr(yaml, "{name: individual_minutes_min, value: 45");
    memcpy(strstr(figure, "45"), "x5", 2);
    const Elp__V1__LoadBookReply *reply = load_book(bytes, false);
    assert_false(reply->loaded);
    assert_int_equal(reply->n_errors, 1);
    assert_true(reply->errors[0]->line > 0);
    assert_true(reply->errors[0]->text[0] != '\0');
    reply = load_book(0, false);
    assert_false(reply->loaded);
    assert_true(reply->n_errors >= 1);
    assert_int_equal(fixture.journal.head, head);
    memset(yaml, 'a', sizeof yaml);
    assert_null(load_book(BOOK_BYTES_MAX + 1, false));
    assert_string_equal(fixture.refused->code, "too-large");
}

static void books_in_force_are_told_as_they_were_loaded(void **state) {
    (void)state;
    Elp__V1__BookQuery query = ELP__V1__BOOK_QUERY__INIT;
    const Elp__V1__BookReply *reply =
        intake_fixture_call(&fixture, fixture_demo(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BOOK_QUERY, &query.base,
                            &elp__v1__book_reply__descriptor);
    assert_int_equal(reply->n_books, 1);
    assert_string_equal(reply->books[0]->convention, "2024");
    assert_int_equal(reply->books[0]->yaml.len, read_book());
    assert_memory_equal(reply->books[0]->yaml.data, yaml, reply->books[0]->yaml.len);
    query.convention = (char *)"2021";
    assert_null(intake_fixture_call(&fixture, fixture_demo(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BOOK_QUERY,
                                    &query.base, &elp__v1__book_reply__descriptor));
    assert_string_equal(fixture.refused->code, "not-found");
}

/* --- indexations -------------------------------------------------------------------------------------------------- */

static Elp__V1__IndexTariffs index_of_2026(void) {
    Elp__V1__IndexTariffs index = ELP__V1__INDEX_TARIFFS__INIT;
    index.convention = (char *)"2024";
    index.year = 2026;
    index.basis_points = 172;
    index.source = (char *)"S0 art. 3";
    return index;
}

static const Elp__V1__Recorded *send_index(const Elp__V1__IndexTariffs *index) {
    return intake_fixture_call(&fixture, fixture_operator(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_INDEX_TARIFFS,
                               &index->base, &elp__v1__recorded__descriptor);
}

static void assert_index_refused(Elp__V1__IndexTariffs index, const char *field) {
    uint64_t head = fixture.journal.head;
    assert_null(send_index(&index));
    assert_string_equal(fixture.refused->field, field);
    assert_int_equal(fixture.journal.head, head);
}

static void an_indexation_is_recorded_for_rating_to_judge(void **state) {
    (void)state;
    Elp__V1__IndexTariffs index = index_of_2026();
    for (int again = 0; again < 2; again++) {
        const Elp__V1__Recorded *recorded = send_index(&index);
        assert_non_null(recorded);
        assert_string_equal(recorded->judge, "rating");
        assert_int_equal(recorded->number, fixture.journal.head);
    }
    const Elp__V1__IntakeRecord *record = fixture_record(&fixture, fixture.journal.head);
    assert_int_equal(record->body_case, ELP__V1__INTAKE_RECORD__BODY_INDEX);
    assert_int_equal(record->index->basis_points, 172);
    assert_string_equal(record->author, "operator");
}

static void an_indexation_out_of_range_is_refused_at_its_field(void **state) {
    (void)state;
    Elp__V1__IndexTariffs index = index_of_2026();
    index.convention = (char *)"2021";
    assert_index_refused(index, "convention");
    index = index_of_2026();
    index.year = 2018;
    assert_index_refused(index, "year");
    index.year = 2100;
    assert_index_refused(index, "year");
    index = index_of_2026();
    index.basis_points = 10001;
    assert_index_refused(index, "basis_points");
    index.basis_points = -5001;
    assert_index_refused(index, "basis_points");
    index = index_of_2026();
    index.source = (char *)"";
    assert_index_refused(index, "source");
}

/* --- decisions ---------------------------------------------------------------------------------------------------- */

static Elp__V1__Decide raise_of_2024(void) {
    Elp__V1__Decide decide = ELP__V1__DECIDE__INIT;
    decide.kind = ELP__V1__DECISION_KIND__DECISION_KIND_RAISE;
    decide.network = (char *)"N1";
    decide.year = 2024;
    decide.cents = 10000;
    decide.decided_on = (char *)"2024-05-20";
    decide.reason = (char *)"more money";
    return decide;
}

static Elp__V1__Decide carry_of_2024(void) {
    Elp__V1__Decide decide = raise_of_2024();
    decide.kind = ELP__V1__DECISION_KIND__DECISION_KIND_CARRY;
    decide.cents = 0;
    decide.to_year = 2025;
    return decide;
}

static const Elp__V1__Recorded *send_decision(const Elp__V1__Decide *decide) {
    return intake_fixture_call(&fixture, fixture_operator(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_DECIDE, &decide->base,
                               &elp__v1__recorded__descriptor);
}

static void assert_decision_refused(Elp__V1__Decide decide, const char *field) {
    uint64_t head = fixture.journal.head;
    assert_null(send_decision(&decide));
    assert_string_equal(fixture.refused->code, "malformed");
    assert_string_equal(fixture.refused->field, field);
    assert_int_equal(fixture.journal.head, head);
}

static void a_decision_is_recorded_for_the_ledger_to_judge(void **state) {
    (void)state;
    uint64_t attestations[] = {1, 2};
    Elp__V1__Decide decides[] = {raise_of_2024(), carry_of_2024(), carry_of_2024(), carry_of_2024()};
    decides[0].envelope = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_ART8;
    decides[1].attestations = attestations;
    decides[1].n_attestations = 2;
    decides[2].kind = ELP__V1__DECISION_KIND__DECISION_KIND_WRITE_OFF;
    decides[2].to_year = 0;
    decides[3].kind = ELP__V1__DECISION_KIND__DECISION_KIND_RELEASE;
    decides[3].to_year = 0;
    for (size_t i = 0; i < 4; i++) {
        const Elp__V1__Recorded *recorded = send_decision(&decides[i]);
        assert_non_null(recorded);
        assert_string_equal(recorded->judge, "ledger");
        assert_int_equal(fixture_record(&fixture, fixture.journal.head)->decision->kind, decides[i].kind);
    }
}

static void a_decision_or_an_indexation_is_recorded_once_under_its_key(void **state) {
    (void)state;
    Elp__V1__Decide decide = raise_of_2024();
    Elp__V1__IndexTariffs index = index_of_2026();
    decide.key = (ProtobufCBinaryData){5, (uint8_t *)"raise"};
    index.key = (ProtobufCBinaryData){5, (uint8_t *)"index"};
    uint64_t first = send_decision(&decide)->number;
    uint64_t second = send_index(&index)->number;
    assert_int_equal(second, first + 1);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(send_decision(&decide)->number, first);
        assert_true(send_decision(&decide)->earlier);
        assert_string_equal(send_index(&index)->judge, "rating");
        assert_int_equal(send_index(&index)->number, second);
    }
    decide.cents++;
    assert_null(send_decision(&decide));
    assert_string_equal(fixture.refused->code, "key-conflict");
    assert_string_equal(fixture.refused->field, "key");
    index.key = decide.key;
    assert_null(send_index(&index));
    assert_string_equal(fixture.refused->code, "key-conflict");
    assert_int_equal(fixture.journal.head, second);
    decide.key = (ProtobufCBinaryData){7, (uint8_t *)"raise-2"};
    assert_int_equal(send_decision(&decide)->number, second + 1);
}

static void a_key_is_one_lines_one_cancellations_or_one_decisions(void **state) {
    (void)state;
    uint8_t longest[65] = {0};
    Elp__V1__Decide decide = raise_of_2024();
    fixture_individual(&line, "a");
    assert_int_equal(fixture_submit_as(&fixture, fixture_operator(), &line.line, false)->result,
                     ELP__V1__LINE_RESULT__LINE_RESULT_NEW);
    decide.key = line.line.key;
    assert_null(send_decision(&decide));
    assert_string_equal(fixture.refused->code, "key-conflict");
    decide.key = (ProtobufCBinaryData){1, (uint8_t *)"b"};
    assert_non_null(send_decision(&decide));
    fixture_individual(&line, "b");
    const Elp__V1__LineVerdict *answer = fixture_submit_as(&fixture, fixture_operator(), &line.line, false);
    assert_int_equal(answer->result, ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT);
    assert_string_equal(answer->conflict->field, "key");
    decide.key = (ProtobufCBinaryData){sizeof longest, longest};
    assert_decision_refused(decide, "key");
}

static void a_decision_out_of_range_is_refused_at_its_field(void **state) {
    (void)state;
    uint64_t beyond[] = {UINT64_MAX};
    static uint64_t many[1001];
    Elp__V1__Decide decide = raise_of_2024();
    decide.kind = (Elp__V1__DecisionKind)0;
    assert_decision_refused(decide, "kind");
    decide.kind = (Elp__V1__DecisionKind)9;
    assert_decision_refused(decide, "kind");
    decide = raise_of_2024();
    decide.network = (char *)"N9";
    assert_decision_refused(decide, "network");
    decide = raise_of_2024();
    decide.year = 0;
    assert_decision_refused(decide, "year");
    decide = raise_of_2024();
    decide.cents = 0;
    assert_decision_refused(decide, "cents");
    decide.cents = 1000000000001;
    assert_decision_refused(decide, "cents");
    decide = raise_of_2024();
    decide.envelope = (Elp__V1__BudgetEnvelope)77;
    assert_decision_refused(decide, "envelope");
    decide = raise_of_2024();
    decide.to_year = 2025;
    assert_decision_refused(decide, "to_year");
    decide = raise_of_2024();
    decide.decided_on = (char *)"2024-05-21";
    assert_decision_refused(decide, "decided_on");
    decide.decided_on = (char *)"";
    assert_decision_refused(decide, "decided_on");
    decide = raise_of_2024();
    decide.reason = (char *)"";
    assert_decision_refused(decide, "reason");
    decide = carry_of_2024();
    decide.to_year = 2024;
    assert_decision_refused(decide, "to_year");
    decide = carry_of_2024();
    decide.cents = 1;
    assert_decision_refused(decide, "cents");
    decide = carry_of_2024();
    decide.envelope = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE;
    assert_decision_refused(decide, "envelope");
    decide = carry_of_2024();
    decide.attestations = beyond;
    decide.n_attestations = 1;
    assert_decision_refused(decide, "attestations");
    decide.attestations = many;
    decide.n_attestations = 1001;
    assert_decision_refused(decide, "attestations");
    decide = raise_of_2024();
    many[0] = 1;
    decide.attestations = many;
    decide.n_attestations = 1;
    assert_decision_refused(decide, "attestations");
}

/* --- the table of requests ---------------------------------------------------------------------------------------- */

/* How many handlers a request has; every row says who may send it, what it decodes to and what answers it. */
static size_t rows_of(int type) {
    size_t rows = 0;
    for (size_t i = 0; i < intake_service.handler_count; i++) {
        const struct handler *row = &intake_service.handlers[i];
        rows += (int)row->type == type;
        assert_true(row->roles != 0 && row->descriptor != NULL && row->handle != NULL);
    }
    return rows;
}

static void every_request_of_intake_has_one_row(void **state) {
    (void)state;
    for (int type = ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH;
         type <= ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HAND_OVER_QUERY; type += 2) {
        assert_int_equal(rows_of(type), 1);
    }
    for (int type = ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOSE_YEAR;
         type <= ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RECORD_PLAN; type += 2) {
        assert_int_equal(rows_of(type), 1);
    }
}

/* --- money -------------------------------------------------------------------------------------------------------- */

static uint64_t send_close(uint32_t year, int64_t other_budget, int64_t other_spent, const char *reason,
                           enum role role) {
    Elp__V1__CloseYear close = ELP__V1__CLOSE_YEAR__INIT;
    close.year = year;
    close.other_care_budget_cents = other_budget;
    close.other_care_spent_cents = other_spent;
    close.reason = (char *)reason;
    const Elp__V1__Recorded *recorded = intake_fixture_call(&fixture, fixture_principal("authority", role, "*"),
                                                            ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOSE_YEAR, &close.base,
                                                            &elp__v1__recorded__descriptor);
    if (recorded == NULL) {
        return 0;
    }
    assert_string_equal(recorded->judge, "ledger");
    return recorded->number;
}

static void a_close_is_recorded_as_it_came_and_refused_out_of_range(void **state) {
    (void)state;
    uint64_t number = send_close(2025, 100, 200, "end of the year", ROLE_AUTHORITY);
    assert_int_equal(number, fixture.journal.head);
    const Elp__V1__IntakeRecord *record = fixture_record(&fixture, number);
    assert_int_equal(record->body_case, ELP__V1__INTAKE_RECORD__BODY_CLOSE_YEAR);
    assert_int_equal(record->close_year->year, 2025);
    assert_int_equal(record->close_year->other_care_spent_cents, 200);
    assert_int_equal(send_close(2018, 0, 0, "why", ROLE_AUTHORITY), 0);
    assert_int_equal(send_close(2025, -1, 0, "why", ROLE_AUTHORITY), 0);
    assert_int_equal(send_close(2025, 0, MONEY_INPUT_CENTS_MAX + 1, "why", ROLE_AUTHORITY), 0);
    assert_int_equal(send_close(2025, 0, 0, "", ROLE_AUTHORITY), 0);
    assert_int_equal(fixture.journal.head, number);
}

/* --- no room ------------------------------------------------------------------------------------------------------ */

static void a_full_store_refuses_commands_and_answers_questions(void **state) {
    (void)state;
    Elp__V1__BookQuery query = ELP__V1__BOOK_QUERY__INIT;
    /* Books are the largest records: padded with comments they fill the small map of the fixture to 85 % soon. */
    size_t bytes = read_book();
    bool busy = false;
    for (; bytes < BOOK_BYTES_MAX - 100; bytes += 100) {
        (void)snprintf(yaml + bytes, 101, "#%98s\n", "");
    }
    for (int i = 0; i < 1000 && !busy; i++) {
        char mark[16];
        (void)snprintf(mark, sizeof mark, "# %08d", i);
        memcpy(yaml, mark, 10);
        busy = load_book(bytes, false) == NULL;
    }
    assert_true(busy);
    assert_string_equal(fixture.refused->code, "busy");
    fixture_individual(&line, "a");
    Elp__V1__SubmitBatch batch = ELP__V1__SUBMIT_BATCH__INIT;
    Elp__V1__AttestationLine *lines[1] = {&line.line};
    batch.n_lines = 1;
    batch.lines = lines;
    assert_null(intake_fixture_call(&fixture, fixture_demo(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH,
                                    &batch.base, &elp__v1__batch_verdicts__descriptor));
    assert_string_equal(fixture.refused->code, "busy");
    assert_null(fixture_clock(&fixture, "2024-05-21T00:00:00Z"));
    assert_string_equal(fixture.refused->code, "busy");
    assert_non_null(fixture_clock(&fixture, ""));
    assert_null(fixture_cancel(&fixture, fixture_demo(), "x", "c", ""));
    assert_string_equal(fixture.refused->code, "busy");
    assert_non_null(intake_fixture_call(&fixture, fixture_demo(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BOOK_QUERY,
                                        &query.base, &elp__v1__book_reply__descriptor));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        CASE(the_same_book_again_answers_the_record_that_stands),
        CASE(a_changed_book_is_a_new_version_and_judges_also_after_a_restart),
        CASE(a_book_with_errors_is_answered_with_their_places),
        CASE(books_in_force_are_told_as_they_were_loaded),
        CASE(an_indexation_is_recorded_for_rating_to_judge),
        CASE(an_indexation_out_of_range_is_refused_at_its_field),
        CASE(a_decision_is_recorded_for_the_ledger_to_judge),
        CASE(a_decision_or_an_indexation_is_recorded_once_under_its_key),
        CASE(a_key_is_one_lines_one_cancellations_or_one_decisions),
        CASE(a_decision_out_of_range_is_refused_at_its_field),
        CASE(a_close_is_recorded_as_it_came_and_refused_out_of_range),
        CASE(every_request_of_intake_has_one_row),
        CASE(a_full_store_refuses_commands_and_answers_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
