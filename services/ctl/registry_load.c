#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire.h"
#include "elp/v1/intake.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/input_file.h"
#include "services/ctl/message_json.h"
#include "services/ctl/progress.h"
#include "services/ctl/registry_file.h"
#include "services/ctl/table.h"
#include "services/ctl/terminal.h"

/*
 * registry load and registry check: the facts of one or several files to intake, in an order in which what is referred to
 * comes first. Every file is read whole before anything is sent; then intake judges fact by fact.
 */
#define FILES_MAX 64
#define ERRORS_MAX 50
#define BATCH_BYTES_MAX (900 * 1024)
#define FACT_OVERHEAD_BYTES 8
#define KINDS_MAX 16

struct registry_input {
    const char *path;
    char *text;
    struct registry_file *file;
};

/* A fact and where it came from. */
struct origin {
    const struct registry_input *input;
    size_t index;
};

struct kind_count {
    const char *list;
    uint64_t recorded;
    uint64_t unchanged;
    uint64_t refused;
    uint64_t dependent; /* check: refers to a fact of the same files, so it cannot be judged alone */
};

struct fact_code {
    char text[96];
};

struct load {
    struct ctl *ctl;
    bool dry_run;
    struct registry_input inputs[FILES_MAX];
    size_t input_count;
    struct origin *facts;     /* of all files, by rank */
    uint64_t *budget_records; /* beside them: the record in which a budget stands, else 0 */
    size_t fact_count;
    struct fact_code *codes; /* what identifies them, sorted */
    struct kind_count kinds[KINDS_MAX];
    size_t kind_count;
    uint64_t refused;
    uint64_t unmoved; /* budgets that the ledger refused after intake had recorded them */
};

static int read_input(struct load *load, const char *path) {
    struct registry_input *input = &load->inputs[load->input_count];
    struct yaml_error items[ERRORS_MAX];
    struct yaml_errors errors = {.items = items, .max = ERRORS_MAX};
    size_t bytes;
    input->path = strcmp(path, "-") == 0 ? "standard input" : path;
    int code = input_file_read(path, REGISTRY_FILE_BYTES_MAX, &input->text, &bytes);
    if (code != CTL_DONE) {
        return code;
    }
    load->input_count++;
    int result = registry_file_parse(input->text, bytes, &errors, &input->file);
    if (result < 0) {
        return ctl_failure(result);
    }
    if (result == 1) {
        input_file_errors(input->path, &errors);
        return ctl_fail(CTL_INPUT, "%s: %zu error%s; nothing was sent. docs/registry-file.md describes the form",
                        input->path, errors.total, errors.total == 1 ? "" : "s");
    }
    return CTL_DONE;
}

/* All facts of all files, by rank; inside a rank in the order of the command line and of the files. */
static int merge(struct load *load) {
    for (size_t i = 0; i < load->input_count; i++) {
        load->fact_count += registry_file_count(load->inputs[i].file);
    }
    load->facts = calloc(load->fact_count + 1, sizeof *load->facts);
    load->budget_records = calloc(load->fact_count + 1, sizeof *load->budget_records);
    if (!load->facts || !load->budget_records) {
        return ctl_failure(FAILURE_MEMORY);
    }
    size_t used = 0;
    for (int rank = 0; used < load->fact_count; rank++) {
        for (size_t i = 0; i < load->input_count; i++) {
            const struct registry_file *file = load->inputs[i].file;
            for (size_t f = 0; f < registry_file_count(file); f++) {
                if (registry_fact_rank(registry_file_fact(file, f)) == rank) {
                    load->facts[used++] = (struct origin){&load->inputs[i], f};
                }
            }
        }
    }
    return CTL_DONE;
}

static const Elp__V1__RegistryFact *fact_of(const struct origin *origin) {
    return registry_file_fact(origin->input->file, origin->index);
}

static struct kind_count *count_of(struct load *load, const char *list) {
    size_t k = 0;
    while (k < load->kind_count && strcmp(load->kinds[k].list, list) != 0) {
        k++;
    }
    if (k == load->kind_count && k < KINDS_MAX - 1) {
        load->kinds[load->kind_count++].list = list;
    }
    return &load->kinds[k];
}

