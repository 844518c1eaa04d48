#include "services/ctl/registry_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/money.h"
#include "common/require.h"
#include "services/ctl/message_field.h"

/*
 * The schema of the file is made from the message descriptors, so that a field of registry.proto is a key of the file
 * without another line here. libcyaml fills an array of slots, one per field of the message.
 */
#define FIELDS_MAX 32
#define ARENA_BYTES (256 * 1024 * 1024) /* address space; a fact takes a few hundred bytes of it */

struct slot {
    void *value;    /* text: char *; list: char **; envelopes: struct slot *; NULL when absent */
    unsigned count; /* list */
};

/* One kind of fact. The order of the table is the order in which facts can be accepted. */
struct kind {
    const char *list;
    const char *word;
    Elp__V1__RegistryFact__FactCase fact;
    const ProtobufCMessageDescriptor *descriptor;
    const char *needed; /* keys without which there is nothing to judge, between spaces */
};

static const struct kind kinds[] = {
    {"payees", "payee", ELP__V1__REGISTRY_FACT__FACT_PAYEE, &elp__v1__payee__descriptor, " code name "},
    {"networks", "network", ELP__V1__REGISTRY_FACT__FACT_NETWORK, &elp__v1__network__descriptor,
     " code name kind collecting_institution "},
    {"sites", "site", ELP__V1__REGISTRY_FACT__FACT_SITE, &elp__v1__site__descriptor, " code network name kind "},
    {"programmes", "programme", ELP__V1__REGISTRY_FACT__FACT_PROGRAMME, &elp__v1__programme__descriptor,
     " code network title functions decided_on "},
    {"provider_contracts", "provider-contract", ELP__V1__REGISTRY_FACT__FACT_PROVIDER_CONTRACT,
     &elp__v1__provider_contract__descriptor, " code provider network convention from functions payee "},
    {"second_leader_contracts", "second-leader-contract", ELP__V1__REGISTRY_FACT__FACT_SECOND_LEADER_CONTRACT,
     &elp__v1__second_leader_contract__descriptor, " code network kind from "},
    {"amendments", "amendment", ELP__V1__REGISTRY_FACT__FACT_AMENDMENT, &elp__v1__amendment__descriptor,
     " code network convention signed_on "},
    {"amendment_letters", "amendment-letter", ELP__V1__REGISTRY_FACT__FACT_AMENDMENT_LETTER,
     &elp__v1__amendment_letter__descriptor, " amendment network contract sent_on "},
    {"representations", "representation", ELP__V1__REGISTRY_FACT__FACT_REPRESENTATION,
     &elp__v1__representation__descriptor, " principal provider "},
    {"insurability", "insurability", ELP__V1__REGISTRY_FACT__FACT_INSURABILITY,
     &elp__v1__insurability_statement__descriptor, " niss from insured "},
    {"budgets", "budget", ELP__V1__REGISTRY_FACT__FACT_BUDGET, &elp__v1__budget__descriptor,
     " network year envelopes "},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct item {
    const Elp__V1__RegistryFact *fact;
    size_t kind;
    size_t index; /* place in its list */
};

struct registry_file {
    struct arena arena;
    struct yaml_document *document;
    struct cyaml_schema_value top;
    struct cyaml_schema_field lists[KINDS + 1];
    struct cyaml_schema_value entries[KINDS];
    struct cyaml_schema_field fields[KINDS][FIELDS_MAX + 1];
    struct cyaml_schema_field envelopes[FIELDS_MAX + 1];
    struct item *items;
    size_t count;
};

static const struct cyaml_schema_value list_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, 64),
};

/* The repeated message of a budget is written as a mapping from envelope to amount. */
static bool field_is_envelopes(const ProtobufCFieldDescriptor *field) {
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->descriptor == &elp__v1__envelope_amount__descriptor;
}

static bool schema_of_envelopes(struct registry_file *file) {
    const ProtobufCEnumDescriptor *words = &elp__v1__budget_envelope__descriptor;
    size_t used = 0;
    for (unsigned i = 0; i < words->n_values; i++) {
        char word[64];
        if (words->values[i].value == 0) {
            continue;
        }
        require(used < FIELDS_MAX);
        file->envelopes[used] = (struct cyaml_schema_field){
            .key = arena_text(&file->arena, field_enum_word(words, words->values[i].value, word, sizeof(word))),
            .data_offset = (uint32_t)(used * sizeof(struct slot)),
            .value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, char *, 1, 64)},
        };
        if (!file->envelopes[used++].key) {
            return false;
        }
    }
    return true;
}

