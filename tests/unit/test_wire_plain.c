/*
 * Goal: our own way to pack and to unpack messages gives what protobuf-c gives, byte by byte and value by value.
 * Method: random messages of every kind that is stored or sent often, filled by their descriptors; what protobuf-c packed is
 * unpacked by ours and packed again; cut and spoilt bytes are taken or refused as by protobuf-c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire.h"
#include "common/wire_decode.h"
#include "common/wire_encode.h"
#include "common/wire_scan.h"
#include "elp/v1/intake.pb-c.h"
#include "elp/v1/journal.pb-c.h"
#include "elp/v1/ledger.pb-c.h"
#include "elp/v1/rating.pb-c.h"
#include "elp/v1/reporting.pb-c.h"

#define ROUNDS 400
#define SPOILT_ROUNDS 40
#define PACKED_BYTES_MAX (4 * 1024 * 1024)

static const ProtobufCMessageDescriptor *const kinds[] = {
    &elp__v1__intake_record__descriptor, &elp__v1__rating_record__descriptor,    &elp__v1__ledger_record__descriptor,
    &elp__v1__submit_batch__descriptor,  &elp__v1__reporting_record__descriptor, &elp__v1__batch_verdicts__descriptor,
    &elp__v1__envelope__descriptor,      &elp__v1__journal_page__descriptor,
};

struct making {
    struct arena arena;
    uint64_t random;
};

static uint64_t next_random(struct making *making) {
    making->random ^= making->random << 13;
    making->random ^= making->random >> 7;
    making->random ^= making->random << 17;
    return making->random;
}

static size_t below(struct making *making, size_t bound) {
    return (size_t)(next_random(making) % bound);
}

/* Numbers of every length on the wire, negative ones too. */
static uint64_t random_number(struct making *making) {
    return next_random(making) >> below(making, 64);
}

static ProtobufCMessage *make_message(struct making *making, const ProtobufCMessageDescriptor *descriptor, int depth);

static void fill_member(struct making *making, const ProtobufCFieldDescriptor *field, uint8_t *member, int depth) {
    size_t bytes = below(making, 8) == 0 ? below(making, 300) : below(making, 9);
    char *text = arena_take(&making->arena, bytes + 1);
    assert_non_null(text);
    for (size_t i = 0; i < bytes; i++) {
        text[i] = (char)(1 + below(making, 127));
    }
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)(void *)member = text;
        return;
    case PROTOBUF_C_TYPE_BYTES:
        *(ProtobufCBinaryData *)(void *)member = (ProtobufCBinaryData){bytes, (uint8_t *)text};
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)(void *)member = make_message(making, field->descriptor, depth + 1);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)(void *)member = below(making, 2) != 0;
        return;
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
        *(uint32_t *)(void *)member = (uint32_t)random_number(making);
        return;
    default:
        *(uint64_t *)(void *)member = random_number(making);
    }
}

static size_t member_bytes(const ProtobufCFieldDescriptor *field) {
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(uint32_t);
    default:
        return sizeof(uint64_t);
    }
}

static void fill_field(struct making *making, const ProtobufCFieldDescriptor *field, ProtobufCMessage *message,
                       int depth) {
    uint8_t *member = (uint8_t *)message + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = below(making, depth < 2 ? 5 : 2);
        uint8_t *elements = arena_take(&making->arena, (count + 1) * member_bytes(field));
        assert_non_null(elements);
        for (size_t i = 0; i < count; i++) {
            fill_member(making, field, elements + i * member_bytes(field), depth);
        }
        *(size_t *)(void *)((uint8_t *)message + field->quantifier_offset) = count;
        *(void **)(void *)member = elements;
        return;
    }
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t *which = (uint32_t *)(void *)((uint8_t *)message + field->quantifier_offset);
        if (*which != 0) {
            return;
        }
        *which = field->id;
    }
    fill_member(making, field, member, depth);
}

