#include "common/daemon.h"
#include "services/rating/rating_core.h"

/*
 * elp-rating: what is an accepted attestation worth (rulebook §5)?
 *
 * Who am I: the second of the four daemons. Record n of my journal is the answer to record n of intake's: an accepted
 * attestation rated, a cancelled one reversed by its own amounts, an indexation judged, everything else left empty.
 * Who talks to me: I read intake's journal; the ledger and reporting read mine; anybody asks for tariffs, the networks
 * and integrators how an attestation was rated, the authority what came of an indexation. I take no commands.
 * What I own: the amounts. rate.c computes them, index_tariffs.c makes new columns, columns.c keeps those.
 * What survives a restart: my journal and position, the books as recorded, the columns of indexations. All of it can be
 * deleted: read again from intake's journal it comes out byte for byte the same.
 *
 * Next: rating_core.c, then services/ledger/main.c.
 */
int main(int argc, char **argv) {
    return daemon_main(&rating_service, argc, argv);
}