static struct cyaml_schema_value schema_of_value(struct registry_file *file, const ProtobufCFieldDescriptor *field) {
    if (field_is_envelopes(field)) {
        return (struct cyaml_schema_value){
            .type = CYAML_MAPPING,
            .flags = CYAML_FLAG_POINTER,
            .data_size = FIELDS_MAX * sizeof(struct slot),
            .mapping = {.fields = file->envelopes},
        };
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return (struct cyaml_schema_value){
            CYAML_VALUE_SEQUENCE(CYAML_FLAG_POINTER, char *, &list_entry, 0, REGISTRY_FILE_FACTS_MAX),
        };
    }
    return (struct cyaml_schema_value){CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, REGISTRY_FILE_TEXT_BYTES_MAX)};
}

static bool key_is_needed(const struct kind *kind, const char *key) {
    char between[FIELD_NAME_BYTES + 2];
    snprintf(between, sizeof(between), " %s ", key);
    return strstr(kind->needed, between);
}

static bool schema_of_kind(struct registry_file *file, size_t k) {
    const ProtobufCMessageDescriptor *descriptor = kinds[k].descriptor;
    require(descriptor->n_fields <= FIELDS_MAX);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        char name[FIELD_NAME_BYTES];
        struct cyaml_schema_field *field = &file->fields[k][i];
        field->key = arena_text(&file->arena, field_name(&descriptor->fields[i], name));
        if (!field->key) {
            return false;
        }
        field->data_offset = (uint32_t)(i * sizeof(struct slot) + offsetof(struct slot, value));
        field->count_offset = (uint32_t)(i * sizeof(struct slot) + offsetof(struct slot, count));
        field->count_size = sizeof(((struct slot *)NULL)->count);
        field->value = schema_of_value(file, &descriptor->fields[i]);
        if (!key_is_needed(&kinds[k], name)) {
            field->value.flags = (enum cyaml_flag)(field->value.flags | CYAML_FLAG_OPTIONAL);
        }
    }
    file->entries[k] = (struct cyaml_schema_value){
        .type = CYAML_MAPPING,
        .flags = CYAML_FLAG_DEFAULT,
        .data_size = (uint32_t)(descriptor->n_fields * sizeof(struct slot)),
        .mapping = {.fields = file->fields[k]},
    };
    file->lists[k] = (struct cyaml_schema_field){
        .key = kinds[k].list,
        .data_offset = (uint32_t)(k * sizeof(struct slot) + offsetof(struct slot, value)),
        .count_offset = (uint32_t)(k * sizeof(struct slot) + offsetof(struct slot, count)),
        .count_size = sizeof(((struct slot *)NULL)->count),
        .value =
            {
                .type = CYAML_SEQUENCE,
                .flags = (enum cyaml_flag)(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL),
                .data_size = file->entries[k].data_size,
                .sequence = {.entry = &file->entries[k], .min = 0, .max = REGISTRY_FILE_FACTS_MAX},
            },
    };
    return true;
}

static bool schema_of_file(struct registry_file *file) {
    bool complete = schema_of_envelopes(file);
    for (size_t k = 0; complete && k < KINDS; k++) {
        complete = schema_of_kind(file, k);
    }
    file->top = (struct cyaml_schema_value){
        .type = CYAML_MAPPING,
        .flags = CYAML_FLAG_POINTER,
        .data_size = KINDS * sizeof(struct slot),
        .mapping = {.fields = file->lists},
    };
    return complete;
}

/* What the conversion of one value needs to know. */
struct reading {
    struct registry_file *file;
    struct yaml_errors *errors;
    char path[96];
};

