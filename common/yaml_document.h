#ifndef ELP_COMMON_YAML_DOCUMENT_H
#define ELP_COMMON_YAML_DOCUMENT_H

#include <cyaml/cyaml.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"

/*
 * A strict loader for the YAML files that people write: convention books, registry files, configuration.
 *
 * libcyaml fills C structs by a schema. In front of it stand the refusals that it does not make or places
 * badly: a ceiling on bytes, nodes and depth; one document; no aliases, anchors or tags; no zero byte
 * inside a text; duplicate, unknown and missing keys, and texts, lists or mappings in each other's place, all
 * of them reported at once and each with its own line.
 *
 * Every scalar is a string (libcyaml reads 86.69 into an integer as 86 and 010 as 8, without an error): a
 * schema here uses CYAML_STRING, CYAML_MAPPING and CYAML_SEQUENCE only, and the strings are parsed by the
 * strict functions below or by those of money.h, calendar.h and identifiers.h.
 */

/* One thing that is wrong with a file, for the person who wrote it. */
struct yaml_error {
    int line;       /* 1-based; 0 when the file as a whole is meant */
    int column;     /* 1-based; 0 when unknown */
    char field[96]; /* path of the field, "contracts[12].from"; may be empty */
    char text[256]; /* one sentence: what is wrong and what to write instead */
};

/* Collects errors in the order in which they are found. Errors beyond `max` are counted and dropped. */
struct yaml_errors {
    struct yaml_error *items; /* the caller's */
    size_t max;
    size_t count; /* written to items */
    size_t total; /* found */
};

/* What a kind of file may hold at most. */
struct yaml_limits {
    size_t bytes_max;
    size_t nodes_max;
    int depth_max; /* mappings and sequences inside each other */
};

struct yaml_document;

/*
 * Loads `text` by `schema` (a CYAML_MAPPING with CYAML_FLAG_POINTER). Returns 0 with *ret_document owned by
 * the caller (yaml_document_free), 1 when the text is refused (at least one error was added), or
 * FAILURE_MEMORY. `schema` outlives the document.
 */
MUST_USE int yaml_document_load(const char *text, size_t bytes, const struct yaml_limits *limits,
                                const struct cyaml_schema_value *schema, struct yaml_errors *errors,
                                struct yaml_document **ret_document);
void yaml_document_free(struct yaml_document *document);

/* The struct that the schema describes; owned by the document. */
const void *yaml_document_data(const struct yaml_document *document);

/* Where a node stands. */
struct yaml_place {
    int line;    /* 1-based */
    int column;  /* 1-based */
    bool quoted; /* a scalar in quotes */
};

/*
 * The place of a path such as "contracts[12].from" (indices count from 0); a list or mapping under a key is
 * placed at its key. A path that does not exist gives the place of its nearest parent that does, so an error
 * always has a line.
 */
struct yaml_place yaml_document_place(const struct yaml_document *document, const char *path);

/* Adds an error about `path` at its place. Of a path or text that is too long, the end is cut. */
void yaml_document_error(const struct yaml_document *document, struct yaml_errors *errors, const char *path,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds an error without a document: the file as a whole, or a place known otherwise. */
void yaml_errors_add(struct yaml_errors *errors, int line, int column, const char *path, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Strict whole number: digits without sign or leading zeros, within [min, max]. "010", "86.69" and "" are
 * refused. */
MUST_USE bool yaml_whole_parse(const char *text, int64_t min, int64_t max, int64_t *ret);

/* Strict flag: "true" or "false", nothing else. */
MUST_USE bool yaml_flag_parse(const char *text, bool *ret);

#endif
