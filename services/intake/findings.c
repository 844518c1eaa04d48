#include "services/intake/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct finding *take(struct findings *findings, enum refusal refusal, enum remark remark, const char *field) {
    size_t same = 0;
    for (size_t i = 0; i < findings->count; i++) {
        same += findings->items[i].refusal == refusal && findings->items[i].remark == remark;
    }
    if (same >= FINDINGS_PER_CODE_MAX || findings->count >= FINDINGS_MAX) {
        return NULL;
    }
    struct finding *finding = &findings->items[findings->count++];
    finding->refusal = refusal;
    finding->remark = remark;
    finding->reason[0] = '\0';
    (void)snprintf(finding->field, sizeof finding->field, "%s", field);
    return finding;
}

void findings_add(struct findings *findings, enum refusal refusal, const char *field) {
    (void)take(findings, refusal, REMARK_NONE, field);
}

void findings_explain(struct findings *findings, enum refusal refusal, const char *field, const char *format, ...) {
    struct finding *finding = take(findings, refusal, REMARK_NONE, field);
    if (finding != NULL) {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(finding->reason, sizeof finding->reason, format, arguments);
        va_end(arguments);
    }
}

void findings_remark(struct findings *findings, enum remark remark, const char *field) {
    (void)take(findings, REFUSAL_NONE, remark, field);
}

const char *finding_place(size_t index, const char *sub_field, char *out) {
    (void)snprintf(out, FINDING_FIELD_BYTES, "beneficiaries[%zu]%s%s", index, sub_field[0] != '\0' ? "." : "",
                   sub_field);
    return out;
}
