#include "common/daemon_options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/version.h"
#include "common/yaml_document.h"

#define EXIT_USAGE 64
#define MAP_MEBIBYTES_MIN 1
#define MAP_MEBIBYTES_MAX (16 * 1024 * 1024)

enum {
    OPTION_STORE = 256,
    OPTION_KEYS,
    OPTION_ALLOW,
    OPTION_VAULT,
    OPTION_NEW_VAULT,
    OPTION_BACKUP,
    OPTION_VAULT_BACKUP,
    OPTION_MAP,
    OPTION_LOG_LEVEL,
    OPTION_CHECK,
    OPTION_HEALTH,
    OPTION_MAKE_KEYS,
    OPTION_VERIFY,
    OPTION_UPSTREAM,
    OPTION_HANDLERS
};

static const struct argp_option option_table[] = {
    {"cell", 'c', "DIR", 0, "the cell's folder; default $ELP_CELL", 0},
    {"store", OPTION_STORE, "DIR", 0, "the store's folder; default <cell>/<daemon>", 0},
    {"keys", OPTION_KEYS, "DIR", 0, "the folder of the secret keys; default <cell>/keys", 0},
    {"allow", OPTION_ALLOW, "DIR", 0, "the folder of the allowed public keys; default <cell>/allow", 0},
    {"backup", OPTION_BACKUP, "DIR", 0, "the folder of backups; default backup/ beside the store's folder", 0},
    {"vault-backup", OPTION_VAULT_BACKUP, "DIR", 0,
     "intake: the folder of the vault's backups; default vault-backup/ beside the vault's folder", 0},
    {"map-mib", OPTION_MAP, "N", 0, "MiB to which the store may grow; default 65536", 0},
    {"vault", OPTION_VAULT, "DIR", 0, "intake: the vault's folder; default <cell>/vault", 0},
    {"new-vault", OPTION_NEW_VAULT, NULL, 0,
     "intake: the vault is lost for good: begin an empty one, to which everybody is a new person", 0},
    {"log-level", OPTION_LOG_LEVEL, "LEVEL", 0, "debug, info (default), warning or error", 0},
    {NULL, 0, NULL, 0, "Instead of running:", 1},
    {"check-config", OPTION_CHECK, NULL, 0, "read configuration and keys, open nothing, and end", 1},
    {"health", OPTION_HEALTH, NULL, 0, "ask the running daemon how it is; ends with 0 when it runs, else with 1", 1},
    {"handlers", OPTION_HANDLERS, NULL, 0, "tell which role may send what, as lines of JSON, and end; needs no cell",
     1},
    {"make-keys", OPTION_MAKE_KEYS, NULL, 0, "make this daemon's keys where they are missing, and end", 1},
    {"verify", OPTION_VERIFY, "DIR", 0,
     "compute a store of this daemon again from its upstream stores, compare, and end", 1},
    {"upstream", OPTION_UPSTREAM, "DIR", 0, "for --verify: an upstream store, once for each", 1},
    {0},
};

static error_t parse_level(const char *value, struct daemon_options *options, struct argp_state *state) {
    static const char *const levels[] = {"debug", "info", "warning", "error"};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (strcmp(value, levels[i]) == 0) {
            options->log_level = (enum log_level)i;
            return 0;
        }
    }
    argp_error(state, "log level '%s' is none of debug, info, warning, error", value);
    return EINVAL;
}

static error_t parse_map(const char *value, struct daemon_options *options, struct argp_state *state) {
    if (yaml_whole_parse(value, MAP_MEBIBYTES_MIN, MAP_MEBIBYTES_MAX, &options->map_mebibytes)) {
        return 0;
    }
    argp_error(state, "--map-mib '%s' is no whole number from %d to %d", value, MAP_MEBIBYTES_MIN, MAP_MEBIBYTES_MAX);
    return EINVAL;
}

static error_t parse_option(int key, char *value, struct argp_state *state) {
    struct daemon_options *options = state->input;
    switch (key) {
    case 'c':
        options->cell = value;
        return 0;
    case OPTION_STORE:
        options->store = value;
        return 0;
    case OPTION_KEYS:
        options->keys = value;
        return 0;
    case OPTION_ALLOW:
        options->allow = value;
        return 0;
    case OPTION_BACKUP:
        options->backup = value;
        return 0;
    case OPTION_VAULT_BACKUP:
        options->vault_backup = value;
        return 0;
    case OPTION_MAP:
        return parse_map(value, options, state);
    case OPTION_VAULT:
        options->vault = value;
        return 0;
    case OPTION_NEW_VAULT:
        options->new_vault = true;
        return 0;
    case OPTION_LOG_LEVEL:
        return parse_level(value, options, state);
    case OPTION_CHECK:
        options->task = DAEMON_CHECK;
        return 0;
    case OPTION_HEALTH:
        options->task = DAEMON_HEALTH;
        return 0;
    case OPTION_VERIFY:
        options->task = DAEMON_VERIFY;
        options->verify = value;
        return 0;
    case OPTION_UPSTREAM:
        if (options->upstream_count == CELL_SERVICES) {
            argp_error(state, "--upstream was given too often");
            return EINVAL;
        }
        options->upstreams[options->upstream_count++] = value;
        return 0;
    case OPTION_HANDLERS:
        options->task = DAEMON_HANDLERS;
        return 0;
    case OPTION_MAKE_KEYS:
        options->task = DAEMON_MAKE_KEYS;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_version(FILE *stream, struct argp_state *state) {
    (void)fprintf(stream, "%s %s\n", state->name, ELP_VERSION);
}

int daemon_options_parse(enum cell_service service, int argc, char **argv, struct daemon_options *ret) {
    static const struct argp argp = {option_table, parse_option, NULL, "One daemon of an elp cell.", NULL, NULL, NULL};
    struct daemon_options options = {.cell = getenv("ELP_CELL"), .log_level = LOG_LEVEL_INFO};
    argp_program_version_hook = print_version;
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0) {
        return EXIT_USAGE;
    }
    if (!options.cell && options.task != DAEMON_VERIFY && options.task != DAEMON_HANDLERS) {
        (void)fprintf(stderr, "elp-%s: which cell? give --cell DIR or set ELP_CELL\n", cell_service_names[service]);
        return failure_exit_code(FAILURE_CONFIG);
    }
    *ret = options;
    return 0;
}
