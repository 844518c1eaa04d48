#include "tests/support/child_process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int signal_that_ends(void (*call)(void *argument), void *argument) {
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &no_core);
        /* cmocka catches signals to go on; here the signal is what is asked for. */
        if (freopen("/dev/null", "w", stderr) == NULL || signal(SIGABRT, SIG_DFL) == SIG_ERR) {
            _exit(1);
        }
        call(argument);
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        (void)fprintf(stderr, "test support: running a child process failed\n");
        abort();
    }
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
