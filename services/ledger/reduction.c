#include "services/ledger/reduction.h"

#include <stdio.h>

#include "services/ledger/budgets.h"
#include "services/ledger/closings.h"
#include "services/ledger/outcome.h"
#include "services/ledger/year_figures.h"

#define REASON_BYTES 256

/* A reduction being judged. */
struct judging {
    struct ledger *ledger;
    const Elp__V1__Decide *command;
    struct closing closing;
    struct money amount;
    struct date decided_on;
    const char *article;
};

static int refuse(const struct judging *judging, const char *code, const char *reason) {
    return outcome_refuse(judging->ledger, code, judging->article, reason, NULL);
}

static int refuse_above(const struct judging *judging, struct money room) {
    char text[REASON_BYTES];
    char amount[MONEY_TEXT_BYTES];
    (void)snprintf(text, sizeof text, "The care budget of %d can be reduced by %s at most.", judging->closing.year + 1,
                   money_format_grouped(room, amount, sizeof amount));
    return outcome_refuse(judging->ledger, "above-maximum", judging->article, text, &room);
}

static int record(const struct judging *judging) {
    Elp__V1__ReductionDecided *decided = NULL;
    int failure = results_reduction(&judging->ledger->results, &decided);
    if (failure < 0) {
        return failure;
    }
    decided->year = (uint32_t)judging->closing.year;
    decided->to_year = decided->year + 1;
    decided->cents = money_cents(judging->amount);
    decided->largest_cents = money_cents(judging->closing.largest);
    decided->decided_on = judging->decided_on.days;
    return results_text(&judging->ledger->results, judging->closing.network.text, &decided->network);
}

static int reduce(struct judging *judging) {
    char text[REASON_BYTES];
    char amount[MONEY_TEXT_BYTES];
    struct ledger *ledger = judging->ledger;
    struct balance *next = NULL;
    int year = judging->closing.year + 1;
    int failure = balances_take(&ledger->balances, judging->command->network, year, &next);
    if (failure < 0) {
        return failure;
    }
    if (next->closed) {
        return refuse(judging, "year-closed", "The year that would be reduced is closed.");
    }
    judging->closing.reduced = money_require_add(judging->closing.reduced, judging->amount);
    failure = closings_put(ledger, &judging->closing);
    if (failure == 0) {
        failure = budgets_decide(ledger, next, ENVELOPE_CARE_BASE, money_negate(judging->amount));
    }
    if (failure == 0) {
        failure = record(judging);
    }
    if (failure < 0) {
        return failure;
    }
    (void)snprintf(text, sizeof text, "care.base of %d is reduced by %s.", year,
                   money_format_grouped(judging->amount, amount, sizeof amount));
    return outcome_done(ledger, judging->article, text);
}

static int judge(struct judging *judging, const struct year_figures *figures) {
    char text[REASON_BYTES];
    char day[DATE_TEXT_BYTES];
    struct book_month_day deadline = figures->figures->reduction_deadline;
    struct money room = money_require_subtract(judging->closing.largest, judging->closing.reduced);
    if (money_compare(judging->amount, room) > 0) {
        return refuse_above(judging, room);
    }
    if (date_year(judging->decided_on) <= judging->closing.year) {
        (void)snprintf(text, sizeof text, "A reduction after %d is decided when that year is over.",
                       judging->closing.year);
        return refuse(judging, "too-early", text);
    }
    if (deadline.month != 0) {
        struct date last = book_month_day_in(deadline, judging->closing.year + 1);
        if (date_compare(judging->decided_on, last) > 0) {
            (void)snprintf(text, sizeof text, "A reduction after %d is decided and told by %s.", judging->closing.year,
                           date_format(last, day, sizeof day));
            return refuse(judging, "too-late", text);
        }
    }
    return reduce(judging);
}

int reduction_apply(struct ledger *ledger, const Elp__V1__Decide *command) {
    struct judging judging = {
        .ledger = ledger, .command = command, .amount = money_of_cents(command->cents), .article = ""};
    struct year_figures figures;
    bool closed = false;
    bool found = false;
    if (!year_figures_of(ledger, (int)command->year, &figures)) {
        return refuse(&judging, "no-book", "No convention book is loaded.");
    }
    judging.article = BOOK_ARTICLE(figures.book, figures.day, reduction_deadline);
    if (!date_parse(command->decided_on, &judging.decided_on) || command->cents <= 0 ||
        command->cents > MONEY_INPUT_CENTS_MAX) {
        return refuse(&judging, "malformed", "A reduction has an amount above zero and a day on which it was decided.");
    }
    int failure = closings_closed(ledger, (int)command->year, &closed);
    if (failure == 0) {
        failure = closings_find(ledger->txn, (int)command->year, command->network, &judging.closing, &found);
    }
    if (failure < 0) {
        return failure;
    }
    if (!closed) {
        return refuse(&judging, "year-open", "A reduction follows the close of its year.");
    }
    if (!found) {
        return refuse(&judging, "no-budget", "That network had no budget in that year.");
    }
    return judge(&judging, &figures);
}
