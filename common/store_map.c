#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/failure.h"
#include "common/require.h"
#include "common/store.h"

#define LINE_BYTES 1024

/* Everything below is called by a signal handler: system calls and memory only. */

static void say(const char *text) {
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static uintptr_t read_hex(const char **text) {
    uintptr_t value = 0;
    for (;; (*text)++) {
        char c = **text;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) {
            return value;
        }
        value = value << 4 | (uintptr_t)digit;
    }
}

/* The path of "7f00-7fff r--s 0 fd:00 12 /path" when the address lies in it. */
static const char *path_of_line(const char *line, uintptr_t address) {
    uintptr_t from = read_hex(&line);
    line += *line == '-';
    uintptr_t until = read_hex(&line);
    return address >= from && address < until ? strchr(line, '/') : NULL;
}

/* Which file is mapped at that address? The kernel's list of our mappings says it. */
static bool find_file(uintptr_t address, char line[LINE_BYTES], const char **ret_path) {
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    size_t used = 0;
    char c;
    while (fd >= 0 && read(fd, &c, 1) == 1) {
        if (c != '\n' && used < LINE_BYTES - 1) {
            line[used++] = c;
            continue;
        }
        line[used] = '\0';
        used = 0;
        *ret_path = path_of_line(line, address);
        if (*ret_path != NULL) {
            return true;
        }
    }
    return false;
}

static void end_process(int number, siginfo_t *info, void *context) {
    char line[LINE_BYTES];
    const char *path = "a store's data.mdb";
    (void)number;
    (void)context;
    (void)find_file((uintptr_t)info->si_addr, line, &path);
    say(program_invocation_short_name);
    say(": ");
    say(path != NULL ? path : "a store's data.mdb");
    say(" cannot be read to its end: the disk fails, or the file was cut short; look at the disk, then put a backup in "
        "its "
        "place (elpctl restore), or empty the folder of a daemon that can be rebuilt.\n");
    _exit(failure_exit_code(FAILURE_STORE));
}

void store_end_on_unreadable_map(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = end_process;
    action.sa_flags = SA_SIGINFO;
    (void)sigemptyset(&action.sa_mask);
    require(sigaction(SIGBUS, &action, NULL) == 0);
}
