#include "services/ledger/query_budget.h"

#include <string.h>

#include "common/require.h"
#include "elp/v1/ledger.pb-c.h"
#include "services/ledger/ledger_core.h"
#include "services/ledger/plans.h"
#include "services/ledger/year_figures.h"
#include "services/ledger/zones.h"

/* A query after its texts were read. */
struct wanted {
    const char *network; /* "": all that the principal may see */
    int year;
    struct date as_of; /* DATE_NONE: now */
};

static bool worth_listing(const struct balance *balance, enum book_envelope_id envelope) {
    bool always = envelope == ENVELOPE_CARE_BASE || envelope == ENVELOPE_OPERATING;
    return always || money_cents(balance_budget(balance, envelope)) != 0 ||
           money_cents(balance->envelopes[envelope].spent) != 0;
}

static int fill_envelopes(struct arena *arena, const struct balance *balance, Elp__V1__NetworkBudget *budget) {
    Elp__V1__EnvelopeBalance *envelopes = arena_take(arena, ENVELOPE_COUNT * sizeof *envelopes);
    budget->envelopes = arena_take(arena, ENVELOPE_COUNT * sizeof *budget->envelopes);
    if (envelopes == NULL || budget->envelopes == NULL) {
        return FAILURE_MEMORY;
    }
    for (enum book_envelope_id e = ENVELOPE_CARE_BASE; e < ENVELOPE_COUNT; e++) {
        if (!worth_listing(balance, e)) {
            continue;
        }
        Elp__V1__EnvelopeBalance *envelope = &envelopes[budget->n_envelopes];
        elp__v1__envelope_balance__init(envelope);
        envelope->envelope = envelope_to_wire(e);
        envelope->budget_cents = money_cents(balance_budget(balance, e));
        envelope->spent_cents = money_cents(balance->envelopes[e].spent);
        budget->envelopes[budget->n_envelopes++] = envelope;
    }
    return 0;
}

/* What the extra 1 % adds: a share of the network's care budget of the year before (rulebook B8). */
static struct money extra_means(const struct ledger *ledger, const struct balance *balance) {
    struct year_figures year;
    struct money means = MONEY_ZERO;
    const struct balance *before = balances_find(&ledger->balances, balance->network.text, balance->year - 1);
    if (before == NULL || !year_figures_of(ledger, balance->year, &year) ||
        year.figures->extra_care_share == BOOK_ABSENT) {
        return MONEY_ZERO;
    }
    bool fits =
        money_fraction_round_nearest(balance_care_budget(before), year.figures->extra_care_share, 10000, &means);
    require(fits);
    return means;
}

static int fill_budget(const struct ledger *ledger, struct arena *arena, const struct balance *balance,
                       Elp__V1__NetworkBudget *budget) {
    struct care_use use = care_use_of(balance);
    elp__v1__network_budget__init(budget);
    budget->network = arena_text(arena, balance->network.text);
    if (budget->network == NULL) {
        return FAILURE_MEMORY;
    }
    budget->year = (uint32_t)balance->year;
    budget->care_budget_cents = money_cents(use.budget);
    budget->care_spent_cents = money_cents(use.spent);
    budget->budget_cents = money_cents(balance_whole_budget(balance));
    budget->reimbursed_cents = money_cents(balance_reimbursed(balance));
    budget->suspended_cents = money_cents(balance->suspended);
    budget->suspended_count = balance->suspended_count;
    budget->zone = zones_wire(ledger, balance->year, use);
    budget->closed = balance->closed;
    budget->f3_cents = money_cents(balance->f3);
    budget->extra_means_cents = money_cents(extra_means(ledger, balance));
    budget->extra_spent_cents = money_cents(balance->extra);
    budget->extra_minutes = balance->extra_minutes;
    budget->neutralised_cents = money_cents(balance->neutralised);
    return fill_envelopes(arena, balance, budget);
}

/* The balance as it is or was; *ret_found false when there was none on that day. */
static int balance_then(const struct ledger *ledger, struct store_txn *txn, const struct wanted *wanted,
                        const struct balance *now, struct balance *ret, bool *ret_found) {
    if (date_is_none(wanted->as_of)) {
        *ret = *now;
        *ret_found = true;
        return 0;
    }
    return balances_as_of(&ledger->balances, txn, now->network.text, now->year, wanted->as_of, ret, ret_found);
}

static int collect(const struct ledger *ledger, const struct request *request, const struct wanted *wanted,
                   Elp__V1__BudgetReply *answer) {
    size_t count = ledger->balances.count;
    Elp__V1__NetworkBudget *budgets = arena_take(request->arena, count * sizeof *budgets);
    answer->budgets = arena_take(request->arena, count * sizeof *answer->budgets);
    if (budgets == NULL || answer->budgets == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const struct balance *now = ledger->balances.items[i];
        bool asked = now->year == wanted->year &&
                     (wanted->network[0] == '\0' || strcmp(wanted->network, now->network.text) == 0) &&
                     principal_sees_network(request->principal, now->network.text);
        struct balance then;
        bool found = false;
        int failure = asked ? balance_then(ledger, request->txn, wanted, now, &then, &found) : 0;
        if (failure == 0 && found) {
            Elp__V1__NetworkBudget *budget = &budgets[answer->n_budgets];
            failure = fill_budget(ledger, request->arena, &then, budget);
            if (failure == 0) {
                failure = plans_list(request->txn, request->arena, now->network.text, now->year, wanted->as_of,
                                     &budget->plans, &budget->n_plans);
            }
            answer->budgets[answer->n_budgets++] = budget;
        }
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}

int query_budget(void *core, struct request *request, const void *message, struct reply *reply) {
    const struct ledger *ledger = core;
    const Elp__V1__BudgetQuery *query = message;
    struct wanted wanted = {query->network, (int)query->year, DATE_NONE};
    if (query->network[0] != '\0' && !principal_sees_network(request->principal, query->network)) {
        return reply_refuse(reply, "denied", "network", "That network is outside your scope.",
                            "Ask for your own networks, or leave the network empty for all of them.");
    }
    if (query->as_of[0] != '\0' && !date_parse(query->as_of, &wanted.as_of)) {
        return reply_refuse(reply, "malformed", "as_of", "That is not a date.", "Write it as YYYY-MM-DD.");
    }
    if (request_wait(request, reply, query->after_number, query->wait_ms)) {
        return 0;
    }
    if (wanted.year == 0) {
        wanted.year = date_year(date_is_none(wanted.as_of) ? ledger->today : wanted.as_of);
    }
    Elp__V1__BudgetReply answer = ELP__V1__BUDGET_REPLY__INIT;
    int failure = collect(ledger, request, &wanted, &answer);
    if (failure < 0) {
        return failure;
    }
    if (answer.n_budgets == 0 && query->network[0] != '\0') {
        return reply_refuse(
            reply, "not-found", "network",
            "Nothing is known of that network's budget in that year, or was not yet on that day.",
            "Check the network's code, the year and the date; `elpctl registry show budget` lists them.");
    }
    answer.head = request->journal->head;
    answer.simulated = ledger->simulated;
    answer.stale = request->stale;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BUDGET_REPLY, &answer.base);
}
