#include "services/ledger/ledger_core.h"

#include <stdlib.h>
#include <string.h>

#include "common/attestation.h"
#include "common/log.h"
#include "common/require.h"
#include "elp/v1/journal.pb-c.h"
#include "elp/v1/rating.pb-c.h"
#include "services/ledger/budgets.h"
#include "services/ledger/closings.h"
#include "services/ledger/cost_advances.h"
#include "services/ledger/costs.h"
#include "services/ledger/decisions.h"
#include "services/ledger/hospitals.h"
#include "services/ledger/instalments.h"
#include "services/ledger/lumps.h"
#include "services/ledger/outcome.h"
#include "services/ledger/payees.h"
#include "services/ledger/payments.h"
#include "services/ledger/plans.h"
#include "services/ledger/posting.h"
#include "services/ledger/reversal.h"
#include "services/ledger/settlement.h"
#include "services/ledger/transfers.h"

/* Record n of intake and rating's answer to it. */
struct input {
    const Elp__V1__IntakeRecord *intake;
    const Elp__V1__RatingRecord *rating;
};

int ledger_stop(const struct ledger *ledger, const char *reason) {
    log_line(LOG_LEVEL_ERROR, "record-not-applicable", "number", LOG_NUMBER, (int64_t)ledger->number, "reason",
             LOG_TEXT, reason, NULL);
    return FAILURE_UPSTREAM;
}

int ledger_own_record(const struct journal *journal, struct store_txn *txn, uint64_t number, struct arena *arena,
                      Elp__V1__LedgerRecord **ret) {
    struct span bytes;
    int failure = journal_read(journal, txn, number, &bytes, NULL);
    if (failure < 0) {
        return failure;
    }
    Elp__V1__LedgerRecord *record = wire_unpack(arena, &elp__v1__ledger_record__descriptor, bytes);
    if (record == NULL) {
        return FAILURE_CORRUPT;
    }
    *ret = record;
    return 0;
}

/* --- what each kind of record does -------------------------------------------------------------------------------- */

static int apply_reversal(struct ledger *ledger, const struct input *input, uint64_t attestation) {
    const Elp__V1__RatedReversal *reversal = input->rating->reversal;
    if (reversal == NULL || reversal->attestation != attestation) {
        return ledger_stop(ledger, "rating did not reverse what intake cancels");
    }
    return reversal_apply(ledger, attestation);
}

static int apply_accepted(struct ledger *ledger, const struct input *input) {
    struct attestation_facts facts;
    struct rated_amounts amounts;
    const Elp__V1__Rated *rated = input->rating->rated;
    if (!attestation_of_record(ledger->number, input->intake->accepted, &facts)) {
        return ledger_stop(ledger, "its facts are out of bounds");
    }
    if (rated == NULL || rated->attestation != ledger->number || !rated_amounts_of_message(rated, &amounts)) {
        return ledger_stop(ledger, "rating's amounts for it do not add up");
    }
    const struct book *book = book_shelf_at(ledger->shelf, facts.book_number);
    if (book == NULL) {
        return ledger_stop(ledger, "the book that judged it was not recorded before it");
    }
    int failure = facts.replaces != 0 ? apply_reversal(ledger, input, facts.replaces) : 0;
    return failure < 0 ? failure : posting_apply(ledger, book, &facts, &amounts);
}

static int apply_cancelled(struct ledger *ledger, const struct input *input) {
    return apply_reversal(ledger, input, input->intake->cancelled->attestation);
}

static int apply_book(struct ledger *ledger, const struct input *input) {
    const Elp__V1__LoadedBook *loaded = input->intake->book;
    int outcome =
        book_shelf_add(ledger->shelf, ledger->txn, ledger->number, span_of(loaded->yaml.data, loaded->yaml.len),
                       span_of(loaded->hash.data, loaded->hash.len));
    return outcome == BOOK_SHELF_INVALID ? ledger_stop(ledger, "its book does not parse, or is not that of its hash")
                                         : outcome;
}

