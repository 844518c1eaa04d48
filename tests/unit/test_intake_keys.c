/*
 * Goal: an idempotency key belongs to one content for ever: a resend gets its first verdict, another content is named
 * by its first differing field, and a dry run says what a real run would and leaves no trace.
 * Method: lines go through the handler on a real store, again, changed, after a restart and side by side with dry runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/intake/tables.h"
#include "services/intake/vault.h"
#include "tests/support/intake_fixture.h"
#include "tests/support/intake_world.h"

static struct intake_fixture fixture;
static struct fixture_line line;
static struct fixture_line other;

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

/* A verdict as bytes, so that two can be compared whole after the arena they lay in was used again. */
struct kept {
    size_t bytes;
    uint8_t data[16384];
};

static void keep(const Elp__V1__Verdict *verdict, struct kept *out) {
    out->bytes = elp__v1__verdict__get_packed_size(verdict);
    assert_true(out->bytes <= sizeof out->data);
    (void)elp__v1__verdict__pack(verdict, out->data);
}

static void assert_same(const struct kept *a, const struct kept *b) {
    assert_int_equal(a->bytes, b->bytes);
    assert_memory_equal(a->data, b->data, a->bytes);
}

static uint64_t rows_in(struct store *store, size_t table) {
    struct store_txn *txn = NULL;
    uint64_t count = 0;
    assert_int_equal(store_begin_read(store, &txn), 0);
    assert_int_equal(store_count(txn, table, &count), 0);
    store_abort(txn);
    return count;
}

static uint64_t rows(size_t table) {
    return rows_in(fixture.store.store, table);
}

static uint64_t people(void) {
    assert_int_equal(rows_in(fixture.vault.store, VAULT_LOOKUP), rows_in(fixture.vault.store, VAULT_PEOPLE));
    return rows_in(fixture.vault.store, VAULT_PEOPLE);
}

/* --- resends ------------------------------------------------------------------------------------------------------ */

static void a_resend_gets_its_first_verdict_unchanged_also_after_a_restart(void **state) {
    (void)state;
    struct kept first;
    struct kept again;
    for (int i = 0; i < 3; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "k%d", i);
        fixture_individual(&line, key);
        line.line.start = (char *)(i == 0 ? "09:00" : i == 1 ? "10:00" : "11:00");
        if (i == 1) {
            line.beneficiaries[0].birth_date = (char *)"1999-01-01"; /* accepted with a remark */
        }
        if (i == 2) {
            line.line.minutes = 10;
            line.line.other_funding = true; /* refused for two reasons */
        }
        keep(fixture_submit(&fixture, &line.line)->verdict, &first);
        uint64_t head = fixture.journal.head;
        assert_non_null(fixture_clock(&fixture, i == 0   ? "2024-06-01T00:00:00Z"
                                                : i == 1 ? "2024-06-02T00:00:00Z"
                                                         : "2024-06-03T00:00:00Z"));
        head = fixture.journal.head;
        const Elp__V1__LineVerdict *answer = fixture_submit(&fixture, &line.line);
        assert_int_equal(answer->result, ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE);
        keep(answer->verdict, &again);
        assert_same(&first, &again);
        assert_int_equal(intake_fixture_reopen(&fixture), 0);
        answer = fixture_submit(&fixture, &line.line);
        assert_int_equal(answer->result, ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE);
        keep(answer->verdict, &again);
        assert_same(&first, &again);
        assert_int_equal(fixture.journal.head, head);
    }
}

static void sameness_is_judged_on_validated_fields(void **state) {
    (void)state;
    char spaced[16];
    fixture_individual(&line, "a");
    uint64_t number = fixture_submit(&fixture, &line.line)->verdict->number;
    (void)snprintf(spaced, sizeof spaced, "%.6s-%.3s.%.2s", line.niss[0], line.niss[0] + 6, line.niss[0] + 9);
    line.beneficiaries[0].niss = spaced;
    line.line.provider = (char *)"1-92340-11-004";
    const Elp__V1__LineVerdict *answer = fixture_submit(&fixture, &line.line);
    assert_int_equal(answer->result, ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE);
    assert_int_equal(answer->verdict->number, number);
}

