#ifndef ELP_SERVICES_CTL_NISS_INPUT_H
#define ELP_SERVICES_CTL_NISS_INPUT_H

#define NISS_TEXT_BYTES 64

/*
 * A national number from an argument or, without one or with "-", one line of standard input, where a terminal echoes
 * nothing: what stands on a command line stands in the shell's history too. 0 or an exit code after one line about it.
 * The number is never printed.
 */
int niss_input_read(const char *argument, char out[NISS_TEXT_BYTES]);

#endif
