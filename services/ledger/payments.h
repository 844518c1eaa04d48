#ifndef ELP_SERVICES_LEDGER_PAYMENTS_H
#define ELP_SERVICES_LEDGER_PAYMENTS_H

#include "elp/v1/money.pb-c.h"
#include "services/ledger/ledger_core.h"

/*
 * Payment orders (rulebook B7; S4 art. 8): one for each network, payee and month of attestation, dated the last day of
 * that month, made by the `day` record of the first day of the next one, which intake writes before anything that
 * happens on that day.
 *
 * An order nets what is payable with what the payee owes; a balance below zero becomes or stays a receivable and waits
 * for the next order. A payee that lacks what a payment needs gets the order HELD: nothing is posted, the amount stays
 * payable, and the fact that completes the payee makes it ORDERED under its own month. A correction that comes in
 * between lowers the oldest held orders first; one that falls to 0.00 stays HELD and has nothing left to pay.
 *
 * Table: key is the network's text and a zero byte, the month YYYYMM as 4 bytes, the payee's text and a zero byte; value
 * the PaymentOrder as it stands, serialised.
 */

/* Makes the orders of the month that ends on `last`. */
MUST_USE int payments_run(struct ledger *ledger, struct date last);

/* Orders what is held for a payee that a fact has just completed. */
MUST_USE int payments_release(struct ledger *ledger, const char *payee);

/*
 * The collecting institution paid an order, whole: it becomes PAID. Codes: malformed, not-found, already-paid, not-ordered
 * (held), wrong-amount with the order's, too-early (a day before the order's month).
 */
MUST_USE int payments_confirm(struct ledger *ledger, const Elp__V1__ConfirmPayment *command);

/* The key of an order. */
void payments_key(struct store_key *key, const char *network, uint32_t month, const char *payee);

#endif
