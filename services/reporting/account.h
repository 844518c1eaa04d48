#ifndef ELP_SERVICES_REPORTING_ACCOUNT_H
#define ELP_SERVICES_REPORTING_ACCOUNT_H

#include <stdint.h>

#include "common/failure.h"
#include "common/identifiers.h"
#include "elp/v1/types.pb-c.h"

/* The ledger's accounts as reporting reads them (the words stand in proto/elp/v1/ledger.proto). */
enum account_class {
    ACCOUNT_OTHER,     /* owed, ordered, granted: no part of a network's use of its budget */
    ACCOUNT_EXPENSES,  /* expenses:NETWORK:YEAR:ENVELOPE, what the budget bears */
    ACCOUNT_SUSPENDED, /* suspended:NETWORK:YEAR, beyond the ceiling (B1) */
};

struct account {
    enum account_class account_class;
    struct code network;
    uint32_t year;
    Elp__V1__BudgetEnvelope envelope; /* expenses only */
};

/* Every text is an account; what is not one of the two forms is ACCOUNT_OTHER. */
struct account account_of_text(const char *text);

#endif
