#ifndef ELP_SERVICES_LEDGER_BALANCES_H
#define ELP_SERVICES_LEDGER_BALANCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/book.h"
#include "common/calendar.h"
#include "common/failure.h"
#include "common/identifiers.h"
#include "common/money.h"
#include "common/store.h"

/*
 * What each network has and has spent in a budget year, as the rules ask for it: held in memory, written through once
 * a record, with its history by day so that `budget --as-of` needs no replay.
 *
 * Table: key is the network's text and a zero byte, the year as 4 bytes, the Brussels day as 4 bytes; value the balance
 * at the end of that day, so the last row of a network and year is also its present state. One page per network is hot.
 * Value: version 03; flags, bit 0: a budget was recorded, bit 1: the year is closed; suspended cents, suspended
 * attestations, billed sessions, cents of art. 8 missions, neutralised cents, cents of F3 with concertation,
 * cents and minutes under the extra 1 %, 8 bytes each;
 * then for each envelope that was ever used its number on the wire (types.proto), granted, decided and spent cents, 8
 * bytes each. N1 in 2026 on 2026-03-02 (day 20514)
 * with care.base of 10,000.00 of which one session of 91.02 is spent:
 *   key   4e3100 000007ea 80005022
 *   value 03 01 0000000000000000 0000000000000000 0000000000000001 0000000000000000
 *         0000000000000000 0000000000000000 0000000000000000 0000000000000000
 *         01 00000000000f4240 0000000000000000 000000000000238e
 * A number of an envelope that this version does not know is an error.
 */
struct envelope_balance {
    struct money granted; /* by the registry's budget fact, replaced by the next one */
    struct money decided; /* by decisions, which stand beside whatever the fact says (rulebook B1, B3) */
    struct money spent;   /* posted less reversed */
};

struct balance {
    struct code network;
    int year;
    bool has_budget;
    struct envelope_balance envelopes[ENVELOPE_COUNT];
    struct money suspended;
    uint64_t suspended_count;
    int64_t sessions;         /* billed: posted less reversed; individual sessions, assessments and groups */
    struct money missions;    /* of what mission.art8 has spent, art. 8 missions themselves */
    struct money neutralised; /* payable, but not in spent (rulebook B5) */
    struct money f3;          /* spent on F3 and concertation, eating disorders apart (rulebook B9) */
    struct money extra;       /* spent under contracts with the mark of the extra 1 % (rulebook B8) */
    int64_t extra_minutes;    /* of their sessions */
    bool closed;
    bool touched; /* waits to be written */
    struct balance *next_touched;
};

struct money balance_budget(const struct balance *balance, enum book_envelope_id envelope);
struct money balance_care_budget(const struct balance *balance);
struct money balance_care_spent(const struct balance *balance);
struct money balance_whole_budget(const struct balance *balance); /* care and operating */
struct money balance_reimbursed(const struct balance *balance);   /* spent, over every envelope */

struct balances {
    size_t table;
    struct balance **items; /* sorted by network, then year */
    size_t count;
    size_t size;
    struct balance *touched;
};

/* Loads the present state. FAILURE_CORRUPT on a damaged row. */
MUST_USE int balances_open(struct store_txn *txn, size_t table, struct balances *ret);
void balances_close(struct balances *balances);

/* NULL when nothing is known of that network and year. The pointer lives as long as the balances. */
struct balance *balances_find(const struct balances *balances, const char *network, int year);

/* The same; makes an empty one where there is none. */
MUST_USE int balances_take(struct balances *balances, const char *network, int year, struct balance **ret);

/* Notes a change; balances_write stores every noted balance under `day` and forgets the notes. */
void balances_touch(struct balances *balances, struct balance *balance);
MUST_USE int balances_write(struct balances *balances, struct store_txn *txn, struct date day);

/* The balance at the end of a day; *ret_found false when there was none yet. */
MUST_USE int balances_as_of(const struct balances *balances, struct store_txn *txn, const char *network, int year,
                            struct date day, struct balance *ret, bool *ret_found);

#endif
