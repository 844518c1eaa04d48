#include "services/intake/rules.h"

/* Multidisciplinary consultation about one beneficiary (rulebook §4, corrections and concertation). */

/* At most so many per beneficiary in a window of the book's months, whatever order the lines arrive in. */
enum rule_answer rule_concertation_repeated(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    enum rule_answer answer = RULE_JUDGED;
    if (line->service != SERVICE_CONCERTATION) {
        return RULE_JUDGED;
    }
    for (size_t i = 0; i < line->beneficiary_count; i++) {
        const struct judged_person *person = &judging->persons[i];
        char place[FINDING_FIELD_BYTES];
        char from[DATE_TEXT_BYTES];
        char until[DATE_TEXT_BYTES];
        if ((line->beneficiaries[i].good & 1u << BENEFICIARY_NISS) == 0) {
            answer = RULE_NOT_JUDGED;
        } else if (person->over_quota) {
            findings_explain(findings, REFUSAL_CONCERTATION_REPEATED, finding_place(i, "", place),
                             "With this concertation %s to %s would hold %d; %d may be paid.",
                             date_format(person->window.from, from, sizeof from),
                             date_format(person->window.until, until, sizeof until), person->window.held,
                             person->window.max);
        }
    }
    return answer;
}

/* Three professionals, two of them care providers, consent and report: each that is missing is named. */
enum rule_answer rule_concertation_invalid(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    const struct book_figures *figures = judging->figures;
    if (line->service != SERVICE_CONCERTATION) {
        return RULE_JUDGED;
    }
    if (line->professionals < figures->concertation_professionals_min) {
        findings_explain(findings, REFUSAL_CONCERTATION_INVALID, "professionals",
                         "%d professionals took part; a concertation brings together %d.", line->professionals,
                         figures->concertation_professionals_min);
    }
    if (line->care_providers < figures->concertation_care_providers_min) {
        findings_explain(findings, REFUSAL_CONCERTATION_INVALID, "care_providers",
                         "%d of those who took part are care providers; %d have to be.", line->care_providers,
                         figures->concertation_care_providers_min);
    }
    if (!line->consent) {
        findings_explain(findings, REFUSAL_CONCERTATION_INVALID, "consent", "The beneficiary's consent is missing.");
    }
    if (!line->report) {
        findings_explain(findings, REFUSAL_CONCERTATION_INVALID, "report", "The report is missing.");
    }
    return RULE_JUDGED;
}
