#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/failure.h"
#include "common/require.h"
#include "common/store.h"

/* Only what a signal handler may call. */
static void end_process(int number) {
    static const char words[] =
        "elp: the store's data.mdb cannot be read to its end: the disk fails, or the file was cut short. Look at the "
        "disk, "
        "then put a backup in its place (elpctl restore), or empty the folder of a daemon that can be rebuilt.\n";
    (void)number;
    (void)!write(STDERR_FILENO, words, sizeof words - 1);
    _exit(failure_exit_code(FAILURE_STORE));
}

void store_end_on_unreadable_map(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = end_process;
    (void)sigemptyset(&action.sa_mask);
    require(sigaction(SIGBUS, &action, NULL) == 0);
}
