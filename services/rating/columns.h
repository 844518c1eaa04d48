#ifndef ELP_SERVICES_RATING_COLUMNS_H
#define ELP_SERVICES_RATING_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/book.h"
#include "common/failure.h"
#include "common/money.h"
#include "common/store.h"
#include "services/rating/rate.h"

/*
 * The tariff columns that indexations created (rulebook §5 T6), beside those of the books. The book's own columns come
 * first: a column of an indexation rates only years after the book's last one, so that a later version of the book
 * which prints the year replaces what was computed for it.
 *
 * Table: key is the convention's text and a zero byte, the year as 4 bytes, the tariff's name in the book and a zero
 * byte; value is the amount in cents as 8 bytes, one byte that is 1 when provisional, and the source's text.
 * 91.02 of "2024", 2026, "individual", provisional, source "S0 art. 3" (a key and a value):
 *   32303234 00 000007ea 696e646976696475616c 00      000000000000238e 01 533020617274 2e2033
 */

/* One amount of a column. source lives as long as the columns. */
struct column_amount {
    char convention[8];
    int year;
    enum book_tariff tariff;
    struct money amount;
    bool provisional;
    const char *source;
};

struct columns;

MUST_USE int columns_open(struct store_txn *txn, size_t table, struct columns **ret);
void columns_close(struct columns *columns); /* accepts NULL */

/* Stores a new amount; the source is copied. There is none yet for that convention, year and tariff. */
MUST_USE int columns_add(struct columns *columns, struct store_txn *txn, const struct column_amount *amount);

size_t columns_count(const struct columns *columns);
const struct column_amount *columns_entry(const struct columns *columns, size_t index);

/* The amount published for exactly that year, by the book or else by an indexation; false when there is none. */
MUST_USE bool columns_published(const struct columns *columns, const struct book *book, enum book_tariff tariff,
                                int year, struct book_amount *ret);

/* Where the percentage of an indexation's amount is published; "" when no indexation made that amount. */
const char *columns_source(const struct columns *columns, const char *convention, enum book_tariff tariff, int year);

/*
 * The amount that rates a session of that day: the column of its year; after the last column the last one, marked
 * provisional (rulebook §2). False when the book has no such tariff or the day lies before its first column.
 */
MUST_USE bool columns_amount_on(const struct columns *columns, const struct book *book, enum book_tariff tariff,
                                struct date day, struct book_amount *ret);

/* What a tariff_view needs as state; both outlive the view. */
struct columns_of_book {
    const struct columns *columns;
    const struct book *book;
};

struct tariff_view columns_view(const struct columns_of_book *state);

#endif
