/*
 * Goal: what elpctl prints for machines is stable and loses no cent and no digit; what it prints for people lines up; and
 * the command table is whole.
 * Method: messages with the extremes of every type; figures at their borders; the table's rows compared with each other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "elp/v1/journal.pb-c.h"
#include "elp/v1/ledger.pb-c.h"
#include "services/ctl/command_help.h"
#include "services/ctl/message_field.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"
#include "services/ctl/terminal.h"

static void assert_json(json_t *document, const char *expected) {
    char *text = json_dumps(document, JSON_COMPACT);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
    json_decref(document);
}

static void amounts_and_64_bit_numbers_are_strings_in_json(void **state) {
    (void)state;
    Elp__V1__NetworkBudget budget = ELP__V1__NETWORK_BUDGET__INIT;
    budget.network = (char *)"A01";
    budget.year = 2026;
    budget.care_spent_cents = INT64_MIN;
    budget.budget_cents = 8669;
    budget.suspended_count = UINT64_MAX;
    budget.zone = ELP__V1__ZONE__ZONE_CRITICAL;
    assert_json(message_json(&budget.base, MESSAGE_JSON_WHOLE),
                "{\"network\":\"A01\",\"year\":2026,\"envelopes\":[],\"care_budget\":\"0.00\",\"care_spent\":"
                "\"-92233720368547758.08\",\"budget\":\"86.69\",\"reimbursed\":\"0.00\",\"suspended\":\"0.00\","
                "\"suspended_count\":\"18446744073709551615\",\"zone\":\"critical\",\"closed\":false,\"neutralised\":"
                "\"0.00\",\"f3\":\"0.00\",\"plans\":[],\"extra_means\":\"0.00\",\"extra_spent\":\"0.00\",\"extra_"
                "minutes\":\"0\"}");
    assert_json(message_json(&budget.base, MESSAGE_JSON_SPARSE),
                "{\"network\":\"A01\",\"year\":2026,\"care_spent\":\"-92233720368547758.08\",\"budget\":\"86.69\","
                "\"suspended_count\":\"18446744073709551615\",\"zone\":\"critical\"}");
}

static void a_record_shows_the_member_of_its_oneof_with_instants_dates_and_hashes(void **state) {
    (void)state;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__Day day = ELP__V1__DAY__INIT;
    record.number = 7;
    record.at_us = 1775426399000000;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_DAY;
    record.day = &day;
    day.date = 20548;
    assert_json(
        message_json(&record.base, MESSAGE_JSON_WHOLE),
        "{\"number\":\"7\",\"at\":\"2026-04-05T21:59:59.000000Z\",\"author\":\"\",\"day\":{\"date\":\"2026-04-05\"},"
        "\"news\":[]}");
    day.date = INT32_MIN;
    assert_json(message_json(&day.base, MESSAGE_JSON_WHOLE), "{\"date\":null}");

    Elp__V1__UpstreamPosition position = ELP__V1__UPSTREAM_POSITION__INIT;
    uint8_t hash[3] = {0x00, 0xab, 0xff};
    position.hash = (ProtobufCBinaryData){sizeof hash, hash};
    assert_json(message_json(&position.base, MESSAGE_JSON_SPARSE), "{\"hash\":\"00abff\"}");
}

static void a_client_key_is_text_where_it_is_text_and_hexadecimal_where_it_is_not(void **state) {
    (void)state;
    Elp__V1__LineVerdict verdict = ELP__V1__LINE_VERDICT__INIT;
    uint8_t binary[2] = {0x00, 0x41};
    uint8_t broken[2] = {0xff, 0x41};
    verdict.key = (ProtobufCBinaryData){3, (uint8_t *)"a:1"};
    assert_json(message_json(&verdict.base, MESSAGE_JSON_SPARSE), "{\"key\":\"a:1\"}");
    verdict.key = (ProtobufCBinaryData){sizeof binary, binary};
    assert_json(message_json(&verdict.base, MESSAGE_JSON_SPARSE), "{\"key\":\"0041\"}");
    verdict.key = (ProtobufCBinaryData){sizeof broken, broken};
    assert_json(message_json(&verdict.base, MESSAGE_JSON_SPARSE), "{\"key\":\"ff41\"}");
}

static void text_that_is_no_utf8_does_not_break_the_document(void **state) {
    (void)state;
    Elp__V1__Outcome outcome = ELP__V1__OUTCOME__INIT;
    outcome.code = (char *)"\xff\xfe";
    assert_json(message_json(&outcome.base, MESSAGE_JSON_SPARSE), "{\"code\":\"(2 bytes that are no text)\"}");
}

static void names_of_fields_lose_their_unit_and_words_are_those_of_the_rulebook(void **state) {
    (void)state;
    char name[FIELD_NAME_BYTES];
    char word[64];
    const ProtobufCFieldDescriptor *rate = protobuf_c_message_descriptor_get_field_by_name(
        &elp__v1__second_leader_contract__descriptor, "rate_cents_per_hour");
    assert_string_equal(field_name(rate, name), "rate_per_hour");
    const ProtobufCFieldDescriptor *cents =
        protobuf_c_message_descriptor_get_field_by_name(&elp__v1__entry__descriptor, "cents");
    assert_string_equal(field_name(cents, name), "amount");
    assert_string_equal(field_enum_word(&elp__v1__budget_envelope__descriptor, 3, word, sizeof word), "mission.art8");
    assert_string_equal(field_enum_word(&elp__v1__site_kind__descriptor, 1, word, sizeof word), "gp-practice");
    assert_string_equal(field_enum_word(&elp__v1__function__descriptor, 2, word, sizeof word), "F2");
    assert_string_equal(field_enum_word(&elp__v1__function__descriptor, 0, word, sizeof word), "");
    assert_string_equal(field_enum_word(&elp__v1__function__descriptor, 99, word, sizeof word), "?");
    assert_int_equal(field_enum_value(&elp__v1__decision_kind__descriptor, "write-off"),
                     ELP__V1__DECISION_KIND__DECISION_KIND_WRITE_OFF);
    assert_int_equal(field_enum_value(&elp__v1__decision_kind__descriptor, ""), 0);
}

static void shares_are_cut_not_rounded_and_never_divide_by_nothing(void **state) {
    (void)state;
    char text[32];
    assert_string_equal(table_share_text(1010322, 1000000, text, sizeof text), "101.03 %");
    assert_string_equal(table_share_text(1029999, 1000000, text, sizeof text), "102.99 %");
    assert_string_equal(table_share_text(0, 1000000, text, sizeof text), "0.00 %");
    assert_string_equal(table_share_text(-500, 1000000, text, sizeof text), "-0.05 %");
    assert_string_equal(table_share_text(5, 0, text, sizeof text), "-");
    assert_string_equal(table_share_text(INT64_MAX, 1, text, sizeof text), ">999,999 %");
    assert_string_equal(table_share_text(INT64_MAX, INT64_MAX, text, sizeof text), "100.00 %");
}

static void numbers_are_grouped_by_thousands(void **state) {
    (void)state;
    char text[32];
    assert_string_equal(table_grouped(0, text, sizeof text), "0");
    assert_string_equal(table_grouped(999, text, sizeof text), "999");
    assert_string_equal(table_grouped(1000, text, sizeof text), "1,000");
    assert_string_equal(table_grouped(UINT64_MAX, text, sizeof text), "18,446,744,073,709,551,615");
}

static void a_character_takes_one_cell_however_many_bytes_it_has(void **state) {
    (void)state;
    assert_int_equal(terminal_cells("réseau"), 6);
    assert_int_equal(terminal_cells(""), 0);
    assert_int_equal(terminal_cells("…"), 1);
}

static void every_command_is_complete_and_found_by_its_name_only(void **state) {
    (void)state;
    for (const struct command *const *row = command_table; *row; row++) {
        const struct command *command = *row;
        char words[64];
        char *argv[2] = {words, NULL};
        int argc = 1;
        const struct command *found = NULL;
        assert_true(command->summary[0] && command->help[0] && command->arguments && command->run);
        assert_true(command->group < GROUP_COUNT && command->arguments_min <= command->arguments_max);
        (void)snprintf(words, sizeof words, "%s", command->name);
        char *blank = strchr(words, ' ');
        if (blank) {
            *blank = 0;
            argv[1] = blank + 1;
            argc = 2;
        }
        assert_int_equal(command_find(argc, argv, &found), argc);
        assert_ptr_equal(found, command);
    }
}

static void options_of_a_command_do_not_hide_the_common_ones(void **state) {
    (void)state;
    static const char *const common[] = {"cell", "as", "json", "timeout", "color", "help", "version"};
    for (const struct command *const *row = command_table; *row; row++) {
        for (const struct argp_option *option = (*row)->options; option && option->name; option++) {
            for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
                assert_string_not_equal(option->name, common[i]);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_and_64_bit_numbers_are_strings_in_json),
        cmocka_unit_test(a_record_shows_the_member_of_its_oneof_with_instants_dates_and_hashes),
        cmocka_unit_test(a_client_key_is_text_where_it_is_text_and_hexadecimal_where_it_is_not),
        cmocka_unit_test(text_that_is_no_utf8_does_not_break_the_document),
        cmocka_unit_test(names_of_fields_lose_their_unit_and_words_are_those_of_the_rulebook),
        cmocka_unit_test(shares_are_cut_not_rounded_and_never_divide_by_nothing),
        cmocka_unit_test(numbers_are_grouped_by_thousands),
        cmocka_unit_test(a_character_takes_one_cell_however_many_bytes_it_has),
        cmocka_unit_test(every_command_is_complete_and_found_by_its_name_only),
        cmocka_unit_test(options_of_a_command_do_not_hide_the_common_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