static int apply_fact(struct ledger *ledger, const struct input *input) {
    const Elp__V1__RegistryFact *fact = input->intake->fact;
    if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_BUDGET) {
        return budgets_apply(ledger, fact->budget);
    }
    if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_PAYEE) {
        return payees_apply(ledger, fact->payee);
    }
    if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_NETWORK) {
        return hospitals_apply(ledger, fact->network);
    }
    return 0;
}

/*
 * The day after the due date settles the advances of the year before; the first day of a month settles what the year
 * neutralises and makes the payment orders of the month before.
 */
static int apply_day(struct ledger *ledger, const struct input *input) {
    struct date day = {input->intake->day->date};
    int settled = costs_settle(ledger, day);
    if (settled < 0) {
        return settled;
    }
    if (date_compare(day, date_first_of_month(day)) != 0) {
        return 0;
    }
    struct date last = date_add_days(day, -1);
    int failure = settlement_run_year(ledger, date_year(last));
    if (failure == 0) {
        failure = lumps_run(ledger, last);
    }
    return failure < 0 ? failure : payments_run(ledger, last);
}

static int apply_decision(struct ledger *ledger, const struct input *input) {
    return decisions_apply(ledger, input->intake->decision);
}

static int apply_close_year(struct ledger *ledger, const struct input *input) {
    return closings_apply(ledger, input->intake->close_year);
}

static int apply_claim_cost(struct ledger *ledger, const struct input *input) {
    return costs_claim(ledger, input->intake->claim_cost);
}

static int apply_withdraw_cost(struct ledger *ledger, const struct input *input) {
    return costs_withdraw(ledger, input->intake->withdraw_cost);
}

static int apply_advance_costs(struct ledger *ledger, const struct input *input) {
    return costs_advance(ledger, input->intake->advance_costs);
}

static int apply_confirm_payment(struct ledger *ledger, const struct input *input) {
    return payments_confirm(ledger, input->intake->confirm_payment);
}

static int apply_insurers_paid(struct ledger *ledger, const struct input *input) {
    return instalments_insurers_paid(ledger, input->intake->insurers_paid);
}

static int apply_transfer(struct ledger *ledger, const struct input *input) {
    return transfers_apply(ledger, input->intake->transfer);
}

static int apply_record_plan(struct ledger *ledger, const struct input *input) {
    return plans_apply(ledger, input->intake->record_plan);
}

/* Kinds of records without a row move no money. */
static int (*const appliers[])(struct ledger *ledger, const struct input *input) = {
    [ELP__V1__INTAKE_RECORD__BODY_DAY] = apply_day,
    [ELP__V1__INTAKE_RECORD__BODY_ACCEPTED] = apply_accepted,
    [ELP__V1__INTAKE_RECORD__BODY_CANCELLED] = apply_cancelled,
    [ELP__V1__INTAKE_RECORD__BODY_FACT] = apply_fact,
    [ELP__V1__INTAKE_RECORD__BODY_BOOK] = apply_book,
    [ELP__V1__INTAKE_RECORD__BODY_DECISION] = apply_decision,
    [ELP__V1__INTAKE_RECORD__BODY_CLOSE_YEAR] = apply_close_year,
    [ELP__V1__INTAKE_RECORD__BODY_CLAIM_COST] = apply_claim_cost,
    [ELP__V1__INTAKE_RECORD__BODY_WITHDRAW_COST] = apply_withdraw_cost,
    [ELP__V1__INTAKE_RECORD__BODY_ADVANCE_COSTS] = apply_advance_costs,
    [ELP__V1__INTAKE_RECORD__BODY_CONFIRM_PAYMENT] = apply_confirm_payment,
    [ELP__V1__INTAKE_RECORD__BODY_INSURERS_PAID] = apply_insurers_paid,
    [ELP__V1__INTAKE_RECORD__BODY_TRANSFER] = apply_transfer,
    [ELP__V1__INTAKE_RECORD__BODY_RECORD_PLAN] = apply_record_plan,
};

