/*
 * Goal: a cancellation or a replacement ends exactly the attestation that it quotes, by whom and when it may, once, and
 * frees what hung on it.
 * Method: attestations are accepted, cancelled and replaced through the handlers on a real store, also across a restart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "services/intake/tables.h"
#include "tests/support/intake_fixture.h"
#include "tests/support/intake_world.h"

static struct intake_fixture fixture;
static struct fixture_line line;
static char id[64];

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

/* Accepts the line and keeps its id. */
static uint64_t accept_line(void) {
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    (void)snprintf(id, sizeof id, "%s", verdict->id);
    return verdict->number;
}

static uint64_t accept_individual(const char *key) {
    fixture_individual(&line, key);
    return accept_line();
}

static void assert_not_cancelled(const Elp__V1__CancelReply *reply, const char *code, const char *field) {
    assert_non_null(reply);
    assert_false(reply->cancelled);
    assert_string_equal(reply->refusal->code, code);
    assert_string_equal(reply->refusal->field, field);
    assert_true(reply->refusal->remedy[0] != '\0');
}

static uint64_t assert_cancelled(const Elp__V1__CancelReply *reply) {
    assert_non_null(reply);
    assert_true(reply->cancelled);
    assert_null(reply->refusal);
    return reply->number;
}

static uint64_t index_rows(void) {
    struct store_txn *txn = NULL;
    uint64_t count = 0;
    assert_int_equal(store_begin_read(fixture.store.store, &txn), 0);
    assert_int_equal(store_count(txn, TABLE_PERSON_INDEX, &count), 0);
    store_abort(txn);
    return count;
}

/* --- cancelling --------------------------------------------------------------------------------------------------- */

static void an_integrator_cancels_its_own_line_before_the_deadline_without_reason(void **state) {
    (void)state;
    uint64_t number = accept_individual("a");
    assert_non_null(fixture_clock(&fixture, "2024-08-05T23:59:59+02:00"));
    uint64_t by = assert_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", ""));
    const Elp__V1__AttestationCancelled *cancelled = fixture_record(&fixture, by)->cancelled;
    assert_int_equal(cancelled->attestation, number);
    assert_string_equal(cancelled->network, "N1");
    assert_string_equal(cancelled->principal, "demo");
    assert_int_equal(index_rows(), 0);
}

static void after_the_deadline_only_network_and_operator_cancel_with_a_reason(void **state) {
    (void)state;
    const struct principal *network = fixture_principal("net1", ROLE_NETWORK, "N1");
    (void)accept_individual("a");
    assert_non_null(fixture_clock(&fixture, "2024-08-06T00:00:00+02:00"));
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", "a slip"), "deadline-passed", "id");
    assert_not_cancelled(fixture_cancel(&fixture, network, id, "c", ""), "malformed", "reason");
    (void)assert_cancelled(fixture_cancel(&fixture, network, id, "c", "never held"));
    fixture_individual(&line, "b");
    line.line.date = (char *)"2024-07-14";
    (void)accept_line();
    assert_non_null(fixture_clock(&fixture, "2025-01-01T00:00:00+01:00"));
    assert_not_cancelled(fixture_cancel(&fixture, fixture_operator(), id, "d", ""), "malformed", "reason");
    (void)assert_cancelled(fixture_cancel(&fixture, fixture_operator(), id, "d", "never held"));
}

static void a_resolved_problem_moves_the_end_of_the_integrators_right_too(void **state) {
    (void)state;
    struct world_fact fact;
    (void)accept_individual("a");
    world_statement(&fact, line.niss[0], "2024-01-01", true);
    fact.body.statement.resolved_on = (char *)"2024-06-10";
    assert_non_null(fixture_clock(&fixture, "2024-06-10T00:00:00+02:00"));
    (void)fixture_load(&fixture, fixture_operator(), &fact.fact);
    assert_non_null(fixture_clock(&fixture, "2024-09-10T12:00:00+02:00"));
    (void)assert_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", ""));
}

