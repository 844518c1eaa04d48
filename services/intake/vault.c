#include "services/intake/vault.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/require.h"
#include "services/intake/vault_entry.h"
#include "services/intake/vault_private.h"

/*
 * Table state: single values by name. "vault", the vault's random id (16); "last", the last number given (8); "compact",
 * one byte while freed pages wait to be rewritten; the others in vault_keys.c.
 *
 * Table lookup. Key: 16 bytes of keyed BLAKE2b of a NISS. Value: person number (8), salt (16). Person 258:
 *   5f02 9a11 e07d 4408 b3c6 12fe 90aa 37c1 → 0000 0000 0000 0102 c81f …
 *
 * Table people: vault_entry.h.
 */
const char *const vault_tables[VAULT_TABLE_COUNT] = {
    [VAULT_STATE] = "state", [VAULT_LOOKUP] = "lookup", [VAULT_PEOPLE] = "people"};

#define REWRITE_AGAIN_US (INT64_C(60) * 1000000)
#define LOOKUP_VALUE_BYTES (8 + VAULT_SALT_BYTES)

static const uint8_t personalisation[crypto_generichash_blake2b_PERSONALBYTES] = "elp person niss";

int vault_begin(struct vault *vault) {
    return vault->txn != NULL ? 0 : store_begin_write(vault->store, &vault->txn);
}

/* Ends the turn's transaction, if there is one; without a flush when nothing was written. */
static int commit(struct vault *vault) {
    struct store_txn *txn = vault->txn;
    bool wrote = vault->wrote;
    vault->txn = NULL;
    vault->wrote = false;
    if (txn == NULL) {
        return 0;
    }
    if (!wrote) {
        store_abort(txn);
        return 0;
    }
    return store_commit(txn);
}

void vault_abandon(struct vault *vault) {
    store_abort(vault->txn);
    vault->txn = NULL;
    vault->wrote = false;
    vault->rewrapped = false;
    vault->erasing_count = 0;
}

/* --- people ------------------------------------------------------------------------------------------------------- */

const uint8_t *vault_digest_key(const struct vault *vault) {
    return vault->secrets->digest_key;
}

struct vault_lookup vault_lookup_of(const struct vault *vault, const struct niss *niss) {
    struct vault_lookup lookup;
    (void)crypto_generichash_blake2b_salt_personal(lookup.bytes, sizeof lookup.bytes, (const uint8_t *)niss->digits, 11,
                                                   vault->secrets->lookup_key, sizeof vault->secrets->lookup_key, NULL,
                                                   personalisation);
    return lookup;
}

static bool is_erasing(const struct vault *vault, uint64_t number) {
    for (size_t i = 0; i < vault->erasing_count; i++) {
        if (vault->erasing[i] == number) {
            return true;
        }
    }
    return false;
}

static int read_lookup_in(struct store_txn *txn, const struct vault_lookup *lookup, struct person *ret) {
    struct span value = {0};
    struct person person = {0};
    bool found = false;
    int failure = store_get(txn, VAULT_LOOKUP, span_of(lookup->bytes, sizeof lookup->bytes), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && value.bytes != LOOKUP_VALUE_BYTES) {
        return FAILURE_CORRUPT;
    }
    if (found) {
        person.number = store_read_u64(value.data);
        memcpy(person.salt, value.data + 8, sizeof person.salt);
    }
    *ret = person;
    return 0;
}

static int read_lookup(struct vault *vault, const struct vault_lookup *lookup, struct person *ret) {
    int failure = vault_begin(vault);
    return failure < 0 ? failure : read_lookup_in(vault->txn, lookup, ret);
}

int vault_look(const struct vault *vault, const struct vault_lookup *lookup, struct person *ret) {
    struct store_txn *txn = NULL;
    int failure = store_begin_read(vault->store, &txn);
    if (failure < 0) {
        return failure;
    }
    failure = read_lookup_in(txn, lookup, ret);
    store_abort(txn);
    return failure;
}

int vault_find(struct vault *vault, const struct vault_lookup *lookup, struct person *ret) {
    struct person person = {0};
    int failure = read_lookup(vault, lookup, &person);
    if (failure == 0) {
        *ret = is_erasing(vault, person.number) ? (struct person){0} : person;
    }
    return failure;
}

static int read_entry(struct vault *vault, uint64_t number, struct span *ret, bool *ret_found) {
    uint8_t row[8];
    int failure = vault_begin(vault);
    store_write_u64(row, number);
    return failure < 0 ? failure : store_get(vault->txn, VAULT_PEOPLE, span_of(row, sizeof row), ret, ret_found);
}

int vault_holds(struct vault *vault, uint64_t number, bool *ret) {
    struct span entry = {0};
    bool found = false;
    int failure = read_entry(vault, number, &entry, &found);
    if (failure == 0) {
        *ret = found && !is_erasing(vault, number);
    }
    return failure;
}

