#ifndef ELP_SERVICES_LEDGER_INSTALMENTS_H
#define ELP_SERVICES_LEDGER_INSTALMENTS_H

#include "elp/v1/money.pb-c.h"
#include "services/ledger/ledger_core.h"
#include "services/ledger/posting.h"

/*
 * How the convention of 2019 pays (rulebook B7; S3): the book's payment_advance of the insurer part in the month after the
 * list, which is the month of acceptance, and the rest in the month after the insurers paid that list. Until then the two
 * parts stand in liabilities:deferred and liabilities:insurers; a month's orders first make payable what it makes due.
 *
 * Table insurers: key is the network's text and a zero byte, the list's month YYYYMM as 4 bytes; value the month that pays the
 * rest, YYYYMM as 4 bytes. N1's list of May 2019, which the insurers paid in July and August pays:
 *   4e3100 000314b1      000314b4
 */

/* Adds to a transaction what payees are owed, in two parts each; a negative part becomes assets:receivable. */
void instalments_owe(const struct ledger *ledger, struct transaction *transaction, const struct book_figures *figures,
                     const struct rated_amounts *amounts);

/* Makes payable what the orders of `month` (YYYYMM) pay. */
MUST_USE int instalments_mature(struct ledger *ledger, uint32_t month);

/* Where a reversal finds what an entry on deferred or insurers put there: it may be payable by now. */
MUST_USE int instalments_place(struct ledger *ledger, const struct account_fields *fields, struct account *ret);

/* Codes: malformed, wrong-month (the list is not complete yet), already-paid, not-found (nothing stands on such a list). */
MUST_USE int instalments_insurers_paid(struct ledger *ledger, const Elp__V1__InsurersPaid *command);

#endif
