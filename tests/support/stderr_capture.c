#include "tests/support/stderr_capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static FILE *collected;
static int real_stderr = -1;

static void insist(int success) {
    if (!success) {
        (void)fprintf(stderr, "test support: capturing standard error failed\n");
        abort();
    }
}

void stderr_capture_begin(void) {
    (void)fflush(stderr);
    collected = tmpfile();
    insist(collected != NULL);
    real_stderr = dup(STDERR_FILENO);
    insist(real_stderr >= 0);
    insist(dup2(fileno(collected), STDERR_FILENO) >= 0);
}

const char *stderr_capture_end(char *out, size_t size) {
    (void)fflush(stderr);
    insist(dup2(real_stderr, STDERR_FILENO) >= 0);
    (void)close(real_stderr);
    rewind(collected);
    out[fread(out, 1, size - 1, collected)] = '\0';
    (void)fclose(collected);
    collected = NULL;
    return out;
}
