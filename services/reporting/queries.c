#include "services/reporting/queries.h"

#include <stdlib.h>
#include <string.h>

#include "elp/v1/reporting.pb-c.h"
#include "services/reporting/core.h"

const struct handler reporting_handlers[REPORTING_HANDLERS] = {
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_EVENT_FETCH, "event-fetch", REPORTING_READERS, HANDLER_QUERY,
     &elp__v1__event_fetch__descriptor, query_events, SCOPE_NETWORKS ", and what concerns all"},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOT_QUERY, "snapshot", REPORTING_READERS, HANDLER_QUERY,
     &elp__v1__snapshot_query__descriptor, query_snapshot, SCOPE_NETWORKS ", and what concerns all"},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_STATISTICS_QUERY, "statistics", REPORTING_READERS, HANDLER_QUERY,
     &elp__v1__statistics_query__descriptor, query_statistics, SCOPE_NETWORKS ", and what concerns all"},
};

int query_network_allowed(const struct reporting *reporting, const struct request *request, const char *network,
                          struct reply *reply, bool *ret_allowed) {
    *ret_allowed = false;
    if (!network_visible(request->principal, network)) {
        return reply_refuse(reply, "denied", "network", "This principal's scope does not hold that network.",
                            "Ask for a network of your scope; the operator can widen it (elpctl keys list).");
    }
    if (text_index_find(&reporting->networks.codes, network) == TEXT_INDEX_NONE) {
        return reply_refuse(reply, "not-found", "network", "The registry has no network of that code.",
                            "List the codes with elpctl registry show network.");
    }
    *ret_allowed = true;
    return 0;
}

static int code_compare(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **query_networks(const struct reporting *reporting, const struct request *request, const char *network,
                            size_t *ret_count) {
    const struct text_index *codes = &reporting->networks.codes;
    const char **networks = arena_take(request->arena, (codes->count + 1) * sizeof(*networks));
    if (networks == NULL) {
        return NULL;
    }
    size_t count = 0;
    for (uint32_t id = 0; id < codes->count; id++) {
        const char *code = text_index_text(codes, id);
        bool wanted = network[0] == '\0' ? network_visible(request->principal, code) : strcmp(code, network) == 0;
        if (wanted) {
            networks[count++] = code;
        }
    }
    qsort(networks, count, sizeof(*networks), code_compare);
    *ret_count = count;
    return networks;
}
