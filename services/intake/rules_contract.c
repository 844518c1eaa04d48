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
