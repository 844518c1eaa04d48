#ifndef ELP_CTL_VERIFY_AGAIN_H
#define ELP_CTL_VERIFY_AGAIN_H

#include "services/ctl/command.h"

/*
 * Has a store computed again by the program of its daemon, which stands beside elpctl: elpctl knows no rules, and no service
 * includes another one (common/verify.h).
 */
struct verify_again {
    enum cell_service service;
    const char *folder;
    uint64_t head; /* for the bar */
    const char *upstreams[CELL_SERVICES];
    size_t upstream_count;
    char broken[200]; /* what does not hold; empty: it is the same */
};

/* CTL_DONE, also with `broken`; else an exit code after one line. */
MUST_USE int verify_again(struct verify_again *again);

#endif
