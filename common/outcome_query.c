#include "common/outcome_query.h"

#include "common/principal.h"

/* Who may not see the whole cell asks about commands of its own networks. */
static bool visible(const struct principal *principal, const Elp__V1__Outcome *outcome) {
    if (outcome == NULL) {
        return true;
    }
    return outcome->network[0] != '\0' ? principal_sees_network(principal, outcome->network)
                                       : (principal->role & (ROLE_AUTHORITY | ROLE_OPERATOR)) != 0;
}

int outcome_query(struct request *request, const Elp__V1__OutcomeQuery *query, outcome_reader *read,
                  struct reply *reply) {
    Elp__V1__OutcomeReply answer = ELP__V1__OUTCOME_REPLY__INIT;
    if (query->number == 0) {
        return reply_refuse(reply, "malformed", "number", "Records are numbered from 1.", "Name a record of intake.");
    }
    if (request_wait(request, reply, query->number, query->wait_ms)) {
        return 0;
    }
    answer.number = query->number;
    answer.reached = request->journal->head >= query->number;
    if (answer.reached) {
        int failure = read(request, query->number, &answer.outcome);
        if (failure < 0) {
            return failure;
        }
        if (!visible(request->principal, answer.outcome)) {
            return reply_refuse(reply, "denied", "number", "That record is about a network outside your scope.",
                                "Ask for commands about your own networks.");
        }
        answer.judged = answer.outcome != NULL;
    }
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_OUTCOME_REPLY, &answer.base);
}
