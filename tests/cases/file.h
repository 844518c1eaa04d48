#ifndef ELP_TESTS_CASES_FILE_H
#define ELP_TESTS_CASES_FILE_H

#include <stddef.h>

/*
 * The whole content of a file and a NUL behind it; the caller frees it. NULL when it cannot be read or is
 * longer than bytes_max; that was printed to stderr.
 */
char *file_read(const char *path, size_t bytes_max, size_t *ret_bytes);

#endif
