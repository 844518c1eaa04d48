#include "common/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/require.h"

static const struct {
    int failure;
    int exit_code;
    const char *text;
} failures[] = {
    {FAILURE_MEMORY, 71, "memory was refused"},
    {FAILURE_STORE, 73, "the store or its disk failed"},
    {FAILURE_FULL, 74, "the store or its disk is full"},
    {FAILURE_CORRUPT, 73, "stored bytes are damaged"},
    {FAILURE_UPSTREAM, 75, "an upstream record cannot be applied"},
    {FAILURE_SYSTEM, 70, "a system call failed"},
    {FAILURE_CONFIG, 78, "the configuration is unusable"},
};

const char *failure_text(int failure) {
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        if (failures[i].failure == failure) {
            return failures[i].text;
        }
    }
    return "an unknown failure";
}

int failure_exit_code(int failure) {
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        if (failures[i].failure == failure) {
            return failures[i].exit_code;
        }
    }
    return 70;
}

void failure_say(const char *format, ...) {
    va_list args;
    va_start(args, format);
    flockfile(stderr);
    (void)fprintf(stderr, "%s: ", program_invocation_short_name);
    (void)vfprintf(stderr, format, args);
    funlockfile(stderr);
    va_end(args);
}

void require_failed(const char *condition, const char *file, int line, const char *function) {
    failure_say("our own assertion failed: %s (%s:%d, %s)\n", condition, file, line, function);
    abort();
}
