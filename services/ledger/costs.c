#include "services/ledger/costs.h"

#include <stdio.h>
#include <string.h>

#include "services/ledger/closings.h"
#include "services/ledger/cost_advances.h"
#include "services/ledger/cost_limits.h"
#include "services/ledger/cost_sums.h"
#include "services/ledger/hospitals.h"
#include "services/ledger/outcome.h"
#include "services/ledger/posting.h"
#include "services/ledger/transactions.h"
#include "services/ledger/year_figures.h"

#define REASON_BYTES 256
#define REFERENCE_BYTES_MAX 64

/* A claim being judged. */
struct claim {
    struct ledger *ledger;
    const Elp__V1__ClaimCost *command;
    struct year_figures figures; /* of the year whose cost it is */
    const struct book_code *code;
    struct balance *of_year; /* of that year; its counts and budgets limit the claim */
    struct balance *booked;  /* of the year that bears it */
    struct hospital hospital;
    struct money amount;
};

/* --- stored claims ------------------------------------------------------------------------------------------------ */

static void make_key(struct store_key *key, const char *network, int year, uint64_t number) {
    store_key_reset(key);
    store_key_text(key, network);
    store_key_u32(key, (uint32_t)year);
    store_key_u64(key, number);
}

static void make_reference_key(struct store_key *key, const char *network, int year, const char *reference) {
    store_key_reset(key);
    store_key_text(key, network);
    store_key_u32(key, (uint32_t)year);
    store_key_text(key, reference);
}

static int scan_from(struct store_cursor *cursor, struct arena *arena, const char *network, int year, cost_visit *visit,
                     void *state) {
    struct store_key first;
    bool found = false;
    make_key(&first, network, year, 0);
    size_t prefix = strlen(network) + 1 + sizeof(uint32_t);
    int result = store_cursor_seek(cursor, store_key_span(&first), &found);
    while (result == 0 && found) {
        struct span key = store_cursor_key(cursor);
        if (key.bytes < prefix || memcmp(key.data, first.bytes, prefix) != 0) {
            break;
        }
        Elp__V1__CostClaim *claim = wire_unpack(arena, &elp__v1__cost_claim__descriptor, store_cursor_value(cursor));
        if (claim == NULL) {
            return FAILURE_CORRUPT;
        }
        result = visit(state, claim);
        if (result == 0) {
            result = store_cursor_next(cursor, &found);
        }
    }
    return result;
}

int costs_scan(struct store_txn *txn, struct arena *arena, const char *network, int year, cost_visit *visit,
               void *state) {
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, LEDGER_TABLE_COSTS, &cursor);
    if (failure < 0) {
        return failure;
    }
    int result = scan_from(cursor, arena, network, year, visit, state);
    store_cursor_close(cursor);
    return result;
}

static int keep(struct ledger *ledger, const Elp__V1__CostClaim *message) {
    struct store_key key;
    uint8_t number[sizeof(uint64_t)];
    size_t bytes = elp__v1__cost_claim__get_packed_size(message);
    uint8_t *value = arena_take(&ledger->arena, bytes);
    if (value == NULL) {
        return FAILURE_MEMORY;
    }
    (void)elp__v1__cost_claim__pack(message, value);
    make_key(&key, message->network, (int)message->year, message->number);
    int failure = store_put(ledger->txn, LEDGER_TABLE_COSTS, store_key_span(&key), span_of(value, bytes));
    if (failure < 0) {
        return failure;
    }
    make_reference_key(&key, message->network, (int)message->year, message->reference);
    store_write_u64(number, message->number);
    return store_put(ledger->txn, LEDGER_TABLE_COST_REFERENCES, store_key_span(&key), span_of(number, sizeof number));
}

/* Moves the sums that the limits look at by a claim, or back. */
static int sum_up(struct ledger *ledger, const Elp__V1__CostClaim *message, bool withdrawn) {
    struct money amount = money_of_cents(withdrawn ? -message->cents : message->cents);
    struct money real = money_of_cents(withdrawn ? -message->real_cents : message->real_cents);
    int step = withdrawn ? -1 : 1;
    int year = (int)message->year;
    int failure = cost_sums_add(ledger, message->network, year, message->code, amount, step);
    if (failure == 0 && message->partnership) {
        failure = cost_sums_add(ledger, message->network, year, COST_SUM_PARTNERSHIP, amount, step);
    }
    if (failure == 0 && message->real_cents != 0) {
        failure = cost_sums_add(ledger, message->network, year, COST_SUM_REAL, real, step);
    }
    return failure;
}

