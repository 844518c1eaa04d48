#include "services/ledger/closings.h"

#include <stdio.h>
#include <string.h>

#include "services/ledger/outcome.h"
#include "services/ledger/settlement.h"
#include "services/ledger/year_close.h"
#include "services/ledger/year_figures.h"
#include "services/ledger/zones.h"

#define MONEY_FIELDS 6
#define VALUE_BYTES (1 + MONEY_FIELDS * 8)
#define REASON_BYTES 256

/* --- the stored form ---------------------------------------------------------------------------------------------- */

static void make_key(struct store_key *key, int year, const char *network) {
    store_key_reset(key);
    store_key_u32(key, (uint32_t)year);
    store_key_text(key, network);
}

int closings_put(struct ledger *ledger, const struct closing *closing) {
    const struct money fields[MONEY_FIELDS] = {closing->care_budget, closing->care_spent, closing->largest,
                                               closing->reduced,     closing->art8_spent, closing->art8_missions};
    struct store_key key;
    uint8_t value[VALUE_BYTES];
    make_key(&key, closing->year, closing->network.text);
    value[0] = (uint8_t)closing->zone;
    for (size_t i = 0; i < MONEY_FIELDS; i++) {
        store_write_u64(value + 1 + i * 8, (uint64_t)money_cents(fields[i]));
    }
    return store_put(ledger->txn, LEDGER_TABLE_CLOSINGS, store_key_span(&key), span_of(value, sizeof value));
}

static bool decode(struct span key, struct span value, struct closing *ret) {
    struct money fields[MONEY_FIELDS];
    if (key.bytes < 5 || key.bytes > 5 + CODE_BYTES_MAX || key.data[key.bytes - 1] != 0 || value.bytes != VALUE_BYTES ||
        value.data[0] > ELP__V1__ZONE__ZONE_CRITICAL) {
        return false;
    }
    for (size_t i = 0; i < MONEY_FIELDS; i++) {
        fields[i] = money_of_cents((int64_t)store_read_u64(value.data + 1 + i * 8));
    }
    *ret = (struct closing){
        .year = (int)store_read_u32(key.data),
        .zone = (Elp__V1__Zone)value.data[0],
        .care_budget = fields[0],
        .care_spent = fields[1],
        .largest = fields[2],
        .reduced = fields[3],
        .art8_spent = fields[4],
        .art8_missions = fields[5],
    };
    memcpy(ret->network.text, key.data + 4, key.bytes - 4);
    return true;
}

int closings_find(struct store_txn *txn, int year, const char *network, struct closing *ret, bool *ret_found) {
    struct store_key key;
    struct span value;
    bool found = false;
    make_key(&key, year, network);
    int failure = store_get(txn, LEDGER_TABLE_CLOSINGS, store_key_span(&key), &value, &found);
    if (failure == 0 && found && !decode(store_key_span(&key), value, ret)) {
        failure = FAILURE_CORRUPT;
    }
    if (failure == 0) {
        *ret_found = found;
    }
    return failure;
}

int closings_closed(struct ledger *ledger, int year, bool *ret_closed) {
    struct closing country;
    return closings_find(ledger->txn, year, "", &country, ret_closed);
}

int closings_open_year(struct ledger *ledger, int year, int *ret_year) {
    bool closed = year < date_year(ledger->today);
    int failure = 0;
    while (failure == 0 && closed) {
        failure = closings_closed(ledger, year, &closed);
        year += closed ? 1 : 0;
    }
    *ret_year = year;
    return failure;
}

static int scan_from(struct store_cursor *cursor, int year, closing_visit *visit, void *state) {
    struct store_key first;
    bool found = false;
    make_key(&first, year, "");
    int result = store_cursor_seek(cursor, store_key_span(&first), &found);
    while (result == 0 && found) {
        struct span key = store_cursor_key(cursor);
        struct closing closing;
        if (key.bytes < 4 || memcmp(key.data, first.bytes, 4) != 0) {
            break;
        }
        if (!decode(key, store_cursor_value(cursor), &closing)) {
            return FAILURE_CORRUPT;
        }
        result = closing.network.text[0] != '\0' ? visit(state, &closing) : 0;
        if (result == 0) {
            result = store_cursor_next(cursor, &found);
        }
    }
    return result;
}

