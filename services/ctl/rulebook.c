#include "services/ctl/rulebook.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *const rulebook_family_titles[RULEBOOK_FAMILIES] = {
    [RULEBOOK_REGISTRY] = "Registry: who may attest what",
    [RULEBOOK_INTAKE] = "Intake: is this attestation payable?",
    [RULEBOOK_RATING] = "Rating: what is it worth?",
    [RULEBOOK_BUDGET] = "Budget: which money pays it?",
};

/* The figures by which a code is judged; its own row "rule.CODE" comes first without being named. */
static const char *const code_figures[REFUSAL_COUNT][RULEBOOK_FIGURES_MAX] = {
    [REFUSAL_DEADLINE_PASSED] = {"deadline_*"},
    [REFUSAL_OUTSIDE_CONVENTION] = {"sessions.*"},
    [REFUSAL_NO_ACTIVE_CONTRACT] = {"contracts.from"},
    [REFUSAL_FUNCTION_NOT_CONTRACTED] = {"function_required", "community_offered"},
    [REFUSAL_VOLUME_EXCEEDED] = {"volume_period"},
    [REFUSAL_AGE_OUTSIDE_NETWORK] = {"adult_age_*", "child_age_*"},
    [REFUSAL_NOT_INSURED] = {"deadline_insurability_months"},
    [REFUSAL_REFERRAL_MISSING] = {"referral_series_sessions"},
    [REFUSAL_SERIES_EXHAUSTED] = {"referral_series_*"},
    [REFUSAL_QUOTA_EXCEEDED] = {"quota_*", "parallel_functions_warned"},
    [REFUSAL_SAME_DAY] = {"same_day_sessions_max"},
    [REFUSAL_ASSESSMENT_MISSING] = {"assessment_required_f3"},
    [REFUSAL_GROUP_TOO_SMALL] = {"group_offered", "group_size_min_*"},
    [REFUSAL_DURATION_TOO_SHORT] = {"individual_minutes_min", "individual_long_minutes", "group_minutes_min",
                                    "group_direct_minutes_min"},
    [REFUSAL_LEADERS_INVALID] = {"group_leaders_min"},
    [REFUSAL_SITE_REQUIRED] = {"site_required_f1"},
    [REFUSAL_NAMED_IN_COMMUNITY] = {"community_offered"},
    [REFUSAL_PROGRAMME_UNKNOWN] = {"programme_required"},
    [REFUSAL_CONCERTATION_REPEATED] = {"concertation_max", "concertation_window_months"},
    [REFUSAL_CONCERTATION_INVALID] = {"concertation_professionals_min", "concertation_care_providers_min"},
};

/* Made of the refusal table when first asked for, so that its words stand once. */
static const struct rulebook_rule *codes(void) {
    static struct rulebook_rule rules[REFUSAL_COUNT];
    static char rows[REFUSAL_COUNT][48];
    if (rules[0].id) {
        return rules;
    }
    for (int i = REFUSAL_NONE + 1; i < REFUSAL_COUNT; i++) {
        const struct refusal_code *entry = refusal_entry((enum refusal)i);
        struct rulebook_rule *rule = &rules[i - 1];
        (void)snprintf(rows[i], sizeof rows[i], "rule.%s", entry->code);
        *rule = (struct rulebook_rule){RULEBOOK_INTAKE, entry->code, (enum refusal)i, entry->reason, entry->rule,
                                       entry->remedy,   "",          {rows[i]}};
        memcpy(rule->figures + 1, code_figures[i], (RULEBOOK_FIGURES_MAX - 1) * sizeof rule->figures[0]);
    }
    return rules;
}

const struct rulebook_rule *rulebook_at(size_t index) {
    const struct rulebook_rule *const tables[] = {rulebook_registry, codes(), rulebook_rating, rulebook_budget};
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        for (const struct rulebook_rule *rule = tables[t]; rule->id; rule++) {
            if (index-- == 0) {
                return rule;
            }
        }
    }
    return NULL;
}

const struct rulebook_rule *rulebook_find(const char *name) {
    const struct rulebook_rule *rule;
    for (size_t i = 0; (rule = rulebook_at(i)) != NULL; i++) {
        if (strcasecmp(rule->id, name) == 0) {
            return rule;
        }
    }
    return NULL;
}

bool rulebook_has_figure(const struct rulebook_rule *rule, const char *figure) {
    for (size_t i = 0; i < RULEBOOK_FIGURES_MAX && rule->figures[i]; i++) {
        size_t length = strlen(rule->figures[i]);
        bool open = rule->figures[i][length - 1] == '*';
        if (open ? strncmp(figure, rule->figures[i], length - 1) == 0 : strcmp(figure, rule->figures[i]) == 0) {
            return true;
        }
    }
    return false;
}

const char *rulebook_patient(const struct rulebook_rule *rule) {
    if (rule->refusal == REFUSAL_NONE) {
        return "";
    }
    return refusal_entry(rule->refusal)->patient_billable ? "A refused session may be billed to the patient."
                                                          : "A refused session may not be billed to the patient.";
}
