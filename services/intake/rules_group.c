#include <string.h>

#include "services/intake/rules.h"

static bool is_group(const struct judging *judging) {
    return judging->line->service == SERVICE_GROUP;
}

/* S4 art. 4: F1 at least ten, or a clearly defined group of any size; F2 and F3 at least four. */
enum rule_answer rule_group_too_small(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    if (!is_group(judging)) {
        return RULE_JUDGED;
    }
    if (line->function == FUNCTION_F1) {
        int least = judging->figures->group_size_min_f1;
        if (least != BOOK_ABSENT && !line->defined_group && line->head_count < least) {
            findings_explain(findings, REFUSAL_GROUP_TOO_SMALL, "head_count",
                             "%d people took part; F1 asks for %d, or for a defined group.", line->head_count, least);
        }
        return RULE_JUDGED;
    }
    int least = judging->figures->group_size_min_f2_f3;
    if (least != BOOK_ABSENT && line->wire->n_beneficiaries < (size_t)least) {
        findings_explain(findings, REFUSAL_GROUP_TOO_SMALL, "beneficiaries",
                         "%zu beneficiaries are named; %s asks for %d.", line->wire->n_beneficiaries,
                         book_function_name(line->function), least);
    }
    return RULE_JUDGED;
}

static void judge_second_provider(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    if (inami_unique(&line->second_provider) == inami_unique(&line->provider)) {
        findings_explain(findings, REFUSAL_LEADERS_INVALID, "second_provider",
                         "The second provider is the attesting provider; two people lead a group.");
    } else if (judging->second_contract == NULL) {
        findings_explain(findings, REFUSAL_LEADERS_INVALID, "second_provider",
                         "The second provider has no contract with this network on that day.");
    }
}

/* S4 art. 4, 7: two providers, or a provider and a second leader with a contract with this network that day. */
enum rule_answer rule_leaders_invalid(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    bool has_leader = line->second_leader.text[0] != '\0';
    if (!is_group(judging) || judging->figures->group_leaders_min < 2) {
        return RULE_JUDGED;
    }
    if (line->has_second_provider && has_leader) {
        findings_explain(findings, REFUSAL_LEADERS_INVALID, "second_leader",
                         "The line names a second provider and a second leader; a group has exactly one of the two.");
    } else if (line->has_second_provider) {
        judge_second_provider(judging, findings);
    } else if (!has_leader) {
        findings_explain(findings, REFUSAL_LEADERS_INVALID, "second_leader",
                         "The line names no second leader; nobody leads a group alone.");
    } else if (judging->second_leader == NULL) {
        findings_explain(findings, REFUSAL_LEADERS_INVALID, "second_leader",
                         "No contract of a second leader with this network has the code %s and covers the day.",
                         line->second_leader.text);
    }
    return RULE_JUDGED;
}

static bool named_before(const struct line *line, size_t index) {
    const struct line_beneficiary *person = &line->beneficiaries[index];
    for (size_t i = 0; i < index; i++) {
        const struct line_beneficiary *other = &line->beneficiaries[i];
        if ((other->good & 1u << BENEFICIARY_NISS) && strcmp(other->niss.digits, person->niss.digits) == 0) {
            return true;
        }
    }
    return false;
}

/* S4 art. 8 note 8: F1 carries a head count and nobody's name; F2 and F3 list each beneficiary once. */
enum rule_answer rule_named_in_community(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    if (!is_group(judging)) {
        return RULE_JUDGED;
    }
    if (line->function == FUNCTION_F1) {
        if (line->wire->n_beneficiaries > 0) {
            findings_explain(findings, REFUSAL_NAMED_IN_COMMUNITY, "beneficiaries",
                             "The line names beneficiaries in F1.");
        }
        return RULE_JUDGED;
    }
    if (line->wire->n_beneficiaries == 0) {
        findings_explain(findings, REFUSAL_NAMED_IN_COMMUNITY, "beneficiaries", "The line names nobody in %s.",
                         book_function_name(line->function));
    }
    bool all_read = true;
    for (size_t i = 0; i < line->beneficiary_count; i++) {
        bool good = (line->beneficiaries[i].good & 1u << BENEFICIARY_NISS) != 0;
        all_read = all_read && good;
        if (good && named_before(line, i)) {
            char place[FINDING_FIELD_BYTES];
            findings_explain(findings, REFUSAL_NAMED_IN_COMMUNITY, finding_place(i, "", place),
                             "The line names the same beneficiary twice.");
        }
    }
    return all_read ? RULE_JUDGED : RULE_NOT_JUDGED;
}

/* S4 art. 4: a programme card of this network, decided and published before the session, that serves the function. */
enum rule_answer rule_programme_unknown(const struct judging *judging, struct findings *findings) {
    const struct line *line = judging->line;
    const struct registry_programme *programme = judging->programme;
    const char *reason = NULL;
    if (!is_group(judging) || !judging->figures->programme_required) {
        return RULE_JUDGED;
    }
    if (line->programme.text[0] == '\0') {
        reason = "The line names no programme.";
    } else if (programme == NULL) {
        reason = "No programme card has this code.";
    } else if (strcmp(programme->network.text, line->network.text) != 0) {
        reason = "The programme was decided by another network.";
    } else if (date_compare(programme->decided_on, line->date) > 0) {
        reason = "The programme was decided after the session.";
    } else if (date_is_none(programme->published_on) || date_compare(programme->published_on, line->date) >= 0) {
        reason = "The programme was not published before the session.";
    } else if (!date_is_none(programme->withdrawn_on) && date_compare(programme->withdrawn_on, line->date) <= 0) {
        reason = "The programme was withdrawn before the session.";
    } else if (line->function != FUNCTION_NONE && (programme->functions & 1u << line->function) == 0) {
        reason = "The programme does not serve this function.";
    }
    if (reason != NULL) {
        findings_explain(findings, REFUSAL_PROGRAMME_UNKNOWN, "programme", "%s", reason);
    }
    return RULE_JUDGED;
}
