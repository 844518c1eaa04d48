#ifndef ELP_TESTS_SUPPORT_STDERR_CAPTURE_H
#define ELP_TESTS_SUPPORT_STDERR_CAPTURE_H

#include <stddef.h>

/* Collects what this process writes to its standard error between begin and end. One at a time. */
void stderr_capture_begin(void);

/* Ends it; `out` receives the text, cut to size − 1 bytes, and NUL. Returns `out`. */
const char *stderr_capture_end(char *out, size_t size);

#endif
