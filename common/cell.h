#ifndef ELP_COMMON_CELL_H
#define ELP_COMMON_CELL_H

#include <stdbool.h>

#include "common/failure.h"

/*
 * A cell: one set of four daemons, described by one folder (see docs/operators.md).
 *
 *   cell.yaml       name, clock and endpoints, read by daemons and elpctl
 *   allow/          one public file per principal; includes the four daemons
 *   keys/           secret key files, 0600; vault.master, 32 random bytes in hexadecimal
 *   intake/ rating/ ledger/ reporting/   stores
 *   log/            when started by `elpctl cell start` or deploy/demo
 *
 * cell.yaml:
 *   cell: demo
 *   clock: manual          # or real
 *   intake:    {commands: "tcp://127.0.0.1:7110", journal: "tcp://127.0.0.1:7111"}
 *   rating:    {commands: …:7120, journal: …:7121}
 *   ledger:    {commands: …:7130, journal: …:7131}
 *   reporting: {commands: …:7140, journal: …:7141, feed: …:7142}
 *
 * A daemon's public key is that of the principal of role daemon with the daemon's name in allow/.
 */
enum cell_service { CELL_INTAKE, CELL_RATING, CELL_LEDGER, CELL_REPORTING, CELL_SERVICES };

extern const char *const cell_service_names[CELL_SERVICES];

#define CELL_ENDPOINT_BYTES 128
#define CELL_PATH_BYTES 512

struct cell_endpoints {
    char commands[CELL_ENDPOINT_BYTES];
    char journal[CELL_ENDPOINT_BYTES];
    char feed[CELL_ENDPOINT_BYTES]; /* reporting only */
};

struct cell {
    char folder[CELL_PATH_BYTES];
    char name[33];
    bool manual_clock;
    struct cell_endpoints services[CELL_SERVICES];
};

/* Reads <folder>/cell.yaml; FAILURE_CONFIG with printed file, line, field and remedy. */
MUST_USE int cell_load(const char *folder, struct cell *ret);

/*
 * Creates a folder with cell.yaml on loopback ports base … base+32, keys of the four daemons and of one principal of each
 * other role ("operator", "authority", …), all scopes "*", and vault.master. 1 when the folder holds a cell already.
 */
MUST_USE int cell_create(const char *folder, const char *name, bool manual_clock, int port_base);

/* <folder>/<sub> into out (size CELL_PATH_BYTES). */
void cell_path(const struct cell *cell, const char *sub, char *out);

#endif
