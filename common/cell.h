#ifndef ELP_COMMON_CELL_H
#define ELP_COMMON_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/key_file.h"

/*
 * A cell: one set of four daemons, described by one folder (see docs/operators.md).
 *
 *   cell.yaml       name, clock and endpoints, read by daemons and elpctl
 *   allow/          one public file per principal; includes the four daemons
 *   keys/           secret key files, 0600; vault.master, 32 random bytes in hexadecimal
 *   vault/          intake's vault (services/intake/vault.h), a small store of its own
 *   intake/ rating/ ledger/ reporting/   stores
 *   log/            when started by `elpctl cell start` or deploy/demo
 *
 * cell.yaml:
 *   cell: demo
 *   clock: manual          # or real
 *   listen: "0.0.0.0"      # optional: where the daemons bind their TCP ports instead of at the endpoints' hosts
 *   intake:    {commands: "tcp://127.0.0.1:7110", journal: "tcp://127.0.0.1:7111", metrics: "127.0.0.1:7119"}
 *   rating:    {commands: …:7120, journal: …:7121, metrics: …:7129}
 *   ledger:    {commands: …:7130, journal: …:7131, metrics: …:7139}
 *   reporting: {commands: …:7140, journal: …:7141, feed: …:7142, metrics: …:7149}
 *
 * A daemon's public key is that of the principal of role daemon with the daemon's name in allow/. An endpoint is
 * tcp://HOST:PORT or ipc://PATH, and no two are the same. It is what others connect to; a daemon binds it too, unless
 * `listen` gives the address to bind (in a container the host is a name, which no socket binds). `metrics` is optional:
 * ADDRESS:PORT of an HTTP listener for GET /metrics, bound as it stands.
 */
enum cell_service { CELL_INTAKE, CELL_RATING, CELL_LEDGER, CELL_REPORTING, CELL_SERVICES };

extern const char *const cell_service_names[CELL_SERVICES];

#define CELL_ENDPOINT_BYTES 128
#define CELL_ADDRESS_BYTES 16 /* 255.255.255.255 */
#define CELL_PATH_BYTES 512
#define CELL_FOLDER_BYTES_MAX (CELL_PATH_BYTES - 64) /* room for the longest path below it */

struct cell_endpoints {
    char commands[CELL_ENDPOINT_BYTES];
    char journal[CELL_ENDPOINT_BYTES];
    char feed[CELL_ENDPOINT_BYTES];    /* reporting only */
    char metrics[CELL_ENDPOINT_BYTES]; /* empty: no listener */
};

struct cell {
    char folder[CELL_PATH_BYTES];
    char keys_dir[CELL_PATH_BYTES];  /* empty: <folder>/keys */
    char allow_dir[CELL_PATH_BYTES]; /* empty: <folder>/allow */
    char vault_dir[CELL_PATH_BYTES]; /* empty: <folder>/vault */
    char name[33];
    bool manual_clock;
    char listen[CELL_ADDRESS_BYTES]; /* empty: the endpoints' own hosts */
    struct cell_endpoints services[CELL_SERVICES];
};

/* Reads <folder>/cell.yaml; FAILURE_CONFIG with printed file, line, field and remedy. */
MUST_USE int cell_load(const char *folder, struct cell *ret);

/*
 * Says that keys or allowed principals lie outside the cell's folder, as with systemd's credentials; NULL: they do not.
 * From then on cell_path and everything that uses it looks there. FAILURE_CONFIG with a printed sentence for a path that
 * is too long.
 */
MUST_USE int cell_place(struct cell *cell, const char *keys_dir, const char *allow_dir);

/* The same of intake's vault: by default <folder>/vault, a volume of its own where backups differ (docs/security.md). */
MUST_USE int cell_place_vault(struct cell *cell, const char *vault_dir);

/* What a daemon binds for one of its endpoints: the endpoint itself, or its port at `listen`. */
void cell_bind_endpoint(const struct cell *cell, const char *endpoint, char ret[CELL_ENDPOINT_BYTES]);

/*
 * Creates a folder with cell.yaml, keys of the four daemons and of one principal of each other role (named as its role
 * word: "operator", "authority", …), all scopes "*", and vault.master. Loopback ports: intake has base + 0 (commands) and
 * base + 1 (journal), rating base + 10 and + 11, ledger base + 20 and + 21, reporting base + 30, + 31 and + 32 (feed); metrics
 * have + 9, + 19, + 29 and + 39.
 * cell.yaml comes last: a creation that was cut off is completed by the next one, which keeps the keys that it finds.
 * 0; 1 when the folder holds a cell already; FAILURE_CONFIG with a printed sentence.
 */
MUST_USE int cell_create(const char *folder, const char *name, bool manual_clock, int port_base);

#define CELL_PORT_BASE_DEFAULT 7110
#define CELL_PORTS 40
#define CELL_MASTER_BYTES 32

/*
 * The master key of intake's vault, from keys/vault.master: refused as a secret key file is. The caller wipes it after
 * use. FAILURE_CONFIG with a printed sentence.
 */
MUST_USE int cell_master_load(const struct cell *cell, uint8_t ret_master[CELL_MASTER_BYTES]);

/* The same of keys/vault.master.previous, which is there while the master key is being rotated. */
MUST_USE int cell_previous_master_load(const struct cell *cell, uint8_t ret_master[CELL_MASTER_BYTES], bool *ret_found);

/* Makes keys/vault.master where it is missing. 0; FAILURE_CONFIG with a printed sentence. */
MUST_USE int cell_make_master(const struct cell *cell);

/*
 * Loads the key pair of principal `name` from keys/<name>.key, as secret_key_load does.
 */
MUST_USE int cell_key_load(const struct cell *cell, const char *name, char ret_public[KEY_TEXT_BYTES],
                           char ret_secret[KEY_TEXT_BYTES]);

/* Loads the public key of a daemon from allow/<service>.pub, which must have role daemon. */
MUST_USE int cell_service_key_load(const struct cell *cell, enum cell_service service, char ret_public[KEY_TEXT_BYTES]);

/*
 * <folder>/<sub> into out (size CELL_PATH_BYTES); sub has at most 63 bytes. A sub of "keys", "allow" or "vault", or below
 * them, lies where cell_place and cell_place_vault put it.
 */
void cell_path(const struct cell *cell, const char *sub, char *out);

#endif
