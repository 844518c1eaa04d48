#include "common/yaml_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/require.h"
#include "common/yaml_schema.h"

/*
 * Three passes over the same bytes. The events of libyaml show what must never reach a loader (aliases, tags,
 * a second document, depth). The tree of libyaml is compared with the schema and afterwards answers where a
 * path stands. Then libcyaml loads; what it still refuses is reported with the place of its log.
 */
struct yaml_document {
    const struct cyaml_schema_value *schema;
    yaml_document_t tree;
    bool tree_loaded;
    cyaml_data_t *data;
};

/* The first message of libcyaml and the first place in the backtrace that follows it. */
struct cyaml_complaint {
    char text[256];
    int line;
    int column;
};

__attribute__((format(printf, 3, 0))) static void take_complaint(cyaml_log_t level, void *context, const char *format,
                                                                 va_list args) {
    struct cyaml_complaint *complaint = context;
    char message[256];

    if (level != CYAML_LOG_ERROR) {
        return;
    }
    vsnprintf(message, sizeof(message), format, args);
    if (complaint->text[0] == 0) {
        message[strcspn(message, "\n")] = 0;
        snprintf(complaint->text, sizeof(complaint->text), "%s", message);
    }

    const char *place = strstr(message, "(line: ");

    if (complaint->line == 0 && place != NULL) {
        int fields = sscanf(place, "(line: %d, column: %d)", /* Call: libcyaml's own form, not a person's */
                            &complaint->line, &complaint->column);
        complaint->line = fields == 2 ? complaint->line : 0;
    }
}

static struct cyaml_config cyaml_settings(struct cyaml_complaint *complaint) {
    return (struct cyaml_config){
        .log_fn = complaint == NULL ? NULL : take_complaint,
        .log_ctx = complaint,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS,
    };
}

/* What one event adds to the count, and what makes it unacceptable. */
struct event_count {
    const struct yaml_limits *limits;
    struct yaml_errors *errors;
    size_t documents;
    size_t nodes;
    int depth;
};

static bool refuse_at(struct event_count *count, const yaml_mark_t *mark, const char *text) {
    yaml_errors_add(count->errors, (int)mark->line + 1, (int)mark->column + 1, "", "%s", text);
    return false;
}

static bool node_is_plain(struct event_count *count, const yaml_mark_t *mark, const yaml_char_t *anchor,
                          const yaml_char_t *tag) {
    if (anchor != NULL) {
        return refuse_at(count, mark, "anchors are not accepted: write the value out where it is meant");
    }
    if (tag != NULL) {
        return refuse_at(count, mark,
                         "tags such as !!int are not accepted: delete the tag, values are typed by their field");
    }
    if (++count->nodes > count->limits->nodes_max) {
        return refuse_at(count, mark, "the file has too many entries for its kind");
    }
    return true;
}

static bool enter(struct event_count *count, const yaml_mark_t *mark) {
    if (++count->depth > count->limits->depth_max) {
        return refuse_at(count, mark, "mappings and lists are nested too deep");
    }
    return true;
}

static bool event_is_acceptable(struct event_count *count, const yaml_event_t *event) {
    const yaml_mark_t *mark = &event->start_mark;

    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return refuse_at(count, mark, "aliases are not accepted: write the value out where it is meant");
    case YAML_DOCUMENT_START_EVENT:
        if (++count->documents > 1) {
            return refuse_at(count, mark, "a file is one document: delete the second one");
        }
        return true;
    case YAML_SCALAR_EVENT:
        if (memchr(event->data.scalar.value, 0, event->data.scalar.length) != NULL) {
            return refuse_at(count, mark, "a text holds a zero byte");
        }
        return node_is_plain(count, mark, event->data.scalar.anchor, event->data.scalar.tag);
    case YAML_SEQUENCE_START_EVENT:
        return node_is_plain(count, mark, event->data.sequence_start.anchor, event->data.sequence_start.tag) &&
               enter(count, mark);
    case YAML_MAPPING_START_EVENT:
        return node_is_plain(count, mark, event->data.mapping_start.anchor, event->data.mapping_start.tag) &&
               enter(count, mark);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        count->depth--;
        return true;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return true;
    }
    return true;
}

