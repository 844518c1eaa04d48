#include "services/ctl/submit_report.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "services/ctl/command.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"
#include "services/ctl/terminal.h"

static void count_code(struct submit_report *report, const char *code) {
    for (size_t i = 0; i < report->code_count; i++) {
        if (strcmp(report->codes[i].code, code) == 0) {
            report->codes[i].count++;
            return;
        }
    }
    if (report->code_count < SUBMIT_CODES_MAX) {
        struct submit_code_count *entry = &report->codes[report->code_count++];
        (void)snprintf(entry->code, sizeof entry->code, "%s", code);
        entry->count = 1;
    }
}

/* Is there room for one more line on the screen? The others are counted. */
static bool may_show(struct submit_report *report) {
    if (report->json) {
        return false;
    }
    if (report->shown == report->shown_max) {
        report->withheld++;
        return false;
    }
    report->shown++;
    terminal_clear_line();
    return true;
}

static void print_json(json_t *object, const struct submit_line *line) {
    if (object) {
        (void)json_object_set_new(object, "file", json_string(line->file));
        (void)json_object_set_new(object, "line", json_sprintf("%" PRIu64, line->number));
    }
    (void)message_json_print_line(object);
}

void submit_report_unreadable(struct submit_report *report, const char *file, uint64_t number,
                              const struct line_json_error *error) {
    report->unreadable++;
    if (report->json) {
        struct submit_line line = {.file = file, .number = number};
        print_json(json_pack("{s:s, s:s, s:s}", "result", "unreadable", "field", error->field, "reason", error->reason),
                   &line);
    } else if (may_show(report)) {
        printf("%s:%" PRIu64 ": %sunreadable%s: %s%s%s\n", file, number, terminal_begin(report->color, COLOR_RED),
               terminal_end(report->color, COLOR_RED), error->field, error->field[0] ? ": " : "", error->reason);
    }
}

/* The place and the code on one line, what is wrong and what to do below it: sentences of some length, read by people. */
static void show_reason(struct submit_report *report, const struct submit_line *line, const char *word,
                        enum terminal_color color, const Elp__V1__RefusalReason *reason) {
    char text[512];
    printf("%s:%" PRIu64 ": %s%s%s %s (%s)%s\n    %s%s%s\n", line->file, line->number,
           terminal_begin(report->color, color), word, terminal_end(report->color, color), reason->code,
           reason->article[0] ? reason->article : "no article",
           reason->patient_billable ? ", the patient may be billed" : "", reason->field, reason->field[0] ? ": " : "",
           terminal_sentences(reason->reason, reason->remedy, text, sizeof text));
}

/* The line once more with the reasons in it: to be mended and submitted as a file of its own. */
static void write_refused(struct submit_report *report, const struct submit_line *line,
                          const Elp__V1__LineVerdict *verdict) {
    json_t *object = json_loads(line->text, 0, NULL);
    json_t *reasons = json_array();
    if (!object || !reasons) {
        json_decref(object);
        json_decref(reasons);
        return;
    }
    for (size_t i = 0; verdict->verdict && i < verdict->verdict->n_reasons; i++) {
        (void)json_array_append_new(reasons, message_json(&verdict->verdict->reasons[i]->base, MESSAGE_JSON_SPARSE));
    }
    if (verdict->conflict) {
        (void)json_array_append_new(reasons, message_json(&verdict->conflict->base, MESSAGE_JSON_SPARSE));
    }
    (void)json_object_set_new(object, "refused", reasons);
    (void)json_dumpf(object, report->refused_file, JSON_COMPACT);
    (void)fputc('\n', report->refused_file);
    json_decref(object);
}

static bool is_accepted(const Elp__V1__LineVerdict *verdict) {
    return verdict->verdict && verdict->verdict->kind == ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED;
}

static void count_verdict(struct submit_report *report, const Elp__V1__LineVerdict *verdict, bool before) {
    if (verdict->result == ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT) {
        report->conflicts++;
        count_code(report, "key-conflict");
        return;
    }
    if (is_accepted(verdict)) {
        *(before ? &report->accepted_before : &report->accepted) += 1;
        report->warnings += verdict->verdict->n_warnings > 0;
        return;
    }
    *(before ? &report->refused_before : &report->refused) += 1;
    for (size_t i = 0; verdict->verdict && i < verdict->verdict->n_reasons; i++) {
        count_code(report, verdict->verdict->reasons[i]->code);
    }
}

static void show_verdict(struct submit_report *report, const struct submit_line *line,
                         const Elp__V1__LineVerdict *verdict) {
    const Elp__V1__Verdict *first = verdict->verdict;
    if (verdict->result == ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT) {
        if (verdict->conflict && may_show(report)) {
            show_reason(report, line, "refused", COLOR_RED, verdict->conflict);
        }
        return;
    }
    for (size_t i = 0; first && !is_accepted(verdict) && i < first->n_reasons; i++) {
        if (may_show(report)) {
            show_reason(report, line, "refused", COLOR_RED, first->reasons[i]);
        }
    }
    for (size_t i = 0; first && i < first->n_warnings; i++) {
        if (may_show(report)) {
            show_reason(report, line, "warning", COLOR_YELLOW, first->warnings[i]);
        }
    }
}

