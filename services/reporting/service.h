#ifndef ELP_SERVICES_REPORTING_SERVICE_H
#define ELP_SERVICES_REPORTING_SERVICE_H

#include "common/daemon.h"

/* Reporting as the common loop runs it: upstreams intake, rating and ledger; queries only; the feed as its edge. */
extern const struct service reporting_service;

#endif
