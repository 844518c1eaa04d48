#ifndef ELP_COMMON_OUTCOME_QUERY_H
#define ELP_COMMON_OUTCOME_QUERY_H

#include "common/daemon.h"
#include "elp/v1/envelope.pb-c.h"

/*
 * OutcomeQuery, which rating and the ledger answer alike: what the daemon made of a command that intake recorded. Each reads
 * its own journal's record for it.
 */

/* The outcome in the daemon's own record of intake's record `number`, in request->arena; NULL: it has no say on it. */
typedef int outcome_reader(const struct request *request, uint64_t number, Elp__V1__Outcome **ret);

/*
 * Waits for the record and answers OutcomeReply. Refuses with malformed for number 0, and with denied for what is about a
 * network outside the principal's scope; what is about no network is for the authority and the operator.
 */
MUST_USE int outcome_query(struct request *request, const Elp__V1__OutcomeQuery *query, outcome_reader *read,
                           struct reply *reply);

#endif