static ProtobufCMessage *make_message(struct making *making, const ProtobufCMessageDescriptor *descriptor, int depth) {
    ProtobufCMessage *message = arena_take(&making->arena, descriptor->sizeof_message);
    assert_non_null(message);
    descriptor->message_init(message);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        if (below(making, 3) != 0 || (depth == 0 && below(making, 2) != 0)) {
            fill_field(making, &descriptor->fields[i], message, depth);
        }
    }
    return message;
}

struct work {
    struct making making;
    struct arena arena;
    struct buffer ours;
    uint8_t *theirs;
    size_t bytes;
};

static int set_up(void **state) {
    struct work *work = calloc(1, sizeof *work);
    assert_non_null(work);
    assert_int_equal(arena_open(&work->making.arena, WIRE_ARENA_BYTES), 0);
    assert_int_equal(arena_open(&work->arena, WIRE_ARENA_BYTES), 0);
    work->theirs = malloc(PACKED_BYTES_MAX);
    assert_non_null(work->theirs);
    work->making.random = UINT64_C(0x9e3779b97f4a7c15);
    *state = work;
    return 0;
}

static int tear_down(void **state) {
    struct work *work = *state;
    arena_close(&work->making.arena);
    arena_close(&work->arena);
    buffer_free(&work->ours);
    free(work->theirs);
    free(work);
    return 0;
}

/* A random message, packed by protobuf-c into work->theirs. */
static const ProtobufCMessage *random_message(struct work *work, const ProtobufCMessageDescriptor *kind) {
    arena_reset(&work->making.arena);
    ProtobufCMessage *message = make_message(&work->making, kind, 0);
    work->bytes = protobuf_c_message_get_packed_size(message);
    assert_true(work->bytes <= PACKED_BYTES_MAX);
    assert_int_equal(protobuf_c_message_pack(message, work->theirs), work->bytes);
    return message;
}

static void assert_ours_packs_the_same(struct work *work, const ProtobufCMessage *message) {
    assert_int_equal(buffer_pack(&work->ours, message), 0);
    assert_int_equal(work->ours.used, work->bytes);
    if (work->bytes > 0) {
        assert_memory_equal(work->ours.data, work->theirs, work->bytes);
    }
}

static void messages_are_packed_as_by_protobuf_c(void **state) {
    struct work *work = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const ProtobufCMessageDescriptor *kind = kinds[(size_t)round % (sizeof kinds / sizeof kinds[0])];
        assert_ours_packs_the_same(work, random_message(work, kind));
    }
}

static void what_protobuf_c_packs_is_plain_and_keeps_every_value(void **state) {
    struct work *work = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const ProtobufCMessageDescriptor *kind = kinds[(size_t)round % (sizeof kinds / sizeof kinds[0])];
        (void)random_message(work, kind);
        arena_reset(&work->arena);
        const ProtobufCMessage *message = wire_decode_plain(&work->arena, kind, span_of(work->theirs, work->bytes));
        assert_non_null(message);
        assert_ours_packs_the_same(work, message);
        assert_int_equal(protobuf_c_message_get_packed_size(message), work->bytes);
    }
}

/* Both ways on the same bytes: both refuse, or both read the same. */
static void assert_read_alike(struct work *work, const ProtobufCMessageDescriptor *kind, struct span bytes) {
    arena_reset(&work->arena);
    const ProtobufCMessage *ours = wire_unpack(&work->arena, kind, bytes);
    const ProtobufCMessage *theirs =
        wire_scan_finds_nul(kind, bytes)
            ? NULL
            : protobuf_c_message_unpack(kind, &work->arena.allocator, bytes.bytes, bytes.data);
    assert_int_equal(ours == NULL, theirs == NULL);
    if (ours == NULL) {
        return;
    }
    size_t size = protobuf_c_message_get_packed_size(theirs);
    uint8_t *packed = malloc(2 * size + 1);
    assert_non_null(packed);
    assert_int_equal(protobuf_c_message_get_packed_size(ours), size);
    assert_int_equal(protobuf_c_message_pack(theirs, packed), size);
    assert_int_equal(protobuf_c_message_pack(ours, packed + size), size);
    assert_memory_equal(packed, packed + size, size);
    assert_int_equal(buffer_pack(&work->ours, ours), 0);
    assert_int_equal(work->ours.used, size);
    if (size > 0) {
        assert_memory_equal(work->ours.data, packed, size);
    }
    free(packed);
}

