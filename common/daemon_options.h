#ifndef ELP_COMMON_DAEMON_OPTIONS_H
#define ELP_COMMON_DAEMON_OPTIONS_H

#include <stdbool.h>

#include "common/cell.h"
#include "common/failure.h"
#include "common/log.h"

/* The command line of the four daemons. */

/* What a daemon's program is asked to do; all but the first end by themselves. */
enum daemon_task {
    DAEMON_RUN,
    DAEMON_CHECK,     /* --check-config */
    DAEMON_HEALTH,    /* --health */
    DAEMON_MAKE_KEYS, /* --make-keys */
    DAEMON_HANDLERS,  /* --handlers; needs no cell */
    DAEMON_VERIFY,    /* --verify; needs no cell */
};

struct daemon_options {
    enum daemon_task task;
    const char *cell;
    const char *keys;  /* NULL: <cell>/keys */
    const char *allow; /* NULL: <cell>/allow */
    const char *store; /* NULL: <cell>/<daemon> */
    const char *vault; /* intake's; NULL: <cell>/vault */
    bool new_vault;
    const char *backup;                   /* the folder of backups; NULL: `backup` beside the store's folder */
    const char *vault_backup;             /* the same of the vault; NULL: `vault-backup` beside its folder */
    int64_t map_mebibytes;                /* to which the store may grow; 0: the default */
    const char *verify;                   /* the store to verify */
    const char *upstreams[CELL_SERVICES]; /* the upstream stores with which it is verified */
    size_t upstream_count;
    enum log_level log_level;
};

/* 0, or the exit code with which the program ends at once, after a printed sentence. */
MUST_USE int daemon_options_parse(enum cell_service service, int argc, char **argv, struct daemon_options *ret);

#endif
