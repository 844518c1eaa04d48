#include "services/reporting/service.h"

#include "services/reporting/core.h"
#include "services/reporting/feed.h"
#include "services/reporting/queries.h"
#include "services/reporting/tables.h"

static int service_open(const struct service_context *context, struct store_txn *txn, void **ret_core) {
    (void)context;
    struct reporting *reporting;
    int failure = reporting_open(txn, &reporting);
    if (failure == 0) {
        *ret_core = reporting;
    }
    return failure;
}

static void service_close(void *core) {
    reporting_close(core);
}

static int service_apply(void *core, struct store_txn *txn, uint64_t number, const struct span *records,
                         struct buffer *record) {
    return reporting_apply(core, txn, number, records, record);
}

static void service_epoch_told(void *core, const char *epoch) {
    reporting_epoch_told(core, epoch);
}

static instant_us service_at(const void *core) {
    return ((const struct reporting *)core)->at_us;
}

static const struct right rights[] = {
    {"feed subscription", REPORTING_READERS, "topics of networks of its scope, and of all"},
};

const struct service reporting_service = {
    .id = CELL_REPORTING,
    .tables = reporting_tables,
    .table_count = TABLE_COUNT,
    .handlers = reporting_handlers,
    .rights = rights,
    .right_count = sizeof rights / sizeof rights[0],
    .handler_count = REPORTING_HANDLERS,
    .upstreams = {CELL_INTAKE, CELL_RATING, CELL_LEDGER},
    .upstream_count = 3,
    .open = service_open,
    .close = service_close,
    .at = service_at,
    .epoch_told = service_epoch_told,
    .apply = service_apply,
    .edge_open = feed_open,
    .edge_readable = feed_readable,
    .edge_committed = feed_committed,
    .edge_second = feed_second,
    .edge_close = feed_close,
};
