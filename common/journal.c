#include "common/journal.h"

#include <sodium.h>
#include <string.h>

#include "common/log.h"
#include "common/require.h"

struct number_key {
    uint8_t bytes[8];
};

static struct number_key number_key(uint64_t number) {
    struct number_key key;
    store_write_u64(key.bytes, number);
    return key;
}

static int log_corrupt(uint64_t number, const char *what) {
    log_line(LOG_LEVEL_ERROR, "journal", "number", LOG_NUMBER, (int64_t)number, "reason", LOG_TEXT, what, NULL);
    return FAILURE_CORRUPT;
}

void journal_chain(const uint8_t previous[JOURNAL_HASH_BYTES], uint64_t number, struct span record,
                   uint8_t ret_hash[JOURNAL_HASH_BYTES]) {
    const struct number_key key = number_key(number);
    crypto_generichash_state state;
    require(crypto_generichash_init(&state, NULL, 0, JOURNAL_HASH_BYTES) == 0);
    require(crypto_generichash_update(&state, previous, JOURNAL_HASH_BYTES) == 0);
    require(crypto_generichash_update(&state, key.bytes, sizeof key.bytes) == 0);
    require(crypto_generichash_update(&state, record.data, record.bytes) == 0);
    require(crypto_generichash_final(&state, ret_hash, JOURNAL_HASH_BYTES) == 0);
}

/* True when the cursor's row is record `number` and long enough to hold a hash. */
static bool row_is_record(const struct store_cursor *cursor, uint64_t number) {
    const struct span key = store_cursor_key(cursor);
    return key.bytes == sizeof(struct number_key) && store_read_u64(key.data) == number &&
           store_cursor_value(cursor).bytes >= JOURNAL_HASH_BYTES;
}

/* The chain over from..until; *ret_bad is 0 when it holds. */
static int verify_rows(struct store_cursor *cursor, uint64_t from, uint64_t until, uint64_t *ret_bad) {
    uint8_t hash[JOURNAL_HASH_BYTES] = {0};
    const struct number_key first = number_key(from == 1 ? 1 : from - 1);
    uint64_t number = from;
    bool found;
    int rc = store_cursor_seek(cursor, span_of(first.bytes, sizeof first.bytes), &found);
    if (rc == 0 && from > 1) {
        if (!found || !row_is_record(cursor, from - 1)) {
            *ret_bad = from - 1;
            return 0;
        }
        memcpy(hash, store_cursor_value(cursor).data, sizeof hash);
        rc = store_cursor_next(cursor, &found);
    }
    for (; rc == 0 && number <= until; number++) {
        if (!found || !row_is_record(cursor, number)) {
            break;
        }
        const struct span value = store_cursor_value(cursor);
        journal_chain(hash, number, span_of(value.data + sizeof hash, value.bytes - sizeof hash), hash);
        if (memcmp(hash, value.data, sizeof hash) != 0) {
            break;
        }
        rc = store_cursor_next(cursor, &found);
    }
    if (rc == 0) {
        *ret_bad = number <= until ? number : 0;
    }
    return rc;
}

int journal_verify(struct store_txn *txn, size_t table, uint64_t from, uint64_t until, uint64_t *ret_bad) {
    require(from >= 1 && until < UINT64_MAX);
    if (from > until) {
        return 0;
    }
    struct store_cursor *cursor;
    int rc = store_cursor_open(txn, table, &cursor);
    if (rc != 0) {
        return rc;
    }
    uint64_t bad;
    rc = verify_rows(cursor, from, until, &bad);
    store_cursor_close(cursor);
    if (rc == 0 && bad != 0) {
        *ret_bad = bad;
        return FAILURE_CORRUPT;
    }
    return rc;
}

