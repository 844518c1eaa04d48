#include "services/ctl/command.h"

/*
 * elpctl: the command line of a cell. It holds no state: everything that changes something is a request to intake, and
 * everything that it shows comes from the four daemons or from their journals.
 *
 * Next file to read: services/ctl/command.h, then services/ctl/submit.c for the longest way through it.
 */
int main(int argc, char **argv) {
    return ctl_main(argc, argv);
}