/* Writes one scalar where `field` has its values in the message; false after an error was added. */
static bool read_scalar(struct reading *reading, const ProtobufCFieldDescriptor *field, char *text, void *target) {
    const struct yaml_document *document = reading->file->document;
    int64_t whole;
    bool flag;
    struct money amount;
    char choices[256];

    if (field->type == PROTOBUF_C_TYPE_STRING) {
        *(char **)target = text;
    } else if (field->type == PROTOBUF_C_TYPE_ENUM) {
        const ProtobufCEnumDescriptor *words = field->descriptor;
        *(int *)target = field_enum_value(words, text);
        if (*(int *)target == 0) {
            yaml_document_error(document, reading->errors, reading->path, "\"%.40s\" is no word for this: write %s",
                                text, field_enum_choices(words, choices, sizeof(choices)));
            return false;
        }
    } else if (field->type == PROTOBUF_C_TYPE_BOOL) {
        if (!yaml_flag_parse(text, &flag)) {
            yaml_document_error(document, reading->errors, reading->path, "\"%.40s\" is neither true nor false", text);
            return false;
        }
        *(protobuf_c_boolean *)target = flag;
    } else if (field->type == PROTOBUF_C_TYPE_UINT32) {
        if (!yaml_whole_parse(text, 0, UINT32_MAX, &whole)) {
            yaml_document_error(document, reading->errors, reading->path,
                                "\"%.40s\" is no whole number from 0 to %u: digits only, no leading zero", text,
                                UINT32_MAX);
            return false;
        }
        *(uint32_t *)target = (uint32_t)whole;
    } else {
        require(field_is_money(field));
        if (!money_parse(text, &amount)) {
            yaml_document_error(document, reading->errors, reading->path,
                                "\"%.40s\" is no amount: write euro with two decimals, \"1234.56\"", text);
            return false;
        }
        *(int64_t *)target = money_cents(amount);
    }
    return true;
}

static bool read_list(struct reading *reading, const ProtobufCFieldDescriptor *field, const struct slot *slot,
                      ProtobufCMessage *message) {
    size_t element = field->type == PROTOBUF_C_TYPE_STRING ? sizeof(char *) : sizeof(int);
    char *values = arena_take(&reading->file->arena, (slot->count + 1) * element);
    size_t stem = strlen(reading->path);
    bool sound = values != NULL;
    for (unsigned i = 0; values && i < slot->count; i++) {
        snprintf(reading->path + stem, sizeof(reading->path) - stem, "[%u]", i);
        sound = read_scalar(reading, field, ((char **)slot->value)[i], values + i * element) && sound;
        reading->path[stem] = 0;
    }
    memcpy((char *)message + field->offset, &values, sizeof(values));
    *(size_t *)((char *)message + field->quantifier_offset) = slot->count;
    return sound;
}

static bool read_envelopes(struct reading *reading, const ProtobufCFieldDescriptor *field, const struct slot *amounts,
                           ProtobufCMessage *message) {
    const ProtobufCFieldDescriptor *cents = protobuf_c_message_descriptor_get_field_by_name(field->descriptor, "cents");
    const struct cyaml_schema_field *names = reading->file->envelopes;
    Elp__V1__EnvelopeAmount **list = arena_take(&reading->file->arena, FIELDS_MAX * sizeof(*list));
    size_t stem = strlen(reading->path);
    size_t count = 0;
    bool sound = list != NULL;
    for (size_t i = 0; list && names[i].key; i++) {
        if (!amounts[i].value) {
            continue;
        }
        Elp__V1__EnvelopeAmount *amount = arena_take(&reading->file->arena, sizeof(*amount));
        if (!amount) {
            return false;
        }
        elp__v1__envelope_amount__init(amount);
        amount->envelope =
            (Elp__V1__BudgetEnvelope)field_enum_value(&elp__v1__budget_envelope__descriptor, names[i].key);
        snprintf(reading->path + stem, sizeof(reading->path) - stem, ".%s", names[i].key);
        sound = read_scalar(reading, cents, amounts[i].value, &amount->cents) && sound;
        reading->path[stem] = 0;
        list[count++] = amount;
    }
    memcpy((char *)message + field->offset, &list, sizeof(list));
    *(size_t *)((char *)message + field->quantifier_offset) = count;
    return sound;
}

static bool read_field(struct reading *reading, const ProtobufCFieldDescriptor *field, const struct slot *slot,
                       ProtobufCMessage *message) {
    if (!slot->value) {
        return true;
    }
    if (field_is_envelopes(field)) {
        return read_envelopes(reading, field, slot->value, message);
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return read_list(reading, field, slot, message);
    }
    return read_scalar(reading, field, slot->value, (char *)message + field->offset);
}

/* Builds the fact of one entry; NULL when memory is out. Wrong values are added as errors and left at their default. */
static const Elp__V1__RegistryFact *read_fact(struct reading *reading, size_t k, size_t index,
                                              const struct slot *slots) {
    const ProtobufCMessageDescriptor *descriptor = kinds[k].descriptor;
    Elp__V1__RegistryFact *fact = arena_take(&reading->file->arena, sizeof(*fact));
    ProtobufCMessage *message = arena_take(&reading->file->arena, descriptor->sizeof_message);
    if (!fact || !message) {
        return NULL;
    }
    protobuf_c_message_init(descriptor, message);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        char name[FIELD_NAME_BYTES];
        snprintf(reading->path, sizeof(reading->path), "%s[%zu].%s", kinds[k].list, index,
                 field_name(&descriptor->fields[i], name));
        (void)read_field(reading, &descriptor->fields[i], &slots[i], message);
    }
    elp__v1__registry_fact__init(fact);
    fact->fact_case = kinds[k].fact;
    fact->network = (Elp__V1__Network *)message; /* all members of the union are pointers to messages */
    return fact;
}

