#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "services/ctl/account_sums.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_field.h"
#include "services/ctl/transaction_pages.h"

/*
 * export hledger: the ledger as a journal in the plain-text accounting format, for whoever wants to read or recompute the
 * accounts with a program that is not ours (rulebook §7). It is written while it is read, however long it is; every account is
 * declared before its first use, so that `hledger check --strict` accepts it.
 */

struct export {
    struct ctl *ctl;
    FILE *out;
    struct date from; /* DATE_NONE: from the beginning */
    struct date to;
    const char *network;
    struct account_sums sums;
    bool opened; /* the opening balances are written */
    uint64_t transactions;
};

static int out_of_memory(void) {
    return ctl_failure(FAILURE_MEMORY);
}

static void declare(const struct export *export, struct account_sum *sum) {
    if (!sum->declared) {
        (void)fprintf(export->out, "account %s\n", sum->account);
        sum->declared = true;
    }
}

static void write_entry(const struct export *export, const char *account, struct money amount) {
    char text[MONEY_TEXT_BYTES];
    (void)fprintf(export->out, "    %-56s  %14s EUR\n", account, money_format(amount, text, sizeof text));
}

static void write_head(const struct export *export) {
    char from[DATE_TEXT_BYTES];
    char to[DATE_TEXT_BYTES];
    (void)fprintf(
        export->out,
        "; The ledger of cell %s%s%s as a journal for hledger: double entry, debit positive, credit negative.\n"
        "; From %s to %s. Accounts are those of elpctl trial-balance.\n"
        "decimal-mark .\ncommodity 1000.00 EUR\n\n",
        export->ctl->cell.name, export->network[0] ? ", network " : "", export->network,
        date_is_none(export->from) ? "its first record" : date_format(export->from, from, sizeof from),
        date_is_none(export->to) ? "its last" : date_format(export->to, to, sizeof to));
}

/* What was before --from, as one transaction. */
static void write_opening(struct export *export) {
    char date[DATE_TEXT_BYTES];
    bool any = false;
    export->opened = true;
    for (size_t i = 0; i < export->sums.count; i++) {
        if (money_compare(export->sums.items[i].balance, MONEY_ZERO) != 0) {
            declare(export, &export->sums.items[i]);
            any = true;
        }
    }
    if (!any) {
        return;
    }
    (void)fprintf(export->out, "\n%s * opening balances\n", date_format(export->from, date, sizeof date));
    for (size_t i = 0; i < export->sums.count; i++) {
        if (money_compare(export->sums.items[i].balance, MONEY_ZERO) != 0) {
            write_entry(export, export->sums.items[i].account, export->sums.items[i].balance);
        }
    }
    (void)fputc('\n', export->out);
}

static int add_up(struct export *export, const Elp__V1__Transaction *transaction) {
    for (size_t i = 0; i < transaction->n_entries; i++) {
        struct account_sum *sum = account_sums_of(&export->sums, transaction->entries[i]->account);
        if (!sum) {
            return out_of_memory();
        }
        if (!money_add(sum->balance, money_of_cents(transaction->entries[i]->cents), &sum->balance)) {
            return ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "the accounts do not add up in 64 bits");
        }
    }
    return CTL_DONE;
}

static int write_transaction(struct export *export, const Elp__V1__PostedTransaction *posted) {
    const Elp__V1__Transaction *transaction = posted->transaction;
    char date[DATE_TEXT_BYTES];
    char what[128];
    char kind[32];
    for (size_t i = 0; i < transaction->n_entries; i++) {
        struct account_sum *sum = account_sums_of(&export->sums, transaction->entries[i]->account);
        if (!sum) {
            return out_of_memory();
        }
        declare(export, sum);
    }
    (void)field_enum_word(&elp__v1__transaction_kind__descriptor, (int)transaction->kind, kind, sizeof kind);
    (void)fprintf(export->out, "\n%s *%s%s%s %s\n", date_format((struct date){posted->date}, date, sizeof date),
                  posted->attestation[0] ? " (" : "", posted->attestation, posted->attestation[0] ? ")" : "",
                  transaction_what(transaction, what, sizeof what));
    (void)fprintf(export->out, "    ; record: %" PRIu64 ", kind: %s, network: %s, year: %u\n", posted->number, kind,
                  transaction->network, transaction->year);
    if (posted->article[0]) {
        (void)fprintf(export->out, "    ; article: %s\n", posted->article);
    }
    for (size_t i = 0; i < transaction->n_entries; i++) {
        write_entry(export, transaction->entries[i]->account, money_of_cents(transaction->entries[i]->cents));
    }
    export->transactions++;
    return ferror(export->out) ? ctl_fail(CTL_INPUT, "the journal cannot be written: %s", strerror(errno)) : CTL_DONE;
}

