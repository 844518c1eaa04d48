#include "services/intake/rules.h"

/* rulebook R2: a contract of the provider with the network covers the session's day. */
enum rule_answer rule_no_active_contract(const struct judging *judging, struct findings *findings) {
    if (judging->contract == NULL) {
        findings_add(findings, REFUSAL_NO_ACTIVE_CONTRACT, "provider");
    }
    return RULE_JUDGED;
}

/* rulebook R2: that contract names the function. A convention with a single function (2019) has none to name. */
enum rule_answer rule_function_not_contracted(const struct judging *judging, struct findings *findings) {
    enum book_function function = judging->line->function;
    if (function != FUNCTION_NONE && (judging->contract->functions & 1u << function) == 0) {
        findings_explain(findings, REFUSAL_FUNCTION_NOT_CONTRACTED, "function", "Contract %s does not contain %s.",
                         judging->contract->entry.code, book_function_name(function));
    }
    return RULE_JUDGED;
}

/* rulebook R2, §4: a session on a site is for providers whose contract names it; the practice needs no name. */
enum rule_answer rule_site_not_contracted(const struct judging *judging, struct findings *findings) {
    const char *site = judging->line->site.text;
    if (site[0] != '\0' && !contract_names_site(judging->contract, site)) {
        findings_explain(findings, REFUSAL_SITE_NOT_CONTRACTED, "site", "Contract %s does not name site %s.",
                         judging->contract->entry.code, site);
    }
    return RULE_JUDGED;
}

/* What a volume may hold, 0: nothing is agreed; *ret_field and *ret_code say whose it is. */
static int most_of(const struct judging *judging, size_t index, const char **ret_field, const char **ret_code) {
    const struct volume *volume = &judging->volumes.items[index];
    bool by_year = judging->figures->volume_period == VOLUME_CALENDAR_YEAR;
    if (volume->kind == VOLUME_OF_NETWORK) {
        *ret_field = "network";
        *ret_code = judging->network->entry.code;
        return judging->network->contingent;
    }
    if (volume->kind == VOLUME_OF_SECOND_LEADER) {
        *ret_field = "second_leader";
        *ret_code = judging->second_leader->entry.code;
        return judging->second_leader->sessions_per_month;
    }
    const struct registry_contract *contract = index == 0 ? judging->contract : judging->second_contract;
    *ret_field = index == 0 ? "provider" : "second_provider";
    *ret_code = contract->entry.code;
    return by_year ? contract_sessions_per_year(contract) : contract->sessions_per_month;
}

/*
 * rulebook §4: 2019: the provider's capacity of the calendar year and the network's contingent; later, as a warning, the
 * volume of each leader's contract in the month and the contingent of the year.
 */
enum rule_answer rule_volume_exceeded(const struct judging *judging, struct findings *findings) {
    for (size_t i = 0; i < judging->volumes.count; i++) {
        const char *field = "";
        const char *code = "";
        int period = judging->volumes.items[i].period;
        int most = most_of(judging, i, &field, &code);
        int held = judging->volume_held[i] + 1;
        if (most == 0 || held <= most) {
            continue;
        }
        if (period % 100 == 0) {
            findings_explain(findings, REFUSAL_VOLUME_EXCEEDED, field,
                             "With this session %s would hold %d in %d; %d are agreed.", code, held, period / 100,
                             most);
        } else {
            findings_explain(findings, REFUSAL_VOLUME_EXCEEDED, field,
                             "With this session %s would hold %d in %d-%02d; %d are agreed.", code, held, period / 100,
                             period % 100, most);
        }
    }
    return RULE_JUDGED;
}