static void cut_and_spoilt_bytes_are_read_as_by_protobuf_c(void **state) {
    struct work *work = *state;
    for (int round = 0; round < SPOILT_ROUNDS; round++) {
        const ProtobufCMessageDescriptor *kind = kinds[(size_t)round % (sizeof kinds / sizeof kinds[0])];
        (void)random_message(work, kind);
        for (size_t i = 0; i < 60 && work->bytes > 0; i++) {
            size_t at = below(&work->making, work->bytes);
            uint8_t kept = work->theirs[at];
            /* Exactly as long as the message, so that a sanitizer sees what is read behind it. */
            uint8_t *cut = malloc(at + 1);
            assert_non_null(cut);
            memcpy(cut, work->theirs, at);
            assert_read_alike(work, kind, span_of(cut, at));
            free(cut);
            work->theirs[at] = (uint8_t)next_random(&work->making);
            assert_read_alike(work, kind, span_of(work->theirs, work->bytes));
            work->theirs[at] = kept;
        }
    }
}

static void fields_out_of_order_twice_or_unknown_go_the_long_way(void **state) {
    struct work *work = *state;
    static const uint8_t swapped[] = {0x10, 0x07, 0x08, 0x01};
    static const uint8_t twice[] = {0x08, 0x01, 0x08, 0x02};
    static const uint8_t unknown[] = {0x08, 0x01, 0x78, 0x01};
    static const struct {
        const uint8_t *bytes;
        size_t count;
    } cases[] = {{swapped, sizeof swapped}, {twice, sizeof twice}, {unknown, sizeof unknown}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span bytes = span_of(cases[i].bytes, cases[i].count);
        arena_reset(&work->arena);
        assert_null(wire_decode_plain(&work->arena, &elp__v1__envelope__descriptor, bytes));
        assert_int_equal(work->arena.used, 0);
        assert_read_alike(work, &elp__v1__envelope__descriptor, bytes);
    }
}

static void a_spent_arena_gives_nothing(void **state) {
    (void)state;
    uint8_t payload[4096] = {1};
    struct arena small;
    struct buffer packed = {0};
    Elp__V1__Envelope envelope = ELP__V1__ENVELOPE__INIT;
    envelope.payload = (ProtobufCBinaryData){sizeof payload, payload};
    assert_int_equal(buffer_pack(&packed, &envelope.base), 0);
    assert_int_equal(arena_open(&small, 4096), 0);
    assert_null(wire_unpack(&small, &elp__v1__envelope__descriptor, buffer_span(&packed)));
    arena_close(&small);
    buffer_free(&packed);
}

static void an_envelope_without_payload_has_no_payload_field(void **state) {
    struct work *work = *state;
    static const uint8_t trace[16] = {9};
    struct buffer frame = {0};
    Elp__V1__Health empty = ELP__V1__HEALTH__INIT;
    const ProtobufCMessage *messages[] = {NULL, &empty.base};
    Elp__V1__Envelope expected = ELP__V1__ENVELOPE__INIT;
    expected.version = WIRE_VERSION;
    expected.type = ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH;
    expected.request_id = 77;
    expected.trace_id = (ProtobufCBinaryData){sizeof trace, (uint8_t *)(uintptr_t)trace};
    work->bytes = protobuf_c_message_pack(&expected.base, work->theirs);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(wire_pack_envelope(&frame, expected.type, 77, span_of(trace, sizeof trace), messages[i]), 0);
        assert_int_equal(frame.used, work->bytes);
        assert_memory_equal(frame.data, work->theirs, work->bytes);
    }
    buffer_free(&frame);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_are_packed_as_by_protobuf_c, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_protobuf_c_packs_is_plain_and_keeps_every_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cut_and_spoilt_bytes_are_read_as_by_protobuf_c, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fields_out_of_order_twice_or_unknown_go_the_long_way, set_up, tear_down),
        cmocka_unit_test(a_spent_arena_gives_nothing),
        cmocka_unit_test_setup_teardown(an_envelope_without_payload_has_no_payload_field, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
