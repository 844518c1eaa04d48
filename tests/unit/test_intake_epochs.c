/*
 * Goal: a store that came back from a backup begins a new epoch, once; ids given before keep their epoch and go on leading to
 * their attestations, ids of lost records lead nowhere, and none is given twice.
 * Method: a world is written, copied, written on and put back from the copy, twice; ids of all three lives are quoted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "services/intake/intake_core.h"
#include "services/intake/intake_service.h"
#include "tests/support/intake_fixture.h"
#include "tests/support/stderr_capture.h"

#define ID_BYTES 64
#define PATH_BYTES (TEMPORARY_PATH_BYTES + 32)

static struct intake_fixture fixture;
static struct fixture_line line;
static char backup[PATH_BYTES]; /* a data.mdb */

static int open_world(void **state) {
    (void)state;
    intake_fixture_open(&fixture, FIXTURE_WORLD, true);
    (void)snprintf(backup, sizeof backup, "%s/copy", fixture.store.folder);
    return 0;
}

static int close_world(void **state) {
    (void)state;
    intake_fixture_close(&fixture);
    return 0;
}

static const char *epoch(void) {
    return intake_service.epoch(fixture.core);
}

static void keep_epoch(char out[EPOCH_BYTES]) {
    memcpy(out, epoch(), EPOCH_BYTES);
}

/* Accepts a line on a day of May at nine and keeps its id. */
static void attest(const char *key, int day, char out[ID_BYTES]) {
    static char date[16];
    fixture_individual(&line, key);
    (void)snprintf(date, sizeof date, "2024-05-%02d", day);
    line.line.date = date;
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    (void)snprintf(out, ID_BYTES, "%s", verdict->id);
    assert_int_equal(strncmp(out, epoch(), EPOCH_BYTES - 1), 0);
}

