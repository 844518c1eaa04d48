/*
 * Goal: a record's epoch is that in which it was written, for ever; an id of another epoch with the same number is another
 * attestation's, or nobody's.
 * Method: a list of three epochs, asked about records at and around their beginnings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/epochs.h"

#define FIRST "0123456789abcdef"
#define SECOND "00000000000000aa"
#define THIRD "ffffffffffffffff"

static void before_the_genesis_record_there_is_no_epoch(void **state) {
    (void)state;
    struct epochs epochs = {0};
    assert_string_equal(epochs_current(&epochs), "");
    assert_string_equal(epochs_at(&epochs, 1), "");
    assert_false(epochs_hold(&epochs, "", 1));
    epochs_free(&epochs);
}

static void a_record_keeps_the_epoch_in_which_it_was_written(void **state) {
    (void)state;
    struct epochs epochs = {0};
    assert_int_equal(epochs_add(&epochs, 1, FIRST), 0);
    assert_int_equal(epochs_add(&epochs, 10, SECOND), 0);
    assert_int_equal(epochs_add(&epochs, 11, THIRD), 0);
    static const struct {
        uint64_t number;
        const char *epoch;
    } cases[] = {{0, ""}, {1, FIRST}, {9, FIRST}, {10, SECOND}, {11, THIRD}, {UINT64_MAX, THIRD}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(epochs_at(&epochs, cases[i].number), cases[i].epoch);
    }
    assert_string_equal(epochs_current(&epochs), THIRD);
    assert_true(epochs_hold(&epochs, FIRST, 9));
    assert_false(epochs_hold(&epochs, FIRST, 10)); /* lost by the first restore */
    assert_false(epochs_hold(&epochs, THIRD, 9));
    assert_false(epochs_hold(&epochs, "", 0));
    epochs_free(&epochs);
    assert_string_equal(epochs_current(&epochs), "");
}

static void an_epoch_is_sixteen_lower_case_digits_and_each_new_one_differs(void **state) {
    (void)state;
    char one[EPOCH_BYTES];
    char other[EPOCH_BYTES];
    epoch_make(one);
    epoch_make(other);
    assert_true(epoch_valid(one) && epoch_valid(other));
    assert_string_not_equal(one, other);
    assert_false(epoch_valid(""));
    assert_false(epoch_valid("0123456789abcde"));
    assert_false(epoch_valid("0123456789abcdef0"));
    assert_false(epoch_valid("0123456789ABCDEF"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_genesis_record_there_is_no_epoch),
        cmocka_unit_test(a_record_keeps_the_epoch_in_which_it_was_written),
        cmocka_unit_test(an_epoch_is_sixteen_lower_case_digits_and_each_new_one_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
