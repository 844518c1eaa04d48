/*
 * Goal: a registry file becomes exactly the facts that were written, in an order in which they can be accepted, or every
 * error of it is named with its line; a refusal of intake finds its way back to line and field.
 * Method: the example of docs/registry-file.md as it is printed there, then tables of bad files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ctl/registry_file.h"

#define ERRORS_MAX 16

/* The first ```yaml block of the reference. */
static char *example(void) {
    static const char path[] = ELP_SOURCE_DIR "/docs/registry-file.md";
    FILE *stream = fopen(path, "re");
    assert_non_null(stream);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    size_t bytes = fread(text, 1, 65535, stream);
    assert_true(bytes > 0);
    (void)fclose(stream);
    char *begin = strstr(text, "```yaml\n");
    assert_non_null(begin);
    begin += strlen("```yaml\n");
    char *end = strstr(begin, "```");
    assert_non_null(end);
    memmove(text, begin, (size_t)(end - begin));
    text[end - begin] = 0;
    return text;
}

static int parse(const char *text, struct yaml_errors *errors, struct registry_file **ret) {
    static struct yaml_error items[ERRORS_MAX];
    *errors = (struct yaml_errors){.items = items, .max = ERRORS_MAX};
    return registry_file_parse(text, strlen(text), errors, ret);
}

static const Elp__V1__RegistryFact *find(const struct registry_file *file, const char *kind) {
    for (size_t i = 0; i < registry_file_count(file); i++) {
        if (strcmp(registry_fact_kind(registry_file_fact(file, i)), kind) == 0) {
            return registry_file_fact(file, i);
        }
    }
    fail_msg("no fact of kind %s", kind);
    return NULL;
}

static void the_example_of_the_reference_is_read_value_by_value(void **state) {
    (void)state;
    struct yaml_errors errors;
    struct registry_file *file;
    char *text = example();
    int result = parse(text, &errors, &file);
    if (result != 0) {
        fail_msg("line %d: %s: %s", errors.items[0].line, errors.items[0].field, errors.items[0].text);
    }
    assert_int_equal(registry_file_count(file), 14);
    const Elp__V1__Network *network = find(file, "network")->network;
    assert_string_equal(network->code, "A01");
    assert_int_equal(network->kind, ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT);
    assert_true(network->sites_from_art8);
    assert_false(network->prison_network);
    assert_int_equal(network->contingent, 12000);
    const Elp__V1__ProviderContract *contract = find(file, "provider-contract")->provider_contract;
    assert_int_equal(contract->n_functions, 3);
    assert_int_equal(contract->functions[2], ELP__V1__FUNCTION__FUNCTION_F3);
    assert_int_equal(contract->n_sites, 1);
    assert_string_equal(contract->sites[0], "A01-S1");
    assert_string_equal(contract->notice, "");
    const Elp__V1__SecondLeaderContract *leader = find(file, "second-leader-contract")->second_leader_contract;
    assert_int_equal(leader->kind, ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_EXPERT);
    assert_int_equal(leader->rate_cents_per_hour, 4210);
    assert_int_equal(leader->n_conditions, 3);
    assert_int_equal(leader->conditions[2], ELP__V1__SECOND_LEADER_CONDITION__SECOND_LEADER_CONDITION_INSURANCE);
    assert_string_equal(leader->localities[1], "Ixelles");
    assert_string_equal(find(file, "amendment-letter")->amendment_letter->refused_on, "2026-02-08");
    assert_int_equal(find(file, "site")->site->kind, ELP__V1__SITE_KIND__SITE_KIND_SCHOOL);
    assert_string_equal(find(file, "insurability")->insurability->resolved_on, "2026-01-20");
    const Elp__V1__Budget *budget = find(file, "budget")->budget;
    assert_int_equal(budget->n_envelopes, 3);
    assert_int_equal(budget->envelopes[1]->envelope, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_ART8);
    assert_int_equal(budget->envelopes[1]->cents, 30000);
    registry_file_free(file);
    free(text);
}

static void facts_come_in_an_order_in_which_references_are_known(void **state) {
    (void)state;
    struct yaml_errors errors;
    struct registry_file *file;
    assert_int_equal(parse("budgets:\n- {network: A01, year: 2026, envelopes: {}}\n"
                           "sites:\n- {code: B, network: A01, name: b, kind: school}\n"
                           "- {code: A, network: A01, name: a, kind: other}\n"
                           "networks:\n- {code: A01, name: n, kind: mixed, collecting_institution: H}\n"
                           "payees:\n- {code: H, name: h}\n",
                           &errors, &file),
                     0);
    static const char *const order[] = {"H", "A01", "B", "A", "A01 2026"};
    char code[96];
    assert_int_equal(registry_file_count(file), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(registry_fact_code(registry_file_fact(file, i), code, sizeof code), order[i]);
        assert_true(i == 0 || registry_fact_rank(registry_file_fact(file, i - 1)) <=
                                  registry_fact_rank(registry_file_fact(file, i)));
    }
    registry_file_free(file);
}

