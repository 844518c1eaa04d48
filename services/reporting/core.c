#include "services/reporting/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/wire.h"
#include "elp/v1/reporting.pb-c.h"
#include "services/reporting/answer.h"
#include "services/reporting/events.h"
#include "services/reporting/tables.h"

/*
 * Table cell. Key 01. Value: layout 01; 01 on the manual clock, else 00; the first epoch's 16 digits.
 *   01  →  01 01  34 66 33 61 39 63 32 31 30 30 64 31 65 32 66 33          simulated, "4f3a9c2100d1e2f3"
 * Key 02. Value: time of the last record, microseconds UTC, 8 bytes. 2026-05-11 11:46:40:
 *   02  →  00 06 51 89 4c bb a8 00
 * Key 03 and the number of a `restored` record. Value: the 16 digits of the epoch that it began. Record 258:
 *   03 00 00 00 00 00 00 01 02  →  34 66 33 61 39 63 32 31 30 30 64 31 65 32 66 34
 */
#define LAYOUT_CELL 1
#define CELL_ROW_BYTES (2 + EPOCH_BYTES - 1)
#define AT_ROW_BYTES 8
#define EPOCH_KEY_BYTES 9
static const uint8_t cell_key[1] = {1};
static const uint8_t at_key[1] = {2};
static const uint8_t epoch_key[1] = {3}; /* every epoch's key begins with it, and no other */

static int cell_row_corrupt(void) {
    log_line(LOG_LEVEL_ERROR, "store-corrupt", "table", LOG_TEXT, reporting_tables[TABLE_CELL], NULL);
    return FAILURE_CORRUPT;
}

/* The epoch that record `from` began, from its 16 digits. */
static int epoch_load(struct reporting *reporting, uint64_t from, const uint8_t *digits) {
    char text[EPOCH_BYTES] = "";
    memcpy(text, digits, EPOCH_BYTES - 1);
    bool ascends = reporting->epochs.count == 0 || reporting->epochs.items[reporting->epochs.count - 1].from < from;
    return epoch_valid(text) && ascends ? epochs_add(&reporting->epochs, from, text) : cell_row_corrupt();
}

static int cell_row_load(struct reporting *reporting, struct store_txn *txn) {
    struct span value;
    bool found;
    int failure = store_get(txn, TABLE_CELL, span_of(cell_key, sizeof(cell_key)), &value, &found);
    if (failure != 0 || !found) {
        return failure;
    }
    if (value.bytes != CELL_ROW_BYTES || value.data[0] != LAYOUT_CELL) {
        return cell_row_corrupt();
    }
    reporting->simulated = value.data[1] != 0;
    return epoch_load(reporting, 1, value.data + 2);
}

static int epoch_rows_load(struct reporting *reporting, struct store_txn *txn) {
    struct store_cursor *cursor;
    bool found;
    int failure = store_cursor_open(txn, TABLE_CELL, &cursor);
    if (failure != 0) {
        return failure;
    }
    failure = store_cursor_seek(cursor, span_of(epoch_key, sizeof(epoch_key)), &found);
    while (failure == 0 && found) {
        struct span key = store_cursor_key(cursor);
        struct span value = store_cursor_value(cursor);
        if (key.bytes != EPOCH_KEY_BYTES || value.bytes != EPOCH_BYTES - 1) {
            failure = cell_row_corrupt();
        } else {
            failure = epoch_load(reporting, store_read_u64(key.data + 1), value.data);
        }
        if (failure == 0) {
            failure = store_cursor_next(cursor, &found);
        }
    }
    store_cursor_close(cursor);
    return failure;
}

static int at_row_load(struct reporting *reporting, struct store_txn *txn) {
    struct span value;
    bool found;
    int failure = store_get(txn, TABLE_CELL, span_of(at_key, sizeof(at_key)), &value, &found);
    if (failure != 0 || !found) {
        return failure;
    }
    if (value.bytes != AT_ROW_BYTES) {
        return cell_row_corrupt();
    }
    reporting->at_us = (int64_t)store_read_u64(value.data);
    return 0;
}

static int at_row_put(struct reporting *reporting, struct store_txn *txn, int64_t at_us) {
    uint8_t value[AT_ROW_BYTES];
    store_write_u64(value, (uint64_t)at_us);
    reporting->at_us = at_us;
    return store_put(txn, TABLE_CELL, span_of(at_key, sizeof(at_key)), span_of(value, sizeof(value)));
}

int reporting_open(struct store_txn *txn, struct reporting **ret) {
    struct reporting *reporting = calloc(1, sizeof(*reporting));
    if (reporting == NULL) {
        return FAILURE_MEMORY;
    }
    int failure = arena_open(&reporting->arena, WIRE_ARENA_BYTES);
    if (failure == 0) {
        failure = cell_row_load(reporting, txn);
    }
    if (failure == 0) {
        failure = epoch_rows_load(reporting, txn);
    }
    if (failure == 0) {
        failure = at_row_load(reporting, txn);
    }
    if (failure == 0) {
        failure = networks_open(&reporting->networks, txn);
    }
    if (failure == 0) {
        failure = topics_open(&reporting->topics, txn);
    }
    if (failure == 0) {
        failure = statistics_open(&reporting->statistics, txn);
    }
    if (failure == 0) {
        failure = budgets_open(&reporting->budgets, txn);
    }
    if (failure != 0) {
        reporting_close(reporting);
        return failure;
    }
    *ret = reporting;
    return 0;
}

