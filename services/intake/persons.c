#include "services/intake/persons.h"

#include <ctype.h>
#include <string.h>

#include "services/intake/intake_core.h"

/* Above every real number and every other kind of subject's zero bit (person_index.h). */
#define PROVISIONAL_BIT (UINT64_C(1) << 62)

int persons_add(struct intake_core *core, struct store_txn *txn, const struct vault_lookup *lookup,
                const struct niss *niss, struct person *ret) {
    uint64_t number = core->persons_last + 1;
    int failure = vault_add(core->vault, lookup, niss, number, ret);
    if (failure == 0) {
        failure = intake_state_put(txn, "persons", number);
    }
    if (failure == 0) {
        core->persons_last = number;
    }
    return failure;
}

uint64_t persons_provisional(const struct vault_lookup *lookup) {
    return PROVISIONAL_BIT | (store_read_u64(lookup->bytes) & (PROVISIONAL_BIT - 1));
}

/* --- erased people ------------------------------------------------------------------------------------------------ */

int persons_erased_by(struct store_txn *txn, uint64_t number, uint64_t *ret_record) {
    uint8_t row[8];
    struct span value = {0};
    bool found = false;
    store_write_u64(row, number);
    int failure = store_get(txn, TABLE_ERASED, span_of(row, sizeof row), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && value.bytes != 8) {
        return FAILURE_CORRUPT;
    }
    *ret_record = found ? store_read_u64(value.data) : 0;
    return 0;
}

int persons_note_erased(struct store_txn *txn, uint64_t number, uint64_t record) {
    uint8_t row[8];
    uint8_t value[8];
    store_write_u64(row, number);
    store_write_u64(value, record);
    return store_put(txn, TABLE_ERASED, span_of(row, sizeof row), span_of(value, sizeof value));
}

static int erase_again(struct intake_core *core, struct store_cursor *cursor) {
    bool found = false;
    int failure = store_cursor_next(cursor, &found);
    while (failure == 0 && found) {
        struct span key = store_cursor_key(cursor);
        if (key.bytes != 8) {
            return FAILURE_CORRUPT;
        }
        uint64_t number = store_read_u64(key.data);
        bool held = false;
        failure = vault_holds(core->vault, number, &held);
        if (failure == 0 && held && !vault_erase(core->vault, number)) {
            failure = vault_settle(core->vault, 0); /* an old vault: more than a turn's worth */
            continue;
        }
        if (failure == 0) {
            failure = store_cursor_next(cursor, &found);
        }
    }
    return failure;
}

int persons_settle(struct intake_core *core, struct store_txn *txn) {
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, TABLE_ERASED, &cursor);
    if (failure < 0) {
        return failure;
    }
    failure = erase_again(core, cursor);
    store_cursor_close(cursor);
    if (failure == 0) {
        failure = vault_flush(core->vault);
    }
    return failure < 0 ? failure : vault_settle(core->vault, 0);
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

#define NISS_DIGITS 11

/* One separator may stand between two digits of a number that a person wrote. */
static bool goes_on(const char *at) {
    return isdigit((unsigned char)at[0]) ||
           (at[0] != '\0' && strchr(".-/ ", at[0]) != NULL && isdigit((unsigned char)at[1]));
}

bool text_names_a_person(const char *text) {
    const char *at = text;
    while (*at != '\0') {
        char digits[NISS_DIGITS + 1];
        size_t count = 0;
        struct niss niss;
        if (!isdigit((unsigned char)*at)) {
            at++;
            continue;
        }
        for (; goes_on(at); at++) {
            if (isdigit((unsigned char)*at) && ++count <= NISS_DIGITS) {
                digits[count - 1] = *at;
            }
        }
        digits[count < NISS_DIGITS ? count : NISS_DIGITS] = '\0';
        if (count == NISS_DIGITS && niss_parse(digits, &niss)) {
            return true;
        }
    }
    return false;
}

bool key_names_a_person(struct span key, const struct niss *niss) {
    size_t matched = 0; /* of the digits of niss, at the end of those read so far */
    for (size_t from = 0; from < key.bytes; from++) {
        matched = 0;
        for (size_t at = from; at < key.bytes && matched < NISS_DIGITS; at++) {
            if (!isdigit(key.data[at])) {
                continue;
            }
            if (key.data[at] != (uint8_t)niss->digits[matched]) {
                break;
            }
            matched++;
        }
        if (matched == NISS_DIGITS) {
            return true;
        }
    }
    return false;
}
