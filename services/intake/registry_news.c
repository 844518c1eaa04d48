#include "services/intake/registry_news.h"

#include <string.h>

#include "common/log.h"
#include "services/intake/contract_end.h"
#include "services/intake/contracted.h"
#include "services/intake/intake_core.h"

/* News at work: where they go, and what is asked of the registry meanwhile. */
struct gathering {
    const struct registry *registry;
    const struct books *books;
    struct arena *arena;
    struct registry_news *news;
    struct date day;
    uint64_t since;
};

static struct gathering gathering_of(struct intake_core *core, struct date day, uint64_t since,
                                     struct registry_news *news) {
    *news = (struct registry_news){0};
    news->items = arena_take(&core->arena, REGISTRY_NEWS_MAX * sizeof(Elp__V1__RegistryNews *));
    return (struct gathering){&core->registry, &core->books, &core->arena, news, day, since};
}

/* The item to fill; a spare one when there is no room, which is noted. Texts point into the registry or the fact. */
static Elp__V1__RegistryNews *add(struct gathering *at, Elp__V1__RegistryNewsKind kind, const char *network,
                                  const char *code) {
    static Elp__V1__RegistryNews spare;
    struct registry_news *news = at->news;
    Elp__V1__RegistryNews *item = NULL;
    if (news->items != NULL && news->count < REGISTRY_NEWS_MAX) {
        item = arena_take(at->arena, sizeof *item);
    }
    if (item == NULL) {
        news->dropped++;
        return &spare;
    }
    elp__v1__registry_news__init(item);
    item->kind = kind;
    item->network = (char *)network;
    item->code = (char *)code;
    news->items[news->count++] = item;
    return item;
}

static void add_dated(struct gathering *at, Elp__V1__RegistryNewsKind kind, const char *network, const char *code,
                      struct date date) {
    add(at, kind, network, code)->date = date.days;
}

#define NEWS(kind) ELP__V1__REGISTRY_NEWS_KIND__REGISTRY_NEWS_KIND_##kind

/* --- R3: contracted against the contingent ------------------------------------------------------------------------ */

static void remark_contracted(struct gathering *at, const char *network, int year, int64_t sessions, int contingent) {
    Elp__V1__RegistryNews *item = add(at, NEWS(OVERCONTRACTED), network, network);
    item->year = (uint32_t)year;
    item->basis_points = contracted_share(sessions, contingent);
}

struct contracted {
    int64_t sessions;
    int contingent;
};

/* A remark is due when a change leads from below the limit to above it, not for every contract beyond. */
static void news_of_contracted(struct gathering *at, const char *network, int year, struct contracted before,
                               struct contracted after) {
    int limit = contracted_limit(at->books, year, at->day);
    if (contracted_is_above(after.sessions, after.contingent, limit) &&
        !contracted_is_above(before.sessions, before.contingent, limit)) {
        remark_contracted(at, network, year, after.sessions, after.contingent);
    }
}

static int year_of_remark(const struct gathering *at, struct date from) {
    int today = date_year(at->day);
    return date_year(from) > today ? date_year(from) : today;
}

/* --- facts -------------------------------------------------------------------------------------------------------- */

static bool is_news(struct date now, const struct date *before) {
    return !date_is_none(now) && (before == NULL || date_compare(now, *before) != 0);
}

static void news_of_contract(struct gathering *at, const struct registry_fact *fact) {
    const struct registry_contract *contract = &fact->as.contract;
    const struct registry_contract *standing = registry_contract(at->registry, fact->code);
    const struct registry_network *network = registry_network(at->registry, contract->network.text);
    if (is_news(contract->notice, standing != NULL ? &standing->notice : NULL)) {
        add_dated(at, NEWS(CONTRACT_NOTICE), contract->network.text, fact->code,
                  provider_contract_end(at->books, contract));
    }
    int year = year_of_remark(at, contract->from);
    int64_t before = contracted_by_network(at->registry, at->books, contract->network.text, year);
    int64_t own = standing != NULL ? contracted_sessions(at->books, standing, year) : 0;
    int64_t after = before - own + contracted_sessions(at->books, contract, year);
    news_of_contracted(at, contract->network.text, year, (struct contracted){before, network->contingent},
                       (struct contracted){after, network->contingent});
}

