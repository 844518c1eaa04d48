#ifndef ELP_SERVICES_INTAKE_RULES_H
#define ELP_SERVICES_INTAKE_RULES_H

#include <stdint.h>

#include "services/intake/judge.h"

/*
 * The refusal rules: one function each, by family in rules_time.c, rules_contract.c, rules_group.c, rules_session.c,
 * rules_person.c, rules_quota.c, rules_concertation.c and rules_repeat.c; one row each in rules.c. A rule is asked only when the book says that it holds on the
 * session's day, its fields are well-formed and its premises are met; it adds a finding per place at fault. Whether that
 * refuses or warns, and under which article, is the book's row.
 *
 * To add a rule: a figure in the book, a function here, a row in rules.c, a case in tests/unit.
 */
enum rule_answer { RULE_JUDGED, RULE_NOT_JUDGED };

typedef enum rule_answer (*rule_function)(const struct judging *judging, struct findings *findings);

struct rule {
    enum refusal refusal;
    uint32_t fields;   /* FIELD_BITs that must be good */
    unsigned premises; /* set of enum premise */
    rule_function judge;
};

extern const struct rule rules[];
extern const size_t rule_count;

/* Asks every rule; fills refusals, warnings and not_judged. */
void rules_judge(struct judging *judging);

/* rules_time.c */
enum rule_answer rule_deadline_passed(const struct judging *judging, struct findings *findings);
enum rule_answer rule_session_in_future(const struct judging *judging, struct findings *findings);
enum rule_answer rule_outside_convention(const struct judging *judging, struct findings *findings);
/* rules_contract.c */
enum rule_answer rule_no_active_contract(const struct judging *judging, struct findings *findings);
enum rule_answer rule_function_not_contracted(const struct judging *judging, struct findings *findings);
enum rule_answer rule_site_not_contracted(const struct judging *judging, struct findings *findings);
enum rule_answer rule_volume_exceeded(const struct judging *judging, struct findings *findings);
/* rules_group.c */
enum rule_answer rule_group_too_small(const struct judging *judging, struct findings *findings);
enum rule_answer rule_leaders_invalid(const struct judging *judging, struct findings *findings);
enum rule_answer rule_named_in_community(const struct judging *judging, struct findings *findings);
enum rule_answer rule_programme_unknown(const struct judging *judging, struct findings *findings);
/* rules_session.c */
enum rule_answer rule_duration_too_short(const struct judging *judging, struct findings *findings);
enum rule_answer rule_site_required(const struct judging *judging, struct findings *findings);
enum rule_answer rule_other_funding(const struct judging *judging, struct findings *findings);
/* rules_person.c */
enum rule_answer rule_age_outside_network(const struct judging *judging, struct findings *findings);
enum rule_answer rule_not_insured(const struct judging *judging, struct findings *findings);
enum rule_answer rule_same_day(const struct judging *judging, struct findings *findings);
enum rule_answer rule_assessment_missing(const struct judging *judging, struct findings *findings);
/* rules_quota.c */
enum rule_answer rule_referral_missing(const struct judging *judging, struct findings *findings);
enum rule_answer rule_series_exhausted(const struct judging *judging, struct findings *findings);
enum rule_answer rule_quota_exceeded(const struct judging *judging, struct findings *findings);
/* rules_concertation.c */
enum rule_answer rule_concertation_repeated(const struct judging *judging, struct findings *findings);
enum rule_answer rule_concertation_invalid(const struct judging *judging, struct findings *findings);
/* rules_repeat.c */
enum rule_answer rule_already_attested(const struct judging *judging, struct findings *findings);

/* Remarks on the line that no refusal code covers; rules_person.c, rules_quota.c. */
void remark_niss_birth_dates(const struct judging *judging, struct findings *warnings);
void remark_parallel_functions(const struct judging *judging, struct findings *warnings);

#endif
