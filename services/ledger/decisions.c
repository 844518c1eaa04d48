#include "services/ledger/decisions.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "services/ledger/budgets.h"
#include "services/ledger/ceiling.h"
#include "services/ledger/envelope.h"
#include "services/ledger/outcome.h"
#include "services/ledger/reduction.h"
#include "services/ledger/release.h"
#include "services/ledger/suspended.h"

#define REASON_BYTES 256

/* A decision being judged. */
struct decision {
    struct ledger *ledger;
    const Elp__V1__Decide *command;
    int year;
    struct suspended *items; /* the suspended amounts that it is about, oldest first */
    size_t count;
    bool named;
};

static int refuse(const struct decision *decision, const char *code, const char *reason) {
    return outcome_refuse(decision->ledger, code, ceiling_article(decision->ledger, decision->year), reason, NULL);
}

static int refuse_for_room(const struct decision *decision, const struct balance *balance) {
    char text[REASON_BYTES];
    char amount[MONEY_TEXT_BYTES];
    struct money room = ceiling_room(decision->ledger, balance);
    (void)snprintf(text, sizeof text, "Budget year %d of this network has room for %s at most.", balance->year,
                   money_format_grouped(room, amount, sizeof amount));
    return outcome_refuse(decision->ledger, "ceiling", ceiling_article(decision->ledger, decision->year), text, &room);
}

static int done(const struct decision *decision, const char *what, size_t count, struct money amount) {
    char text[REASON_BYTES];
    char sum[MONEY_TEXT_BYTES];
    (void)snprintf(text, sizeof text, "%zu of %zu suspended attestations %s: %s.", count, decision->count, what,
                   money_format_grouped(amount, sum, sizeof sum));
    return outcome_done(decision->ledger, ceiling_article(decision->ledger, decision->year), text);
}

/* --- what the decision is about ----------------------------------------------------------------------------------- */

/* Ascending without doubles, so that a name given twice moves once. */
static size_t sort_names(uint64_t *numbers, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t place = kept;
        while (place > 0 && numbers[place - 1] > numbers[i]) {
            place--;
        }
        if (place > 0 && numbers[place - 1] == numbers[i]) {
            continue;
        }
        uint64_t number = numbers[i];
        memmove(numbers + place + 1, numbers + place, (kept - place) * sizeof *numbers);
        numbers[place] = number;
        kept++;
    }
    return kept;
}

/* 0, a failure, or 1 when a named attestation is not suspended there. */
static int find_named(struct decision *decision) {
    const Elp__V1__Decide *command = decision->command;
    uint64_t *numbers = arena_take(&decision->ledger->arena, command->n_attestations * sizeof *numbers);
    if (numbers == NULL) {
        return FAILURE_MEMORY;
    }
    memcpy(numbers, command->attestations, command->n_attestations * sizeof *numbers);
    size_t count = sort_names(numbers, command->n_attestations);
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        int failure =
            suspended_find(decision->ledger, command->network, decision->year, numbers[i], &decision->items[i], &found);
        if (failure < 0) {
            return failure;
        }
        if (!found) {
            return 1;
        }
        decision->count++;
    }
    return 0;
}

/* Loads the amounts; *ret_refused tells that an outcome was recorded instead. */
static int load_items(struct decision *decision, bool *ret_refused) {
    const Elp__V1__Decide *command = decision->command;
    decision->named = command->n_attestations > 0;
    *ret_refused = false;
    if (command->n_attestations > DECISION_ATTESTATIONS_MAX) {
        *ret_refused = true;
        return refuse(decision, "too-many", "A decision names 5,000 attestations at most; make several.");
    }
    decision->items = arena_take(&decision->ledger->arena, DECISION_ATTESTATIONS_MAX * sizeof *decision->items);
    if (decision->items == NULL) {
        return FAILURE_MEMORY;
    }
    if (!decision->named) {
        return suspended_oldest(decision->ledger, command->network, decision->year, decision->items,
                                DECISION_ATTESTATIONS_MAX, &decision->count);
    }
    int outcome = find_named(decision);
    if (outcome == 1) {
        *ret_refused = true;
        return refuse(decision, "not-suspended",
                      "An attestation of the list is not suspended in that network and year.");
    }
    return outcome;
}

/* --- the kinds ---------------------------------------------------------------------------------------------------- */

/* Would every item fit? Sums what each adds, to the year and to the envelope that it asks. */
static bool all_fit(const struct decision *decision, const struct balance *balance) {
    struct money asked[ENVELOPE_COUNT] = {{0}};
    struct money sum = MONEY_ZERO;
    for (size_t i = 0; i < decision->count; i++) {
        const struct suspended *item = &decision->items[i];
        asked[item->wanted] = money_require_add(asked[item->wanted], item->amount);
        sum = money_require_add(sum, item->amount);
    }
    for (enum book_envelope_id e = ENVELOPE_CARE_BASE; e < ENVELOPE_COUNT; e++) {
        if (!ceiling_takes(decision->ledger, balance, e, asked[e])) {
            return false;
        }
    }
    return ceiling_holds(decision->ledger, balance, sum);
}

static bool fits(const struct decision *decision, const struct balance *balance, const struct suspended *item) {
    return ceiling_takes(decision->ledger, balance, item->wanted, item->amount);
}

