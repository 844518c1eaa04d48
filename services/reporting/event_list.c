#include "services/reporting/event_list.h"

#include <stdio.h>
#include <string.h>

#include "common/identifiers.h"
#include "common/require.h"

static const char *const kind_words[EVENT_KIND_COUNT] = {
    [EVENT_ATTESTATION_ACCEPTED] = "attestation.accepted",
    [EVENT_ATTESTATION_REFUSED] = "attestation.refused",
    [EVENT_ATTESTATION_CANCELLED] = "attestation.cancelled",
    [EVENT_WARNING] = "warning.",
    [EVENT_RATED] = "rated",
    [EVENT_POSTED] = "posted",
    [EVENT_SUSPENDED] = "suspended",
    [EVENT_THRESHOLD_CROSSED] = "threshold.crossed",
    [EVENT_CEILING_REACHED] = "ceiling.reached",
    [EVENT_PAYMENT_ORDERED] = "payment.ordered",
    [EVENT_PAYMENT_HELD] = "payment.held",
    [EVENT_BUDGET_CHANGED] = "budget.changed",
    [EVENT_PAYMENT_PAID] = "payment.paid",
    [EVENT_PLAN_RECORDED] = "plan.recorded",
    [EVENT_NEUTRALISED] = "neutralised",
    [EVENT_YEAR_CLOSED] = "year.closed",
    [EVENT_REDUCTION_DECIDED] = "reduction.decided",
    [EVENT_TARIFF_INDEXED] = "tariff.indexed",
    [EVENT_BOOK_LOADED] = "book.loaded",
    [EVENT_CONTRACT_RECORDED] = "contract.recorded",
    [EVENT_CONTRACT_NOTICE] = "contract.notice",
    [EVENT_CONTRACT_ENDING] = "contract.ending",
    [EVENT_CONTRACT_ENDED] = "contract.ended",
    [EVENT_CONTRACT_AMENDMENT_SIGNED] = "contract.amendment-signed",
    [EVENT_CONTRACT_LETTER_SENT] = "contract.letter-sent",
    [EVENT_CONTRACT_LETTER_DUE] = "contract.letter-due",
    [EVENT_CONTRACT_LETTER_OVERDUE] = "contract.letter-overdue",
    [EVENT_CONTRACT_AMENDMENT_REFUSED] = "contract.amendment-refused",
    [EVENT_CONTRACT_AMENDMENT_ACCEPTED] = "contract.amendment-accepted",
    [EVENT_PROGRAMME_PUBLISHED] = "programme.published",
};

const char *event_kind_word(enum event_kind kind) {
    require(kind < EVENT_KIND_COUNT);
    return kind_words[kind];
}

bool event_kind_exists(const char *asked) {
    size_t bytes = strlen(asked);
    bool family = bytes >= 2 && strcmp(asked + bytes - 2, ".*") == 0;
    const char *warning = kind_words[EVENT_WARNING];
    if (strncmp(asked, warning, strlen(warning)) == 0) {
        return bytes > strlen(warning);
    }
    for (size_t i = 0; i < EVENT_KIND_COUNT; i++) {
        if (family ? strncmp(asked, kind_words[i], bytes - 1) == 0 : strcmp(asked, kind_words[i]) == 0) {
            return true;
        }
    }
    return false;
}

void event_list_init(struct event_list *list, struct arena *arena, const struct networks *networks, uint64_t number,
                     int64_t at_us, bool simulated) {
    *list = (struct event_list){
        .arena = arena, .networks = networks, .number = number, .at_us = at_us, .simulated = simulated};
    elp__v1__event__init(&list->spare);
}

void *event_list_take(struct event_list *list, size_t bytes) {
    void *memory = arena_take(list->arena, bytes);
    if (memory == NULL) {
        list->exhausted = true;
    }
    return memory;
}

static bool list_grow(struct event_list *list) {
    if (list->count < list->room) {
        return true;
    }
    size_t room = list->room == 0 ? 16 : list->room * 2;
    Elp__V1__Event **events = event_list_take(list, room * sizeof(Elp__V1__Event *));
    enum event_kind *kinds = event_list_take(list, room * sizeof(*kinds));
    if (events == NULL || kinds == NULL) {
        return false;
    }
    if (list->count > 0) {
        memcpy(events, list->events, list->count * sizeof(Elp__V1__Event *));
        memcpy(kinds, list->kinds, list->count * sizeof(*kinds));
    }
    list->events = events;
    list->kinds = kinds;
    list->room = room;
    return true;
}

Elp__V1__Event *event_add(struct event_list *list, enum event_kind kind, const char *network) {
    Elp__V1__Event *event = list_grow(list) ? event_list_take(list, sizeof(*event)) : NULL;
    if (event == NULL) {
        return &list->spare;
    }
    elp__v1__event__init(event);
    event->number = list->number;
    event->index = (uint32_t)list->count;
    event->network = (char *)networks_known(list->networks, network);
    event->kind = (char *)kind_words[kind];
    event->at_us = list->at_us;
    event->simulated = list->simulated;
    list->events[list->count] = event;
    list->kinds[list->count] = kind;
    list->count++;
    return event;
}

Elp__V1__Event *event_add_for_all(struct event_list *list, enum event_kind kind) {
    Elp__V1__Event *event = event_add(list, kind, NETWORK_UNKNOWN);
    event->network = (char *)NETWORK_ALL;
    return event;
}

Elp__V1__Event *event_add_warning(struct event_list *list, const char *network, const char *code) {
    Elp__V1__Event *event = event_add(list, EVENT_WARNING, network);
    struct code word;
    if (!code_parse(code, &word)) {
        word = (struct code){.text = "malformed"}; /* intake's words are codes; a topic must be one in any case */
    }
    size_t bytes = strlen(kind_words[EVENT_WARNING]) + strlen(word.text) + 1;
    char *kind = event_list_take(list, bytes);
    char **codes = event_list_take(list, sizeof(*codes));
    if (kind == NULL || codes == NULL) {
        return event;
    }
    (void)snprintf(kind, bytes, "%s%s", kind_words[EVENT_WARNING], word.text);
    codes[0] = kind + strlen(kind_words[EVENT_WARNING]);
    event->kind = kind;
    event->codes = codes;
    event->n_codes = 1;
    return event;
}
