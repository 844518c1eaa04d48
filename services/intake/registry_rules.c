#include <string.h>

#include "common/require.h"
#include "services/intake/books.h"
#include "services/intake/registry_fact.h"

/* --- who may send what (rulebook R1; S2, S4 art. 4, S3) ----------------------------------------------------------- */

#define INSTITUTIONS (ROLE_OPERATOR | ROLE_COLLECTING_INSTITUTION)

const struct right registry_rights[REGISTRY_RIGHTS + 1] = {
    [ELP__V1__REGISTRY_FACT__FACT_NETWORK] = {"load-registry network", ROLE_OPERATOR | ROLE_AUTHORITY, SCOPE_NETWORKS},
    [ELP__V1__REGISTRY_FACT__FACT_BUDGET] = {"load-registry budget", ROLE_OPERATOR | ROLE_AUTHORITY, SCOPE_NETWORKS},
    [ELP__V1__REGISTRY_FACT__FACT_PAYEE] = {"load-registry payee", INSTITUTIONS, SCOPE_WHOLE},
    [ELP__V1__REGISTRY_FACT__FACT_PROVIDER_CONTRACT] = {"load-registry provider-contract", INSTITUTIONS,
                                                        SCOPE_NETWORKS},
    [ELP__V1__REGISTRY_FACT__FACT_SECOND_LEADER_CONTRACT] = {"load-registry second-leader-contract", INSTITUTIONS,
                                                             SCOPE_NETWORKS},
    [ELP__V1__REGISTRY_FACT__FACT_SITE] = {"load-registry site", ROLE_OPERATOR | ROLE_NETWORK, SCOPE_NETWORKS},
    [ELP__V1__REGISTRY_FACT__FACT_PROGRAMME] = {"load-registry programme", ROLE_OPERATOR | ROLE_NETWORK,
                                                SCOPE_NETWORKS},
    [ELP__V1__REGISTRY_FACT__FACT_REPRESENTATION] = {"load-registry representation", ROLE_OPERATOR, SCOPE_WHOLE},
    [ELP__V1__REGISTRY_FACT__FACT_INSURABILITY] = {"load-registry insurability", ROLE_OPERATOR | ROLE_INSURER,
                                                   SCOPE_WHOLE},
};

static unsigned roles_of(Elp__V1__RegistryFact__FactCase kind) {
    require(kind > 0 && (size_t)kind <= REGISTRY_RIGHTS);
    return registry_rights[kind].roles;
}

bool registry_fact_allowed(const struct principal *principal, Elp__V1__RegistryFact__FactCase kind,
                           const struct registry_fact *fact, struct fact_refusal *refusal) {
    if ((principal->role & roles_of(kind)) == 0) {
        return fact_refuse(refusal, "denied", "", "The role %s may not send facts of this kind.",
                           role_word(principal->role));
    }
    if (fact != NULL && fact->network.text[0] != '\0' && !principal_sees_network(principal, fact->network.text)) {
        return fact_refuse(refusal, "denied", "network", "Network %s lies outside this principal's scope.",
                           fact->network.text);
    }
    return true;
}

/* --- what a fact names exists ------------------------------------------------------------------------------------- */

static bool known(const struct registry *registry, enum fact_kind kind, const char *code, const char *field,
                  struct fact_refusal *refusal) {
    if (code[0] == '\0' || registry_find(registry, kind, code) != NULL) {
        return true;
    }
    return fact_refuse(refusal, "unknown-reference", field, "No %s has the code %s.", fact_kind_words[kind], code);
}

/* A code stays with its network: another network may not take it over. */
static bool same_network(const struct code *standing, const struct registry_fact *fact, struct fact_refusal *refusal) {
    if (strcmp(standing->text, fact->network.text) == 0) {
        return true;
    }
    return fact_refuse(refusal, "contradiction", "network", "The %s %s stands with network %s.",
                       fact_kind_words[fact->kind], fact->code, standing->text);
}

/* --- contracts ---------------------------------------------------------------------------------------------------- */

/* The last day that a contract covers; DATE_NONE: no end is known. */
static struct date last_day_of(const struct registry_contract *contract, const struct books *books) {
    const struct loaded_book *loaded = books_find(books, contract->convention);
    struct date last = contract->until;
    if (date_is_none(last) && loaded != NULL) {
        last = loaded->book->sessions.until;
    }
    if (!date_is_none(contract->notice)) {
        struct date end = loaded != NULL ? book_contract_end_after_notice(loaded->book, contract->notice)
                                         : date_contract_end_after_notice(contract->notice);
        struct date before = date_add_days(end, -1);
        if (date_is_none(last) || date_compare(before, last) < 0) {
            last = before;
        }
    }
    return last;
}

static bool starts_by(struct date from, struct date last) {
    return date_is_none(last) || date_compare(from, last) <= 0;
}

