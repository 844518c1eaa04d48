#ifndef ELP_CTL_ATTESTATION_CHAIN_H
#define ELP_CTL_ATTESTATION_CHAIN_H

#include "elp/v1/intake.pb-c.h"
#include "elp/v1/ledger.pb-c.h"
#include "elp/v1/rating.pb-c.h"
#include "services/ctl/command.h"

/*
 * One attestation as the daemons tell it: verdict, worth, posting, payment orders. Each answer lives until the next question
 * to the same daemon, so what the posting says is shown before a payment is asked for.
 */
struct attestation_chain {
    struct ctl *ctl;
    const Elp__V1__AttestationReply *attestation;
    const Elp__V1__RatedReply *rated;
    const Elp__V1__PostingReply *posting;
    bool payments_hidden; /* an integrator sees its attestations, not the payment orders of their payees */
};

bool attestation_chain_accepted(const struct attestation_chain *chain);

/*
 * The verdict of the ID that was given as an argument, or of --key; of an accepted one also what it is worth and how it
 * was posted. Waits a moment for daemons that are behind.
 */
MUST_USE int attestation_chain_gather(struct attestation_chain *chain);

/* How the ledger answered record `number`. */
MUST_USE int attestation_chain_posting(struct ctl *ctl, uint64_t number, const Elp__V1__PostingReply **ret);

/* The month of the order that pays it, YYYYMM, from the posting; needs an answer that is still there. */
uint32_t attestation_chain_month(const struct attestation_chain *chain);

/* That order, of one payee; *ret stays untouched when there is none or it is hidden from the principal. */
MUST_USE int attestation_chain_payment(struct attestation_chain *chain, uint32_t month, const char *payee,
                                       const Elp__V1__PaymentOrder **ret);

/* "ordered for 2026-02-28", "held, the payee lacks iban", "to be ordered on 2026-02-28". */
const char *attestation_chain_payment_text(const struct attestation_chain *chain, uint32_t month,
                                           const Elp__V1__PaymentOrder *order, char *out, size_t size);

/* Everything as one JSON document, with the payment orders. */
MUST_USE int attestation_chain_json(struct attestation_chain *chain);

#endif
