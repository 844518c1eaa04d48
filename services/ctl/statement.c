#include <stdio.h>
#include <string.h>

#include "common/identifiers.h"
#include "services/ctl/command_table.h"
#include "services/ctl/statement_out.h"
#include "services/ctl/transaction_pages.h"

/*
 * statement payee, statement network: what a payee was owed, ordered and paid, and what a network spent, line by line with the
 * articles; opening and closing balances are those of the ledger's accounts.
 */

struct statement {
    struct ctl *ctl;
    const char *code; /* of the payee or network */
    bool of_network;
    struct date from; /* DATE_NONE: from the beginning */
    struct date to;
    struct account_sums sums;
    struct pots pots;
    bool opened;
    struct statement_out out;
};

static bool begins(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* "liabilities:payable:NETWORK:PAYEE", "assets:…" and "expenses:NETWORK:…". */
static bool belongs(const struct statement *statement, const char *account) {
    char word[CODE_BYTES_MAX + 1];
    bool two_words = begins(account, "liabilities:") || begins(account, "assets:");
    if (!statement->of_network) {
        return two_words && strcmp(account_word(account, 3, word, sizeof word), statement->code) == 0;
    }
    return strcmp(account_word(account, two_words ? 2 : 1, word, sizeof word), statement->code) == 0;
}

/* The pot of an account; POT_COUNT for one that none shows. *ret_credit: a credit makes it grow. */
static enum pot pot_of(const struct statement *statement, const char *account, bool *ret_credit) {
    static const struct {
        const char *prefix;
        enum pot pot;
        bool credit;
    } rows[] = {
        {"liabilities:payable:", POT_OPEN, true},  {"liabilities:carried:", POT_OPEN, true},
        {"liabilities:deferred:", POT_OPEN, true}, {"liabilities:insurers:", POT_OPEN, true},
        {"assets:receivable:", POT_OPEN, true},    {"liabilities:ordered:", POT_ORDERED, true},
        {"expenses:", POT_SPENT, false},           {"suspended:", POT_SUSPENDED, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (begins(account, rows[i].prefix)) {
            *ret_credit = rows[i].credit;
            return rows[i].pot;
        }
    }
    if (!statement->of_network && begins(account, "liabilities:suspended:")) {
        *ret_credit = true;
        return POT_SUSPENDED;
    }
    return POT_COUNT;
}

static int overflow(void) {
    return ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "the accounts do not add up in 64 bits");
}

/* Moves accounts and pots; *ret_touched tells whether any of them is the statement's. */
static int take(struct statement *statement, const Elp__V1__Transaction *transaction, bool before, bool *ret_touched) {
    *ret_touched = false;
    for (size_t i = 0; i < transaction->n_entries; i++) {
        const char *account = transaction->entries[i]->account;
        struct money amount = money_of_cents(transaction->entries[i]->cents);
        bool credit = false;
        if (!belongs(statement, account)) {
            continue;
        }
        *ret_touched = true;
        struct account_sum *sum = account_sums_of(&statement->sums, account);
        if (!sum) {
            return ctl_failure(FAILURE_MEMORY);
        }
        if (!money_add(sum->balance, amount, &sum->balance)) {
            return overflow();
        }
        sum->opening = before ? sum->balance : sum->opening;
        enum pot pot = pot_of(statement, account, &credit);
        struct money change = credit ? money_negate(amount) : amount;
        if (pot != POT_COUNT && !money_add(statement->pots.of[pot], change, &statement->pots.of[pot])) {
            return overflow();
        }
    }
    return CTL_DONE;
}

static int edge_line(struct statement *statement, const char *what, struct date day) {
    char date[DATE_TEXT_BYTES] = "";
    struct statement_line line = {.date = date_is_none(day) ? "" : date_format(day, date, sizeof date),
                                  .attestation = "",
                                  .what = what,
                                  .network = statement->of_network ? statement->code : "",
                                  .article = "",
                                  .after = statement->pots};
    return statement_out_line(&statement->out, &line);
}

/* What the line is about: for a payee the first of what is open, suspended and ordered that it moves. */
static struct money amount_of(const struct statement *statement, const struct pots *before,
                              const Elp__V1__Transaction *transaction) {
    static const enum pot order[] = {POT_OPEN, POT_SUSPENDED, POT_ORDERED};
    for (size_t i = 0; !statement->of_network && i < sizeof order / sizeof order[0]; i++) {
        struct money change = MONEY_ZERO;
        bool whole = money_add(statement->pots.of[order[i]], money_negate(before->of[order[i]]), &change);
        if (whole && money_compare(change, MONEY_ZERO) != 0) {
            return change;
        }
    }
    return statement->of_network ? money_of_cents(transaction->cents) : MONEY_ZERO;
}

static int each(void *context, const Elp__V1__PostedTransaction *posted) {
    struct statement *statement = context;
    const Elp__V1__Transaction *transaction = posted->transaction;
    struct date day = {posted->date};
    struct pots before = statement->pots;
    bool early = !date_is_none(statement->from) && date_compare(day, statement->from) < 0;
    bool touched = false;
    char what[128];
    char date[DATE_TEXT_BYTES];
    int code = CTL_DONE;
    if (!date_is_none(statement->to) && date_compare(day, statement->to) > 0) {
        return CTL_DONE;
    }
    if (!early && !statement->opened) {
        statement->opened = true;
        code = edge_line(statement, "opening", statement->from);
    }
    if (code == CTL_DONE) {
        code = take(statement, transaction, early, &touched);
    }
    if (code != CTL_DONE || early || !touched) {
        return code;
    }
    struct money amount = amount_of(statement, &before, transaction);
    bool fee = !statement->of_network && posted->fee_article[0] != '\0';
    struct statement_line line = {.date = date_format(day, date, sizeof date),
                                  .record = posted->number,
                                  .attestation = posted->attestation,
                                  .what = transaction_what(transaction, what, sizeof what),
                                  .network = transaction->network,
                                  .article = fee ? posted->fee_article : posted->article,
                                  .amount = &amount,
                                  .after = statement->pots};
    return statement_out_line(&statement->out, &line);
}

static int print(struct statement *statement) {
    struct transaction_pages pages = {
        .ctl = statement->ctl,
        .network = statement->of_network ? statement->code : ctl_option_text(statement->ctl, OPTION_NETWORK),
        .payee = statement->of_network ? "" : statement->code,
        .context = statement,
        .each = each};
    char from[DATE_TEXT_BYTES] = "";
    char to[DATE_TEXT_BYTES] = "";
    int code = statement_out_begin(&statement->out, statement->ctl, statement->of_network);
    if (code == CTL_DONE) {
        code = transaction_pages(&pages);
    }
    if (code == CTL_DONE && !statement->opened) {
        code = edge_line(statement, "opening", statement->from);
    }
    if (code == CTL_DONE) {
        code = edge_line(statement, "closing", statement->to);
    }
    if (code == CTL_DONE) {
        account_sums_sort(&statement->sums);
        code = statement_out_end(&statement->out, statement->code, date_format(statement->from, from, sizeof from),
                                 date_format(statement->to, to, sizeof to), &statement->sums);
    }
    statement_out_drop(&statement->out);
    account_sums_free(&statement->sums);
    return code;
}

/* --year is the period from its first to its last day. */
static int read_period(struct statement *statement) {
    int64_t year = 0;
    int code = transaction_period(statement->ctl, &statement->from, &statement->to);
    if (code == CTL_DONE) {
        code = ctl_option_whole(statement->ctl, OPTION_YEAR, "--year", 2019, 2199, &year);
    }
    if (code != CTL_DONE || year == 0) {
        return code;
    }
    if (!date_is_none(statement->from) || !date_is_none(statement->to)) {
        return ctl_fail(CTL_USAGE, "give --year, or --from and --to");
    }
    bool made = date_make((int)year, 1, 1, &statement->from);
    statement->to = date_last_of_year(statement->from);
    return made ? CTL_DONE : CTL_USAGE;
}

static int run(struct ctl *ctl, bool of_network) {
    struct statement statement = {.ctl = ctl, .code = ctl_argument(ctl, 0), .of_network = of_network};
    struct code code;
    if (!code_parse(statement.code, &code)) {
        return ctl_fail(CTL_USAGE, "\"%.40s\" is no code: elpctl registry show %s lists them", statement.code,
                        of_network ? "network" : "payee");
    }
    int result = read_period(&statement);
    return result == CTL_DONE ? print(&statement) : result;
}

static int run_payee(struct ctl *ctl) {
    return run(ctl, false);
}

static int run_network(struct ctl *ctl) {
    return run(ctl, true);
}

static const struct argp_option payee_options[] = {
    {"from", OPTION_FROM, "DATE", 0, "first day; what was before is the opening balance", 0},
    {"to", OPTION_TO, "DATE", 0, "last day; default the ledger's last", 0},
    {"year", OPTION_YEAR, "YEAR", 0, "the whole of a calendar year", 0},
    {"network", OPTION_NETWORK, "CODE", 0, "only what this network owes the payee", 0},
    {"csv", OPTION_CSV, NULL, 0, "print comma-separated values", 0},
    {0},
};

static const struct argp_option network_options[] = {
    {"year", OPTION_YEAR, "YEAR", 0, "the whole of a calendar year", 0},
    {"from", OPTION_FROM, "DATE", 0, "first day; what was before is the opening balance", 0},
    {"to", OPTION_TO, "DATE", 0, "last day; default the ledger's last", 0},
    {"csv", OPTION_CSV, NULL, 0, "print comma-separated values", 0},
    {0},
};

const struct command statement_payee_command = {
    .name = "statement payee",
    .group = GROUP_MONEY,
    .summary = "what a payee was owed, ordered and paid, line by line",
    .arguments = "CODE",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "operator",
    .options = payee_options,
    .help =
        "Days are those on which the cell recorded it. Open is what is owed and not ordered yet, less what the payee "
        "owes; ordered is not paid yet. The accounts at the end are those of elpctl trial-balance. A collecting "
        "institution sees what the networks of its scope owe.\n\n"
        "Examples:\n"
        "  elpctl statement payee P1 --from 2026-02-01 --to 2026-02-28\n"
        "  elpctl statement payee P1 --year 2026 --csv > p1.csv",
    .run = run_payee,
};

const struct command statement_network_command = {
    .name = "statement network",
    .group = GROUP_MONEY,
    .summary = "what a network spent, suspended and paid, line by line",
    .arguments = "CODE",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "operator",
    .options = network_options,
    .help =
        "Days are those on which the cell recorded it. The accounts at the end are those of elpctl trial-balance, of "
        "every budget year that was touched.\n\n"
        "Examples:\n"
        "  elpctl statement network A01 --year 2026\n"
        "  elpctl statement network A01 --year 2026 --json --as network",
    .run = run_network,
};
