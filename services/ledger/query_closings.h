#ifndef ELP_SERVICES_LEDGER_QUERY_CLOSINGS_H
#define ELP_SERVICES_LEDGER_QUERY_CLOSINGS_H

#include "common/daemon.h"

/* ClosingsQuery: how a year was closed, for the networks that the principal may see; no rows while it is open. */
MUST_USE int query_closings(void *core, struct request *request, const void *message, struct reply *reply);

#endif
