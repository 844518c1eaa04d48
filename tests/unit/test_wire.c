/*
 * Goal: hostile bytes unpack to nothing or to bounded memory, texts and enum numbers are known before they
 * are used, and words and numbers of enums translate both ways.
 * Method: messages packed by us and then bent byte by byte, amplifying messages against small ceilings,
 * tables of texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/budget_envelope.h"
#include "common/utf8.h"
#include "common/wire.h"
#include "elp/v1/intake.pb-c.h"
#include "elp/v1/journal.pb-c.h"
#include "elp/v1/types.pb-c.h"
#include "tests/support/child_process.h"

static struct arena arena;

static int open_arena(void **state) {
    (void)state;
    return arena_open(&arena, WIRE_ARENA_BYTES);
}

static int close_arena(void **state) {
    (void)state;
    arena_close(&arena);
    return 0;
}

/* ---- buffers and envelopes ---- */

static void a_buffer_grows_and_keeps_its_bytes(void **state) {
    (void)state;
    struct buffer buffer = {0};
    uint8_t piece[999];
    buffer_free(&buffer);
    assert_int_equal(buffer_append(&buffer, NULL, 0), 0);
    assert_null(buffer.data);
    for (int i = 0; i < 200; i++) {
        memset(piece, i, sizeof piece);
        assert_int_equal(buffer_append(&buffer, piece, sizeof piece), 0);
    }
    assert_int_equal(buffer_span(&buffer).bytes, 200 * sizeof piece);
    for (int i = 0; i < 200; i++) {
        memset(piece, i, sizeof piece);
        assert_memory_equal(buffer.data + (size_t)i * sizeof piece, piece, sizeof piece);
    }
    assert_int_equal(buffer_append(&buffer, piece, SIZE_MAX - 1), FAILURE_MEMORY);
    assert_int_equal(buffer.used, 200 * sizeof piece);
    buffer_reset(&buffer);
    assert_int_equal(buffer_span(&buffer).bytes, 0);
    buffer_free(&buffer);
    assert_null(buffer.data);
}

static void an_envelope_is_packed_as_protobuf_packs_it_whatever_the_frame_held(void **state) {
    (void)state;
    struct buffer frame = {0};
    struct buffer payload = {0};
    struct buffer expected = {0};
    uint8_t trace[16];
    memset(trace, 0xa5, sizeof trace);
    char *reason = calloc(1, 3001);
    assert_non_null(reason);
    memset(reason, 'r', 3000);
    Elp__V1__Refused refused = ELP__V1__REFUSED__INIT;
    refused.code = "busy";
    refused.reason = reason;
    assert_int_equal(buffer_append(&frame, "left over", 9), 0);
    assert_int_equal(buffer_append(&payload, "left over", 9), 0);
    assert_int_equal(wire_pack_envelope(&frame, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REFUSED, UINT64_MAX,
                                        span_of(trace, sizeof trace), &refused.base),
                     0);

    assert_int_equal(buffer_pack(&payload, &refused.base), 0);
    Elp__V1__Envelope envelope = ELP__V1__ENVELOPE__INIT;
    envelope.version = 1;
    envelope.type = ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REFUSED;
    envelope.request_id = UINT64_MAX;
    envelope.trace_id = (ProtobufCBinaryData){sizeof trace, trace};
    envelope.payload = (ProtobufCBinaryData){payload.used, payload.data};
    assert_int_equal(buffer_pack(&expected, &envelope.base), 0);
    assert_int_equal(frame.used, expected.used);
    assert_memory_equal(frame.data, expected.data, expected.used);

    Elp__V1__Envelope *read = wire_unpack(&arena, &elp__v1__envelope__descriptor, buffer_span(&frame));
    assert_non_null(read);
    Elp__V1__Refused *inner =
        wire_unpack(&arena, &elp__v1__refused__descriptor, span_of(read->payload.data, read->payload.len));
    assert_non_null(inner);
    assert_string_equal(inner->reason, reason);
    assert_string_equal(inner->field, "");
    buffer_free(&frame);
    buffer_free(&payload);
    buffer_free(&expected);
    free(reason);
}

