#ifndef ELP_CTL_REGISTRY_FILE_H
#define ELP_CTL_REGISTRY_FILE_H

#include <stddef.h>

#include "common/failure.h"
#include "common/yaml_document.h"
#include "elp/v1/registry.pb-c.h"

/*
 * A registry file: YAML with one list per kind of fact, its keys named as the fields of registry.proto
 * (docs/registry-file.md). Intake judges every fact by itself; this module only makes sure that what was written is what
 * is sent: no unknown key, no word that means nothing, no amount that could be read twice.
 */
struct registry_file;

#define REGISTRY_FILE_BYTES_MAX (32 * 1024 * 1024)
#define REGISTRY_FILE_NODES_MAX 2000000
#define REGISTRY_FILE_FACTS_MAX 100000 /* of one kind */
#define REGISTRY_FILE_TEXT_BYTES_MAX 2048

/*
 * Reads a whole file. 0 with *ret owned by the caller (registry_file_free); 1 when it is refused, with at least one error
 * added; FAILURE_MEMORY.
 */
MUST_USE int registry_file_parse(const char *text, size_t bytes, struct yaml_errors *errors,
                                 struct registry_file **ret);
void registry_file_free(struct registry_file *file); /* accepts NULL */

/*
 * The facts in the order in which they can be accepted: what another fact refers to comes first (payees, networks, sites,
 * programmes, contracts, then the rest); inside a kind, the order of the file. They live as long as the file.
 */
size_t registry_file_count(const struct registry_file *file);
const Elp__V1__RegistryFact *registry_file_fact(const struct registry_file *file, size_t index);

/* The rank of a fact's kind in that order, so that the facts of several files can be merged. */
int registry_fact_rank(const Elp__V1__RegistryFact *fact);

/*
 * Where a field of a fact stands: `field` as intake names it ("from"), empty for the whole fact. The full path
 * ("provider_contracts[12].from") goes to ret_path.
 */
struct yaml_place registry_file_place(const struct registry_file *file, size_t index, const char *field,
                                      char ret_path[96]);

/* The name of a fact's list ("provider_contracts"), the word of its kind ("provider-contract"), and what identifies it. */
const char *registry_fact_list(const Elp__V1__RegistryFact *fact);
const char *registry_fact_kind(const Elp__V1__RegistryFact *fact);
const char *registry_fact_code(const Elp__V1__RegistryFact *fact, char *out, size_t size);

/* The message inside a fact; NULL when none is set. */
const ProtobufCMessage *registry_fact_message(const Elp__V1__RegistryFact *fact);

/* The descriptor of a kind by its word, for `registry show`; NULL when there is no such kind. */
const ProtobufCMessageDescriptor *registry_kind_descriptor(const char *kind);

/* The name of a kind's list by the word of the kind; NULL when there is no such kind. */
const char *registry_kind_list(const char *kind);

#endif
