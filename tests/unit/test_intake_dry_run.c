/*
 * Goal: a dry run gives the verdicts of the real run, to the last word, and leaves nothing behind.
 * Method: random batches from few people, days, providers and keys, so that lines meet each other's quota, day, hour,
 * volume, replacement and key; each batch is judged dry and then for real, and everything but numbers is compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/calendar.h"
#include "tests/support/intake_fixture.h"
#include "tests/support/intake_world.h"

#define ROUNDS 30
#define LINES 40
#define STARTS 3

static struct intake_fixture fixture;
static struct fixture_line lines[LINES];
static char dates[LINES][DATE_TEXT_BYTES];
static char replaced[LINES][64];
static char ids[256][64];
static size_t id_count;
static uint64_t sequence;

static int next_of(int below) {
    sequence = sequence * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (int)((sequence >> 33) % (uint64_t)below);
}

static void load(struct world_fact *fact) {
    assert_int_equal(fixture_load(&fixture, fixture_operator(), &fact->fact)->result,
                     ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED);
}

static int open_world(void **state) {
    struct world_fact fact;
    (void)state;
    intake_fixture_open(&fixture, FIXTURE_WORLD, true);
    assert_true(fixture_book(&fixture, ELP_SOURCE_DIR "/deploy/conventions/2019.yaml")->loaded);
    world_contract(&fact, "C1", FIXTURE_P1, "N1");
    fact.body.contract.sessions_per_month = 20;
    load(&fact);
    world_contract(&fact, "O1", FIXTURE_P1, "N1");
    fact.body.contract.convention = (char *)"2019";
    fact.body.contract.from = (char *)"2019-04-01";
    fact.body.contract.n_functions = 0;
    fact.body.contract.sessions_per_year = 60;
    load(&fact);
    return 0;
}

static int close_world(void **state) {
    (void)state;
    intake_fixture_close(&fixture);
    return 0;
}

/* A group, a concertation or an individual session, mostly sound. */
static void make_line(size_t i, int round) {
    static const char *const starts[STARTS] = {"09:00", "10:30", "14:00"};
    struct fixture_line *line = &lines[i];
    struct date first;
    char key[32];
    int kind = next_of(10);
    (void)snprintf(key, sizeof key, "k%d-%d", round, next_of(20) == 0 ? 0 : (int)i);
    if (kind == 0) {
        fixture_group(line, key);
        fixture_people(line, 4, 1 + next_of(12), "1980-02-01");
    } else {
        fixture_individual(line, key);
        fixture_people(line, 1, 1 + next_of(15), next_of(30) == 0 ? "2012-02-01" : "1980-02-01");
    }
    bool old = kind > 7;
    assert_true(date_parse(old ? "2019-04-02" : "2024-04-01", &first));
    (void)date_format(date_add_days(first, next_of(old ? 200 : 48)), dates[i], sizeof dates[i]);
    line->line.date = dates[i];
    line->line.start = (char *)starts[next_of(STARTS)];
    line->line.provider = (char *)(next_of(3) == 0 ? FIXTURE_P2 : FIXTURE_P1);
    if (kind == 1) {
        line->line.service = ELP__V1__SERVICE__SERVICE_CONCERTATION;
        line->line.professionals = 3;
        line->line.care_providers = 2;
        line->line.consent = true;
        line->line.report = next_of(4) != 0;
    } else if (kind > 1 && kind < 4) {
        line->line.function = ELP__V1__FUNCTION__FUNCTION_F3;
        line->line.assessment_date = (char *)(next_of(5) == 0 ? "" : "2024-03-01");
    } else if (old) {
        line->line.function = ELP__V1__FUNCTION__FUNCTION_UNSPECIFIED;
        line->line.referral_date = (char *)(next_of(2) == 0 ? "2019-04-01" : "2019-05-01");
        line->line.referrer = ELP__V1__REFERRER__REFERRER_PSYCHIATRIST;
    }
    line->line.entourage = next_of(8) == 0;
    if (id_count > 0 && next_of(6) == 0) {
        (void)snprintf(replaced[i], sizeof replaced[i], "%s", ids[next_of((int)id_count)]);
        line->line.replaces = replaced[i];
    }
}

