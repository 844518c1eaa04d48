#ifndef ELP_SERVICES_LEDGER_PAYEES_H
#define ELP_SERVICES_LEDGER_PAYEES_H

#include "elp/v1/registry.pb-c.h"
#include "services/ledger/ledger_core.h"

/*
 * What a payee lacks before it can be paid (rulebook B7; S4 art. 8): name, address, account, and enterprise number unless
 * it is a person without enterprise. The ledger keeps only that, no name and no account.
 *
 * Table: key is the payee's code; value one byte, a bit for each field that is missing, 00 when nothing is:
 *   01 name, 02 street, 04 town, 08 country, 10 bce, 20 iban
 */
#define PAYEE_FIELDS 6
#define PAYEE_ALL_MISSING 0x3fu

/* The bits of a payee; all of them for one that no fact ever described. */
MUST_USE int payees_missing(struct ledger *ledger, const char *payee, unsigned *ret_missing);

/* The field of bit `index`, as facts and answers name it. */
const char *payee_field(size_t index);

/* Stores what the fact leaves missing; a payee that it completes gets every order that was held (payments.h). */
MUST_USE int payees_apply(struct ledger *ledger, const Elp__V1__Payee *fact);

#endif
