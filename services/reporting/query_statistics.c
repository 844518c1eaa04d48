#include <string.h>

#include "elp/v1/reporting.pb-c.h"
#include "services/reporting/core.h"
#include "services/reporting/queries.h"

static bool year_wanted(uint32_t wanted, uint32_t year) {
    return wanted == 0 || wanted == year;
}

static void add_row(Elp__V1__NetworkStatistics *message, const struct statistics_row *row) {
    message->accepted += row->accepted;
    message->refused += row->refused;
    message->cancelled += row->cancelled;
    message->posted += row->posted;
    message->suspended += row->suspended;
    message->on_sites += row->on_sites;
    message->groups += row->groups;
    message->fee_cents += money_cents(row->fee);
    message->share_cents += money_cents(row->share);
    message->insurer_cents += money_cents(row->insurer);
}

/* Adds a count to the codes of the message, which has room for every row. */
static bool add_code(Elp__V1__NetworkStatistics *message, struct arena *arena, const struct statistics_code *row) {
    for (size_t i = 0; i < message->n_codes; i++) {
        if (strcmp(message->codes[i]->code, row->code.text) == 0) {
            message->codes[i]->count += row->count;
            return true;
        }
    }
    Elp__V1__CodeCount *count = arena_take(arena, sizeof(*count));
    char *code = arena_text(arena, row->code.text);
    if (count == NULL || code == NULL) {
        return false;
    }
    elp__v1__code_count__init(count);
    count->code = code;
    count->count = row->count;
    message->codes[message->n_codes++] = count;
    return true;
}

static bool add_codes(const struct statistics *statistics, uint32_t year, struct arena *arena,
                      Elp__V1__NetworkStatistics *message) {
    size_t room = 0;
    for (size_t i = 0; i < statistics->code_count; i++) {
        room += strcmp(statistics->codes[i].network.text, message->network) == 0;
    }
    message->codes = arena_take(arena, (room + 1) * sizeof(*message->codes));
    if (message->codes == NULL) {
        return false;
    }
    for (size_t i = 0; i < statistics->code_count; i++) {
        const struct statistics_code *row = &statistics->codes[i];
        if (strcmp(row->network.text, message->network) == 0 && year_wanted(year, row->year) &&
            !add_code(message, arena, row)) {
            return false;
        }
    }
    return true;
}

/* A network's statistics; *ret_any false when nothing was counted. */
static Elp__V1__NetworkStatistics *statistics_of(const struct statistics *statistics, const char *network,
                                                 uint32_t year, struct arena *arena, bool *ret_any) {
    Elp__V1__NetworkStatistics *message = arena_take(arena, sizeof(*message));
    if (message == NULL) {
        return NULL;
    }
    elp__v1__network_statistics__init(message);
    message->network = (char *)network;
    bool any = false;
    for (size_t i = 0; i < statistics->row_count; i++) {
        const struct statistics_row *row = &statistics->rows[i];
        if (strcmp(row->network.text, network) == 0 && year_wanted(year, row->year)) {
            add_row(message, row);
            any = true;
        }
    }
    *ret_any = any;
    return add_codes(statistics, year, arena, message) ? message : NULL;
}

int query_statistics(void *core, struct request *request, const void *message, struct reply *reply) {
    const struct reporting *reporting = core;
    const Elp__V1__StatisticsQuery *query = message;
    if (query->network[0] != '\0') {
        bool allowed;
        int failure = query_network_allowed(reporting, request, query->network, reply, &allowed);
        if (failure != 0 || !allowed) {
            return failure;
        }
    }
    if (request_wait(request, reply, query->after_number, query->wait_ms)) {
        return 0;
    }
    size_t count;
    const char **networks = query_networks(reporting, request, query->network, &count);
    Elp__V1__StatisticsReply answer = ELP__V1__STATISTICS_REPLY__INIT;
    answer.networks = arena_take(request->arena, (reporting->networks.codes.count + 1) * sizeof(*answer.networks));
    if (networks == NULL || answer.networks == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        bool any;
        Elp__V1__NetworkStatistics *one =
            statistics_of(&reporting->statistics, networks[i], query->year, request->arena, &any);
        if (one == NULL) {
            return FAILURE_MEMORY;
        }
        if (any || query->network[0] != '\0') {
            answer.networks[answer.n_networks++] = one;
        }
    }
    answer.head = request->journal->head;
    answer.simulated = reporting->simulated;
    answer.stale = request->stale;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_STATISTICS_REPLY, &answer.base);
}