/* Number and hash of the last row; 0 and zero bytes when the table is empty. */
static int load_head(struct store_txn *txn, size_t table, struct journal *ret) {
    struct journal journal = {.table = table};
    struct store_cursor *cursor;
    bool found;
    int rc = store_cursor_open(txn, table, &cursor);
    if (rc != 0) {
        return rc;
    }
    rc = store_cursor_last(cursor, &found);
    if (rc == 0 && found) {
        const struct span key = store_cursor_key(cursor);
        const struct span value = store_cursor_value(cursor);
        journal.head = key.bytes == sizeof(struct number_key) ? store_read_u64(key.data) : 0;
        if (journal.head == 0 || journal.head > INT64_MAX || value.bytes < JOURNAL_HASH_BYTES) {
            rc = log_corrupt(journal.head, "the last row of the journal is no record");
        } else {
            memcpy(journal.head_hash, value.data, JOURNAL_HASH_BYTES);
        }
    }
    store_cursor_close(cursor);
    if (rc == 0) {
        *ret = journal;
    }
    return rc;
}

int journal_load(struct store_txn *txn, size_t table, struct journal *ret) {
    struct journal journal;
    uint64_t count;
    uint64_t bad = 0;
    int rc = load_head(txn, table, &journal);
    if (rc == 0) {
        rc = store_count(txn, table, &count);
    }
    if (rc != 0) {
        return rc;
    }
    /* As many rows as the last number says: none is missing. Otherwise look for it from the beginning. */
    uint64_t from = journal.head > JOURNAL_VERIFY_AT_START ? journal.head - JOURNAL_VERIFY_AT_START + 1 : 1;
    if (count != journal.head) {
        from = 1;
    }
    rc = journal_verify(txn, table, from, journal.head, &bad);
    if (rc == FAILURE_CORRUPT) {
        return log_corrupt(bad, "the record is missing or does not fit the chain");
    }
    if (rc == 0 && count != journal.head) {
        return log_corrupt(0, "the journal holds a row that is no record");
    }
    if (rc == 0) {
        *ret = journal;
    }
    return rc;
}

int journal_append(struct journal *journal, struct store_txn *txn, struct span record) {
    const uint64_t number = journal->head + 1;
    const struct number_key key = number_key(number);
    uint8_t hash[JOURNAL_HASH_BYTES];
    journal_chain(journal->head_hash, number, record, hash);
    int rc = store_append_parts(txn, journal->table, span_of(key.bytes, sizeof key.bytes), span_of(hash, sizeof hash),
                                record);
    if (rc == 0) {
        journal->head = number;
        memcpy(journal->head_hash, hash, sizeof hash);
    }
    return rc;
}

int journal_read(const struct journal *journal, struct store_txn *txn, uint64_t number, struct span *ret_record,
                 const uint8_t **ret_hash) {
    require(number >= 1 && number <= journal->head);
    const struct number_key key = number_key(number);
    struct span value;
    bool found;
    int rc = store_get(txn, journal->table, span_of(key.bytes, sizeof key.bytes), &value, &found);
    if (rc != 0) {
        return rc;
    }
    if (!found || value.bytes < JOURNAL_HASH_BYTES) {
        return log_corrupt(number, found ? "the record is too short" : "the record is missing");
    }
    *ret_record = span_of(value.data + JOURNAL_HASH_BYTES, value.bytes - JOURNAL_HASH_BYTES);
    if (ret_hash != NULL) {
        *ret_hash = value.data;
    }
    return 0;
}

int journal_compare(const struct journal *journal, struct store_txn *txn, uint64_t number,
                    const uint8_t hash[JOURNAL_HASH_BYTES], enum journal_position *ret) {
    if (number == 0 || number > journal->head) {
        *ret = number == 0 ? JOURNAL_CONTINUES : JOURNAL_AHEAD;
        return 0;
    }
    struct span record;
    const uint8_t *own;
    int rc = journal_read(journal, txn, number, &record, &own);
    if (rc == 0) {
        *ret = memcmp(own, hash, JOURNAL_HASH_BYTES) == 0 ? JOURNAL_CONTINUES : JOURNAL_DIVERGED;
    }
    return rc;
}
