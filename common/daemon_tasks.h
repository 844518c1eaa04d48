#ifndef ELP_COMMON_DAEMON_TASKS_H
#define ELP_COMMON_DAEMON_TASKS_H

#include "common/cell.h"
#include "common/failure.h"

/* What a daemon's program does instead of running. Each says in one line what came of it. */

/*
 * Asks the running daemon for its health, as that daemon's own principal over its own commands socket: a reply means that
 * its loop turns, its zauth admits keys and its last commit did not fail. What peers do has no part in it. 0 when it runs; 1
 * when it does not answer within DAEMON_HEALTH_MS or has stopped applying its upstream; negative: infrastructure.
 */
#define DAEMON_HEALTH_MS 3000
MUST_USE int daemon_health(const struct cell *cell, enum cell_service service);

/*
 * Makes the daemon's key pair where it is missing, secret in the keys folder, public in the allow folder, and intake's
 * vault.master; completes a making that was cut off. Keys that are there stay. FAILURE_CONFIG with a printed sentence, also
 * when the allow folder holds another key of that name.
 */
MUST_USE int daemon_make_keys(const struct cell *cell, enum cell_service service);

#endif
