#include "services/ctl/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ctl/command.h"

#define CELL_BYTES_MAX 512
#define GAP "  "

struct cell_text {
    char *text;
    enum terminal_color color;
};

struct row {
    struct cell_text *cells;
    size_t used;
    bool rule;
};

struct table {
    const struct table_column *columns;
    size_t column_count;
    bool color;
    bool out_of_memory;
    struct row *rows;
    size_t row_count;
    size_t row_room;
};

struct table *table_new(const struct table_column *columns, size_t count, bool color) {
    struct table *table = calloc(1, sizeof *table);
    if (table) {
        table->columns = columns;
        table->column_count = count;
        table->color = color;
    }
    return table;
}

void table_free(struct table *table) {
    if (!table) {
        return;
    }
    for (size_t r = 0; r < table->row_count; r++) {
        for (size_t c = 0; c < table->rows[r].used; c++) {
            free(table->rows[r].cells[c].text);
        }
        free(table->rows[r].cells);
    }
    free(table->rows);
    free(table);
}

static void add_row(struct table *table, bool rule) {
    if (!table || table->out_of_memory) {
        return;
    }
    if (table->row_count == table->row_room) {
        size_t room = table->row_room ? 2 * table->row_room : 64;
        struct row *rows = realloc(table->rows, room * sizeof *rows);
        if (!rows) {
            table->out_of_memory = true;
            return;
        }
        table->rows = rows;
        table->row_room = room;
    }
    struct row *row = &table->rows[table->row_count];
    *row = (struct row){.rule = rule, .cells = calloc(table->column_count, sizeof *row->cells)};
    if (!row->cells) {
        table->out_of_memory = true;
        return;
    }
    table->row_count++;
}

void table_row(struct table *table) {
    add_row(table, false);
}

void table_rule(struct table *table) {
    add_row(table, true);
}

/* Control bytes in foreign text must not reach a terminal. */
static void make_printable(char *text) {
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = '?';
        }
    }
}

void table_colored(struct table *table, enum terminal_color color, const char *text) {
    if (!table || table->out_of_memory || table->row_count == 0) {
        return;
    }
    struct row *row = &table->rows[table->row_count - 1];
    if (row->used == table->column_count) {
        return;
    }
    char *copy = strdup(text);
    if (!copy) {
        table->out_of_memory = true;
        return;
    }
    make_printable(copy);
    row->cells[row->used++] = (struct cell_text){copy, color};
}

void table_text(struct table *table, const char *text) {
    table_colored(table, COLOR_NONE, text);
}

void table_textf(struct table *table, const char *format, ...) {
    char text[CELL_BYTES_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    table_text(table, text);
}

void table_money(struct table *table, struct money amount) {
    char text[MONEY_TEXT_BYTES];
    table_text(table, money_format_grouped(amount, text, sizeof text));
}

const char *table_grouped(uint64_t number, char *out, size_t size) {
    char digits[24];
    size_t used = 0;
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
    for (int i = 0; i < length && used + 2 < size; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            out[used++] = ',';
        }
        out[used++] = digits[i];
    }
    out[used] = 0;
    return out;
}

void table_number(struct table *table, uint64_t number) {
    char text[32];
    table_text(table, table_grouped(number, text, sizeof text));
}

const char *table_share_text(int64_t part, int64_t whole, char *out, size_t size) {
    if (whole <= 0) {
        (void)snprintf(out, size, "-");
        return out;
    }
    __int128 hundredths = (__int128)part * 10000 / whole;
    const char *sign = hundredths < 0 ? "-" : "";
    if (hundredths < 0) {
        hundredths = -hundredths;
    }
    if (hundredths > 99999999) {
        (void)snprintf(out, size, "%s>999,999 %%", sign);
    } else {
        (void)snprintf(out, size, "%s%lld.%02lld %%", sign, (long long)(hundredths / 100),
                       (long long)(hundredths % 100));
    }
    return out;
}

void table_share(struct table *table, int64_t part, int64_t whole) {
    char text[32];
    table_text(table, table_share_text(part, whole, text, sizeof text));
}

static void print_cell(const struct table *table, size_t column, const struct cell_text *cell, size_t width,
                       bool last) {
    const char *text = cell->text ? cell->text : "";
    size_t cells = terminal_cells(text);
    int fill = (int)(width > cells ? width - cells : 0);
    bool right = table->columns[column].align == TABLE_RIGHT;
    printf("%*s%s%s%s%*s%s", right ? fill : 0, "", terminal_begin(table->color, cell->color), text,
           terminal_end(table->color, cell->color), right || last ? 0 : fill, "", last ? "" : GAP);
}

static void print_rule(const struct table *table, const size_t *widths) {
    for (size_t c = 0; c < table->column_count; c++) {
        for (size_t i = 0; i < widths[c]; i++) {
            (void)putchar('-');
        }
        (void)fputs(c + 1 < table->column_count ? GAP : "\n", stdout);
    }
}

static void print_rows(const struct table *table, const size_t *widths) {
    size_t titled = table->column_count;
    while (titled > 1 && table->columns[titled - 1].title[0] == 0) {
        titled--; /* no blanks at the end of a line */
    }
    for (size_t c = 0; c < titled; c++) {
        struct cell_text title = {(char *)table->columns[c].title, COLOR_BOLD};
        print_cell(table, c, &title, widths[c], c + 1 == titled);
    }
    (void)putchar('\n');
    for (size_t r = 0; r < table->row_count; r++) {
        const struct row *row = &table->rows[r];
        if (row->rule) {
            print_rule(table, widths);
            continue;
        }
        size_t used = row->used;
        while (used > 1 && row->cells[used - 1].text[0] == 0) {
            used--;
        }
        for (size_t c = 0; c < used; c++) {
            print_cell(table, c, &row->cells[c], widths[c], c + 1 == used);
        }
        (void)putchar('\n');
    }
}

int table_print(struct table *table) {
    size_t *widths = table && !table->out_of_memory ? calloc(table->column_count, sizeof *widths) : NULL;
    if (!widths) {
        table_free(table);
        return ctl_failure(FAILURE_MEMORY);
    }
    for (size_t c = 0; c < table->column_count; c++) {
        widths[c] = terminal_cells(table->columns[c].title);
    }
    for (size_t r = 0; r < table->row_count; r++) {
        for (size_t c = 0; c < table->rows[r].used; c++) {
            size_t cells = terminal_cells(table->rows[r].cells[c].text);
            widths[c] = cells > widths[c] ? cells : widths[c];
        }
    }
    print_rows(table, widths);
    free(widths);
    table_free(table);
    return CTL_DONE;
}
