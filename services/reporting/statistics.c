#include "services/reporting/statistics.h"

#include <stdlib.h>
#include <string.h>

#include "common/calendar.h"
#include "services/reporting/tables.h"

/*
 * Table statistics. Key: network, one zero byte, year as 4 bytes. Value: layout 01, then ten numbers of 8 bytes in the
 * order of struct statistics_row, the amounts in cents, two's complement. N07 in 2026, with one accepted individual
 * session of 91.02, 11.00 of it share, posted:
 *   4e 30 37 00  00 00 07 ea  →  01  00…01  00…00  00…00  00…01  00…00  00…00  00…00
 *                                    00 00 00 00 00 00 23 8e  00 00 00 00 00 00 04 4c  00 00 00 00 00 00 1f 42
 * Table codes. Key: network, zero byte, year, then the code's bytes. Value: 8 bytes. Seven refusals of N07 in 2026:
 *   4e 30 37 00  00 00 07 ea  6e 6f 74 2d 69 6e 73 75 72 65 64  →  00 00 00 00 00 00 00 07      "not-insured"
 */
#define LAYOUT_STATISTICS 1
#define ROW_NUMBERS 10
#define ROW_BYTES (1 + ROW_NUMBERS * 8)

static struct statistics_row *row_find(const struct statistics *statistics, const char *network, uint32_t year) {
    for (size_t i = 0; i < statistics->row_count; i++) {
        struct statistics_row *row = &statistics->rows[i];
        if (row->year == year && strcmp(row->network.text, network) == 0) {
            return row;
        }
    }
    return NULL;
}

/* The row of a network and year, made where it is missing; NULL: no memory. Lives until the next call. */
static struct statistics_row *row_of(struct statistics *statistics, const char *network, uint32_t year) {
    struct statistics_row *row = row_find(statistics, network, year);
    if (row != NULL) {
        return row;
    }
    if (statistics->row_count == statistics->row_room) {
        size_t room = statistics->row_room == 0 ? 64 : statistics->row_room * 2;
        struct statistics_row *rows = reallocarray(statistics->rows, room, sizeof(*rows));
        if (rows == NULL) {
            return NULL;
        }
        statistics->rows = rows;
        statistics->row_room = room;
    }
    row = &statistics->rows[statistics->row_count++];
    *row = (struct statistics_row){.year = year};
    (void)stpncpy(row->network.text, network, CODE_BYTES_MAX);
    return row;
}

static struct statistics_code *code_of(struct statistics *statistics, const char *network, uint32_t year,
                                       const char *code) {
    for (size_t i = 0; i < statistics->code_count; i++) {
        struct statistics_code *row = &statistics->codes[i];
        if (row->year == year && strcmp(row->network.text, network) == 0 && strcmp(row->code.text, code) == 0) {
            return row;
        }
    }
    if (statistics->code_count == statistics->code_room) {
        size_t room = statistics->code_room == 0 ? 64 : statistics->code_room * 2;
        struct statistics_code *codes = reallocarray(statistics->codes, room, sizeof(*codes));
        if (codes == NULL) {
            return NULL;
        }
        statistics->codes = codes;
        statistics->code_room = room;
    }
    struct statistics_code *row = &statistics->codes[statistics->code_count++];
    *row = (struct statistics_code){.year = year};
    (void)stpncpy(row->network.text, network, CODE_BYTES_MAX);
    (void)stpncpy(row->code.text, code, CODE_BYTES_MAX);
    return row;
}

static int row_load(void *model, struct span key, struct span value) {
    char network[CODE_BYTES_MAX + 1];
    uint32_t year;
    size_t bytes;
    if (!key_network_year_read(key, network, &year, &bytes) || bytes != key.bytes || value.bytes != ROW_BYTES ||
        value.data[0] != LAYOUT_STATISTICS) {
        return FAILURE_CORRUPT;
    }
    struct statistics_row *row = row_of(model, network, year);
    if (row == NULL) {
        return FAILURE_MEMORY;
    }
    uint64_t numbers[ROW_NUMBERS];
    for (size_t i = 0; i < ROW_NUMBERS; i++) {
        numbers[i] = store_read_u64(value.data + 1 + i * 8);
    }
    row->accepted = numbers[0];
    row->refused = numbers[1];
    row->cancelled = numbers[2];
    row->posted = numbers[3];
    row->suspended = numbers[4];
    row->on_sites = numbers[5];
    row->groups = numbers[6];
    row->fee = money_of_cents((int64_t)numbers[7]);
    row->share = money_of_cents((int64_t)numbers[8]);
    row->insurer = money_of_cents((int64_t)numbers[9]);
    return 0;
}

static int row_put(struct store_txn *txn, const struct statistics_row *row) {
    const uint64_t numbers[ROW_NUMBERS] = {
        row->accepted,
        row->refused,
        row->cancelled,
        row->posted,
        row->suspended,
        row->on_sites,
        row->groups,
        (uint64_t)money_cents(row->fee),
        (uint64_t)money_cents(row->share),
        (uint64_t)money_cents(row->insurer),
    };
    uint8_t value[ROW_BYTES] = {LAYOUT_STATISTICS};
    for (size_t i = 0; i < ROW_NUMBERS; i++) {
        store_write_u64(value + 1 + i * 8, numbers[i]);
    }
    struct store_key key;
    key_network_year(&key, row->network.text, row->year);
    return store_put(txn, TABLE_STATISTICS, store_key_span(&key), span_of(value, sizeof(value)));
}

