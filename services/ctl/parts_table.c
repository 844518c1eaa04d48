#include "services/ctl/parts_table.h"

#include <stdio.h>
#include <string.h>

#include "common/money.h"
#include "services/ctl/rated_table.h"
#include "services/ctl/table.h"

int parts_table_print(struct attestation_chain *chain) {
    static const struct table_column columns[] = {
        {"Who is paid", TABLE_LEFT}, {"As", TABLE_LEFT},       {"Fee", TABLE_RIGHT},
        {"Share kept", TABLE_RIGHT}, {"Payable", TABLE_RIGHT}, {"Payment", TABLE_LEFT},
    };
    const Elp__V1__Rated *rated = chain->rated->rated;
    bool posted = chain->posting->reached && strcmp(chain->posting->state, "posted") == 0;
    uint32_t month = attestation_chain_month(chain);
    if (!rated) {
        return CTL_DONE;
    }
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], chain->ctl->color);
    for (size_t i = 0; i < rated->n_parts; i++) {
        const Elp__V1__RatedPart *part = rated->parts[i];
        const Elp__V1__PaymentOrder *order = NULL;
        char text[128];
        int code = posted ? attestation_chain_payment(chain, month, part->payee, &order) : CTL_DONE;
        if (code != CTL_DONE) {
            table_free(table);
            return code;
        }
        table_row(table);
        table_text(table, part->payee[0] ? part->payee : "-");
        table_text(table, rated_table_role(part->role));
        table_money(table, money_of_cents(part->fee_cents));
        table_money(table, money_of_cents(part->share_collected_cents));
        table_money(table, money_of_cents(part->payable_cents));
        table_text(table, posted ? attestation_chain_payment_text(chain, month, order, text, sizeof text) : "nothing");
    }
    printf("\n");
    return table_print(table);
}