/* An error of libyaml's scanner or parser. Where it was refused memory it often says nothing at all. */
static int report_syntax(const yaml_parser_t *parser, struct yaml_errors *errors) {
    if (parser->error == YAML_MEMORY_ERROR || parser->problem == NULL) {
        return FAILURE_MEMORY;
    }
    yaml_errors_add(errors, (int)parser->problem_mark.line + 1, (int)parser->problem_mark.column + 1, "",
                    "this is not YAML: %s%s%s", parser->problem, parser->context == NULL ? "" : ", ",
                    parser->context == NULL ? "" : parser->context);
    return 1;
}

static int check_events(const char *text, size_t bytes, const struct yaml_limits *limits, struct yaml_errors *errors) {
    struct event_count count = {.limits = limits, .errors = errors};
    yaml_parser_t parser;
    int result = 0;

    if (!yaml_parser_initialize(&parser)) {
        return FAILURE_MEMORY;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, bytes);
    for (bool ended = false; result == 0 && !ended;) {
        yaml_event_t event;

        if (!yaml_parser_parse(&parser, &event)) {
            result = report_syntax(&parser, errors);
            break;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        if (!event_is_acceptable(&count, &event)) {
            result = 1;
        }
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (result == 0 && count.documents == 0) {
        yaml_errors_add(errors, 0, 0, "", "the file is empty");
        result = 1;
    }
    return result;
}

static int load_tree(struct yaml_document *document, const char *text, size_t bytes, struct yaml_errors *errors) {
    yaml_parser_t parser;
    int result = 0;

    if (!yaml_parser_initialize(&parser)) {
        return FAILURE_MEMORY;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, bytes);
    if (!yaml_parser_load(&parser, &document->tree)) {
        result = report_syntax(&parser, errors);
    } else {
        document->tree_loaded = true;
    }
    yaml_parser_delete(&parser);
    return result;
}

static int load_data(struct yaml_document *document, const char *text, size_t bytes, struct yaml_errors *errors) {
    struct cyaml_complaint complaint = {0};
    struct cyaml_config config = cyaml_settings(&complaint);
    cyaml_err_t error = cyaml_load_data((const uint8_t *)text, bytes, &config, document->schema, &document->data, NULL);

    if (error == CYAML_OK && document->data != NULL) {
        return 0;
    }
    /* libyaml has read these bytes twice before: what stops it now is memory. */
    if (error == CYAML_ERR_OOM || error == CYAML_ERR_LIBYAML_PARSER || error == CYAML_ERR_LIBYAML_PARSER_INIT ||
        error == CYAML_ERR_LIBYAML_EVENT_INIT) {
        return FAILURE_MEMORY;
    }
    yaml_errors_add(errors, complaint.line, complaint.column, "", "the file does not have the expected form: %s",
                    complaint.text[0] != 0 ? complaint.text : cyaml_strerror(error));
    return 1;
}

static int load_passes(struct yaml_document *document, const char *text, size_t bytes, const struct yaml_limits *limits,
                       struct yaml_errors *errors) {
    if (bytes > limits->bytes_max) {
        yaml_errors_add(errors, 0, 0, "", "the file has %zu bytes, %zu are the most", bytes, limits->bytes_max);
        return 1;
    }

    int result = check_events(text, bytes, limits, errors);

    if (result == 0) {
        result = load_tree(document, text, bytes, errors);
    }
    if (result == 0 && !yaml_schema_check(&document->tree, document->schema, errors)) {
        result = 1;
    }
    if (result == 0) {
        result = load_data(document, text, bytes, errors);
    }
    return result;
}

int yaml_document_load(const char *text, size_t bytes, const struct yaml_limits *limits,
                       const struct cyaml_schema_value *schema, struct yaml_errors *errors,
                       struct yaml_document **ret_document) {
    require(schema->type == CYAML_MAPPING && (schema->flags & CYAML_FLAG_POINTER) != 0);

    struct yaml_document *document = calloc(1, sizeof(*document));

    if (document == NULL) {
        return FAILURE_MEMORY;
    }
    document->schema = schema;

    int result = load_passes(document, text, bytes, limits, errors);

    if (result != 0) {
        yaml_document_free(document);
        return result;
    }
    *ret_document = document;
    return 0;
}

void yaml_document_free(struct yaml_document *document) {
    if (document == NULL) {
        return;
    }
    if (document->data != NULL) {
        struct cyaml_config config = cyaml_settings(NULL);

        (void)cyaml_free(&config, document->schema, document->data, 0);
    }
    if (document->tree_loaded) {
        yaml_document_delete(&document->tree);
    }
    free(document);
}

const void *yaml_document_data(const struct yaml_document *document) {
    return document->data;
}

/* The pair of a key of `bytes` bytes, or NULL. */
static const yaml_node_pair_t *mapping_pair(yaml_document_t *tree, const yaml_node_t *node, const char *key,
                                            size_t bytes) {
    if (node->type != YAML_MAPPING_NODE) {
        return NULL;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(tree, pair->key);

        if (name->type == YAML_SCALAR_NODE && name->data.scalar.length == bytes &&
            memcmp(name->data.scalar.value, key, bytes) == 0) {
            return pair;
        }
    }
    return NULL;
}

static const yaml_node_t *sequence_item(yaml_document_t *tree, const yaml_node_t *node, unsigned long index) {
    if (node->type != YAML_SEQUENCE_NODE ||
        index >= (size_t)(node->data.sequence.items.top - node->data.sequence.items.start)) {
        return NULL;
    }
    return yaml_document_get_node(tree, node->data.sequence.items.start[index]);
}

/* A node and where to point at it: libyaml places a list at its first entry, people look for its key. */
struct step {
    const yaml_node_t *node;
    const yaml_node_t *shown;
};

/* Takes one step of a path, "[3]" or a key, and returns what follows it; the step's node is NULL when it
 * leads nowhere. */
static const char *take_step(yaml_document_t *tree, const char *path, const struct step *from, struct step *ret) {
    if (*path == '[') {
        char *end;

        ret->node = sequence_item(tree, from->node, strtoul(path + 1, &end, 10));
        ret->shown = ret->node;
        path = *end == ']' ? end + 1 : end;
    } else {
        size_t bytes = strcspn(path, ".[");
        const yaml_node_pair_t *pair = mapping_pair(tree, from->node, path, bytes);

        ret->node = pair == NULL ? NULL : yaml_document_get_node(tree, pair->value);
        ret->shown = ret->node == NULL || ret->node->type == YAML_SCALAR_NODE ? ret->node
                                                                              : yaml_document_get_node(tree, pair->key);
        path += bytes;
    }
    return path + (*path == '.');
}

struct yaml_place yaml_document_place(const struct yaml_document *document, const char *path) {
    /* libyaml's accessors take a non-const document and do not change it. */
    yaml_document_t *tree = (yaml_document_t *)&document->tree;
    const yaml_node_t *root = yaml_document_get_root_node(tree);
    struct step at = {root, root};

    while (*path != 0) {
        struct step next;
        const char *rest = take_step(tree, path, &at, &next);

        /* A path that makes no progress is none of ours. */
        if (next.node == NULL || rest == path) {
            break;
        }
        at = next;
        path = rest;
    }

    bool quoted = at.node->type == YAML_SCALAR_NODE && (at.node->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                                                        at.node->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE);

    return (struct yaml_place){(int)at.shown->start_mark.line + 1, (int)at.shown->start_mark.column + 1, quoted};
}