/* Two contracts of one provider with one network and convention would leave open which of them covers a session. */
static bool contract_fits(const struct registry *registry, const struct books *books, const struct registry_fact *fact,
                          const Elp__V1__ProviderContract *wire, struct fact_refusal *refusal) {
    const struct registry_contract *contract = &fact->as.contract;
    uint32_t provider = inami_unique(&contract->provider);
    if (!known(registry, FACT_NETWORK, contract->network.text, "network", refusal) ||
        !known(registry, FACT_PAYEE, contract->payee.text, "payee", refusal)) {
        return false;
    }
    for (size_t i = 0; i < wire->n_sites; i++) {
        const struct registry_site *site = registry_site(registry, wire->sites[i]);
        if (site == NULL || strcmp(site->network.text, contract->network.text) != 0) {
            return fact_refuse(refusal, "unknown-reference", "sites", "Network %s has no site %s.",
                               contract->network.text, wire->sites[i]);
        }
    }
    const struct loaded_book *loaded = books_find(books, contract->convention);
    if (contract->functions == 0 && loaded != NULL && book_on(loaded->book, contract->from)->function_required) {
        return fact_refuse(refusal, "malformed", "functions",
                           "A contract under the book of %s must name its functions.", contract->convention);
    }
    struct date last = last_day_of(contract, books);
    const struct registry_contract *other = registry_contracts(registry, provider);
    for (; other != NULL; other = other->next_of_provider) {
        if (inami_unique(&other->provider) == provider && strcmp(other->entry.code, fact->code) != 0 &&
            strcmp(other->network.text, contract->network.text) == 0 &&
            strcmp(other->convention, contract->convention) == 0 &&
            starts_by(contract->from, last_day_of(other, books)) && starts_by(other->from, last)) {
            return fact_refuse(refusal, "contradiction", "from",
                               "Contract %s of the same provider, network and convention covers some of these days.",
                               other->entry.code);
        }
    }
    return true;
}

static bool second_leader_fits(const struct registry *registry, const struct registry_fact *fact,
                               struct fact_refusal *refusal) {
    const struct registry_second_leader *leader = &fact->as.second_leader;
    return known(registry, FACT_NETWORK, leader->network.text, "network", refusal) &&
           known(registry, FACT_PAYEE, leader->designator.text, "designator", refusal) &&
           known(registry, FACT_PAYEE, leader->payee.text, "payee", refusal);
}

/* Eating disorders: child and adolescent networks only; prisons: prison networks only (S0 art. 14 §1). */
static bool budget_fits(const struct registry *registry, const struct registry_fact *fact, const Elp__V1__Budget *wire,
                        struct fact_refusal *refusal) {
    const struct registry_network *network = registry_network(registry, fact->network.text);
    if (network == NULL) {
        return known(registry, FACT_NETWORK, fact->network.text, "network", refusal);
    }
    for (size_t i = 0; i < wire->n_envelopes; i++) {
        Elp__V1__BudgetEnvelope envelope = wire->envelopes[i]->envelope;
        if (wire->envelopes[i]->cents == 0) {
            continue;
        }
        if (envelope == ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_EATING_DISORDERS &&
            network->kind == NETWORK_ADULT) {
            return fact_refuse(refusal, "contradiction", "envelopes",
                               "mission.eating-disorders is for child and adolescent networks; %s is an adult network.",
                               fact->network.text);
        }
        if (envelope == ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_PRISONS && !network->prison_network) {
            return fact_refuse(refusal, "contradiction", "envelopes",
                               "mission.prisons is for prison networks; %s is none.", fact->network.text);
        }
    }
    return true;
}

/* The network of the fact that stands under the same code; NULL when none does or the kind has none. */
static const struct code *standing_network(const struct registry *registry, const struct registry_fact *fact) {
    const struct registry_entry *entry = registry_find(registry, fact->kind, fact->code);
    if (entry == NULL) {
        return NULL;
    }
    switch (fact->kind) {
    case FACT_PROVIDER_CONTRACT:
        return &((const struct registry_contract *)entry)->network;
    case FACT_SECOND_LEADER_CONTRACT:
        return &((const struct registry_second_leader *)entry)->network;
    case FACT_SITE:
        return &((const struct registry_site *)entry)->network;
    case FACT_PROGRAMME:
        return &((const struct registry_programme *)entry)->network;
    case FACT_NETWORK:
    case FACT_PAYEE:
    case FACT_REPRESENTATION:
    case FACT_BUDGET:
    case FACT_KINDS:
        break;
    }
    return NULL;
}

bool registry_fact_fits(const struct registry *registry, const struct books *books, const struct registry_fact *fact,
                        const Elp__V1__RegistryFact *wire, struct fact_refusal *refusal) {
    const struct code *standing = standing_network(registry, fact);
    if (standing != NULL && !same_network(standing, fact, refusal)) {
        return false;
    }
    switch (fact->kind) {
    case FACT_NETWORK:
        return known(registry, FACT_PAYEE, wire->network->collecting_institution, "collecting_institution", refusal);
    case FACT_PROVIDER_CONTRACT:
        return contract_fits(registry, books, fact, wire->provider_contract, refusal);
    case FACT_SECOND_LEADER_CONTRACT:
        return second_leader_fits(registry, fact, refusal);
    case FACT_SITE:
    case FACT_PROGRAMME:
        return known(registry, FACT_NETWORK, fact->network.text, "network", refusal);
    case FACT_BUDGET:
        return budget_fits(registry, fact, wire->budget, refusal);
    case FACT_PAYEE:
    case FACT_REPRESENTATION:
    case FACT_KINDS:
        break;
    }
    return true;
}