static bool any_fits(const struct decision *decision, const struct balance *balance) {
    for (size_t i = 0; i < decision->count; i++) {
        if (fits(decision, balance, &decision->items[i])) {
            return true;
        }
    }
    return false;
}

/* Pays what fits whole, oldest first, in the year of `balance`. */
static int pay(struct decision *decision, struct balance *balance, const char *what) {
    size_t paid = 0;
    struct money sum = MONEY_ZERO;
    for (size_t i = 0; i < decision->count; i++) {
        const struct suspended *item = &decision->items[i];
        if (!fits(decision, balance, item)) {
            continue;
        }
        int failure = release_pay(decision->ledger, decision->command->network, decision->year, item, balance);
        if (failure < 0) {
            return failure;
        }
        paid++;
        sum = money_require_add(sum, item->amount);
    }
    return done(decision, what, paid, sum);
}

static int pay_in(struct decision *decision, int year, const char *what) {
    struct balance *balance = balances_find(&decision->ledger->balances, decision->command->network, year);
    if (decision->count == 0) {
        return refuse(decision, "nothing-suspended", "Nothing is suspended in that network and year.");
    }
    if (balance == NULL || !balance->has_budget) {
        return refuse(
            decision, "no-budget",
            "That network has no budget for the year that would pay: elpctl registry load a file with it first.");
    }
    if (balance->closed) {
        return refuse(decision, "year-closed", "The year that would pay is closed; closed years never move.");
    }
    bool room = decision->named ? all_fit(decision, balance) : any_fits(decision, balance);
    return room ? pay(decision, balance, what) : refuse_for_room(decision, balance);
}

static int decide_release(struct decision *decision) {
    return pay_in(decision, decision->year, "paid");
}

static int decide_carry(struct decision *decision) {
    if (decision->command->to_year <= decision->command->year) {
        return refuse(decision, "wrong-year", "An amount is carried into a later year.");
    }
    return pay_in(decision, (int)decision->command->to_year, "carried and paid");
}

static int decide_raise(struct decision *decision) {
    const Elp__V1__Decide *command = decision->command;
    bool unspecified = command->envelope == ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_UNSPECIFIED;
    enum book_envelope_id envelope = unspecified ? ENVELOPE_CARE_BASE : envelope_of_wire((int)command->envelope);
    struct balance *balance = balances_find(&decision->ledger->balances, command->network, decision->year);
    if (envelope == ENVELOPE_NONE || command->cents <= 0 || command->cents > MONEY_INPUT_CENTS_MAX) {
        return refuse(decision, "malformed", "A raise names an amount above zero and a known envelope.");
    }
    if (balance == NULL || !balance->has_budget) {
        return refuse(
            decision, "no-budget",
            "That network has no budget in that year that could be raised: elpctl registry load a file with it first.");
    }
    if (balance->closed) {
        return refuse(decision, "year-closed", "That year is closed; closed years never move.");
    }
    int failure = budgets_decide(decision->ledger, balance, envelope, money_of_cents(command->cents));
    return failure < 0 ? failure : pay(decision, balance, "paid after the raise");
}

static int decide_write_off(struct decision *decision) {
    struct money sum = MONEY_ZERO;
    if (decision->count == 0) {
        return refuse(decision, "nothing-suspended", "Nothing is suspended in that network and year.");
    }
    for (size_t i = 0; i < decision->count; i++) {
        int failure =
            release_write_off(decision->ledger, decision->command->network, decision->year, &decision->items[i]);
        if (failure < 0) {
            return failure;
        }
        sum = money_require_add(sum, decision->items[i].amount);
    }
    return done(decision, "written off", decision->count, sum);
}

static int (*const kinds[])(struct decision *decision) = {
    [ELP__V1__DECISION_KIND__DECISION_KIND_RAISE] = decide_raise,
    [ELP__V1__DECISION_KIND__DECISION_KIND_CARRY] = decide_carry,
    [ELP__V1__DECISION_KIND__DECISION_KIND_WRITE_OFF] = decide_write_off,
    [ELP__V1__DECISION_KIND__DECISION_KIND_RELEASE] = decide_release,
};

int decisions_apply(struct ledger *ledger, const Elp__V1__Decide *command) {
    struct decision decision = {.ledger = ledger, .command = command, .year = (int)command->year};
    size_t kind = (size_t)command->kind;
    bool refused = false;
    bool known = kind < sizeof kinds / sizeof kinds[0] && kinds[kind] != NULL;
    if ((!known && kind != ELP__V1__DECISION_KIND__DECISION_KIND_REDUCTION) ||
        !ledger_year_valid((int64_t)command->year) ||
        (command->to_year != 0 && !ledger_year_valid((int64_t)command->to_year)) ||
        strlen(command->network) > CODE_BYTES_MAX) {
        decision.year = date_year(ledger->today);
        return refuse(&decision, "malformed", "A decision names its kind, a network and years from 2000 to 2199.");
    }
    if (kind == ELP__V1__DECISION_KIND__DECISION_KIND_REDUCTION) {
        return reduction_apply(ledger, command);
    }
    int failure = load_items(&decision, &refused);
    return failure < 0 || refused ? failure : kinds[kind](&decision);
}
