#ifndef ELP_SERVICES_REPORTING_ANSWER_H
#define ELP_SERVICES_REPORTING_ANSWER_H

#include <stdint.h>

#include "elp/v1/journal.pb-c.h"
#include "elp/v1/ledger.pb-c.h"
#include "elp/v1/rating.pb-c.h"

/* Record n of the three upstream journals, decoded; all three say `number` themselves. */
struct answer {
    uint64_t number;
    const Elp__V1__IntakeRecord *intake;
    const Elp__V1__RatingRecord *rating;
    const Elp__V1__LedgerRecord *ledger;
};

#endif