void submit_report_verdict(struct submit_report *report, const struct submit_line *line,
                           const Elp__V1__LineVerdict *verdict, bool mine) {
    bool before = verdict->result == ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE && !mine;
    count_verdict(report, verdict, before);
    if (report->json) {
        print_json(message_json(&verdict->base, MESSAGE_JSON_SPARSE), line);
    } else {
        show_verdict(report, line, verdict);
    }
    bool refused = verdict->result == ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT || !is_accepted(verdict);
    if (refused && report->refused_file) {
        write_refused(report, line, verdict);
    }
}

uint64_t submit_report_lines(const struct submit_report *report) {
    return report->accepted + report->refused + report->accepted_before + report->refused_before + report->conflicts +
           report->unreadable;
}

static int compare_codes(const void *a, const void *b) {
    const struct submit_code_count *left = a;
    const struct submit_code_count *right = b;
    if (left->count != right->count) {
        return left->count < right->count ? 1 : -1;
    }
    return strcmp(left->code, right->code);
}

static json_t *count_json(uint64_t count) {
    return json_sprintf("%" PRIu64, count);
}

static int print_json_summary(const struct submit_report *report) {
    json_t *summary = json_object();
    json_t *codes = json_object();
    for (size_t i = 0; codes && i < report->code_count; i++) {
        (void)json_object_set_new(codes, report->codes[i].code, count_json(report->codes[i].count));
    }
    (void)json_object_set_new(summary, "lines", count_json(submit_report_lines(report)));
    (void)json_object_set_new(summary, "dry_run", json_boolean(report->dry_run));
    (void)json_object_set_new(summary, "accepted", count_json(report->accepted));
    (void)json_object_set_new(summary, "refused", count_json(report->refused));
    (void)json_object_set_new(summary, "accepted_before", count_json(report->accepted_before));
    (void)json_object_set_new(summary, "refused_before", count_json(report->refused_before));
    (void)json_object_set_new(summary, "key_conflicts", count_json(report->conflicts));
    (void)json_object_set_new(summary, "unreadable", count_json(report->unreadable));
    (void)json_object_set_new(summary, "warnings", count_json(report->warnings));
    (void)json_object_set_new(summary, "retried", count_json(report->retried));
    (void)json_object_set_new(summary, "codes", codes);
    return message_json_print_line(json_pack("{s:o}", "summary", summary));
}

static void add_row(struct table *table, const char *what, uint64_t count, const char *note,
                    enum terminal_color color) {
    if (count > 0) {
        table_row(table);
        table_colored(table, color, what);
        table_number(table, count);
        table_text(table, note);
    }
}

static int print_codes(const struct submit_report *report) {
    static const struct table_column columns[] = {{"Code", TABLE_LEFT}, {"Lines", TABLE_RIGHT}};
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], report->color);
    for (size_t i = 0; i < report->code_count; i++) {
        table_row(table);
        table_text(table, report->codes[i].code);
        table_number(table, report->codes[i].count);
    }
    printf("\nRefusals by code; a line may have several\n\n");
    return table_print(table);
}

static int print_summary(const struct submit_report *report, const char *took, uint64_t per_second) {
    static const struct table_column columns[] = {{"Verdict", TABLE_LEFT}, {"Lines", TABLE_RIGHT}, {"", TABLE_LEFT}};
    char lines[32];
    char rate[32];
    if (report->withheld > 0) {
        printf("... and %" PRIu64
               " more such lines: --max N shows more, --refused FILE writes them away, --json prints all\n",
               report->withheld);
    }
    printf("%s%s lines %s in %s, %s a second\n\n", report->shown ? "\n" : "",
           table_grouped(submit_report_lines(report), lines, sizeof lines),
           report->dry_run ? "checked, nothing recorded," : "judged", took,
           table_grouped(per_second, rate, sizeof rate));
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], report->color);
    add_row(table, "accepted", report->accepted, report->dry_run ? "would be accepted" : "", COLOR_GREEN);
    add_row(table, "  with a warning", report->warnings, "", COLOR_YELLOW);
    add_row(table, "accepted before", report->accepted_before, "same key and content: nothing was doubled", COLOR_NONE);
    add_row(table, "refused before", report->refused_before, "the first verdict stands; --retry-refused asks again",
            COLOR_NONE);
    add_row(table, "asked again", report->retried, "refused before, judged anew under a new key", COLOR_NONE);
    add_row(table, "unreadable", report->unreadable, "not sent: no attestation", COLOR_RED);
    add_row(table, "key conflict", report->conflicts, "the key was used for another content", COLOR_RED);
    add_row(table, "refused", report->refused, report->dry_run ? "would be refused" : "", COLOR_RED);
    int code = table_print(table);
    return code == CTL_DONE && report->code_count > 0 ? print_codes(report) : code;
}

int submit_report_end(struct submit_report *report, const char *took, uint64_t per_second) {
    qsort(report->codes, report->code_count, sizeof report->codes[0], compare_codes);
    int code = report->json ? print_json_summary(report) : print_summary(report, took, per_second);
    if (report->refused_file && (fflush(report->refused_file) != 0 || ferror(report->refused_file))) {
        return ctl_fail(failure_exit_code(FAILURE_SYSTEM), "the refused lines could not be written");
    }
    if (code != CTL_DONE) {
        return code;
    }
    if (report->unreadable > 0) {
        return CTL_INPUT;
    }
    return report->refused + report->refused_before + report->conflicts > 0 ? CTL_NO : CTL_DONE;
}
