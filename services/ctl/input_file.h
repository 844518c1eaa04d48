#ifndef ELP_CTL_INPUT_FILE_H
#define ELP_CTL_INPUT_FILE_H

#include <stddef.h>

#include "common/failure.h"
#include "common/yaml_document.h"

/*
 * Reads a whole file of at most `bytes_max` bytes, "-" from standard input. CTL_DONE with *ret_text owned by the caller (free;
 * a NUL stands behind it), or CTL_INPUT after one line.
 */
MUST_USE int input_file_read(const char *path, size_t bytes_max, char **ret_text, size_t *ret_bytes);

/* "FILE:LINE:COLUMN: FIELD: TEXT" for each error, on standard error, and how many more there are. */
void input_file_errors(const char *path, const struct yaml_errors *errors);

#endif
