#include "services/ledger/cost_advances.h"

#include <string.h>

#include "services/ledger/cost_limits.h"
#include "services/ledger/hospitals.h"
#include "services/ledger/outcome.h"
#include "services/ledger/transactions.h"
#include "services/ledger/year_figures.h"

struct date costs_settlement_due(const struct ledger *ledger, int year) {
    struct year_figures figures;
    struct book_month_day due = {5, 31};
    if (year_figures_of(ledger, year + 1, &figures) && figures.figures->operating_settlement_due.month != 0) {
        due = figures.figures->operating_settlement_due;
    }
    return book_month_day_in(due, year + 1);
}

/* --- advances ----------------------------------------------------------------------------------------------------- */

static int advance(struct ledger *ledger, const Elp__V1__AdvanceCosts *command, const char *article) {
    struct hospital hospital;
    struct transaction advance;
    struct money amount = money_of_cents(command->cents);
    int failure = hospitals_find(ledger->txn, command->network, &hospital);
    if (failure < 0) {
        return failure;
    }
    transaction_begin(&advance, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_ADVANCE, command->network,
                      (int)command->year);
    advance.envelope = ENVELOPE_OPERATING;
    advance.amount = amount;
    transaction_add(&advance, account_advance(command->network, advance.year), amount);
    transaction_add(&advance, account_payable(command->network, hospital.payee.text), money_negate(amount));
    failure = transaction_post(ledger, &advance, 1);
    return failure < 0 ? failure : outcome_done(ledger, article, "The advance is paid with the month's orders.");
}

int costs_advance(struct ledger *ledger, const Elp__V1__AdvanceCosts *command) {
    struct year_figures figures;
    struct account_row row;
    if (command->cents <= 0 || command->cents > MONEY_INPUT_CENTS_MAX || strlen(command->network) > CODE_BYTES_MAX ||
        !ledger_year_valid((int64_t)command->year) || !year_figures_of(ledger, (int)command->year, &figures)) {
        return outcome_refuse(ledger, "malformed", "", "An advance names a network, a year and an amount.", NULL);
    }
    const char *article = BOOK_ARTICLE(figures.book, figures.day, operating_settlement_due);
    const struct balance *balance = balances_find(&ledger->balances, command->network, (int)command->year);
    if (balance == NULL || !balance->has_budget) {
        return outcome_refuse(ledger, "no-budget", article, "That network has no budget in that year.", NULL);
    }
    if (balance->closed) {
        return outcome_refuse(ledger, "year-closed", article, "That year is closed.", NULL);
    }
    struct account account = account_advance(command->network, balance->year);
    int failure = accounts_get(&ledger->accounts, ledger->txn, &account, &row);
    if (failure < 0) {
        return failure;
    }
    struct money room = money_max(money_require_subtract(cost_room(ledger, balance), row.balance), MONEY_ZERO);
    if (money_compare(money_of_cents(command->cents), room) > 0) {
        return outcome_refuse(ledger, "above-maximum", article,
                              "Advances and attested costs stay within the year's operating budget.", &room);
    }
    return advance(ledger, command, article);
}

/* --- settlement --------------------------------------------------------------------------------------------------- */

static int settle_one(struct ledger *ledger, const struct balance *balance) {
    struct account account = account_advance(balance->network.text, balance->year);
    struct account_row row;
    struct hospital hospital;
    struct transaction settlement;
    Elp__V1__LedgerWarning *warning = NULL;
    int failure = accounts_get(&ledger->accounts, ledger->txn, &account, &row);
    if (failure < 0 || money_compare(row.balance, MONEY_ZERO) <= 0) {
        return failure;
    }
    failure = hospitals_find(ledger->txn, balance->network.text, &hospital);
    if (failure < 0) {
        return failure;
    }
    transaction_begin(&settlement, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SETTLEMENT, balance->network.text,
                      balance->year);
    settlement.envelope = ENVELOPE_OPERATING;
    settlement.amount = row.balance;
    transaction_add(&settlement, account_receivable(balance->network.text, hospital.payee.text), row.balance);
    transaction_add(&settlement, account, money_negate(row.balance));
    failure = transaction_post(ledger, &settlement, 1);
    if (failure == 0) {
        failure = results_warning(&ledger->results, &warning);
    }
    if (failure < 0) {
        return failure;
    }
    warning->year = (uint32_t)balance->year;
    warning->code = (char *)"costs-unsettled";
    warning->cents = money_cents(row.balance);
    return results_text(&ledger->results, balance->network.text, &warning->network);
}

int costs_settle(struct ledger *ledger, struct date day) {
    int year = date_year(day) - 1;
    if (!ledger_year_valid(year) || date_compare(day, date_add_days(costs_settlement_due(ledger, year), 1)) != 0) {
        return 0;
    }
    int failure = 0;
    for (size_t i = 0; i < ledger->balances.count && failure == 0; i++) {
        if (ledger->balances.items[i]->year == year) {
            failure = settle_one(ledger, ledger->balances.items[i]);
        }
    }
    return failure;
}
