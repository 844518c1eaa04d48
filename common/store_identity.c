#include "common/store_identity.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/require.h"

/*
 * Rows of a store's table of positions, whose other keys are the upstream services, one byte each.
 * Key fe. Value: layout 01; service; engine, 4 bytes; 01 on the manual clock, else 00; the cell's name. The ledger's store
 * of the simulated cell "demo":
 *   fe  →  01 02  00 00 00 01  01  64 65 6d 6f
 * Key fd, in a backup alone. Value: layout 01; the backup's name. "monday":
 *   fd  →  01  6d 6f 6e 64 61 79
 */
#define LAYOUT 1
#define HEAD_BYTES 7
static const uint8_t identity_key[1] = {0xfe};
static const uint8_t mark_key[1] = {0xfd};

static int row_corrupt(const char *row) {
    log_line(LOG_LEVEL_ERROR, "store-corrupt", "table", LOG_TEXT, "positions", "row", LOG_TEXT, row, NULL);
    return FAILURE_CORRUPT;
}

/* --- whose it is -------------------------------------------------------------------------------------------------- */

int store_identity_get(struct store_txn *txn, size_t table, struct store_identity *ret, bool *ret_found) {
    struct span value;
    int failure = store_get(txn, table, span_of(identity_key, sizeof identity_key), &value, ret_found);
    if (failure < 0 || !*ret_found) {
        return failure;
    }
    size_t name_bytes = value.bytes - HEAD_BYTES;
    if (value.bytes < HEAD_BYTES || value.data[0] != LAYOUT || value.data[1] >= CELL_SERVICES ||
        name_bytes >= sizeof ret->cell) {
        return row_corrupt("identity");
    }
    *ret = (struct store_identity){
        .service = (enum cell_service)value.data[1],
        .engine = store_read_u32(value.data + 2),
        .simulated = value.data[6] != 0,
    };
    memcpy(ret->cell, value.data + HEAD_BYTES, name_bytes);
    return 0;
}

int store_identity_put(struct store_txn *txn, size_t table, const struct store_identity *identity) {
    uint8_t value[HEAD_BYTES + sizeof identity->cell] = {LAYOUT, (uint8_t)identity->service};
    const struct span key = span_of(identity_key, sizeof identity_key);
    size_t name_bytes = strlen(identity->cell);
    struct span stored;
    bool found = false;
    require(name_bytes < sizeof identity->cell);
    store_write_u32(value + 2, identity->engine);
    value[6] = identity->simulated;
    memcpy(value + HEAD_BYTES, identity->cell, name_bytes);
    int failure = store_get(txn, table, key, &stored, &found);
    if (failure < 0 ||
        (found && stored.bytes == HEAD_BYTES + name_bytes && memcmp(stored.data, value, stored.bytes) == 0)) {
        return failure;
    }
    return store_put(txn, table, key, span_of(value, HEAD_BYTES + name_bytes));
}

const char *store_identity_fault(const struct store_identity *found, const struct store_identity *expected, char *out,
                                 size_t size) {
    if (found->service != expected->service) {
        (void)snprintf(out, size, "it holds the store of %s, not of %s; use the folder of %s's own store",
                       cell_service_names[found->service], cell_service_names[expected->service],
                       cell_service_names[expected->service]);
    } else if (strcmp(found->cell, expected->cell) != 0) {
        (void)snprintf(out, size,
                       "it belongs to the cell \"%s\", not to \"%s\"; use the folder of this cell, or an empty one",
                       found->cell, expected->cell);
    } else if (found->simulated != expected->simulated) {
        (void)snprintf(
            out, size,
            found->simulated
                ? "it was written on a manual clock and stays simulated for ever; set `clock: manual` in "
                  "cell.yaml, or use an empty folder"
                : "it was written on the real clock and cannot be simulated; set `clock: real` in cell.yaml, "
                  "or give the simulation a cell of its own");
    } else if (found->engine > expected->engine) {
        (void)snprintf(out, size,
                       "it was written by a newer elp (engine %u; this one knows %u); start that version again, or "
                       "restore a backup from before the upgrade",
                       found->engine, expected->engine);
    } else {
        return NULL;
    }
    return out;
}

int store_identity_check(const char *dir, const struct store_identity *expected) {
    static const char *const tables[] = {"positions"};
    struct store_identity found = {.engine = 0};
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    bool any = false;
    char why[256];
    int result = store_open_read(dir, tables, 1, &store);
    if (result != 0) {
        return result == STORE_ABSENT ? 0 : result;
    }
    result = store_begin_read(store, &txn);
    if (result == 0) {
        result = store_identity_get(txn, 0, &found, &any);
        store_abort(txn);
    }
    store_close(store);
    if (result == 0 && any && store_identity_fault(&found, expected, why, sizeof why) != NULL) {
        failure_say("the store folder %s cannot be used: %s.\n", dir, why);
        return FAILURE_CONFIG;
    }
    return result;
}

/* --- is it a backup ----------------------------------------------------------------------------------------------- */

int store_backup_mark(struct store_txn *txn, size_t table, const struct code *name) {
    uint8_t value[1 + CODE_BYTES_MAX] = {LAYOUT};
    size_t bytes = strlen(name->text);
    memcpy(value + 1, name->text, bytes);
    return store_put(txn, table, span_of(mark_key, sizeof mark_key), span_of(value, 1 + bytes));
}

int store_backup_name(struct store_txn *txn, size_t table, struct code *ret, bool *ret_found) {
    struct span value;
    char text[CODE_BYTES_MAX + 1] = "";
    int failure = store_get(txn, table, span_of(mark_key, sizeof mark_key), &value, ret_found);
    if (failure < 0 || !*ret_found) {
        return failure;
    }
    if (value.bytes < 2 || value.bytes > 1 + CODE_BYTES_MAX || value.data[0] != LAYOUT) {
        return row_corrupt("backup");
    }
    memcpy(text, value.data + 1, value.bytes - 1);
    return code_parse(text, ret) ? 0 : row_corrupt("backup");
}

int store_backup_unmark(struct store_txn *txn, size_t table) {
    return store_delete(txn, table, span_of(mark_key, sizeof mark_key));
}
