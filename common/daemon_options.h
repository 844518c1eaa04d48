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
};

struct daemon_options {
    enum daemon_task task;
    const char *cell;
    const char *keys;  /* NULL: <cell>/keys */
    const char *allow; /* NULL: <cell>/allow */
    const char *store; /* NULL: <cell>/<daemon> */
    const char *vault; /* intake's; NULL: <cell>/vault */
    bool new_vault;
    enum log_level log_level;
};

/* 0, or the exit code with which the program ends at once, after a printed sentence. */
MUST_USE int daemon_options_parse(enum cell_service service, int argc, char **argv, struct daemon_options *ret);

#endif
