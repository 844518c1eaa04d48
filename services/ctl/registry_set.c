#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elp/v1/intake.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_field.h"
#include "services/ctl/message_json.h"
#include "services/ctl/registry_file.h"
#include "services/ctl/terminal.h"

/*
 * registry set: one fact changed in some fields, or made new. What stands is fetched, the fields are laid over it in the
 * form of a registry file, and the file's reader makes the fact of it, so that a value means here what it means there.
 */
#define ERRORS_MAX 20

/* The two fields that a composed code names; kinds that are not here have a field `code`. */
static const struct composed {
    const char *kind;
    const char *first;
    const char *second;
} composed[] = {
    {"amendment-letter", "amendment", "contract"},
    {"budget", "network", "year"},
};

static const struct composed *composed_kind(const char *kind) {
    for (size_t i = 0; i < sizeof composed / sizeof composed[0]; i++) {
        if (strcmp(composed[i].kind, kind) == 0) {
            return &composed[i];
        }
    }
    return NULL;
}

/* The fields of the code. */
static int set_code(json_t *fields, const char *kind, const char *code) {
    const struct composed *parts = composed_kind(kind);
    const char *slash = strchr(code, '/');
    if (!parts) {
        (void)json_object_set_new(fields, "code", json_string(code));
        return CTL_DONE;
    }
    if (!slash) {
        return ctl_fail(CTL_USAGE, "the code of a %s is %s/%s", kind, parts->first, parts->second);
    }
    (void)json_object_set_new(fields, parts->first, json_stringn(code, (size_t)(slash - code)));
    (void)json_object_set_new(fields, parts->second, json_string(slash + 1));
    return CTL_DONE;
}

/* The envelopes of a budget are a mapping in the file's form. */
static json_t *envelopes_of(const json_t *list) {
    json_t *envelopes = json_object();
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item) {
        (void)json_object_set(envelopes, json_string_value(json_object_get(item, "envelope")),
                              json_object_get(item, "amount"));
    }
    return envelopes;
}

/* What stands, in the file's form; an empty object when nothing does. */
static int fetch(struct ctl *ctl, const char *kind, const char *code, json_t **ret) {
    Elp__V1__RegistryQuery query = ELP__V1__REGISTRY_QUERY__INIT;
    void *answer;
    query.kind = (char *)kind;
    query.code = (char *)code;
    int result = ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REGISTRY_QUERY, &query.base,
                     ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REGISTRY_REPLY, &elp__v1__registry_reply__descriptor, &answer);
    if (result != CTL_DONE) {
        return result;
    }
    const Elp__V1__RegistryReply *reply = answer;
    bool found = reply->n_facts == 1;
    if (!found && !ctl_option(ctl, OPTION_NEW)) {
        return ctl_fail(CTL_NO, "no %s has the code %s that this key may see; --new makes one", kind, code);
    }
    if (found && ctl_option(ctl, OPTION_NEW)) {
        return ctl_fail(CTL_NO, "the %s %s stands already; without --new it is changed", kind, code);
    }
    json_t *fields = found ? message_json(registry_fact_message(reply->facts[0]), MESSAGE_JSON_SPARSE) : json_object();
    if (json_object_get(fields, "envelopes")) {
        (void)json_object_set_new(fields, "envelopes", envelopes_of(json_object_get(fields, "envelopes")));
    } else if (strcmp(kind, "budget") == 0) {
        (void)json_object_set_new(fields, "envelopes", json_object());
    }
    *ret = fields;
    return CTL_DONE;
}

/* "F2,F3" as a list; an empty text is an empty list. */
static json_t *list_of(const char *text) {
    json_t *list = json_array();
    while (*text) {
        size_t length = strcspn(text, ",");
        (void)json_array_append_new(list, json_stringn(text, length));
        text += length + (text[length] == ',');
    }
    return list;
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *descriptor, const char *wanted) {
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        char name[FIELD_NAME_BYTES];
        if (strcmp(field_name(&descriptor->fields[i], name), wanted) == 0) {
            return &descriptor->fields[i];
        }
    }
    return NULL;
}

