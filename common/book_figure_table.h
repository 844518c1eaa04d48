#ifndef ELP_COMMON_BOOK_FIGURE_TABLE_H
#define ELP_COMMON_BOOK_FIGURE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/book.h"

/*
 * One row for every field of struct book_figures but `valid`: what it is, what it may be, and when a book
 * must have it. Part of the book's implementation; nobody else includes it.
 */

enum book_figure_kind {
    FIGURE_WHOLE,     /* int */
    FIGURE_PERCENT,   /* int32_t basis points */
    FIGURE_PERCENTS,  /* thresholds and threshold_count: "80 %, 100 %", ascending */
    FIGURE_AMOUNT,    /* struct money */
    FIGURE_FLAG,      /* bool */
    FIGURE_CHOICE,    /* an enum; the words are its names in order */
    FIGURE_MONTH_DAY, /* struct book_month_day */
};

enum book_figure_need {
    NEED_NEVER,
    NEED_ALWAYS, /* in the conventions of `in`, on every day of the book */
    NEED_ONCE,   /* in the conventions of `in`, at least one row; it may hold for a part of the period */
    NEED_RULE,   /* on every day on which the book has the rule */
    NEED_FLAG,   /* on every day on which the flag at `flag` is true, and always in the conventions of `in` */
};

struct book_figure_row {
    const char *name; /* of the field and in the YAML */
    enum book_figure_kind kind;
    size_t offset;
    int32_t min; /* whole numbers, percentages; amounts in euro */
    int32_t max;
    const char *const *words;
    size_t word_count;
    enum book_figure_need need;
    int in;
    enum refusal rule;
    size_t flag;
};

extern const struct book_figure_row book_figure_table[];
extern const size_t book_figure_table_count;

/* Sets every field to what stands for "the book does not have it". */
void book_figures_clear(struct book_figures *figures);

/* The row of a name, or -1. */
int book_figure_row_of(const char *name);

#endif
