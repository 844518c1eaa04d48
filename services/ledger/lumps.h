#ifndef ELP_SERVICES_LEDGER_LUMPS_H
#define ELP_SERVICES_LEDGER_LUMPS_H

#include "services/ledger/ledger_core.h"

/*
 * The lump sums of the convention of 2019 (rulebook B7; S3): what lump.network and lump.hospital of a network and year hold is
 * paid to its collecting institution in the book's lump_instalments of equal parts, each with the orders of the month that
 * ends its part of the year: June and December for two. The amounts themselves are budget facts, 30,000.00 a network and the
 * hospital's weighted share of 600,000.00; a transfer between the two by real costs moves what is not paid yet, and the next
 * part makes up for it.
 */

/* Makes payable what falls due with the month that ends on `last`. */
MUST_USE int lumps_run(struct ledger *ledger, struct date last);

#endif