static void report_refusal(struct load *load, const struct origin *origin, const Elp__V1__RefusalReason *refusal) {
    char path[96];
    char code[96];
    char text[512];
    struct yaml_place place = registry_file_place(origin->input->file, origin->index, refusal->field, path);
    if (load->ctl->json) {
        json_t *object = message_json(&refusal->base, MESSAGE_JSON_SPARSE);
        (void)json_object_set_new(object, "file", json_string(origin->input->path));
        (void)json_object_set_new(object, "line", json_integer(place.line));
        (void)json_object_set_new(object, "path", json_string(path));
        (void)message_json_print_line(object);
    } else if (load->refused <= ERRORS_MAX) {
        terminal_clear_line();
        (void)fprintf(stderr, "%s:%d:%d: refused %s (%s): %s of %s\n    %s\n", origin->input->path, place.line,
                      place.column, refusal->code, refusal->article, path,
                      registry_fact_code(fact_of(origin), code, sizeof code),
                      terminal_sentences(refusal->reason, refusal->remedy, text, sizeof text));
    }
}

static int compare_codes(const void *a, const void *b) {
    return strcmp(a, b);
}

/* The codes that these files bring, sorted: what a check must not miss among what stands already. */
static int collect_codes(struct load *load) {
    load->codes = calloc(load->fact_count + 1, sizeof *load->codes);
    if (!load->codes) {
        return ctl_failure(FAILURE_MEMORY);
    }
    for (size_t i = 0; i < load->fact_count; i++) {
        (void)registry_fact_code(fact_of(&load->facts[i]), load->codes[i].text, sizeof load->codes[i].text);
    }
    qsort(load->codes, load->fact_count, sizeof *load->codes, compare_codes);
    return CTL_DONE;
}

/* A check records nothing, so a reference to a fact of the same files cannot be found yet: that is no refusal. */
static bool refers_to_these_files(const struct load *load, const struct origin *origin,
                                  const Elp__V1__RefusalReason *refusal) {
    struct fact_code code;
    const ProtobufCMessage *message = registry_fact_message(fact_of(origin));
    char field[64];
    (void)snprintf(field, sizeof field, "%.*s", (int)strcspn(refusal->field, "["), refusal->field);
    (void)message_text(message, field, code.text, sizeof code.text);
    for (char *word = code.text; *word;) {
        size_t length = strcspn(word, " ");
        char *next = word + length + (word[length] == ' ');
        word[length] = 0;
        if (!bsearch(word, load->codes, load->fact_count, sizeof *load->codes, compare_codes)) {
            return false;
        }
        word = next;
    }
    return load->dry_run && strcmp(refusal->code, "unknown-reference") == 0;
}

static int take_verdict(struct load *load, const struct origin *origin, const Elp__V1__FactVerdict *verdict) {
    struct kind_count *kind = count_of(load, registry_fact_list(fact_of(origin)));
    if (verdict->result == ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED) {
        kind->recorded++;
    } else if (verdict->result == ELP__V1__FACT_RESULT__FACT_RESULT_UNCHANGED) {
        kind->unchanged++;
    } else if (!verdict->refusal) {
        return ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "intake refused a fact without a reason");
    } else if (refers_to_these_files(load, origin, verdict->refusal)) {
        kind->dependent++;
    } else {
        kind->refused++;
        load->refused++;
        report_refusal(load, origin, verdict->refusal);
    }
    return CTL_DONE;
}

static int take_verdicts(struct load *load, const struct origin *facts, size_t count,
                         const Elp__V1__LoadRegistryReply *reply) {
    if (reply->n_facts != count) {
        return ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "intake answered %zu facts of %zu", reply->n_facts, count);
    }
    int code = CTL_DONE;
    for (size_t i = 0; code == CTL_DONE && i < count; i++) {
        code = take_verdict(load, &facts[i], reply->facts[i]);
        if (fact_of(&facts[i])->fact_case == ELP__V1__REGISTRY_FACT__FACT_BUDGET && !load->dry_run) {
            load->budget_records[&facts[i] - load->facts] = reply->facts[i]->number;
        }
    }
    return code;
}

