#ifndef ELP_TESTS_SUPPORT_CHILD_PROCESS_H
#define ELP_TESTS_SUPPORT_CHILD_PROCESS_H

/*
 * Runs a call in a child process and returns the signal that ended it, 0 when the call returned. For claims
 * such as "this is our own bug and ends the process". The child says nothing and leaves no core file.
 */
int signal_that_ends(void (*call)(void *argument), void *argument);

#endif
