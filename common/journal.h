#ifndef ELP_COMMON_JOURNAL_H
#define ELP_COMMON_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/span.h"
#include "common/store.h"

/*
 * The journal of one daemon: records 1, 2, 3 … in one table of its store, for ever. Key: number as 8 bytes
 * big-endian. Value: 32 bytes chain hash, then the record's exact bytes. Hash of n = BLAKE2b-256(hash of n−1,
 * n as 8 bytes big-endian, bytes), unkeyed, so that an outsider can verify it; hash of 0 is 32 zero bytes
 * (design.md, Journals 3).
 */
#define JOURNAL_HASH_BYTES 32
#define JOURNAL_VERIFY_AT_START 1000

struct journal {
    size_t table;
    uint64_t head; /* number of the last record, 0 when empty */
    uint8_t head_hash[JOURNAL_HASH_BYTES];
};

/*
 * Loads the head and verifies the last JOURNAL_VERIFY_AT_START records. FAILURE_CORRUPT when the chain is
 * broken or a number is missing; the log line names the number.
 */
MUST_USE int journal_load(struct store_txn *txn, size_t table, struct journal *ret);

/* Appends in the caller's write transaction; head moves at once (an aborted transaction ends the process). */
MUST_USE int journal_append(struct journal *journal, struct store_txn *txn, struct span record);

/* Record `number` (1 ≤ number ≤ head); the spans live as store reads do. ret_hash may be NULL. */
MUST_USE int journal_read(const struct journal *journal, struct store_txn *txn, uint64_t number,
                          struct span *ret_record, const uint8_t **ret_hash);

enum journal_position { JOURNAL_CONTINUES, JOURNAL_AHEAD, JOURNAL_DIVERGED };

/* How a reader's (number, hash) relates to this journal. number 0 always continues. */
MUST_USE int journal_compare(const struct journal *journal, struct store_txn *txn, uint64_t number,
                             const uint8_t hash[JOURNAL_HASH_BYTES], enum journal_position *ret);

/* The chain step, for readers and for verifiers. in and out may be the same buffer. */
void journal_chain(const uint8_t previous[JOURNAL_HASH_BYTES], uint64_t number, struct span record,
                   uint8_t ret_hash[JOURNAL_HASH_BYTES]);

/* Verifies records from..until; 0 or FAILURE_CORRUPT with the first bad number in *ret_bad. */
MUST_USE int journal_verify(struct store_txn *txn, size_t table, uint64_t from, uint64_t until, uint64_t *ret_bad);

#endif
