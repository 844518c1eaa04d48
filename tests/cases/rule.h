#ifndef ELP_TESTS_CASES_RULE_H
#define ELP_TESTS_CASES_RULE_H

#include <stddef.h>

#include "tests/cases/books.h"
#include "tests/cases/row.h"

/*
 * One rule of the rulebook that worked cases exist for. The file <name>.csv holds its cases; its header names
 * exactly these columns, in any order. check() reads the input columns of a row, calls the function that the
 * daemons call, and holds its result against the expected columns.
 */
struct rule {
    const char *name;
    const char *const *columns; /* a row's fields come in this order */
    size_t column_count;        /* at most ROW_COLUMNS_MAX */
    void (*check)(const struct case_books *books, struct row *row);
};

/* One per file of this folder. */
extern const struct rule rule_deadline;
extern const struct rule rule_group_rating;
extern const struct rule rule_identifiers;
extern const struct rule rule_indexation;
extern const struct rule rule_individual_share;
extern const struct rule rule_neutralisation;
extern const struct rule rule_notice;
extern const struct rule rule_reduction;
extern const struct rule rule_zone;

/* The rule of that name, or NULL. */
const struct rule *rule_find(const char *name);

/* The number of the column of that name in the rule's order, or rule->column_count. */
size_t rule_column(const struct rule *rule, const char *name);

#endif
