#ifndef ELP_SERVICES_REPORTING_EVENTS_H
#define ELP_SERVICES_REPORTING_EVENTS_H

#include "services/reporting/answer.h"
#include "services/reporting/event_list.h"

/*
 * Which events a record gives: pure functions from the three decoded records to a list. One file per family; a further
 * kind of record is a function and a row of the table in events.c. No event carries a name, a national or person
 * number, a birth date or a count of people (rulebook §7).
 */

/* All events of record n: by the kind of intake's record, then rating's amounts, then the ledger's. */
void events_of_answer(struct event_list *list, const struct answer *answer);

/* events_attestation.c */
void events_of_accepted(struct event_list *list, const struct answer *answer);
void events_of_refused(struct event_list *list, const struct answer *answer);
void events_of_cancelled(struct event_list *list, const struct answer *answer);
void events_of_rating(struct event_list *list, const struct answer *answer);

/* events_registry.c */
void events_of_fact(struct event_list *list, const struct answer *answer);
void events_of_book(struct event_list *list, const struct answer *answer);
void events_of_index(struct event_list *list, const struct answer *answer);
/* What a fact or a day means for contracts, networks and programmes, as intake says. */
void events_of_news(struct event_list *list, const struct answer *answer);

/* events_ledger.c */
void events_of_ledger(struct event_list *list, const struct answer *answer);

#endif
