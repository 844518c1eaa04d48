#include "services/intake/rules.h"

/* How much of what is given: series of referrals (2019), quota (2021, 2024), and F2 beside F3. */

/* Do the series of referrals hold for this line? */
static bool in_series(const struct judging *judging) {
    return service_is_individual(judging->line->service) && judging->figures->referral_series_sessions != BOOK_ABSENT;
}

/* S3: a referral by a general practitioner or psychiatrist, dated on or before the session, opens a series. */
enum rule_answer rule_referral_missing(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    if (!service_is_individual(line->service)) {
        return RULE_JUDGED;
    }
    if (date_is_none(line->referral_date)) {
        findings_add(findings, REFUSAL_REFERRAL_MISSING, "referral_date");
    } else if (date_compare(line->referral_date, line->date) > 0) {
        findings_explain(findings, REFUSAL_REFERRAL_MISSING, "referral_date",
                         "The referral is dated after the session.");
    }
    if (!line->has_referrer) {
        findings_explain(findings, REFUSAL_REFERRAL_MISSING, "referrer",
                         "The line does not say whether a general practitioner or a psychiatrist referred.");
    }
    return RULE_JUDGED;
}

/* S3: a series of so many sessions, renewed so often, counted per patient, network and calendar year. */
enum rule_answer rule_series_exhausted(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    char place[FINDING_FIELD_BYTES];
    if (!in_series(judging)) {
        return RULE_JUDGED;
    }
    if (line->beneficiary_count != 1 || (line->beneficiaries[0].good & 1u << BENEFICIARY_NISS) == 0 ||
        date_is_none(line->referral_date)) {
        return RULE_NOT_JUDGED;
    }
    const struct judged_series *series = &judging->persons[0].series;
    int sessions = judging->figures->referral_series_sessions;
    int most = judging->figures->referral_series_max;
    bool opens_another = series->used == 0 && series->other_count >= (size_t)most;
    if (opens_another || series->year_used >= sessions * most) {
        findings_explain(
            findings, REFUSAL_SERIES_EXHAUSTED, finding_place(0, "", place),
            "%d sessions of %d series stand in this network and calendar year; %d series of %d are the most.",
            series->year_used, (int)series->other_count + (series->used > 0), most, sessions);
    } else if (series->used >= sessions) {
        findings_explain(findings, REFUSAL_SERIES_EXHAUSTED, finding_place(0, "", place),
                         "%d sessions of this referral stand; a referral opens a series of %d.", series->used,
                         sessions);
    }
    return RULE_JUDGED;
}

/* rulebook §4: no window of the book's months holds more than the maximum, whatever order the lines arrive in. */
enum rule_answer rule_quota_exceeded(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    enum rule_answer answer = RULE_JUDGED;
    struct quota_limits limits;
    if (!quota_limits_of(judging->figures, line->service, line->function, &limits)) {
        return RULE_JUDGED;
    }
    for (size_t i = 0; i < line->beneficiary_count; i++) {
        const struct judged_person *person = &judging->persons[i];
        unsigned needed = 1u << BENEFICIARY_NISS | 1u << BENEFICIARY_BIRTH_DATE;
        char place[FINDING_FIELD_BYTES];
        char from[DATE_TEXT_BYTES];
        char until[DATE_TEXT_BYTES];
        if ((line->beneficiaries[i].good & needed) != needed) {
            answer = RULE_NOT_JUDGED;
        } else if (person->over_quota) {
            findings_explain(findings, REFUSAL_QUOTA_EXCEEDED, finding_place(i, "", place),
                             "With this session %s to %s would hold %d of %s; %d are the most.",
                             date_format(person->window.from, from, sizeof from),
                             date_format(person->window.until, until, sizeof until), person->window.held,
                             book_function_name(line->function), person->window.max);
        }
    }
    return answer;
}

/* rulebook §4: individual F2 and F3 follow each other, never in parallel; worth a warning only. */
void remark_parallel_functions(const struct judging *judging, struct findings *warnings) {
    const struct line *line = judging->line;
    if (judging->book == NULL || !service_is_individual(line->service)) {
        return;
    }
    for (size_t i = 0; i < line->beneficiary_count; i++) {
        char place[FINDING_FIELD_BYTES];
        if (judging->persons[i].parallel) {
            findings_remark(warnings, REMARK_PARALLEL_FUNCTIONS, finding_place(i, "", place));
        }
    }
}
