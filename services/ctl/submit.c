#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/calendar.h"
#include "services/ctl/ask.h"
#include "services/ctl/command.h"
#include "services/ctl/command_table.h"
#include "services/ctl/submit_source.h"
#include "services/ctl/submit_window.h"
#include "services/ctl/terminal.h"

/*
 * submit and check: files of JSON lines to intake. Reading, sending and reporting are modules of their own; this file is the
 * loop over lines and the clock directives between them.
 */
struct submission {
    struct ctl *ctl;
    struct submit_source source;
    struct submit_window window;
    struct submit_report report;
    struct progress progress;
    struct submit_batch *batch; /* being filled; NULL: none yet */
    struct client *clock;       /* as operator */
    const char *clock_as;
    instant_us clock_at; /* as last heard; 0: not asked yet */
};

/* Sends what is being filled. */
static int flush_batch(struct submission *submission) {
    struct submit_batch *batch = submission->batch;
    submission->batch = NULL;
    return batch && batch->count > 0 ? submit_window_send(&submission->window, batch) : CTL_DONE;
}

static int call_clock(struct submission *submission, const char *at) {
    struct ctl *ctl = submission->ctl;
    Elp__V1__SetClock request = ELP__V1__SET_CLOCK__INIT;
    Elp__V1__Refused *refused = NULL;
    void *answer = NULL;
    request.at = (char *)at;
    if (!submission->clock) {
        int failure = client_open(&ctl->cell, submission->clock_as, CELL_INTAKE, CLIENT_COMMANDS, &submission->clock);
        if (failure < 0) {
            return ctl_failure(failure);
        }
    }
    int outcome = client_call(submission->clock, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SET_CLOCK, &request.base,
                              ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOCK_REPLY, &elp__v1__clock_reply__descriptor,
                              ctl->timeout_ms, &answer, &refused);
    if (outcome != CLIENT_REPLIED) {
        (void)ctl_fail(CTL_NO, "%s:%" PRIu64 ": the clock could not be set, as \"%s\":", submission->source.name,
                       submission->source.line, submission->clock_as);
        return ask_fail(ctl, CELL_INTAKE, CLIENT_COMMANDS, outcome, refused);
    }
    submission->clock_at = ((const Elp__V1__ClockReply *)answer)->at_us;
    return CTL_DONE;
}

/*
 * Advances the manual clock once everything before the directive has its verdict. A time that has passed already is
 * skipped, so that a second run of the same file comes through.
 */
static int obey_clock(struct submission *submission, instant_us at) {
    char text[INSTANT_TEXT_BYTES];
    int code = submission->clock_at == 0 ? call_clock(submission, "") : CTL_DONE;
    if (code != CTL_DONE || at <= submission->clock_at) {
        return code;
    }
    code = flush_batch(submission);
    if (code == CTL_DONE) {
        code = submit_window_drain(&submission->window);
    }
    return code == CTL_DONE ? call_clock(submission, instant_format(at, text, sizeof text)) : code;
}

/* Parses the source's line into the batch that is being filled, into a new one when it does not fit. */
static int take_line(struct submission *submission, bool dry_run) {
    struct submit_source *source = &submission->source;
    char key[SUBMIT_KEY_BYTES];
    if (submission->batch && submit_batch_is_heavy(submission->batch)) {
        int code = flush_batch(submission);
        if (code != CTL_DONE) {
            return code;
        }
    }
    for (int round = 0; round < 2; round++) {
        struct line_json parsed;
        struct line_json_error error;
        if (!submission->batch) {
            int code = submit_window_free_batch(&submission->window, &submission->batch);
            if (code != CTL_DONE) {
                return code;
            }
            submission->batch->file = source->name;
        }
        if (line_json_parse(source->text, source->bytes, &submission->batch->arena, &parsed, &error) != 0) {
            submit_report_unreadable(&submission->report, source->name, source->line, &error);
            return CTL_DONE;
        }
        if (!parsed.line) {
            submission->report.directives++;
            return dry_run ? CTL_DONE : obey_clock(submission, parsed.clock);
        }
        if (submit_batch_add(submission->batch, parsed.line, submit_source_key(source, key), source->text,
                             source->bytes, source->line)) {
            return CTL_DONE;
        }
        int code = flush_batch(submission);
        if (code != CTL_DONE) {
            return code;
        }
    }
    struct line_json_error error = {.reason = "the line takes too much memory"};
    submit_report_unreadable(&submission->report, source->name, source->line, &error);
    return CTL_DONE;
}