int closings_scan(struct store_txn *txn, int year, closing_visit *visit, void *state) {
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, LEDGER_TABLE_CLOSINGS, &cursor);
    if (failure < 0) {
        return failure;
    }
    int result = scan_from(cursor, year, visit, state);
    store_cursor_close(cursor);
    return result;
}

/* --- closing ------------------------------------------------------------------------------------------------------ */

/* The year's own networks and those of other cells together. */
static struct closing country_of(const struct ledger *ledger, const Elp__V1__CloseYear *command) {
    struct closing country = {
        .year = (int)command->year,
        .care_budget = money_of_cents(command->other_care_budget_cents),
        .care_spent = money_of_cents(command->other_care_spent_cents),
    };
    for (size_t i = 0; i < ledger->balances.count; i++) {
        const struct balance *balance = ledger->balances.items[i];
        if (balance->year == country.year) {
            country.care_budget = money_require_add(country.care_budget, balance_care_budget(balance));
            country.care_spent = money_require_add(country.care_spent, balance_care_spent(balance));
        }
    }
    return country;
}

static int record(struct ledger *ledger, const struct closing *closing, const struct closing *country) {
    Elp__V1__YearClosed *closed = NULL;
    int failure = results_closing(&ledger->results, &closed);
    if (failure < 0) {
        return failure;
    }
    closed->year = (uint32_t)closing->year;
    closed->zone = closing->zone;
    closed->care_budget_cents = money_cents(closing->care_budget);
    closed->care_spent_cents = money_cents(closing->care_spent);
    closed->national_care_budget_cents = money_cents(country->care_budget);
    closed->national_care_spent_cents = money_cents(country->care_spent);
    closed->largest_reduction_cents = money_cents(closing->largest);
    closed->art8_spent_cents = money_cents(closing->art8_spent);
    closed->art8_missions_cents = money_cents(closing->art8_missions);
    return results_text(&ledger->results, closing->network.text, &closed->network);
}

/* An art. 8 part of zero is a breach where the network has money for it (S0 art. 14 §1 b.b; zero: own decision). */
static int warn_art8(struct ledger *ledger, const struct year_figures *figures, const struct balance *balance) {
    struct money budget = balance_budget(balance, ENVELOPE_ART8);
    if (!figures->figures->art8_zero_is_breach || money_compare(budget, MONEY_ZERO) <= 0 ||
        money_compare(balance->missions, MONEY_ZERO) > 0) {
        return 0;
    }
    Elp__V1__LedgerWarning *warning = NULL;
    int failure = results_warning(&ledger->results, &warning);
    if (failure < 0) {
        return failure;
    }
    warning->year = (uint32_t)balance->year;
    warning->code = (char *)"art8-unused";
    warning->cents = money_cents(balance->envelopes[ENVELOPE_ART8].spent);
    return results_text(&ledger->results, balance->network.text, &warning->network);
}

static int close_one(struct ledger *ledger, const struct year_figures *figures, const struct closing *country,
                     struct balance *balance) {
    struct care_use use = care_use_of(balance);
    struct closing closing = {
        .network = balance->network,
        .year = balance->year,
        .zone = zones_wire(ledger, balance->year, use),
        .care_budget = use.budget,
        .care_spent = use.spent,
        .largest = MONEY_ZERO,
        .reduced = MONEY_ZERO,
        .art8_spent = balance->envelopes[ENVELOPE_ART8].spent,
        .art8_missions = balance->missions,
    };
    if (figures->figures->reduction) {
        closing.largest = reduction_largest(money_max(use.budget, MONEY_ZERO), use.spent, country->care_spent,
                                            country->care_budget, figures->figures->zone_critical_above);
    }
    balance->closed = true;
    balances_touch(&ledger->balances, balance);
    int failure = closings_put(ledger, &closing);
    if (failure == 0) {
        failure = record(ledger, &closing, country);
    }
    return failure < 0 ? failure : warn_art8(ledger, figures, balance);
}

