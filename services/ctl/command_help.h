#ifndef ELP_CTL_COMMAND_HELP_H
#define ELP_CTL_COMMAND_HELP_H

#include "services/ctl/command.h"

/*
 * Finds the command that the first one or two words name. Returns how many words it took; 0 after one line that says what
 * there is instead.
 */
MUST_USE int command_find(int argc, char **argv, const struct command **ret);

/* elpctl --help: every command with its line, the common options, the exit codes. */
void command_overview(const struct argp_option *common_options);

/* elpctl COMMAND --help: usage, what it does, its options, the common ones, the exit codes. */
void command_print_help(const struct command *command, const struct argp_option *common_options);

/* elpctl help [COMMAND]. */
int command_help(int argc, char **argv, const struct argp_option *common_options);

#endif
