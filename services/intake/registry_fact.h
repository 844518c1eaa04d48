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

#define FACT_ARTICLE_BYTES 64

/* Why a fact is refused; `code` NULL while it is not. */
struct fact_refusal {
    const char *code;                 /* malformed, denied, unknown-reference, contradiction */
    char article[FACT_ARTICLE_BYTES]; /* "": our own decision */
    char field[FINDING_FIELD_BYTES];
    char reason[FINDING_REASON_BYTES];
    const char *remedy;
};

/* Sets a refusal; the first one stays. Returns false, so that a check can `return fact_refuse(…)`. */
bool fact_refuse(struct fact_refusal *refusal, const char *code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for a contradiction with the article that it breaks. */
bool fact_refuse_by(struct fact_refusal *refusal, const char *article, const char *field, const char *format, ...)
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
        Elp__V1__Amendment amendment;
        Elp__V1__AmendmentLetter letter;
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
#define REGISTRY_RIGHTS 11
extern const struct right registry_rights[REGISTRY_RIGHTS + 1];

/* May the principal send a fact of this kind, about this network? */
MUST_USE bool registry_fact_allowed(const struct principal *principal, Elp__V1__RegistryFact__FactCase kind,
                                    const struct registry_fact *fact, struct fact_refusal *refusal);

/* What a fact is judged against: what stands, and the Brussels day on which it arrives. */
struct fact_context {
    const struct registry *registry;
    const struct books *books;
    struct date today;
};

/*
 * Does everything that the fact names exist, and does nothing that stands, and no article of its convention, contradict
 * it? The second half of each kind is in its own file: contracts, amendments and letters, money.
 */
MUST_USE bool registry_fact_fits(const struct fact_context *context, const struct registry_fact *fact,
                                 const Elp__V1__RegistryFact *wire, struct fact_refusal *refusal);

/* registry_contract_rules.c: contracts of providers (R2) and second leaders (R4). */
MUST_USE bool provider_contract_fits(const struct fact_context *context, const struct registry_fact *fact,
                                     const Elp__V1__ProviderContract *wire, struct fact_refusal *refusal);
MUST_USE bool second_leader_contract_fits(const struct fact_context *context, const struct registry_fact *fact,
                                          const Elp__V1__SecondLeaderContract *wire, struct fact_refusal *refusal);

/* registry_amendment.c: amendments and letters (R6); reading them, and whether they fit. */
MUST_USE bool registry_read_amendment(const Elp__V1__Amendment *wire, struct registry_fact *fact, struct fact_wire *out,
                                      struct fact_refusal *refusal);
MUST_USE bool registry_read_letter(const Elp__V1__AmendmentLetter *wire, struct registry_fact *fact,
                                   struct fact_wire *out, struct fact_refusal *refusal);
MUST_USE bool amendment_fits(const struct fact_context *context, const struct registry_fact *fact,
                             struct fact_refusal *refusal);
MUST_USE bool letter_fits(const struct fact_context *context, const struct registry_fact *fact,
                          struct fact_refusal *refusal);

/* registry_network_rules.c: a network's policies (R1), its budgets, its programme cards (R7). */
MUST_USE bool network_fits(const struct fact_context *context, const struct registry_fact *fact,
                           struct fact_refusal *refusal);
MUST_USE bool budget_fits(const struct fact_context *context, const struct registry_fact *fact,
                          const Elp__V1__Budget *wire, struct fact_refusal *refusal);
MUST_USE bool programme_fits(const struct fact_context *context, const struct registry_fact *fact,
                             const Elp__V1__Programme *wire, struct fact_refusal *refusal);

/* False with `unknown-reference` when `code` is given and no fact of the kind has it. */
MUST_USE bool fact_is_known(const struct registry *registry, enum fact_kind kind, const char *code, const char *field,
                            struct fact_refusal *refusal);

#endif
