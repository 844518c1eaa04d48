#ifndef ELP_COMMON_VERIFY_H
#define ELP_COMMON_VERIFY_H

#include "common/daemon.h"
#include "common/failure.h"

/*
 * A daemon's program looks whether one of its stores is what the upstream journals give: its own core applies them again, from
 * the first record on, in an empty store below $TMPDIR, and every record and every row of every table is compared byte for
 * byte. Nothing else than the core decides what is right, so this cannot differ from what the daemon does; and no service
 * needs to know another one's core (docs/architecture.md, dependencies).
 *
 * Says on standard output, a line each: "at N" now and then; at the end "sound N", or "broken " and a sentence. Stores are only
 * read; their daemons do not run. Returns the program's exit code: 0 sound, 1 broken, else that of a failure, after a printed
 * sentence.
 */
#define VERIFY_SOUND 0
#define VERIFY_BROKEN 1

MUST_USE int verify_run(const struct service *service, const char *store_dir, const char *const *upstream_dirs,
                        size_t upstream_count);

#endif