struct change {
    const char *field;
    void (*make)(struct fixture_line *line);
};

static void network(struct fixture_line *l) {
    l->line.network = (char *)"N2";
}
static void provider(struct fixture_line *l) {
    l->line.provider = (char *)FIXTURE_P2;
}
static void bad_provider(struct fixture_line *l) {
    l->line.provider = (char *)"19234011005";
}
static void service(struct fixture_line *l) {
    l->line.service = ELP__V1__SERVICE__SERVICE_INDIVIDUAL;
}
static void function(struct fixture_line *l) {
    l->line.function = ELP__V1__FUNCTION__FUNCTION_F3;
}
static void date(struct fixture_line *l) {
    l->line.date = (char *)"2024-05-13";
}
static void bad_date(struct fixture_line *l) {
    l->line.date = (char *)"2024-05-32";
}
static void start(struct fixture_line *l) {
    l->line.start = (char *)"14:01";
}
static void minutes(struct fixture_line *l) {
    l->line.minutes++;
}
static void direct_minutes(struct fixture_line *l) {
    l->line.direct_minutes++;
}
static void site(struct fixture_line *l) {
    l->line.site = (char *)"S1";
}
static void niss(struct fixture_line *l) {
    l->beneficiaries[1].niss = l->niss[50];
}
static void birth(struct fixture_line *l) {
    l->beneficiaries[0].birth_date = (char *)"1980-02-02";
}
static void ct1(struct fixture_line *l) {
    l->beneficiaries[3].ct1 = (char *)"111";
}
static void ct2(struct fixture_line *l) {
    l->beneficiaries[3].ct2 = (char *)"";
}
static void one_more(struct fixture_line *l) {
    fixture_people(l, 5, 100, "1980-02-01");
}
static void one_less(struct fixture_line *l) {
    l->line.n_beneficiaries = 3;
}
static void head_count(struct fixture_line *l) {
    l->line.head_count = 4;
}
static void defined_group(struct fixture_line *l) {
    l->line.defined_group = true;
}
static void second_provider(struct fixture_line *l) {
    l->line.second_provider = (char *)FIXTURE_P2;
}
static void second_leader(struct fixture_line *l) {
    l->line.second_leader = (char *)"D1";
}
static void programme(struct fixture_line *l) {
    l->line.programme = (char *)"G2";
}
static void other_funding(struct fixture_line *l) {
    l->line.other_funding = true;
}
static void eating_disorder(struct fixture_line *l) {
    l->line.eating_disorder = true;
}
static void entourage(struct fixture_line *l) {
    l->line.entourage = true;
}
static void assessment_date(struct fixture_line *l) {
    l->line.assessment_date = (char *)"2024-05-01";
}
static void replaces(struct fixture_line *l) {
    l->line.replaces = (char *)"0123456789abcdef-7";
}
static void two_at_once(struct fixture_line *l) {
    entourage(l);
    birth(l);
}

static const struct change changes[] = {
    {"network", network},
    {"provider", provider},
    {"provider", bad_provider},
    {"service", service},
    {"function", function},
    {"date", date},
    {"date", bad_date},
    {"start", start},
    {"minutes", minutes},
    {"direct_minutes", direct_minutes},
    {"site", site},
    {"beneficiaries[1].niss", niss},
    {"beneficiaries[0].birth_date", birth},
    {"beneficiaries[3].ct1", ct1},
    {"beneficiaries[3].ct2", ct2},
    {"beneficiaries[4]", one_more},
    {"beneficiaries[3]", one_less},
    {"head_count", head_count},
    {"defined_group", defined_group},
    {"second_provider", second_provider},
    {"second_leader", second_leader},
    {"programme", programme},
    {"other_funding", other_funding},
    {"eating_disorder", eating_disorder},
    {"entourage", entourage},
    {"assessment_date", assessment_date},
    {"replaces", replaces},
    {"beneficiaries[0].birth_date", two_at_once},
};

