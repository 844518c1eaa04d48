#ifndef ELP_SERVICES_LEDGER_SETTLEMENT_H
#define ELP_SERVICES_LEDGER_SETTLEMENT_H

#include "services/ledger/ledger_core.h"
#include "services/ledger/transactions.h"

/*
 * What a budget year neutralises (rulebook B5; S1): payable, but counted neither in care nor in its ceiling. The counts
 * follow every posting and reversal; the amounts follow from year-to-date counts at each month's end, at the close and
 * before an amount is suspended, when the difference to what was neutralised before is booked as one adjusting entry for
 * each share. A year whose book neutralises nothing costs nothing here.
 *
 * Table settlements: key is the network's text and a zero byte, the year as 4 bytes; value 8 bytes each: people, people seen
 * in group, individual sessions, individual sessions on sites, cost of groups, cost of these outreach sessions, cost of
 * other missions, and what is neutralised of group, outreach and other missions.
 * Table seen: key is the network's text and a zero byte, the year as 4 bytes, the person's number as 8; value how often
 * the person was seen, and how often in group, 4 bytes each. A person without a count has no row.
 *   4e3100 000007e7 0000000000000007      00000002 00000001
 */

/* Do sessions of this book carry the people who were seen? */
bool settlement_counts_people(const struct book *book);

/* Takes up an attestation's transaction in the year of `balance`: adds it, or takes it out for a reversal. */
MUST_USE int settlement_count(struct ledger *ledger, const struct balance *balance,
                              const struct transaction *transaction);

/* Books the differences of one network and year. */
MUST_USE int settlement_run(struct ledger *ledger, struct balance *balance);

/* The same for every network of an open year. */
MUST_USE int settlement_run_year(struct ledger *ledger, int year);

#endif
