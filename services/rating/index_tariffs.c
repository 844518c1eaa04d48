#include "services/rating/index_tariffs.h"

#include <stdio.h>
#include <string.h>

#include "common/require.h"

#define YEAR_MIN 2000
#define YEAR_MAX 2199

static enum index_outcome index_one(const struct columns *columns, const struct book *book, enum book_tariff tariff,
                                    const struct index_act *act, struct column_amount *ret) {
    struct book_amount before;
    struct book_amount present;
    if (columns_published(columns, book, tariff, act->year, &present)) {
        return INDEX_ALREADY;
    }
    if (!columns_published(columns, book, tariff, act->year - 1, &before)) {
        return INDEX_NO_COLUMN;
    }
    struct money amount;
    if (!money_index_round_nearest(before.amount, act->basis_points, &amount)) {
        return INDEX_OUT_OF_RANGE;
    }
    struct column_amount indexed = {.year = act->year,
                                    .tariff = tariff,
                                    .amount = amount,
                                    .provisional = before.provisional,
                                    .source = act->source};
    (void)snprintf(indexed.convention, sizeof indexed.convention, "%s", book->convention);
    *ret = indexed;
    return INDEX_DONE;
}

enum index_outcome index_tariffs(const struct columns *columns, const struct book *book, const struct index_act *act,
                                 struct index_result *ret) {
    struct index_result result = {.count = 0};
    enum index_outcome refused = INDEX_DONE;
    if (act->year < YEAR_MIN || act->year > YEAR_MAX) {
        return INDEX_OUT_OF_RANGE;
    }
    for (enum book_tariff tariff = TARIFF_INDIVIDUAL; tariff < TARIFF_COUNT; tariff++) {
        const struct book_tariff_row *row = &book->tariffs[tariff];
        if (!row->indexed || row->amount_count == 0) {
            continue;
        }
        enum index_outcome outcome = index_one(columns, book, tariff, act, &result.amounts[result.count]);
        if (outcome == INDEX_DONE) {
            result.count++;
        } else if (outcome == INDEX_ALREADY || refused == INDEX_DONE) {
            refused = outcome; /* a column that is there already says most */
        }
    }
    if (refused != INDEX_DONE) {
        return refused;
    }
    if (result.count == 0) {
        return INDEX_NO_COLUMN;
    }
    *ret = result;
    return INDEX_DONE;
}

static const struct {
    const char *code;
    const char *reason;
} outcomes[] = {
    [INDEX_DONE] = {"", ""},
    [INDEX_ALREADY] = {"already-indexed", "This convention has a column for that year already."},
    [INDEX_NO_COLUMN] = {"no-column", "The year before has no column from which that year could be indexed."},
    [INDEX_OUT_OF_RANGE] = {"malformed", "That year or percentage is out of range."},
};

const char *index_outcome_code(enum index_outcome outcome) {
    require((size_t)outcome < sizeof outcomes / sizeof outcomes[0]);
    return outcomes[outcome].code;
}

const char *index_outcome_reason(enum index_outcome outcome) {
    require((size_t)outcome < sizeof outcomes / sizeof outcomes[0]);
    return outcomes[outcome].reason;
}