static void another_content_under_a_key_is_named_by_its_first_differing_field(void **state) {
    (void)state;
    fixture_group(&line, "a");
    uint64_t number = fixture_submit(&fixture, &line.line)->verdict->number;
    uint64_t head = fixture.journal.head;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        fixture_group(&line, "a");
        (void)fixture_niss(1990, 1, 1, 7, line.niss[50]);
        changes[i].make(&line);
        const Elp__V1__LineVerdict *answer = fixture_submit(&fixture, &line.line);
        assert_int_equal(answer->result, ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT);
        assert_non_null(answer->conflict);
        assert_string_equal(answer->conflict->code, "key-conflict");
        assert_string_equal(answer->conflict->field, changes[i].field);
        assert_int_equal(answer->verdict->number, number);
        assert_int_equal(answer->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    }
    assert_int_equal(fixture.journal.head, head);
}

static void a_content_that_cannot_be_read_is_compared_as_it_came(void **state) {
    (void)state;
    fixture_group(&line, "a");
    line.beneficiaries[0].niss = (char *)"85073003329";
    line.beneficiaries[1].birth_date = (char *)"1980-02-30";
    assert_int_equal(fixture_submit(&fixture, &line.line)->result, ELP__V1__LINE_RESULT__LINE_RESULT_NEW);
    assert_int_equal(fixture_submit(&fixture, &line.line)->result, ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE);
    line.beneficiaries[1].birth_date = (char *)"1980-02-31";
    const Elp__V1__LineVerdict *answer = fixture_submit(&fixture, &line.line);
    assert_string_equal(answer->conflict->field, "beneficiaries[1].birth_date");
}

static void two_principals_may_use_the_same_key(void **state) {
    (void)state;
    struct world_fact fact;
    const struct principal *second = fixture_principal("second", ROLE_INTEGRATOR, "*");
    world_representation(&fact, "second", FIXTURE_P2);
    assert_int_equal(fixture_load(&fixture, fixture_operator(), &fact.fact)->result,
                     ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED);
    fixture_individual(&line, "a");
    assert_int_equal(fixture_submit(&fixture, &line.line)->result, ELP__V1__LINE_RESULT__LINE_RESULT_NEW);
    line.line.provider = (char *)FIXTURE_P2;
    assert_int_equal(fixture_submit_as(&fixture, second, &line.line, false)->result,
                     ELP__V1__LINE_RESULT__LINE_RESULT_NEW);
}

/* --- what is not recorded ----------------------------------------------------------------------------------------- */

