#ifndef ELP_SERVICES_RATING_RATING_CORE_H
#define ELP_SERVICES_RATING_RATING_CORE_H

#include "common/arena.h"
#include "common/book_shelf.h"
#include "common/daemon.h"
#include "common/journal.h"
#include "services/rating/columns.h"

/* The daemon as the turn sees it: main.c and the tests run this. */
extern const struct service rating_service;

/* Rating's tables, after those of every store. */
enum rating_table {
    RATING_TABLE_BOOKS = SERVICE_TABLE_FIRST, /* common/book_shelf.h */
    RATING_TABLE_COLUMNS,                     /* columns.h */
    RATING_TABLE_CLOCK,                       /* one row, key 00: time of the last record, 8 bytes */
    RATING_TABLES,
};

/* What rating holds in memory: the books and the columns. Amounts already rated stand in its journal alone. */
struct rating {
    const struct journal *journal;
    struct arena arena; /* one record's messages */
    struct book_shelf *shelf;
    struct columns *columns;
    instant_us at; /* of the last record; 0 before the first */
};

/* The rows of requests that rating answers (queries.c). */
#define RATING_HANDLERS 4
extern const struct handler rating_handlers[RATING_HANDLERS];

/* Decodes record `number` of rating's own journal into `arena`. FAILURE_CORRUPT when it does not decode. */
MUST_USE int rating_own_record(const struct journal *journal, struct store_txn *txn, uint64_t number,
                               struct arena *arena, Elp__V1__RatingRecord **ret);

#endif
