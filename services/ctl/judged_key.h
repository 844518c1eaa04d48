#ifndef ELP_SERVICES_CTL_JUDGED_KEY_H
#define ELP_SERVICES_CTL_JUDGED_KEY_H

#include <protobuf-c/protobuf-c.h>

#include "services/ctl/command.h"

/*
 * The idempotency key of a request that is recorded once: --key, or one that follows from everything the request says and
 * the day of `date`, so that the same command on the same day is the same request. Its letters cannot be taken for a
 * national number.
 */
#define JUDGED_KEY_BYTES 64
struct judged_key {
    char text[JUDGED_KEY_BYTES + 1];
};

/* `word` begins a derived key, at most 16 bytes. CTL_DONE, or an exit code after one line. */
MUST_USE int judged_key_of(const struct ctl *ctl, const char *word, const ProtobufCMessage *message, const char *date,
                           struct judged_key *ret);

/* The cell's own day, YYYY-MM-DD: commands are dated like everything else by intake's time. */
#define CELL_DAY_BYTES 16
MUST_USE int cell_day(struct ctl *ctl, char out[CELL_DAY_BYTES]);

#endif
