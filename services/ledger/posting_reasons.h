#ifndef ELP_SERVICES_LEDGER_POSTING_REASONS_H
#define ELP_SERVICES_LEDGER_POSTING_REASONS_H

#include "services/ledger/ledger_core.h"
#include "services/ledger/standing.h"

/*
 * Why an amount stands where it stands, for people: from the transaction and the books, when somebody asks. Nothing here
 * decides.
 */

/* Of the tariff that the service is paid by; "" when the transaction is about no attestation. */
const char *posting_fee_article(const struct ledger *ledger, const Elp__V1__Transaction *transaction);

/* Of the envelope, the ceiling or the payment, recorded on `day`; "" when no book says so. */
const char *posting_article(const struct ledger *ledger, const Elp__V1__Transaction *transaction, struct date day);

/* At most POSTING_REASONS_MAX sentences on the transaction that brought an attestation where it stands. */
#define POSTING_REASONS_MAX 3
MUST_USE int posting_reasons_of(const struct ledger *ledger, enum standing_state state,
                                const Elp__V1__Transaction *transaction, struct arena *arena,
                                Elp__V1__PostingReason ***ret, size_t *ret_count);

#endif