static void news_of_second_leader(struct gathering *at, const struct registry_fact *fact) {
    const struct registry_second_leader *leader = &fact->as.second_leader;
    const struct registry_second_leader *standing = registry_second_leader(at->registry, fact->code);
    if (is_news(leader->notice, standing != NULL ? &standing->notice : NULL)) {
        add_dated(at, NEWS(CONTRACT_NOTICE), leader->network.text, fact->code,
                  second_leader_contract_end(at->books, leader));
    }
}

static void news_of_amendment(struct gathering *at, const struct registry_fact *fact) {
    const struct registry_amendment *amendment = &fact->as.amendment;
    const struct registry_amendment *standing = registry_amendment(at->registry, fact->code);
    const struct loaded_book *loaded = books_find(at->books, amendment->convention);
    if (loaded != NULL && is_news(amendment->signed_on, standing != NULL ? &standing->signed_on : NULL)) {
        Elp__V1__RegistryNews *item = add(at, NEWS(AMENDMENT_SIGNED), amendment->network.text, fact->code);
        item->amendment = (char *)fact->code;
        item->date = amendment_letter_until(loaded->book, amendment->signed_on).days;
    }
}

static const struct book *book_of_letter(const struct gathering *at, const struct registry_letter *letter) {
    const struct registry_amendment *amendment = registry_amendment(at->registry, letter->amendment.text);
    const struct loaded_book *loaded = amendment != NULL ? books_find(at->books, amendment->convention) : NULL;
    return loaded != NULL ? loaded->book : NULL;
}

static void add_letter(struct gathering *at, Elp__V1__RegistryNewsKind kind, const struct registry_letter *letter,
                       struct date date) {
    Elp__V1__RegistryNews *item = add(at, kind, letter->network.text, letter->contract.text);
    item->amendment = (char *)letter->amendment.text;
    item->date = date.days;
}

static void news_of_letter(struct gathering *at, const struct registry_fact *fact) {
    const struct registry_letter *letter = &fact->as.letter;
    const struct registry_letter *standing =
        registry_letter(at->registry, letter->amendment.text, letter->contract.text);
    const struct book *book = book_of_letter(at, letter);
    if (book == NULL) {
        return;
    }
    if (is_news(letter->sent_on, standing != NULL ? &standing->sent_on : NULL)) {
        add_letter(at, NEWS(LETTER_SENT), letter, amendment_answer_until(book, letter->sent_on));
    }
    if (is_news(letter->refused_on, standing != NULL ? &standing->refused_on : NULL)) {
        add_letter(at, NEWS(AMENDMENT_REFUSED), letter, book_contract_end_after_notice(book, letter->sent_on));
    }
}

static void news_of_network(struct gathering *at, const struct registry_fact *fact) {
    const struct registry_network *standing = registry_network(at->registry, fact->code);
    int year = date_year(at->day);
    if (standing == NULL || standing->contingent == fact->as.network_fact.contingent) {
        return;
    }
    int64_t sessions = contracted_by_network(at->registry, at->books, fact->code, year);
    news_of_contracted(at, fact->code, year, (struct contracted){sessions, standing->contingent},
                       (struct contracted){sessions, fact->as.network_fact.contingent});
}

void registry_news_of_fact(struct intake_core *core, const struct registry_fact *fact, struct registry_news *ret) {
    struct gathering at = gathering_of(core, brussels_date(core->clock.at), 0, ret);
    switch (fact->kind) {
    case FACT_PROVIDER_CONTRACT:
        news_of_contract(&at, fact);
        return;
    case FACT_SECOND_LEADER_CONTRACT:
        news_of_second_leader(&at, fact);
        return;
    case FACT_AMENDMENT:
        news_of_amendment(&at, fact);
        return;
    case FACT_AMENDMENT_LETTER:
        news_of_letter(&at, fact);
        return;
    case FACT_NETWORK:
        news_of_network(&at, fact);
        return;
    case FACT_PAYEE:
    case FACT_SITE:
    case FACT_PROGRAMME:
    case FACT_REPRESENTATION:
    case FACT_BUDGET:
    case FACT_KINDS:
        return;
    }
}

/* --- days --------------------------------------------------------------------------------------------------------- */

