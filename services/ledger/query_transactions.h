#ifndef ELP_SERVICES_LEDGER_QUERY_TRANSACTIONS_H
#define ELP_SERVICES_LEDGER_QUERY_TRANSACTIONS_H

#include "services/ledger/ledger_core.h"

/*
 * Answers TransactionQuery: what was posted, in record order, page by page. A page looks at a bounded number of records, so
 * that a statement over years never holds the turn up.
 */
MUST_USE int query_transactions(void *core, struct request *request, const void *message, struct reply *reply);

#endif