static void a_refusal_finds_the_line_and_column_of_its_field(void **state) {
    (void)state;
    struct yaml_errors errors;
    struct registry_file *file;
    char path[96];
    assert_int_equal(parse("sites:\n"
                           "  - code: A\n"
                           "    network: A01\n"
                           "    name: a\n"
                           "    kind: school\n"
                           "  - code: B\n"
                           "    network: A09\n"
                           "    name: b\n"
                           "    kind: school\n",
                           &errors, &file),
                     0);
    struct yaml_place place = registry_file_place(file, 1, "network", path);
    assert_string_equal(path, "sites[1].network");
    assert_int_equal(place.line, 7);
    assert_int_equal(place.column, 14);
    place = registry_file_place(file, 1, "", path);
    assert_string_equal(path, "sites[1]");
    assert_int_equal(place.line, 6);
    registry_file_free(file);
}

struct bad_file {
    const char *text;
    int line;
    const char *field;
    const char *words;
};

#define PAYEE "payees:\n- code: H\n  name: h\n"
#define BUDGET "budgets:\n- network: A01\n  year: 2026\n  envelopes:\n    "
#define CONTRACT                                                                                                  \
    "provider_contracts:\n- code: C\n  provider: '1'\n  network: A01\n  convention: '2024'\n  from: 2026-01-01\n" \
    "  payee: P\n"

static const struct bad_file bad_files[] = {
    {"", 0, "", "empty"},
    {"- a\n", 1, "", "mapping"},
    {"payees: {}\n", 1, "payees", "a list is meant"},
    {"payees:\n- H\n", 2, "payees[0]", "mapping"},
    {"payes:\n- {code: H, name: h}\n", 1, "payes", "unknown"},
    {PAYEE "  nme: x\n", 4, "payees[0].nme", "unknown"},
    {PAYEE "  name: again\n", 4, "payees[0].name", "second time"},
    {"payees:\n- code: H\n", 2, "payees[0]", "\"name\" is missing"},
    {PAYEE "  without_enterprise: yes\n", 4, "payees[0].without_enterprise", "neither true nor false"},
    {PAYEE "  bce: [1]\n", 4, "payees[0].bce", "single value"},
    {"networks:\n- {code: A, name: a, kind: adults, collecting_institution: H}\n", 2, "networks[0].kind",
     "adult, child or mixed"},
    {"networks:\n- {code: A, name: a, kind: adult, collecting_institution: H, contingent: 010}\n", 2,
     "networks[0].contingent", "whole number"},
    {"networks:\n- {code: A, name: a, kind: adult, collecting_institution: H, contingent: -1}\n", 2,
     "networks[0].contingent", "whole number"},
    {CONTRACT "  functions: [F2, F9]\n", 8, "provider_contracts[0].functions[1]", "F1, F2 or F3"},
    {CONTRACT "  functions: F2\n", 8, "provider_contracts[0].functions", "a list is meant"},
    {BUDGET "care.base: 10000\n", 0, "", "two decimals"},
    {BUDGET "care.base: \"86.695\"\n", 0, "", "two decimals"},
    {BUDGET "care.base: \"1,000.00\"\n", 0, "", "two decimals"},
    {BUDGET "care: \"1.00\"\n", 5, "", "unknown"},
    {BUDGET "care.base: \"1.00\"\n    care.base: \"2.00\"\n", 6, "", "second time"},
    {"second_leader_contracts:\n- {code: L, network: A, kind: expert, from: 2026-01-01, rate_per_hour: 4210}\n", 2,
     "second_leader_contracts[0].rate_per_hour", "two decimals"},
    {PAYEE "- code: I\n  name: i\n- code: H\n  name: again\n", 6, "payees[2].code", "on line 2"},
    {BUDGET "care.base: \"1.00\"\n- {network: A01, year: 2026, envelopes: {}}\n", 6, "budgets[1]", "on line 2"},
    {"representations:\n- {principal: a, provider: '*'}\n- {principal: a, provider: '*'}\n", 3, "representations[1]",
     "on line 2"},
    {"insurability:\n- {niss: '1', from: 2026-01-01, insured: true}\n- {niss: '1', from: 2026-01-01, insured: false}\n",
     3, "insurability[1]", "on line 2"},
    {"payees: &a\n- {code: H, name: h}\n", 1, "", "anchors"},
    {"payees:\n- {code: !!str H, name: h}\n", 2, "", "tags"},
    {"payees: [\n", 2, "", "not YAML"},
};

