#include "services/intake/contracted.h"

#include <string.h>

#include "common/require.h"
#include "services/intake/contract_end.h"

#define MONTHS_PER_YEAR 12
#define BASIS_POINTS 10000

static struct date first_of_month(int year, int month) {
    struct date first;
    bool made = date_make(year, month, 1, &first);
    require(made);
    return first;
}

static int months_in(const struct books *books, const struct registry_contract *contract, int year) {
    struct date end = provider_contract_end(books, contract);
    int months = 0;
    for (int month = 1; month <= MONTHS_PER_YEAR; month++) {
        struct date first = first_of_month(year, month);
        months += date_compare(contract->from, date_last_of_month(first)) <= 0 &&
                  (date_is_none(end) || date_compare(first, end) < 0);
    }
    return months;
}

int64_t contracted_sessions(const struct books *books, const struct registry_contract *contract, int year) {
    const struct loaded_book *loaded = books_find(books, contract->convention);
    int64_t months = months_in(books, contract, year);
    if (months == 0 || loaded == NULL) {
        return 0;
    }
    return book_on(loaded->book, contract->from)->volume_period == VOLUME_CALENDAR_YEAR
               ? contract_sessions_per_year(contract) * months / MONTHS_PER_YEAR
               : contract->sessions_per_month * months;
}

int64_t contracted_by_network(const struct registry *registry, const struct books *books, const char *network,
                              int year) {
    struct registry_walker walker;
    int64_t sessions = 0;
    registry_walker_begin(&walker, registry, FACT_PROVIDER_CONTRACT);
    for (const struct registry_entry *at = registry_walker_next(&walker); at != NULL;
         at = registry_walker_next(&walker)) {
        const struct registry_contract *contract = (const struct registry_contract *)at;
        if (strcmp(contract->network.text, network) == 0) {
            sessions += contracted_sessions(books, contract, year);
        }
    }
    return sessions;
}

int contracted_limit(const struct books *books, int year, struct date today) {
    struct date last = date_last_of_year(first_of_month(year, 1));
    const struct loaded_book *loaded = books_newest_on(books, last);
    if (loaded == NULL) {
        last = today;
        loaded = books_newest_on(books, last);
    }
    return loaded != NULL ? book_on(loaded->book, last)->overcontracting_remark_above : BOOK_ABSENT;
}

bool contracted_is_above(int64_t sessions, int contingent, int limit) {
    return contingent > 0 && limit != BOOK_ABSENT && sessions * BASIS_POINTS > (int64_t)contingent * limit;
}

uint32_t contracted_share(int64_t sessions, int contingent) {
    return contingent > 0 ? (uint32_t)(sessions * BASIS_POINTS / contingent) : 0;
}
