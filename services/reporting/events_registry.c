#include "services/reporting/events.h"

#include "common/calendar.h"

/*
 * contract.*, programme.published, warning.overcontracted, book.loaded and tariff.indexed. Payees, sites, representations
 * and statements of insurers concern nobody outside and give none; a budget's event is the ledger's. What hangs on dates
 * is intake's news: nobody here compares days, but for a publication that a card announces.
 */

static void event_add_contract(struct event_list *list, const char *network, const char *code) {
    event_add(list, EVENT_CONTRACT_RECORDED, network)->detail = (char *)code;
}

/*
 * Decided and not yet published is the network's own affair (S4 art. 5 7°), and so is a card that is withdrawn already. A
 * publication that is announced is news of its day.
 */
static bool is_published(const Elp__V1__Programme *programme, int64_t at_us) {
    struct date today = brussels_date(at_us);
    struct date published;
    struct date withdrawn;
    return date_parse(programme->published_on, &published) && date_compare(published, today) <= 0 &&
           !(date_parse(programme->withdrawn_on, &withdrawn) && date_compare(withdrawn, today) <= 0);
}

void events_of_fact(struct event_list *list, const struct answer *answer) {
    const Elp__V1__RegistryFact *fact = answer->intake->fact;
    if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_PROVIDER_CONTRACT) {
        event_add_contract(list, fact->provider_contract->network, fact->provider_contract->code);
    } else if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_SECOND_LEADER_CONTRACT) {
        event_add_contract(list, fact->second_leader_contract->network, fact->second_leader_contract->code);
    } else if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_PROGRAMME &&
               is_published(fact->programme, answer->intake->at_us)) {
        event_add(list, EVENT_PROGRAMME_PUBLISHED, fact->programme->network)->detail = fact->programme->code;
    }
}

void events_of_book(struct event_list *list, const struct answer *answer) {
    event_add_for_all(list, EVENT_BOOK_LOADED)->detail = answer->intake->book->convention;
}

/* Intake records the act; only a column that rating made is an indexation (T6: refused twice). */
void events_of_index(struct event_list *list, const struct answer *answer) {
    const Elp__V1__TariffColumn *column = answer->rating->column;
    if (column == NULL) {
        return;
    }
    Elp__V1__Event *event = event_add_for_all(list, EVENT_TARIFF_INDEXED);
    event->year = column->year;
    event->basis_points = column->basis_points < 0 ? 0 : (uint32_t)column->basis_points;
    event->detail = column->convention;
}

/* --- news --------------------------------------------------------------------------------------------------------- */

#define NEWS(kind) ELP__V1__REGISTRY_NEWS_KIND__REGISTRY_NEWS_KIND_##kind

static const struct {
    Elp__V1__RegistryNewsKind news;
    enum event_kind event;
} news_events[] = {
    {NEWS(CONTRACT_NOTICE), EVENT_CONTRACT_NOTICE},
    {NEWS(CONTRACT_ENDING), EVENT_CONTRACT_ENDING},
    {NEWS(CONTRACT_ENDED), EVENT_CONTRACT_ENDED},
    {NEWS(AMENDMENT_SIGNED), EVENT_CONTRACT_AMENDMENT_SIGNED},
    {NEWS(LETTER_SENT), EVENT_CONTRACT_LETTER_SENT},
    {NEWS(LETTER_DUE), EVENT_CONTRACT_LETTER_DUE},
    {NEWS(LETTER_OVERDUE), EVENT_CONTRACT_LETTER_OVERDUE},
    {NEWS(AMENDMENT_REFUSED), EVENT_CONTRACT_AMENDMENT_REFUSED},
    {NEWS(AMENDMENT_ACCEPTED), EVENT_CONTRACT_AMENDMENT_ACCEPTED},
    {NEWS(PROGRAMME_PUBLISHED), EVENT_PROGRAMME_PUBLISHED},
};

static void event_add_news(struct event_list *list, enum event_kind kind, const Elp__V1__RegistryNews *news) {
    Elp__V1__Event *event = event_add(list, kind, news->network);
    event->detail = news->code;
    event->amendment = news->amendment;
    char *date = event_list_take(list, DATE_TEXT_BYTES);
    if (kind != EVENT_PROGRAMME_PUBLISHED && date != NULL) {
        event->date = (char *)date_format((struct date){news->date}, date, DATE_TEXT_BYTES);
    }
}

void events_of_news(struct event_list *list, const struct answer *answer) {
    for (size_t i = 0; i < answer->intake->n_news; i++) {
        const Elp__V1__RegistryNews *news = answer->intake->news[i];
        for (size_t k = 0; k < sizeof(news_events) / sizeof(news_events[0]); k++) {
            if (news_events[k].news == news->kind) {
                event_add_news(list, news_events[k].event, news);
            }
        }
        if (news->kind == NEWS(OVERCONTRACTED)) {
            Elp__V1__Event *event = event_add_warning(list, news->network, "overcontracted");
            event->year = news->year;
            event->basis_points = news->basis_points;
        }
    }
}
