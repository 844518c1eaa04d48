#ifndef ELP_COMMON_PRINCIPAL_H
#define ELP_COMMON_PRINCIPAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/identifiers.h"
#include "common/key_file.h"

/*
 * Who may talk to us (rulebook §9; design.md, People, keys, scopes). A principal is one public certificate file
 * <name>.pub in the allow folder, in CZMQ's certificate format with metadata name, role and scope; the file's name and
 * the name inside are the same. Other files there are ignored. The folder is read-only for daemons and re-read when it
 * changed; a folder that cannot be read allows nobody (closed, not open).
 *
 * zauth is not pointed at the allow folder but at a copy (principals_export_keys), because libczmq 4.2.1 ends the process
 * when two files of a folder hold the same key, as after `cp demo.pub demo-old.pub`; it also keeps the last keys when a
 * folder vanishes, misses a file swapped within one second, and copies metadata into 512 bytes without a check.
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

const char *role_word(enum role role); /* "collecting-institution" */
MUST_USE bool role_of_word(const char *word, enum role *ret);

#define PRINCIPAL_NETWORKS_MAX 64
#define PRINCIPALS_MAX 4096

struct principal {
    struct code name;
    enum role role;
    char public_key[KEY_TEXT_BYTES];
    bool all_networks;                            /* scope "*" */
    struct code networks[PRINCIPAL_NETWORKS_MAX]; /* else these */
    size_t network_count;
};

struct principals;

/*
 * Opens the allow folder; FAILURE_CONFIG when it cannot be read now (a daemon does not start without one) or everybody may put
 * files into it (key_folder_check).
 */
MUST_USE int principals_open(const char *allow_dir, struct principals **ret);
void principals_close(struct principals *principals);

/*
 * Re-reads the folder when its listing, sizes or times changed; called at most once a second by the loop. A malformed
 * file, and of two files with one key the later in the order of names, is left out and logged once with its name.
 * Returns true when anything changed: the caller then exports the keys again.
 */
bool principals_refresh(struct principals *principals);

/* Counts the refreshes that changed something, from 1. */
uint64_t principals_generation(const struct principals *principals);

/*
 * A digest of names, keys, roles and scopes of all principals: whoever reads the same folder has the same one, so that a
 * change can be confirmed without the key concerned (Health).
 */
#define PRINCIPALS_DIGEST_BYTES 16
void principals_digest(const struct principals *principals, uint8_t ret[PRINCIPALS_DIGEST_BYTES]);

/*
 * Makes `folder` hold exactly the public keys of all principals, one file each without metadata, for
 * zstr_sendx(zauth, "CURVE", folder, NULL). Called after principals_open, before zauth loads the folder, and after each
 * refresh that returned true; zauth notices at the next handshake, also within the same second. The folder belongs to
 * this process alone (<store>/handshake); it is created where missing. FAILURE_FULL or FAILURE_CONFIG, with a printed
 * sentence.
 */
MUST_USE int principals_export_keys(const struct principals *principals, const char *folder);

/*
 * Is the daemon `name`, whose secret key came from the file `path`, allowed under that name, in that role and with this public
 * key? Else clients and other daemons would look for it with another one, or take it for somebody else. FAILURE_CONFIG with a
 * printed sentence.
 */
MUST_USE int principals_check_daemon(const struct principals *principals, const char *path, const char *name,
                                     const char *public_key);

/* By the client's public key (Z85, the User-Id of a payload frame); NULL: unknown or revoked. Lives until a refresh. */
const struct principal *principals_by_key(const struct principals *principals, const char *public_key);
const struct principal *principals_by_name(const struct principals *principals, const char *name);
size_t principals_count(const struct principals *principals);
const struct principal *principals_at(const struct principals *principals, size_t index);

/* May the principal see this network? Operators, the authority and daemons see all. */
bool principal_sees_network(const struct principal *principal, const char *network);

/*
 * Scope text: "*", or 1 to PRINCIPAL_NETWORKS_MAX network codes separated by commas, without spaces. False when it is
 * malformed or names a network twice; ret_networks has room for PRINCIPAL_NETWORKS_MAX.
 */
MUST_USE bool scope_parse(const char *text, bool *ret_all, struct code *ret_networks, size_t *ret_count);

/*
 * Makes a key pair: <secret_dir>/<name>.key (0600, secret) and <allow_dir>/<name>.pub, both put there whole or not at
 * all, the secret first. 0; 1 when one of the two files exists already (nothing is written); FAILURE_CONFIG with a
 * printed sentence for an unusable name, scope or folder. Both folders exist.
 */
MUST_USE int principal_make(const char *secret_dir, const char *allow_dir, const char *name, enum role role,
                            const char *scope);

/*
 * Makes a new key pair for a principal that is allowed already; role and scope stay. The new secret takes the place of
 * <secret_dir>/<name>.key, where there is one, after the new public file took that of the old: at no moment is there no
 * secret for what is allowed. 0; 1 when no such principal is allowed; FAILURE_CONFIG with a printed sentence.
 */
MUST_USE int principal_rotate(const char *secret_dir, const char *allow_dir, const char *name);

/*
 * Takes <allow_dir>/<name>.pub away, for good once it returns, and then <secret_dir>/<name>.key, which opens nothing any
 * more. 0; 1 when there is no such public file; FAILURE_CONFIG with a printed sentence.
 */
MUST_USE int principal_revoke(const char *secret_dir, const char *allow_dir, const char *name);

/*
 * The public key in <allow_dir>/<name>.pub, whether or not that file makes it a principal: before a key ends, to ask
 * afterwards whether another file allows the same key. False, without a word, when the file has none.
 */
MUST_USE bool principal_public_key(const char *allow_dir, const char *name, char ret_public[KEY_TEXT_BYTES]);

/*
 * Puts the public half of <secret_dir>/<name>.key into allow_dir where it is missing. 0; FAILURE_CONFIG with a printed
 * sentence when the secret file is missing or unusable, or when another key stands under that name.
 */
MUST_USE int principal_publish(const char *secret_dir, const char *allow_dir, const char *name);

/*
 * Loads a secret key file: refused when it is readable by others, malformed or missing, or when everybody may put files into
 * its folder (FAILURE_CONFIG, one printed sentence with the file or folder and the way out).
 */
MUST_USE int secret_key_load(const char *path, char ret_public[KEY_TEXT_BYTES], char ret_secret[KEY_TEXT_BYTES]);

#endif
