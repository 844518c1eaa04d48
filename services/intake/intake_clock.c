#include "services/intake/intake_clock.h"

#include <stdio.h>
#include <string.h>

#include "common/require.h"
#include "common/store_identity.h"
#include "services/intake/intake_core.h"
#include "services/intake/intake_epochs.h"
#include "services/intake/registry_news.h"

/* The first instant of a simulated cell: its clock_from, or 2024-01-01. */
static instant_us manual_genesis(const struct cell *cell) {
    struct date first;
    bool made = cell->clock_from[0] != '\0' ? date_parse(cell->clock_from, &first) : date_make(2024, 1, 1, &first);
    require(made);
    return brussels_midnight(first);
}

/* After this day the calendar's summer-time rule is not promised any more. */
static struct date last_day(void) {
    struct date last;
    require(date_make(2099, 12, 31, &last));
    return last;
}

static int refuse_clock(bool store_simulated) {
    fprintf(stderr,
            store_simulated
                ? "elp-intake: this store was written on a manual clock and stays simulated for ever; set `clock: "
                  "manual` in"
                  " cell.yaml, or give the cell an empty store\n"
                : "elp-intake: this store was written on the real clock and cannot be simulated; set `clock: real` in"
                  " cell.yaml, or give the simulation a cell of its own\n");
    return FAILURE_CONFIG;
}

int clock_open(struct intake_core *core, struct store_txn *txn) {
    struct intake_clock *clock = &core->clock;
    clock->manual = core->context.cell->manual_clock;
    clock->day = DATE_NONE;
    clock->day_record = 0;
    clock->at = 0;
    const struct journal *journal = core->context.journal;
    if (journal->head == 0) {
        return 0;
    }
    const Elp__V1__IntakeRecord *record = NULL;
    arena_reset(&core->arena);
    int failure = intake_read(core, txn, 1, &core->arena, &record);
    if (failure < 0) {
        return failure;
    }
    if (record->body_case != ELP__V1__INTAKE_RECORD__BODY_GENESIS) {
        return FAILURE_CORRUPT;
    }
    if (record->genesis->simulated != clock->manual) {
        return refuse_clock(record->genesis->simulated);
    }
    arena_reset(&core->arena);
    failure = intake_read(core, txn, journal->head, &core->arena, &record);
    if (failure < 0) {
        return failure;
    }
    clock->at = record->at_us;
    uint64_t value = 0;
    bool found = false;
    failure = intake_state_get(txn, "clock", &value, &found);
    if (failure == 0 && found && (instant_us)value > clock->at) {
        clock->at = (instant_us)value;
    }
    if (failure == 0) {
        failure = intake_state_get(txn, "day", &value, &found);
    }
    if (failure == 0 && found) {
        clock->day.days = (int32_t)(int64_t)value;
    }
    if (failure == 0) {
        failure = intake_state_get(txn, "day-record", &value, &found);
    }
    /* Of a store from before there were news, nothing that stands is new. */
    clock->day_record = failure == 0 && found ? value : journal->head;
    return failure;
}

static int write_genesis(struct intake_core *core, struct store_txn *txn) {
    int failure = intake_epochs_begin(core);
    if (failure < 0) {
        return failure;
    }
    Elp__V1__Genesis genesis = ELP__V1__GENESIS__INIT;
    genesis.engine = ELP_ENGINE;
    genesis.simulated = core->clock.manual;
    genesis.epoch = core->epochs.items[0].text;
    char cell[sizeof core->context.cell->name];
    memcpy(cell, core->context.cell->name, sizeof cell);
    genesis.cell = cell;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_GENESIS;
    record.genesis = &genesis;
    uint64_t number = 0;
    return intake_append(core, txn, &record, "", &number);
}

static int write_day(struct intake_core *core, struct store_txn *txn, struct date day) {
    Elp__V1__Day body = ELP__V1__DAY__INIT;
    body.date = day.days;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_DAY;
    record.day = &body;
    struct registry_news news;
    registry_news_of_day(core, day, core->clock.day_record, &news);
    record.n_news = news.count;
    record.news = news.items;
    int failure = intake_append(core, txn, &record, "", &core->clock.day_record);
    if (failure < 0) {
        return failure;
    }
    core->clock.day = day;
    failure = intake_state_put(txn, "day-record", core->clock.day_record);
    return failure < 0 ? failure : intake_state_put(txn, "day", (uint64_t)(int64_t)day.days);
}

/*
 * Moves `at` to `target` and writes the days that begin on the way. A day's record carries an instant of that day, also
 * when the daemon was away for several, so that whoever reads it sees due dates fall on their own day.
 */
static int advance(struct intake_core *core, struct store_txn *txn, instant_us target) {
    struct intake_clock *clock = &core->clock;
    struct date today = brussels_date(target);
    struct date day = date_is_none(clock->day) ? brussels_date(clock->at) : date_add_days(clock->day, 1);
    for (; date_compare(day, today) <= 0; day = date_add_days(day, 1)) {
        instant_us midnight = brussels_midnight(day);
        if (midnight > clock->at) {
            clock->at = midnight;
        }
        int failure = write_day(core, txn, day);
        if (failure < 0) {
            return failure;
        }
    }
    clock->at = target;
    return 0;
}

/* A journal is for ever and its time never goes back: a machine that woke up in 1970 or in 2106 must not write. */
static int check_machine(instant_us now) {
    struct date first;
    require(date_make(2019, 1, 1, &first));
    if (now >= brussels_midnight(first) && now < brussels_midnight(date_add_days(last_day(), 1))) {
        return 0;
    }
    fprintf(stderr, "elp-intake: the machine's clock lies outside 2019-2099; set it and start again\n");
    return FAILURE_CONFIG;
}

int clock_begin_turn(struct intake_core *core, struct store_txn *txn, instant_us now) {
    struct intake_clock *clock = &core->clock;
    if (!clock->manual) {
        int unusable = check_machine(now);
        if (unusable < 0) {
            return unusable;
        }
    }
    if (core->context.journal->head == 0) {
        clock->at = clock->manual ? manual_genesis(core->context.cell) : now;
        int failure = write_genesis(core, txn);
        if (failure < 0) {
            return failure;
        }
    }
    return advance(core, txn, clock->manual || now < clock->at ? clock->at : now);
}

bool clock_turn_due(const struct intake_core *core, instant_us now) {
    const struct intake_clock *clock = &core->clock;
    if (core->context.journal->head == 0) {
        return true;
    }
    return !clock->manual && date_compare(brussels_date(now), clock->day) > 0;
}

int clock_set(struct intake_core *core, struct store_txn *txn, instant_us at) {
    struct intake_clock *clock = &core->clock;
    if (!clock->manual) {
        return CLOCK_REAL;
    }
    if (at < clock->at) {
        return CLOCK_BACK;
    }
    struct date furthest = date_add_months(brussels_date(clock->at), 12 * CLOCK_JUMP_YEARS_MAX);
    if (date_compare(furthest, last_day()) > 0) {
        furthest = last_day();
    }
    if (at >= brussels_midnight(date_add_days(furthest, 1))) {
        return CLOCK_TOO_FAR;
    }
    int failure = advance(core, txn, at);
    return failure < 0 ? failure : intake_state_put(txn, "clock", (uint64_t)clock->at);
}
