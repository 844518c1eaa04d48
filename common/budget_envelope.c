#include "common/budget_envelope.h"

#include <stddef.h>
#include <string.h>

static const struct {
    Elp__V1__BudgetEnvelope envelope;
    const char *word;
} words[] = {
    {ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE, "care.base"},
    {ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_NEW_GRADUATES, "mission.new-graduates"},
    {ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_ART8, "mission.art8"},
    {ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_EATING_DISORDERS, "mission.eating-disorders"},
    {ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_PRISONS, "mission.prisons"},
    {ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_UNDER_SERVED, "mission.under-served"},
    {ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_OPERATING, "operating"},
    {ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_OTHER_MISSIONS, "other-missions"},
    {ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_LUMP_NETWORK, "lump.network"},
    {ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_LUMP_HOSPITAL, "lump.hospital"},
};

const char *budget_envelope_word(Elp__V1__BudgetEnvelope envelope) {
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].envelope == envelope) {
            return words[i].word;
        }
    }
    return "-";
}

Elp__V1__BudgetEnvelope budget_envelope_of_word(const char *word) {
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].word, word) == 0) {
            return words[i].envelope;
        }
    }
    return ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_UNSPECIFIED;
}