/* --- claiming ----------------------------------------------------------------------------------------------------- */

static const char *article_of(const struct claim *claim) {
    return claim->code != NULL ? claim->code->article
                               : BOOK_ARTICLE(claim->figures.book, claim->figures.day, hospital_lump);
}

static int refuse(const struct claim *claim, const char *code, const char *reason) {
    return outcome_refuse(claim->ledger, code, article_of(claim), reason, NULL);
}

static int refuse_above(const struct claim *claim, struct money room, const char *what) {
    char text[REASON_BYTES];
    char amount[MONEY_TEXT_BYTES];
    room = money_max(room, MONEY_ZERO);
    (void)snprintf(text, sizeof text, "%s holds %s more at most.", what,
                   money_format_grouped(room, amount, sizeof amount));
    return outcome_refuse(claim->ledger, "above-maximum", article_of(claim), text, &room);
}

/* The tightest limit on the claim, and its name. */
static int limit_of(const struct claim *claim, struct money *ret_room, const char **ret_what) {
    struct ledger *ledger = claim->ledger;
    const char *network = claim->command->network;
    int year = (int)claim->command->year;
    struct money room = cost_room(ledger, claim->booked);
    const char *what = "the operating budget";
    struct cost_sum sum;
    if (strcmp(claim->code->service, COST_SERVICE_HOSPITAL) == 0) {
        int failure = cost_sums_get(ledger->txn, network, year, claim->code->code, &sum);
        if (failure < 0) {
            return failure;
        }
        struct money left = money_require_subtract(cost_limit_hospital(&claim->figures, claim->of_year), sum.amount);
        if (money_compare(left, room) < 0) {
            room = left;
            what = "the lump sum with the amount for each billed session";
        }
    }
    if (claim->command->partnership) {
        int failure = cost_sums_get(ledger->txn, network, year, COST_SUM_PARTNERSHIP, &sum);
        if (failure < 0) {
            return failure;
        }
        struct money left = money_require_subtract(cost_limit_partnership(&claim->figures, claim->of_year), sum.amount);
        if (money_compare(left, room) < 0) {
            room = left;
            what = "the part of the operating budget for time and expertise in partnerships";
        }
    }
    *ret_room = room;
    *ret_what = what;
    return 0;
}

/* Pays out of the advance as far as it goes, the rest to the collecting institution. */
static int post(const struct claim *claim) {
    struct ledger *ledger = claim->ledger;
    const char *network = claim->command->network;
    struct account advance = account_advance(network, (int)claim->command->year);
    struct account_row row;
    struct transaction cost;
    int failure = accounts_get(&ledger->accounts, ledger->txn, &advance, &row);
    if (failure < 0) {
        return failure;
    }
    struct money taken = money_min(money_max(row.balance, MONEY_ZERO), claim->amount);
    struct money rest = money_require_subtract(claim->amount, taken);
    transaction_begin(&cost, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_COST, network, claim->booked->year);
    cost.envelope = ENVELOPE_OPERATING;
    cost.amount = claim->amount;
    transaction_add(&cost, account_expenses(network, claim->booked->year, ENVELOPE_OPERATING), claim->amount);
    transaction_add(&cost, advance, money_negate(taken));
    transaction_add(&cost, account_payable(network, claim->hospital.payee.text), money_negate(rest));
    failure = transaction_post(ledger, &cost, 1);
    return failure < 0 ? failure : posting_move(ledger, claim->booked, ENVELOPE_OPERATING, claim->amount);
}

