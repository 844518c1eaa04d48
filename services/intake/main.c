#include "services/intake/intake_service.h"

/*
 * Intake: the only daemon that takes commands. Provider software, insurers, networks, collecting institutions, the
 * authority and the operator talk to it; rating, ledger and reporting read its journal and nothing else, so a command
 * that is not recorded here never happened.
 *
 * It owns the registry (who may attest what), the convention books in force, the idempotency keys, the numbers of people
 * and the index of what stands. All of that lives in one LMDB store; what is in memory is rebuilt from it at start, so
 * every acknowledged command survives a restart, and nothing else does.
 *
 * Next: intake_service.c has one row per request; handle_submit_batch.c is where most of the work begins; then
 * services/rating/main.c.
 */
int main(int argc, char **argv) {
    return daemon_main(&intake_service, argc, argv);
}
