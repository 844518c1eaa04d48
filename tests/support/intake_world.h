#ifndef ELP_TESTS_SUPPORT_INTAKE_WORLD_H
#define ELP_TESTS_SUPPORT_INTAKE_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "elp/v1/registry.pb-c.h"

struct intake_fixture;

/* Fills an empty fixture with the world that intake_fixture.h describes. */
void intake_world_load(struct intake_fixture *fixture);

/* Its facts, to be changed and sent again: a RegistryFact and the message in it. Texts are constants. */
struct world_fact {
    Elp__V1__RegistryFact fact;
    union {
        Elp__V1__Network network;
        Elp__V1__Payee payee;
        Elp__V1__ProviderContract contract;
        Elp__V1__SecondLeaderContract leader;
        Elp__V1__Site site;
        Elp__V1__Programme programme;
        Elp__V1__Representation representation;
        Elp__V1__InsurabilityStatement statement;
        Elp__V1__Budget budget;
        Elp__V1__Amendment amendment;
        Elp__V1__AmendmentLetter letter;
    } body;
};
void world_network(struct world_fact *out, const char *code, Elp__V1__NetworkKind kind);
void world_payee(struct world_fact *out, const char *code);
void world_contract(struct world_fact *out, const char *code, const char *provider, const char *network);
void world_expert(struct world_fact *out);    /* X1 */
void world_physician(struct world_fact *out); /* D1 */
void world_site(struct world_fact *out, const char *code, const char *network);
void world_programme(struct world_fact *out, const char *code, const char *network);
void world_representation(struct world_fact *out, const char *principal, const char *provider);
void world_statement(struct world_fact *out, const char *niss, const char *from, bool insured);
void world_budget(struct world_fact *out, const char *network, uint32_t year);
/* Of the convention of 2024, signed by the network on that day; the letter of that day to the holder of a contract. */
void world_amendment(struct world_fact *out, const char *code, const char *network, const char *signed_on);
void world_letter(struct world_fact *out, const char *amendment, const char *contract, const char *sent_on);

#endif
