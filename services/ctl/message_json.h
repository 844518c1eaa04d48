#ifndef ELP_CTL_MESSAGE_JSON_H
#define ELP_CTL_MESSAGE_JSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/*
 * Any message as JSON, by its descriptor. Names are those of message_field.h. Amounts are strings "86.69", 64-bit numbers and
 * ids strings, instants and the dates of journals strings, enums their words, hashes hexadecimal, other bytes text where
 * they are text. A sub-message that is not set, and the other members of a oneof, are left out.
 */
enum message_json {
    MESSAGE_JSON_WHOLE,  /* every field, also those at their default: a script finds what it looks for */
    MESSAGE_JSON_SPARSE, /* only what is set: records and events, most of whose fields do not concern them */
};

/* A new reference; NULL when memory is out. */
json_t *message_json(const ProtobufCMessage *message, enum message_json form);

/* One field's value as text for a table: "" when it is at its default. Lists are separated by blanks. */
const char *message_text(const ProtobufCMessage *message, const char *field, char *out, size_t size);

/* Prints a document on standard output, indented; consumes the reference. Returns 0 or an exit code after one line. */
int message_json_print(json_t *document);

/* Prints it on one line, for streams. */
int message_json_print_line(json_t *document);

#endif
