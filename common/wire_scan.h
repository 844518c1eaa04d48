#ifndef ELP_COMMON_WIRE_SCAN_H
#define ELP_COMMON_WIRE_SCAN_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "common/span.h"

/*
 * True when a string field of the serialised message, at any depth, holds a NUL byte. protobuf-c hands such a
 * text out cut at the NUL (pitfalls §3.1), so it has to be found before unpacking. Bytes that are no such
 * message give any answer: unpacking refuses them.
 */
bool wire_scan_finds_nul(const ProtobufCMessageDescriptor *descriptor, struct span bytes);

/* Writes `instead`, which is not 0, over each such NUL. Bytes that are no such message are changed or not: unpacking refuses them. */
void wire_scan_replace_nul(const ProtobufCMessageDescriptor *descriptor, uint8_t *bytes, size_t size, uint8_t instead);

#endif