/* Lays FIELD=VALUE over the fields; nothing after the sign takes the field away. */
static int lay_over(json_t *fields, const char *kind, const char *change) {
    const ProtobufCMessageDescriptor *descriptor = registry_kind_descriptor(kind);
    const char *sign = strchr(change, '=');
    char name[FIELD_NAME_BYTES];
    if (!sign || sign == change || (size_t)(sign - change) >= sizeof name) {
        return ctl_fail(CTL_USAGE, "\"%.60s\" is no change: write FIELD=VALUE", change);
    }
    (void)snprintf(name, sizeof name, "%.*s", (int)(sign - change), change);
    const ProtobufCFieldDescriptor *field = find_field(descriptor, name);
    json_t *target = fields;
    if (!field && strcmp(kind, "budget") == 0) {
        target = json_object_get(fields, "envelopes"); /* an unknown envelope is found by the file's reader */
    } else if (!field || (field->label == PROTOBUF_C_LABEL_REPEATED && field->type == PROTOBUF_C_TYPE_MESSAGE)) {
        return ctl_fail(CTL_USAGE, "a %s has no field \"%s\"; docs/registry-file.md names them", kind, name);
    }
    if (!sign[1]) {
        (void)json_object_del(target, name);
    } else if (field && field->label == PROTOBUF_C_LABEL_REPEATED) {
        (void)json_object_set_new(target, name, list_of(sign + 1));
    } else if (json_object_set_new(target, name, json_string(sign + 1)) != 0) {
        return ctl_fail(CTL_INPUT, "the value of %s is no UTF-8", name);
    }
    return CTL_DONE;
}

static int print_verdict(struct ctl *ctl, const Elp__V1__FactVerdict *verdict) {
    const Elp__V1__RefusalReason *refusal = verdict->refusal;
    int code = refusal ? CTL_NO : CTL_DONE;
    if (ctl->json) {
        int printed = message_json_print(message_json(&verdict->base, MESSAGE_JSON_WHOLE));
        return printed != CTL_DONE ? printed : code;
    }
    if (refusal) {
        char text[512];
        (void)fprintf(stderr, "%srefused%s %s (%s)\n    %s%s%s\n", terminal_begin(ctl->color, COLOR_RED),
                      terminal_end(ctl->color, COLOR_RED), refusal->code, refusal->article, refusal->field,
                      refusal->field[0] ? ": " : "",
                      terminal_sentences(refusal->reason, refusal->remedy, text, sizeof text));
    } else if (verdict->result == ELP__V1__FACT_RESULT__FACT_RESULT_UNCHANGED) {
        printf("unchanged: it says so already\n");
    } else if (ctl_option(ctl, OPTION_DRY_RUN)) {
        printf("would be recorded\n");
    } else {
        printf("%srecorded%s %" PRIu64 "\n", terminal_begin(ctl->color, COLOR_GREEN),
               terminal_end(ctl->color, COLOR_GREEN), verdict->number);
    }
    return code;
}

/* A budget is the ledger's too, which does not move a closed year: that is told, since intake has recorded the fact. */
static int tell_ledger_refusal(struct ctl *ctl, uint64_t number) {
    Elp__V1__Outcome *outcome = NULL;
    int code = ask_outcome(ctl, CELL_LEDGER, number, &outcome);
    if (code != CTL_DONE || !outcome || outcome->done) {
        return code;
    }
    return ctl_fail(CTL_NO, "the ledger changed nothing (%s): %s", outcome->code, outcome->reason);
}

static int send_fact(struct ctl *ctl, const struct registry_file *file) {
    Elp__V1__LoadRegistry request = ELP__V1__LOAD_REGISTRY__INIT;
    Elp__V1__RegistryFact *facts[1] = {(Elp__V1__RegistryFact *)registry_file_fact(file, 0)};
    void *answer;
    request.facts = facts;
    request.n_facts = 1;
    request.dry_run = ctl_option(ctl, OPTION_DRY_RUN) != NULL;
    int code = ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_REGISTRY, &request.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_REGISTRY_REPLY, &elp__v1__load_registry_reply__descriptor,
                   &answer);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__LoadRegistryReply *reply = answer;
    if (reply->n_facts != 1) {
        return ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "intake answered no fact");
    }
    code = print_verdict(ctl, reply->facts[0]);
    bool ledgers = facts[0]->fact_case == ELP__V1__REGISTRY_FACT__FACT_BUDGET && reply->facts[0]->number != 0;
    return code == CTL_DONE && ledgers && !request.dry_run ? tell_ledger_refusal(ctl, reply->facts[0]->number) : code;
}

