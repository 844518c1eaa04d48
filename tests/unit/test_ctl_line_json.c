/*
 * Goal: a line of a submission file becomes exactly the attestation that was written, or is refused with the field and a
 * reason; nothing hostile in it reaches intake, ends the process or is guessed at.
 * Method: whole lines field by field, then tables of bad lines with the field and the words that the refusal must carry.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ctl/line_json.h"

#define ARENA_BYTES (4 * 1024 * 1024)

static struct arena arena;

static int open_arena(void **state) {
    (void)state;
    return arena_open(&arena, ARENA_BYTES);
}

static int close_arena(void **state) {
    (void)state;
    arena_close(&arena);
    return 0;
}

static int parse(const char *text, struct line_json *ret, struct line_json_error *error) {
    arena_reset(&arena);
    return line_json_parse(text, strlen(text), &arena, ret, error);
}

static void every_field_of_a_group_session_arrives_as_written(void **state) {
    (void)state;
    static const char text[] =
        "{\"key\": \"a:1\", \"network\": \"A01\", \"provider\": \"10000106001\", \"service\": \"group\", \"function\": "
        "\"F2\", \"date\": \"2026-02-10\", \"start\": \"09:30\", \"minutes\": 120, \"direct_minutes\": 95, \"site\": "
        "\"A01-S1\", \"beneficiaries\": [{\"niss\": \"85073003328\", \"birth_date\": \"1985-07-30\", \"ct1\": \"110\", "
        "\"ct2\": \"111\"}, {\"niss\": \"x\"}], \"head_count\": 12, \"defined_group\": true, \"second_provider\": "
        "\"p2\", "
        "\"second_leader\": \"L1\", \"programme\": \"G1\", \"other_funding\": true, \"eating_disorder\": true, "
        "\"entourage\": true, \"assessment_date\": \"2026-01-02\", \"replaces\": \"0011223344556677-12\"}";
    struct line_json parsed;
    struct line_json_error error;
    assert_int_equal(parse(text, &parsed, &error), 0);
    const Elp__V1__AttestationLine *line = parsed.line;
    assert_non_null(line);
    assert_int_equal(line->key.len, 3);
    assert_memory_equal(line->key.data, "a:1", 3);
    assert_string_equal(line->network, "A01");
    assert_string_equal(line->provider, "10000106001");
    assert_int_equal(line->service, ELP__V1__SERVICE__SERVICE_GROUP);
    assert_int_equal(line->function, ELP__V1__FUNCTION__FUNCTION_F2);
    assert_string_equal(line->date, "2026-02-10");
    assert_string_equal(line->start, "09:30");
    assert_int_equal(line->minutes, 120);
    assert_int_equal(line->direct_minutes, 95);
    assert_string_equal(line->site, "A01-S1");
    assert_int_equal(line->n_beneficiaries, 2);
    assert_string_equal(line->beneficiaries[0]->niss, "85073003328");
    assert_string_equal(line->beneficiaries[0]->birth_date, "1985-07-30");
    assert_string_equal(line->beneficiaries[0]->ct1, "110");
    assert_string_equal(line->beneficiaries[0]->ct2, "111");
    assert_string_equal(line->beneficiaries[1]->niss, "x");
    assert_string_equal(line->beneficiaries[1]->birth_date, "");
    assert_int_equal(line->head_count, 12);
    assert_true(line->defined_group && line->other_funding && line->eating_disorder && line->entourage);
    assert_string_equal(line->second_provider, "p2");
    assert_string_equal(line->second_leader, "L1");
    assert_string_equal(line->programme, "G1");
    assert_string_equal(line->assessment_date, "2026-01-02");
    assert_string_equal(line->replaces, "0011223344556677-12");
}

static void missing_fields_are_left_to_the_judgement_of_intake(void **state) {
    (void)state;
    struct line_json parsed;
    struct line_json_error error;
    assert_int_equal(parse("{}", &parsed, &error), 0);
    assert_non_null(parsed.line);
    assert_int_equal(parsed.line->key.len, 0);
    assert_string_equal(parsed.line->network, "");
    assert_int_equal(parsed.line->service, ELP__V1__SERVICE__SERVICE_UNSPECIFIED);
}

static void what_an_earlier_run_wrote_about_a_refusal_is_skipped(void **state) {
    (void)state;
    struct line_json parsed;
    struct line_json_error error;
    assert_int_equal(parse("{\"network\": \"A01\", \"refused\": [{\"code\": \"malformed\"}]}", &parsed, &error), 0);
    assert_string_equal(parsed.line->network, "A01");
}

static void a_clock_directive_stands_alone_and_is_a_time_with_offset(void **state) {
    (void)state;
    struct line_json parsed;
    struct line_json_error error;
    assert_int_equal(parse("{\"clock\": \"2026-04-05T23:59:59+02:00\"}", &parsed, &error), 0);
    assert_null(parsed.line);
    assert_true(parsed.clock == INT64_C(1775426399000000));
    static const char *const bad[] = {"{\"clock\": \"2026-04-05T23:59:59\"}", "{\"clock\": 5}", "{\"clock\": null}",
                                      "{\"clock\": \"2026-04-05T23:59:59Z\", \"network\": \"A01\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(parse(bad[i], &parsed, &error), 1);
        assert_string_equal(error.field, "clock");
    }
}

struct bad_line {
    const char *text;
    const char *field;
    const char *reason; /* a part of it */
};