static int each(void *context, const Elp__V1__PostedTransaction *posted) {
    struct export *export = context;
    struct date day = {posted->date};
    if (!date_is_none(export->to) && date_compare(day, export->to) > 0) {
        return CTL_DONE;
    }
    if (!date_is_none(export->from) && date_compare(day, export->from) < 0) {
        return add_up(export, posted->transaction);
    }
    if (!export->opened && !date_is_none(export->from)) {
        write_opening(export);
    }
    return posted->transaction->n_entries > 0 ? write_transaction(export, posted) : CTL_DONE;
}

static int write_journal(struct export *export) {
    struct transaction_pages pages = {
        .ctl = export->ctl, .network = export->network, .payee = "", .context = export, .each = each};
    int code = ctl_cell(export->ctl);
    if (code != CTL_DONE) {
        return code;
    }
    write_head(export);
    code = transaction_pages(&pages);
    if (code == CTL_DONE && !export->opened && !date_is_none(export->from)) {
        write_opening(export);
    }
    if (code == CTL_DONE) {
        (void)fprintf(export->out, "\n; %" PRIu64 " transactions, up to record %" PRIu64 "%s\n", export->transactions,
                      pages.head, pages.simulated ? "; on the manual clock" : "");
    }
    if (code == CTL_DONE && fflush(export->out) != 0) {
        code = ctl_fail(CTL_INPUT, "the journal cannot be written: %s", strerror(errno));
    }
    return code;
}

static int run(struct ctl *ctl) {
    const char *path = ctl_option(ctl, OPTION_OUTPUT);
    struct export export = {.ctl = ctl, .out = stdout, .network = ctl_option_text(ctl, OPTION_NETWORK)};
    int code = transaction_period(ctl, &export.from, &export.to);
    if (code != CTL_DONE) {
        return code;
    }
    if (path && !(export.out = fopen(path, "w"))) {
        return ctl_fail(CTL_INPUT, "%s: %s", path, strerror(errno));
    }
    code = write_journal(&export);
    account_sums_free(&export.sums);
    if (path && fclose(export.out) != 0 && code == CTL_DONE) {
        code = ctl_fail(CTL_INPUT, "%s: %s", path, strerror(errno));
    }
    if (path && code == CTL_DONE) {
        (void)fprintf(stderr, "%s: %" PRIu64 " transactions; hledger -f %s check --strict\n", path, export.transactions,
                      path);
    } else if (path) {
        (void)unlink(path); /* half a journal would pass for a whole one */
    }
    return code;
}

static const struct argp_option options[] = {
    {"network", OPTION_NETWORK, "CODE", 0, "only transactions of this network", 0},
    {"from", OPTION_FROM, "DATE", 0, "what was before becomes opening balances", 0},
    {"to", OPTION_TO, "DATE", 0, "last day", 0},
    {"output", OPTION_OUTPUT, "FILE", 0, "default: standard output", 0},
    {0},
};

const struct command export_hledger_command = {
    .name = "export hledger",
    .group = GROUP_MONEY,
    .summary = "the ledger as a plain-text journal that hledger reads",
    .arguments = "",
    .as = "operator",
    .options = options,
    .help =
        "One transaction for each of ours, with its attestation, article and record; accounts and commodity are "
        "declared, so that hledger check --strict holds. Balances are those of trial-balance, to the cent. A network "
        "exports itself with --as; --json changes nothing.\n\n"
        "Examples:\n"
        "  elpctl export hledger --output cell.journal\n"
        "  hledger -f cell.journal check --strict\n"
        "  elpctl export hledger --network A01 --from 2026-01-01 | hledger -f- balance expenses --tree",
    .run = run,
};
