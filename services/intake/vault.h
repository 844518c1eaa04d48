#ifndef ELP_SERVICES_INTAKE_VAULT_H
#define ELP_SERVICES_INTAKE_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/calendar.h"
#include "common/cell.h"
#include "common/failure.h"
#include "common/identifiers.h"
#include "common/store.h"

/*
 * The vault: a second small environment of intake, and the only place where a person's NISS leads to the person's number
 * or back (design.md, People). The store, its journal and its backups hold numbers only, so that erasing a person is
 * deleting two rows here.
 *
 * New people are on the disk before the store's commit: a crash between the two leaves a number that nothing refers to
 * and that the same person gets when they come again. People are erased after the store's commit: the store's table of
 * erased people is the truth, and whatever the vault still holds of them is removed at the next start, also when the
 * vault came from an older backup.
 */
enum vault_table { VAULT_STATE, VAULT_LOOKUP, VAULT_PEOPLE, VAULT_TABLE_COUNT };
extern const char *const vault_tables[VAULT_TABLE_COUNT];

#define VAULT_ID_BYTES 16
#define VAULT_LOOKUP_BYTES 16
#define VAULT_SALT_BYTES 16
#define VAULT_DIGEST_KEY_BYTES 16
#define VAULT_ERASURES_PER_TURN_MAX 256

/* The way from a NISS to a person: keyed BLAKE2b of the 11 digits, under a key that only the vault holds. */
struct vault_lookup {
    uint8_t bytes[VAULT_LOOKUP_BYTES];
};

/*
 * A person as others refer to it. What depends on the person's own data (line_digest.c) is keyed with the salt, so that it
 * tells nothing any more once the person is erased.
 */
struct person {
    uint64_t number; /* 0: not known */
    uint8_t salt[VAULT_SALT_BYTES];
};

struct vault_secrets;

struct vault {
    struct store *store;   /* opened and closed by the loop */
    struct store_txn *txn; /* of this turn; NULL until it is needed */
    bool wrote;            /* something was written to it */
    struct vault_secrets *secrets;
    uint8_t id[VAULT_ID_BYTES];
    uint64_t last;            /* at open: the last number given, as far as the vault knows */
    uint64_t rewrap_next;     /* next person to wrap under the current master key; 0: none waits */
    bool rewrapped;           /* this turn wrapped the last one */
    bool compact;             /* deleted rows wait to be rewritten */
    instant_us rewrite_after; /* not before then: it failed, or a backup was under way */
    uint64_t erasing[VAULT_ERASURES_PER_TURN_MAX];
    size_t erasing_count;
};

/*
 * Opens the vault in `store`, or begins it when it is empty. `bound` is the id of the vault that intake's store was
 * written with, NULL for a new store. FAILURE_CONFIG with a printed sentence when the vault is another one, when it is
 * empty though `bound` says that it was not (unless `anew`: it is lost and everybody becomes a new person), or when the
 * master key does not open it.
 */
MUST_USE int vault_open(struct store *store, const struct cell *cell, const uint8_t *bound, bool anew,
                        struct vault **ret);
void vault_close(struct vault *vault); /* accepts NULL; what was not flushed is undone */

/* Keys the digests of idempotency keys; the same for the vault's whole life. */
const uint8_t *vault_digest_key(const struct vault *vault);

struct vault_lookup vault_lookup_of(const struct vault *vault, const struct niss *niss);

/* ret->number is 0 for a person that is not known. */
MUST_USE int vault_find(struct vault *vault, const struct vault_lookup *lookup, struct person *ret);

/* The same for a query, which runs outside of every turn: in a transaction of its own that sees what is committed. */
MUST_USE int vault_look(const struct vault *vault, const struct vault_lookup *lookup, struct person *ret);

/* Is there an entry under that number? */
MUST_USE int vault_holds(struct vault *vault, uint64_t number, bool *ret);

/* Gives a person who is not known a number above every one given before. */
MUST_USE int vault_add(struct vault *vault, const struct vault_lookup *lookup, const struct niss *niss, uint64_t number,
                       struct person *ret);

/*
 * From here on the person is not found; vault_settle removes it. False when VAULT_ERASURES_PER_TURN_MAX are noted.
 * Noting somebody twice, or nobody, is fine.
 */
MUST_USE bool vault_erase(struct vault *vault, uint64_t number);

/* Before the store's commit: what the turn added is on the disk when it returns 0. */
MUST_USE int vault_flush(struct vault *vault);

/*
 * After the store's commit: removes whom the turn erased, and rewrites the vault's file, which would keep deleted rows
 * otherwise. When it returns 0 the file holds nothing of them, unless the log says that it was not rewritten; that is
 * tried again a minute later, and at the next erasure or start. `now` is the machine's time.
 */
MUST_USE int vault_settle(struct vault *vault, instant_us now);

/* Does the rewriting wait to be tried again by now? */
bool vault_settle_due(const struct vault *vault, instant_us now);

/* Forgets what the turn wrote and erased: for turns that are thrown away. */
void vault_abandon(struct vault *vault);

/* Wraps up to `most` people under the current master key while a rotation goes on (rewrap_next is not 0). */
MUST_USE int vault_rewrap(struct vault *vault, size_t most);

#endif
