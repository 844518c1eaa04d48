#ifndef ELP_COMMON_YAML_SCHEMA_H
#define ELP_COMMON_YAML_SCHEMA_H

#include <cyaml/cyaml.h>
#include <stdbool.h>
#include <yaml.h>

#include "common/yaml_document.h"

/*
 * Compares a tree with a schema of CYAML_STRING, CYAML_MAPPING and CYAML_SEQUENCE and adds every difference
 * to `errors`, each with its own line; libcyaml itself stops at the first and may name another line. True
 * when nothing was found. The tree has no aliases and at most the depth that the caller allowed. Part of
 * yaml_document; nobody else uses it.
 */
MUST_USE bool yaml_schema_check(yaml_document_t *tree, const struct cyaml_schema_value *schema,
                                struct yaml_errors *errors);

#endif
