#include "services/ledger/year_figures.h"

#include <string.h>

#include "common/require.h"

bool year_figures_of(const struct ledger *ledger, int year, struct year_figures *ret) {
    struct date first;
    bool made = date_make(year, 1, 1, &first);
    require(made);
    struct date last = date_last_of_year(first);
    const struct book *best = NULL;
    bool best_covers = false;
    for (size_t i = 0; i < book_shelf_count(ledger->shelf); i++) {
        const struct book *book = book_shelf_entry(ledger->shelf, i);
        bool covers = date_compare(book->sessions.from, last) <= 0 &&
                      (date_is_none(book->sessions.until) || date_compare(book->sessions.until, first) >= 0);
        /* A later version of the same convention compares equal and replaces the earlier one. */
        if (best == NULL || (covers && !best_covers) ||
            (covers == best_covers && strcmp(book->convention, best->convention) >= 0)) {
            best = book;
            best_covers = covers;
        }
    }
    if (best == NULL) {
        return false;
    }
    struct date day = last;
    if (!date_is_none(best->sessions.until) && date_compare(best->sessions.until, day) < 0) {
        day = best->sessions.until;
    }
    *ret = (struct year_figures){best, day, book_on(best, day)};
    return true;
}