static void a_bad_file_is_refused_with_line_field_and_what_to_write(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++) {
        const struct bad_file *bad = &bad_files[i];
        struct yaml_errors errors;
        struct registry_file *file = NULL;
        int result = parse(bad->text, &errors, &file);
        const struct yaml_error *error = &errors.items[0];
        bool named = result == 1 && errors.count > 0 && strstr(error->text, bad->words) != NULL &&
                     (bad->line == 0 || error->line == bad->line) &&
                     (bad->field[0] == 0 || strcmp(error->field, bad->field) == 0);
        if (!named) {
            fail_msg("%s: result %d, line %d, field \"%s\": %s", bad->text, result, error->line, error->field,
                     error->text);
        }
        assert_null(file);
    }
}

static void all_errors_of_a_file_are_reported_at_once(void **state) {
    (void)state;
    struct yaml_errors errors;
    struct registry_file *file;
    assert_int_equal(parse("networks:\n"
                           "- {code: A, name: a, kind: adults, collecting_institution: H, contingent: x}\n"
                           "- {code: B, name: b, kind: child, collecting_institution: H, prison_network: 1}\n"
                           "budgets:\n"
                           "- {network: A, year: 2026, envelopes: {care.base: 1, operating: 2}}\n"
                           "programmes:\n"
                           "- {code: G, network: A, title: g, functions: [F8, F9], decided_on: 2026-01-01}\n",
                           &errors, &file),
                     1);
    assert_int_equal(errors.total, 7);
    assert_int_equal(errors.items[0].line, 2);
    assert_int_equal(errors.items[2].line, 3);
}

static void what_differs_in_what_identifies_it_is_no_double(void **state) {
    (void)state;
    struct yaml_errors errors;
    struct registry_file *file;
    assert_int_equal(parse("payees:\n- {code: A01, name: a}\n- {code: a01, name: a}\n"
                           "networks:\n- {code: A01, name: a, kind: adult, collecting_institution: A01}\n"
                           "budgets:\n- {network: A01, year: 2026, envelopes: {}}\n"
                           "- {network: A01, year: 2027, envelopes: {}}\n- {network: A02, year: 2026, envelopes: {}}\n"
                           "representations:\n- {principal: a, provider: '1'}\n- {principal: a, provider: '2'}\n"
                           "insurability:\n- {niss: '1', from: 2026-01-01, insured: true}\n"
                           "- {niss: '1', from: 2026-02-01, insured: true}\n",
                           &errors, &file),
                     0);
    assert_int_equal(registry_file_count(file), 10);
    registry_file_free(file);
}

static void a_file_is_refused_beyond_its_size(void **state) {
    (void)state;
    struct yaml_errors errors;
    struct registry_file *file;
    static struct yaml_error items[1];
    char *text = malloc(REGISTRY_FILE_BYTES_MAX + 1);
    assert_non_null(text);
    memset(text, '\n', REGISTRY_FILE_BYTES_MAX + 1);
    errors = (struct yaml_errors){.items = items, .max = 1};
    assert_int_equal(registry_file_parse(text, REGISTRY_FILE_BYTES_MAX + 1, &errors, &file), 1);
    assert_non_null(strstr(items[0].text, "are the most"));
    free(text);
}

static void a_national_number_is_not_part_of_what_identifies_a_statement(void **state) {
    (void)state;
    struct yaml_errors errors;
    struct registry_file *file;
    char code[96];
    assert_int_equal(parse("insurability:\n- {niss: '85073003328', from: 2026-01-01, insured: true}\n", &errors, &file),
                     0);
    assert_null(strstr(registry_fact_code(registry_file_fact(file, 0), code, sizeof code), "850730"));
    registry_file_free(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_reference_is_read_value_by_value),
        cmocka_unit_test(facts_come_in_an_order_in_which_references_are_known),
        cmocka_unit_test(a_refusal_finds_the_line_and_column_of_its_field),
        cmocka_unit_test(a_bad_file_is_refused_with_line_field_and_what_to_write),
        cmocka_unit_test(all_errors_of_a_file_are_reported_at_once),
        cmocka_unit_test(what_differs_in_what_identifies_it_is_no_double),
        cmocka_unit_test(a_file_is_refused_beyond_its_size),
        cmocka_unit_test(a_national_number_is_not_part_of_what_identifies_a_statement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
