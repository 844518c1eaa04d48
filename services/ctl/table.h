#ifndef ELP_CTL_TABLE_H
#define ELP_CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/money.h"
#include "services/ctl/terminal.h"

/*
 * A table for people: columns as wide as their longest cell, text to the left, numbers and money to the right with grouped
 * thousands. Rows are collected and printed at once; memory that is refused shows as FAILURE_MEMORY there.
 */
struct table;

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table_column {
    const char *title;
    enum table_align align;
};

/* `columns` outlives the table. NULL when memory is out. */
struct table *table_new(const struct table_column *columns, size_t count, bool color);
void table_free(struct table *table); /* accepts NULL */

/* A row is begun, then filled cell by cell from the left; missing cells stay empty. All of these accept NULL. */
void table_row(struct table *table);
void table_text(struct table *table, const char *text);
void table_textf(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_colored(struct table *table, enum terminal_color color, const char *text);
void table_money(struct table *table, struct money amount);
void table_number(struct table *table, uint64_t number);
/* part ÷ whole as "101.23 %", cut after the second decimal; "-" without a whole. For the eye only. */
void table_share(struct table *table, int64_t part, int64_t whole);
/* A line across. */
void table_rule(struct table *table);

/* Prints the table and frees it. CTL_DONE or an exit code after one line. */
int table_print(struct table *table);

/* "1,234,567" */
const char *table_grouped(uint64_t number, char *out, size_t size);
/* "101.23 %" as above. */
const char *table_share_text(int64_t part, int64_t whole, char *out, size_t size);

#endif
