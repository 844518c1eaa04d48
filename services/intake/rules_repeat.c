#include "services/intake/rules.h"

/*
 * rulebook §4: a session of one of its leaders with the same service, date and start stands, whichever leader attested
 * it. What the line replaces does not count (judge.c looked past it).
 */
enum rule_answer rule_already_attested(const struct judging *judging, struct findings *findings) {
    if (judging->leader_session != 0) {
        findings_add(findings, REFUSAL_ALREADY_ATTESTED, "start");
    }
    return RULE_JUDGED;
}