static int submit_file(struct submission *submission, const char *path, bool dry_run) {
    int code = submit_source_open(path, &submission->source);
    if (code != CTL_DONE) {
        return code;
    }
    submission->progress.total += submission->source.line_count;
    while (code == CTL_DONE && submit_source_next(&submission->source)) {
        code = take_line(submission, dry_run);
    }
    if (code == CTL_DONE) {
        code = flush_batch(submission);
    }
    /* The batches on their way hold copies of their lines but only the name of their file. */
    if (code == CTL_DONE) {
        code = submit_window_drain(&submission->window);
    }
    submit_source_close(&submission->source);
    return code;
}

/* Is `path` one of the files to be read? It would be emptied before it is read. */
static bool is_input(const struct ctl *ctl, const char *path) {
    struct stat output;
    struct stat input;
    for (int i = 0; stat(path, &output) == 0 && i < ctl->argument_count; i++) {
        if (stat(ctl->arguments[i], &input) == 0 && input.st_dev == output.st_dev && input.st_ino == output.st_ino) {
            return true;
        }
    }
    return false;
}

static int open_refused_file(const struct ctl *ctl, FILE **ret) {
    const char *path = ctl_option(ctl, OPTION_REFUSED);
    if (!path) {
        *ret = NULL;
        return CTL_DONE;
    }
    if (is_input(ctl, path)) {
        return ctl_fail(CTL_USAGE, "--refused %s would overwrite the file that is read: give another name", path);
    }
    *ret = fopen(path, "we");
    return *ret ? CTL_DONE : ctl_fail(CTL_INPUT, "%s cannot be written: %s", path, strerror(errno));
}

static int run_files(struct submission *submission, bool dry_run) {
    struct ctl *ctl = submission->ctl;
    char took[32];
    int code = submit_window_open(&submission->window);
    if (code == CTL_DONE) {
        progress_begin(&submission->progress, "lines", 0);
        if (!dry_run) {
            terminal_last_word(
                "stopped. The same command goes on where it was: what has a verdict keeps it, nothing is doubled");
        }
    }
    for (int i = 0; code == CTL_DONE && i < ctl->argument_count; i++) {
        code = submit_file(submission, ctl->arguments[i], dry_run);
    }
    progress_end(&submission->progress);
    if (code != CTL_DONE) {
        uint64_t judged = submit_report_lines(&submission->report) - submission->report.unreadable;
        return judged == 0 ? code
                           : ctl_fail(code, "%" PRIu64 " lines have their verdict; the same command goes on from there",
                                      judged);
    }
    submission->progress.done = submit_report_lines(&submission->report);
    return submit_report_end(&submission->report, progress_elapsed(&submission->progress, took, sizeof took),
                             progress_rate(&submission->progress));
}