void reporting_close(struct reporting *reporting) {
    if (reporting == NULL) {
        return;
    }
    budgets_close(&reporting->budgets);
    statistics_close(&reporting->statistics);
    topics_close(&reporting->topics);
    networks_close(&reporting->networks);
    epochs_free(&reporting->epochs);
    arena_close(&reporting->arena);
    free(reporting);
}

static int upstream_refused(uint64_t number, const char *service, const char *reason) {
    log_line(LOG_LEVEL_ERROR, "upstream-record-unusable", "number", LOG_NUMBER, (int64_t)number, "service", LOG_TEXT,
             service, "reason", LOG_TEXT, reason, NULL);
    return FAILURE_UPSTREAM;
}

static int answer_decode(struct arena *arena, uint64_t number, const struct span *records, struct answer *ret) {
    struct answer answer = {.number = number};
    answer.intake = wire_unpack(arena, &elp__v1__intake_record__descriptor, records[0]);
    answer.rating = wire_unpack(arena, &elp__v1__rating_record__descriptor, records[1]);
    answer.ledger = wire_unpack(arena, &elp__v1__ledger_record__descriptor, records[2]);
    if (answer.intake == NULL || answer.intake->number != number) {
        return upstream_refused(number, cell_service_names[CELL_INTAKE], "not a record of this number");
    }
    if (answer.rating == NULL || answer.rating->number != number) {
        return upstream_refused(number, cell_service_names[CELL_RATING], "not a record of this number");
    }
    if (answer.ledger == NULL || answer.ledger->number != number) {
        return upstream_refused(number, cell_service_names[CELL_LEDGER], "not a record of this number");
    }
    *ret = answer;
    return 0;
}

const char *reporting_epoch(const struct reporting *reporting) {
    return reporting->told[0] != '\0' ? reporting->told : epochs_current(&reporting->epochs);
}

void reporting_epoch_told(struct reporting *reporting, const char *epoch) {
    (void)snprintf(reporting->told, sizeof(reporting->told), "%s", epoch);
}

static int epoch_refused(const struct answer *answer) {
    return upstream_refused(answer->number, cell_service_names[CELL_INTAKE], "an epoch has 16 digits");
}

static int genesis_apply(struct reporting *reporting, struct store_txn *txn, const struct answer *answer) {
    const Elp__V1__Genesis *genesis = answer->intake->genesis;
    if (!epoch_valid(genesis->epoch) || answer->number != 1) {
        return epoch_refused(answer);
    }
    reporting->simulated = genesis->simulated;
    uint8_t value[CELL_ROW_BYTES] = {LAYOUT_CELL, genesis->simulated};
    memcpy(value + 2, genesis->epoch, EPOCH_BYTES - 1);
    int failure = store_put(txn, TABLE_CELL, span_of(cell_key, sizeof(cell_key)), span_of(value, sizeof(value)));
    return failure == 0 ? epochs_add(&reporting->epochs, answer->number, genesis->epoch) : failure;
}

static int restored_apply(struct reporting *reporting, struct store_txn *txn, const struct answer *answer) {
    const char *epoch = answer->intake->restored->epoch;
    if (!epoch_valid(epoch) || answer->number <= 1) {
        return epoch_refused(answer);
    }
    uint8_t key[EPOCH_KEY_BYTES] = {epoch_key[0]};
    store_write_u64(key + 1, answer->number);
    int failure = store_put(txn, TABLE_CELL, span_of(key, sizeof(key)), span_of(epoch, EPOCH_BYTES - 1));
    return failure == 0 ? epochs_add(&reporting->epochs, answer->number, epoch) : failure;
}

/* Which epoch the following records belong to. */
static int epoch_apply(struct reporting *reporting, struct store_txn *txn, const struct answer *answer) {
    if (answer->intake->body_case == ELP__V1__INTAKE_RECORD__BODY_GENESIS) {
        return genesis_apply(reporting, txn, answer);
    }
    if (answer->intake->body_case == ELP__V1__INTAKE_RECORD__BODY_RESTORED) {
        return restored_apply(reporting, txn, answer);
    }
    return 0;
}

static int events_place(struct reporting *reporting, struct store_txn *txn, const struct event_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        int failure = topics_count(&reporting->topics, txn, list->events[i]);
        if (failure != 0) {
            return failure;
        }
    }
    return 0;
}

int reporting_apply(struct reporting *reporting, struct store_txn *txn, uint64_t number, const struct span *records,
                    struct buffer *record) {
    arena_reset(&reporting->arena);
    struct answer answer;
    int failure = answer_decode(&reporting->arena, number, records, &answer);
    if (failure == 0) {
        failure = epoch_apply(reporting, txn, &answer);
    }
    if (failure == 0) {
        failure = networks_apply(&reporting->networks, txn, &answer);
    }
    if (failure != 0) {
        return failure;
    }
    struct event_list list;
    event_list_init(&list, &reporting->arena, &reporting->networks, number, answer.intake->at_us, reporting->simulated);
    events_of_answer(&list, &answer);
    if (list.exhausted) {
        return upstream_refused(number, cell_service_names[CELL_INTAKE],
                                "its events need more memory than a record may");
    }
    failure = events_place(reporting, txn, &list);
    if (failure == 0) {
        failure = statistics_apply(&reporting->statistics, txn, &answer, &list);
    }
    if (failure == 0) {
        failure = budgets_apply(&reporting->budgets, txn, answer.ledger);
    }
    if (failure == 0) {
        failure = at_row_put(reporting, txn, answer.intake->at_us);
    }
    if (failure != 0) {
        return failure;
    }
    Elp__V1__ReportingRecord message = ELP__V1__REPORTING_RECORD__INIT;
    message.number = number;
    message.events = list.events;
    message.n_events = list.count;
    return buffer_pack(record, &message.base);
}
