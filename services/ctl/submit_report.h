#ifndef ELP_CTL_SUBMIT_REPORT_H
#define ELP_CTL_SUBMIT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "elp/v1/intake.pb-c.h"
#include "services/ctl/line_json.h"

/* What became of the lines of a submission: counted, shown, and written away for mending. */

#define SUBMIT_CODES_MAX 64
#define SUBMIT_SHOWN_DEFAULT 20

struct submit_code_count {
    char code[40];
    uint64_t count;
};

struct submit_report {
    bool json;
    bool color;
    bool dry_run;
    FILE *refused_file; /* NULL: none asked for */
    uint64_t shown_max; /* refused and unreadable lines that are printed */
    uint64_t shown;
    uint64_t withheld;

    uint64_t accepted;        /* judged now */
    uint64_t refused;         /* judged now */
    uint64_t accepted_before; /* the same key and content again: the first verdict */
    uint64_t refused_before;
    uint64_t conflicts;  /* the same key with other content */
    uint64_t unreadable; /* no attestation: not sent */
    uint64_t warnings;   /* accepted with one */
    uint64_t retried;    /* refused before and sent again under a new key */
    uint64_t directives; /* clock lines, obeyed or passed already */
    struct submit_code_count codes[SUBMIT_CODES_MAX];
    size_t code_count;
};

/* Where a line stands and what it said. */
struct submit_line {
    const char *file;
    uint64_t number;
    const char *text; /* NUL-terminated */
};

void submit_report_unreadable(struct submit_report *report, const char *file, uint64_t number,
                              const struct line_json_error *error);

/* `mine`: the batch went out more than once, so a duplicate may be this run's own first verdict. */
void submit_report_verdict(struct submit_report *report, const struct submit_line *line,
                           const Elp__V1__LineVerdict *verdict, bool mine);

uint64_t submit_report_lines(const struct submit_report *report);

/* The summary, on standard output. `took`: "12.3 s". Returns the exit code of the submission: 0, 1 or 5, or 70 and above. */
int submit_report_end(struct submit_report *report, const char *took, uint64_t per_second);

#endif
