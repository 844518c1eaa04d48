#ifndef ELP_CTL_LINE_JSON_H
#define ELP_CTL_LINE_JSON_H

#include <stddef.h>

#include "common/arena.h"
#include "common/calendar.h"
#include "common/failure.h"
#include "elp/v1/intake.pb-c.h"

/*
 * The JSON door: one line of a submission file into one AttestationLine. Keys are the fields of the message (message_field.h),
 * enums their words ("individual", "F2"), nothing else is accepted: an unknown key, a text where a number is meant, a key
 * that stands twice, a number that is not whole. What the values mean is intake's business; a field that is missing is sent
 * empty and judged there like everything else.
 *
 * Two keys are not fields: "clock" alone makes a directive, {"clock": "2026-04-05T23:59:59+02:00"}; "refused" is what
 * `submit --refused` wrote into a line and is skipped.
 */
#define LINE_JSON_BYTES_MAX (64 * 1024)
#define LINE_JSON_DEPTH_MAX 6
#define LINE_JSON_BENEFICIARIES_MAX 500 /* intake's own limit is lower and is its to state */

struct line_json {
    Elp__V1__AttestationLine *line; /* in the arena; NULL: a clock directive */
    instant_us clock;
};

struct line_json_error {
    char field[96];   /* "beneficiaries[2].niss"; empty for the line as a whole */
    char reason[224]; /* one sentence */
};

/*
 * 0, or 1 with *ret_error: the line is not acceptable, or the arena cannot hold it. `text` needs no NUL at its end; the result
 * does not point into it.
 */
MUST_USE int line_json_parse(const char *text, size_t bytes, struct arena *arena, struct line_json *ret,
                             struct line_json_error *ret_error);

#endif