static int read_facts(struct registry_file *file, struct yaml_errors *errors) {
    const struct slot *lists = yaml_document_data(file->document);
    struct reading reading = {.file = file, .errors = errors};
    size_t total = 0;
    for (size_t k = 0; k < KINDS; k++) {
        total += lists[k].count;
    }
    file->items = calloc(total + 1, sizeof(*file->items));
    if (!file->items) {
        return FAILURE_MEMORY;
    }
    size_t errors_before = errors->total;
    for (size_t k = 0; k < KINDS; k++) {
        const struct slot *slots = lists[k].value;
        for (size_t i = 0; i < lists[k].count; i++) {
            const Elp__V1__RegistryFact *fact = read_fact(&reading, k, i, slots + i * kinds[k].descriptor->n_fields);
            if (!fact) {
                return FAILURE_MEMORY;
            }
            file->items[file->count++] = (struct item){fact, k, i};
        }
    }
    return errors->total == errors_before ? 0 : 1;
}

/* --- doubles ------------------------------------------------------------------------------------------------------ */

static const char *code_of(const Elp__V1__RegistryFact *fact, const ProtobufCMessageDescriptor *descriptor) {
    const ProtobufCFieldDescriptor *code = protobuf_c_message_descriptor_get_field_by_name(descriptor, "code");
    return code ? *(char *const *)((const char *)fact->network + code->offset) : "";
}

static int compare_two(const char *a, const char *b, const char *then_a, const char *then_b) {
    int order = strcmp(a, b);
    return order != 0 ? order : strcmp(then_a, then_b);
}

/* By what identifies a fact: two that are equal here say twice, perhaps in two ways, what can only stand once. */
static int compare_identity(const struct item *a, const struct item *b) {
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    switch ((int)a->fact->fact_case) {
    case ELP__V1__REGISTRY_FACT__FACT_BUDGET: {
        int order = strcmp(a->fact->budget->network, b->fact->budget->network);
        return order != 0
                   ? order
                   : (a->fact->budget->year > b->fact->budget->year) - (a->fact->budget->year < b->fact->budget->year);
    }
    case ELP__V1__REGISTRY_FACT__FACT_REPRESENTATION:
        return compare_two(a->fact->representation->principal, b->fact->representation->principal,
                           a->fact->representation->provider, b->fact->representation->provider);
    case ELP__V1__REGISTRY_FACT__FACT_AMENDMENT_LETTER:
        return compare_two(a->fact->amendment_letter->amendment, b->fact->amendment_letter->amendment,
                           a->fact->amendment_letter->contract, b->fact->amendment_letter->contract);
    case ELP__V1__REGISTRY_FACT__FACT_INSURABILITY:
        return compare_two(a->fact->insurability->niss, b->fact->insurability->niss, a->fact->insurability->from,
                           b->fact->insurability->from);
    default:
        return strcmp(code_of(a->fact, kinds[a->kind].descriptor), code_of(b->fact, kinds[b->kind].descriptor));
    }
}