static void a_withdrawn_resolution_ends_the_integrators_right_again(void **state) {
    (void)state;
    struct world_fact fact;
    (void)accept_individual("a");
    assert_non_null(fixture_clock(&fixture, "2024-09-10T12:00:00+02:00"));
    world_statement(&fact, line.niss[0], "2024-01-01", true);
    fact.body.statement.resolved_on = (char *)"2024-09-09";
    (void)fixture_load(&fixture, fixture_operator(), &fact.fact);
    fact.body.statement.resolved_on = (char *)"";
    (void)fixture_load(&fixture, fixture_operator(), &fact.fact);
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", ""), "deadline-passed", "id");
}

static void an_attestation_that_the_sender_may_not_see_is_not_found(void **state) {
    (void)state;
    const struct principal *foreign_network = fixture_principal("net2", ROLE_NETWORK, "N2");
    const struct principal *foreign_integrator = fixture_principal("other", ROLE_INTEGRATOR, "*");
    (void)accept_individual("a");
    assert_not_cancelled(fixture_cancel(&fixture, foreign_network, id, "c", "x"), "not-found", "id");
    assert_not_cancelled(fixture_cancel(&fixture, foreign_integrator, id, "c", "x"), "not-found", "id");
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), "0123456789abcdef-7", "c", ""), "not-found", "id");
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), "", "c", ""), "not-found", "id");
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), "7", "c", ""), "not-found", "id");
    char no_line[64];
    (void)snprintf(no_line, sizeof no_line, "%.17s1", id); /* the genesis record */
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), no_line, "c", ""), "not-found", "id");
    (void)snprintf(no_line, sizeof no_line, "%.17s18446744073709551615", id);
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), no_line, "c", ""), "not-found", "id");
}

static void a_cancellation_is_idempotent_by_key(void **state) {
    (void)state;
    (void)accept_individual("a");
    uint64_t by = assert_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", "x"));
    uint64_t head = fixture.journal.head;
    assert_int_equal(assert_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", "x")), by);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(assert_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", "x")), by);
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", "y"), "key-conflict", "reason");
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), "0123456789abcdef-7", "c", "x"), "key-conflict",
                         "id");
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "d", "x"), "already-cancelled", "id");
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "a", "x"), "key-conflict", "key");
    assert_int_equal(fixture.journal.head, head);
    fixture_individual(&line, "c");
    const Elp__V1__LineVerdict *answer = fixture_submit(&fixture, &line.line);
    assert_int_equal(answer->result, ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT);
    assert_string_equal(answer->conflict->field, "key");
}

static void a_cancellation_with_an_unusable_key_or_reason_is_malformed(void **state) {
    (void)state;
    char reason[300];
    memset(reason, 'r', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    (void)accept_individual("a");
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "", ""), "malformed", "key");
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", reason), "malformed", "reason");
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", "a\nb"), "malformed", "reason");
}

static void cancelling_frees_session_and_first_session(void **state) {
    (void)state;
    (void)accept_individual("a");
    char first[64];
    (void)snprintf(first, sizeof first, "%s", id);
    fixture_individual(&line, "b");
    line.line.date = (char *)"2024-05-15";
    uint64_t second = accept_line();
    assert_false(fixture_record(&fixture, second)->accepted->beneficiaries[0]->first_session);
    (void)assert_cancelled(fixture_cancel(&fixture, fixture_demo(), first, "c", ""));
    uint64_t again = accept_individual("d");
    assert_true(fixture_record(&fixture, again)->accepted->beneficiaries[0]->first_session);
    /* What was fixed on acceptance stays. */
    assert_false(fixture_record(&fixture, second)->accepted->beneficiaries[0]->first_session);
}

static void cancelling_a_group_frees_both_leaders(void **state) {
    (void)state;
    static const char *const leaders[] = {"X1", ""};
    for (size_t i = 0; i < 2; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "g%zu", i);
        fixture_group(&line, key);
        line.line.second_leader = (char *)leaders[i];
        line.line.second_provider = (char *)(i == 0 ? "" : FIXTURE_P2);
        (void)accept_line();
        assert_int_equal(index_rows(), 6);
        (void)snprintf(key, sizeof key, "c%zu", i);
        (void)assert_cancelled(fixture_cancel(&fixture, fixture_demo(), id, key, ""));
        assert_int_equal(index_rows(), 0);
    }
}

