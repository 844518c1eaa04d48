#include "tests/cases/csv.h"

#include <stdbool.h>
#include <string.h>

struct csv csv_begin(char *text, size_t bytes) {
    struct csv csv = {.next = text, .end = text + bytes, .line = 1};
    if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        csv.next += 3;
    }
    return csv;
}

/* The number of bytes of the line end at p: 0 when there is none. */
static int line_end_bytes(const struct csv *csv, const char *p) {
    if (p < csv->end && *p == '\n') {
        return 1;
    }
    if (p + 1 < csv->end && p[0] == '\r' && p[1] == '\n') {
        return 2;
    }
    return p + 1 == csv->end && *p == '\r' ? 1 : 0;
}

/* Takes the field at csv->next out of its quotes; false when they do not close. */
static bool unquote(struct csv *csv, const char **ret_field) {
    char *from = csv->next + 1;
    char *to = csv->next;
    *ret_field = to;
    while (from < csv->end) {
        if (*from == '"' && from[1] == '"') {
            from++;
        } else if (*from == '"') {
            csv->next = from + 1;
            /* Unquoting shortened the text, so the end of the field is before the byte that follows it. */
            *to = '\0';
            return true;
        }
        csv->line += *from == '\n';
        *to++ = *from++;
    }
    return false;
}

/* What stands between the field and the next: moves behind it. True when the record goes on. */
static bool pass_separator(struct csv *csv) {
    if (csv->next < csv->end && *csv->next == ',') {
        *csv->next++ = '\0';
        return true;
    }
    int line_end = line_end_bytes(csv, csv->next);
    if (line_end > 0) {
        *csv->next = '\0';
        csv->next += line_end;
        csv->line++;
    }
    return false;
}

static const char *take_field(struct csv *csv, const char **ret_field) {
    if (*csv->next == '"') {
        if (!unquote(csv, ret_field)) {
            return "a quote is not closed";
        }
        if (csv->next < csv->end && *csv->next != ',' && line_end_bytes(csv, csv->next) == 0) {
            return "text follows a closing quote";
        }
        return NULL;
    }
    *ret_field = csv->next;
    while (csv->next < csv->end && *csv->next != ',' && line_end_bytes(csv, csv->next) == 0) {
        if (*csv->next == '"') {
            return "a quote stands inside a field without quotes";
        }
        csv->next++;
    }
    return NULL;
}

int csv_next(struct csv *csv, struct csv_record *ret, const char **ret_reason) {
    int line_end;
    while ((line_end = line_end_bytes(csv, csv->next)) > 0) {
        csv->next += line_end;
        csv->line++;
    }
    if (csv->next == csv->end) {
        return CSV_END;
    }
    ret->line = csv->line;
    ret->count = 0;
    bool more = true;
    while (more) {
        if (ret->count == CSV_FIELDS_MAX) {
            *ret_reason = "there are too many fields";
            return CSV_MALFORMED;
        }
        const char *reason = take_field(csv, &ret->fields[ret->count]);
        if (reason != NULL) {
            *ret_reason = reason;
            return CSV_MALFORMED;
        }
        ret->count++;
        more = pass_separator(csv);
    }
    return CSV_RECORD;
}