static const struct bad_line bad_lines[] = {
    /* no object */
    {"", "", "no JSON object"},
    {"[]", "", "an object {...} is meant"},
    {"null", "", "no JSON object"},
    {"{\"network\": \"A01\"", "", "no JSON object"},
    {"{\"network\": \"A01\"} {}", "", "no JSON object"},
    {"{'network': 'A01'}", "", "no JSON object"},
    {"{\"minutes\": 060}", "", "no JSON object"},
    {"{\"network\": \"A\\u0000B\"}", "", "no JSON object"},
    {"{\"network\": \"\xff\xfe\"}", "", "no JSON object"},
    {"{\"minutes\": 99999999999999999999999999}", "", "no JSON object"},
    /* twice */
    {"{\"network\": \"A01\", \"network\": \"A02\"}", "", "duplicate"},
    {"{\"beneficiaries\": [{\"niss\": \"1\", \"niss\": \"2\"}]}", "", "duplicate"},
    /* unknown */
    {"{\"netwerk\": \"A01\"}", "netwerk", "unknown"},
    {"{\"beneficiaries\": [{\"refused\": 1}]}", "beneficiaries[0].refused", "unknown"},
    {"{\"beneficiaries\": [{}, {\"name\": \"x\"}]}", "beneficiaries[1].name", "unknown"},
    {"{\"a\\u001b[2Jb\": 1}", "a?[2Jb", "unknown"},
    /* of another type */
    {"{\"network\": 5}", "network", "a text in quotes is meant here, not a number"},
    {"{\"network\": null}", "network", "not null"},
    {"{\"minutes\": \"60\"}", "minutes", "a whole number is meant here, not a text"},
    {"{\"minutes\": 86.69}", "minutes", "not a number with decimals"},
    {"{\"minutes\": 6e1}", "minutes", "not a number with decimals"},
    {"{\"minutes\": -1}", "minutes", "out of range"},
    {"{\"minutes\": 4294967296}", "minutes", "out of range"},
    {"{\"entourage\": 1}", "entourage", "true or false"},
    {"{\"entourage\": \"true\"}", "entourage", "true or false"},
    {"{\"beneficiaries\": {}}", "beneficiaries", "a list is meant"},
    {"{\"beneficiaries\": [\"85073003328\"]}", "beneficiaries[0]", "an object"},
    {"{\"beneficiaries\": [{\"niss\": 85073003328}]}", "beneficiaries[0].niss", "a text in quotes"},
    /* words */
    {"{\"service\": \"Individual\"}", "service",
     "individual, assessment, group, concertation, training or art8-mission"},
    {"{\"service\": \"\"}", "service", "individual, assessment, group, concertation, training or art8-mission"},
    {"{\"service\": 1}", "service", "a word in quotes"},
    {"{\"function\": \"f2\"}", "function", "F1, F2 or F3"},
    {"{\"function\": \"F4\"}", "function", "F1, F2 or F3"},
    {"{\"function\": \"FUNCTION_F2\"}", "function", "F1, F2 or F3"},
    /* keys */
    {"{\"key\": \"\"}", "key", "1 to 64"},
    {"{\"key\": 7}", "key", "a text in quotes"},
    {"{\"key\": \"12345678901234567890123456789012345678901234567890123456789012345\"}", "key", "65 bytes"},
    /* nesting */
    {"[[[[[[[[[[]]]]]]]]]]", "", "nested deeper"},
    {"{\"refused\": [[[[[[[1]]]]]]]}", "", "nested deeper"},
};

