#ifndef ELP_COMMON_PRINCIPAL_H
#define ELP_COMMON_PRINCIPAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/identifiers.h"

/*
 * Who may talk to us. A principal is one public certificate file <name>.pub in the allow folder, in CZMQ's certificate format
 * with metadata name, role and scope. The folder is read-only for daemons and re-read when it changed; a folder that
 * cannot be read allows nobody (closed, not open).
 */
enum role {
    ROLE_INTEGRATOR = 1 << 0,
    ROLE_NETWORK = 1 << 1,
    ROLE_COLLECTING_INSTITUTION = 1 << 2,
    ROLE_INSURER = 1 << 3,
    ROLE_AUTHORITY = 1 << 4,
    ROLE_CONSUMER = 1 << 5,
    ROLE_OPERATOR = 1 << 6,
    ROLE_DAEMON = 1 << 7,
};
#define ROLE_ANY 0xffu

const char *role_word(enum role role);              /* "collecting-institution" */
MUST_USE bool role_of_word(const char *word, enum role *ret);

#define KEY_TEXT_BYTES 41 /* Z85 and NUL */
#define PRINCIPAL_NETWORKS_MAX 64

struct principal {
    struct code name;
    enum role role;
    char public_key[KEY_TEXT_BYTES];
    bool all_networks;                                 /* scope "*" */
    struct code networks[PRINCIPAL_NETWORKS_MAX];      /* else these */
    size_t network_count;
};

struct principals;

/* Opens the allow folder; FAILURE_CONFIG when it cannot be read now (a daemon does not start without one). */
MUST_USE int principals_open(const char *allow_dir, struct principals **ret);
void principals_close(struct principals *principals);

/*
 * Re-reads the folder when its listing, sizes or times changed; called at most once a second by the loop. A malformed
 * file is left out and logged once with its name. Returns true when anything changed.
 */
bool principals_refresh(struct principals *principals);

/* By the client's public key (Z85, the User-Id of a payload frame); NULL: unknown or revoked. Lives until a refresh. */
const struct principal *principals_by_key(const struct principals *principals, const char *public_key);
const struct principal *principals_by_name(const struct principals *principals, const char *name);
size_t principals_count(const struct principals *principals);
const struct principal *principals_at(const struct principals *principals, size_t index);

/* May the principal see this network? Operators, the authority and daemons see all. */
bool principal_sees_network(const struct principal *principal, const char *network);

/*
 * Makes a key pair: <secret_dir>/<name>.key (0600, secret) and <allow_dir>/<name>.pub (written new, fsynced, renamed).
 * scope: "*" or network codes separated by commas. 0; 1 when the name exists already (nothing is written; without
 * `rotate`); FAILURE_CONFIG with a printed sentence.
 */
MUST_USE int principal_make(const char *secret_dir, const char *allow_dir, const char *name, enum role role,
                            const char *scope);

/*
 * Loads a secret key file: refused when it is readable by others, malformed or missing (FAILURE_CONFIG, one printed
 * sentence with the file and the way out).
 */
MUST_USE int secret_key_load(const char *path, char ret_public[KEY_TEXT_BYTES], char ret_secret[KEY_TEXT_BYTES]);

#endif