/* --- replacing ---------------------------------------------------------------------------------------------------- */

static void a_replacement_ends_the_original_and_may_take_its_place(void **state) {
    (void)state;
    uint64_t original = accept_individual("a");
    fixture_individual(&line, "b");
    line.line.minutes = 50;
    line.line.replaces = id;
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    const Elp__V1__AttestationAccepted *accepted = fixture_record(&fixture, verdict->number)->accepted;
    assert_int_equal(accepted->replaces, original);
    assert_true(accepted->beneficiaries[0]->first_session);
    assert_int_equal(index_rows(), 2);
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", ""), "already-cancelled", "id");
    line.line.key.data[0] = 'd';
    verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(fixture_reasons(verdict, "already-cancelled"), 1);
    assert_string_equal(verdict->reasons[0]->field, "replaces");
}

static void a_replacement_that_is_refused_leaves_the_original_standing(void **state) {
    (void)state;
    (void)accept_individual("a");
    fixture_individual(&line, "b");
    line.line.minutes = 5;
    line.line.replaces = id;
    assert_int_equal(fixture_submit(&fixture, &line.line)->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_REFUSED);
    assert_int_equal(index_rows(), 2);
    (void)assert_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", ""));
}

static void a_replacement_keeps_the_deadline_of_what_it_replaces(void **state) {
    (void)state;
    (void)accept_individual("a"); /* of May: until 5 August */
    fixture_individual(&line, "b");
    line.line.date = (char *)"2024-04-30"; /* of April: until 5 July */
    line.line.replaces = id;
    assert_non_null(fixture_clock(&fixture, "2024-08-05T23:59:59+02:00"));
    (void)accept_line();
    fixture_individual(&line, "c");
    line.line.date = (char *)"2024-06-03";
    line.line.replaces = id; /* replaces the replacement: the deadline is still that of May */
    assert_non_null(fixture_clock(&fixture, "2024-08-06T00:00:00+02:00"));
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->n_reasons, 1);
    assert_string_equal(verdict->reasons[0]->code, "deadline-passed");
    assert_not_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "e", ""), "deadline-passed", "id");
}

static void only_ones_own_attestation_of_the_same_provider_is_replaced(void **state) {
    (void)state;
    struct world_fact fact;
    const struct principal *second = fixture_principal("second", ROLE_INTEGRATOR, "*");
    world_representation(&fact, "second", "*");
    (void)fixture_load(&fixture, fixture_operator(), &fact.fact);
    (void)accept_individual("a");
    fixture_individual(&line, "b");
    line.line.replaces = id;
    const Elp__V1__Verdict *verdict = fixture_submit_as(&fixture, second, &line.line, false)->verdict;
    assert_string_equal(fixture_reason(verdict, "malformed")->field, "replaces");
    assert_true(fixture_not_judged(verdict, "already-attested"));
    line.line.provider = (char *)FIXTURE_P2;
    verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_string_equal(fixture_reason(verdict, "malformed")->field, "replaces");
}

