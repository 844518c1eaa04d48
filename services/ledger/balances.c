#include "services/ledger/balances.h"

#include <stdlib.h>
#include <string.h>

#include "common/require.h"
#include "services/ledger/envelope_names.h"

#define VERSION 3
#define FLAG_HAS_BUDGET 1
#define FLAG_CLOSED 2
#define HEAD_BYTES 66
#define ENVELOPE_BYTES 25
#define VALUE_BYTES_MAX (HEAD_BYTES + ENVELOPE_COUNT * ENVELOPE_BYTES)
#define KEY_TAIL_BYTES 8 /* year and day, after the network's text */
#define GROWTH 64

struct money balance_budget(const struct balance *balance, enum book_envelope_id envelope) {
    return money_require_add(balance->envelopes[envelope].granted, balance->envelopes[envelope].decided);
}

struct money balance_care_budget(const struct balance *balance) {
    struct money sum = MONEY_ZERO;
    for (enum book_envelope_id e = ENVELOPE_CARE_BASE; e < ENVELOPE_COUNT; e++) {
        sum = envelope_is_care(e) ? money_require_add(sum, balance_budget(balance, e)) : sum;
    }
    return sum;
}

struct money balance_care_spent(const struct balance *balance) {
    struct money sum = MONEY_ZERO;
    for (enum book_envelope_id e = ENVELOPE_CARE_BASE; e < ENVELOPE_COUNT; e++) {
        sum = envelope_is_care(e) ? money_require_add(sum, balance->envelopes[e].spent) : sum;
    }
    return sum;
}

struct money balance_whole_budget(const struct balance *balance) {
    struct money sum = MONEY_ZERO;
    for (enum book_envelope_id e = ENVELOPE_CARE_BASE; e < ENVELOPE_COUNT; e++) {
        sum = money_require_add(sum, balance_budget(balance, e));
    }
    return sum;
}

struct money balance_reimbursed(const struct balance *balance) {
    struct money sum = MONEY_ZERO;
    for (enum book_envelope_id e = ENVELOPE_CARE_BASE; e < ENVELOPE_COUNT; e++) {
        sum = money_require_add(sum, balance->envelopes[e].spent);
    }
    return sum;
}

/* --- the stored form ---------------------------------------------------------------------------------------------- */

static void write_money(uint8_t *place, struct money amount) {
    store_write_u64(place, (uint64_t)money_cents(amount));
}

static struct money read_money(const uint8_t *place) {
    return money_of_cents((int64_t)store_read_u64(place));
}

static bool envelope_used(const struct envelope_balance *envelope) {
    return money_cents(envelope->granted) != 0 || money_cents(envelope->decided) != 0 ||
           money_cents(envelope->spent) != 0;
}

static size_t encode(const struct balance *balance, uint8_t value[VALUE_BYTES_MAX]) {
    value[0] = VERSION;
    value[1] = (uint8_t)((balance->has_budget ? FLAG_HAS_BUDGET : 0) | (balance->closed ? FLAG_CLOSED : 0));
    write_money(value + 2, balance->suspended);
    store_write_u64(value + 10, balance->suspended_count);
    store_write_u64(value + 18, (uint64_t)balance->sessions);
    write_money(value + 26, balance->missions);
    write_money(value + 34, balance->neutralised);
    write_money(value + 42, balance->f3);
    write_money(value + 50, balance->extra);
    store_write_u64(value + 58, (uint64_t)balance->extra_minutes);
    size_t bytes = HEAD_BYTES;
    for (enum book_envelope_id e = ENVELOPE_CARE_BASE; e < ENVELOPE_COUNT; e++) {
        const struct envelope_balance *envelope = &balance->envelopes[e];
        if (!envelope_used(envelope)) {
            continue;
        }
        value[bytes] = (uint8_t)envelope_to_wire(e);
        require(value[bytes] != 0);
        write_money(value + bytes + 1, envelope->granted);
        write_money(value + bytes + 9, envelope->decided);
        write_money(value + bytes + 17, envelope->spent);
        bytes += ENVELOPE_BYTES;
    }
    return bytes;
}

static bool decode(struct span key, struct span value, struct balance *ret) {
    const uint8_t *end = memchr(key.data, 0, key.bytes);
    if (end == NULL || end - key.data > CODE_BYTES_MAX || key.bytes != (size_t)(end - key.data) + 1 + KEY_TAIL_BYTES ||
        value.bytes < HEAD_BYTES || value.data[0] != VERSION || (value.bytes - HEAD_BYTES) % ENVELOPE_BYTES != 0) {
        return false;
    }
    struct balance balance = {.year = (int)store_read_u32(end + 1)};
    memcpy(balance.network.text, key.data, (size_t)(end - key.data));
    balance.has_budget = (value.data[1] & FLAG_HAS_BUDGET) != 0;
    balance.closed = (value.data[1] & FLAG_CLOSED) != 0;
    balance.suspended = read_money(value.data + 2);
    balance.suspended_count = store_read_u64(value.data + 10);
    balance.sessions = (int64_t)store_read_u64(value.data + 18);
    balance.missions = read_money(value.data + 26);
    balance.neutralised = read_money(value.data + 34);
    balance.f3 = read_money(value.data + 42);
    balance.extra = read_money(value.data + 50);
    balance.extra_minutes = (int64_t)store_read_u64(value.data + 58);
    for (const uint8_t *place = value.data + HEAD_BYTES; place < value.data + value.bytes; place += ENVELOPE_BYTES) {
        enum book_envelope_id envelope = envelope_of_wire(place[0]);
        if (envelope == ENVELOPE_NONE) {
            return false;
        }
        balance.envelopes[envelope] =
            (struct envelope_balance){read_money(place + 1), read_money(place + 9), read_money(place + 17)};
    }
    *ret = balance;
    return true;
}

