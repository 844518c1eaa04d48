#ifndef ELP_CTL_SUBMIT_SOURCE_H
#define ELP_CTL_SUBMIT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/failure.h"
#include "services/ctl/line_json.h"

/*
 * A file of JSON lines, read twice: once for its digest and its number of lines, once line by line. Standard input is kept in
 * an unnamed temporary file in between. A line that is too long is read to its end and reported, not kept.
 */
struct submit_source {
    FILE *stream;
    const char *name;    /* as given; "standard input" */
    char digest[17];     /* first 8 bytes of the BLAKE2b digest of the whole file, hexadecimal */
    uint64_t line_count; /* of text, not empty */
    uint64_t read_count;
    uint64_t line; /* number of the line read last, from 1; empty lines count */
    char text[LINE_JSON_BYTES_MAX + 2];
    size_t bytes; /* of text; more than LINE_JSON_BYTES_MAX: too long */
};

/* "-" is standard input. CTL_DONE, or an exit code after one line. */
MUST_USE int submit_source_open(const char *path, struct submit_source *source);
void submit_source_close(struct submit_source *source);

/* The next line that is not empty; false at the end. */
bool submit_source_next(struct submit_source *source);

/*
 * The key of a line that brings none: digest, ':', line number with ten digits. Ordered inside a file, and the same at every
 * run as long as the file is the same (design.md, Keys that decide speed).
 */
#define SUBMIT_KEY_BYTES 32
const char *submit_source_key(const struct submit_source *source, char out[SUBMIT_KEY_BYTES]);

#endif
