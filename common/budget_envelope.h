#ifndef ELP_COMMON_BUDGET_ENVELOPE_H
#define ELP_COMMON_BUDGET_ENVELOPE_H

#include "elp/v1/types.pb-c.h"

/* "care.base", "mission.art8", … the words of rulebook §6; "-" when unspecified or unknown. */
const char *budget_envelope_word(Elp__V1__BudgetEnvelope envelope);
/* BUDGET_ENVELOPE_UNSPECIFIED when there is no such word. */
Elp__V1__BudgetEnvelope budget_envelope_of_word(const char *word);

#endif
