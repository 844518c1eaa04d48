#include "services/ledger/plans.h"

#include <string.h>

#include "services/ledger/outcome.h"
#include "services/ledger/year_figures.h"

#define VALUE_BYTES 16

static void make_key(struct store_key *key, const char *network, int year, uint64_t number) {
    store_key_reset(key);
    store_key_text(key, network);
    store_key_u32(key, (uint32_t)year);
    store_key_u64(key, number);
}

/* Days in the order of the table's comment, the sign bit flipped as in keys. */
static int keep(struct ledger *ledger, const Elp__V1__PlanRecorded *plan) {
    struct store_key key;
    struct store_key value;
    make_key(&key, plan->network, (int)plan->year, ledger->number);
    store_key_reset(&value);
    store_key_date(&value, ledger->today);
    store_key_date(&value, (struct date){plan->received_on});
    store_key_date(&value, (struct date){plan->from});
    store_key_date(&value, (struct date){plan->until});
    return store_put(ledger->txn, LEDGER_TABLE_PLANS, store_key_span(&key), store_key_span(&value));
}

int plans_apply(struct ledger *ledger, const Elp__V1__RecordPlan *command) {
    struct year_figures figures;
    struct date received;
    struct date from;
    struct date until;
    if (strlen(command->network) > CODE_BYTES_MAX || !ledger_year_valid((int64_t)command->year) ||
        !date_parse(command->received_on, &received) || !date_parse(command->from, &from) ||
        !date_parse(command->until, &until) || date_compare(from, until) > 0 ||
        !year_figures_of(ledger, (int)command->year, &figures)) {
        return outcome_refuse(ledger, "malformed", "", "A plan names a year, its receipt and its two days.", NULL);
    }
    const char *article = BOOK_ARTICLE(figures.book, figures.day, zone_vigilance_above);
    if (date_year(received) < (int)command->year || date_year(from) < (int)command->year) {
        return outcome_refuse(ledger, "wrong-year", article,
                              "A plan answers the use of its year: it is neither received nor begun before that year.",
                              NULL);
    }
    const struct balance *balance = balances_find(&ledger->balances, command->network, (int)command->year);
    if (balance == NULL || !balance->has_budget) {
        return outcome_refuse(ledger, "no-budget", article, "That network has no budget in that year.", NULL);
    }
    Elp__V1__PlanRecorded *plan = arena_take(&ledger->arena, sizeof *plan);
    if (plan == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__plan_recorded__init(plan);
    plan->year = command->year;
    plan->received_on = received.days;
    plan->from = from.days;
    plan->until = until.days;
    ledger->results.record.plan = plan;
    int failure = results_text(&ledger->results, command->network, &plan->network);
    if (failure == 0) {
        failure = keep(ledger, plan);
    }
    return failure < 0 ? failure : outcome_done(ledger, article, "The plan is recorded.");
}

static int list_one(struct arena *arena, const char *network, int year, const struct span *value,
                    Elp__V1__PlanRecorded **ret) {
    Elp__V1__PlanRecorded *plan = arena_take(arena, sizeof *plan);
    char *name = arena_text(arena, network);
    if (plan == NULL || name == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__plan_recorded__init(plan);
    plan->network = name;
    plan->year = (uint32_t)year;
    plan->received_on = store_read_date(value->data + 4).days;
    plan->from = store_read_date(value->data + 8).days;
    plan->until = store_read_date(value->data + 12).days;
    *ret = plan;
    return 0;
}

static int scan(struct store_cursor *cursor, struct arena *arena, const char *network, int year, struct date as_of,
                Elp__V1__PlanRecorded **plans, size_t *count) {
    struct store_key first;
    bool found = false;
    make_key(&first, network, year, 0);
    size_t prefix = first.used - sizeof(uint64_t);
    int failure = store_cursor_seek(cursor, store_key_span(&first), &found);
    while (failure == 0 && found && *count < PLANS_MAX) {
        struct span key = store_cursor_key(cursor);
        struct span value = store_cursor_value(cursor);
        if (key.bytes < prefix || memcmp(key.data, first.bytes, prefix) != 0) {
            break;
        }
        if (value.bytes != VALUE_BYTES) {
            return FAILURE_CORRUPT;
        }
        if (!date_is_none(as_of) && date_compare(store_read_date(value.data), as_of) > 0) {
            break; /* records follow each other in time */
        }
        failure = list_one(arena, network, year, &value, &plans[*count]);
        if (failure == 0) {
            (*count)++;
            failure = store_cursor_next(cursor, &found);
        }
    }
    return failure;
}

int plans_list(struct store_txn *txn, struct arena *arena, const char *network, int year, struct date as_of,
               Elp__V1__PlanRecorded ***ret_plans, size_t *ret_count) {
    struct store_cursor *cursor = NULL;
    size_t count = 0;
    Elp__V1__PlanRecorded **plans = arena_take(arena, PLANS_MAX * sizeof *plans);
    if (plans == NULL) {
        return FAILURE_MEMORY;
    }
    int failure = store_cursor_open(txn, LEDGER_TABLE_PLANS, &cursor);
    if (failure < 0) {
        return failure;
    }
    failure = scan(cursor, arena, network, year, as_of, plans, &count);
    store_cursor_close(cursor);
    if (failure == 0) {
        *ret_plans = plans;
        *ret_count = count;
    }
    return failure;
}
