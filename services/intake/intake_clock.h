#ifndef ELP_SERVICES_INTAKE_INTAKE_CLOCK_H
#define ELP_SERVICES_INTAKE_INTAKE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/calendar.h"
#include "common/failure.h"
#include "common/store.h"

struct intake_core;

/* A manual clock moves at most this far at once: each day on the way becomes a record. */
#define CLOCK_JUMP_YEARS_MAX 10

/*
 * The cell's time (design.md, Journals 5). `at` is what records are stamped with and never goes back. A new simulated cell
 * begins with the day that cell.yaml gives as clock_from, else at 2024-01-01T00:00:00+01:00, the first day of the year in
 * which the 2024 book begins, so that its stories and samples can be told without a past.
 */
struct intake_clock {
    instant_us at;
    struct date day;     /* date of the last `day` record; DATE_NONE before the first */
    uint64_t day_record; /* its number; facts of later records are new to the next day */
    bool manual;
};

/*
 * Starts the clock of an opened store: from its last record and, on the manual clock, from the last SetClock.
 * FAILURE_CONFIG with a printed sentence when the store's clock is not the cell's.
 */
MUST_USE int clock_open(struct intake_core *core, struct store_txn *txn);

/*
 * The turn's time: the later of `at` and `now`, on the manual clock `at`. Writes the genesis record of a new store and a
 * `day` record for every Brussels day since the last one, each stamped with that day's midnight or `at` if later.
 * FAILURE_CONFIG with a printed sentence when a real clock lies outside 2019-2099.
 */
MUST_USE int clock_begin_turn(struct intake_core *core, struct store_txn *txn, instant_us now);

/* Is there a record to write without any request: a new store, or a new Brussels day on the real clock? */
bool clock_turn_due(const struct intake_core *core, instant_us now);

enum clock_outcome {
    CLOCK_SET = 0,
    CLOCK_REAL = 1,    /* the cell runs on the real clock */
    CLOCK_BACK = 2,    /* the time lies before `at` */
    CLOCK_TOO_FAR = 3, /* beyond CLOCK_JUMP_YEARS_MAX years, or beyond the calendar */
};

/* Moves a manual clock and writes the `day` records on the way. A positive enum clock_outcome, or negative. */
MUST_USE int clock_set(struct intake_core *core, struct store_txn *txn, instant_us at);

#endif