/* How many facts from `from` on fit into one request. Facts of another kind wait: they may refer to these. */
static size_t batch_size(const struct load *load, size_t from) {
    size_t bytes = 0;
    size_t count = 0;
    while (from + count < load->fact_count && count < WIRE_BATCH_LINES_MAX) {
        const Elp__V1__RegistryFact *fact = fact_of(&load->facts[from + count]);
        bytes += elp__v1__registry_fact__get_packed_size(fact) + FACT_OVERHEAD_BYTES;
        if (count > 0 &&
            (bytes > BATCH_BYTES_MAX || registry_fact_rank(fact) != registry_fact_rank(fact_of(&load->facts[from])))) {
            break;
        }
        count++;
    }
    return count;
}

static int send_batch(struct load *load, size_t from, size_t count) {
    Elp__V1__LoadRegistry request = ELP__V1__LOAD_REGISTRY__INIT;
    Elp__V1__RegistryFact *facts[WIRE_BATCH_LINES_MAX];
    void *answer;
    for (size_t i = 0; i < count; i++) {
        facts[i] = (Elp__V1__RegistryFact *)fact_of(&load->facts[from + i]);
    }
    request.facts = facts;
    request.n_facts = count;
    request.dry_run = load->dry_run;
    int code = ask(load->ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_REGISTRY, &request.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_REGISTRY_REPLY, &elp__v1__load_registry_reply__descriptor,
                   &answer);
    return code == CTL_DONE ? take_verdicts(load, load->facts + from, count, answer) : code;
}

static int send_all(struct load *load) {
    struct progress progress;
    int code = CTL_DONE;
    progress_begin(&progress, "facts", load->fact_count);
    for (size_t from = 0; code == CTL_DONE && from < load->fact_count;) {
        size_t count = batch_size(load, from);
        code = send_batch(load, from, count);
        from += count;
        progress_step(&progress, from);
    }
    progress_end(&progress);
    return code;
}

static void report_unmoved(struct load *load, const struct origin *origin, const Elp__V1__Outcome *outcome) {
    char path[96];
    char code[96];
    struct yaml_place place = registry_file_place(origin->input->file, origin->index, "", path);
    load->unmoved++;
    if (load->ctl->json) {
        (void)message_json_print_line(json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s}", "code", outcome->code, "article",
                                                outcome->article, "reason", outcome->reason, "file",
                                                origin->input->path, "line", place.line, "path", path, "judge",
                                                cell_service_names[CELL_LEDGER]));
    } else if (load->unmoved <= ERRORS_MAX) {
        (void)fprintf(stderr, "%s:%d:%d: recorded, but the ledger changed nothing (%s): %s of %s\n    %s\n",
                      origin->input->path, place.line, place.column, outcome->code, path,
                      registry_fact_code(fact_of(origin), code, sizeof code), outcome->reason);
    }
}

/* Budgets are the ledger's too, which does not move a closed year: that is told, since intake has recorded the fact. */
static int ask_ledger(struct load *load) {
    for (size_t i = 0; i < load->fact_count; i++) {
        Elp__V1__Outcome *outcome = NULL;
        int code = load->budget_records[i] != 0 ? ask_outcome(load->ctl, CELL_LEDGER, load->budget_records[i], &outcome)
                                                : CTL_DONE;
        if (code != CTL_DONE) {
            return ctl_fail(code, "all facts were sent; whether the ledger took the budgets is not known: load again");
        }
        if (outcome && !outcome->done) {
            report_unmoved(load, &load->facts[i], outcome);
        }
    }
    return CTL_DONE;
}

static json_t *count_json(uint64_t count) {
    return json_sprintf("%" PRIu64, count);
}

static int print_json(const struct load *load) {
    json_t *summary = json_object();
    for (size_t k = 0; k < load->kind_count; k++) {
        const struct kind_count *kind = &load->kinds[k];
        (void)json_object_set_new(summary, kind->list,
                                  json_pack("{s:o, s:o, s:o, s:o}", "recorded", count_json(kind->recorded), "unchanged",
                                            count_json(kind->unchanged), "refused", count_json(kind->refused),
                                            "dependent", count_json(kind->dependent)));
    }
    return message_json_print_line(json_pack("{s:o, s:b}", "summary", summary, "dry_run", load->dry_run));
}

