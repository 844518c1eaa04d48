#include <string.h>

#include "elp/v1/reporting.pb-c.h"
#include "services/reporting/core.h"
#include "services/reporting/queries.h"

/*
 * The counters in a snapshot are those of the events that its amounts already hold, because both move in one record: a
 * consumer drops events up to them and applies the rest.
 */

/* More than this many counters or budgets of all networks together are asked network by network. */
#define SNAPSHOT_COUNTERS_MAX 20000
#define SNAPSHOT_BUDGETS_MAX 5000

static int by_year(const Elp__V1__NetworkBudget *a, const Elp__V1__NetworkBudget *b) {
    return (a->year > b->year) - (a->year < b->year);
}

/* The budgets of a network, oldest year first. */
static bool add_budgets(const struct reporting *reporting, struct arena *arena, Elp__V1__NetworkSnapshot *snapshot) {
    const struct budgets *budgets = &reporting->budgets;
    size_t room = 0;
    for (size_t i = 0; i < budgets->count; i++) {
        room += strcmp(budgets->rows[i].network.text, snapshot->network) == 0;
    }
    snapshot->budgets = arena_take(arena, (room + 1) * sizeof(*snapshot->budgets));
    if (snapshot->budgets == NULL) {
        return false;
    }
    for (size_t i = 0; i < budgets->count; i++) {
        if (strcmp(budgets->rows[i].network.text, snapshot->network) != 0) {
            continue;
        }
        Elp__V1__NetworkBudget *budget = budget_message(&budgets->rows[i], arena);
        if (budget == NULL) {
            return false;
        }
        size_t place = snapshot->n_budgets++;
        for (; place > 0 && by_year(snapshot->budgets[place - 1], budget) > 0; place--) {
            snapshot->budgets[place] = snapshot->budgets[place - 1];
        }
        snapshot->budgets[place] = budget;
    }
    return true;
}

static Elp__V1__NetworkSnapshot *snapshot_of(const struct reporting *reporting, struct arena *arena,
                                             const char *network) {
    Elp__V1__NetworkSnapshot *snapshot = arena_take(arena, sizeof(*snapshot));
    if (snapshot == NULL) {
        return NULL;
    }
    elp__v1__network_snapshot__init(snapshot);
    snapshot->network = (char *)network;
    bool complete = add_budgets(reporting, arena, snapshot) &&
                    topics_counters(&reporting->topics, arena, network, &snapshot->counters, &snapshot->n_counters);
    return complete ? snapshot : NULL;
}

int query_snapshot(void *core, struct request *request, const void *message, struct reply *reply) {
    const struct reporting *reporting = core;
    const Elp__V1__SnapshotQuery *query = message;
    if (query->network[0] != '\0') {
        bool allowed;
        int failure = query_network_allowed(reporting, request, query->network, reply, &allowed);
        if (failure != 0 || !allowed) {
            return failure;
        }
    }
    if (query->network[0] == '\0' &&
        (reporting->topics.names.count > SNAPSHOT_COUNTERS_MAX || reporting->budgets.count > SNAPSHOT_BUDGETS_MAX)) {
        return reply_refuse(reply, "too-large", "network", "This cell has too many networks for one reply.",
                            "Ask for one network at a time.");
    }
    size_t count;
    const char **networks = query_networks(reporting, request, query->network, &count);
    Elp__V1__SnapshotReply answer = ELP__V1__SNAPSHOT_REPLY__INIT;
    answer.networks = arena_take(request->arena, (reporting->networks.codes.count + 1) * sizeof(*answer.networks));
    if (networks == NULL || answer.networks == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        answer.networks[i] = snapshot_of(reporting, request->arena, networks[i]);
        if (answer.networks[i] == NULL) {
            return FAILURE_MEMORY;
        }
    }
    answer.n_networks = count;
    answer.epoch = (char *)reporting_epoch(reporting);
    answer.head = request->journal->head;
    answer.simulated = reporting->simulated;
    answer.stale = request->stale;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOT_REPLY, &answer.base);
}
