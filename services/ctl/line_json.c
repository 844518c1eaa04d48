#include "services/ctl/line_json.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/require.h"
#include "common/utf8.h"
#include "common/wire.h"
#include "services/ctl/message_field.h"

struct reading {
    struct arena *arena;
    struct line_json_error *error;
    char path[96];
};

/* What a stranger wrote is quoted in errors: no control bytes for a terminal, no half characters for JSON. */
static void make_printable(char *text) {
    size_t left = strlen(text);
    while (left > 0) {
        size_t bytes = utf8_length(text, left);
        if (bytes == 0 || (unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = '?';
            bytes = 1;
        }
        text += bytes;
        left -= bytes;
    }
}

__attribute__((format(printf, 2, 3))) static bool refuse(struct reading *reading, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reading->error->reason, sizeof reading->error->reason, format, args);
    va_end(args);
    (void)snprintf(reading->error->field, sizeof reading->error->field, "%s", reading->path);
    make_printable(reading->error->reason);
    make_printable(reading->error->field);
    return false;
}

/* jansson's own depth limit is 2,048: counted here, before it recurses. */
static bool depth_is_fine(const char *text, size_t bytes) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < bytes; i++) {
        if (quoted) {
            if (text[i] == '\\') {
                i++;
            } else {
                quoted = text[i] != '"';
            }
        } else if (text[i] == '"') {
            quoted = true;
        } else if (text[i] == '{' || text[i] == '[') {
            if (++depth > LINE_JSON_DEPTH_MAX) {
                return false;
            }
        } else if (text[i] == '}' || text[i] == ']') {
            depth--;
        }
    }
    return true;
}

static const char *kind_name(const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
        return "a number";
    case JSON_REAL:
        return "a number with decimals";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

static bool read_text(struct reading *reading, const json_t *value, char **ret) {
    if (!json_is_string(value)) {
        return refuse(reading, "a text in quotes is meant here, not %s", kind_name(value));
    }
    *ret = arena_text(reading->arena, json_string_value(value));
    return *ret ? true : refuse(reading, "the line takes too much memory");
}

static bool read_bytes(struct reading *reading, const json_t *value, ProtobufCBinaryData *ret) {
    char *text;
    if (!read_text(reading, value, &text)) {
        return false;
    }
    size_t bytes = strlen(text);
    if (bytes == 0 || bytes > WIRE_KEY_BYTES_MAX) {
        return refuse(reading, "it has %zu bytes; 1 to %d are accepted", bytes, WIRE_KEY_BYTES_MAX);
    }
    *ret = (ProtobufCBinaryData){bytes, (uint8_t *)text};
    return true;
}

static bool read_whole(struct reading *reading, const json_t *value, uint32_t *ret) {
    if (!json_is_integer(value)) {
        return refuse(reading, "a whole number is meant here, not %s", kind_name(value));
    }
    if (json_integer_value(value) < 0 || json_integer_value(value) > UINT32_MAX) {
        return refuse(reading, "%" JSON_INTEGER_FORMAT " is out of range: 0 to %u", json_integer_value(value),
                      UINT32_MAX);
    }
    *ret = (uint32_t)json_integer_value(value);
    return true;
}

static bool read_word(struct reading *reading, const json_t *value, const ProtobufCEnumDescriptor *words, int *ret) {
    char choices[128];
    (void)field_enum_choices(words, choices, sizeof choices);
    if (!json_is_string(value)) {
        return refuse(reading, "a word in quotes is meant here, not %s: %s", kind_name(value), choices);
    }
    *ret = field_enum_value(words, json_string_value(value));
    return *ret ? true : refuse(reading, "\"%.40s\" is no word for this: %s", json_string_value(value), choices);
}

static bool read_object(struct reading *reading, const json_t *object, ProtobufCMessage *message);

static bool read_list(struct reading *reading, const json_t *value, const ProtobufCFieldDescriptor *field,
                      ProtobufCMessage *message) {
    const ProtobufCMessageDescriptor *descriptor = field->descriptor;
    if (!json_is_array(value)) {
        return refuse(reading, "a list is meant here, not %s", kind_name(value));
    }
    size_t count = json_array_size(value);
    if (count > LINE_JSON_BENEFICIARIES_MAX) {
        return refuse(reading, "the list has %zu entries; %d are the most", count, LINE_JSON_BENEFICIARIES_MAX);
    }
    ProtobufCMessage **items = arena_take(reading->arena, (count + 1) * sizeof *items);
    if (!items) {
        return refuse(reading, "the line takes too much memory");
    }
    size_t stem = strlen(reading->path);
    for (size_t i = 0; i < count; i++) {
        items[i] = arena_take(reading->arena, descriptor->sizeof_message);
        if (!items[i]) {
            return refuse(reading, "the line takes too much memory");
        }
        protobuf_c_message_init(descriptor, items[i]);
        (void)snprintf(reading->path + stem, sizeof reading->path - stem, "[%zu]", i);
        if (!read_object(reading, json_array_get(value, i), items[i])) {
            return false;
        }
        reading->path[stem] = 0;
    }
    memcpy((char *)message + field->offset, &items, sizeof items);
    memcpy((char *)message + field->quantifier_offset, &count, sizeof count);
    return true;
}

static bool read_field(struct reading *reading, const json_t *value, const ProtobufCFieldDescriptor *field,
                       ProtobufCMessage *message) {
    void *target = (char *)message + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        /* Every list of an attestation is one of messages. */
        require(field->type == PROTOBUF_C_TYPE_MESSAGE);
        return read_list(reading, value, field, message);
    }
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        *(protobuf_c_boolean *)target = json_is_true(value);
        return json_is_boolean(value) ? true : refuse(reading, "true or false is meant here, not %s", kind_name(value));
    }
    if (field->type == PROTOBUF_C_TYPE_UINT32) {
        return read_whole(reading, value, target);
    }
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        return read_word(reading, value, field->descriptor, target);
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        return read_bytes(reading, value, target);
    }
    require(field->type == PROTOBUF_C_TYPE_STRING);
    return read_text(reading, value, target);
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *descriptor, const char *key) {
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        char name[FIELD_NAME_BYTES];
        if (strcmp(field_name(&descriptor->fields[i], name), key) == 0) {
            return &descriptor->fields[i];
        }
    }
    return NULL;
}