static struct date closes_from(const struct year_figures *figures, int year) {
    bool by_session = figures->figures->budget_year_basis == BASIS_SESSION;
    struct book_month_day day = by_session ? figures->figures->close_from_session_basis : figures->figures->close_from;
    if (day.month == 0) {
        day = (struct book_month_day){1, 1};
    }
    return book_month_day_in(day, year + 1);
}

static bool any_budget(const struct ledger *ledger, int year) {
    for (size_t i = 0; i < ledger->balances.count; i++) {
        if (ledger->balances.items[i]->year == year && ledger->balances.items[i]->has_budget) {
            return true;
        }
    }
    return false;
}

static int close_all(struct ledger *ledger, const Elp__V1__CloseYear *command, const struct year_figures *figures) {
    int failure = settlement_run_year(ledger, (int)command->year);
    if (failure < 0) {
        return failure;
    }
    struct closing country = country_of(ledger, command);
    char budget[MONEY_TEXT_BYTES];
    char spent[MONEY_TEXT_BYTES];
    char text[REASON_BYTES];
    size_t count = 0;
    failure = closings_put(ledger, &country);
    for (size_t i = 0; i < ledger->balances.count && failure == 0; i++) {
        if (ledger->balances.items[i]->year == country.year) {
            failure = close_one(ledger, figures, &country, ledger->balances.items[i]);
            count++;
        }
    }
    if (failure < 0) {
        return failure;
    }
    bool used_up = money_compare(country.care_spent, country.care_budget) >= 0;
    (void)snprintf(text, sizeof text, "%zu networks closed %d; the national care budget of %s is %sused up: %s.", count,
                   country.year, money_format_grouped(country.care_budget, budget, sizeof budget),
                   used_up ? "" : "not ", money_format_grouped(country.care_spent, spent, sizeof spent));
    return outcome_done(ledger, BOOK_ARTICLE(figures->book, figures->day, zone_critical_above), text);
}

static bool within_bounds(int64_t cents) {
    return cents >= 0 && cents <= MONEY_INPUT_CENTS_MAX;
}

int closings_apply(struct ledger *ledger, const Elp__V1__CloseYear *command) {
    struct year_figures figures;
    char text[REASON_BYTES];
    char from[DATE_TEXT_BYTES];
    bool closed = false;
    int year = (int)command->year;
    if (!ledger_year_valid((int64_t)command->year) || !within_bounds(command->other_care_budget_cents) ||
        !within_bounds(command->other_care_spent_cents)) {
        return outcome_refuse(ledger, "malformed", "", "A close names a year and national totals of zero or more.",
                              NULL);
    }
    if (!year_figures_of(ledger, year, &figures)) {
        return outcome_refuse(ledger, "no-book", "", "No convention book is loaded.", NULL);
    }
    const char *article = BOOK_ARTICLE(figures.book, figures.day, close_from);
    if (date_compare(ledger->today, closes_from(&figures, year)) < 0) {
        (void)snprintf(text, sizeof text, "Budget year %d can be closed from %s on.", year,
                       date_format(closes_from(&figures, year), from, sizeof from));
        return outcome_refuse(ledger, "too-early", article, text, NULL);
    }
    int failure = closings_closed(ledger, year, &closed);
    if (failure < 0) {
        return failure;
    }
    if (closed) {
        return outcome_refuse(ledger, "already-closed", article, "That year is closed; closed years never move.", NULL);
    }
    if (!any_budget(ledger, year)) {
        return outcome_refuse(ledger, "no-budget", article, "No network of this cell has a budget in that year.", NULL);
    }
    return close_all(ledger, command, &figures);
}
