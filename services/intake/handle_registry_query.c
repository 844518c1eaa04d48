#include <string.h>

#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"
#include "services/intake/registry_fact.h"
#include "services/intake/registry_store.h"

#define PAGE_FACTS_MAX 500

/* Payees carry accounts, representations say who works for whom: not for everybody. */
#define PRIVATE_ROLES (ROLE_OPERATOR | ROLE_COLLECTING_INSTITUTION | ROLE_AUTHORITY | ROLE_DAEMON)

static enum fact_kind kind_of_word(const char *word) {
    for (int kind = FACT_NETWORK; kind < FACT_KINDS; kind++) {
        if (strcmp(fact_kind_words[kind], word) == 0) {
            return (enum fact_kind)kind;
        }
    }
    return FACT_KINDS;
}

/* Is the fact about the network that was asked for, and may the principal see it? */
static bool wanted(const struct principal *principal, const char *network, const struct registry_fact *fact) {
    if (fact->network.text[0] == '\0') {
        return network[0] == '\0';
    }
    return (network[0] == '\0' || strcmp(network, fact->network.text) == 0) &&
           principal_sees_network(principal, fact->network.text);
}

static int collect(struct request *request, const Elp__V1__RegistryQuery *query, struct registry_walk *walk,
                   Elp__V1__RegistryReply *answer) {
    size_t max = query->max == 0 || query->max > PAGE_FACTS_MAX ? PAGE_FACTS_MAX : query->max;
    struct span bytes = {0};
    bool found = false;
    answer->facts = arena_take(request->arena, max * sizeof *answer->facts);
    if (answer->facts == NULL) {
        return FAILURE_MEMORY;
    }
    int failure = registry_walk_next(walk, &bytes, &found);
    while (failure == 0 && found) {
        struct registry_fact fact;
        struct fact_wire normal;
        struct fact_refusal refusal = {0};
        Elp__V1__RegistryFact *wire = wire_unpack(request->arena, &elp__v1__registry_fact__descriptor, bytes);
        if (wire == NULL || !registry_fact_read(wire, &fact, &normal, &refusal)) {
            return FAILURE_CORRUPT;
        }
        if (wanted(request->principal, query->network, &fact)) {
            if (answer->n_facts == max) {
                answer->more = true;
                return 0;
            }
            answer->facts[answer->n_facts++] = wire;
        }
        failure = registry_walk_next(walk, &bytes, &found);
    }
    return failure;
}

/* The fact of one code, if there is one that the principal may see. */
static int collect_one(struct request *request, const Elp__V1__RegistryQuery *query, enum fact_kind kind,
                       Elp__V1__RegistryReply *answer) {
    struct span bytes = {0};
    bool found = false;
    int failure = registry_stored(request->txn, kind, query->code, &bytes, &found);
    if (failure < 0 || !found) {
        return failure;
    }
    struct registry_fact fact;
    struct fact_wire normal;
    struct fact_refusal refusal = {0};
    answer->facts = arena_take(request->arena, sizeof *answer->facts);
    Elp__V1__RegistryFact *wire = wire_unpack(request->arena, &elp__v1__registry_fact__descriptor, bytes);
    if (answer->facts == NULL) {
        return FAILURE_MEMORY;
    }
    if (wire == NULL || !registry_fact_read(wire, &fact, &normal, &refusal)) {
        return FAILURE_CORRUPT;
    }
    if (wanted(request->principal, query->network, &fact)) {
        answer->facts[answer->n_facts++] = wire;
    }
    return 0;
}

int handle_registry_query(void *state, struct request *request, const void *message, struct reply *reply) {
    const Elp__V1__RegistryQuery *query = message;
    enum fact_kind kind = kind_of_word(query->kind);
    Elp__V1__RegistryReply answer = ELP__V1__REGISTRY_REPLY__INIT;
    struct registry_walk walk = {0};
    (void)state;
    if (kind == FACT_KINDS) {
        return reply_refuse(reply, "malformed", "kind", "there is no such kind of fact",
                            "ask for network, payee, provider-contract, second-leader-contract, site, programme,"
                            " amendment, amendment-letter, representation or budget");
    }
    if ((kind == FACT_PAYEE || kind == FACT_REPRESENTATION) && (request->principal->role & PRIVATE_ROLES) == 0) {
        return reply_refuse(reply, "denied", "kind", "this principal's role does not see facts of this kind",
                            "ask the collecting institution or the operator");
    }
    if (strlen(query->after_code) >= FACT_CODE_BYTES) {
        return reply_refuse(reply, "malformed", "after_code", "no code is that long",
                            "give the code of the last fact of the page before, or none");
    }
    if (strlen(query->code) >= FACT_CODE_BYTES) {
        return reply_refuse(reply, "malformed", "code", "no code is that long", "give the code of a fact, or none");
    }
    if (query->code[0] != '\0') {
        int outcome = collect_one(request, query, kind, &answer);
        return outcome < 0 ? outcome
                           : reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REGISTRY_REPLY, &answer.base);
    }
    int failure = registry_walk_open(request->txn, kind, query->after_code, &walk);
    if (failure < 0) {
        return failure;
    }
    failure = collect(request, query, &walk, &answer);
    registry_walk_close(&walk);
    return failure < 0 ? failure : reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REGISTRY_REPLY, &answer.base);
}
