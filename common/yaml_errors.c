#include "common/yaml_document.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

/*
 * Errors travel on the wire as UTF-8 and are printed on terminals: bytes of a sequence that a buffer's end
 * has cut, and control bytes from a file, become '?'.
 */
static void make_printable(char *text) {
    size_t left = strlen(text);

    for (size_t bytes; left > 0; text += bytes, left -= bytes) {
        bytes = utf8_length(text, left);
        if (bytes == 0 || (unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = '?';
            bytes = 1;
        }
    }
}

__attribute__((format(printf, 5, 0))) static void add(struct yaml_errors *errors, int line, int column,
                                                      const char *path, const char *format, va_list args) {
    errors->total++;
    if (errors->count >= errors->max) {
        return;
    }

    struct yaml_error *error = &errors->items[errors->count++];

    error->line = line;
    error->column = column;
    snprintf(error->field, sizeof(error->field), "%s", path);
    vsnprintf(error->text, sizeof(error->text), format, args);
    make_printable(error->field);
    make_printable(error->text);
}

void yaml_errors_add(struct yaml_errors *errors, int line, int column, const char *path, const char *format, ...) {
    va_list args;

    va_start(args, format);
    add(errors, line, column, path, format, args);
    va_end(args);
}

void yaml_document_error(const struct yaml_document *document, struct yaml_errors *errors, const char *path,
                         const char *format, ...) {
    struct yaml_place place = yaml_document_place(document, path);
    va_list args;

    va_start(args, format);
    add(errors, place.line, place.column, path, format, args);
    va_end(args);
}

bool yaml_whole_parse(const char *text, int64_t min, int64_t max, int64_t *ret) {
    int64_t value = 0;
    size_t digits = strlen(text);

    /* 18 digits always fit; no figure of ours needs more. */
    if (digits == 0 || digits > 18 || (text[0] == '0' && digits > 1)) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (text[i] - '0');
    }
    if (value < min || value > max) {
        return false;
    }
    *ret = value;
    return true;
}

bool yaml_flag_parse(const char *text, bool *ret) {
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return false;
    }
    *ret = text[0] == 't';
    return true;
}