static void an_envelope_without_message_has_an_empty_payload(void **state) {
    (void)state;
    struct buffer frame = {0};
    assert_int_equal(wire_pack_envelope(&frame, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH, 7, span_of(NULL, 0), NULL),
                     0);
    Elp__V1__Envelope *read = wire_unpack(&arena, &elp__v1__envelope__descriptor, buffer_span(&frame));
    assert_non_null(read);
    assert_int_equal(read->version, WIRE_VERSION);
    assert_int_equal(read->type, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH);
    assert_int_equal(read->request_id, 7);
    assert_int_equal(read->trace_id.len, 0);
    assert_int_equal(read->payload.len, 0);
    buffer_free(&frame);
}

/* ---- hostile bytes ---- */

static void empty_bytes_are_a_message_of_defaults(void **state) {
    (void)state;
    Elp__V1__Refused *read = wire_unpack(&arena, &elp__v1__refused__descriptor, span_of(NULL, 0));
    assert_non_null(read);
    assert_string_equal(read->code, "");
}

/* 1 MiB of empty repeated sub-messages wants some thirty times as much memory. */
static void an_amplifying_message_stops_at_the_ceiling_of_the_arena(void **state) {
    (void)state;
    struct arena small;
    uint8_t *bytes = malloc(WIRE_REQUEST_BYTES_MAX);
    assert_non_null(bytes);
    /* Field 4 (reasons) of AttestationRefused: one byte of key and one of length each. */
    for (size_t i = 0; i < WIRE_REQUEST_BYTES_MAX; i += 2) {
        bytes[i] = 4 << 3 | 2;
        bytes[i + 1] = 0;
    }
    const struct span hostile = span_of(bytes, WIRE_REQUEST_BYTES_MAX);
    assert_int_equal(arena_open(&small, 8 * 1024 * 1024), 0);
    assert_null(wire_unpack(&small, &elp__v1__attestation_refused__descriptor, hostile));
    assert_true(small.used <= small.size);
    arena_reset(&small);
    Elp__V1__Refused refused = ELP__V1__REFUSED__INIT;
    refused.code = "busy";
    struct buffer honest = {0};
    assert_int_equal(buffer_pack(&honest, &refused.base), 0);
    assert_non_null(wire_unpack(&small, &elp__v1__refused__descriptor, buffer_span(&honest)));
    buffer_free(&honest);
    arena_close(&small);

    /* The ceiling refused: a sixteenth of these bytes unpacks, into more than sixteen times as much. */
    const struct span part = span_of(bytes, WIRE_REQUEST_BYTES_MAX / 16);
    assert_non_null(wire_unpack(&arena, &elp__v1__attestation_refused__descriptor, part));
    assert_true(arena.used > 16 * part.bytes);
    free(bytes);
}

static struct buffer pack_attestation(void) {
    struct buffer buffer = {0};
    Elp__V1__BeneficiaryFacts facts = ELP__V1__BENEFICIARY_FACTS__INIT;
    Elp__V1__BeneficiaryFacts *beneficiaries[] = {&facts, &facts};
    Elp__V1__SecondLeaderFacts second = ELP__V1__SECOND_LEADER_FACTS__INIT;
    Elp__V1__AttestationAccepted accepted = ELP__V1__ATTESTATION_ACCEPTED__INIT;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    char *warnings[] = {"one", "two"};
    facts.person = UINT64_C(0x0100000000000001);
    facts.age = 40;
    second.code = "second";
    second.rate_cents_per_hour = -1;
    accepted.key = (ProtobufCBinaryData){3, (uint8_t *)"\0k\0"};
    accepted.network = "network";
    accepted.beneficiaries = beneficiaries;
    accepted.n_beneficiaries = 2;
    accepted.second = &second;
    accepted.warnings = warnings;
    accepted.n_warnings = 2;
    record.number = 1;
    record.author = "author";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_ACCEPTED;
    record.accepted = &accepted;
    assert_int_equal(buffer_pack(&buffer, &record.base), 0);
    return buffer;
}

