/*
 * Goal: one event is one line of sound JSON in one write, whatever bytes a text holds.
 * Method: standard error is collected and read back with a JSON parser that insists on UTF-8 and on unique
 * names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/calendar.h"
#include "common/log.h"
#include "tests/support/stderr_capture.h"

/* The one line in `said`, parsed. */
static json_t *parse_line(const char *said) {
    json_error_t error;
    const char *end = strchr(said, '\n');
    assert_non_null(end);
    assert_int_equal(end[1], '\0');
    json_t *line = json_loads(said, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(line);
    return line;
}

static json_t *log_text(const char *text) {
    char said[16384];
    stderr_capture_begin();
    log_line(LOG_LEVEL_INFO, "event", "text", LOG_TEXT, text, NULL);
    return parse_line(stderr_capture_end(said, sizeof said));
}

static void assert_text_becomes(const char *text, const char *expected) {
    json_t *line = log_text(text);
    assert_string_equal(json_string_value(json_object_get(line, "text")), expected);
    json_decref(line);
}

static void a_line_says_when_how_grave_who_and_what(void **state) {
    (void)state;
    char said[4096];
    instant_us at;
    log_open("intake", LOG_LEVEL_INFO);
    stderr_capture_begin();
    log_line(LOG_LEVEL_WARNING, "commit", "number", LOG_NUMBER, INT64_MIN, "largest", LOG_NUMBER, INT64_MAX, "reason",
             LOG_TEXT, "slow", "nothing", LOG_TEXT, NULL, NULL);
    json_t *line = parse_line(stderr_capture_end(said, sizeof said));
    assert_true(instant_parse(json_string_value(json_object_get(line, "at")), &at));
    assert_string_equal(json_string_value(json_object_get(line, "level")), "warning");
    assert_string_equal(json_string_value(json_object_get(line, "service")), "intake");
    assert_string_equal(json_string_value(json_object_get(line, "event")), "commit");
    assert_true(json_integer_value(json_object_get(line, "number")) == INT64_MIN);
    assert_true(json_integer_value(json_object_get(line, "largest")) == INT64_MAX);
    assert_string_equal(json_string_value(json_object_get(line, "reason")), "slow");
    assert_true(json_is_null(json_object_get(line, "nothing")));
    assert_int_equal(json_object_size(line), 8);
    json_decref(line);
}

static void less_grave_than_asked_for_is_not_printed(void **state) {
    (void)state;
    char said[4096];
    log_open("intake", LOG_LEVEL_WARNING);
    stderr_capture_begin();
    log_line(LOG_LEVEL_DEBUG, "debug", NULL);
    log_line(LOG_LEVEL_INFO, "info", NULL);
    assert_string_equal(stderr_capture_end(said, sizeof said), "");
    stderr_capture_begin();
    log_line(LOG_LEVEL_ERROR, "error", NULL);
    json_decref(parse_line(stderr_capture_end(said, sizeof said)));
    log_open("intake", LOG_LEVEL_DEBUG);
}

static void quotes_line_ends_and_controls_are_escaped(void **state) {
    (void)state;
    assert_text_becomes("a \"b\" \\ c\r\nd\t\x01\x7f", "a \"b\" \\ c\r\nd\t\x01\x7f");
    assert_text_becomes("\",\"level\":\"forged\"}\n{", "\",\"level\":\"forged\"}\n{");
    assert_text_becomes("été €uro 😀", "été €uro 😀");
}

static void bytes_that_are_no_utf8_become_replacement_characters(void **state) {
    (void)state;
    assert_text_becomes("a\x80z", "a\xef\xbf\xbdz");                             /* stray continuation */
    assert_text_becomes("a\xc3", "a\xef\xbf\xbd");                               /* cut short */
    assert_text_becomes("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd");                 /* overlong */
    assert_text_becomes("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* surrogate */
    assert_text_becomes("\xf5\x80", "\xef\xbf\xbd\xef\xbf\xbd");                 /* beyond U+10FFFF */
}

static void a_text_is_cut_at_512_bytes_and_never_inside_a_character(void **state) {
    (void)state;
    char text[600];
    memset(text, 'x', sizeof text);
    memcpy(text + 511, "é", 3);
    json_t *line = log_text(text);
    assert_int_equal(json_string_length(json_object_get(line, "text")), 511);
    json_decref(line);
    memcpy(text + 510, "é!", 4);
    line = log_text(text);
    assert_int_equal(json_string_length(json_object_get(line, "text")), 512);
    json_decref(line);
}

static void a_line_that_would_grow_too_long_loses_its_last_fields_whole(void **state) {
    (void)state;
    char said[16384];
    char text[600];
    memset(text, '\x01', sizeof text - 1); /* each byte takes six when escaped */
    text[sizeof text - 1] = '\0';
    stderr_capture_begin();
    log_line(LOG_LEVEL_INFO, "event", "a", LOG_TEXT, text, "b", LOG_TEXT, text, "c", LOG_TEXT, text, "d", LOG_TEXT,
             text, NULL);
    json_t *line = parse_line(stderr_capture_end(said, sizeof said));
    assert_int_equal(json_string_length(json_object_get(line, "a")), 512);
    assert_int_equal(json_string_length(json_object_get(line, "b")), 512);
    assert_null(json_object_get(line, "c"));
    json_decref(line);
}

/* A socket of packets keeps each write apart, so that one read returns one write. */
static void a_line_is_one_write_and_leaves_errno_alone(void **state) {
    (void)state;
    int ends[2];
    char said[16384];
    char text[513];
    memset(text, 'x', 512);
    text[512] = '\0';
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    int real_stderr = dup(STDERR_FILENO);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    errno = ERANGE;
    log_line(LOG_LEVEL_INFO, "event", "a", LOG_TEXT, text, "b", LOG_TEXT, text, NULL);
    int kept = errno;
    (void)dup2(real_stderr, STDERR_FILENO);
    ssize_t bytes = read(ends[0], said, sizeof said - 1);
    assert_true(bytes > 0);
    said[bytes] = '\0';
    json_decref(parse_line(said));
    assert_int_equal(kept, ERANGE);

    /* A log that cannot be written stops nothing. */
    (void)close(ends[0]);
    assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    log_line(LOG_LEVEL_INFO, "event", NULL);
    (void)dup2(real_stderr, STDERR_FILENO);
    (void)close(ends[1]);
    (void)close(real_stderr);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_when_how_grave_who_and_what),
        cmocka_unit_test(less_grave_than_asked_for_is_not_printed),
        cmocka_unit_test(quotes_line_ends_and_controls_are_escaped),
        cmocka_unit_test(bytes_that_are_no_utf8_become_replacement_characters),
        cmocka_unit_test(a_text_is_cut_at_512_bytes_and_never_inside_a_character),
        cmocka_unit_test(a_line_that_would_grow_too_long_loses_its_last_fields_whole),
        cmocka_unit_test(a_line_is_one_write_and_leaves_errno_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
