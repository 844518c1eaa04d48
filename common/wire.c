#include "common/wire.h"

#include <ctype.h>
#include <string.h>

#include "common/require.h"
#include "common/utf8.h"
#include "common/wire_decode.h"
#include "common/wire_scan.h"

#define UNSPECIFIED "UNSPECIFIED"

void *wire_unpack(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct span bytes) {
    void *message = wire_decode_plain(arena, descriptor, bytes);
    if (message != NULL) {
        return message;
    }
    if (wire_scan_finds_nul(descriptor, bytes)) {
        return NULL;
    }
    return protobuf_c_message_unpack(descriptor, &arena->allocator, bytes.bytes, bytes.data);
}

void *wire_unpack_parts(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct span bytes) {
    if (!wire_scan_finds_nul(descriptor, bytes)) {
        return protobuf_c_message_unpack(descriptor, &arena->allocator, bytes.bytes, bytes.data);
    }
    uint8_t *copy = arena_take(arena, bytes.bytes);
    if (copy == NULL) {
        return NULL;
    }
    memcpy(copy, bytes.data, bytes.bytes);
    wire_scan_replace_nul(descriptor, copy, bytes.bytes, 1);
    return protobuf_c_message_unpack(descriptor, &arena->allocator, bytes.bytes, copy);
}

/* C0, DEL and C1 (U+0080 to U+009F, in UTF-8 C2 80 to C2 9F). */
static bool is_control(const char *text) {
    const unsigned char *b = (const unsigned char *)text;
    return b[0] < 0x20 || b[0] == 0x7f || (b[0] == 0xc2 && b[1] < 0xa0);
}

bool wire_text_valid(const char *text, size_t bytes_max) {
    const size_t bytes = strnlen(text, bytes_max + 1);
    if (bytes > bytes_max) {
        return false;
    }
    for (size_t done = 0; done < bytes;) {
        const size_t length = utf8_length(text + done, bytes - done);
        if (length == 0 || is_control(text + done)) {
            return false;
        }
        done += length;
    }
    return true;
}

bool wire_enum_known(const ProtobufCEnumDescriptor *descriptor, int value) {
    return value != 0 && protobuf_c_enum_descriptor_get_value(descriptor, value) != NULL;
}

/* Bytes of the prefix that all names of the enum share, taken from the name of its 0. */
static size_t prefix_bytes(const ProtobufCEnumDescriptor *descriptor) {
    const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(descriptor, 0);
    require(zero != NULL);
    const size_t bytes = strlen(zero->name);
    require(bytes >= strlen(UNSPECIFIED));
    const size_t prefix = bytes - strlen(UNSPECIFIED);
    require(strcmp(zero->name + prefix, UNSPECIFIED) == 0);
    return prefix;
}

static char word_character(char c) {
    return c == '_' ? '-' : (char)tolower((unsigned char)c);
}

const char *wire_enum_word(const ProtobufCEnumDescriptor *descriptor, int value, char *out, size_t size) {
    if (!wire_enum_known(descriptor, value)) {
        return NULL;
    }
    const char *name = protobuf_c_enum_descriptor_get_value(descriptor, value)->name + prefix_bytes(descriptor);
    const size_t bytes = strlen(name) + 1;
    require(bytes <= size);
    for (size_t i = 0; i < bytes; i++) {
        out[i] = word_character(name[i]);
    }
    return out;
}

static bool word_fits(const char *name, const char *word) {
    while (*name != '\0' && word_character(*name) == *word) {
        name++;
        word++;
    }
    return *name == '\0' && *word == '\0';
}

int wire_enum_value(const ProtobufCEnumDescriptor *descriptor, const char *word) {
    const size_t prefix = prefix_bytes(descriptor);
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        if (word_fits(descriptor->values[i].name + prefix, word)) {
            return descriptor->values[i].value;
        }
    }
    return 0;
}
