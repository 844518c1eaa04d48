#include "services/intake/rules.h"

/*
 * The rules in the order of rulebook §4's table. Fields are what the question itself needs: a rule with a field that
 * cannot be read is answered `not_judged`.
 */
#define F(field) FIELD_BIT(FIELD_##field)

const struct rule rules[] = {
    {REFUSAL_DEADLINE_PASSED, F(DATE) | F(REPLACES), PREMISE_BOOK | PREMISE_REPLACED, rule_deadline_passed},
    {REFUSAL_SESSION_IN_FUTURE, F(DATE), 0, rule_session_in_future},
    {REFUSAL_OUTSIDE_CONVENTION, F(DATE), 0, rule_outside_convention},
    {REFUSAL_NO_ACTIVE_CONTRACT, F(NETWORK) | F(PROVIDER) | F(DATE), PREMISE_BOOK, rule_no_active_contract},
    {REFUSAL_FUNCTION_NOT_CONTRACTED, F(FUNCTION), PREMISE_BOOK | PREMISE_CONTRACT, rule_function_not_contracted},
    {REFUSAL_SITE_NOT_CONTRACTED, F(SITE), PREMISE_BOOK | PREMISE_CONTRACT, rule_site_not_contracted},
    {REFUSAL_VOLUME_EXCEEDED, F(NETWORK) | F(SERVICE) | F(DATE), PREMISE_BOOK | PREMISE_CONTRACT | PREMISE_REPLACED,
     rule_volume_exceeded},
    {REFUSAL_AGE_OUTSIDE_NETWORK, F(NETWORK) | F(DATE), PREMISE_BOOK, rule_age_outside_network},
    {REFUSAL_NOT_INSURED, F(DATE), PREMISE_BOOK, rule_not_insured},
    {REFUSAL_REFERRAL_MISSING, F(SERVICE) | F(DATE) | F(REFERRAL_DATE) | F(REFERRER), PREMISE_BOOK,
     rule_referral_missing},
    {REFUSAL_SERIES_EXHAUSTED, F(NETWORK) | F(SERVICE) | F(DATE) | F(REFERRAL_DATE), PREMISE_BOOK | PREMISE_REPLACED,
     rule_series_exhausted},
    {REFUSAL_QUOTA_EXCEEDED, F(SERVICE) | F(FUNCTION) | F(DATE), PREMISE_BOOK | PREMISE_REPLACED, rule_quota_exceeded},
    {REFUSAL_SAME_DAY, F(SERVICE) | F(DATE), PREMISE_BOOK | PREMISE_REPLACED, rule_same_day},
    {REFUSAL_ASSESSMENT_MISSING, F(SERVICE) | F(FUNCTION) | F(DATE) | F(ASSESSMENT_DATE), PREMISE_BOOK,
     rule_assessment_missing},
    {REFUSAL_GROUP_TOO_SMALL, F(SERVICE) | F(FUNCTION) | F(HEAD_COUNT) | F(DATE), PREMISE_BOOK, rule_group_too_small},
    {REFUSAL_DURATION_TOO_SHORT, F(SERVICE) | F(MINUTES) | F(DIRECT_MINUTES) | F(DATE), PREMISE_BOOK,
     rule_duration_too_short},
    {REFUSAL_LEADERS_INVALID, F(SERVICE) | F(PROVIDER) | F(NETWORK) | F(SECOND_PROVIDER) | F(SECOND_LEADER) | F(DATE),
     PREMISE_BOOK, rule_leaders_invalid},
    {REFUSAL_SITE_REQUIRED, F(SERVICE) | F(FUNCTION) | F(SITE) | F(DATE), PREMISE_BOOK, rule_site_required},
    {REFUSAL_NAMED_IN_COMMUNITY, F(SERVICE) | F(FUNCTION), PREMISE_BOOK, rule_named_in_community},
    {REFUSAL_PROGRAMME_UNKNOWN, F(SERVICE) | F(FUNCTION) | F(NETWORK) | F(PROGRAMME) | F(DATE), PREMISE_BOOK,
     rule_programme_unknown},
    {REFUSAL_OTHER_FUNDING, 0, PREMISE_BOOK, rule_other_funding},
    {REFUSAL_ALREADY_ATTESTED, F(PROVIDER) | F(SERVICE) | F(DATE) | F(START) | F(REPLACES), PREMISE_REPLACED,
     rule_already_attested},
    {REFUSAL_CONCERTATION_REPEATED, F(SERVICE) | F(DATE), PREMISE_BOOK | PREMISE_REPLACED, rule_concertation_repeated},
    {REFUSAL_CONCERTATION_INVALID, F(SERVICE) | F(DATE) | F(PROFESSIONALS) | F(CARE_PROVIDERS), PREMISE_BOOK,
     rule_concertation_invalid},
};
const size_t rule_count = sizeof rules / sizeof rules[0];

/*
 * Does the rule hold on the session's day? Without a date or a book nobody can say: then a rule that needs a book is not
 * judged, and one that needs none is judged all the same.
 */
static bool holds(const struct judging *judging, const struct rule *rule, bool *ret_warning) {
    *ret_warning = false;
    if (judging->book == NULL || !line_has(judging->line, F(DATE))) {
        return true;
    }
    const struct book_rule *row = book_rule(judging->book, rule->refusal, judging->line->date);
    *ret_warning = row != NULL && row->warning_only;
    return row != NULL;
}

void rules_judge(struct judging *judging) {
    judging->not_judged_count = 0;
    for (size_t i = 0; i < rule_count; i++) {
        const struct rule *rule = &rules[i];
        bool warning = false;
        if (!holds(judging, rule, &warning)) {
            continue;
        }
        bool ready = line_has(judging->line, rule->fields) && (judging->premises & rule->premises) == rule->premises;
        if (!ready || rule->judge(judging, warning ? &judging->warnings : &judging->refusals) == RULE_NOT_JUDGED) {
            judging->not_judged[judging->not_judged_count++] = rule->refusal;
        }
    }
    remark_niss_birth_dates(judging, &judging->warnings);
    remark_parallel_functions(judging, &judging->warnings);
}
