#include <stdlib.h>

#include "services/intake/rules.h"

#define MINUTES_PER_HOUR 60

/* Whose problem was resolved last decides; a group is one line with one deadline. */
static struct date latest_resolution(const struct judging *judging) {
    struct date latest = DATE_NONE;
    for (size_t i = 0; i < judging->line->beneficiary_count; i++) {
        struct date resolved = judging->persons[i].insurability.resolved_on;
        if (!date_is_none(resolved) && (date_is_none(latest) || date_compare(resolved, latest) > 0)) {
            latest = resolved;
        }
    }
    return latest;
}

/*
 * rulebook §4; S4 art. 8: at the latest on the 5th day of the third month after the session's month, until midnight in
 * Brussels, or within three months of the day on which the insurer states a problem resolved. A replacement keeps the
 * deadline of what it replaces.
 */
enum rule_answer rule_deadline_passed(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    struct date last = book_deadline(judging->book, line->date, latest_resolution(judging));
    if (judging->replaced.given) {
        last = judging->replaced.deadline;
    }
    if (date_is_none(last) || date_compare(judging->today, last) <= 0) {
        return RULE_JUDGED;
    }
    if (!line_has(line, FIELD_BIT(FIELD_BENEFICIARIES)) && !judging->replaced.given) {
        return RULE_NOT_JUDGED; /* somebody who cannot be read may have had a problem that was resolved */
    }
    char last_text[DATE_TEXT_BYTES];
    char today_text[DATE_TEXT_BYTES];
    findings_explain(findings, REFUSAL_DEADLINE_PASSED, "date", "The line arrived on %s; the last day was %s.",
                     date_format(judging->today, today_text, sizeof today_text),
                     date_format(last, last_text, sizeof last_text));
    return RULE_JUDGED;
}

/* Hours and minutes on a Brussels clock, also on the two days a year that have 23 or 25 hours. */
static int brussels_minute_of_day(instant_us at) {
    char text[INSTANT_TEXT_BYTES]; /* "2026-04-05 23:59:59" */
    (void)instant_format_brussels(at, text, sizeof text);
    return (int)strtol(text + 11, NULL, 10) * MINUTES_PER_HOUR + (int)strtol(text + 14, NULL, 10);
}

/* A session is attested after it began; on its own day the start decides. */
enum rule_answer rule_session_in_future(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    int day = date_compare(line->date, judging->today);
    if (day > 0) {
        findings_add(findings, REFUSAL_SESSION_IN_FUTURE, "date");
    } else if (day == 0 && !line_has(line, FIELD_BIT(FIELD_START))) {
        return RULE_NOT_JUDGED;
    } else if (day == 0 && line->start_minute > brussels_minute_of_day(judging->at)) {
        findings_add(findings, REFUSAL_SESSION_IN_FUTURE, "start");
    }
    return RULE_JUDGED;
}

/* rulebook §2: some loaded book covers the date, and the book of the contract that covers it does. */
enum rule_answer rule_outside_convention(const struct judging *judging, struct findings *findings) {
    if (judging->contract_without_book) {
        findings_explain(
            findings, REFUSAL_OUTSIDE_CONVENTION, "date",
            "The contract that covers the date belongs to a convention whose book is not loaded or does not"
            " cover it.");
    } else if (judging->book == NULL) {
        findings_add(findings, REFUSAL_OUTSIDE_CONVENTION, "date");
    }
    return RULE_JUDGED;
}
