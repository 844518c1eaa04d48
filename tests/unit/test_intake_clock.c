/*
 * Goal: the cell's time never goes back, every Brussels day has its record, and simulated and real time do not mix.
 * Method: turns and SetClock on an empty real store, on both clocks, with restarts; the journal is read back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "services/intake/intake_service.h"
#include "tests/support/intake_fixture.h"
#include "tests/support/stderr_capture.h"

static struct intake_fixture fixture;

static int open_manual(void **state) {
    (void)state;
    intake_fixture_open(&fixture, FIXTURE_EMPTY, true);
    return 0;
}

static int open_real(void **state) {
    (void)state;
    intake_fixture_open(&fixture, FIXTURE_EMPTY, false);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    intake_fixture_close(&fixture);
    return 0;
}

static instant_us instant(const char *text) {
    instant_us at = 0;
    assert_true(instant_parse(text, &at));
    return at;
}

static void assert_day(uint64_t number, const char *date, const char *at) {
    char text[DATE_TEXT_BYTES];
    const Elp__V1__IntakeRecord *record = fixture_record(&fixture, number);
    assert_int_equal(record->body_case, ELP__V1__INTAKE_RECORD__BODY_DAY);
    assert_string_equal(date_format((struct date){record->day->date}, text, sizeof text), date);
    assert_int_equal(record->at_us, instant(at));
    assert_string_equal(record->author, "");
}

static void a_simulated_cell_begins_with_2024(void **state) {
    (void)state;
    assert_true(intake_service.turn_due(fixture.core, 0));
    assert_string_equal(intake_service.epoch(fixture.core), "");
    intake_fixture_turn(&fixture);
    assert_false(intake_service.turn_due(fixture.core, INT64_MAX / 2));
    const Elp__V1__IntakeRecord *record = fixture_record(&fixture, 1);
    assert_int_equal(record->body_case, ELP__V1__INTAKE_RECORD__BODY_GENESIS);
    assert_int_equal(record->number, 1);
    assert_int_equal(record->at_us, instant("2024-01-01T00:00:00+01:00"));
    assert_true(record->genesis->simulated);
    assert_int_equal(record->genesis->engine, 1);
    assert_string_equal(record->genesis->cell, "fixture");
    assert_int_equal(strspn(record->genesis->epoch, "0123456789abcdef"), 16);
    assert_string_equal(intake_service.epoch(fixture.core), record->genesis->epoch);
    assert_day(2, "2024-01-01", "2024-01-01T00:00:00+01:00");
    assert_int_equal(fixture.journal.head, 2);
}

static void every_brussels_day_gets_one_record_with_an_instant_of_that_day(void **state) {
    (void)state;
    assert_non_null(fixture_clock(&fixture, "2024-01-01T22:59:59.999999Z"));
    assert_int_equal(fixture.journal.head, 2);
    assert_non_null(fixture_clock(&fixture, "2024-01-01T23:00:00Z"));
    assert_day(3, "2024-01-02", "2024-01-02T00:00:00+01:00");
    assert_non_null(fixture_clock(&fixture, "2024-01-05T10:00:00+01:00"));
    assert_int_equal(fixture.journal.head, 6);
    assert_day(4, "2024-01-03", "2024-01-03T00:00:00+01:00");
    assert_day(6, "2024-01-05", "2024-01-05T00:00:00+01:00");
    intake_fixture_turn(&fixture);
    assert_int_equal(fixture.journal.head, 6);
}

static void a_day_begins_at_brussels_midnight_also_in_summer(void **state) {
    (void)state;
    assert_non_null(fixture_clock(&fixture, "2024-03-30T12:00:00+01:00"));
    assert_non_null(fixture_clock(&fixture, "2024-04-01T00:00:00+02:00"));
    assert_day(fixture.journal.head - 1, "2024-03-31", "2024-03-31T00:00:00+01:00");
    assert_day(fixture.journal.head, "2024-04-01", "2024-04-01T00:00:00+02:00");
}

static void the_manual_clock_ignores_the_machine(void **state) {
    (void)state;
    fixture.machine = instant("2031-01-01T00:00:00Z");
    intake_fixture_turn(&fixture);
    assert_int_equal(intake_service.at(fixture.core), instant("2024-01-01T00:00:00+01:00"));
}

static void the_manual_clock_never_goes_back_and_jumps_at_most_ten_years(void **state) {
    (void)state;
    assert_non_null(fixture_clock(&fixture, "2024-06-01T12:00:00Z"));
    uint64_t head = fixture.journal.head;
    assert_null(fixture_clock(&fixture, "2024-06-01T11:59:59.999999Z"));
    assert_string_equal(fixture.refused->code, "wrong-order");
    assert_null(fixture_clock(&fixture, "2034-06-02T12:00:00Z"));
    assert_string_equal(fixture.refused->code, "malformed");
    assert_null(fixture_clock(&fixture, "2024-06-02T12:00:00"));
    assert_string_equal(fixture.refused->code, "malformed");
    assert_int_equal(fixture.journal.head, head);
    assert_non_null(fixture_clock(&fixture, "2034-06-01T12:00:00Z"));
    for (const char *const *at =
             (const char *const[]){"2044-01-01T00:00:00Z", "2054-01-01T00:00:00Z", "2064-01-01T00:00:00Z",
                                   "2074-01-01T00:00:00Z", "2084-01-01T00:00:00Z", "2094-01-01T00:00:00Z", NULL};
         *at != NULL; at++) {
        assert_non_null(fixture_clock(&fixture, *at));
    }
    assert_null(fixture_clock(&fixture, "2100-01-01T12:00:00Z"));
    assert_non_null(fixture_clock(&fixture, "2099-12-31T12:00:00Z"));
}

static void an_empty_time_only_asks(void **state) {
    (void)state;
    const Elp__V1__ClockReply *reply = fixture_clock(&fixture, "2024-06-01T12:00:00Z");
    assert_int_equal(reply->at_us, instant("2024-06-01T12:00:00Z"));
    assert_true(reply->simulated);
    assert_int_equal(reply->head, fixture.journal.head);
    reply = fixture_clock(&fixture, "");
    assert_int_equal(reply->at_us, instant("2024-06-01T12:00:00Z"));
}

static void only_the_operator_sets_the_clock(void **state) {
    (void)state;
    Elp__V1__SetClock set = ELP__V1__SET_CLOCK__INIT;
    assert_null(intake_fixture_call(&fixture, fixture_principal("authority", ROLE_AUTHORITY, "*"),
                                    ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SET_CLOCK, &set.base,
                                    &elp__v1__clock_reply__descriptor));
    assert_string_equal(fixture.refused->code, "denied");
}

static void a_restart_keeps_the_manual_time_and_the_day(void **state) {
    (void)state;
    assert_non_null(fixture_clock(&fixture, "2024-06-01T12:00:00.000001Z"));
    uint64_t head = fixture.journal.head;
    char epoch[17];
    memcpy(epoch, intake_service.epoch(fixture.core), sizeof epoch);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(intake_service.at(fixture.core), instant("2024-06-01T12:00:00.000001Z"));
    assert_string_equal(intake_service.epoch(fixture.core), epoch);
    intake_fixture_turn(&fixture);
    assert_int_equal(fixture.journal.head, head);
}

static void the_real_clock_follows_the_machine_and_never_goes_back(void **state) {
    (void)state;
    fixture.machine = instant("2026-03-01T10:00:00Z");
    intake_fixture_turn(&fixture);
    assert_int_equal(fixture_record(&fixture, 1)->at_us, instant("2026-03-01T10:00:00Z"));
    assert_false(fixture_record(&fixture, 1)->genesis->simulated);
    assert_day(2, "2026-03-01", "2026-03-01T10:00:00Z");
    fixture.machine = instant("2026-03-01T09:00:00Z");
    intake_fixture_turn(&fixture);
    assert_int_equal(intake_service.at(fixture.core), instant("2026-03-01T10:00:00Z"));
    assert_false(intake_service.turn_due(fixture.core, instant("2026-03-01T22:59:59Z")));
    assert_true(intake_service.turn_due(fixture.core, instant("2026-03-01T23:00:00Z")));
    fixture.machine = instant("2026-03-03T08:00:00Z");
    intake_fixture_turn(&fixture);
    assert_int_equal(fixture.journal.head, 4);
    assert_day(3, "2026-03-02", "2026-03-02T00:00:00+01:00");
    assert_day(4, "2026-03-03", "2026-03-03T00:00:00+01:00");
    assert_int_equal(intake_service.at(fixture.core), instant("2026-03-03T08:00:00Z"));
}

static void a_machine_that_does_not_know_the_year_writes_nothing(void **state) {
    (void)state;
    static const char *const wrong[] = {"1970-01-01T00:00:00Z", "2018-12-31T22:59:59Z", "2099-12-31T23:00:00Z"};
    for (size_t i = 0; i < 3; i++) {
        char said[512];
        struct store_txn *txn = NULL;
        assert_int_equal(store_begin_write(fixture.store.store, &txn), 0);
        stderr_capture_begin();
        int outcome = intake_service.begin_turn(fixture.core, txn, instant(wrong[i]));
        stderr_capture_end(said, sizeof said);
        store_abort(txn);
        assert_int_equal(outcome, FAILURE_CONFIG);
        assert_non_null(strstr(said, "clock"));
        assert_int_equal(fixture.journal.head, 0);
    }
}

static void nobody_sets_the_real_clock(void **state) {
    (void)state;
    fixture.machine = instant("2026-03-01T10:00:00Z");
    assert_null(fixture_clock(&fixture, "2026-03-01T11:00:00Z"));
    assert_string_equal(fixture.refused->code, "simulated-only");
    const Elp__V1__ClockReply *reply = fixture_clock(&fixture, "");
    assert_false(reply->simulated);
    assert_int_equal(reply->at_us, fixture.machine);
}

static void a_store_opens_only_on_its_own_kind_of_clock(void **state) {
    (void)state;
    char said[1024];
    bool manual = fixture.cell.manual_clock;
    fixture.machine = instant("2026-03-01T10:00:00Z");
    intake_fixture_turn(&fixture);
    fixture.cell.manual_clock = !manual;
    stderr_capture_begin();
    int outcome = intake_fixture_reopen(&fixture);
    stderr_capture_end(said, sizeof said);
    assert_int_equal(outcome, FAILURE_CONFIG);
    assert_non_null(strstr(said, manual ? "clock: manual" : "clock: real"));
    fixture.cell.manual_clock = manual;
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
}

int main(void) {
#define MANUAL(name) cmocka_unit_test_setup_teardown(name, open_manual, close_all)
#define REAL(name) cmocka_unit_test_setup_teardown(name, open_real, close_all)
    const struct CMUnitTest tests[] = {
        MANUAL(a_simulated_cell_begins_with_2024),
        MANUAL(every_brussels_day_gets_one_record_with_an_instant_of_that_day),
        MANUAL(a_day_begins_at_brussels_midnight_also_in_summer),
        MANUAL(the_manual_clock_ignores_the_machine),
        MANUAL(the_manual_clock_never_goes_back_and_jumps_at_most_ten_years),
        MANUAL(an_empty_time_only_asks),
        MANUAL(only_the_operator_sets_the_clock),
        MANUAL(a_restart_keeps_the_manual_time_and_the_day),
        MANUAL(a_store_opens_only_on_its_own_kind_of_clock),
        REAL(the_real_clock_follows_the_machine_and_never_goes_back),
        REAL(a_machine_that_does_not_know_the_year_writes_nothing),
        REAL(nobody_sets_the_real_clock),
        REAL(a_store_opens_only_on_its_own_kind_of_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