/* Does it fall due on this day, or had it done so before a fact of today's or yesterday's records said so? */
static bool falls_due(const struct gathering *at, struct date due, uint64_t told_by) {
    return date_compare(due, at->day) == 0 || (date_compare(due, at->day) < 0 && told_by > at->since);
}

/* Contracts that end on this day, or from this day on end soon. */
static void news_of_end(struct gathering *at, const struct code *network, const struct registry_entry *entry,
                        struct date end, const struct book *book) {
    if (date_is_none(end)) {
        return;
    }
    if (date_compare(end, at->day) == 0) {
        add_dated(at, NEWS(CONTRACT_ENDED), network->text, entry->code, end);
        return;
    }
    int months = book != NULL ? book_on(book, at->day)->contract_end_remark_months : BOOK_ABSENT;
    if (months != BOOK_ABSENT && date_compare(at->day, end) < 0 &&
        falls_due(at, date_add_months(end, -months), entry->number)) {
        add_dated(at, NEWS(CONTRACT_ENDING), network->text, entry->code, end);
    }
}

static const struct book *book_named(const struct books *books, const char *convention) {
    const struct loaded_book *loaded = books_find(books, convention);
    return loaded != NULL ? loaded->book : NULL;
}

static void news_of_ends(struct gathering *at) {
    struct registry_walker walker;
    const struct registry_entry *entry = NULL;
    registry_walker_begin(&walker, at->registry, FACT_PROVIDER_CONTRACT);
    while ((entry = registry_walker_next(&walker)) != NULL) {
        const struct registry_contract *contract = (const struct registry_contract *)entry;
        news_of_end(at, &contract->network, entry, provider_contract_end(at->books, contract),
                    book_named(at->books, contract->convention));
    }
    registry_walker_begin(&walker, at->registry, FACT_SECOND_LEADER_CONTRACT);
    while ((entry = registry_walker_next(&walker)) != NULL) {
        const struct registry_second_leader *leader = (const struct registry_second_leader *)entry;
        news_of_end(at, &leader->network, entry, second_leader_contract_end(at->books, leader),
                    second_leader_model(at->books, leader));
    }
}

/* A contract that an amendment binds and whose letter is not recorded. */
static void news_of_missing_letter(struct gathering *at, const struct registry_amendment *amendment, struct date until,
                                   const struct registry_entry *contract) {
    uint64_t told_by =
        contract->first_number > amendment->entry.number ? contract->first_number : amendment->entry.number;
    Elp__V1__RegistryNews *item = NULL;
    if (registry_letter(at->registry, amendment->entry.code, contract->code) != NULL) {
        return;
    }
    if (date_compare(until, at->day) == 0) {
        item = add(at, NEWS(LETTER_DUE), amendment->network.text, contract->code);
    } else if (falls_due(at, date_add_days(until, 1), told_by)) {
        item = add(at, NEWS(LETTER_OVERDUE), amendment->network.text, contract->code);
    }
    if (item != NULL) {
        item->amendment = (char *)amendment->entry.code;
        item->date = until.days;
    }
}

/* In force when the amendment was signed, and still on this day. */
static bool is_bound(const struct gathering *at, const struct registry_amendment *amendment, const char *network,
                     struct date from, struct date end) {
    return strcmp(network, amendment->network.text) == 0 && date_compare(from, amendment->signed_on) <= 0 &&
           (date_is_none(end) || (date_compare(amendment->signed_on, end) < 0 && date_compare(at->day, end) < 0));
}

static void news_of_missing_letters(struct gathering *at, const struct registry_amendment *amendment,
                                    struct date until) {
    struct registry_walker walker;
    const struct registry_entry *entry = NULL;
    registry_walker_begin(&walker, at->registry, FACT_PROVIDER_CONTRACT);
    while ((entry = registry_walker_next(&walker)) != NULL) {
        const struct registry_contract *contract = (const struct registry_contract *)entry;
        if (strcmp(contract->convention, amendment->convention) == 0 &&
            is_bound(at, amendment, contract->network.text, contract->from,
                     provider_contract_end(at->books, contract))) {
            news_of_missing_letter(at, amendment, until, entry);
        }
    }
    registry_walker_begin(&walker, at->registry, FACT_SECOND_LEADER_CONTRACT);
    while (!amendment->providers_only && (entry = registry_walker_next(&walker)) != NULL) {
        const struct registry_second_leader *leader = (const struct registry_second_leader *)entry;
        if (is_bound(at, amendment, leader->network.text, leader->from,
                     second_leader_contract_end(at->books, leader))) {
            news_of_missing_letter(at, amendment, until, entry);
        }
    }
}

