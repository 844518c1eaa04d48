#ifndef ELP_CTL_PARTS_TABLE_H
#define ELP_CTL_PARTS_TABLE_H

#include "services/ctl/attestation_chain.h"

/*
 * Who is paid what of one attestation and with which payment order (rulebook T1, T2, T4, B7), as a table on standard
 * output: the same for explain and status. Asks the ledger for orders, so what its last answer said has to be printed
 * before. Nothing where the attestation is not rated; else an exit code of elpctl.
 */
MUST_USE int parts_table_print(struct attestation_chain *chain);

#endif
