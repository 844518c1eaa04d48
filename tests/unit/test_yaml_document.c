/*
 * Goal: the strict YAML loader refuses what a loader must never guess about, and every refusal names its own
 * line. Method: small texts against a schema of a mapping with a list; the errors are compared with place and
 * words.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/yaml_document.h"

struct source_row {
    const char *code;
    const char *note; /* optional */
};

struct source {
    const char *name;
    struct source_row *rows;
    unsigned rows_count;
};

static const cyaml_schema_field_t row_fields[] = {
    CYAML_FIELD_STRING_PTR("code", CYAML_FLAG_POINTER, struct source_row, code, 1, 8),
    CYAML_FIELD_STRING_PTR("note", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct source_row, note, 1, 80),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t row_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct source_row, row_fields),
};
static const cyaml_schema_field_t source_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct source, name, 1, 40),
    CYAML_FIELD_SEQUENCE("rows", CYAML_FLAG_POINTER, struct source, rows, &row_entry, 1, 3),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct source, source_fields),
};

static const struct yaml_limits limits = {.bytes_max = 4096, .nodes_max = 40, .depth_max = 4};

static struct yaml_error found[16];

static int load_bytes(const char *text, size_t bytes, struct yaml_document **ret_document, size_t *ret_count) {
    struct yaml_errors errors = {.items = found, .max = sizeof(found) / sizeof(found[0])};
    int result = yaml_document_load(text, bytes, &limits, &schema, &errors, ret_document);

    *ret_count = errors.count;
    return result;
}