int vault_add(struct vault *vault, const struct vault_lookup *lookup, const struct niss *niss, uint64_t number,
              struct person *ret) {
    uint8_t row[8];
    uint8_t value[LOOKUP_VALUE_BYTES];
    uint8_t entry[VAULT_ENTRY_BYTES];
    struct person person = {.number = number};
    int failure = vault_begin(vault);
    if (failure < 0) {
        return failure;
    }
    randombytes_buf(person.salt, sizeof person.salt);
    store_write_u64(row, number);
    store_write_u64(value, number);
    memcpy(value + 8, person.salt, sizeof person.salt);
    vault_entry_make(&vault->secrets->masters.current, number, niss, entry);
    vault->wrote = true;
    failure =
        store_put(vault->txn, VAULT_LOOKUP, span_of(lookup->bytes, sizeof lookup->bytes), span_of(value, sizeof value));
    if (failure == 0) {
        failure = store_append(vault->txn, VAULT_PEOPLE, span_of(row, sizeof row), span_of(entry, sizeof entry));
    }
    if (failure == 0) {
        failure = store_put(vault->txn, VAULT_STATE, span_of_text(VAULT_STATE_LAST), span_of(row, sizeof row));
    }
    if (failure == 0) {
        *ret = person;
    }
    return failure;
}

/* --- erasing ------------------------------------------------------------------------------------------------------ */

bool vault_erase(struct vault *vault, uint64_t number) {
    if (is_erasing(vault, number)) {
        return true;
    }
    if (vault->erasing_count == VAULT_ERASURES_PER_TURN_MAX) {
        return false;
    }
    vault->erasing[vault->erasing_count++] = number;
    return true;
}

int vault_flush(struct vault *vault) {
    int failure = commit(vault);
    if (failure == 0 && vault->rewrapped) {
        vault->rewrapped = false;
        log_line(LOG_LEVEL_INFO, "vault-rewrapped", "next", LOG_TEXT, "delete keys/vault.master.previous", NULL);
    }
    return failure;
}

/* The way to a person whose entry cannot be opened: all look-ups are read. */
static int search_lookup(struct vault *vault, uint64_t number, struct vault_lookup *ret, bool *ret_found) {
    struct store_cursor *cursor = NULL;
    bool found = false;
    int failure = store_cursor_open(vault->txn, VAULT_LOOKUP, &cursor);
    if (failure < 0) {
        return failure;
    }
    failure = store_cursor_next(cursor, &found);
    while (failure == 0 && found) {
        struct span key = store_cursor_key(cursor);
        struct span value = store_cursor_value(cursor);
        if (key.bytes != sizeof ret->bytes || value.bytes != LOOKUP_VALUE_BYTES) {
            failure = FAILURE_CORRUPT;
        } else if (store_read_u64(value.data) == number) {
            memcpy(ret->bytes, key.data, sizeof ret->bytes);
            break;
        } else {
            failure = store_cursor_next(cursor, &found);
        }
    }
    store_cursor_close(cursor);
    if (failure == 0) {
        *ret_found = found;
    }
    return failure;
}

/* The same person may have come again meanwhile: the look-up is then theirs, under another number. */
static int find_lookup(struct vault *vault, uint64_t number, struct span entry, struct vault_lookup *ret,
                       bool *ret_found) {
    struct niss niss;
    struct person person = {0};
    if (!vault_entry_open(&vault->secrets->masters, number, entry, &niss)) {
        log_line(LOG_LEVEL_ERROR, "vault-entry-unreadable", "person", LOG_NUMBER, (int64_t)number, NULL);
        return search_lookup(vault, number, ret, ret_found);
    }
    *ret = vault_lookup_of(vault, &niss);
    sodium_memzero(&niss, sizeof niss);
    int failure = read_lookup(vault, ret, &person);
    *ret_found = person.number == number;
    return failure;
}

static int remove_person(struct vault *vault, uint64_t number) {
    uint8_t row[8];
    struct span entry = {0};
    struct vault_lookup lookup;
    bool found = false;
    int failure = read_entry(vault, number, &entry, &found);
    if (failure < 0 || !found) {
        return failure;
    }
    failure = find_lookup(vault, number, entry, &lookup, &found);
    if (failure == 0 && found) {
        failure = store_delete(vault->txn, VAULT_LOOKUP, span_of(lookup.bytes, sizeof lookup.bytes));
    }
    store_write_u64(row, number);
    if (failure == 0) {
        failure = store_delete(vault->txn, VAULT_PEOPLE, span_of(row, sizeof row));
    }
    vault->wrote = true;
    return failure;
}

/* Whether the file was rewritten or not, the vault goes on: it is tried again later, and at the next start. */
static int rewrite_file(struct vault *vault, instant_us now) {
    int outcome = store_compact(vault->store);
    if (outcome < 0) {
        return outcome;
    }
    if (outcome == STORE_NOT_COMPACTED) {
        log_line(LOG_LEVEL_ERROR, "vault-not-rewritten", "folder", LOG_TEXT, store_folder(vault->store), "reason",
                 LOG_TEXT,
                 "a backup of it is under way or its disk has no room for a second copy; until it is rewritten erased "
                 "people may stand on freed pages",
                 NULL);
        vault->rewrite_after = now + REWRITE_AGAIN_US;
        return 0;
    }
    vault->compact = false;
    int failure = vault_begin(vault);
    if (failure == 0) {
        failure = store_delete(vault->txn, VAULT_STATE, span_of_text(VAULT_STATE_COMPACT));
    }
    vault->wrote = true;
    return failure < 0 ? failure : commit(vault);
}

