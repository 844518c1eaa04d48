#include <string.h>

#include "common/require.h"
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
    [ELP__V1__REGISTRY_FACT__FACT_AMENDMENT] = {"load-registry amendment", ROLE_OPERATOR | ROLE_NETWORK,
                                                SCOPE_NETWORKS},
    [ELP__V1__REGISTRY_FACT__FACT_AMENDMENT_LETTER] = {"load-registry amendment-letter", ROLE_OPERATOR | ROLE_NETWORK,
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

bool fact_is_known(const struct registry *registry, enum fact_kind kind, const char *code, const char *field,
                   struct fact_refusal *refusal) {
    if (code[0] == '\0' || registry_find(registry, kind, code) != NULL) {
        return true;
    }
    return fact_refuse(refusal, "unknown-reference", field, "No %s has the code %s.", fact_kind_words[kind], code);
}

/* Where it stands that a fact of the kind belongs to one network. */
static const char *article_of_network(enum fact_kind kind) {
    switch (kind) {
    case FACT_SITE:
        return "S0 art. 14 §1";
    case FACT_PROGRAMME:
        return "S4 art. 4";
    case FACT_PROVIDER_CONTRACT:
    case FACT_SECOND_LEADER_CONTRACT:
        return "S4 art. 1";
    case FACT_AMENDMENT:
    case FACT_AMENDMENT_LETTER:
        return "S4 art. 11 §3";
    case FACT_NETWORK:
    case FACT_PAYEE:
    case FACT_REPRESENTATION:
    case FACT_BUDGET:
    case FACT_KINDS:
        break;
    }
    return "";
}

/* A code stays with its network: another network may not take it over. */
static bool same_network(const struct code *standing, const struct registry_fact *fact, struct fact_refusal *refusal) {
    if (strcmp(standing->text, fact->network.text) == 0) {
        return true;
    }
    return fact_refuse_by(refusal, article_of_network(fact->kind), "network", "The %s %s stands with network %s.",
                          fact_kind_words[fact->kind], fact->code, standing->text);
}

/* --- codes ---------------------------------------------------------------------------------------------------------- */

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
    case FACT_AMENDMENT:
        return &((const struct registry_amendment *)entry)->network;
    case FACT_AMENDMENT_LETTER:
        return &((const struct registry_letter *)entry)->network;
    case FACT_NETWORK:
    case FACT_PAYEE:
    case FACT_REPRESENTATION:
    case FACT_BUDGET:
    case FACT_KINDS:
        break;
    }
    return NULL;
}

bool registry_fact_fits(const struct fact_context *context, const struct registry_fact *fact,
                        const Elp__V1__RegistryFact *wire, struct fact_refusal *refusal) {
    const struct registry *registry = context->registry;
    const struct code *standing = standing_network(registry, fact);
    if (standing != NULL && !same_network(standing, fact, refusal)) {
        return false;
    }
    switch (fact->kind) {
    case FACT_NETWORK:
        return fact_is_known(registry, FACT_PAYEE, wire->network->collecting_institution, "collecting_institution",
                             refusal) &&
               network_fits(context, fact, refusal);
    case FACT_PROVIDER_CONTRACT:
        return provider_contract_fits(context, fact, wire->provider_contract, refusal);
    case FACT_SECOND_LEADER_CONTRACT:
        return second_leader_contract_fits(context, fact, wire->second_leader_contract, refusal);
    case FACT_SITE:
        return fact_is_known(registry, FACT_NETWORK, fact->network.text, "network", refusal);
    case FACT_PROGRAMME:
        return fact_is_known(registry, FACT_NETWORK, fact->network.text, "network", refusal) &&
               programme_fits(context, fact, wire->programme, refusal);
    case FACT_BUDGET:
        return budget_fits(context, fact, wire->budget, refusal);
    case FACT_AMENDMENT:
        return amendment_fits(context, fact, refusal);
    case FACT_AMENDMENT_LETTER:
        return letter_fits(context, fact, refusal);
    case FACT_PAYEE:
    case FACT_REPRESENTATION:
    case FACT_KINDS:
        break;
    }
    return true;
}