/* The network of a command about one; NULL: the record is no such command, or its rule says whom it is about. */
static const char *network_of(const Elp__V1__IntakeRecord *intake) {
    switch ((int)intake->body_case) {
    case ELP__V1__INTAKE_RECORD__BODY_FACT:
        return intake->fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_BUDGET ? intake->fact->budget->network : NULL;
    case ELP__V1__INTAKE_RECORD__BODY_DECISION:
        return intake->decision->network;
    case ELP__V1__INTAKE_RECORD__BODY_CLAIM_COST:
        return intake->claim_cost->network;
    case ELP__V1__INTAKE_RECORD__BODY_ADVANCE_COSTS:
        return intake->advance_costs->network;
    case ELP__V1__INTAKE_RECORD__BODY_CONFIRM_PAYMENT:
        return intake->confirm_payment->network;
    case ELP__V1__INTAKE_RECORD__BODY_INSURERS_PAID:
        return intake->insurers_paid->network;
    case ELP__V1__INTAKE_RECORD__BODY_TRANSFER:
        return intake->transfer->network;
    case ELP__V1__INTAKE_RECORD__BODY_RECORD_PLAN:
        return intake->record_plan->network;
    default:
        return NULL;
    }
}

static int apply_body(struct ledger *ledger, const struct input *input) {
    size_t body = (size_t)input->intake->body_case;
    if (body >= sizeof appliers / sizeof appliers[0] || appliers[body] == NULL) {
        return 0;
    }
    int failure = appliers[body](ledger, input);
    const char *network = network_of(input->intake);
    if (network != NULL) {
        outcome_about(ledger, network);
    }
    return failure;
}

/* --- one record --------------------------------------------------------------------------------------------------- */

static const uint8_t clock_key = 0;

/* All records of one turn of intake have one time, so this writes once for each of its batches. */
static int keep_time(struct ledger *ledger, instant_us at) {
    if (ledger->at == at) {
        return 0;
    }
    uint8_t value[sizeof(uint64_t)];
    store_write_u64(value, (uint64_t)at);
    ledger->at = at;
    ledger->today = brussels_date(at);
    return store_put(ledger->txn, LEDGER_TABLE_CLOCK, span_of(&clock_key, 1), span_of(value, sizeof value));
}

static int load_time(struct ledger *ledger, struct store_txn *txn) {
    struct span value;
    bool found = false;
    int failure = store_get(txn, LEDGER_TABLE_CLOCK, span_of(&clock_key, 1), &value, &found);
    if (failure == 0 && found) {
        ledger->at = (instant_us)store_read_u64(value.data);
        ledger->today = brussels_date(ledger->at);
    }
    return failure;
}

static int decode(struct ledger *ledger, const struct span *records, struct input *ret) {
    ret->intake = wire_unpack(&ledger->arena, &elp__v1__intake_record__descriptor, records[0]);
    ret->rating = wire_unpack(&ledger->arena, &elp__v1__rating_record__descriptor, records[1]);
    if (ret->intake == NULL || ret->intake->number != ledger->number) {
        return ledger_stop(ledger, "it is not a record of intake with that number");
    }
    if (ret->rating == NULL || ret->rating->number != ledger->number) {
        return ledger_stop(ledger, "it is not a record of rating with that number");
    }
    return 0;
}

static int apply(void *core, struct store_txn *txn, uint64_t number, const struct span *records,
                 struct buffer *record) {
    struct ledger *ledger = core;
    struct input input;
    arena_reset(&ledger->arena);
    ledger->txn = txn;
    ledger->number = number;
    results_begin(&ledger->results, &ledger->arena, number);
    int failure = decode(ledger, records, &input);
    if (failure == 0) {
        failure = keep_time(ledger, input.intake->at_us);
    }
    if (failure == 0) {
        failure = chronicle_note(&ledger->chronicle, txn, input.intake, ledger->today);
    }
    if (failure == 0) {
        failure = apply_body(ledger, &input);
    }
    if (failure == 0) {
        failure = balances_write(&ledger->balances, txn, ledger->today);
    }
    ledger->txn = NULL;
    if (failure < 0) {
        return failure;
    }
    require(money_compare(ledger->accounts.sum, MONEY_ZERO) == 0);
    return buffer_pack(record, &ledger->results.record.base);
}