/* What a verdict says, in one text. */
static void tell(const Elp__V1__LineVerdict *answer, char *out, size_t size) {
    const Elp__V1__Verdict *verdict = answer->verdict;
    size_t used = (size_t)snprintf(out, size, "%s%d", answer->conflict != NULL ? answer->conflict->field : "",
                                   (int)verdict->kind);
    for (size_t i = 0; i < verdict->n_reasons + verdict->n_warnings && used < size; i++) {
        const Elp__V1__RefusalReason *reason =
            i < verdict->n_reasons ? verdict->reasons[i] : verdict->warnings[i - verdict->n_reasons];
        used += (size_t)snprintf(out + used, size - used, "|%s %s %s %s", reason->code, reason->field, reason->reason,
                                 reason->article);
    }
    for (size_t i = 0; i < verdict->n_not_judged && used < size; i++) {
        used += (size_t)snprintf(out + used, size - used, "~%s", verdict->not_judged[i]);
    }
}

static const Elp__V1__BatchVerdicts *submit(bool dry_run) {
    static Elp__V1__AttestationLine *pointers[LINES];
    Elp__V1__SubmitBatch batch = ELP__V1__SUBMIT_BATCH__INIT;
    for (size_t i = 0; i < LINES; i++) {
        pointers[i] = &lines[i].line;
    }
    batch.n_lines = LINES;
    batch.lines = pointers;
    batch.dry_run = dry_run;
    const Elp__V1__BatchVerdicts *verdicts =
        intake_fixture_call(&fixture, fixture_demo(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH, &batch.base,
                            &elp__v1__batch_verdicts__descriptor);
    assert_non_null(verdicts);
    assert_int_equal(verdicts->n_lines, LINES);
    return verdicts;
}

static void note_codes(const Elp__V1__Verdict *verdict, const char *const *wanted, bool *seen, size_t count) {
    for (size_t c = 0; c < count; c++) {
        seen[c] = seen[c] || fixture_reasons(verdict, wanted[c]) > 0;
        for (size_t w = 0; w < verdict->n_warnings; w++) {
            seen[c] = seen[c] || strcmp(verdict->warnings[w]->code, wanted[c]) == 0;
        }
    }
}

static void a_random_batch_is_judged_dry_as_for_real(void **state) {
    static char dry[LINES][4096];
    static char real[4096];
    static const char *const wanted[] = {"quota-exceeded",       "same-day",          "already-attested",
                                         "volume-exceeded",      "series-exhausted",  "concertation-repeated",
                                         "concertation-invalid", "already-cancelled", "parallel-functions"};
    bool seen[sizeof wanted / sizeof wanted[0]] = {false};
    (void)state;
    sequence = 11;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < LINES; i++) {
            make_line(i, round);
        }
        uint64_t head = fixture.journal.head;
        const Elp__V1__BatchVerdicts *verdicts = submit(true);
        for (size_t i = 0; i < LINES; i++) {
            tell(verdicts->lines[i], dry[i], sizeof dry[i]);
        }
        assert_int_equal(fixture.journal.head, head);
        verdicts = submit(false);
        for (size_t i = 0; i < LINES; i++) {
            const Elp__V1__Verdict *verdict = verdicts->lines[i]->verdict;
            tell(verdicts->lines[i], real, sizeof real);
            if (strcmp(dry[i], real) != 0) {
                fail_msg("round %d, line %zu:\n  dry  %s\n  real %s", round, i, dry[i], real);
            }
            note_codes(verdict, wanted, seen, sizeof wanted / sizeof wanted[0]);
            if (verdict->id[0] != '\0' && id_count < sizeof ids / sizeof ids[0]) {
                (void)snprintf(ids[id_count++], sizeof ids[0], "%s", verdict->id);
            }
        }
    }
    for (size_t c = 0; c < sizeof wanted / sizeof wanted[0]; c++) {
        if (!seen[c]) {
            fail_msg("no line met %s", wanted[c]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_random_batch_is_judged_dry_as_for_real, open_world, close_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
