#ifndef ELP_CTL_JOURNAL_WALK_H
#define ELP_CTL_JOURNAL_WALK_H

#include <protobuf-c/protobuf-c.h>

#include "common/journal.h"
#include "services/ctl/command.h"

/*
 * Reads a daemon's journal from its first record on, page by page, as every reader does (proto: JournalFetch), and computes
 * the chain from the records themselves.
 */
struct journal_step {
    uint64_t number;
    size_t bytes;
    const uint8_t *hash;
    const ProtobufCMessage *message; /* decoded; NULL when it was not asked for or cannot be */
    uint64_t own_number;             /* the number inside the record */
};

struct journal_walk {
    struct ctl *ctl;
    enum cell_service service;
    uint64_t until; /* last record to read */
    bool decode;    /* records from decode_from on */
    uint64_t decode_from;
    void *context;
    int (*each)(void *context, const struct journal_step *step); /* an exit code; not CTL_DONE ends the walk */

    uint64_t number; /* last record read */
    uint8_t hash[JOURNAL_HASH_BYTES];
    char broken[160]; /* why the walk ended with CTL_NO */
};

/* CTL_DONE; CTL_NO with walk->broken when the journal contradicts the chain; another exit code after one line. */
MUST_USE int journal_walk(struct journal_walk *walk);

/* The number of the daemon's last record. */
MUST_USE int journal_walk_head(struct ctl *ctl, enum cell_service service, uint64_t *ret);

#endif