static bool read_object(struct reading *reading, const json_t *object, ProtobufCMessage *message) {
    const char *key;
    const json_t *value;
    if (!json_is_object(object)) {
        return refuse(reading, "an object {...} is meant here, not %s", kind_name(object));
    }
    size_t stem = strlen(reading->path);
    void *iterator = json_object_iter((json_t *)object);
    for (; iterator; iterator = json_object_iter_next((json_t *)object, iterator)) {
        key = json_object_iter_key(iterator);
        value = json_object_iter_value(iterator);
        if (stem == 0 && strcmp(key, "refused") == 0) {
            continue;
        }
        (void)snprintf(reading->path + stem, sizeof reading->path - stem, "%s%.40s", stem ? "." : "", key);
        const ProtobufCFieldDescriptor *field = find_field(message->descriptor, key);
        if (!field) {
            return refuse(reading, "this key is unknown here: correct its spelling or delete it");
        }
        if (!read_field(reading, value, field, message)) {
            return false;
        }
        reading->path[stem] = 0;
    }
    return true;
}

/* {"clock": "..."} and nothing beside it. */
static bool read_clock(struct reading *reading, const json_t *object, struct line_json *ret) {
    const json_t *value = json_object_get(object, "clock");
    (void)snprintf(reading->path, sizeof reading->path, "clock");
    if (json_object_size(object) != 1) {
        return refuse(reading, "a clock directive stands alone on its line");
    }
    if (!json_is_string(value) || !instant_parse(json_string_value(value), &ret->clock)) {
        return refuse(reading, "a time with offset is meant here: \"2026-04-05T23:59:59+02:00\"");
    }
    ret->line = NULL;
    return true;
}

static bool read_line(struct reading *reading, const json_t *root, struct line_json *ret) {
    if (json_object_get(root, "clock")) {
        return read_clock(reading, root, ret);
    }
    Elp__V1__AttestationLine *line = arena_take(reading->arena, sizeof *line);
    if (!line) {
        return refuse(reading, "the line takes too much memory");
    }
    elp__v1__attestation_line__init(line);
    if (!read_object(reading, root, &line->base)) {
        return false;
    }
    ret->line = line;
    return true;
}

int line_json_parse(const char *text, size_t bytes, struct arena *arena, struct line_json *ret,
                    struct line_json_error *ret_error) {
    struct reading reading = {.arena = arena, .error = ret_error};
    struct line_json read = {0};
    json_error_t error;
    if (bytes > LINE_JSON_BYTES_MAX) {
        (void)refuse(&reading, "the line has %zu bytes; %d are the most", bytes, LINE_JSON_BYTES_MAX);
        return 1;
    }
    if (!depth_is_fine(text, bytes)) {
        (void)refuse(&reading, "it is nested deeper than %d levels", LINE_JSON_DEPTH_MAX);
        return 1;
    }
    json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        (void)refuse(&reading, "this is no JSON object: %s (column %d)", error.text, error.column);
        return 1;
    }
    bool sound = read_line(&reading, root, &read);
    json_decref(root);
    if (!sound) {
        return 1;
    }
    *ret = read;
    return 0;
}
