#include "services/ledger/query_costs.h"

#include <stdlib.h>
#include <string.h>

#include "elp/v1/ledger.pb-c.h"
#include "services/ledger/cost_limits.h"
#include "services/ledger/cost_sums.h"
#include "services/ledger/costs.h"
#include "services/ledger/hospitals.h"
#include "services/ledger/year_figures.h"

#define CLAIMS_MAX 5000
#define SHEET_CLAIMS_MAX 50000 /* read for one answer */

/* --- costs of networks -------------------------------------------------------------------------------------------- */

static int add_codes(const struct request *request, const struct year_figures *figures, Elp__V1__NetworkCosts *costs) {
    const struct book *book = figures->book;
    Elp__V1__CodeCosts *codes = arena_take(request->arena, book->code_count * sizeof *codes);
    costs->codes = arena_take(request->arena, book->code_count * sizeof *costs->codes);
    if (codes == NULL || costs->codes == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < book->code_count; i++) {
        struct cost_sum sum;
        const struct book_code *row = &book->codes[i];
        if (strncmp(row->service, "operating-", strlen("operating-")) != 0) {
            continue;
        }
        int failure = cost_sums_get(request->txn, costs->network, (int)costs->year, row->code, &sum);
        if (failure < 0) {
            return failure;
        }
        Elp__V1__CodeCosts *code = &codes[costs->n_codes];
        elp__v1__code_costs__init(code);
        code->code = (char *)row->code;
        code->cents = money_cents(sum.amount);
        code->claims = sum.claims;
        costs->codes[costs->n_codes++] = code;
        if (strcmp(row->service, COST_SERVICE_HOSPITAL) == 0) {
            costs->hospital_cents += code->cents;
        }
    }
    return 0;
}

static int add_sums(const struct ledger *ledger, const struct request *request, Elp__V1__NetworkCosts *costs) {
    struct cost_sum partnership;
    struct cost_sum real;
    struct account_row advance;
    struct account account = account_advance(costs->network, (int)costs->year);
    int failure = cost_sums_get(request->txn, costs->network, (int)costs->year, COST_SUM_PARTNERSHIP, &partnership);
    if (failure == 0) {
        failure = cost_sums_get(request->txn, costs->network, (int)costs->year, COST_SUM_REAL, &real);
    }
    if (failure == 0) {
        failure = accounts_get(&ledger->accounts, request->txn, &account, &advance);
    }
    if (failure < 0) {
        return failure;
    }
    costs->partnership_cents = money_cents(partnership.amount);
    costs->hospital_real_cents = money_cents(real.amount);
    costs->advanced_cents = money_cents(advance.balance);
    return 0;
}

static int fill(const struct ledger *ledger, const struct request *request, const struct balance *balance,
                Elp__V1__NetworkCosts *costs) {
    struct year_figures figures;
    struct hospital hospital;
    elp__v1__network_costs__init(costs);
    int failure = hospitals_find(request->txn, balance->network.text, &hospital);
    if (failure < 0) {
        return failure;
    }
    costs->network = arena_text(request->arena, balance->network.text);
    costs->hospital = arena_text(request->arena, hospital.payee.text);
    if (costs->network == NULL || costs->hospital == NULL) {
        return FAILURE_MEMORY;
    }
    costs->year = (uint32_t)balance->year;
    costs->sessions = balance->sessions > 0 ? (uint64_t)balance->sessions : 0;
    costs->operating_budget_cents = money_cents(balance_budget(balance, ENVELOPE_OPERATING));
    costs->operating_spent_cents = money_cents(balance->envelopes[ENVELOPE_OPERATING].spent);
    if (year_figures_of(ledger, balance->year, &figures)) {
        costs->hospital_largest_cents = money_cents(cost_limit_hospital(&figures, balance));
        costs->partnership_largest_cents = money_cents(cost_limit_partnership(&figures, balance));
        failure = add_codes(request, &figures, costs);
    }
    return failure < 0 ? failure : add_sums(ledger, request, costs);
}

static int by_hospital(const void *left, const void *right) {
    const Elp__V1__NetworkCosts *a = *(Elp__V1__NetworkCosts *const *)left;
    const Elp__V1__NetworkCosts *b = *(Elp__V1__NetworkCosts *const *)right;
    int order = strcmp(a->hospital, b->hospital);
    return order != 0 ? order : strcmp(a->network, b->network);
}

struct claim_list {
    Elp__V1__NetworkCosts *costs;
    bool more;
};

static int list_claim(void *state, const Elp__V1__CostClaim *claim) {
    struct claim_list *list = state;
    if (list->costs->n_claims == CLAIMS_MAX) {
        list->more = true;
        return 1;
    }
    list->costs->claims[list->costs->n_claims++] = (Elp__V1__CostClaim *)claim;
    return 0;
}

static int add_claims(const struct request *request, Elp__V1__NetworkCosts *costs, bool *ret_more) {
    struct claim_list list = {costs, false};
    costs->claims = arena_take(request->arena, CLAIMS_MAX * sizeof *costs->claims);
    if (costs->claims == NULL) {
        return FAILURE_MEMORY;
    }
    int result = costs_scan(request->txn, request->arena, costs->network, (int)costs->year, list_claim, &list);
    *ret_more = list.more;
    return result < 0 ? result : 0;
}