static void back_up(void) {
    int fd = open(backup, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(store_copy(fixture.store.store, fd, true), 0);
    (void)close(fd);
}

/* Puts the copy in the store's place and opens it, as the daemon does with a backup. */
static int put_back(const char *name) {
    char data[PATH_BYTES];
    char locks[PATH_BYTES];
    char said[4096];
    (void)snprintf(data, sizeof data, "%s/data.mdb", fixture.store.folder);
    (void)snprintf(locks, sizeof locks, "%s/lock.mdb", fixture.store.folder);
    intake_service.close(fixture.core);
    fixture.core = NULL;
    store_close(fixture.store.store);
    fixture.store.store = NULL;
    assert_int_equal(rename(backup, data), 0);
    assert_int_equal(unlink(locks), 0);
    fixture.restored = name;
    stderr_capture_begin();
    int failure = intake_fixture_reopen(&fixture);
    (void)stderr_capture_end(said, sizeof said);
    fixture.restored = NULL;
    return failure;
}

static bool is_found(const char *id) {
    Elp__V1__AttestationQuery query = ELP__V1__ATTESTATION_QUERY__INIT;
    query.id = (char *)id;
    const Elp__V1__AttestationReply *reply =
        intake_fixture_call(&fixture, fixture_demo(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_ATTESTATION_QUERY,
                            &query.base, &elp__v1__attestation_reply__descriptor);
    if (reply != NULL) {
        assert_string_equal(reply->verdict->id, id);
    }
    return reply != NULL;
}

static void a_restore_is_recorded_with_a_new_epoch_and_the_time_of_the_last_record(void **state) {
    (void)state;
    char before[EPOCH_BYTES];
    char id[ID_BYTES];
    attest("a", 2, id);
    back_up();
    keep_epoch(before);
    uint64_t head = fixture.journal.head;
    instant_us at = intake_service.at(fixture.core);
    assert_int_equal(put_back("monday"), 0);
    assert_int_equal(fixture.journal.head, head + 1);
    const Elp__V1__IntakeRecord *record = fixture_record(&fixture, head + 1);
    assert_int_equal(record->body_case, ELP__V1__INTAKE_RECORD__BODY_RESTORED);
    assert_string_equal(record->restored->epoch, epoch());
    assert_string_equal(record->restored->backup, "monday");
    assert_int_equal(record->restored->previous, 1);
    assert_int_equal(record->at_us, at);
    assert_string_not_equal(epoch(), before);
}

static void ids_keep_their_epoch_and_those_of_lost_records_lead_nowhere(void **state) {
    (void)state;
    char kept[ID_BYTES];
    char lost[2][ID_BYTES];
    char given[2][ID_BYTES];
    attest("a", 2, kept);
    back_up();
    attest("b", 3, lost[0]);
    attest("c", 6, lost[1]);
    assert_int_equal(put_back("monday"), 0);
    assert_true(is_found(kept));
    assert_false(is_found(lost[0]));
    attest("b", 3, given[0]);
    attest("c", 6, given[1]);
    for (int i = 0; i < 2; i++) {
        assert_string_not_equal(given[i], lost[i]);
        assert_true(is_found(given[i]));
        assert_false(is_found(lost[i]));
    }
    /* The number of a lost record is another one's now; quoting the lost id does not touch that one. */
    const Elp__V1__CancelReply *reply = fixture_cancel(&fixture, fixture_demo(), lost[1], "x", "");
    assert_false(reply->cancelled);
    assert_string_equal(reply->refusal->code, "not-found");
    assert_true(fixture_cancel(&fixture, fixture_demo(), kept, "y", "")->cancelled);
}

static void a_resent_line_from_before_gets_its_first_verdict_and_id(void **state) {
    (void)state;
    char id[ID_BYTES];
    attest("a", 2, id);
    back_up();
    assert_int_equal(put_back("monday"), 0);
    const Elp__V1__LineVerdict *again = fixture_submit(&fixture, &line.line);
    assert_int_equal(again->result, ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE);
    assert_string_equal(again->verdict->id, id);
}

static void restores_follow_each_other_and_restarts_renew_nothing(void **state) {
    (void)state;
    char texts[3][EPOCH_BYTES];
    uint64_t from[3] = {1};
    char ids[3][ID_BYTES];
    keep_epoch(texts[0]);
    attest("a", 2, ids[0]);
    for (int i = 1; i <= 2; i++) {
        back_up();
        assert_int_equal(put_back(i == 1 ? "monday" : "tuesday"), 0);
        keep_epoch(texts[i]);
        from[i] = fixture.journal.head;
        assert_int_equal(fixture_record(&fixture, from[i])->restored->previous, from[i - 1]);
        attest(i == 1 ? "b" : "c", 5 + i, ids[i]);
    }
    uint64_t head = fixture.journal.head;
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(fixture.journal.head, head);
    const struct intake_core *core = fixture.core;
    assert_int_equal(core->epochs.count, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(core->epochs.items[i].from, from[i]);
        assert_string_equal(core->epochs.items[i].text, texts[i]);
        assert_true(is_found(ids[i]));
    }
}

static void an_empty_store_needs_no_renewal(void **state) {
    (void)state;
    struct intake_fixture empty;
    intake_fixture_open(&empty, FIXTURE_EMPTY, true);
    empty.restored = "monday";
    assert_int_equal(intake_fixture_reopen(&empty), 0);
    assert_int_equal(empty.journal.head, 0);
    assert_string_equal(intake_service.epoch(empty.core), "");
    intake_fixture_close(&empty);
}

#define CASE(claim) cmocka_unit_test_setup_teardown(claim, open_world, close_world)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_restore_is_recorded_with_a_new_epoch_and_the_time_of_the_last_record),
        CASE(ids_keep_their_epoch_and_those_of_lost_records_lead_nowhere),
        CASE(a_resent_line_from_before_gets_its_first_verdict_and_id),
        CASE(restores_follow_each_other_and_restarts_renew_nothing),
        cmocka_unit_test(an_empty_store_needs_no_renewal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
