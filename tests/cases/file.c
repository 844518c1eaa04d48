#include "tests/cases/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *file_read(const char *path, size_t bytes_max, size_t *ret_bytes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return NULL;
    }
    /* One byte more than allowed tells a file that is too long from one that just fits. */
    char *text = malloc(bytes_max + 2);
    size_t bytes = text == NULL ? 0 : fread(text, 1, bytes_max + 1, file);
    if (text == NULL || ferror(file) || bytes > bytes_max) {
        (void)fprintf(stderr, "%s: %s\n", path, bytes > bytes_max ? "the file is too long" : strerror(errno));
        free(text);
        (void)fclose(file);
        return NULL;
    }
    (void)fclose(file);
    text[bytes] = '\0';
    *ret_bytes = bytes;
    return text;
}
