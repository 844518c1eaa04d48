#ifndef ELP_CTL_QUOTE_FACTS_H
#define ELP_CTL_QUOTE_FACTS_H

#include "common/calendar.h"
#include "common/identifiers.h"
#include "elp/v1/rating.pb-c.h"
#include "services/ctl/command.h"

#define QUOTE_BENEFICIARIES_MAX 100

/* A question to rating and what its texts point to. */
struct quote_facts {
    Elp__V1__QuoteQuery query;
    struct date day;
    struct code payee;
    struct code second_payee;
    struct code designator;
    struct code site;
    char date[DATE_TEXT_BYTES];
    char convention[8];
    Elp__V1__QuotedBeneficiary people[QUOTE_BENEFICIARIES_MAX];
    Elp__V1__QuotedBeneficiary *pointers[QUOTE_BENEFICIARIES_MAX];
};

/*
 * From the command line alone: service, function, day, beneficiaries, cost. Without --date the day of the cell.
 */
MUST_USE int quote_facts_read(struct ctl *ctl, struct quote_facts *ret);

/*
 * From the registry, for the codes that were given: the network's kind and policies, the provider's contract on the day, the
 * second leader's, the site. A code that nobody registered, or that no contract covers on the day, ends with one line.
 */
MUST_USE int quote_facts_look_up(struct ctl *ctl, struct quote_facts *facts);

#endif
