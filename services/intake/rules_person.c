#include "services/intake/rules.h"

static bool beneficiary_has(const struct line *line, size_t index, unsigned fields) {
    return (line->beneficiaries[index].good & fields) == fields;
}

/* The wider of two limits of age: none where one of them is absent. */
static int wider_limit(int one, int other, bool least) {
    if (one == BOOK_ABSENT || other == BOOK_ABSENT) {
        return BOOK_ABSENT;
    }
    return (one < other) == least ? one : other;
}

/*
 * rulebook §4: an adult network cares from, a child and adolescent network up to an age on the day; a mixed one for whom
 * either would. In 2019 all of them for the same ages.
 */
enum rule_answer rule_age_outside_network(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    const struct book_figures *figures = judging->figures;
    bool adult = judging->network->kind == NETWORK_ADULT;
    int least = adult ? figures->adult_age_min : figures->child_age_min;
    int most = adult ? figures->adult_age_max : figures->child_age_max;
    enum rule_answer answer = RULE_JUDGED;
    if (judging->network->kind == NETWORK_MIXED) {
        least = wider_limit(figures->adult_age_min, figures->child_age_min, true);
        most = wider_limit(figures->adult_age_max, figures->child_age_max, false);
    }
    for (size_t i = 0; i < line->beneficiary_count; i++) {
        int age = judging->persons[i].age;
        char place[FINDING_FIELD_BYTES];
        if (!beneficiary_has(line, i, 1u << BENEFICIARY_BIRTH_DATE)) {
            answer = RULE_NOT_JUDGED;
        } else if (least != BOOK_ABSENT && age < least) {
            findings_explain(findings, REFUSAL_AGE_OUTSIDE_NETWORK, finding_place(i, "birth_date", place),
                             "The network cares for people from the age of %d on the day of the session.", least);
        } else if (most != BOOK_ABSENT && age > most) {
            findings_explain(findings, REFUSAL_AGE_OUTSIDE_NETWORK, finding_place(i, "birth_date", place),
                             "The network cares for people up to the age of %d on the day of the session.", most);
        }
    }
    return answer;
}

/*
 * rulebook §4, 2024: one individual session or group intervention per beneficiary and day, whoever gives it; a session
 * with the entourage neither counts nor is counted.
 */
enum rule_answer rule_same_day(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    int most = judging->figures->same_day_sessions_max;
    enum rule_answer answer = RULE_JUDGED;
    if (most == BOOK_ABSENT || line->entourage || !service_is_session(line->service)) {
        return RULE_JUDGED;
    }
    for (size_t i = 0; i < line->beneficiary_count; i++) {
        char place[FINDING_FIELD_BYTES];
        if (!beneficiary_has(line, i, 1u << BENEFICIARY_NISS)) {
            answer = RULE_NOT_JUDGED;
        } else if (judging->persons[i].same_day_sessions >= most) {
            findings_add(findings, REFUSAL_SAME_DAY, finding_place(i, "", place));
        }
    }
    return answer;
}

/* S4 art. 4 §2 a: treatment follows a functional assessment dated on or before the session; the assessment is its own. */
enum rule_answer rule_assessment_missing(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    bool treatment = line->function == FUNCTION_F3 && service_is_session(line->service) &&
                     line->service != SERVICE_ASSESSMENT && judging->figures->assessment_required_f3;
    if (!treatment) {
        return RULE_JUDGED;
    }
    if (date_is_none(line->assessment_date)) {
        findings_add(findings, REFUSAL_ASSESSMENT_MISSING, "assessment_date");
    } else if (date_compare(line->assessment_date, line->date) > 0) {
        findings_explain(findings, REFUSAL_ASSESSMENT_MISSING, "assessment_date",
                         "The functional assessment is dated after the session.");
    }
    return RULE_JUDGED;
}

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