static int take(const struct claim *claim) {
    const Elp__V1__ClaimCost *command = claim->command;
    struct ledger *ledger = claim->ledger;
    Elp__V1__CostClaim *message = arena_take(&ledger->arena, sizeof *message);
    char text[REASON_BYTES];
    char amount[MONEY_TEXT_BYTES];
    if (message == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__cost_claim__init(message);
    message->number = ledger->number;
    message->network = command->network;
    message->year = command->year;
    message->booked_year = (uint32_t)claim->booked->year;
    message->code = command->code;
    message->cents = command->cents;
    message->partnership = command->partnership;
    message->person = command->person;
    message->real_cents = command->real_cents;
    message->reference = command->reference;
    message->reason = command->reason;
    ledger->results.record.cost = message;
    int failure = post(claim);
    if (failure == 0) {
        failure = keep(ledger, message);
    }
    if (failure == 0) {
        failure = sum_up(ledger, message, false);
    }
    if (failure < 0) {
        return failure;
    }
    (void)snprintf(text, sizeof text, "%s of %s booked in %d.",
                   money_format_grouped(claim->amount, amount, sizeof amount), claim->code->service,
                   claim->booked->year);
    return outcome_done(ledger, article_of(claim), text);
}

static int judge_amount(const struct claim *claim) {
    struct money room = MONEY_ZERO;
    const char *what = "";
    if (claim->command->partnership && !claim->code->partnership) {
        return refuse(claim, "partnership-code", "That code pays no time and expertise in local partnerships.");
    }
    if (claim->command->partnership && claim->command->interest_organisation) {
        return outcome_refuse(claim->ledger, "interest-organisation", article_of(claim),
                              "Who represents an interest organisation gets no pay for partnership time.", &room);
    }
    int failure = limit_of(claim, &room, &what);
    if (failure < 0) {
        return failure;
    }
    return money_compare(claim->amount, room) > 0 ? refuse_above(claim, room, what) : take(claim);
}

/* The year's own balance and that of the year which bears the claim; *ret_known false when one has no budget. */
static int find_balances(struct claim *claim, bool *ret_known) {
    struct ledger *ledger = claim->ledger;
    int booked = (int)claim->command->year;
    int failure = closings_open_year(ledger, booked, &booked);
    claim->of_year = balances_find(&ledger->balances, claim->command->network, (int)claim->command->year);
    claim->booked = balances_find(&ledger->balances, claim->command->network, booked);
    *ret_known = claim->of_year != NULL && claim->booked != NULL && claim->booked->has_budget;
    return failure;
}

static bool well_formed(const Elp__V1__ClaimCost *command) {
    return command->cents > 0 && command->cents <= MONEY_INPUT_CENTS_MAX && command->real_cents >= 0 &&
           command->real_cents <= MONEY_INPUT_CENTS_MAX && strlen(command->network) <= CODE_BYTES_MAX &&
           command->reference[0] != '\0' && strlen(command->reference) <= REFERENCE_BYTES_MAX &&
           strlen(command->person) <= CODE_BYTES_MAX && (!command->partnership || command->person[0] != '\0') &&
           ledger_year_valid((int64_t)command->year);
}

static bool reference_used(struct claim *claim, int *ret_failure) {
    struct store_key key;
    struct span value;
    bool found = false;
    make_reference_key(&key, claim->command->network, (int)claim->command->year, claim->command->reference);
    *ret_failure = store_get(claim->ledger->txn, LEDGER_TABLE_COST_REFERENCES, store_key_span(&key), &value, &found);
    return found;
}

int costs_claim(struct ledger *ledger, const Elp__V1__ClaimCost *command) {
    struct claim claim = {.ledger = ledger, .command = command, .amount = money_of_cents(command->cents)};
    bool known = false;
    if (!well_formed(command) || !year_figures_of(ledger, (int)command->year, &claim.figures)) {
        return outcome_refuse(ledger, "malformed", "",
                              "A cost names network, year, amount, reference and, for partnership time, a person.",
                              NULL);
    }
    claim.code = book_code_find(claim.figures.book, command->code);
    if (claim.code != NULL && (strncmp(claim.code->service, "operating-", strlen("operating-")) != 0 ||
                               !date_within(claim.figures.day, claim.code->valid.from, claim.code->valid.until))) {
        claim.code = NULL;
    }
    if ((int)command->year > date_year(ledger->today)) {
        return refuse(&claim, "wrong-year", "That year is still to come.");
    }
    if (claim.code == NULL) {
        return refuse(&claim, "unknown-code", "The book of that year has no such code for operating costs.");
    }
    int failure = find_balances(&claim, &known);
    if (failure == 0) {
        failure = hospitals_find(ledger->txn, command->network, &claim.hospital);
    }
    bool used = failure == 0 && reference_used(&claim, &failure);
    if (failure < 0) {
        return failure;
    }
    if (!known) {
        return refuse(&claim, "no-budget", "That network has no budget in the year that would bear the cost.");
    }
    if (used) {
        return refuse(&claim, "already-claimed", "That reference stands already in that network and year.");
    }
    return judge_amount(&claim);
}

/* --- taking a claim back ------------------------------------------------------------------------------------------ */

/* The transaction of a claim again with the opposite sign, in the year of `balance`. */
static int post_withdrawal(struct ledger *ledger, const Elp__V1__CostClaim *message, const struct transaction *original,
                           struct balance *balance) {
    struct transaction back;
    struct hospital hospital;
    bool settled = date_compare(ledger->today, costs_settlement_due(ledger, (int)message->year)) > 0;
    int failure = hospitals_find(ledger->txn, message->network, &hospital);
    if (failure < 0) {
        return failure;
    }
    transaction_begin(&back, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_COST, message->network, balance->year);
    back.envelope = ENVELOPE_OPERATING;
    back.amount = money_of_cents(-message->cents);
    for (size_t i = 0; i < original->entry_count; i++) {
        struct account account = original->entries[i].account;
        struct account_fields fields;
        if (!account_split(account.text, &fields)) {
            return FAILURE_CORRUPT;
        }
        if (fields.kind == ACCOUNT_EXPENSES) {
            account = account_expenses(message->network, balance->year, ENVELOPE_OPERATING);
        } else if (fields.kind == ACCOUNT_ADVANCE && settled) {
            account = account_receivable(message->network, hospital.payee.text);
        }
        transaction_add(&back, account, money_negate(original->entries[i].amount));
    }
    failure = transaction_post(ledger, &back, 1);
    return failure < 0 ? failure : posting_move(ledger, balance, ENVELOPE_OPERATING, back.amount);
}

static int forget(struct ledger *ledger, const Elp__V1__CostClaim *message) {
    struct store_key key;
    make_key(&key, message->network, (int)message->year, message->number);
    int failure = store_delete(ledger->txn, LEDGER_TABLE_COSTS, store_key_span(&key));
    if (failure == 0) {
        make_reference_key(&key, message->network, (int)message->year, message->reference);
        failure = store_delete(ledger->txn, LEDGER_TABLE_COST_REFERENCES, store_key_span(&key));
    }
    return failure < 0 ? failure : sum_up(ledger, message, true);
}

static int withdraw(struct ledger *ledger, const Elp__V1__LedgerRecord *record) {
    struct transaction original;
    struct balance *balance = NULL;
    int year = (int)record->cost->booked_year;
    if (record->n_transactions == 0 || !transaction_of_message(record->transactions[0], &original)) {
        return FAILURE_CORRUPT;
    }
    int failure = closings_open_year(ledger, year, &year);
    if (failure == 0) {
        failure = balances_take(&ledger->balances, record->cost->network, year, &balance);
    }
    if (failure == 0) {
        failure = post_withdrawal(ledger, record->cost, &original, balance);
    }
    if (failure == 0) {
        failure = forget(ledger, record->cost);
    }
    return failure < 0 ? failure : outcome_done(ledger, "", "The claim is withdrawn.");
}

int costs_withdraw(struct ledger *ledger, const Elp__V1__WithdrawCost *command) {
    Elp__V1__LedgerRecord *record = NULL;
    struct store_key key;
    struct span value;
    bool found = false;
    if (command->number == 0 || command->number > ledger->journal->head) {
        return outcome_refuse(ledger, "not-found", "", "No record has that number.", NULL);
    }
    int failure = ledger_own_record(ledger->journal, ledger->txn, command->number, &ledger->arena, &record);
    if (failure < 0) {
        return failure;
    }
    if (record->cost == NULL) {
        return outcome_refuse(ledger, "not-found", "", "That record is no accepted claim of an operating cost.", NULL);
    }
    make_key(&key, record->cost->network, (int)record->cost->year, command->number);
    failure = store_get(ledger->txn, LEDGER_TABLE_COSTS, store_key_span(&key), &value, &found);
    if (failure < 0) {
        return failure;
    }
    failure = found ? withdraw(ledger, record)
                    : outcome_refuse(ledger, "already-withdrawn", "", "That claim was withdrawn before.", NULL);
    outcome_about(ledger, record->cost->network);
    return failure;
}
