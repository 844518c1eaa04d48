/*
 * Goal: every refusal code has its stable word and all its texts, and word and enumerator find each other.
 * Method: walk the whole enumeration.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "common/refusal.h"

static void every_code_has_its_word_and_texts(void **state) {
    (void)state;
    for (int i = REFUSAL_NONE + 1; i < REFUSAL_COUNT; i++) {
        const struct refusal_code *entry = refusal_entry((enum refusal)i);

        assert_non_null(entry->code);
        assert_int_equal(strspn(entry->code, "abcdefghijklmnopqrstuvwxyz-"), strlen(entry->code));
        assert_true(entry->rule[strlen(entry->rule) - 1] == '.');
        assert_true(entry->reason[strlen(entry->reason) - 1] == '.');
        assert_true(entry->remedy[strlen(entry->remedy) - 1] == '.');
        assert_int_equal(refusal_of_word(entry->code), i);
        assert_string_equal(refusal_word((enum refusal)i), entry->code);
    }
}

static void a_word_that_is_no_code_is_none(void **state) {
    (void)state;
    assert_int_equal(refusal_of_word("deadline_passed"), REFUSAL_NONE);
    assert_int_equal(refusal_of_word(""), REFUSAL_NONE);
    assert_string_equal(refusal_word(REFUSAL_NONE), "");
}

static void the_codes_billable_to_the_patient_are_the_rulebooks(void **state) {
    (void)state;
    static const enum refusal billable[] = {REFUSAL_VOLUME_EXCEEDED,  REFUSAL_AGE_OUTSIDE_NETWORK,
                                            REFUSAL_NOT_INSURED,      REFUSAL_REFERRAL_MISSING,
                                            REFUSAL_SERIES_EXHAUSTED, REFUSAL_QUOTA_EXCEEDED};
    size_t count = 0;

    for (int i = REFUSAL_NONE + 1; i < REFUSAL_COUNT; i++) {
        count += refusal_entry((enum refusal)i)->patient_billable;
    }
    assert_int_equal(count, sizeof(billable) / sizeof(billable[0]));
    for (size_t i = 0; i < count; i++) {
        assert_true(refusal_entry(billable[i])->patient_billable);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_word_and_texts),
        cmocka_unit_test(a_word_that_is_no_code_is_none),
        cmocka_unit_test(the_codes_billable_to_the_patient_are_the_rulebooks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
