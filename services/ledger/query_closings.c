#include "services/ledger/query_closings.h"

#include "elp/v1/ledger.pb-c.h"
#include "services/ledger/closings.h"

struct listing {
    const struct request *request;
    struct closing country;
    Elp__V1__ClosingsReply *answer;
};

static int list_one(void *state, const struct closing *closing) {
    struct listing *listing = state;
    struct arena *arena = listing->request->arena;
    if (!principal_sees_network(listing->request->principal, closing->network.text)) {
        return 0;
    }
    Elp__V1__YearClosed *closed = arena_take(arena, sizeof *closed);
    char *network = arena_text(arena, closing->network.text);
    if (closed == NULL || network == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__year_closed__init(closed);
    closed->network = network;
    closed->year = (uint32_t)closing->year;
    closed->zone = closing->zone;
    closed->care_budget_cents = money_cents(closing->care_budget);
    closed->care_spent_cents = money_cents(closing->care_spent);
    closed->national_care_budget_cents = money_cents(listing->country.care_budget);
    closed->national_care_spent_cents = money_cents(listing->country.care_spent);
    closed->largest_reduction_cents = money_cents(closing->largest);
    closed->reduced_cents = money_cents(closing->reduced);
    closed->art8_spent_cents = money_cents(closing->art8_spent);
    closed->art8_missions_cents = money_cents(closing->art8_missions);
    listing->answer->closings[listing->answer->n_closings++] = closed;
    return 0;
}

int query_closings(void *core, struct request *request, const void *message, struct reply *reply) {
    const struct ledger *ledger = core;
    const Elp__V1__ClosingsQuery *query = message;
    Elp__V1__ClosingsReply answer = ELP__V1__CLOSINGS_REPLY__INIT;
    struct listing listing = {.request = request, .answer = &answer};
    bool closed = false;
    if (!ledger_year_valid((int64_t)query->year)) {
        return reply_refuse(reply, "malformed", "year", "That is no budget year.", "Name a year such as 2026.");
    }
    if (request_wait(request, reply, query->after_number, query->wait_ms)) {
        return 0;
    }
    answer.closings = arena_take(request->arena, ledger->balances.count * sizeof *answer.closings);
    if (answer.closings == NULL) {
        return FAILURE_MEMORY;
    }
    int failure = closings_find(request->txn, (int)query->year, "", &listing.country, &closed);
    if (failure == 0 && closed) {
        failure = closings_scan(request->txn, (int)query->year, list_one, &listing);
    }
    return failure < 0 ? failure : reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOSINGS_REPLY, &answer.base);
}