static int collect(const struct ledger *ledger, const struct request *request, const Elp__V1__CostsQuery *query,
                   Elp__V1__CostsReply *answer) {
    size_t count = ledger->balances.count;
    Elp__V1__NetworkCosts *networks = arena_take(request->arena, count * sizeof *networks);
    answer->networks = arena_take(request->arena, count * sizeof *answer->networks);
    if (networks == NULL || answer->networks == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const struct balance *balance = ledger->balances.items[i];
        bool one = query->network[0] != '\0';
        if (balance->year != (int)query->year || (one && strcmp(query->network, balance->network.text) != 0) ||
            !principal_sees_network(request->principal, balance->network.text)) {
            continue;
        }
        Elp__V1__NetworkCosts *costs = &networks[answer->n_networks];
        int failure = fill(ledger, request, balance, costs);
        if (failure == 0 && one) {
            bool more = false;
            failure = add_claims(request, costs, &more);
            answer->more = more;
        }
        if (failure < 0) {
            return failure;
        }
        answer->networks[answer->n_networks++] = costs;
    }
    if (answer->n_networks > 1) {
        qsort(answer->networks, answer->n_networks, sizeof *answer->networks, by_hospital);
    }
    return 0;
}

int query_costs(void *core, struct request *request, const void *message, struct reply *reply) {
    const Elp__V1__CostsQuery *query = message;
    Elp__V1__CostsReply answer = ELP__V1__COSTS_REPLY__INIT;
    if (!ledger_year_valid((int64_t)query->year)) {
        return reply_refuse(reply, "malformed", "year", "That is no budget year.", "Name a year such as 2026.");
    }
    if (query->network[0] != '\0' && !principal_sees_network(request->principal, query->network)) {
        return reply_refuse(reply, "denied", "network", "That network is outside your scope.",
                            "Ask for your own networks, or leave the network empty for all of them.");
    }
    if (request_wait(request, reply, query->after_number, query->wait_ms)) {
        return 0;
    }
    int failure = collect(core, request, query, &answer);
    return failure < 0 ? failure : reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_COSTS_REPLY, &answer.base);
}

/* --- fiscal sheets ------------------------------------------------------------------------------------------------ */

struct sheet_list {
    const struct request *request;
    const char *person;
    const Elp__V1__CostClaim **claims;
    size_t count;
    bool more;
};

static int list_paid(void *state, const Elp__V1__CostClaim *claim) {
    struct sheet_list *list = state;
    if (claim->person[0] == '\0' || (list->person[0] != '\0' && strcmp(list->person, claim->person) != 0)) {
        return 0;
    }
    if (list->count == SHEET_CLAIMS_MAX) {
        list->more = true;
        return 1;
    }
    list->claims[list->count++] = claim;
    return 0;
}

/* Claims of one person and network side by side. */
static int by_person(const void *left, const void *right) {
    const Elp__V1__CostClaim *a = *(const Elp__V1__CostClaim *const *)left;
    const Elp__V1__CostClaim *b = *(const Elp__V1__CostClaim *const *)right;
    int order = strcmp(a->person, b->person);
    return order != 0 ? order : strcmp(a->network, b->network);
}

static int list_year(const struct ledger *ledger, struct sheet_list *list, int year) {
    const struct request *request = list->request;
    int result = 0;
    for (size_t i = 0; i < ledger->balances.count && result == 0; i++) {
        const struct balance *balance = ledger->balances.items[i];
        if (balance->year == year && principal_sees_network(request->principal, balance->network.text)) {
            result = costs_scan(request->txn, request->arena, balance->network.text, year, list_paid, list);
        }
    }
    return result < 0 ? result : 0;
}

static int add_sheets(const struct sheet_list *list, Elp__V1__FiscalSheetReply *answer) {
    struct arena *arena = list->request->arena;
    Elp__V1__FiscalSheet *sheets = arena_take(arena, list->count * sizeof *sheets);
    answer->sheets = arena_take(arena, list->count * sizeof *answer->sheets);
    if (sheets == NULL || answer->sheets == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < list->count; i++) {
        const Elp__V1__CostClaim *claim = list->claims[i];
        if (i == 0 || by_person(&list->claims[i - 1], &list->claims[i]) != 0) {
            Elp__V1__FiscalSheet *begun = &sheets[answer->n_sheets];
            elp__v1__fiscal_sheet__init(begun);
            begun->person = claim->person;
            begun->network = claim->network;
            begun->year = claim->year;
            answer->sheets[answer->n_sheets++] = begun;
        }
        Elp__V1__FiscalSheet *sheet = answer->sheets[answer->n_sheets - 1];
        sheet->cents += claim->cents;
        sheet->partnership_cents += claim->partnership ? claim->cents : 0;
        sheet->claims++;
    }
    return 0;
}

int query_fiscal_sheet(void *core, struct request *request, const void *message, struct reply *reply) {
    const Elp__V1__FiscalSheetQuery *query = message;
    Elp__V1__FiscalSheetReply answer = ELP__V1__FISCAL_SHEET_REPLY__INIT;
    struct sheet_list list = {.request = request, .person = query->person};
    if (!ledger_year_valid((int64_t)query->year)) {
        return reply_refuse(reply, "malformed", "year", "That is no year.", "Name a year such as 2026.");
    }
    if (request_wait(request, reply, query->after_number, query->wait_ms)) {
        return 0;
    }
    list.claims = arena_take(request->arena, SHEET_CLAIMS_MAX * sizeof *list.claims);
    if (list.claims == NULL) {
        return FAILURE_MEMORY;
    }
    int failure = list_year(core, &list, (int)query->year);
    if (failure < 0) {
        return failure;
    }
    if (list.count > 1) {
        qsort(list.claims, list.count, sizeof *list.claims, by_person);
    }
    failure = add_sheets(&list, &answer);
    answer.more = list.more;
    if (failure < 0) {
        return failure;
    }
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_FISCAL_SHEET_REPLY, &answer.base);
}
