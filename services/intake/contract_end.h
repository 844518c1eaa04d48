#ifndef ELP_SERVICES_INTAKE_CONTRACT_END_H
#define ELP_SERVICES_INTAKE_CONTRACT_END_H

#include "common/book.h"
#include "services/intake/books.h"
#include "services/intake/registry.h"

/*
 * When contracts end and when letters and answers are due, by the loaded books (rulebook R2, R4, R5, R6). All dates are
 * inclusive but ends, which are the first day not covered any more.
 */

/* The first day that the contract does not cover; DATE_NONE: its convention has no book and it names no last day. */
struct date provider_contract_end(const struct books *books, const struct registry_contract *contract);

/*
 * The same for a second leader: also the day on which a newer convention takes effect, for contracts of the model that
 * says so, which is that of a book with a last day for second leaders (S4 art. 11 §5).
 */
struct date second_leader_contract_end(const struct books *books, const struct registry_second_leader *contract);

/*
 * The book whose model a second leader's contract follows: the newest that covers its first day, if it has a last day for
 * second leaders; else NULL.
 */
const struct book *second_leader_model(const struct books *books, const struct registry_second_leader *contract);

/* The last day for the letters about an amendment that was signed on that day (S4 art. 5 8°). */
struct date amendment_letter_until(const struct book *book, struct date signed_on);

/* The last day on which the contractor may refuse it, after a letter of that day (S4 art. 11 §3). */
struct date amendment_answer_until(const struct book *book, struct date sent_on);

#endif