static void a_bad_line_is_refused_with_its_field_and_a_reason(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_lines / sizeof bad_lines[0]; i++) {
        const struct bad_line *bad = &bad_lines[i];
        struct line_json parsed = {.clock = 42};
        struct line_json_error error = {0};
        int result = parse(bad->text, &parsed, &error);
        if (result != 1 || strcmp(error.field, bad->field) != 0 || !strstr(error.reason, bad->reason)) {
            fail_msg("%s: result %d, field \"%s\", reason \"%s\"", bad->text, result, error.field, error.reason);
        }
        assert_true(parsed.clock == 42);
    }
}

static void brackets_inside_a_text_are_no_nesting(void **state) {
    (void)state;
    struct line_json parsed;
    struct line_json_error error;
    assert_int_equal(parse("{\"network\": \"[[[[[[[[[[\\\"{{{{{{{{{{\\\\\"}", &parsed, &error), 0);
    assert_string_equal(parsed.line->network, "[[[[[[[[[[\"{{{{{{{{{{\\");
}

static void a_zero_byte_in_the_line_is_refused(void **state) {
    (void)state;
    struct line_json parsed;
    struct line_json_error error;
    static const char text[] = "{\"network\": \"A\0B\"}";
    assert_int_equal(line_json_parse(text, sizeof text - 1, &arena, &parsed, &error), 1);
}

static void a_line_is_accepted_at_its_longest_and_refused_one_byte_beyond(void **state) {
    (void)state;
    char *text = malloc(LINE_JSON_BYTES_MAX + 2);
    struct line_json parsed;
    struct line_json_error error;
    assert_non_null(text);
    memset(text, ' ', LINE_JSON_BYTES_MAX + 1);
    memcpy(text, "{}", 2);
    arena_reset(&arena);
    assert_int_equal(line_json_parse(text, LINE_JSON_BYTES_MAX, &arena, &parsed, &error), 0);
    assert_int_equal(line_json_parse(text, LINE_JSON_BYTES_MAX + 1, &arena, &parsed, &error), 1);
    assert_non_null(strstr(error.reason, "65536 are the most"));
    free(text);
}

/* "{"beneficiaries": [{}, {}, …]}" with `count` entries. */
static char *line_of_beneficiaries(size_t count) {
    size_t size = count * 3 + 64;
    char *text = malloc(size);
    assert_non_null(text);
    size_t used = (size_t)snprintf(text, size, "{\"beneficiaries\": [");
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s{}", i ? "," : "");
    }
    (void)snprintf(text + used, size - used, "]}");
    return text;
}

static void a_list_is_accepted_at_its_longest_and_refused_one_beyond(void **state) {
    (void)state;
    struct line_json parsed;
    struct line_json_error error;
    char *longest = line_of_beneficiaries(LINE_JSON_BENEFICIARIES_MAX);
    char *longer = line_of_beneficiaries(LINE_JSON_BENEFICIARIES_MAX + 1);
    assert_int_equal(parse(longest, &parsed, &error), 0);
    assert_int_equal(parsed.line->n_beneficiaries, LINE_JSON_BENEFICIARIES_MAX);
    assert_int_equal(parse(longer, &parsed, &error), 1);
    assert_string_equal(error.field, "beneficiaries");
    free(longest);
    free(longer);
}

static void a_line_that_does_not_fit_the_arena_is_refused(void **state) {
    (void)state;
    struct arena small;
    struct line_json parsed;
    struct line_json_error error;
    char *text = line_of_beneficiaries(400);
    assert_int_equal(arena_open(&small, 4096), 0);
    assert_int_equal(line_json_parse(text, strlen(text), &small, &parsed, &error), 1);
    assert_non_null(strstr(error.reason, "memory"));
    arena_close(&small);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_a_group_session_arrives_as_written),
        cmocka_unit_test(missing_fields_are_left_to_the_judgement_of_intake),
        cmocka_unit_test(what_an_earlier_run_wrote_about_a_refusal_is_skipped),
        cmocka_unit_test(a_clock_directive_stands_alone_and_is_a_time_with_offset),
        cmocka_unit_test(a_bad_line_is_refused_with_its_field_and_a_reason),
        cmocka_unit_test(brackets_inside_a_text_are_no_nesting),
        cmocka_unit_test(a_zero_byte_in_the_line_is_refused),
        cmocka_unit_test(a_line_is_accepted_at_its_longest_and_refused_one_byte_beyond),
        cmocka_unit_test(a_list_is_accepted_at_its_longest_and_refused_one_beyond),
        cmocka_unit_test(a_line_that_does_not_fit_the_arena_is_refused),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
