#ifndef ELP_CTL_STATEMENT_OUT_H
#define ELP_CTL_STATEMENT_OUT_H

#include <jansson.h>

#include "services/ctl/account_sums.h"
#include "services/ctl/command.h"
#include "services/ctl/table.h"

/* What a statement follows over its period; each is zero or more accounts added up, positive as people count. */
enum pot { POT_SPENT, POT_SUSPENDED, POT_OPEN, POT_ORDERED, POT_COUNT };

struct pots {
    struct money of[POT_COUNT];
};

/* One line: opening, a transaction, or closing. */
struct statement_line {
    const char *date;
    uint64_t record; /* 0: none */
    const char *attestation;
    const char *what;
    const char *network;
    const char *article;
    const struct money *amount; /* NULL: none */
    struct pots after;
};

/* How it is told: a table, CSV on the way, or one JSON document. */
enum statement_form { STATEMENT_TABLE, STATEMENT_CSV, STATEMENT_JSON };

struct statement_out {
    const struct ctl *ctl;
    enum statement_form form;
    bool of_network; /* shows what was spent and suspended too */
    struct table *table;
    json_t *lines;
};

MUST_USE int statement_out_begin(struct statement_out *out, const struct ctl *ctl, bool of_network);
MUST_USE int statement_out_line(struct statement_out *out, const struct statement_line *line);

/* Prints what was not printed on the way, and the accounts with their opening and closing balances. */
MUST_USE int statement_out_end(struct statement_out *out, const char *code, const char *from, const char *to,
                               const struct account_sums *sums);
void statement_out_drop(struct statement_out *out);

#endif
