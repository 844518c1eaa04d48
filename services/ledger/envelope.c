#include "services/ledger/envelope.h"

enum book_envelope_id envelope_that_pays(const struct balance *balance, enum book_envelope_id wanted,
                                         struct money amount) {
    if (wanted == ENVELOPE_OPERATING || wanted == ENVELOPE_OTHER_MISSIONS) {
        return wanted;
    }
    struct money after = money_require_add(balance->envelopes[wanted].spent, amount);
    bool holds = money_compare(after, balance_budget(balance, wanted)) <= 0;
    return holds ? wanted : ENVELOPE_CARE_BASE;
}
