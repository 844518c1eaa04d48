#ifndef ELP_COMMON_WIRE_ENCODE_H
#define ELP_COMMON_WIRE_ENCODE_H

#include <protobuf-c/protobuf-c.h>

#include "common/failure.h"
#include "common/wire.h"

/*
 * Appends the packed message: the bytes of protobuf_c_message_pack, for journals are compared byte by byte, without a walk over
 * the message for its size, and over each of its submessages again. FAILURE_MEMORY when the buffer cannot grow; what it holds is
 * then undefined.
 */
MUST_USE int wire_encode(struct buffer *buffer, const ProtobufCMessage *message);

/* Appends the message as field `number`, below 16; nothing where it is NULL or empty. */
MUST_USE int wire_encode_field(struct buffer *buffer, uint32_t number, const ProtobufCMessage *message);

#endif
