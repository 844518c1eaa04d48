#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/identifiers.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"

/* cell create: a folder with a description, keys and an allow folder, from which the four daemons can be started. */

#define PORT_BASE_DEFAULT 7110
#define PORT_BASE_MIN 1024
#define PORT_BASE_MAX 65000

static int run(struct ctl *ctl) {
    const char *folder = ctl_argument(ctl, 0);
    const char *name = ctl_option(ctl, OPTION_NAME);
    const char *clock = ctl_option(ctl, OPTION_CLOCK);
    int64_t port_base = PORT_BASE_DEFAULT;
    struct code parsed;
    int code = ctl_option_whole(ctl, OPTION_PORT_BASE, "--port-base", PORT_BASE_MIN, PORT_BASE_MAX, &port_base);
    if (code != CTL_DONE) {
        return code;
    }
    if (clock && strcmp(clock, "manual") != 0 && strcmp(clock, "real") != 0) {
        return ctl_fail(CTL_USAGE, "--clock is manual or real, not \"%.40s\"", clock);
    }
    if (name && !code_parse(name, &parsed)) {
        return ctl_fail(CTL_USAGE, "--name \"%.40s\" is no name: 1 to %d of A-Z a-z 0-9 . _ -", name, CODE_BYTES_MAX);
    }
    int result = cell_create(folder, name ? name : "elp", clock && strcmp(clock, "manual") == 0, (int)port_base);
    if (result < 0) {
        return ctl_failure(result);
    }
    if (result == 1) {
        return ctl_fail(CTL_NO, "%s holds a cell already; nothing was changed", folder);
    }
    if (ctl->json) {
        return message_json_print(json_pack("{s:s, s:s, s:b, s:I}", "folder", folder, "name", name ? name : "elp",
                                            "manual_clock", clock && strcmp(clock, "manual") == 0, "port_base",
                                            (json_int_t)port_base));
    }
    printf("made a cell in %s on ports from %lld: start elp-intake, elp-rating, elp-ledger and elp-reporting with "
           "--cell %s\n",
           folder, (long long)port_base, folder);
    return CTL_DONE;
}

static const struct argp_option options[] = {
    {"name", OPTION_NAME, "NAME", 0, "name of the cell; default elp", 0},
    {"clock", OPTION_CLOCK, "manual|real", 0,
     "who advances time: an operator (simulated for ever) or the machine; default real", 0},
    {"port-base", OPTION_PORT_BASE, "N", 0, "first port on loopback; default 7110", 0},
    {0},
};

const struct command cell_create_command = {
    .name = "cell create",
    .group = GROUP_CELL,
    .summary = "make a folder with a cell's description and keys",
    .arguments = "DIR",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .help = "Writes DIR/cell.yaml, the keys of the four daemons and of one principal of each role, and the key of "
            "the vault. DIR must not hold a cell yet.\n\n"
            "Examples:\n"
            "  elpctl cell create ./cell\n"
            "  elpctl cell create ./try --clock manual --port-base 7210",
    .run = run,
};
