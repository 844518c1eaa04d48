#include "services/ctl/message_field.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/budget_envelope.h"
#include "common/wire.h"
#include "elp/v1/types.pb-c.h"

#define UNIT_CENTS "_cents"

const char *field_name(const ProtobufCFieldDescriptor *field, char out[FIELD_NAME_BYTES]) {
    const char *name = field->name;
    const char *unit = strstr(name, UNIT_CENTS);
    if (strcmp(name, "cents") == 0) {
        snprintf(out, FIELD_NAME_BYTES, "amount");
    } else if (strcmp(name, "at_us") == 0) {
        snprintf(out, FIELD_NAME_BYTES, "at");
    } else if (unit) {
        snprintf(out, FIELD_NAME_BYTES, "%.*s%s", (int)(unit - name), name, unit + strlen(UNIT_CENTS));
    } else {
        snprintf(out, FIELD_NAME_BYTES, "%s", name);
    }
    return out;
}

bool field_is_money(const ProtobufCFieldDescriptor *field) {
    return field->type == PROTOBUF_C_TYPE_SINT64 && strstr(field->name, "cents");
}

bool field_is_instant(const ProtobufCFieldDescriptor *field) {
    return field->type == PROTOBUF_C_TYPE_INT64 && strcmp(field->name, "at_us") == 0;
}

static bool is_function(const ProtobufCEnumDescriptor *descriptor) {
    return descriptor == &elp__v1__function__descriptor;
}

static bool is_envelope(const ProtobufCEnumDescriptor *descriptor) {
    return descriptor == &elp__v1__budget_envelope__descriptor;
}

const char *field_enum_word(const ProtobufCEnumDescriptor *descriptor, int value, char *out, size_t size) {
    if (value == 0) {
        snprintf(out, size, "%s", "");
    } else if (!wire_enum_known(descriptor, value)) {
        snprintf(out, size, "?");
    } else if (is_envelope(descriptor)) {
        snprintf(out, size, "%s", budget_envelope_word((Elp__V1__BudgetEnvelope)value));
    } else if (!wire_enum_word(descriptor, value, out, size)) {
        snprintf(out, size, "?");
    } else if (is_function(descriptor)) {
        out[0] = (char)toupper((unsigned char)out[0]);
    }
    return out;
}

int field_enum_value(const ProtobufCEnumDescriptor *descriptor, const char *word) {
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        char known[64];
        int value = descriptor->values[i].value;
        if (value != 0 && strcmp(field_enum_word(descriptor, value, known, sizeof(known)), word) == 0) {
            return value;
        }
    }
    return 0;
}

const char *field_enum_choices(const ProtobufCEnumDescriptor *descriptor, char *out, size_t size) {
    size_t used = 0;
    out[0] = 0;
    for (unsigned i = 0; i < descriptor->n_values && used < size; i++) {
        char word[64];
        int value = descriptor->values[i].value;
        if (value == 0) {
            continue;
        }
        const char *before = used == 0 ? "" : i + 1 == descriptor->n_values ? " or " : ", ";
        int added =
            snprintf(out + used, size - used, "%s%s", before, field_enum_word(descriptor, value, word, sizeof(word)));
        used += added > 0 ? (size_t)added : 0;
    }
    return out;
}