/* The text is refused with exactly one error, at a line, about a field, saying `words`. */
static void assert_refused(const char *text, int line, const char *field, const char *words) {
    struct yaml_document *document = NULL;
    size_t count;

    assert_int_equal(load_bytes(text, strlen(text), &document, &count), 1);
    assert_null(document);
    assert_int_equal(count, 1);
    assert_int_equal(found[0].line, line);
    assert_string_equal(found[0].field, field);
    if (strstr(found[0].text, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", found[0].text, words);
    }
}

static void a_valid_file_fills_the_struct_with_strings(void **state) {
    (void)state;
    const char *text = "name: 010\nrows:\n  - code: 86.69\n  - {code: \"b\", note: yes}\n";
    struct yaml_document *document;
    size_t count;

    assert_int_equal(load_bytes(text, strlen(text), &document, &count), 0);

    const struct source *source = yaml_document_data(document);

    assert_string_equal(source->name, "010");
    assert_int_equal(source->rows_count, 2);
    assert_string_equal(source->rows[0].code, "86.69");
    assert_null(source->rows[0].note);
    assert_string_equal(source->rows[1].note, "yes");
    yaml_document_free(document);
}

static void a_path_names_its_line_and_quotes(void **state) {
    (void)state;
    const char *text = "name: x\nrows:\n  - code: 86.69\n  - {note: plain, code: \"b\"}\n";
    struct yaml_document *document;
    size_t count;

    assert_int_equal(load_bytes(text, strlen(text), &document, &count), 0);

    struct yaml_place plain = yaml_document_place(document, "rows[0].code");
    struct yaml_place quoted = yaml_document_place(document, "rows[1].code");

    assert_int_equal(plain.line, 3);
    assert_int_equal(plain.column, 11);
    assert_false(plain.quoted);
    assert_int_equal(quoted.line, 4);
    assert_true(quoted.quoted);
    /* What is not there stands at its nearest parent. */
    assert_int_equal(yaml_document_place(document, "rows[1].price").line, 4);
    assert_int_equal(yaml_document_place(document, "rows[7].code").line, 2);
    assert_int_equal(yaml_document_place(document, "nothing[0].x").line, 1);
    assert_int_equal(yaml_document_place(document, "rows[x").line, 3);
    assert_int_equal(yaml_document_place(document, "rows").line, 2);
    assert_int_equal(yaml_document_place(document, "..").line, 1);
    yaml_document_free(document);
}

static void an_unknown_key_is_named_at_its_own_line(void **state) {
    (void)state;
    assert_refused("name: x\nrows:\n  - code: a\n    nota: b\n", 4, "rows[0].nota", "unknown");
}

static void a_duplicate_key_names_both_lines(void **state) {
    (void)state;
    assert_refused("name: x\nrows:\n  - code: a\nname: y\n", 4, "name", "the first is on line 1");
}

static void a_missing_key_is_named_at_its_mapping(void **state) {
    (void)state;
    assert_refused("name: x\nrows:\n  - code: a\n  - note: b\n", 4, "rows[1]", "\"code\" is missing");
}

static void a_missing_value_is_not_an_empty_text(void **state) {
    (void)state;
    assert_refused("name:\nrows: [{code: a}]\n", 1, "name", "value is missing");
    assert_refused("name: ~\nrows: [{code: a}]\n", 1, "name", "value is missing");
    assert_refused("name: null\nrows: [{code: a}]\n", 1, "name", "value is missing");
    assert_refused("name: \"\"\nrows: [{code: a}]\n", 1, "name", "0 bytes");
}

static void a_list_where_a_text_is_meant_is_refused(void **state) {
    (void)state;
    assert_refused("name: [x]\nrows: [{code: a}]\n", 1, "name", "not a list");
    assert_refused("name: x\nrows: a\n", 2, "rows", "a list is meant");
    assert_refused("name: x\nrows:\n  - a\n", 3, "rows[0]", "a mapping of keys and values is meant");
    assert_refused("just a text\n", 1, "", "a mapping of keys and values is meant");
    assert_refused("name: x\nrows: [{code: a}]\n[1]: y\n", 3, "?", "a key is a word");
}

static void bounds_of_texts_and_lists_hold(void **state) {
    (void)state;
    assert_refused("name: x\nrows:\n  - code: 123456789\n", 3, "rows[0].code", "it must have 1 to 8");
    assert_refused("name: x\nrows: []\n", 2, "rows", "it must have 1 to 3");
    assert_refused("name: x\nrows: [{code: a}, {code: a}, {code: a}, {code: a}]\n", 2, "rows", "4 entries");
}

static void all_errors_of_a_file_come_at_once_in_order(void **state) {
    (void)state;
    const char *text = "nome: x\nrows:\n  - kode: a\n  - code: [a]\n";
    struct yaml_document *document = NULL;
    size_t count;

    assert_int_equal(load_bytes(text, strlen(text), &document, &count), 1);
    assert_int_equal(count, 5);
    assert_int_equal(found[0].line, 1); /* nome */
    assert_int_equal(found[1].line, 3); /* kode */
    assert_int_equal(found[2].line, 3); /* code missing */
    assert_int_equal(found[3].line, 4); /* a list */
    assert_string_equal(found[4].text, "the key \"name\" is missing here");
}

static void errors_beyond_the_callers_room_are_counted_only(void **state) {
    (void)state;
    const char *text = "a: x\nb: x\nc: x\nname: x\nrows: [{code: a}]\n";
    struct yaml_errors errors = {.items = found, .max = 2};
    struct yaml_document *document = NULL;

    assert_int_equal(yaml_document_load(text, strlen(text), &limits, &schema, &errors, &document), 1);
    assert_int_equal(errors.count, 2);
    assert_int_equal(errors.total, 3);
}

static void aliases_anchors_and_tags_are_refused(void **state) {
    (void)state;
    assert_refused("name: &n x\nrows: [{code: a}]\n", 1, "", "anchors are not accepted");
    assert_refused("name: x\nrows: [{code: *n}]\n", 2, "", "aliases are not accepted");
    assert_refused("name: !!str x\nrows: [{code: a}]\n", 1, "", "tags such as");
    assert_refused("name: x\nrows: !!seq [{code: a}]\n", 2, "", "tags such as");
}

static void a_second_document_is_refused(void **state) {
    (void)state;
    assert_refused("name: x\nrows: [{code: a}]\n---\nname: y\n", 3, "", "a file is one document");
}

static void an_empty_file_is_refused(void **state) {
    (void)state;
    assert_refused("", 0, "", "the file is empty");
    assert_refused("# only a remark\n", 0, "", "the file is empty");
    assert_refused("---\n", 2, "", "a mapping of keys and values is meant");
}

static void what_is_not_yaml_names_the_place(void **state) {
    (void)state;
    assert_refused("name: x\nrows: [{code: a}\n", 3, "", "this is not YAML");
    assert_refused("name: \"x\nrows: [{code: a}]\n", 3, "", "this is not YAML");
    assert_refused("name: \xff\xfe\n", 1, "", "this is not YAML");
}

static void a_zero_byte_does_not_cut_a_text(void **state) {
    (void)state;
    assert_refused("name: \"x\\0y\"\nrows: [{code: a}]\n", 1, "", "zero byte");

    static const char raw[] = "name: x\0y\nrows: [{code: a}]\n";
    struct yaml_document *document = NULL;
    size_t count;

    assert_int_equal(load_bytes(raw, sizeof(raw) - 1, &document, &count), 1);
}

static void depth_entries_and_bytes_have_a_ceiling(void **state) {
    (void)state;
    assert_refused("name: x\nrows: [{code: [[a]]}]\n", 2, "", "nested too deep");

    char many[256];
    size_t used = (size_t)snprintf(many, sizeof(many), "name: x\nrows: [");

    for (int i = 0; i < 40; i++) {
        used += (size_t)snprintf(many + used, sizeof(many) - used, "a,");
    }
    (void)snprintf(many + used, sizeof(many) - used, "]\n");
    assert_refused(many, 2, "", "too many entries");

    char *large = malloc(limits.bytes_max + 2);

    assert_non_null(large);
    memset(large, '#', limits.bytes_max + 1);
    large[limits.bytes_max + 1] = 0;
    assert_refused(large, 0, "", "4096 are the most");
    large[limits.bytes_max] = 0;
    assert_refused(large, 0, "", "the file is empty");
    free(large);
}

static void a_deep_nest_of_brackets_does_not_overflow_the_stack(void **state) {
    (void)state;
    char deep[4000];

    memset(deep, '[', sizeof(deep) - 1);
    deep[sizeof(deep) - 1] = 0;
    assert_refused(deep, 1, "", "nested too deep");
}

static void an_error_text_stays_printable_utf8(void **state) {
    (void)state;
    char text[400];
    size_t used = (size_t)snprintf(text, sizeof(text), "name: x\nrows: [{code: a}]\n\"");

    for (int i = 0; i < 60; i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "é");
    }
    (void)snprintf(text + used, sizeof(text) - used, "\\x1b\": y\n");

    struct yaml_document *document = NULL;
    size_t count;

    assert_int_equal(load_bytes(text, strlen(text), &document, &count), 1);
    assert_int_equal(count, 1);
    assert_null(strchr(found[0].text, 0x1b));
    /* 95 bytes of a path of two-byte letters: the last letter is cut and must not leave half of itself. */
    assert_int_equal(strlen(found[0].field), 95);
    assert_int_equal(found[0].field[94], '?');
}

