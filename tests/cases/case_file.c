#include "tests/cases/case_file.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cases/csv.h"
#include "tests/cases/file.h"
#include "tests/cases/rule.h"

#define CASE_FILE_BYTES_MAX (64 * 1024 * 1024)

/* Which column of the rule each field of a record belongs to. */
struct header {
    size_t count;
    size_t columns[CSV_FIELDS_MAX];
};

/* A line about the file or a record as a whole; what is wrong inside a case, the rule prints. */
__attribute__((format(printf, 4, 5))) static void fail_at(struct case_totals *totals, const char *path, int line,
                                                          const char *format, ...) {
    va_list arguments;
    (void)printf("%s:%d: ", path, line);
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)printf("\n");
    totals->failed++;
}

/* Every column of the rule once, and no other; all that is wrong is printed. */
static bool read_header(const struct rule *rule, const char *path, const struct csv_record *record,
                        struct case_totals *totals, struct header *ret) {
    int failed_before = totals->failed;
    bool seen[ROW_COLUMNS_MAX] = {false};
    struct header header = {.count = record->count};
    for (size_t i = 0; i < record->count; i++) {
        size_t column = rule_column(rule, record->fields[i]);
        if (column == rule->column_count) {
            fail_at(totals, path, record->line, "the column \"%s\" is unknown", record->fields[i]);
            continue;
        }
        if (seen[column]) {
            fail_at(totals, path, record->line, "the column \"%s\" stands twice", record->fields[i]);
        }
        seen[column] = true;
        header.columns[i] = column;
    }
    for (size_t column = 0; column < rule->column_count; column++) {
        if (!seen[column]) {
            fail_at(totals, path, record->line, "the column \"%s\" is missing", rule->columns[column]);
        }
    }
    *ret = header;
    return totals->failed == failed_before;
}

static void run_record(const struct case_books *books, const struct rule *rule, const char *path,
                       const struct header *header, const struct csv_record *record, struct case_totals *totals) {
    if (record->count != header->count) {
        fail_at(totals, path, record->line, "expected %zu fields, got %zu", header->count, record->count);
        return;
    }
    struct row row = {.path = path, .line = record->line, .columns = rule->columns};
    for (size_t i = 0; i < record->count; i++) {
        row.fields[header->columns[i]] = record->fields[i];
    }
    rule->check(books, &row);
    if (row.failed) {
        totals->failed++;
    } else {
        totals->passed++;
    }
}

static void run_text(const struct case_books *books, const struct rule *rule, const char *path, char *text,
                     size_t bytes, struct case_totals *totals) {
    if (memchr(text, '\0', bytes) != NULL) {
        fail_at(totals, path, 1, "the file is no text: it holds a zero byte");
        return;
    }
    struct csv csv = csv_begin(text, bytes);
    struct csv_record record;
    const char *reason = NULL;
    struct header header = {.count = 0};
    size_t records = 0;
    int outcome;
    while ((outcome = csv_next(&csv, &record, &reason)) == CSV_RECORD) {
        if (records == 0) {
            if (!read_header(rule, path, &record, totals, &header)) {
                return;
            }
        } else {
            run_record(books, rule, path, &header, &record, totals);
        }
        records++;
    }
    if (outcome == CSV_MALFORMED) {
        fail_at(totals, path, record.line, "%s", reason);
    } else if (records < 2) {
        fail_at(totals, path, csv.line, "the file holds no case");
    }
}

void case_file_run(const struct case_books *books, const char *folder, const char *file_name,
                   struct case_totals *totals) {
    char path[4096];
    char name[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, file_name);
    (void)snprintf(name, sizeof name, "%s", file_name);
    char *extension = strrchr(name, '.');
    if (extension != NULL) {
        *extension = '\0';
    }
    const struct rule *rule = rule_find(name);
    if (rule == NULL) {
        fail_at(totals, path, 1, "no rule is called \"%s\"", name);
        return;
    }
    size_t bytes;
    char *text = file_read(path, CASE_FILE_BYTES_MAX, &bytes);
    if (text == NULL) {
        totals->failed++;
        return;
    }
    run_text(books, rule, path, text, bytes, totals);
    free(text);
}
