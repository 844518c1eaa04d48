#ifndef ELP_SERVICES_RATING_QUERY_QUOTE_H
#define ELP_SERVICES_RATING_QUERY_QUOTE_H

#include "services/rating/rating_core.h"

/*
 * Answers QuoteQuery (rulebook §5): what a planned session would be worth, by rate_attestation() itself, with the envelope
 * that the rules would ask. Nothing is recorded.
 */
MUST_USE int query_quote(void *core, struct request *request, const void *message, struct reply *reply);

#endif
