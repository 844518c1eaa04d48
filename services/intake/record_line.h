#ifndef ELP_SERVICES_INTAKE_RECORD_LINE_H
#define ELP_SERVICES_INTAKE_RECORD_LINE_H

#include <stdint.h>

#include "services/intake/client_keys.h"
#include "services/intake/judge.h"
#include "services/intake/verdict.h"

struct intake_core;

/*
 * Writing a judged line: its journal record with every fact that rating and ledger use, the index, new people, the end of
 * what it replaces, and its key. Nothing is written by anybody else for a line, and nothing before it was judged whole.
 * `digests` are those of the line; they are computed again when it names somebody new, who has a salt only now.
 */
MUST_USE int record_line(struct intake_core *core, struct store_txn *txn, const struct principal *principal,
                         struct line_digests *digests, uint64_t *ret_number);

/* What a dry run would have put into index and volumes, for the lines after it in the same batch. `number` is not 0. */
void overlay_line(const struct judging *judging, uint64_t number, struct dry_writes *dry);

#endif
