#ifndef ELP_SERVICES_INTAKE_SUBMIT_H
#define ELP_SERVICES_INTAKE_SUBMIT_H

#include "common/arena.h"
#include "common/principal.h"
#include "services/intake/intake_core.h"
#include "services/intake/verdict.h"

/*
 * A batch, line by line: one bad line never costs a good one. The same functions serve the daemon, the tests and the
 * fuzzer.
 */

/* What a dry run remembers between the lines of its batch, so that they judge each other as a real run's would. */
struct dry_run;

struct submission {
    struct intake_core *core;
    struct store_txn *txn;
    const struct principal *principal;
    struct verdict_room room; /* of the answers */
    struct dry_run *dry_run;  /* NULL: a real run */
    bool denied;              /* a line was for a provider that the principal does not represent */
};

/* Starts a batch whose answers go to `arena`, which has INTAKE_REPLY_ARENA_BYTES left. */
MUST_USE int submission_begin(struct submission *submission, struct intake_core *core, struct store_txn *txn,
                              const struct principal *principal, struct arena *arena, bool dry_run);

/* Judges one line and, unless it is a dry run, records it under its key. The answer lies in the arena. */
MUST_USE int submission_line(struct submission *submission, const Elp__V1__AttestationLine *wire,
                             Elp__V1__LineVerdict **ret);

#endif