static void a_line_without_a_usable_key_is_refused_and_not_recorded(void **state) {
    (void)state;
    uint8_t long_key[65];
    memset(long_key, 'k', sizeof long_key);
    uint64_t head = fixture.journal.head;
    fixture_individual(&line, "");
    const Elp__V1__LineVerdict *answer = fixture_submit(&fixture, &line.line);
    assert_string_equal(fixture_reason(answer->verdict, "malformed")->field, "key");
    line.line.key = (ProtobufCBinaryData){65, long_key};
    answer = fixture_submit(&fixture, &line.line);
    assert_string_equal(fixture_reason(answer->verdict, "malformed")->field, "key");
    assert_int_equal(fixture.journal.head, head);
    line.line.key.len = 64;
    answer = fixture_submit(&fixture, &line.line);
    assert_int_equal(answer->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
}

static void a_provider_that_the_sender_does_not_represent_is_refused_and_the_key_stays_free(void **state) {
    (void)state;
    struct world_fact fact;
    const struct principal *sender = fixture_principal("other", ROLE_INTEGRATOR, "*");
    fixture_individual(&line, "a");
    uint64_t head = fixture.journal.head;
    const Elp__V1__LineVerdict *answer = fixture_submit_as(&fixture, sender, &line.line, false);
    assert_string_equal(answer->verdict->reasons[0]->code, "not-represented");
    assert_string_equal(answer->verdict->reasons[0]->field, "provider");
    assert_int_equal(fixture.journal.head, head);
    world_representation(&fact, "other", FIXTURE_P1);
    assert_int_equal(fixture_load(&fixture, fixture_operator(), &fact.fact)->result,
                     ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED);
    answer = fixture_submit_as(&fixture, sender, &line.line, false);
    assert_int_equal(answer->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    fixture_individual(&line, "b");
    line.line.provider = (char *)FIXTURE_P2;
    answer = fixture_submit_as(&fixture, sender, &line.line, false);
    assert_string_equal(answer->verdict->reasons[0]->code, "not-represented");
}

/* --- dry runs ----------------------------------------------------------------------------------------------------- */

#define BATCH_LINES 8

/* Lines that judge each other: a key twice, a session twice, a first and a second session, a replacement of nothing. */
static Elp__V1__SubmitBatch *make_batch(bool dry_run) {
    static struct fixture_line lines[BATCH_LINES];
    static Elp__V1__AttestationLine *pointers[BATCH_LINES];
    static Elp__V1__SubmitBatch batch;
    for (size_t i = 0; i < BATCH_LINES; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "k%zu", i);
        fixture_individual(&lines[i], key);
        pointers[i] = &lines[i].line;
    }
    lines[1].line.start = (char *)"10:00"; /* the same person's second session */
    lines[2].key[1] = '0';                 /* key of the first line, same content */
    lines[3].key[1] = '0';                 /* and another content */
    lines[3].line.minutes = 50;
    fixture_people(&lines[4], 1, 77, "1990-03-03"); /* another person at the first one's time */
    lines[5].line.minutes = 3;
    fixture_group(&lines[6], "k6");
    fixture_group(&lines[7], "k7");
    lines[7].line.date = (char *)"2024-05-15";
    lines[7].beneficiaries[2].birth_date = (char *)"1985-05-05";
    elp__v1__submit_batch__init(&batch);
    batch.n_lines = BATCH_LINES;
    batch.lines = pointers;
    batch.dry_run = dry_run;
    return &batch;
}

static const Elp__V1__BatchVerdicts *submit_batch(bool dry_run) {
    const Elp__V1__BatchVerdicts *verdicts =
        intake_fixture_call(&fixture, fixture_demo(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH,
                            &make_batch(dry_run)->base, &elp__v1__batch_verdicts__descriptor);
    assert_non_null(verdicts);
    assert_int_equal(verdicts->n_lines, BATCH_LINES);
    return verdicts;
}

/* The verdict without what only a record has. */
static void keep_bare(const Elp__V1__Verdict *verdict, struct kept *out) {
    Elp__V1__Verdict bare = *verdict;
    bare.id = (char *)"";
    bare.number = 0;
    keep(&bare, out);
}

static void a_dry_run_gives_the_verdicts_of_the_real_run_and_leaves_no_trace(void **state) {
    (void)state;
    static struct kept dry[BATCH_LINES];
    Elp__V1__LineResult results[BATCH_LINES];
    struct kept real;
    uint64_t head = fixture.journal.head;
    const Elp__V1__BatchVerdicts *verdicts = submit_batch(true);
    for (size_t i = 0; i < BATCH_LINES; i++) {
        keep_bare(verdicts->lines[i]->verdict, &dry[i]);
        results[i] = verdicts->lines[i]->result;
        assert_int_equal(verdicts->lines[i]->verdict->number, 0);
        assert_string_equal(verdicts->lines[i]->verdict->id, "");
    }
    assert_int_equal(fixture.journal.head, head);
    assert_int_equal(people(), 0);
    assert_int_equal(rows(TABLE_PERSON_INDEX), 0);
    assert_int_equal(rows(TABLE_KEYS), 0);
    verdicts = submit_batch(false);
    for (size_t i = 0; i < BATCH_LINES; i++) {
        keep_bare(verdicts->lines[i]->verdict, &real);
        assert_same(&dry[i], &real);
        assert_int_equal(results[i], verdicts->lines[i]->result == ELP__V1__LINE_RESULT__LINE_RESULT_NEW
                                         ? ELP__V1__LINE_RESULT__LINE_RESULT_DRY_RUN
                                         : verdicts->lines[i]->result);
    }
    assert_int_equal(verdicts->lines[2]->result, ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE);
    assert_int_equal(verdicts->lines[3]->result, ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT);
    assert_int_equal(fixture_reasons(verdicts->lines[4]->verdict, "already-attested"), 1);
    /* One individual, four of the groups, and the one whose line was refused. */
    assert_int_equal(people(), 6);
}

static void a_dry_run_of_a_known_key_gives_the_first_verdict(void **state) {
    (void)state;
    fixture_individual(&line, "a");
    uint64_t number = fixture_submit(&fixture, &line.line)->verdict->number;
    const Elp__V1__LineVerdict *answer = fixture_submit_as(&fixture, fixture_demo(), &line.line, true);
    assert_int_equal(answer->result, ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE);
    assert_int_equal(answer->verdict->number, number);
}

/* --- first session ------------------------------------------------------------------------------------------------ */

static bool first_session(const char *key, const char *day, const char *start_text) {
    fixture_individual(&other, key);
    other.line.date = (char *)day;
    other.line.start = (char *)start_text;
    other.line.entourage = true; /* so that two may stand on one day */
    const Elp__V1__LineVerdict *answer = fixture_submit(&fixture, &other.line);
    assert_int_equal(answer->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    return fixture_record(&fixture, answer->verdict->number)->accepted->beneficiaries[0]->first_session;
}

static void the_first_individual_session_of_twelve_months_is_marked_on_acceptance(void **state) {
    (void)state;
    assert_non_null(fixture_clock(&fixture, "2024-06-20T12:00:00+02:00"));
    assert_true(first_session("a", "2024-05-14", "09:00"));
    assert_false(first_session("b", "2024-05-14", "10:00"));
    assert_false(first_session("c", "2024-06-01", "09:00"));
    /* An earlier date that arrives later is first in its own months and moves nothing. */
    assert_true(first_session("d", "2024-05-01", "09:00"));
    assert_non_null(fixture_clock(&fixture, "2025-06-20T12:00:00+02:00"));
    assert_false(first_session("e", "2025-05-31", "09:00"));
    /* A year after the last of May nothing stands in the months that end that day but the session of that day. */
    assert_false(first_session("f", "2025-05-31", "10:00"));
}

static void the_window_of_the_first_session_starts_the_day_after_that_day_a_year_before(void **state) {
    (void)state;
    assert_true(first_session("a", "2024-05-14", "09:00"));
    assert_non_null(fixture_clock(&fixture, "2025-05-20T12:00:00+02:00"));
    assert_true(first_session("b", "2025-05-14", "09:00"));
    fixture_individual(&other, "x");
    fixture_people(&other, 1, 50, "1970-01-01");
    other.line.date = (char *)"2025-03-01";
    assert_int_equal(fixture_submit(&fixture, &other.line)->verdict->kind,
                     ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
}

static void a_group_is_no_individual_session(void **state) {
    (void)state;
    fixture_group(&line, "g");
    fixture_people(&line, 4, 1, "1980-02-01");
    uint64_t number = fixture_submit(&fixture, &line.line)->verdict->number;
    assert_false(fixture_record(&fixture, number)->accepted->beneficiaries[0]->first_session);
    assert_true(first_session("a", "2024-05-14", "09:00"));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        CASE(a_resend_gets_its_first_verdict_unchanged_also_after_a_restart),
        CASE(sameness_is_judged_on_validated_fields),
        CASE(another_content_under_a_key_is_named_by_its_first_differing_field),
        CASE(a_content_that_cannot_be_read_is_compared_as_it_came),
        CASE(two_principals_may_use_the_same_key),
        CASE(a_line_without_a_usable_key_is_refused_and_not_recorded),
        CASE(a_provider_that_the_sender_does_not_represent_is_refused_and_the_key_stays_free),
        CASE(a_dry_run_gives_the_verdicts_of_the_real_run_and_leaves_no_trace),
        CASE(a_dry_run_of_a_known_key_gives_the_first_verdict),
        CASE(the_first_individual_session_of_twelve_months_is_marked_on_acceptance),
        CASE(the_window_of_the_first_session_starts_the_day_after_that_day_a_year_before),
        CASE(a_group_is_no_individual_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