/* Memory errors are the sanitizers' to find; here no cut and no flipped bit may do more than be refused. */
static void every_cut_and_every_flipped_bit_unpacks_or_is_refused(void **state) {
    (void)state;
    struct buffer packed = pack_attestation();
    for (size_t bytes = 0; bytes < packed.used; bytes++) {
        (void)wire_unpack(&arena, &elp__v1__intake_record__descriptor, span_of(packed.data, bytes));
        arena_reset(&arena);
    }
    for (size_t bit = 0; bit < packed.used * 8; bit++) {
        packed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)wire_unpack(&arena, &elp__v1__intake_record__descriptor, buffer_span(&packed));
        packed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        arena_reset(&arena);
    }
    assert_non_null(wire_unpack(&arena, &elp__v1__intake_record__descriptor, buffer_span(&packed)));
    assert_null(wire_unpack(&arena, &elp__v1__intake_record__descriptor, span_of(packed.data, packed.used - 1)));
    buffer_free(&packed);
}

/* Replaces the first `text` in the packed bytes by the same text with a NUL inside. */
static void put_nul_into(struct buffer *packed, const char *text) {
    uint8_t *place = memmem(packed->data, packed->used, text, strlen(text));
    assert_non_null(place);
    place[1] = '\0';
}

static void a_text_with_nul_is_refused_at_any_depth_and_bytes_with_nul_are_not(void **state) {
    (void)state;
    static const char *const texts[] = {"author", "network", "second", "one", "two"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buffer packed = pack_attestation();
        Elp__V1__IntakeRecord *record = wire_unpack(&arena, &elp__v1__intake_record__descriptor, buffer_span(&packed));
        assert_non_null(record);
        assert_int_equal(record->accepted->key.len, 3);
        put_nul_into(&packed, texts[i]);
        assert_null(wire_unpack(&arena, &elp__v1__intake_record__descriptor, buffer_span(&packed)));
        buffer_free(&packed);
    }
}

static void of_a_message_of_parts_a_nul_becomes_a_control_and_the_rest_is_read(void **state) {
    (void)state;
    struct buffer packed = pack_attestation();
    put_nul_into(&packed, "network");
    put_nul_into(&packed, "one");
    const Elp__V1__IntakeRecord *record =
        wire_unpack_parts(&arena, &elp__v1__intake_record__descriptor, buffer_span(&packed));
    assert_non_null(record);
    assert_string_equal(record->accepted->network, "n\001twork");
    assert_string_equal(record->author, "author");
    assert_int_equal(record->accepted->key.len, 3);
    assert_false(wire_text_valid(record->accepted->network, 32));
    /* The request itself is left as it came: an idempotency key may hold zero bytes. */
    assert_true(memmem(packed.data, packed.used, "n\0twork", 7) != NULL);
    assert_null(wire_unpack_parts(&arena, &elp__v1__intake_record__descriptor, span_of(packed.data, packed.used - 1)));
    buffer_free(&packed);
}

/* ---- texts ---- */

