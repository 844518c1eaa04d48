#include "services/reporting/tables.h"

#include <string.h>

#include "common/identifiers.h"
#include "common/log.h"

const char *const reporting_tables[TABLE_COUNT] = {
    [TABLE_JOURNAL] = "journal",       [TABLE_POSITIONS] = "positions", [TABLE_CELL] = "cell",
    [TABLE_NETWORKS] = "networks",     [TABLE_TOPICS] = "topics",       [TABLE_TOPIC_EVENTS] = "topic-events",
    [TABLE_STATISTICS] = "statistics", [TABLE_CODES] = "codes",         [TABLE_BUDGETS] = "budgets",
};

int table_walk(struct store_txn *txn, enum reporting_table table,
               int (*row)(void *model, struct span key, struct span value), void *model) {
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, table, &cursor);
    if (failure != 0) {
        return failure;
    }
    bool found = false;
    failure = store_cursor_seek(cursor, span_of("", 1), &found); /* one zero byte: no key sorts before it */
    while (failure == 0 && found) {
        failure = row(model, store_cursor_key(cursor), store_cursor_value(cursor));
        if (failure == 0) {
            failure = store_cursor_next(cursor, &found);
        }
    }
    store_cursor_close(cursor);
    if (failure == FAILURE_CORRUPT) {
        log_line(LOG_LEVEL_ERROR, "store-corrupt", "table", LOG_TEXT, reporting_tables[table], NULL);
    }
    return failure;
}

void key_network_year(struct store_key *key, const char *network, uint32_t year) {
    store_key_reset(key);
    store_key_text(key, network);
    store_key_u32(key, year);
}

bool key_network_year_read(struct span key, char *ret_network, uint32_t *ret_year, size_t *ret_bytes) {
    const uint8_t *end = memchr(key.data, 0, key.bytes);
    if (end == NULL) {
        return false;
    }
    size_t text = (size_t)(end - key.data);
    if (text == 0 || text > CODE_BYTES_MAX || key.bytes < text + 1 + 4) {
        return false;
    }
    memcpy(ret_network, key.data, text + 1);
    *ret_year = store_read_u32(end + 1);
    *ret_bytes = text + 1 + 4;
    return true;
}
