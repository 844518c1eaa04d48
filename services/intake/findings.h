#ifndef ELP_SERVICES_INTAKE_FINDINGS_H
#define ELP_SERVICES_INTAKE_FINDINGS_H

#include <stddef.h>

#include "common/refusal.h"

/*
 * What judging finds wrong with a line, or remarks: a code, the field and, where the code's own sentence says too
 * little, a sentence of its own. Never a NISS, name or birth date.
 */
#define FINDING_FIELD_BYTES 40
#define FINDING_REASON_BYTES 200
/* A group names at most this many places per code; the sender mends those and learns of the others then. */
#define FINDINGS_PER_CODE_MAX 16
#define FINDINGS_MAX 96

/* Remarks that no rule of the rulebook's table makes; they have words of their own. */
enum remark { REMARK_NONE, REMARK_NISS_BIRTH_DATE, REMARK_PARALLEL_FUNCTIONS, REMARK_COUNT };

struct finding {
    enum refusal refusal; /* REFUSAL_NONE: a remark */
    enum remark remark;
    char field[FINDING_FIELD_BYTES];
    char reason[FINDING_REASON_BYTES]; /* empty: the code's own */
};

struct findings {
    size_t count;
    struct finding items[FINDINGS_MAX];
};

/* `field` as a path of the line; "" for the whole line. */
void findings_add(struct findings *findings, enum refusal refusal, const char *field);

/* The same with a sentence that says more than the code's. */
void findings_explain(struct findings *findings, enum refusal refusal, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void findings_remark(struct findings *findings, enum remark remark, const char *field);

/* "beneficiaries[2]" or, with a sub-field, "beneficiaries[2].niss"; size FINDING_FIELD_BYTES. Returns `out`. */
const char *finding_place(size_t index, const char *sub_field, char *out);

#endif
