#include "tests/unit/book_text.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *book_text_read(const char *path) {
    char full[512];
    char *text = calloc(1, BOOK_BYTES_MAX + 1);

    assert_non_null(text);
    snprintf(full, sizeof(full), "%s/%s", ELP_SOURCE_DIR, path);

    FILE *file = fopen(full, "rb");

    assert_non_null(file);

    size_t bytes = fread(text, 1, BOOK_BYTES_MAX, file);

    assert_true(bytes > 0 && feof(file));
    fclose(file);
    return text;
}

char *book_text_replace(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);

    if (at == NULL) {
        fail_msg("the text does not hold \"%s\"", from);
        return NULL;
    }

    size_t room = strlen(text) + strlen(to) + 1;
    char *result = malloc(room);

    assert_non_null(result);
    snprintf(result, room, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return result;
}

int book_text_line(const char *text, const char *part) {
    const char *at = strstr(text, part);
    int line = 1;

    if (at == NULL) {
        fail_msg("the text does not hold \"%s\"", part);
        return 0;
    }
    for (const char *c = text; c < at; c++) {
        line += *c == '\n';
    }
    return line;
}

struct book *book_text_parse_file(const char *path) {
    char *text = book_text_read(path);
    struct yaml_error errors[8];
    struct book *book = NULL;
    size_t count = 0;

    if (book_parse(text, strlen(text), &book, errors, 8, &count) != 0) {
        fail_msg("%s:%d: %s: %s", path, errors[0].line, errors[0].field, errors[0].text);
    }
    free(text);
    return book;
}

struct date book_text_day(const char *text) {
    struct date day = DATE_NONE;

    assert_true(date_parse(text, &day));
    return day;
}