static void a_dry_run_sees_a_replacement_before_it(void **state) {
    (void)state;
    static struct fixture_line lines[3];
    Elp__V1__AttestationLine *pointers[3];
    (void)accept_individual("a");
    for (size_t i = 0; i < 3; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "r%zu", i);
        fixture_individual(&lines[i], key);
        lines[i].line.replaces = i < 2 ? id : (char *)"";
        pointers[i] = &lines[i].line;
    }
    lines[0].line.date = (char *)"2024-05-13";
    Elp__V1__SubmitBatch batch = ELP__V1__SUBMIT_BATCH__INIT;
    batch.n_lines = 3;
    batch.lines = pointers;
    for (int real = 0; real < 2; real++) {
        batch.dry_run = !real;
        const Elp__V1__BatchVerdicts *verdicts =
            intake_fixture_call(&fixture, fixture_demo(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH, &batch.base,
                                &elp__v1__batch_verdicts__descriptor);
        assert_non_null(verdicts);
        assert_int_equal(verdicts->lines[0]->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
        assert_int_equal(fixture_reasons(verdicts->lines[1]->verdict, "already-cancelled"), 1);
        assert_int_equal(verdicts->lines[2]->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    }
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static const Elp__V1__AttestationReply *ask(const struct principal *principal, const char *by_id, const char *by_key) {
    Elp__V1__AttestationQuery query = ELP__V1__ATTESTATION_QUERY__INIT;
    query.id = (char *)by_id;
    query.key = (ProtobufCBinaryData){strlen(by_key), (uint8_t *)by_key};
    return intake_fixture_call(&fixture, principal, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_ATTESTATION_QUERY, &query.base,
                               &elp__v1__attestation_reply__descriptor);
}

static void an_attestation_is_asked_for_by_id_or_key_within_the_scope(void **state) {
    (void)state;
    const struct principal *foreign_network = fixture_principal("net2", ROLE_NETWORK, "N2");
    uint64_t number = accept_individual("a");
    const Elp__V1__AttestationReply *reply = ask(fixture_demo(), id, "");
    assert_non_null(reply);
    assert_string_equal(reply->verdict->id, id);
    assert_string_equal(reply->network, "N1");
    assert_string_equal(reply->date, "2024-05-14");
    assert_string_equal(reply->principal, "demo");
    assert_int_equal(reply->function, ELP__V1__FUNCTION__FUNCTION_F2);
    assert_false(reply->cancelled);
    assert_int_equal(ask(fixture_demo(), "", "a")->verdict->number, number);
    assert_non_null(ask(fixture_principal("net1", ROLE_NETWORK, "N1"), id, ""));
    assert_non_null(ask(fixture_operator(), id, ""));
    assert_non_null(ask(fixture_principal("authority", ROLE_AUTHORITY, "*"), id, ""));
    assert_null(ask(foreign_network, id, ""));
    assert_string_equal(fixture.refused->code, "not-found");
    assert_null(ask(fixture_principal("other", ROLE_INTEGRATOR, "*"), id, ""));
    assert_null(ask(fixture_operator(), "", "a")); /* a key is its own principal's */
    assert_null(ask(fixture_demo(), "", ""));
    assert_string_equal(fixture.refused->code, "malformed");
    assert_null(ask(fixture_demo(), id, "a"));
    uint64_t by = assert_cancelled(fixture_cancel(&fixture, fixture_demo(), id, "c", ""));
    reply = ask(fixture_demo(), id, "");
    assert_true(reply->cancelled);
    assert_int_equal(reply->cancelled_by, by);
    assert_null(ask(fixture_demo(), "", "c"));
}

static void a_refused_line_is_asked_for_by_key(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    line.line.other_funding = true;
    (void)fixture_submit(&fixture, &line.line);
    const Elp__V1__AttestationReply *reply = ask(fixture_demo(), "", "a");
    assert_non_null(reply);
    assert_int_equal(reply->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_REFUSED);
    assert_string_equal(reply->verdict->reasons[0]->code, "other-funding");
    assert_string_equal(reply->date, "2024-05-14");
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        CASE(an_integrator_cancels_its_own_line_before_the_deadline_without_reason),
        CASE(after_the_deadline_only_network_and_operator_cancel_with_a_reason),
        CASE(a_resolved_problem_moves_the_end_of_the_integrators_right_too),
        CASE(a_withdrawn_resolution_ends_the_integrators_right_again),
        CASE(an_attestation_that_the_sender_may_not_see_is_not_found),
        CASE(a_cancellation_is_idempotent_by_key),
        CASE(a_cancellation_with_an_unusable_key_or_reason_is_malformed),
        CASE(cancelling_frees_session_and_first_session),
        CASE(cancelling_a_group_frees_both_leaders),
        CASE(a_replacement_ends_the_original_and_may_take_its_place),
        CASE(a_replacement_that_is_refused_leaves_the_original_standing),
        CASE(a_replacement_keeps_the_deadline_of_what_it_replaces),
        CASE(only_ones_own_attestation_of_the_same_provider_is_replaced),
        CASE(a_dry_run_sees_a_replacement_before_it),
        CASE(an_attestation_is_asked_for_by_id_or_key_within_the_scope),
        CASE(a_refused_line_is_asked_for_by_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
