#ifndef ELP_SERVICES_LEDGER_ENVELOPE_NAMES_H
#define ELP_SERVICES_LEDGER_ENVELOPE_NAMES_H

#include <stdbool.h>

#include "common/book.h"
#include "elp/v1/types.pb-c.h"

/*
 * Envelopes as the ledger's rules see them (the book's) and as the wire and the store number them.
 */
Elp__V1__BudgetEnvelope envelope_to_wire(enum book_envelope_id envelope);
/* ENVELOPE_NONE for UNSPECIFIED and for numbers that are unknown. */
enum book_envelope_id envelope_of_wire(int envelope);

/* Care is care.base and every mission (rulebook §6); operating and lump sums are not. */
bool envelope_is_care(enum book_envelope_id envelope);

#endif
