#include "services/ctl/niss_input.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/identifiers.h"
#include "services/ctl/command.h"

/* One line without its end; on a terminal nothing is echoed. False at the end of the input. */
static bool read_line(char out[NISS_TEXT_BYTES]) {
    struct termios before;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        struct termios silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        (void)fputs("National number (not shown): ", stderr);
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    bool read = fgets(out, NISS_TEXT_BYTES, stdin) != NULL;
    if (terminal) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        (void)fputc('\n', stderr);
    }
    if (read) {
        out[strcspn(out, "\r\n")] = 0;
    }
    return read;
}

/* Checked here, so that a slip of the hand says so before anybody is asked. */
int niss_input_read(const char *argument, char out[NISS_TEXT_BYTES]) {
    struct niss niss;
    if (argument && strcmp(argument, "-") != 0) {
        (void)snprintf(out, NISS_TEXT_BYTES, "%s", argument);
    } else if (!read_line(out)) {
        return ctl_fail(CTL_INPUT, "standard input ended before a national number came");
    }
    bool good = niss_parse(out, &niss);
    sodium_memzero(&niss, sizeof niss);
    return good ? CTL_DONE
                : ctl_fail(CTL_INPUT, "that is no national number: 11 digits whose check digits fit, one on a line");
}