/* --- the service -------------------------------------------------------------------------------------------------- */

static void close_core(void *core) {
    struct ledger *ledger = core;
    if (ledger == NULL) {
        return;
    }
    chronicle_close(&ledger->chronicle);
    balances_close(&ledger->balances);
    book_shelf_close(ledger->shelf);
    arena_close(&ledger->arena);
    free(ledger);
}

static int open_tables(struct ledger *ledger, struct store_txn *txn) {
    int failure = book_shelf_open(txn, LEDGER_TABLE_BOOKS, &ledger->shelf);
    if (failure == 0) {
        failure = accounts_open(txn, LEDGER_TABLE_ACCOUNTS, &ledger->accounts);
    }
    if (failure == 0) {
        failure = balances_open(txn, LEDGER_TABLE_BALANCES, &ledger->balances);
    }
    if (failure == 0) {
        failure = chronicle_open(txn, &ledger->chronicle);
    }
    return failure < 0 ? failure : load_time(ledger, txn);
}

static int open_core(const struct service_context *context, struct store_txn *txn, void **ret_core) {
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL) {
        return FAILURE_MEMORY;
    }
    ledger->journal = context->journal;
    ledger->simulated = context->cell->manual_clock;
    int failure = arena_open(&ledger->arena, WIRE_ARENA_BYTES);
    if (failure == 0) {
        failure = open_tables(ledger, txn);
    }
    if (failure < 0) {
        close_core(ledger);
        return failure;
    }
    *ret_core = ledger;
    return 0;
}

static instant_us last_at(const void *core) {
    return ((const struct ledger *)core)->at;
}

static const char *const tables[LEDGER_TABLES] = {
    [TABLE_JOURNAL] = "journal",
    [TABLE_POSITIONS] = "positions",
    [LEDGER_TABLE_BOOKS] = "books",
    [LEDGER_TABLE_CLOCK] = "clock",
    [LEDGER_TABLE_ACCOUNTS] = "accounts",
    [LEDGER_TABLE_BALANCES] = "balances",
    [LEDGER_TABLE_SUSPENDED] = "suspended",
    [LEDGER_TABLE_STANDINGS] = "standings",
    [LEDGER_TABLE_PAYEES] = "payees",
    [LEDGER_TABLE_PAYMENTS] = "payments",
    [LEDGER_TABLE_HELD] = "held",
    [LEDGER_TABLE_CLOSINGS] = "closings",
    [LEDGER_TABLE_SETTLEMENTS] = "settlements",
    [LEDGER_TABLE_SEEN] = "seen",
    [LEDGER_TABLE_HOSPITALS] = "hospitals",
    [LEDGER_TABLE_COSTS] = "costs",
    [LEDGER_TABLE_COST_SUMS] = "cost-sums",
    [LEDGER_TABLE_COST_REFERENCES] = "cost-references",
    [LEDGER_TABLE_INSURERS] = "insurers",
    [LEDGER_TABLE_CHRONICLE] = "chronicle",
    [LEDGER_TABLE_PLANS] = "plans",
};

const struct service ledger_service = {
    .id = CELL_LEDGER,
    .tables = tables,
    .table_count = LEDGER_TABLES,
    .handlers = ledger_handlers,
    .handler_count = LEDGER_HANDLERS,
    .upstreams = {CELL_INTAKE, CELL_RATING},
    .upstream_count = 2,
    .open = open_core,
    .close = close_core,
    .apply = apply,
    .at = last_at,
};