/* Makes the fact of the fields, as a file of one fact, and sends it. */
static int send_fields(struct ctl *ctl, const char *kind, json_t *fields) {
    struct yaml_error items[ERRORS_MAX];
    struct yaml_errors errors = {.items = items, .max = ERRORS_MAX};
    struct registry_file *file = NULL;
    json_t *document = json_pack("{s:[O]}", registry_kind_list(kind), fields);
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    json_decref(document);
    if (!text) {
        return ctl_failure(FAILURE_MEMORY);
    }
    int result = registry_file_parse(text, strlen(text), &errors, &file);
    int code = CTL_DONE;
    if (result < 0) {
        code = ctl_failure(result);
    } else if (result > 0) {
        for (size_t i = 0; i < errors.count; i++) {
            code = ctl_fail(CTL_INPUT, "%s: %s", items[i].field, items[i].text);
        }
    } else {
        code = send_fact(ctl, file);
    }
    registry_file_free(file);
    free(text);
    return code;
}

static int run(struct ctl *ctl) {
    const char *kind = ctl_argument(ctl, 0);
    const char *code = ctl_argument(ctl, 1);
    json_t *fields = NULL;
    if (!registry_kind_list(kind) || strcmp(kind, "insurability") == 0 || strcmp(kind, "representation") == 0) {
        return ctl_fail(CTL_USAGE,
                        "\"%.40s\" is no kind of fact to be set: network, payee, provider-contract, "
                        "second-leader-contract, site, programme, amendment, amendment-letter or budget; others are "
                        "loaded (registry load)",
                        kind);
    }
    int result = fetch(ctl, kind, code, &fields);
    if (result == CTL_DONE) {
        result = set_code(fields, kind, code);
    }
    for (int i = 2; result == CTL_DONE && i < ctl->argument_count; i++) {
        result = lay_over(fields, kind, ctl_argument(ctl, i));
    }
    if (result == CTL_DONE) {
        result = send_fields(ctl, kind, fields);
    }
    json_decref(fields);
    return result;
}

static const struct argp_option options[] = {
    {"new", OPTION_NEW, NULL, 0, "make a fact that does not stand yet", 0},
    {"dry-run", OPTION_DRY_RUN, NULL, 0, "judge, record nothing", 0},
    {0},
};

const struct command registry_set_command = {
    .name = "registry set",
    .group = GROUP_REGISTRY,
    .summary = "change single fields of a fact that stands, or make one",
    .arguments = "KIND CODE FIELD=VALUE...",
    .arguments_min = 3,
    .arguments_max = CTL_ARGUMENTS_MAX,
    .as = "operator",
    .options = options,
    .help =
        "KIND, fields and values are those of registry files (docs/registry-file.md); lists are separated by commas, "
        "and nothing after the sign takes a field away. The code of a letter is AMENDMENT/CONTRACT, that of a budget "
        "NETWORK/YEAR with envelopes as fields. The change is a record with its author and date; what falls due by "
        "it becomes events.\n\n"
        "Examples:\n"
        "  elpctl registry set provider-contract A01-P1 notice=2026-01-12\n"
        "  elpctl registry set amendment A01-AV4 --new network=A01 convention=2024 signed_on=2026-01-05\n"
        "  elpctl registry set amendment-letter A01-AV4/A01-P1 --new network=A01 sent_on=2026-01-08\n"
        "  elpctl registry set amendment-letter A01-AV4/A01-P1 refused_on=2026-02-08\n"
        "  elpctl registry set programme A01-G1 published_on=2026-02-02 --as network",
    .run = run,
};
