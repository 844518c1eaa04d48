#include "services/intake/insurability.h"

#include "services/intake/tables.h"

/*
 * TABLE_INSURABILITY. Key, 20 bytes: person (8), from (4), record (8). Value, 9 bytes: until (4), resolved on (4), flags
 * (1; bit 0 insured, bit 1 increased intervention). No until and no resolution are the smallest date, 0000 0000. Record
 * 4660: person 258 is insured from 2026-01-01 on, with increased intervention:
 *   0000 0000 0000 0102  8000 4fe6  0000 0000 0000 1234 → 0000 0000  0000 0000  03
 */
#define KEY_BYTES 20
#define VALUE_BYTES 9
#define FLAG_INSURED 1
#define FLAG_INCREASED 2

static void make_key(struct store_key *key, uint64_t person, struct date from, uint64_t number) {
    store_key_reset(key);
    store_key_u64(key, person);
    store_key_date(key, from);
    store_key_u64(key, number);
}

static void make_value(struct store_key *value, const struct statement *statement) {
    store_key_reset(value);
    store_key_date(value, statement->until);
    store_key_date(value, statement->resolved_on);
    store_key_u8(value,
                 (uint8_t)((statement->insured ? FLAG_INSURED : 0) | (statement->increased ? FLAG_INCREASED : 0)));
}

static bool read_statement(struct span key, struct span value, struct statement *ret, uint64_t *ret_number) {
    if (key.bytes != KEY_BYTES || value.bytes != VALUE_BYTES) {
        return false;
    }
    *ret = (struct statement){
        .person = store_read_u64(key.data),
        .from = store_read_date(key.data + 8),
        .until = store_read_date(value.data),
        .resolved_on = store_read_date(value.data + 4),
        .insured = (value.data[8] & FLAG_INSURED) != 0,
        .increased = (value.data[8] & FLAG_INCREASED) != 0,
    };
    *ret_number = store_read_u64(key.data + 12);
    return true;
}

int insurability_put(struct store_txn *txn, uint64_t number, const struct statement *statement) {
    struct store_key key;
    struct store_key value;
    make_key(&key, statement->person, statement->from, number);
    make_value(&value, statement);
    return store_put(txn, TABLE_INSURABILITY, store_key_span(&key), store_key_span(&value));
}

static void weigh(const struct statement *statement, uint64_t number, struct date day, uint64_t *latest,
                  struct insurability *result) {
    if (!date_within(day, statement->from, statement->until)) {
        return;
    }
    if (number > *latest) {
        *latest = number;
        result->stated = true;
        result->insured = statement->insured;
        result->increased = statement->insured && statement->increased;
        result->resolved_on = statement->resolved_on;
    }
}

int insurability_on(struct store_txn *txn, uint64_t person, struct date day, struct insurability *ret) {
    struct insurability result = {.resolved_on = DATE_NONE};
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, TABLE_INSURABILITY, &cursor);
    if (failure < 0) {
        return failure;
    }
    struct store_key key;
    store_key_reset(&key);
    store_key_u64(&key, person);
    uint64_t latest = 0;
    bool found = false;
    failure = store_cursor_seek(cursor, store_key_span(&key), &found);
    while (failure == 0 && found) {
        struct statement statement;
        uint64_t number = 0;
        if (!read_statement(store_cursor_key(cursor), store_cursor_value(cursor), &statement, &number)) {
            failure = FAILURE_CORRUPT;
            break;
        }
        if (statement.person != person || date_compare(statement.from, day) > 0) {
            break;
        }
        weigh(&statement, number, day, &latest, &result);
        failure = store_cursor_next(cursor, &found);
    }
    store_cursor_close(cursor);
    if (failure == 0) {
        *ret = result;
    }
    return failure;
}

static bool same_statement(const struct statement *a, const struct statement *b) {
    return a->person == b->person && date_compare(a->from, b->from) == 0 && a->until.days == b->until.days &&
           a->resolved_on.days == b->resolved_on.days && a->insured == b->insured && a->increased == b->increased;
}

int insurability_stands(struct store_txn *txn, const struct statement *statement, bool *ret_stands) {
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, TABLE_INSURABILITY, &cursor);
    if (failure < 0) {
        return failure;
    }
    struct store_key key;
    struct statement last;
    uint64_t number = 0;
    bool found = false;
    make_key(&key, statement->person, date_add_days(statement->from, 1), 0);
    failure = store_cursor_seek_last_before(cursor, store_key_span(&key), &found);
    if (failure == 0 && found &&
        !read_statement(store_cursor_key(cursor), store_cursor_value(cursor), &last, &number)) {
        failure = FAILURE_CORRUPT;
    }
    store_cursor_close(cursor);
    if (failure == 0) {
        *ret_stands = found && same_statement(&last, statement);
    }
    return failure;
}
