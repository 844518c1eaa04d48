#ifndef ELP_SERVICES_INTAKE_REGISTRY_FACT_H
#define ELP_SERVICES_INTAKE_REGISTRY_FACT_H

#include <stdbool.h>

#include "common/daemon.h"
#include "services/intake/findings.h"
#include "services/intake/insurability.h"
#include "services/intake/registry.h"

struct books;

/*
 * Judging registry facts: is the fact in range (registry_fact.c), may this principal send it, does what it names exist
 * and does it contradict what stands (registry_rules.c).
 */

/* Why a fact is refused; `code` NULL while it is not. */
struct fact_refusal {
    const char *code; /* malformed, denied, unknown-reference, contradiction */
    char field[FINDING_FIELD_BYTES];
    char reason[FINDING_REASON_BYTES];
    const char *remedy;
};

/* Sets a refusal; the first one stays. Returns false, so that a check can `return fact_refuse(…)`. */
bool fact_refuse(struct fact_refusal *refusal, const char *code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * The fact in a form that two equal facts share: a shallow copy of the message with identifiers without separators and
 * without unknown fields. Texts point into the message and into `texts`.
 */
struct fact_wire {
    Elp__V1__RegistryFact fact;
    union {
        Elp__V1__Network network;
        Elp__V1__Payee payee;
        Elp__V1__ProviderContract provider_contract;
        Elp__V1__SecondLeaderContract second_leader_contract;
        Elp__V1__Site site;
        Elp__V1__Programme programme;
        Elp__V1__Representation representation;
        Elp__V1__Budget budget;
    } body;
    struct inami provider;
    struct bce bce;
    struct iban iban;
};

/*
 * Reads every fact but an insurer's statement. False with the refusal set when a field is out of range. Used for what
 * arrives and, at open, for what is stored.
 */
MUST_USE bool registry_fact_read(const Elp__V1__RegistryFact *wire, struct registry_fact *ret_fact,
                                 struct fact_wire *ret_wire, struct fact_refusal *refusal);

/*
 * Reads a statement that arrives on the day `today`; the person is known by NISS and gets its number from the caller.
 * Nothing is resolved in the future: it would keep a deadline open at will.
 */
MUST_USE bool statement_read(const Elp__V1__InsurabilityStatement *wire, struct date today, struct niss *ret_niss,
                             struct statement *ret, struct fact_refusal *refusal);

/* Who may send which kind of fact (rulebook §3), by Elp__V1__RegistryFact__FactCase; 0 is none. */
#define REGISTRY_RIGHTS 9
extern const struct right registry_rights[REGISTRY_RIGHTS + 1];

/* May the principal send a fact of this kind, about this network? */
MUST_USE bool registry_fact_allowed(const struct principal *principal, Elp__V1__RegistryFact__FactCase kind,
                                    const struct registry_fact *fact, struct fact_refusal *refusal);

/* Does everything that the fact names exist, and does nothing that stands contradict it? */
MUST_USE bool registry_fact_fits(const struct registry *registry, const struct books *books,
                                 const struct registry_fact *fact, const Elp__V1__RegistryFact *wire,
                                 struct fact_refusal *refusal);

#endif
