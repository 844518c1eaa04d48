#include "services/reporting/events.h"

/*
 * contract.recorded, programme.published, book.loaded and tariff.indexed. Payees, sites, representations and
 * statements of insurers concern nobody outside and give none; a budget's event is the ledger's.
 */

static void event_add_contract(struct event_list *list, const char *network, const char *code) {
    event_add(list, EVENT_CONTRACT_RECORDED, network)->detail = (char *)code;
}

void events_of_fact(struct event_list *list, const struct answer *answer) {
    const Elp__V1__RegistryFact *fact = answer->intake->fact;
    if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_PROVIDER_CONTRACT) {
        event_add_contract(list, fact->provider_contract->network, fact->provider_contract->code);
    } else if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_SECOND_LEADER_CONTRACT) {
        event_add_contract(list, fact->second_leader_contract->network, fact->second_leader_contract->code);
    } else if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_PROGRAMME && fact->programme->published_on[0] != '\0') {
        /* Decided and not yet published is the network's own affair (S4 art. 5 7°). */
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
