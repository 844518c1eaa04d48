/*
 * Goal: a submission file gives each of its lines the same ordered key at every run, another file gives other keys, and a
 * line that is too long costs no other one anything.
 * Method: small files in a temporary folder, read twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "services/ctl/command.h"
#include "services/ctl/submit_source.h"

static struct submit_source source;
static char path[64];

/* A file with these bytes; its name in `path`. */
static void write_file(const void *data, size_t bytes) {
    (void)snprintf(path, sizeof path, "%s/elp-source-XXXXXX", P_tmpdir);
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, data, bytes), (ssize_t)bytes);
    assert_int_equal(close(file), 0);
}

static void write_text(const char *text) {
    write_file(text, strlen(text));
}

static void close_file(void) {
    submit_source_close(&source);
    assert_int_equal(unlink(path), 0);
}

static void lines_are_numbered_as_in_an_editor_and_empty_ones_are_skipped(void **state) {
    (void)state;
    write_text("{\"a\": 1}\n\n  \t\r\n{\"b\": 2}\r\nlast");
    assert_int_equal(submit_source_open(path, &source), CTL_DONE);
    assert_int_equal(source.line_count, 3);
    assert_true(submit_source_next(&source));
    assert_int_equal(source.line, 1);
    assert_string_equal(source.text, "{\"a\": 1}");
    assert_true(submit_source_next(&source));
    assert_int_equal(source.line, 4);
    assert_true(submit_source_next(&source));
    assert_int_equal(source.line, 5);
    assert_string_equal(source.text, "last");
    assert_false(submit_source_next(&source));
    close_file();
}

static void keys_are_ordered_by_line_and_the_same_at_every_run(void **state) {
    (void)state;
    char first[SUBMIT_KEY_BYTES];
    char second[SUBMIT_KEY_BYTES];
    char again[SUBMIT_KEY_BYTES];
    write_text("a\nb\n");
    assert_int_equal(submit_source_open(path, &source), CTL_DONE);
    assert_true(submit_source_next(&source));
    (void)submit_source_key(&source, first);
    assert_true(submit_source_next(&source));
    (void)submit_source_key(&source, second);
    submit_source_close(&source);
    assert_int_equal(submit_source_open(path, &source), CTL_DONE);
    assert_true(submit_source_next(&source));
    (void)submit_source_key(&source, again);
    assert_int_equal(strlen(first), 16 + 1 + 10);
    assert_string_equal(first + 16, ":0000000001");
    assert_true(strcmp(first, second) < 0);
    assert_string_equal(first, again);
    close_file();
    write_text("a\nc\n");
    assert_int_equal(submit_source_open(path, &source), CTL_DONE);
    assert_true(submit_source_next(&source));
    assert_true(memcmp(first, submit_source_key(&source, again), 16) != 0);
    close_file();
}

static void a_line_that_is_too_long_is_seen_as_such_and_the_next_one_is_whole(void **state) {
    (void)state;
    size_t bytes = LINE_JSON_BYTES_MAX + 5000;
    char *text = malloc(bytes + 8);
    assert_non_null(text);
    memset(text, 'x', bytes);
    memcpy(text + bytes, "\nnext\n", 6);
    write_file(text, bytes + 6);
    assert_int_equal(submit_source_open(path, &source), CTL_DONE);
    assert_true(submit_source_next(&source));
    assert_int_equal(source.bytes, LINE_JSON_BYTES_MAX + 1);
    assert_true(submit_source_next(&source));
    assert_string_equal(source.text, "next");
    assert_int_equal(source.line, 2);
    close_file();
    free(text);
}

static void zero_bytes_stay_part_of_their_line(void **state) {
    (void)state;
    write_file("a\0b\nc\n", 6);
    assert_int_equal(submit_source_open(path, &source), CTL_DONE);
    assert_true(submit_source_next(&source));
    assert_int_equal(source.bytes, 3);
    assert_memory_equal(source.text, "a\0b", 3);
    close_file();
}

static void an_empty_file_has_no_lines_and_a_missing_one_is_an_input_error(void **state) {
    (void)state;
    write_text("");
    assert_int_equal(submit_source_open(path, &source), CTL_DONE);
    assert_int_equal(source.line_count, 0);
    assert_false(submit_source_next(&source));
    close_file();
    assert_int_equal(submit_source_open(path, &source), CTL_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_numbered_as_in_an_editor_and_empty_ones_are_skipped),
        cmocka_unit_test(keys_are_ordered_by_line_and_the_same_at_every_run),
        cmocka_unit_test(a_line_that_is_too_long_is_seen_as_such_and_the_next_one_is_whole),
        cmocka_unit_test(zero_bytes_stay_part_of_their_line),
        cmocka_unit_test(an_empty_file_has_no_lines_and_a_missing_one_is_an_input_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