/* Letters are looked for on their last day, the day after, and later only when a fact is new. */
static void news_of_amendments(struct gathering *at) {
    struct registry_walker walker;
    const struct registry_entry *entry = NULL;
    registry_walker_begin(&walker, at->registry, FACT_AMENDMENT);
    while ((entry = registry_walker_next(&walker)) != NULL) {
        const struct registry_amendment *amendment = (const struct registry_amendment *)entry;
        const struct book *book = book_named(at->books, amendment->convention);
        struct date until = book != NULL ? amendment_letter_until(book, amendment->signed_on) : DATE_NONE;
        if (book != NULL && date_compare(until, at->day) <= 0 &&
            (at->registry->newest > at->since || at->day.days - until.days <= 1)) {
            news_of_missing_letters(at, amendment, until);
        }
    }
}

static void news_of_silences(struct gathering *at) {
    struct registry_walker walker;
    const struct registry_entry *entry = NULL;
    registry_walker_begin(&walker, at->registry, FACT_AMENDMENT_LETTER);
    while ((entry = registry_walker_next(&walker)) != NULL) {
        const struct registry_letter *letter = (const struct registry_letter *)entry;
        const struct book *book = book_of_letter(at, letter);
        if (book == NULL || !date_is_none(letter->refused_on)) {
            continue;
        }
        struct date until = amendment_answer_until(book, letter->sent_on);
        if (falls_due(at, date_add_days(until, 1), entry->number)) {
            add_letter(at, NEWS(AMENDMENT_ACCEPTED), letter, until);
        }
    }
}

/* Cards whose publication was announced for this day; one that was published before it was recorded is news of its fact. */
static void news_of_programmes(struct gathering *at) {
    struct registry_walker walker;
    const struct registry_entry *entry = NULL;
    registry_walker_begin(&walker, at->registry, FACT_PROGRAMME);
    while ((entry = registry_walker_next(&walker)) != NULL) {
        const struct registry_programme *programme = (const struct registry_programme *)entry;
        if (!date_is_none(programme->published_on) && date_compare(programme->published_on, at->day) == 0) {
            add_dated(at, NEWS(PROGRAMME_PUBLISHED), programme->network.text, entry->code, at->day);
        }
    }
}

/* A new year has a contingent of its own, against which the contracts in force count from its first day. */
static void news_of_new_year(struct gathering *at) {
    struct registry_walker walker;
    const struct registry_entry *entry = NULL;
    int year = date_year(at->day);
    int limit = contracted_limit(at->books, year, at->day);
    registry_walker_begin(&walker, at->registry, FACT_NETWORK);
    while ((entry = registry_walker_next(&walker)) != NULL) {
        const struct registry_network *network = (const struct registry_network *)entry;
        int64_t sessions = contracted_by_network(at->registry, at->books, entry->code, year);
        if (contracted_is_above(sessions, network->contingent, limit)) {
            remark_contracted(at, entry->code, year, sessions, network->contingent);
        }
    }
}

static bool is_first_of_year(struct date day) {
    int year;
    int month;
    int day_of_month;
    date_split(day, &year, &month, &day_of_month);
    return month == 1 && day_of_month == 1;
}

void registry_news_of_day(struct intake_core *core, struct date day, uint64_t since, struct registry_news *ret) {
    arena_reset(&core->arena);
    struct gathering at = gathering_of(core, day, since, ret);
    news_of_ends(&at);
    news_of_amendments(&at);
    news_of_silences(&at);
    news_of_programmes(&at);
    if (is_first_of_year(day)) {
        news_of_new_year(&at);
    }
    if (ret->dropped > 0) {
        log_line(LOG_LEVEL_ERROR, "registry-news-dropped", "count", LOG_NUMBER, (int64_t)ret->dropped, NULL);
    }
}
