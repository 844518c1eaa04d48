#include "services/ledger/transfers.h"

#include <string.h>

#include "services/ledger/budgets.h"
#include "services/ledger/hospitals.h"
#include "services/ledger/outcome.h"
#include "services/ledger/year_figures.h"

static bool is_lump(enum book_envelope_id envelope) {
    return envelope == ENVELOPE_LUMP_NETWORK || envelope == ENVELOPE_LUMP_HOSPITAL;
}

/* Does some book loaded give this network that envelope in the year? The books of 2019 and 2021 overlap. */
static bool has_envelope(const struct ledger *ledger, const struct hospital *hospital, int year,
                         enum book_envelope_id envelope) {
    struct date first;
    if (!date_make(year, 1, 1, &first)) {
        return false;
    }
    for (size_t i = 0; i < book_shelf_count(ledger->shelf); i++) {
        const struct book *book = book_shelf_entry(ledger->shelf, i);
        struct date last = date_last_of_year(first);
        struct date from = date_compare(book->sessions.from, first) > 0 ? book->sessions.from : first;
        struct date day = !date_is_none(book->sessions.until) && date_compare(book->sessions.until, last) < 0
                              ? book->sessions.until
                              : last;
        const struct book_envelope *row = date_compare(from, day) <= 0 ? book_envelope_on(book, envelope, day) : NULL;
        if (row == NULL) {
            continue;
        }
        if (row->networks == NETWORKS_ALL || (row->networks == NETWORKS_PRISON && hospital->prison_network) ||
            (row->networks == NETWORKS_CHILD && hospital->kind == ELP__V1__NETWORK_KIND__NETWORK_KIND_CHILD)) {
            return true;
        }
    }
    return false;
}

static bool allowed(const struct ledger *ledger, const struct hospital *hospital, int year, enum book_envelope_id from,
                    enum book_envelope_id to) {
    bool one_kind = (envelope_is_care(from) && envelope_is_care(to)) || (is_lump(from) && is_lump(to));
    return one_kind && from != to && has_envelope(ledger, hospital, year, from) &&
           has_envelope(ledger, hospital, year, to);
}

static int transfer(struct ledger *ledger, struct balance *balance, enum book_envelope_id from,
                    enum book_envelope_id to, struct money amount, const char *article) {
    struct money unspent = money_require_subtract(balance_budget(balance, from), balance->envelopes[from].spent);
    struct money room = money_max(unspent, MONEY_ZERO);
    if (money_compare(amount, room) > 0) {
        return outcome_refuse(ledger, "above-maximum", article, "That envelope has no more left unspent.", &room);
    }
    int failure = budgets_move(ledger, balance, from, to, amount);
    return failure < 0 ? failure : outcome_done(ledger, article, "The budget is moved.");
}

int transfers_apply(struct ledger *ledger, const Elp__V1__Transfer *command) {
    struct hospital hospital;
    struct year_figures figures;
    enum book_envelope_id from = envelope_of_wire((int)command->from);
    enum book_envelope_id to = envelope_of_wire((int)command->to);
    if (strlen(command->network) > CODE_BYTES_MAX || !ledger_year_valid((int64_t)command->year) ||
        from == ENVELOPE_NONE || to == ENVELOPE_NONE || command->cents <= 0 || command->cents > MONEY_INPUT_CENTS_MAX ||
        !year_figures_of(ledger, (int)command->year, &figures)) {
        return outcome_refuse(ledger, "malformed", "", "A transfer names two envelopes, a year and an amount.", NULL);
    }
    const char *article = BOOK_ARTICLE(figures.book, figures.day, ceiling);
    struct balance *balance = balances_find(&ledger->balances, command->network, (int)command->year);
    int failure = hospitals_find(ledger->txn, command->network, &hospital);
    if (failure < 0) {
        return failure;
    }
    if (balance == NULL || !balance->has_budget) {
        return outcome_refuse(ledger, "no-budget", article, "That network has no budget in that year.", NULL);
    }
    if (balance->closed) {
        return outcome_refuse(ledger, "year-closed", article, "That year is closed; closed years never move.", NULL);
    }
    if (!allowed(ledger, &hospital, balance->year, from, to)) {
        return outcome_refuse(ledger, "not-allowed", article, "These envelopes do not exchange budget here.", NULL);
    }
    return transfer(ledger, balance, from, to, money_of_cents(command->cents), article);
}
