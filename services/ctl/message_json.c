#include "services/ctl/message_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/calendar.h"
#include "common/money.h"
#include "common/wire.h"
#include "services/ctl/command.h"
#include "services/ctl/message_field.h"

static json_t *number_text(uint64_t magnitude, bool negative) {
    char text[32];
    (void)snprintf(text, sizeof text, "%s%" PRIu64, negative ? "-" : "", magnitude);
    return json_string(text);
}

static json_t *signed_text(int64_t value) {
    return number_text(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

static json_t *money_text(int64_t cents) {
    char text[MONEY_TEXT_BYTES];
    return json_string(money_format(money_of_cents(cents), text, sizeof text));
}

static json_t *instant_text(int64_t at_us) {
    char text[INSTANT_TEXT_BYTES];
    return json_string(instant_format(at_us, text, sizeof text));
}

/* Only dates are int32 in journals: days since 1970-01-01; 0 and INT32_MIN mean none. */
static json_t *day_text(int32_t days) {
    char text[DATE_TEXT_BYTES];
    if (days == 0 || days == DATE_NONE.days) {
        return json_null();
    }
    return json_string(date_format((struct date){days}, text, sizeof text));
}

static json_t *bytes_text(const ProtobufCFieldDescriptor *field, const ProtobufCBinaryData *bytes) {
    static const char digits[] = "0123456789abcdef";
    bool hash = strstr(field->name, "hash") != NULL;
    if (!hash && bytes->len > 0 && !memchr(bytes->data, 0, bytes->len)) {
        json_t *text = json_stringn((const char *)bytes->data, bytes->len);
        if (text) {
            return text;
        }
    }
    json_t *text = NULL;
    char *hex = malloc(2 * bytes->len + 1);
    if (hex) {
        for (size_t i = 0; i < bytes->len; i++) {
            hex[2 * i] = digits[bytes->data[i] >> 4];
            hex[2 * i + 1] = digits[bytes->data[i] & 15];
        }
        hex[2 * bytes->len] = 0;
        text = json_string(hex);
        free(hex);
    }
    return text;
}

static json_t *enum_text(const ProtobufCFieldDescriptor *field, int value) {
    char word[64];
    return json_string(field_enum_word(field->descriptor, value, word, sizeof word));
}

/* Text from a daemon that is no UTF-8 would be no JSON; it is shown as its length instead of being guessed. */
static json_t *string_text(const char *text) {
    json_t *json = json_string(text);
    return json ? json : json_sprintf("(%zu bytes that are no text)", strlen(text));
}

static json_t *value_json(const ProtobufCFieldDescriptor *field, const void *value, enum message_json form) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
        return day_text(*(const int32_t *)value);
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return json_integer(*(const int32_t *)value);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return json_integer(*(const uint32_t *)value);
    case PROTOBUF_C_TYPE_SINT64:
        return field_is_money(field) ? money_text(*(const int64_t *)value) : signed_text(*(const int64_t *)value);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return field_is_instant(field) ? instant_text(*(const int64_t *)value) : signed_text(*(const int64_t *)value);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return number_text(*(const uint64_t *)value, false);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)value);
    case PROTOBUF_C_TYPE_ENUM:
        return enum_text(field, *(const int *)value);
    case PROTOBUF_C_TYPE_STRING:
        return string_text(*(char *const *)value);
    case PROTOBUF_C_TYPE_BYTES:
        return bytes_text(field, value);
    case PROTOBUF_C_TYPE_MESSAGE:
        return message_json(*(ProtobufCMessage *const *)value, form);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break; /* no message of ours has one */
    }
    return json_null();
}

/* Bytes that one value of a field takes in the struct or in its array. */
static size_t value_bytes(const ProtobufCFieldDescriptor *field) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return 4;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return sizeof(void *);
}

static bool is_oneof(const ProtobufCFieldDescriptor *field) {
    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

/* Has the field a value to show at all: not a sub-message that is unset, not another member of the oneof? */
static bool is_present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    const char *base = (const char *)message;
    if (is_oneof(field) && *(const uint32_t *)(const void *)(base + field->quantifier_offset) != field->id) {
        return false;
    }
    return field->label == PROTOBUF_C_LABEL_REPEATED || field->type != PROTOBUF_C_TYPE_MESSAGE ||
           *(ProtobufCMessage *const *)(const void *)(base + field->offset) != NULL;
}

static bool is_default(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    const char *value = (const char *)message + field->offset;
    if (is_oneof(field)) {
        return false;
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return *(const size_t *)(const void *)((const char *)message + field->quantifier_offset) == 0;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        return (*(char *const *)(const void *)value)[0] == 0;
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        return ((const ProtobufCBinaryData *)(const void *)value)->len == 0;
    }
    static const char zeros[sizeof(ProtobufCBinaryData)];
    return memcmp(value, zeros, value_bytes(field)) == 0;
}

static json_t *field_json(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                          enum message_json form) {
    const char *value = (const char *)message + field->offset;
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        return value_json(field, value, form);
    }
    json_t *list = json_array();
    const char *items = *(char *const *)(const void *)value;
    size_t count = *(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
    for (size_t i = 0; list && i < count; i++) {
        if (json_array_append_new(list, value_json(field, items + i * value_bytes(field), form)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *message_json(const ProtobufCMessage *message, enum message_json form) {
    json_t *object = json_object();
    for (unsigned i = 0; object && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char name[FIELD_NAME_BYTES];
        if (!is_present(message, field) || (form == MESSAGE_JSON_SPARSE && is_default(message, field))) {
            continue;
        }
        if (json_object_set_new(object, field_name(field, name), field_json(message, field, form)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static void append_text(json_t *value, char *out, size_t size) {
    size_t used = strlen(out);
    const char *blank = used ? " " : "";
    size_t i;
    json_t *item;
    if (json_is_string(value)) {
        (void)snprintf(out + used, size - used, "%s%s", blank, json_string_value(value));
    } else if (json_is_integer(value)) {
        (void)snprintf(out + used, size - used, "%s%" JSON_INTEGER_FORMAT, blank, json_integer_value(value));
    } else if (json_is_true(value)) {
        (void)snprintf(out + used, size - used, "%syes", blank);
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, item) {
            append_text(item, out, size);
        }
    }
}

const char *message_text(const ProtobufCMessage *message, const char *name, char *out, size_t size) {
    out[0] = 0;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char known[FIELD_NAME_BYTES];
        if (strcmp(field_name(field, known), name) == 0 && is_present(message, field) && !is_default(message, field)) {
            json_t *value = field_json(message, field, MESSAGE_JSON_WHOLE);
            append_text(value, out, size);
            json_decref(value);
        }
    }
    return out;
}

static int print(json_t *document, size_t flags) {
    if (!document) {
        return ctl_failure(FAILURE_MEMORY);
    }
    int failed = json_dumpf(document, stdout, flags | JSON_PRESERVE_ORDER);
    json_decref(document);
    if (failed || putchar('\n') == EOF) {
        return ctl_fail(failure_exit_code(FAILURE_SYSTEM), "the output could not be written");
    }
    return CTL_DONE;
}

int message_json_print(json_t *document) {
    return print(document, JSON_INDENT(2));
}

int message_json_print_line(json_t *document) {
    return print(document, JSON_COMPACT);
}
