/*
 * Goal: stepping over a message gives its fields as protobuf wrote them, and stops before bytes that are no field.
 * Method: fields packed by protobuf-c and by hand; every cut of a message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/wire.h"
#include "common/wire_walk.h"

static void fields_come_in_their_order_with_their_values(void **state) {
    (void)state;
    uint8_t payload[300] = {7};
    struct buffer packed = {0};
    Elp__V1__Envelope envelope = ELP__V1__ENVELOPE__INIT;
    envelope.version = WIRE_VERSION;
    envelope.type = ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_STATISTICS_REPLY;
    envelope.request_id = UINT64_C(0x8877665544332211);
    envelope.payload = (ProtobufCBinaryData){sizeof payload, payload};
    assert_int_equal(buffer_pack(&packed, &envelope.base), 0);
    struct span rest = buffer_span(&packed);
    struct wire_field field;
    assert_true(wire_walk(&rest, &field));
    assert_true(field.number == 1 && !field.is_bytes && field.value == WIRE_VERSION);
    assert_true(wire_walk(&rest, &field));
    assert_true(field.number == 2 && field.value == ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_STATISTICS_REPLY);
    assert_true(wire_walk(&rest, &field));
    assert_true(field.number == 3 && field.value == envelope.request_id);
    assert_true(wire_walk(&rest, &field));
    assert_true(field.number == 5 && field.is_bytes && field.bytes.bytes == sizeof payload);
    assert_memory_equal(field.bytes.data, payload, sizeof payload);
    assert_false(wire_walk(&rest, &field));
    assert_int_equal(rest.bytes, 0);
    buffer_free(&packed);
}

static void numbers_of_every_width_are_read(void **state) {
    (void)state;
    static const uint8_t bytes[] = {
        0x08, 0x00,                                                       /* 1: 0 */
        0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, /* 2: all ones */
        0x1d, 0x04, 0x03, 0x02, 0x01,                                     /* 3: four bytes */
        0xf8, 0xff, 0xff, 0xff, 0x0f, 0x05,                               /* the largest field number: 5 */
    };
    struct span rest = span_of(bytes, sizeof bytes);
    struct wire_field field;
    assert_true(wire_walk(&rest, &field) && field.number == 1 && field.value == 0);
    assert_true(wire_walk(&rest, &field) && field.number == 2 && field.value == UINT64_MAX);
    assert_true(wire_walk(&rest, &field) && field.number == 3 && field.value == 0x01020304);
    assert_true(wire_walk(&rest, &field) && field.number == (1u << 29) - 1 && field.value == 5);
    assert_int_equal(rest.bytes, 0);
}

static void a_cut_field_stays_where_it_is(void **state) {
    (void)state;
    static const uint8_t bytes[] = {0x0a, 0x02, 'a', 'b', 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x18, 0x80, 0x01};
    static const size_t ends[] = {4, 13, 16};
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        struct span rest = span_of(bytes, cut);
        struct wire_field field = {.number = 77};
        size_t whole = 0;
        while (wire_walk(&rest, &field)) {
            whole++;
        }
        size_t expected = (cut >= ends[0]) + (cut >= ends[1]) + (cut >= ends[2]);
        assert_int_equal(whole, expected);
        assert_int_equal(rest.bytes, cut - (expected > 0 ? ends[expected - 1] : 0));
        assert_int_equal(field.number, expected > 0 ? expected : 77);
    }
}

static void groups_unknown_types_and_endless_numbers_are_no_fields(void **state) {
    (void)state;
    static const uint8_t bad[][12] = {
        {0x0b, 0x0c},                                                             /* a group */
        {0x0e, 0x00},                                                             /* wire type 6 */
        {0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}, /* eleven bytes */
        {0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 'a'},  /* longer than memory */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct span rest = span_of(bad[i], sizeof bad[i]);
        struct wire_field field;
        assert_false(wire_walk(&rest, &field));
        assert_int_equal(rest.bytes, sizeof bad[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_come_in_their_order_with_their_values),
        cmocka_unit_test(numbers_of_every_width_are_read),
        cmocka_unit_test(a_cut_field_stays_where_it_is),
        cmocka_unit_test(groups_unknown_types_and_endless_numbers_are_no_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
