#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/budget_envelope.h"
#include "elp/v1/intake.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/registry_file.h"
#include "services/ctl/table.h"

/* registry show: the facts in force, page by page. */

#define COLUMNS_MAX 10
#define TEXT_BYTES 512

/* What a table shows of a kind; --json has every field. */
struct kind_columns {
    const char *kind;
    const char *fields[COLUMNS_MAX];
};

static const struct kind_columns tables[] = {
    {"network",
     {"code", "name", "kind", "collecting_institution", "prison_network", "sites_from_art8", "new_graduates_merged",
      "contingent"}},
    {"payee", {"code", "name", "street", "town", "country", "bce", "iban", "without_enterprise"}},
    {"provider-contract",
     {"code", "network", "provider", "name", "convention", "from", "until", "functions", "sites", "payee"}},
    {"second-leader-contract",
     {"code", "network", "kind", "name", "from", "until", "designated", "designator", "rate_per_hour", "payee"}},
    {"site", {"code", "network", "name", "kind", "agreement", "share_exempt"}},
    {"programme",
     {"code", "network", "title", "functions", "decided_on", "published_on", "withdrawn_on", "participants_min"}},
    {"amendment", {"code", "network", "convention", "signed_on", "title", "second_leaders_until"}},
    {"amendment-letter", {"amendment", "contract", "network", "sent_on", "refused_on"}},
    {"representation", {"principal", "provider"}},
    {"budget", {"network", "year", "envelopes"}},
};

static const char *envelopes_text(const Elp__V1__Budget *budget, char *out, size_t size) {
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < budget->n_envelopes && used < size; i++) {
        char amount[MONEY_TEXT_BYTES];
        int added = snprintf(out + used, size - used, "%s%s %s", i ? ", " : "",
                             budget_envelope_word(budget->envelopes[i]->envelope),
                             money_format_grouped(money_of_cents(budget->envelopes[i]->cents), amount, sizeof amount));
        used += added > 0 ? (size_t)added : 0;
    }
    return out;
}

static void add_fact(struct table *table, const struct kind_columns *kind, const Elp__V1__RegistryFact *fact) {
    const ProtobufCMessage *message = registry_fact_message(fact);
    char text[TEXT_BYTES];
    table_row(table);
    for (size_t c = 0; message && c < COLUMNS_MAX && kind->fields[c]; c++) {
        bool envelopes = strcmp(kind->fields[c], "envelopes") == 0;
        table_text(table, envelopes ? envelopes_text(fact->budget, text, sizeof text)
                                    : message_text(message, kind->fields[c], text, sizeof text));
    }
}

/* What a page goes on behind (intake.proto, RegistryQuery): facts without a code of their own have a composed one. */
static const char *page_code(const Elp__V1__RegistryFact *fact, char *out, size_t size) {
    if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_BUDGET) {
        (void)snprintf(out, size, "%s/%u", fact->budget->network, fact->budget->year);
    } else if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_REPRESENTATION) {
        char digits[9] = "";
        size_t used = 0;
        for (const char *at = fact->representation->provider; *at && used < sizeof digits - 1; at++) {
            if (*at == '*' || (*at >= '0' && *at <= '9')) {
                digits[used++] = *at;
            }
        }
        (void)snprintf(out, size, "%s/%s", fact->representation->principal, digits);
    } else if (fact->fact_case == ELP__V1__REGISTRY_FACT__FACT_AMENDMENT_LETTER) {
        (void)snprintf(out, size, "%s/%s", fact->amendment_letter->amendment, fact->amendment_letter->contract);
    } else {
        (void)registry_fact_code(fact, out, size);
    }
    return out;
}

/* Asks page after page and hands each fact on. The page's last fact says where the next one begins. */
static int each_page(struct ctl *ctl, const char *word, json_t *list, struct table *table,
                     const struct kind_columns *kind) {
    Elp__V1__RegistryQuery query = ELP__V1__REGISTRY_QUERY__INIT;
    char after[128] = "";
    query.kind = (char *)word;
    query.network = ctl_option_text(ctl, OPTION_NETWORK);
    for (;;) {
        void *answer;
        query.after_code = after;
        int code =
            ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REGISTRY_QUERY, &query.base,
                ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REGISTRY_REPLY, &elp__v1__registry_reply__descriptor, &answer);
        if (code != CTL_DONE) {
            return code;
        }
        const Elp__V1__RegistryReply *reply = answer;
        for (size_t i = 0; i < reply->n_facts; i++) {
            const ProtobufCMessage *message = registry_fact_message(reply->facts[i]);
            if (list && message) {
                (void)json_array_append_new(list, message_json(message, MESSAGE_JSON_WHOLE));
            } else if (table) {
                add_fact(table, kind, reply->facts[i]);
            }
            (void)page_code(reply->facts[i], after, sizeof after);
        }
        if (!reply->more || reply->n_facts == 0) {
            return CTL_DONE;
        }
    }
}

static int run(struct ctl *ctl) {
    const char *word = ctl_argument(ctl, 0);
    const struct kind_columns *kind = NULL;
    for (size_t k = 0; k < sizeof tables / sizeof tables[0]; k++) {
        kind = strcmp(tables[k].kind, word) == 0 ? &tables[k] : kind;
    }
    if (!kind) {
        return ctl_fail(CTL_USAGE,
                        "\"%.40s\" is no kind of fact: network, payee, provider-contract, second-leader-contract, "
                        "site, programme, amendment, amendment-letter, representation or budget",
                        word);
    }
    json_t *list = ctl->json ? json_array() : NULL;
    struct table_column columns[COLUMNS_MAX] = {0};
    size_t count = 0;
    while (count < COLUMNS_MAX && kind->fields[count]) {
        bool right =
            strcmp(kind->fields[count], "contingent") == 0 || strcmp(kind->fields[count], "rate_per_hour") == 0;
        columns[count] = (struct table_column){kind->fields[count], right ? TABLE_RIGHT : TABLE_LEFT};
        count++;
    }
    struct table *table = ctl->json ? NULL : table_new(columns, count, ctl->color);
    int code = each_page(ctl, word, list, table, kind);
    if (code != CTL_DONE) {
        json_decref(list);
        table_free(table);
        return code;
    }
    return ctl->json ? message_json_print(list) : table_print(table);
}

static const struct argp_option options[] = {
    {"network", OPTION_NETWORK, "CODE", 0, "only of this network", 0},
    {0},
};

const struct command registry_show_command = {
    .name = "registry show",
    .group = GROUP_REGISTRY,
    .summary = "the facts of one kind that are in force",
    .arguments = "KIND",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "operator",
    .options = options,
    .help =
        "KIND is network, payee, provider-contract, second-leader-contract, site, programme, amendment, "
        "amendment-letter, representation or budget. Statements on people are not shown. --json prints every field.\n\n"
        "Examples:\n"
        "  elpctl registry show network\n"
        "  elpctl registry show provider-contract --network A01 --json",
    .run = run,
};