static int print_table(const struct load *load) {
    static const struct table_column columns[] = {
        {"Facts", TABLE_LEFT},    {"Recorded", TABLE_RIGHT},  {"Unchanged", TABLE_RIGHT},
        {"Refused", TABLE_RIGHT}, {"Dependent", TABLE_RIGHT},
    };
    size_t shown = sizeof columns / sizeof columns[0] - !load->dry_run;
    struct table *table = table_new(columns, shown, load->ctl->color);
    for (size_t k = 0; k < load->kind_count; k++) {
        const struct kind_count *kind = &load->kinds[k];
        table_row(table);
        table_text(table, kind->list);
        table_number(table, kind->recorded);
        table_number(table, kind->unchanged);
        if (kind->refused > 0) {
            char text[32];
            table_colored(table, COLOR_RED, table_grouped(kind->refused, text, sizeof text));
        } else {
            table_number(table, 0);
        }
        table_number(table, kind->dependent);
    }
    if (load->refused > ERRORS_MAX) {
        (void)ctl_fail(CTL_NO, "... and %" PRIu64 " more refused facts; --json prints all", load->refused - ERRORS_MAX);
    }
    if (load->dry_run) {
        printf(
            "Checked, nothing recorded. Dependent: refers to a fact of these files, judged when that one stands\n\n");
    }
    return table_print(table);
}

static int run_files(struct load *load) {
    int code = CTL_DONE;
    for (int i = 0; code == CTL_DONE && i < load->ctl->argument_count; i++) {
        code = read_input(load, load->ctl->arguments[i]);
    }
    if (code == CTL_DONE) {
        code = merge(load);
    }
    if (code == CTL_DONE) {
        code = collect_codes(load);
    }
    if (code == CTL_DONE) {
        code = send_all(load);
    }
    if (code != CTL_DONE) {
        return code;
    }
    int asked = ask_ledger(load);
    code = load->ctl->json ? print_json(load) : print_table(load);
    if (code == CTL_DONE) {
        code = asked;
    }
    return code == CTL_DONE && load->refused + load->unmoved > 0 ? CTL_NO : code;
}

static int run(struct ctl *ctl, bool dry_run) {
    struct load *load = calloc(1, sizeof *load);
    if (!load) {
        return ctl_failure(FAILURE_MEMORY);
    }
    load->ctl = ctl;
    load->dry_run = dry_run;
    int code = run_files(load);
    for (size_t i = 0; i < load->input_count; i++) {
        registry_file_free(load->inputs[i].file);
        free(load->inputs[i].text);
    }
    free(load->facts);
    free(load->budget_records);
    free(load->codes);
    free(load);
    return code;
}

static int run_load(struct ctl *ctl) {
    return run(ctl, false);
}

static int run_check(struct ctl *ctl) {
    return run(ctl, true);
}

const struct command registry_load_command = {
    .name = "registry load",
    .group = GROUP_REGISTRY,
    .summary = "record the networks, contracts, payees, budgets ... of YAML files",
    .arguments = "FILE...",
    .arguments_min = 1,
    .arguments_max = FILES_MAX,
    .as = "operator",
    .help = "A FILE (\"-\": standard input) holds one list per kind of fact; docs/registry-file.md describes it. The "
            "order does not matter. All files are read before anything is sent. A fact that stands already is "
            "unchanged, so loading twice is harmless; one that intake refuses is named with its line and costs the "
            "others nothing. A budget of a closed year is recorded, but the ledger does not move: that is told with "
            "its line "
            "as well.\n\n"
            "Examples:\n"
            "  elpctl registry load registry.yaml\n"
            "  elpctl registry load --as insurer statements.yaml",
    .run = run_load,
};

const struct command registry_check_command = {
    .name = "registry check",
    .group = GROUP_REGISTRY,
    .summary = "judge registry files without recording anything",
    .arguments = "FILE...",
    .arguments_min = 1,
    .arguments_max = FILES_MAX,
    .as = "operator",
    .help = "The same judgement as registry load. Each fact is judged against what stands now; one that refers to a "
            "new fact of the same files cannot be judged alone and is counted as dependent.\n\n"
            "Example:\n"
            "  elpctl registry check registry.yaml",
    .run = run_check,
};