static void whole_numbers_are_digits_without_leading_zeros(void **state) {
    (void)state;
    static const char *const refused[] = {"",   "010", "00",  "86.69", "+5",    "-5",
                                          " 5", "5 ",  "0x5", "1e3",   "1_000", "1234567890123456789"};
    int64_t value = 77;

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_false(yaml_whole_parse(refused[i], 0, INT64_MAX, &value));
    }
    assert_int_equal(value, 77);
    assert_true(yaml_whole_parse("0", 0, 9, &value));
    assert_int_equal(value, 0);
    assert_true(yaml_whole_parse("120", 10, 120, &value));
    assert_int_equal(value, 120);
    assert_false(yaml_whole_parse("121", 10, 120, &value));
    assert_false(yaml_whole_parse("9", 10, 120, &value));
}

static void a_flag_is_true_or_false_and_nothing_else(void **state) {
    (void)state;
    static const char *const refused[] = {"", "yes", "no", "True", "on", "1", "flase"};
    bool value = true;

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_false(yaml_flag_parse(refused[i], &value));
    }
    assert_true(value);
    assert_true(yaml_flag_parse("false", &value));
    assert_false(value);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_file_fills_the_struct_with_strings),
        cmocka_unit_test(a_path_names_its_line_and_quotes),
        cmocka_unit_test(an_unknown_key_is_named_at_its_own_line),
        cmocka_unit_test(a_duplicate_key_names_both_lines),
        cmocka_unit_test(a_missing_key_is_named_at_its_mapping),
        cmocka_unit_test(a_missing_value_is_not_an_empty_text),
        cmocka_unit_test(a_list_where_a_text_is_meant_is_refused),
        cmocka_unit_test(bounds_of_texts_and_lists_hold),
        cmocka_unit_test(all_errors_of_a_file_come_at_once_in_order),
        cmocka_unit_test(errors_beyond_the_callers_room_are_counted_only),
        cmocka_unit_test(aliases_anchors_and_tags_are_refused),
        cmocka_unit_test(a_second_document_is_refused),
        cmocka_unit_test(an_empty_file_is_refused),
        cmocka_unit_test(what_is_not_yaml_names_the_place),
        cmocka_unit_test(a_zero_byte_does_not_cut_a_text),
        cmocka_unit_test(depth_entries_and_bytes_have_a_ceiling),
        cmocka_unit_test(a_deep_nest_of_brackets_does_not_overflow_the_stack),
        cmocka_unit_test(an_error_text_stays_printable_utf8),
        cmocka_unit_test(whole_numbers_are_digits_without_leading_zeros),
        cmocka_unit_test(a_flag_is_true_or_false_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