static int compare_items(const void *left, const void *right) {
    const struct item *a = left;
    const struct item *b = right;
    int order = compare_identity(a, b);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* Of a fact that a file names twice, the second would silently replace the first. */
static int refuse_doubles(const struct registry_file *file, struct yaml_errors *errors) {
    struct item *sorted = calloc(file->count + 1, sizeof(*sorted));
    bool found = false;
    if (!sorted) {
        return FAILURE_MEMORY;
    }
    memcpy(sorted, file->items, file->count * sizeof(*sorted));
    qsort(sorted, file->count, sizeof(*sorted), compare_items);
    for (size_t i = 1; i < file->count; i++) {
        if (compare_identity(&sorted[i - 1], &sorted[i]) != 0) {
            continue;
        }
        const struct kind *kind = &kinds[sorted[i].kind];
        char first[96];
        char second[96];
        snprintf(first, sizeof(first), "%s[%zu]", kind->list, sorted[i - 1].index);
        snprintf(second, sizeof(second), "%s[%zu]%s", kind->list, sorted[i].index,
                 code_of(sorted[i].fact, kind->descriptor)[0] ? ".code" : "");
        yaml_document_error(file->document, errors, second, "this %s stands already on line %d: delete one of the two",
                            kind->word, yaml_document_place(file->document, first).line);
        found = true;
    }
    free(sorted);
    return found ? 1 : 0;
}

int registry_file_parse(const char *text, size_t bytes, struct yaml_errors *errors, struct registry_file **ret) {
    static const struct yaml_limits limits = {
        .bytes_max = REGISTRY_FILE_BYTES_MAX, .nodes_max = REGISTRY_FILE_NODES_MAX, .depth_max = 4};
    struct registry_file *file = calloc(1, sizeof(*file));
    if (!file) {
        return FAILURE_MEMORY;
    }
    int result = arena_open(&file->arena, ARENA_BYTES);
    if (result == 0 && !schema_of_file(file)) {
        result = FAILURE_MEMORY;
    }
    if (result == 0) {
        result = yaml_document_load(text, bytes, &limits, &file->top, errors, &file->document);
    }
    if (result == 0) {
        result = read_facts(file, errors);
    }
    if (result == 0) {
        result = refuse_doubles(file, errors);
    }
    if (result != 0) {
        registry_file_free(file);
        return result;
    }
    *ret = file;
    return 0;
}

void registry_file_free(struct registry_file *file) {
    if (!file) {
        return;
    }
    free(file->items);
    yaml_document_free(file->document);
    arena_close(&file->arena);
    free(file);
}

size_t registry_file_count(const struct registry_file *file) {
    return file->count;
}

const Elp__V1__RegistryFact *registry_file_fact(const struct registry_file *file, size_t index) {
    require(index < file->count);
    return file->items[index].fact;
}

struct yaml_place registry_file_place(const struct registry_file *file, size_t index, const char *field,
                                      char ret_path[96]) {
    require(index < file->count);
    const struct item *item = &file->items[index];
    snprintf(ret_path, 96, "%s[%zu]%s%.60s", kinds[item->kind].list, item->index, field[0] ? "." : "", field);
    return yaml_document_place(file->document, ret_path);
}

static const struct kind *kind_of(const Elp__V1__RegistryFact *fact) {
    for (size_t k = 0; k < KINDS; k++) {
        if (kinds[k].fact == fact->fact_case) {
            return &kinds[k];
        }
    }
    return NULL;
}

int registry_fact_rank(const Elp__V1__RegistryFact *fact) {
    const struct kind *kind = kind_of(fact);
    return kind ? (int)(kind - kinds) : (int)KINDS;
}

const char *registry_fact_list(const Elp__V1__RegistryFact *fact) {
    const struct kind *kind = kind_of(fact);
    return kind ? kind->list : "facts";
}

const char *registry_fact_kind(const Elp__V1__RegistryFact *fact) {
    const struct kind *kind = kind_of(fact);
    return kind ? kind->word : "fact";
}

const ProtobufCMessage *registry_fact_message(const Elp__V1__RegistryFact *fact) {
    return kind_of(fact) ? (const ProtobufCMessage *)fact->network : NULL;
}

const char *registry_kind_list(const char *word) {
    for (size_t k = 0; k < KINDS; k++) {
        if (strcmp(kinds[k].word, word) == 0) {
            return kinds[k].list;
        }
    }
    return NULL;
}

const ProtobufCMessageDescriptor *registry_kind_descriptor(const char *word) {
    for (size_t k = 0; k < KINDS; k++) {
        if (strcmp(kinds[k].word, word) == 0) {
            return kinds[k].descriptor;
        }
    }
    return NULL;
}

const char *registry_fact_code(const Elp__V1__RegistryFact *fact, char *out, size_t size) {
    if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_BUDGET) {
        snprintf(out, size, "%s %u", fact->budget->network, fact->budget->year);
    } else if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_REPRESENTATION) {
        snprintf(out, size, "%s %s", fact->representation->principal, fact->representation->provider);
    } else if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_AMENDMENT_LETTER) {
        snprintf(out, size, "%s %s", fact->amendment_letter->amendment, fact->amendment_letter->contract);
    } else if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_INSURABILITY) {
        /* A national number is not printed; the place in the file says whom it is about. */
        snprintf(out, size, "statement from %s", fact->insurability->from);
    } else {
        const struct kind *kind = kind_of(fact);
        snprintf(out, size, "%s", kind ? code_of(fact, kind->descriptor) : "");
    }
    return out;
}
