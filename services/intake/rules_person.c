#include "services/intake/rules.h"

/*
 * S4 art. 8; rulebook §4: the line states CT1/CT2, an insurer's statement for that day wins, neither means not insured.
 * Each beneficiary at fault is named by place. Somebody who cannot be read is not judged, the others are.
 */
enum rule_answer rule_not_insured(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    enum rule_answer answer = RULE_JUDGED;
    for (size_t i = 0; i < line->beneficiary_count; i++) {
        const struct judged_person *person = &judging->persons[i];
        char place[FINDING_FIELD_BYTES];
        unsigned needed = 1u << BENEFICIARY_NISS | 1u << BENEFICIARY_CT1 | 1u << BENEFICIARY_CT2;
        if ((line->beneficiaries[i].good & needed) != needed) {
            answer = RULE_NOT_JUDGED;
        } else if (!person->insured && person->insurability.stated) {
            findings_explain(findings, REFUSAL_NOT_INSURED, finding_place(i, "", place),
                             "The insurer states that the beneficiary is not insured on that day.");
        } else if (!person->insured) {
            findings_explain(findings, REFUSAL_NOT_INSURED, finding_place(i, "", place),
                             "The line gives neither CT1 nor CT2 (a code from 000 to 009 is none) and no insurer's "
                             "statement covers the "
                             "day.");
        }
    }
    return answer;
}

/* R10: the explicit birth date wins over the one coded in the number; a contradiction is worth a remark. */
void remark_niss_birth_dates(const struct judging *judging, struct findings *warnings) {
    const struct line *line = judging->line;
    for (size_t i = 0; i < line->beneficiary_count; i++) {
        const struct line_beneficiary *beneficiary = &line->beneficiaries[i];
        unsigned needed = 1u << BENEFICIARY_NISS | 1u << BENEFICIARY_BIRTH_DATE;
        char place[FINDING_FIELD_BYTES];
        if ((beneficiary->good & needed) == needed && niss_contradicts_birth(&beneficiary->niss, beneficiary->birth)) {
            findings_remark(warnings, REMARK_NISS_BIRTH_DATE, finding_place(i, "niss", place));
        }
    }
}
