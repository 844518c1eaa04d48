#ifndef ELP_CTL_MESSAGE_FIELD_H
#define ELP_CTL_MESSAGE_FIELD_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * How a field of a message is called and what it holds, for people: the same in registry files, in the JSON lines that
 * elpctl reads and in the JSON that it prints. Names are those of the .proto files, but for the unit in a name of money or
 * of an instant, which goes away because the value is written out: fee_cents → fee, rate_cents_per_hour → rate_per_hour,
 * cents → amount, at_us → at.
 */
#define FIELD_NAME_BYTES 64

const char *field_name(const ProtobufCFieldDescriptor *field, char out[FIELD_NAME_BYTES]);

/* Whole cents, written "1234.56". */
bool field_is_money(const ProtobufCFieldDescriptor *field);

/* Microseconds UTC, written "2026-04-05T21:59:59.000000Z". */
bool field_is_instant(const ProtobufCFieldDescriptor *field);

/*
 * The word of an enum's value: "individual", "gp-practice", "care.base", "F2"; "" for UNSPECIFIED, "?" for a number that this
 * program does not know.
 */
const char *field_enum_word(const ProtobufCEnumDescriptor *descriptor, int value, char *out, size_t size);

/* The value of exactly such a word; 0 (UNSPECIFIED) when there is none. */
int field_enum_value(const ProtobufCEnumDescriptor *descriptor, const char *word);

/* "adult, child or mixed": the words that an enum accepts, for error texts. */
const char *field_enum_choices(const ProtobufCEnumDescriptor *descriptor, char *out, size_t size);

#endif
