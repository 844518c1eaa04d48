#include "services/ctl/submit_source.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "services/ctl/command.h"

#define CHUNK_BYTES 65536
#define DIGEST_BYTES 32

static int unreadable(const char *name) {
    return ctl_fail(CTL_INPUT, "%s cannot be read: %s", name, strerror(errno));
}

/* Copies standard input, which cannot be read twice, into a file without a name. */
static int spool(FILE **ret) {
    char chunk[CHUNK_BYTES];
    size_t bytes;
    FILE *file = tmpfile();
    if (!file) {
        return ctl_fail(failure_exit_code(FAILURE_SYSTEM), "no temporary file for standard input: %s", strerror(errno));
    }
    while ((bytes = fread(chunk, 1, sizeof chunk, stdin)) > 0) {
        if (fwrite(chunk, 1, bytes, file) != bytes) {
            (void)fclose(file);
            return ctl_fail(failure_exit_code(FAILURE_SYSTEM), "standard input cannot be kept: %s", strerror(errno));
        }
    }
    if (ferror(stdin)) {
        (void)fclose(file);
        return unreadable("standard input");
    }
    *ret = file;
    return CTL_DONE;
}

static int take_digest(struct submit_source *source) {
    char chunk[CHUNK_BYTES];
    uint8_t digest[DIGEST_BYTES];
    crypto_generichash_state state;
    size_t bytes;
    bool line_has_text = false;
    (void)crypto_generichash_init(&state, NULL, 0, sizeof digest);
    rewind(source->stream);
    while ((bytes = fread(chunk, 1, sizeof chunk, source->stream)) > 0) {
        (void)crypto_generichash_update(&state, (const unsigned char *)chunk, bytes);
        for (size_t i = 0; i < bytes; i++) {
            if (chunk[i] == '\n') {
                source->line_count += line_has_text;
                line_has_text = false;
            } else if (chunk[i] != ' ' && chunk[i] != '\t' && chunk[i] != '\r') {
                line_has_text = true;
            }
        }
    }
    source->line_count += line_has_text;
    if (ferror(source->stream)) {
        return unreadable(source->name);
    }
    (void)crypto_generichash_final(&state, digest, sizeof digest);
    (void)sodium_bin2hex(source->digest, sizeof source->digest, digest, (sizeof source->digest - 1) / 2);
    rewind(source->stream);
    return CTL_DONE;
}

int submit_source_open(const char *path, struct submit_source *source) {
    memset(source, 0, sizeof *source);
    bool standard_input = strcmp(path, "-") == 0;
    source->name = standard_input ? "standard input" : path;
    if (standard_input) {
        int code = spool(&source->stream);
        if (code != CTL_DONE) {
            return code;
        }
    } else {
        source->stream = fopen(path, "re");
    }
    if (!source->stream) {
        return unreadable(path);
    }
    int code = take_digest(source);
    if (code != CTL_DONE) {
        submit_source_close(source);
    }
    return code;
}

void submit_source_close(struct submit_source *source) {
    if (source->stream) {
        (void)fclose(source->stream);
        source->stream = NULL;
    }
}

/* Reads to the end of a line; keeps one byte more than is accepted, so that too long is seen. */
static bool read_line(struct submit_source *source) {
    bool any = false;
    int byte;
    source->bytes = 0;
    while ((byte = getc_unlocked(source->stream)) != EOF) {
        any = true;
        if (byte == '\n') {
            break;
        }
        if (source->bytes <= LINE_JSON_BYTES_MAX) {
            source->text[source->bytes++] = (char)byte;
        }
    }
    source->text[source->bytes] = 0;
    source->line += any;
    return any;
}

static bool is_blank(const struct submit_source *source) {
    for (size_t i = 0; i < source->bytes; i++) {
        if (source->text[i] != ' ' && source->text[i] != '\t' && source->text[i] != '\r') {
            return false;
        }
    }
    return true;
}

bool submit_source_next(struct submit_source *source) {
    while (read_line(source)) {
        if (!is_blank(source)) {
            source->read_count++;
            return true;
        }
    }
    return false;
}

const char *submit_source_key(const struct submit_source *source, char out[SUBMIT_KEY_BYTES]) {
    (void)snprintf(out, SUBMIT_KEY_BYTES, "%s:%010" PRIu64, source->digest, source->line);
    return out;
}
