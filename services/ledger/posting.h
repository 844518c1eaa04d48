#ifndef ELP_SERVICES_LEDGER_POSTING_H
#define ELP_SERVICES_LEDGER_POSTING_H

#include "common/attestation.h"
#include "elp/v1/rating.pb-c.h"
#include "services/ledger/ledger_core.h"
#include "services/ledger/transactions.h"

#define POSTING_PAYEES_MAX 3

/* What one payee is owed for an attestation; below zero: owes, because the share collected exceeds the fee (T4). */
struct payee_part {
    struct code payee;
    struct money amount;
};

/* A rated amount as the ledger uses it: the parts of one payee are one, and their sum is the insurer part. */
struct rated_amounts {
    struct money insurer;
    struct payee_part parts[POSTING_PAYEES_MAX];
    size_t part_count;
};

/*
 * False when the message's parts do not sum to its insurer part, are too many, or insurer part and share are not the fee
 * (rulebook T4): rating never writes that. So what payees get plus shares equals the fees, in every posting.
 */
MUST_USE bool rated_amounts_of_message(const Elp__V1__Rated *message, struct rated_amounts *ret);

/*
 * Posts an accepted attestation whole to one envelope of its network and budget year (envelope.h), or whole to
 * suspended when the year cannot hold it (ceiling.h). The budget year is that of the day of acceptance, or the session's
 * year where the book says so (S0 art. 14 §5).
 */
MUST_USE int posting_apply(struct ledger *ledger, const struct book *book, const struct attestation_facts *facts,
                           const struct rated_amounts *amounts);

/* Moves what an envelope has spent, with the crossings that this causes. */
MUST_USE int posting_move(struct ledger *ledger, struct balance *balance, enum book_envelope_id envelope,
                          struct money amount);

/*
 * The same for an attestation's transaction in the year of `balance`, with what the rules count: one more, or one less
 * for a reversal. `settled`: also what its settlement counts (settlement.h).
 */
MUST_USE int posting_spend(struct ledger *ledger, struct balance *balance, const struct transaction *transaction,
                           bool settled);

/*
 * Adds to a transaction what payees are owed: liabilities:payable, or liabilities:carried while `year` is still to come,
 * so that an amount carried into a later year is ordered in its January at the earliest (rulebook B1, B7); a negative
 * part becomes assets:receivable.
 */
void posting_owe(const struct ledger *ledger, struct transaction *transaction, int year, const struct payee_part *parts,
                 size_t part_count);

#endif
