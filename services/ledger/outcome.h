#ifndef ELP_SERVICES_LEDGER_OUTCOME_H
#define ELP_SERVICES_LEDGER_OUTCOME_H

#include "services/ledger/ledger_core.h"

/*
 * The ledger's verdict on the command of the record at hand: at most one a record. Code and article live as long as the
 * record; the reason, one sentence, is copied.
 */
MUST_USE int outcome_done(struct ledger *ledger, const char *article, const char *reason);

/* Whose command it was; without that an outcome is about the whole cell. `network` lives as long as the record. */
void outcome_about(struct ledger *ledger, const char *network);

/* Refused: nothing changed. `largest` is the largest possible amount, NULL where the refusal is about no amount. */
MUST_USE int outcome_refuse(struct ledger *ledger, const char *code, const char *article, const char *reason,
                            const struct money *largest);

#endif
