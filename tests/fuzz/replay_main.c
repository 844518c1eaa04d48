#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz_target.h"

/*
 * Runs a fuzz target once over every file of the folders given as arguments, where libFuzzer is not linked.
 * Ends with 1 when there is no input at all or one cannot be read, so that a lost corpus does not pass for a
 * success.
 */

/* Larger inputs belong to no target of ours. */
#define INPUT_BYTES_MAX (16 * 1024 * 1024)

static int replay_file(const char *path, size_t bytes) {
    /* Exactly as large as the input: a sanitizer sees a read beyond it. */
    uint8_t *input = malloc(bytes == 0 ? 1 : bytes);
    FILE *file = fopen(path, "rb");
    int result = 1;

    if (input != NULL && file != NULL && fread(input, 1, bytes, file) == bytes) {
        (void)LLVMFuzzerTestOneInput(input, bytes);
        result = 0;
    } else {
        (void)fprintf(stderr, "%s: cannot be read: %s\n", path, strerror(errno));
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    free(input);
    return result;
}

/* Adds the files that were run to *ret_count. */
static int replay_folder(const char *folder, size_t *ret_count) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    int result = count < 0;

    if (count < 0) {
        (void)fprintf(stderr, "%s: cannot be read: %s\n", folder, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        struct stat status;
        int length = snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);

        free(entries[i]);
        if (result != 0 || length < 0 || (size_t)length >= sizeof(path) || stat(path, &status) != 0 ||
            !S_ISREG(status.st_mode)) {
            continue;
        }
        if (status.st_size > INPUT_BYTES_MAX) {
            (void)fprintf(stderr, "%s: larger than any input\n", path);
            result = 1;
            continue;
        }
        result = replay_file(path, (size_t)status.st_size);
        *ret_count += result == 0;
    }
    free(entries);
    return result;
}

int main(int argc, char **argv) {
    size_t count = 0;

    for (int i = 1; i < argc; i++) {
        if (replay_folder(argv[i], &count) != 0) {
            return EXIT_FAILURE;
        }
    }
    (void)printf("%zu inputs\n", count);
    return count == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
