#include "services/ledger/outcome.h"

static int conclude(struct ledger *ledger, bool done, const char *code, const char *article, const char *reason,
                    const struct money *largest) {
    Elp__V1__Outcome *outcome = NULL;
    int failure = results_outcome(&ledger->results, &outcome);
    if (failure < 0) {
        return failure;
    }
    outcome->done = done;
    outcome->code = (char *)code;
    outcome->article = (char *)article;
    if (largest != NULL) {
        outcome->has_largest = true;
        outcome->largest_cents = money_cents(*largest);
    }
    return results_text(&ledger->results, reason, &outcome->reason);
}

void outcome_about(struct ledger *ledger, const char *network) {
    if (ledger->results.record.outcome != NULL) {
        ledger->results.record.outcome->network = (char *)network;
    }
}

int outcome_done(struct ledger *ledger, const char *article, const char *reason) {
    return conclude(ledger, true, "", article, reason, NULL);
}

int outcome_refuse(struct ledger *ledger, const char *code, const char *article, const char *reason,
                   const struct money *largest) {
    return conclude(ledger, false, code, article, reason, largest);
}
