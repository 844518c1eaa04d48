#include "services/ctl/statement_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "services/ctl/message_json.h"

/* A payee's statement leaves the first two out. */
static const char *const pot_words[POT_COUNT] = {"spent", "suspended", "open", "ordered"};

static enum pot first_pot(const struct statement_out *out) {
    return out->of_network ? POT_SPENT : POT_OPEN;
}

int statement_out_begin(struct statement_out *out, const struct ctl *ctl, bool of_network) {
    static const struct table_column network_columns[] = {
        {"Date", TABLE_LEFT},    {"Attestation", TABLE_LEFT}, {"What", TABLE_LEFT},
        {"Amount", TABLE_RIGHT}, {"Spent", TABLE_RIGHT},      {"Suspended", TABLE_RIGHT},
        {"Open", TABLE_RIGHT},   {"Ordered", TABLE_RIGHT},    {"Article", TABLE_LEFT},
    };
    static const struct table_column payee_columns[] = {
        {"Date", TABLE_LEFT},  {"Attestation", TABLE_LEFT}, {"What", TABLE_LEFT},    {"Amount", TABLE_RIGHT},
        {"Open", TABLE_RIGHT}, {"Ordered", TABLE_RIGHT},    {"Article", TABLE_LEFT},
    };
    bool csv = ctl_option(ctl, OPTION_CSV) != NULL;
    *out = (struct statement_out){.ctl = ctl, .form = csv ? STATEMENT_CSV : STATEMENT_TABLE, .of_network = of_network};
    if (ctl->json && csv) {
        return ctl_fail(CTL_USAGE, "give --json or --csv, not both");
    }
    if (ctl->json) {
        out->form = STATEMENT_JSON;
        out->lines = json_array();
    } else if (csv) {
        printf("date,record,attestation,what,network,article,amount");
        for (enum pot pot = first_pot(out); pot < POT_COUNT; pot++) {
            printf(",%s", pot_words[pot]);
        }
        printf("\n");
    } else if (of_network) {
        out->table = table_new(network_columns, sizeof network_columns / sizeof network_columns[0], ctl->color);
    } else {
        out->table = table_new(payee_columns, sizeof payee_columns / sizeof payee_columns[0], ctl->color);
    }
    return CTL_DONE;
}

static void print_csv_text(const char *text) {
    if (!strpbrk(text, ",\"\n\r")) {
        (void)fputs(text, stdout);
        return;
    }
    (void)putchar('"');
    for (; *text; text++) {
        (void)fputs(*text == '"' ? "\"\"" : (char[]){*text, 0}, stdout);
    }
    (void)putchar('"');
}

static void print_csv(const struct statement_out *out, const struct statement_line *line) {
    const char *texts[] = {line->attestation, line->what, line->network, line->article};
    char amount[MONEY_TEXT_BYTES] = "";
    printf("%s,", line->date);
    if (line->record) {
        printf("%" PRIu64, line->record);
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        (void)putchar(',');
        print_csv_text(texts[i]);
    }
    printf(",%s", line->amount ? money_format(*line->amount, amount, sizeof amount) : "");
    for (enum pot pot = first_pot(out); pot < POT_COUNT; pot++) {
        printf(",%s", money_format(line->after.of[pot], amount, sizeof amount));
    }
    printf("\n");
}

static void set_money(json_t *object, const char *key, struct money amount) {
    char text[MONEY_TEXT_BYTES];
    (void)json_object_set_new(object, key, json_string(money_format(amount, text, sizeof text)));
}

static int add_json(struct statement_out *out, const struct statement_line *line) {
    char record[24] = "";
    if (line->record) {
        (void)snprintf(record, sizeof record, "%" PRIu64, line->record);
    }
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "date", line->date, "record", record, "attestation",
                  line->attestation, "what", line->what, "network", line->network, "article", line->article);
    if (!object) {
        return ctl_failure(FAILURE_MEMORY);
    }
    if (line->amount) {
        set_money(object, "amount", *line->amount);
    }
    for (enum pot pot = first_pot(out); pot < POT_COUNT; pot++) {
        set_money(object, pot_words[pot], line->after.of[pot]);
    }
    return json_array_append_new(out->lines, object) == 0 ? CTL_DONE : ctl_failure(FAILURE_MEMORY);
}

int statement_out_line(struct statement_out *out, const struct statement_line *line) {
    if (out->form == STATEMENT_JSON) {
        return add_json(out, line);
    }
    if (out->form == STATEMENT_CSV) {
        print_csv(out, line);
        return CTL_DONE;
    }
    bool edge = line->amount == NULL;
    table_row(out->table);
    table_text(out->table, line->date);
    table_text(out->table, line->attestation);
    table_colored(out->table, edge ? COLOR_BOLD : COLOR_NONE, line->what);
    if (edge) {
        table_text(out->table, "");
    } else {
        table_money(out->table, *line->amount);
    }
    for (enum pot pot = first_pot(out); pot < POT_COUNT; pot++) {
        table_money(out->table, line->after.of[pot]);
    }
    table_text(out->table, line->article);
    return CTL_DONE;
}

static int print_accounts(const struct statement_out *out, const struct account_sums *sums) {
    static const struct table_column columns[] = {
        {"Account, debit positive, credit negative", TABLE_LEFT}, {"Opening", TABLE_RIGHT}, {"Closing", TABLE_RIGHT}};
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], out->ctl->color);
    for (size_t i = 0; i < sums->count; i++) {
        table_row(table);
        table_text(table, sums->items[i].account);
        table_money(table, sums->items[i].opening);
        table_money(table, sums->items[i].balance);
    }
    printf("\n");
    return table_print(table);
}

static int print_document(struct statement_out *out, const char *code, const char *from, const char *to,
                          const struct account_sums *sums) {
    json_t *accounts = json_array();
    for (size_t i = 0; i < sums->count; i++) {
        json_t *account = json_pack("{s:s}", "account", sums->items[i].account);
        set_money(account, "opening", sums->items[i].opening);
        set_money(account, "closing", sums->items[i].balance);
        (void)json_array_append_new(accounts, account);
    }
    json_t *document = json_pack("{s:s, s:s, s:s, s:o, s:o}", out->of_network ? "network" : "payee", code, "from", from,
                                 "to", to, "lines", out->lines, "accounts", accounts);
    out->lines = NULL;
    return message_json_print(document);
}

int statement_out_end(struct statement_out *out, const char *code, const char *from, const char *to,
                      const struct account_sums *sums) {
    if (out->form == STATEMENT_JSON) {
        return print_document(out, code, from, to, sums);
    }
    if (out->form == STATEMENT_CSV) {
        return CTL_DONE;
    }
    printf("%sStatement of %s %s%s%s%s%s%s\n", terminal_begin(out->ctl->color, COLOR_BOLD),
           out->of_network ? "network" : "payee", code, terminal_end(out->ctl->color, COLOR_BOLD),
           from[0] ? " from " : "", from, to[0] ? " until " : "", to);
    printf("%s\n\n",
           out->of_network
               ? "Spent by its envelopes, suspended beyond the ceiling; open: owed to payees and not ordered yet"
               : "Open: owed and not ordered yet; ordered: not paid yet");
    int result = table_print(out->table);
    out->table = NULL;
    return result == CTL_DONE ? print_accounts(out, sums) : result;
}

void statement_out_drop(struct statement_out *out) {
    table_free(out->table);
    json_decref(out->lines);
    out->table = NULL;
    out->lines = NULL;
}
