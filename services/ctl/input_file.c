#include "services/ctl/input_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ctl/command.h"

#define CHUNK_BYTES (256 * 1024)

static int read_stream(FILE *stream, const char *path, size_t bytes_max, char **ret_text, size_t *ret_bytes) {
    char *text = NULL;
    size_t room = 0;
    size_t used = 0;
    for (;;) {
        if (room - used < 2) {
            room = room ? 2 * room : CHUNK_BYTES;
            char *larger = realloc(text, room);
            if (!larger) {
                free(text);
                return ctl_failure(FAILURE_MEMORY);
            }
            text = larger;
        }
        size_t bytes = fread(text + used, 1, room - used - 1, stream);
        used += bytes;
        if (used > bytes_max) {
            free(text);
            return ctl_fail(CTL_INPUT, "%s is too large: %zu bytes are the most", path, bytes_max);
        }
        if (bytes == 0) {
            break;
        }
    }
    if (ferror(stream)) {
        free(text);
        return ctl_fail(CTL_INPUT, "%s cannot be read: %s", path, strerror(errno));
    }
    text[used] = 0;
    *ret_text = text;
    *ret_bytes = used;
    return CTL_DONE;
}

int input_file_read(const char *path, size_t bytes_max, char **ret_text, size_t *ret_bytes) {
    if (strcmp(path, "-") == 0) {
        return read_stream(stdin, "standard input", bytes_max, ret_text, ret_bytes);
    }
    FILE *stream = fopen(path, "re");
    if (!stream) {
        return ctl_fail(CTL_INPUT, "%s cannot be read: %s", path, strerror(errno));
    }
    int code = read_stream(stream, path, bytes_max, ret_text, ret_bytes);
    (void)fclose(stream);
    return code;
}

void input_file_errors(const char *path, const struct yaml_errors *errors) {
    for (size_t i = 0; i < errors->count; i++) {
        const struct yaml_error *error = &errors->items[i];
        (void)fprintf(stderr, "%s", path);
        if (error->line > 0) {
            (void)fprintf(stderr, ":%d", error->line);
        }
        if (error->line > 0 && error->column > 0) {
            (void)fprintf(stderr, ":%d", error->column);
        }
        (void)fprintf(stderr, ": %s%s%s\n", error->field, error->field[0] ? ": " : "", error->text);
    }
    if (errors->total > errors->count) {
        (void)fprintf(stderr, "%s: ... and %zu more\n", path, errors->total - errors->count);
    }
}