static int code_load(void *model, struct span key, struct span value) {
    char network[CODE_BYTES_MAX + 1];
    char code[CODE_BYTES_MAX + 1] = {0};
    uint32_t year;
    size_t bytes;
    if (!key_network_year_read(key, network, &year, &bytes) || value.bytes != 8 || key.bytes == bytes ||
        key.bytes - bytes > CODE_BYTES_MAX) {
        return FAILURE_CORRUPT;
    }
    memcpy(code, key.data + bytes, key.bytes - bytes);
    struct statistics_code *row = code_of(model, network, year, code);
    if (row == NULL) {
        return FAILURE_MEMORY;
    }
    row->count = store_read_u64(value.data);
    return 0;
}

static int code_put(struct store_txn *txn, const struct statistics_code *row) {
    struct store_key key;
    key_network_year(&key, row->network.text, row->year);
    store_key_bytes(&key, row->code.text, strlen(row->code.text));
    uint8_t value[8];
    store_write_u64(value, row->count);
    return store_put(txn, TABLE_CODES, store_key_span(&key), span_of(value, sizeof(value)));
}

int statistics_open(struct statistics *statistics, struct store_txn *txn) {
    *statistics = (struct statistics){0};
    int failure = table_walk(txn, TABLE_STATISTICS, row_load, statistics);
    return failure != 0 ? failure : table_walk(txn, TABLE_CODES, code_load, statistics);
}

void statistics_close(struct statistics *statistics) {
    free(statistics->rows);
    free(statistics->codes);
    *statistics = (struct statistics){0};
}

static int count_codes(struct statistics *statistics, struct store_txn *txn, uint32_t year,
                       const Elp__V1__Event *refused) {
    for (size_t i = 0; i < refused->n_codes; i++) {
        struct code code;
        if (!code_parse(refused->codes[i], &code)) {
            continue;
        }
        struct statistics_code *row = code_of(statistics, refused->network, year, code.text);
        if (row == NULL) {
            return FAILURE_MEMORY;
        }
        row->count++;
        int failure = code_put(txn, row);
        if (failure != 0) {
            return failure;
        }
    }
    return 0;
}

static void row_count_accepted(struct statistics_row *row, const Elp__V1__AttestationAccepted *accepted) {
    row->accepted++;
    row->on_sites += accepted->site[0] != '\0';
    row->groups += accepted->service == ELP__V1__SERVICE__SERVICE_GROUP;
}

static void row_add_rated(struct statistics_row *row, const Elp__V1__Event *rated) {
    row->fee = money_require_add(row->fee, money_of_cents(rated->fee_cents));
    row->share = money_require_add(row->share, money_of_cents(rated->share_cents));
    row->insurer = money_require_add(row->insurer, money_of_cents(rated->cents));
}

static bool kind_counted(enum event_kind kind) {
    return kind == EVENT_ATTESTATION_ACCEPTED || kind == EVENT_ATTESTATION_REFUSED ||
           kind == EVENT_ATTESTATION_CANCELLED || kind == EVENT_RATED || kind == EVENT_POSTED ||
           kind == EVENT_SUSPENDED;
}

static void row_count_event(struct statistics_row *row, const struct answer *answer, enum event_kind kind,
                            const Elp__V1__Event *event) {
    if (kind == EVENT_ATTESTATION_ACCEPTED) {
        row_count_accepted(row, answer->intake->accepted);
    } else if (kind == EVENT_RATED) {
        row_add_rated(row, event);
    }
    row->refused += kind == EVENT_ATTESTATION_REFUSED;
    row->cancelled += kind == EVENT_ATTESTATION_CANCELLED;
    row->posted += kind == EVENT_POSTED && event->cents >= 0;
    row->suspended += kind == EVENT_SUSPENDED && event->cents >= 0;
}

int statistics_apply(struct statistics *statistics, struct store_txn *txn, const struct answer *answer,
                     const struct event_list *list) {
    uint32_t year = (uint32_t)date_year(brussels_date(answer->intake->at_us));
    const char *written = NULL; /* network whose row is ahead of the store; events of a record mostly share it */
    int failure = 0;
    for (size_t i = 0; failure == 0 && i < list->count; i++) {
        const Elp__V1__Event *event = list->events[i];
        if (!kind_counted(list->kinds[i])) {
            continue;
        }
        if (written != NULL && strcmp(written, event->network) != 0) {
            failure = row_put(txn, row_find(statistics, written, year));
        }
        struct statistics_row *row = row_of(statistics, event->network, year);
        if (row == NULL) {
            return FAILURE_MEMORY;
        }
        row_count_event(row, answer, list->kinds[i], event);
        written = event->network;
        if (failure == 0 && list->kinds[i] == EVENT_ATTESTATION_REFUSED) {
            failure = count_codes(statistics, txn, year, event);
        }
    }
    if (failure == 0 && written != NULL) {
        failure = row_put(txn, row_find(statistics, written, year));
    }
    return failure;
}