static int run(struct ctl *ctl, bool dry_run) {
    int64_t shown_max = SUBMIT_SHOWN_DEFAULT;
    int code = ctl_option_whole(ctl, OPTION_MAX, "--max", 0, INT32_MAX, &shown_max);
    struct submission *submission = calloc(1, sizeof *submission);
    if (!submission) {
        return ctl_failure(FAILURE_MEMORY);
    }
    submission->ctl = ctl;
    submission->clock_as = ctl_option(ctl, OPTION_CLOCK_AS) ? ctl_option(ctl, OPTION_CLOCK_AS) : "operator";
    submission->report = (struct submit_report){
        .json = ctl->json, .color = ctl->color, .dry_run = dry_run, .shown_max = (uint64_t)shown_max};
    submission->window = (struct submit_window){
        .ctl = ctl,
        .report = &submission->report,
        .progress = &submission->progress,
        .dry_run = dry_run,
        .retry_refused = ctl_option(ctl, OPTION_RETRY_REFUSED) != NULL,
    };
    if (code == CTL_DONE) {
        code = open_refused_file(ctl, &submission->report.refused_file);
    }
    if (code == CTL_DONE) {
        code = run_files(submission, dry_run);
    }
    if (submission->report.refused_file) {
        (void)fclose(submission->report.refused_file);
    }
    client_close(submission->clock);
    submit_window_close(&submission->window);
    free(submission);
    return code;
}

static int run_submit(struct ctl *ctl) {
    return run(ctl, false);
}

static int run_check(struct ctl *ctl) {
    return run(ctl, true);
}

static const struct argp_option submit_options[] = {
    {"refused", OPTION_REFUSED, "FILE", 0, "write refused lines with their reasons to FILE, to be mended and submitted",
     0},
    {"retry-refused", OPTION_RETRY_REFUSED, NULL, 0, "ask again for lines refused in an earlier run, under a new key",
     0},
    {"clock-as", OPTION_CLOCK_AS, "PRINCIPAL", 0, "whose key clock directives use; default operator", 0},
    {"max", OPTION_MAX, "N", 0, "how many refused lines are printed; default 20", 0},
    {0},
};

static const struct argp_option check_options[] = {
    {"refused", OPTION_REFUSED, "FILE", 0, "write refused lines with their reasons to FILE", 0},
    {"max", OPTION_MAX, "N", 0, "how many refused lines are printed; default 20", 0},
    {0},
};

const struct command submit_command = {
    .name = "submit",
    .group = GROUP_ATTEST,
    .summary = "attest the sessions of files of JSON lines",
    .arguments = "FILE...",
    .arguments_min = 1,
    .arguments_max = CTL_ARGUMENTS_MAX,
    .as = "integrator",
    .options = submit_options,
    .help = "Each line of a FILE (\"-\": standard input) is one session, an object with the fields of "
            "AttestationLine: service is individual, assessment or group, function is F1, F2 or F3, beneficiaries is "
            "a list. A line {\"clock\": TIME} sets the manual clock of a simulated cell. Lines are judged one by "
            "one; a bad one costs the others nothing.\n\n"
            "A line without \"key\" gets one from the file's digest and its line number, so running the same command "
            "again doubles nothing. A refused line keeps its verdict under its key: mend it in a file of its own "
            "(--refused writes one), or, when the registry was at fault, ask again with --retry-refused: the line "
            "goes out under its key with \":r1\", \":r2\" ... behind it, the first that has no refusal yet.\n\n"
            "Examples:\n"
            "  elpctl submit january.jsonl\n"
            "  elpctl submit --refused mend.jsonl january.jsonl\n"
            "  elpctl submit --retry-refused january.jsonl\n"
            "  zcat year.jsonl.gz | elpctl submit --json - | jq 'select(.verdict.kind == \"refused\")'",
    .run = run_submit,
};

const struct command check_command = {
    .name = "check",
    .group = GROUP_ATTEST,
    .summary = "judge files of JSON lines without recording anything",
    .arguments = "FILE...",
    .arguments_min = 1,
    .arguments_max = CTL_ARGUMENTS_MAX,
    .as = "integrator",
    .options = check_options,
    .help = "The same judgement as submit, by the same function of intake; nothing is recorded, clock directives are "
            "skipped. Each line is judged against what stands now, not against the lines before it.\n\n"
            "Examples:\n"
            "  elpctl check january.jsonl\n"
            "  echo '{\"network\": \"A01\", ...}' | elpctl check -",
    .run = run_check,
};
