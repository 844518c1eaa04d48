#include "common/yaml_schema.h"

#include <stdio.h>
#include <string.h>

#include "common/require.h"

/* The most fields of one mapping in any schema of ours. */
#define FIELDS_MAX 64

struct check {
    yaml_document_t *tree;
    struct yaml_errors *errors;
    size_t found;
    char path[sizeof(((struct yaml_error *)0)->field)];
};

__attribute__((format(printf, 3, 4))) static void report(struct check *check, const yaml_node_t *node,
                                                         const char *format, ...) {
    char text[sizeof(((struct yaml_error *)0)->text)];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    check->found++;
    yaml_errors_add(check->errors, (int)node->start_mark.line + 1, (int)node->start_mark.column + 1, check->path, "%s",
                    text);
}

/* Appends to the path and returns the length to cut it back to. A path that does not fit loses its end. */
static size_t path_enter(struct check *check, const char *separator, const char *part, const char *after) {
    size_t length = strlen(check->path);

    snprintf(check->path + length, sizeof(check->path) - length, "%s%s%s", separator, part, after);
    return length;
}

static const char *node_kind(const yaml_node_t *node) {
    return node->type == YAML_MAPPING_NODE ? "a mapping" : node->type == YAML_SEQUENCE_NODE ? "a list" : "a text";
}

static void check_value(struct check *check, const yaml_node_t *node, const struct cyaml_schema_value *schema);

static void check_scalar(struct check *check, const yaml_node_t *node, const struct cyaml_schema_value *schema) {
    if (node->type != YAML_SCALAR_NODE) {
        report(check, node, "a single value is meant here, not %s", node_kind(node));
        return;
    }

    const char *text = (const char *)node->data.scalar.value;
    size_t bytes = node->data.scalar.length;

    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
        (bytes == 0 || strcmp(text, "~") == 0 || strcmp(text, "null") == 0)) {
        report(check, node, "the value is missing: write one or delete the line");
    } else if (bytes < schema->string.min || bytes > schema->string.max) {
        report(check, node, "the text has %zu bytes; it must have %u to %u", bytes, schema->string.min,
               schema->string.max);
    }
}

static void check_sequence(struct check *check, const yaml_node_t *node, const struct cyaml_schema_value *schema) {
    if (node->type != YAML_SEQUENCE_NODE) {
        report(check, node, "a list is meant here, not %s", node_kind(node));
        return;
    }

    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);

    if (count < schema->sequence.min || count > schema->sequence.max) {
        report(check, node, "the list has %zu entries; it must have %u to %u", count, schema->sequence.min,
               schema->sequence.max);
    }
    for (size_t i = 0; i < count; i++) {
        char index[24];

        snprintf(index, sizeof(index), "%zu", i);

        size_t length = path_enter(check, "[", index, "]");

        check_value(check, yaml_document_get_node(check->tree, node->data.sequence.items.start[i]),
                    schema->sequence.entry);
        check->path[length] = 0;
    }
}

static const struct cyaml_schema_field *find_field(const struct cyaml_schema_field *fields, const yaml_node_t *key) {
    for (; fields->key != NULL; fields++) {
        if (key->type == YAML_SCALAR_NODE && strcmp(fields->key, (const char *)key->data.scalar.value) == 0) {
            return fields;
        }
    }
    return NULL;
}

/* One key and its value; `seen_line` has an entry for each field of the schema. */
static void check_pair(struct check *check, const yaml_node_t *key, const yaml_node_t *value,
                       const struct cyaml_schema_field *fields, int *seen_line) {
    const struct cyaml_schema_field *field = find_field(fields, key);
    const char *name = key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value : "?";
    size_t length = path_enter(check, check->path[0] == 0 ? "" : ".", name, "");

    if (key->type != YAML_SCALAR_NODE) {
        report(check, key, "a key is a word, not %s", node_kind(key));
    } else if (field == NULL) {
        report(check, key, "the key \"%.60s\" is unknown here: correct its spelling or delete it", name);
    } else if (seen_line[field - fields] != 0) {
        report(check, key, "the key \"%s\" stands here a second time; the first is on line %d", name,
               seen_line[field - fields]);
    } else {
        check_value(check, value, &field->value);
    }
    if (field != NULL && seen_line[field - fields] == 0) {
        seen_line[field - fields] = (int)key->start_mark.line + 1;
    }
    check->path[length] = 0;
}

static void check_mapping(struct check *check, const yaml_node_t *node, const struct cyaml_schema_value *schema) {
    const struct cyaml_schema_field *fields = schema->mapping.fields;
    int seen_line[FIELDS_MAX] = {0};
    size_t count = 0;

    while (fields[count].key != NULL) {
        count++;
    }
    require(count <= FIELDS_MAX);
    if (node->type != YAML_MAPPING_NODE) {
        report(check, node, "a mapping of keys and values is meant here, not %s", node_kind(node));
        return;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        check_pair(check, yaml_document_get_node(check->tree, pair->key),
                   yaml_document_get_node(check->tree, pair->value), fields, seen_line);
    }
    for (size_t i = 0; i < count; i++) {
        if (seen_line[i] == 0 && (fields[i].value.flags & CYAML_FLAG_OPTIONAL) == 0) {
            report(check, node, "the key \"%s\" is missing here", fields[i].key);
        }
    }
}

static void check_value(struct check *check, const yaml_node_t *node, const struct cyaml_schema_value *schema) {
    require(schema->type == CYAML_STRING || schema->type == CYAML_SEQUENCE || schema->type == CYAML_MAPPING);
    if (schema->type == CYAML_STRING) {
        check_scalar(check, node, schema);
    } else if (schema->type == CYAML_SEQUENCE) {
        check_sequence(check, node, schema);
    } else {
        check_mapping(check, node, schema);
    }
}

bool yaml_schema_check(yaml_document_t *tree, const struct cyaml_schema_value *schema, struct yaml_errors *errors) {
    struct check check = {.tree = tree, .errors = errors};

    check_value(&check, yaml_document_get_root_node(tree), schema);
    return check.found == 0;
}