int vault_note_compact(struct vault *vault) {
    static const uint8_t note = 1;
    vault->wrote = true;
    vault->compact = true;
    return store_put(vault->txn, VAULT_STATE, span_of_text(VAULT_STATE_COMPACT), span_of(&note, 1));
}

static int remove_erased(struct vault *vault) {
    int failure = vault->erasing_count > 0 ? vault_begin(vault) : 0;
    for (size_t i = 0; failure == 0 && i < vault->erasing_count; i++) {
        failure = remove_person(vault, vault->erasing[i]);
    }
    vault->erasing_count = 0;
    if (failure == 0 && vault->wrote) {
        failure = vault_note_compact(vault);
    }
    return failure < 0 ? failure : commit(vault);
}

bool vault_settle_due(const struct vault *vault, instant_us now) {
    return vault->compact && now >= vault->rewrite_after;
}

int vault_settle(struct vault *vault, instant_us now) {
    bool erased = vault->erasing_count > 0;
    int failure = remove_erased(vault);
    return failure == 0 && vault->compact && (erased || vault_settle_due(vault, now)) ? rewrite_file(vault, now)
                                                                                      : failure;
}

/* --- opening and closing ------------------------------------------------------------------------------------------ */

static int refuse(const struct vault *vault, const char *why) {
    (void)fprintf(stderr, "elp-intake: the vault in %s %s\n", store_folder(vault->store), why);
    return FAILURE_CONFIG;
}

static int begin_vault(struct vault *vault, const uint8_t *bound, bool anew) {
    if (bound != NULL && !anew) {
        return refuse(vault, "is empty, but the store knows people: give the right folder with --vault, or put the "
                             "vault's backup there; if it is lost for good, start once with --new-vault, and everybody "
                             "becomes a new person");
    }
    randombytes_buf(vault->id, sizeof vault->id);
    int failure =
        store_put(vault->txn, VAULT_STATE, span_of_text(VAULT_STATE_ID), span_of(vault->id, sizeof vault->id));
    return failure < 0 ? failure : vault_keys_make(vault);
}

static int load_vault(struct vault *vault, const uint8_t *bound) {
    struct span last = {0};
    bool found = false;
    int failure = store_get(vault->txn, VAULT_STATE, span_of_text(VAULT_STATE_LAST), &last, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && last.bytes != 8) {
        return FAILURE_CORRUPT;
    }
    vault->last = found ? store_read_u64(last.data) : 0;
    /* A vault without people may be left from a first start that was cut off: it is anybody's. */
    if (vault->last > 0 && (bound == NULL || memcmp(bound, vault->id, sizeof vault->id) != 0)) {
        return refuse(vault, "was written with another store: give each intake its own folder with --vault");
    }
    return vault_keys_load(vault);
}

static int open_in_transaction(struct vault *vault, const uint8_t *bound, bool anew) {
    struct span id = {0};
    struct span note = {0};
    bool found = false;
    int failure = store_get(vault->txn, VAULT_STATE, span_of_text(VAULT_STATE_ID), &id, &found);
    if (failure == 0 && found && id.bytes != sizeof vault->id) {
        failure = FAILURE_CORRUPT;
    }
    if (failure < 0) {
        return failure;
    }
    if (found) {
        memcpy(vault->id, id.data, sizeof vault->id);
    }
    failure = found ? load_vault(vault, bound) : begin_vault(vault, bound, anew);
    return failure < 0 ? failure
                       : store_get(vault->txn, VAULT_STATE, span_of_text(VAULT_STATE_COMPACT), &note, &vault->compact);
}

int vault_open(struct store *store, const struct cell *cell, const uint8_t *bound, bool anew, struct vault **ret) {
    struct vault *vault = calloc(1, sizeof *vault);
    if (vault == NULL) {
        return FAILURE_MEMORY;
    }
    vault->store = store;
    vault->secrets = sodium_malloc(sizeof *vault->secrets);
    int failure = vault->secrets == NULL ? FAILURE_MEMORY : 0;
    if (failure == 0) {
        sodium_memzero(vault->secrets, sizeof *vault->secrets);
        failure = master_keys_load(cell, &vault->secrets->masters);
    }
    if (failure == 0) {
        failure = vault_begin(vault);
    }
    if (failure == 0) {
        failure = open_in_transaction(vault, bound, anew);
    }
    if (failure == 0) {
        failure = commit(vault);
    }
    if (failure == 0 && vault->compact) {
        failure = rewrite_file(vault, 0);
    }
    if (failure < 0) {
        vault_close(vault);
        return failure;
    }
    *ret = vault;
    return 0;
}

void vault_close(struct vault *vault) {
    if (vault == NULL) {
        return;
    }
    vault_abandon(vault);
    sodium_free(vault->secrets); /* wipes it */
    free(vault);
}
