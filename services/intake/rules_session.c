#include "services/intake/rules.h"

static void at_least(struct findings *findings, const char *field, int minutes, int least) {
    if (least != BOOK_ABSENT && minutes < least) {
        findings_explain(findings, REFUSAL_DURATION_TOO_SHORT, field, "%s is %d; the tariff asks for %d.", field,
                         minutes, least);
    }
}

/* S4 art. 4: a group lasts 120 minutes with at least 90 in direct contact; an individual session as its tariff says. */
enum rule_answer rule_duration_too_short(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    if (line->service == SERVICE_GROUP) {
        at_least(findings, "minutes", line->minutes, judging->figures->group_minutes_min);
        at_least(findings, "direct_minutes", line->direct_minutes, judging->figures->group_direct_minutes_min);
    } else if (service_is_individual(line->service)) {
        at_least(findings, "minutes", line->minutes, judging->figures->individual_minutes_min);
    }
    return RULE_JUDGED;
}

/* S4 art. 4: a community intervention is held on a site; S0 art. 14 §1: an art. 8 mission on one with an agreement. */
enum rule_answer rule_site_required(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    if (line->function == FUNCTION_F1 && judging->figures->site_required_f1 && line->site.text[0] == '\0') {
        findings_add(findings, REFUSAL_SITE_REQUIRED, "site");
    }
    if (line->service == SERVICE_ART8_MISSION && judging->figures->site_agreement_required_art8 &&
        (judging->site == NULL || !judging->site->agreement)) {
        findings_explain(findings, REFUSAL_SITE_REQUIRED, "site",
                         judging->site == NULL ? "An art. 8 mission is held on a site."
                                               : "The network has no agreement with this site.");
    }
    return RULE_JUDGED;
}

/* S4 art. 5 4°, 7 5°: nothing is paid for what another authority or scheme already pays. */
enum rule_answer rule_other_funding(const struct judging *judging, struct findings *findings) {
    if (judging->line->other_funding) {
        findings_add(findings, REFUSAL_OTHER_FUNDING, "other_funding");
    }
    return RULE_JUDGED;
}