static void utf8_is_strict_about_lengths_overlong_forms_surrogates_and_range(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t left;
        size_t length;
    } cases[] = {
        {"a", 1, 1},
        {"", 0, 0},
        {"\0", 1, 1},
        {"\x7f", 1, 1},
        {"\x80", 1, 0},
        {"\xbf", 1, 0},
        {"\xc0\x80", 2, 0},
        {"\xc1\xbf", 2, 0},
        {"\xc2\x80", 2, 2},
        {"\xdf\xbf", 2, 2},
        {"\xc3", 1, 0},
        {"\xc3\x28", 2, 0},
        {"\xe0\x9f\xbf", 3, 0},
        {"\xe0\xa0\x80", 3, 3},
        {"\xe2\x82\xac", 3, 3},
        {"\xe2\x82", 2, 0},
        {"\xe2\x28\xac", 3, 0},
        {"\xe2\x82\x28", 3, 0},
        {"\xed\x9f\xbf", 3, 3},
        {"\xed\xa0\x80", 3, 0},
        {"\xed\xbf\xbf", 3, 0},
        {"\xee\x80\x80", 3, 3},
        {"\xef\xbf\xbf", 3, 3},
        {"\xf0\x8f\xbf\xbf", 4, 0},
        {"\xf0\x90\x80\x80", 4, 4},
        {"\xf4\x8f\xbf\xbf", 4, 4},
        {"\xf4\x90\x80\x80", 4, 0},
        {"\xf5\x80\x80\x80", 4, 0},
        {"\xf0\x90\x80", 3, 0},
        {"\xff", 1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(utf8_length(cases[i].bytes, cases[i].left), cases[i].length);
    }
}

static void a_valid_text_is_utf8_without_controls_and_within_its_length(void **state) {
    (void)state;
    assert_true(wire_text_valid("", 0));
    assert_true(wire_text_valid("Maison médicale \"Aux Étangs\" – 5 €", 256));
    assert_true(wire_text_valid("\xc2\xa0\xef\xbf\xbd\xf0\x9f\x98\x80", 9));
    assert_true(wire_text_valid("12345", 5));
    assert_false(wire_text_valid("123456", 5));
    assert_false(wire_text_valid("1234\xc3\xa9", 5));
    static const char *const refused[] = {
        "a\tb",      "a\nb",      "\r",    "\x01",     "\x1f",         "\x7f",
        "a\xc2\x80", "a\xc2\x9f", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xff",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_false(wire_text_valid(refused[i], 256));
    }
}

/* ---- enums ---- */

static void an_enum_number_is_known_only_when_the_schema_names_it(void **state) {
    (void)state;
    const ProtobufCEnumDescriptor *kinds = &elp__v1__site_kind__descriptor;
    assert_false(wire_enum_known(kinds, 0));
    for (int value = 1; value <= 5; value++) {
        assert_true(wire_enum_known(kinds, value));
    }
    assert_false(wire_enum_known(kinds, 6));
    assert_false(wire_enum_known(kinds, -1));
    assert_false(wire_enum_known(kinds, INT32_MIN));
    assert_false(wire_enum_known(kinds, INT32_MAX));
    assert_false(wire_enum_known(&elp__v1__message_type__descriptor, 19));
    assert_true(wire_enum_known(&elp__v1__message_type__descriptor, 10));
}

static void an_unknown_enum_number_unpacks_and_is_caught_by_its_check(void **state) {
    (void)state;
    const uint8_t bytes[] = {9 << 3, 99};
    Elp__V1__AttestationAccepted *read =
        wire_unpack(&arena, &elp__v1__attestation_accepted__descriptor, span_of(bytes, sizeof bytes));
    assert_non_null(read);
    assert_int_equal((int)read->service, 99);
    assert_false(wire_enum_known(&elp__v1__service__descriptor, (int)read->service));
}

static void assert_words(const ProtobufCEnumDescriptor *descriptor, int value, const char *word) {
    char out[64];
    assert_string_equal(wire_enum_word(descriptor, value, out, sizeof out), word);
    assert_ptr_equal(wire_enum_word(descriptor, value, out, sizeof out), out);
    assert_int_equal(wire_enum_value(descriptor, word), value);
}

