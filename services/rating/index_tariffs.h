#ifndef ELP_SERVICES_RATING_INDEX_TARIFFS_H
#define ELP_SERVICES_RATING_INDEX_TARIFFS_H

#include <stdint.h>

#include "common/book.h"
#include "common/failure.h"
#include "services/rating/columns.h"

/*
 * Indexation is an act (rulebook §5 T6): it creates the column of a year from the published amounts of the year before,
 * each rounded to the cent; never from the base. A column is provisional when the one before it is. Tariffs that the
 * book does not index stay out.
 */
struct index_act {
    int year;
    int32_t basis_points;
    const char *source;
};

enum index_outcome {
    INDEX_DONE = 0,
    INDEX_ALREADY = 1,      /* the year has a column, in the book or by an earlier act */
    INDEX_NO_COLUMN = 2,    /* the year before has none */
    INDEX_OUT_OF_RANGE = 3, /* a year before 2000 or after 2199, or a percentage beyond money.h */
};

struct index_result {
    struct column_amount amounts[TARIFF_COUNT];
    size_t count;
};

/* Judges and computes; stores nothing. ret is written only on INDEX_DONE and borrows act->source. */
MUST_USE enum index_outcome index_tariffs(const struct columns *columns, const struct book *book,
                                          const struct index_act *act, struct index_result *ret);

/* The stable word of a refusal: "already-indexed", "no-column", "malformed"; "" for INDEX_DONE. */
const char *index_outcome_code(enum index_outcome outcome);
/* One sentence for it. */
const char *index_outcome_reason(enum index_outcome outcome);

#endif
