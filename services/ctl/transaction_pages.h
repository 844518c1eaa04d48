#ifndef ELP_CTL_TRANSACTION_PAGES_H
#define ELP_CTL_TRANSACTION_PAGES_H

#include "common/calendar.h"
#include "elp/v1/ledger.pb-c.h"
#include "services/ctl/command.h"

/*
 * Everything that the ledger posted, in record order, page by page (TransactionQuery): for statements and exports. All pages
 * end at the head that the first one told, so that what is added up belongs to one moment.
 */
struct transaction_pages {
    struct ctl *ctl;
    const char *network; /* "": all that the principal may see */
    const char *payee;   /* "": all */
    void *context;
    int (*each)(void *context, const Elp__V1__PostedTransaction *posted); /* an exit code; not CTL_DONE ends it */

    uint64_t head; /* afterwards: the last record */
    bool simulated;
};

MUST_USE int transaction_pages(struct transaction_pages *pages);

/* "individual F2 of 2026-02-02", "cancelled: …", "payment order", "budget of care.base". */
const char *transaction_what(const Elp__V1__Transaction *transaction, char *out, size_t size);

/* "--from" and "--to": DATE_NONE when not given. CTL_DONE, or CTL_USAGE after one line. */
MUST_USE int transaction_period(const struct ctl *ctl, struct date *ret_from, struct date *ret_to);

#endif