static void words_and_numbers_of_enums_translate_both_ways(void **state) {
    (void)state;
    char out[64];
    assert_words(&elp__v1__site_kind__descriptor, 1, "gp-practice");
    assert_words(&elp__v1__site_kind__descriptor, 4, "prison");
    assert_words(&elp__v1__service__descriptor, 3, "group");
    assert_words(&elp__v1__function__descriptor, 1, "f1");
    assert_words(&elp__v1__second_leader_kind__descriptor, 3, "health-professional");
    assert_words(&elp__v1__message_type__descriptor, 4, "journal-fetch");
    assert_null(wire_enum_word(&elp__v1__site_kind__descriptor, 0, out, sizeof out));
    assert_null(wire_enum_word(&elp__v1__site_kind__descriptor, 99, out, sizeof out));
    static const char *const unknown[] = {"",      "unspecified", "Prison",          "prison ",
                                          "priso", "gp_practice", "site-kind-prison"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_int_equal(wire_enum_value(&elp__v1__site_kind__descriptor, unknown[i]), 0);
    }
}

static void word_into_too_little(void *argument) {
    char out[6];
    (void)argument;
    (void)wire_enum_word(&elp__v1__site_kind__descriptor, 4, out, sizeof out);
}

static void too_little_room_for_a_word_is_our_bug(void **state) {
    (void)state;
    assert_int_equal(signal_that_ends(word_into_too_little, NULL), SIGABRT);
}

static void budget_envelopes_have_the_words_of_the_rulebook(void **state) {
    (void)state;
    static const char *const words[] = {
        "care.base",       "mission.new-graduates", "mission.art8", "mission.eating-disorders",
        "mission.prisons", "mission.under-served",  "operating",    "other-missions",
        "lump.network",    "lump.hospital",
    };
    const unsigned count = sizeof words / sizeof words[0];
    assert_int_equal(elp__v1__budget_envelope__descriptor.n_values, count + 1);
    for (unsigned i = 0; i < count; i++) {
        const Elp__V1__BudgetEnvelope envelope = (Elp__V1__BudgetEnvelope)(i + 1);
        assert_string_equal(budget_envelope_word(envelope), words[i]);
        assert_int_equal(budget_envelope_of_word(words[i]), envelope);
    }
    assert_string_equal(budget_envelope_word((Elp__V1__BudgetEnvelope)0), "-");
    assert_string_equal(budget_envelope_word((Elp__V1__BudgetEnvelope)99), "-");
    assert_int_equal(budget_envelope_of_word("-"), 0);
    assert_int_equal(budget_envelope_of_word(""), 0);
    assert_int_equal(budget_envelope_of_word("mission"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_grows_and_keeps_its_bytes),
        cmocka_unit_test_setup_teardown(an_envelope_is_packed_as_protobuf_packs_it_whatever_the_frame_held, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(an_envelope_without_message_has_an_empty_payload, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(empty_bytes_are_a_message_of_defaults, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(an_amplifying_message_stops_at_the_ceiling_of_the_arena, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(every_cut_and_every_flipped_bit_unpacks_or_is_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_text_with_nul_is_refused_at_any_depth_and_bytes_with_nul_are_not, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(of_a_message_of_parts_a_nul_becomes_a_control_and_the_rest_is_read, open_arena,
                                        close_arena),
        cmocka_unit_test(utf8_is_strict_about_lengths_overlong_forms_surrogates_and_range),
        cmocka_unit_test(a_valid_text_is_utf8_without_controls_and_within_its_length),
        cmocka_unit_test(an_enum_number_is_known_only_when_the_schema_names_it),
        cmocka_unit_test_setup_teardown(an_unknown_enum_number_unpacks_and_is_caught_by_its_check, open_arena,
                                        close_arena),
        cmocka_unit_test(words_and_numbers_of_enums_translate_both_ways),
        cmocka_unit_test(too_little_room_for_a_word_is_our_bug),
        cmocka_unit_test(budget_envelopes_have_the_words_of_the_rulebook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
