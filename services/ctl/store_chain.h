#ifndef ELP_CTL_STORE_CHAIN_H
#define ELP_CTL_STORE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/journal.h"
#include "common/store_identity.h"
#include "services/ctl/command.h"

/*
 * The journal of a store in a folder: of a backup, or of a daemon that does not run. It is read by a process of its own, so
 * that pages which cannot be read, or make no sense, end that one and are a finding.
 */

/* A record that somebody knows: a reader about its upstream. */
struct chain_anchor {
    enum cell_service holder;
    uint64_t number;
    uint8_t hash[JOURNAL_HASH_BYTES];
};

struct store_chain {
    char folder[CELL_PATH_BYTES * 2]; /* given */

    /* store_chain_look */
    struct store_identity identity;
    uint64_t head;
    uint8_t head_hash[JOURNAL_HASH_BYTES];
    struct chain_anchor
        positions[CELL_SERVICES]; /* in the journal of each upstream; number 0: at its beginning, or none */
    bool reads[CELL_SERVICES];    /* is there such a position? */

    /* given to store_chain_walk: what others know of this journal */
    struct chain_anchor anchors[CELL_SERVICES];
    size_t anchor_count;

    char broken[200]; /* what does not hold; empty: it holds */
};

/* Whose store it is, its head and its positions. CTL_DONE, also with `broken`; else an exit code after one line. */
MUST_USE int store_chain_look(struct store_chain *chain);

/*
 * Computes the chain from the first record on; every record must decode and carry its number, those of the ledger sum to zero,
 * the anchors lie on it. Shows its progress.
 */
MUST_USE int store_chain_walk(struct store_chain *chain);

/* Both, one after the other; a store that is broken at first sight is not walked. */
MUST_USE int store_chain_check(struct store_chain *chain);

#endif
