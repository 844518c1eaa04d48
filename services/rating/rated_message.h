#ifndef ELP_SERVICES_RATING_RATED_MESSAGE_H
#define ELP_SERVICES_RATING_RATED_MESSAGE_H

#include "common/arena.h"
#include "common/attestation.h"
#include "services/rating/rate.h"

/* A rated line as it stands in the journal and in answers, in the arena. FAILURE_MEMORY past its ceiling. */
MUST_USE int rated_message(struct arena *arena, const struct attestation_facts *facts, const struct rated *rated,
                           Elp__V1__Rated **ret);

#endif