static void make_key(struct store_key *key, const char *network, int year, struct date day) {
    store_key_reset(key);
    store_key_text(key, network);
    store_key_u32(key, (uint32_t)year);
    store_key_date(key, day);
}

/* --- the present state -------------------------------------------------------------------------------------------- */

static int compare_key(const char *network, int year, const struct balance *balance) {
    int order = strcmp(network, balance->network.text);
    return order != 0 ? order : (year > balance->year) - (year < balance->year);
}

/* The place of a network and year, or where it would stand. */
static size_t place_of(const struct balances *balances, const char *network, int year, bool *ret_found) {
    size_t low = 0;
    size_t high = balances->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_key(network, year, balances->items[middle]);
        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    *ret_found = false;
    return low;
}

struct balance *balances_find(const struct balances *balances, const char *network, int year) {
    bool found = false;
    size_t place = place_of(balances, network, year, &found);
    return found ? balances->items[place] : NULL;
}

int balances_take(struct balances *balances, const char *network, int year, struct balance **ret) {
    bool found = false;
    size_t place = place_of(balances, network, year, &found);
    if (found) {
        *ret = balances->items[place];
        return 0;
    }
    if (balances->count == balances->size) {
        size_t size = balances->size + GROWTH;
        struct balance **grown = realloc(balances->items, size * sizeof(struct balance *));
        if (grown == NULL) {
            return FAILURE_MEMORY;
        }
        balances->items = grown;
        balances->size = size;
    }
    struct balance *balance = calloc(1, sizeof *balance);
    if (balance == NULL) {
        return FAILURE_MEMORY;
    }
    require(strlen(network) <= CODE_BYTES_MAX);
    memcpy(balance->network.text, network, strlen(network));
    balance->year = year;
    memmove(balances->items + place + 1, balances->items + place, (balances->count - place) * sizeof(struct balance *));
    balances->items[place] = balance;
    balances->count++;
    *ret = balance;
    return 0;
}

/* Rows come in key order, so the last row of a network and year, its present state, is the one that stays. */
static int load_row(struct balances *balances, struct span key, struct span value) {
    struct balance row;
    struct balance *balance = NULL;
    if (!decode(key, value, &row)) {
        return FAILURE_CORRUPT;
    }
    int failure = balances_take(balances, row.network.text, row.year, &balance);
    if (failure == 0) {
        *balance = row;
    }
    return failure;
}

int balances_open(struct store_txn *txn, size_t table, struct balances *ret) {
    struct balances balances = {.table = table};
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, table, &cursor);
    if (failure < 0) {
        return failure;
    }
    bool found = false;
    failure = store_cursor_seek(cursor, span_of("", 1), &found);
    while (failure == 0 && found) {
        failure = load_row(&balances, store_cursor_key(cursor), store_cursor_value(cursor));
        if (failure == 0) {
            failure = store_cursor_next(cursor, &found);
        }
    }
    store_cursor_close(cursor);
    if (failure < 0) {
        balances_close(&balances);
        return failure;
    }
    *ret = balances;
    return 0;
}

void balances_close(struct balances *balances) {
    for (size_t i = 0; i < balances->count; i++) {
        free(balances->items[i]);
    }
    free(balances->items);
    *balances = (struct balances){.table = balances->table};
}

void balances_touch(struct balances *balances, struct balance *balance) {
    if (!balance->touched) {
        balance->touched = true;
        balance->next_touched = balances->touched;
        balances->touched = balance;
    }
}

int balances_write(struct balances *balances, struct store_txn *txn, struct date day) {
    while (balances->touched != NULL) {
        struct balance *balance = balances->touched;
        struct store_key key;
        uint8_t value[VALUE_BYTES_MAX];
        make_key(&key, balance->network.text, balance->year, day);
        size_t bytes = encode(balance, value);
        int failure = store_put(txn, balances->table, store_key_span(&key), span_of(value, bytes));
        if (failure < 0) {
            return failure;
        }
        balances->touched = balance->next_touched;
        balance->touched = false;
        balance->next_touched = NULL;
    }
    return 0;
}

int balances_as_of(const struct balances *balances, struct store_txn *txn, const char *network, int year,
                   struct date day, struct balance *ret, bool *ret_found) {
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, balances->table, &cursor);
    if (failure < 0) {
        return failure;
    }
    struct store_key key;
    bool found = false;
    make_key(&key, network, year, date_add_days(day, 1));
    failure = store_cursor_seek_last_before(cursor, store_key_span(&key), &found);
    if (failure == 0 && found) {
        struct balance row;
        if (!decode(store_cursor_key(cursor), store_cursor_value(cursor), &row)) {
            failure = FAILURE_CORRUPT;
        } else if ((found = compare_key(network, year, &row) == 0)) {
            *ret = row;
        }
    }
    store_cursor_close(cursor);
    if (failure == 0) {
        *ret_found = found;
    }
    return failure;
}
