#include <sodium.h>

#include "common/log.h"
#include "services/intake/vault_entry.h"
#include "services/intake/vault_private.h"

/*
 * After a rotation of the master key people are wrapped under the new one little by little, in order of their numbers;
 * until then the previous key reads them. A restart begins again at the first person and passes over those that are done.
 */

#define REWRAP_MOST 512

/* The next people from rewrap_next on; *ret_count may be smaller than `most` only at the end of the table. */
static int next_people(struct vault *vault, size_t most, uint64_t numbers[REWRAP_MOST], size_t *ret_count) {
    struct store_cursor *cursor = NULL;
    uint8_t row[8];
    size_t count = 0;
    bool found = false;
    int failure = store_cursor_open(vault->txn, VAULT_PEOPLE, &cursor);
    if (failure < 0) {
        return failure;
    }
    store_write_u64(row, vault->rewrap_next);
    failure = store_cursor_seek(cursor, span_of(row, sizeof row), &found);
    while (failure == 0 && found && count < most) {
        struct span key = store_cursor_key(cursor);
        if (key.bytes != sizeof row) {
            failure = FAILURE_CORRUPT;
            break;
        }
        numbers[count++] = store_read_u64(key.data);
        failure = store_cursor_next(cursor, &found);
    }
    store_cursor_close(cursor);
    *ret_count = count;
    return failure;
}

static int rewrap_one(struct vault *vault, uint64_t number) {
    const struct master_keys *masters = &vault->secrets->masters;
    uint8_t row[8];
    uint8_t again[VAULT_ENTRY_BYTES];
    struct span entry = {0};
    struct niss niss;
    bool found = false;
    store_write_u64(row, number);
    int failure = store_get(vault->txn, VAULT_PEOPLE, span_of(row, sizeof row), &entry, &found);
    if (failure < 0 || !found || vault_entry_under(entry, &masters->current)) {
        return failure;
    }
    if (!vault_entry_open(masters, number, entry, &niss)) {
        log_line(LOG_LEVEL_ERROR, "vault-entry-unreadable", "person", LOG_NUMBER, (int64_t)number, NULL);
        return FAILURE_CORRUPT;
    }
    vault_entry_make(&masters->current, number, &niss, again);
    sodium_memzero(&niss, sizeof niss);
    vault->wrote = true;
    return store_put(vault->txn, VAULT_PEOPLE, span_of(row, sizeof row), span_of(again, sizeof again));
}

/* What the key before could open leaves the file too. */
static int finish(struct vault *vault) {
    vault->rewrap_next = 0;
    vault->rewrapped = true;
    int failure = store_delete(vault->txn, VAULT_STATE, span_of_text(VAULT_STATE_REWRAP));
    return failure < 0 ? failure : vault_note_compact(vault);
}

int vault_rewrap(struct vault *vault, size_t most) {
    uint64_t numbers[REWRAP_MOST];
    size_t count = 0;
    most = most < REWRAP_MOST ? most : REWRAP_MOST;
    if (vault->rewrap_next == 0) {
        return 0;
    }
    int failure = vault_begin(vault);
    if (failure == 0) {
        failure = next_people(vault, most, numbers, &count);
    }
    for (size_t i = 0; failure == 0 && i < count; i++) {
        failure = rewrap_one(vault, numbers[i]);
        vault->rewrap_next = numbers[i] + 1;
    }
    if (failure == 0 && count < most) {
        failure = finish(vault);
    }
    return failure;
}
