#include "services/ledger/envelope_names.h"

#include <stddef.h>

static const struct {
    enum book_envelope_id envelope;
    Elp__V1__BudgetEnvelope wire;
} pairs[] = {
    {ENVELOPE_CARE_BASE, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE},
    {ENVELOPE_NEW_GRADUATES, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_NEW_GRADUATES},
    {ENVELOPE_ART8, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_ART8},
    {ENVELOPE_EATING_DISORDERS, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_EATING_DISORDERS},
    {ENVELOPE_PRISONS, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_PRISONS},
    {ENVELOPE_UNDER_SERVED, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_UNDER_SERVED},
    {ENVELOPE_OPERATING, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_OPERATING},
    {ENVELOPE_OTHER_MISSIONS, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_OTHER_MISSIONS},
    {ENVELOPE_LUMP_NETWORK, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_LUMP_NETWORK},
    {ENVELOPE_LUMP_HOSPITAL, ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_LUMP_HOSPITAL},
};
#define PAIRS (sizeof pairs / sizeof pairs[0])

Elp__V1__BudgetEnvelope envelope_to_wire(enum book_envelope_id envelope) {
    for (size_t i = 0; i < PAIRS; i++) {
        if (pairs[i].envelope == envelope) {
            return pairs[i].wire;
        }
    }
    return ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_UNSPECIFIED;
}

enum book_envelope_id envelope_of_wire(int envelope) {
    for (size_t i = 0; i < PAIRS; i++) {
        if ((int)pairs[i].wire == envelope) {
            return pairs[i].envelope;
        }
    }
    return ENVELOPE_NONE;
}

bool envelope_is_care(enum book_envelope_id envelope) {
    return envelope != ENVELOPE_NONE && envelope != ENVELOPE_OPERATING && envelope != ENVELOPE_LUMP_NETWORK &&
           envelope != ENVELOPE_LUMP_HOSPITAL;
}
