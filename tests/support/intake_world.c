#include "tests/support/intake_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/intake_fixture.h"

static Elp__V1__Function all_functions[] = {ELP__V1__FUNCTION__FUNCTION_F1, ELP__V1__FUNCTION__FUNCTION_F2,
                                            ELP__V1__FUNCTION__FUNCTION_F3};

static Elp__V1__SecondLeaderCondition met_by_all[] = {
    ELP__V1__SECOND_LEADER_CONDITION__SECOND_LEADER_CONDITION_PORTFOLIO,
    ELP__V1__SECOND_LEADER_CONDITION__SECOND_LEADER_CONDITION_SEPARATE_ACCOUNTS,
    ELP__V1__SECOND_LEADER_CONDITION__SECOND_LEADER_CONDITION_INSURANCE,
};

static char *site_of_n1[] = {(char *)"S1"};

void world_network(struct world_fact *out, const char *code, Elp__V1__NetworkKind kind) {
    elp__v1__registry_fact__init(&out->fact);
    elp__v1__network__init(&out->body.network);
    out->fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_NETWORK;
    out->fact.network = &out->body.network;
    out->body.network.code = (char *)code;
    out->body.network.name = (char *)"a network";
    out->body.network.kind = kind;
    out->body.network.collecting_institution = (char *)"H";
}

void world_payee(struct world_fact *out, const char *code) {
    elp__v1__registry_fact__init(&out->fact);
    elp__v1__payee__init(&out->body.payee);
    out->fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_PAYEE;
    out->fact.payee = &out->body.payee;
    out->body.payee.code = (char *)code;
    out->body.payee.name = (char *)"somebody";
}

void world_contract(struct world_fact *out, const char *code, const char *provider, const char *network) {
    elp__v1__registry_fact__init(&out->fact);
    elp__v1__provider_contract__init(&out->body.contract);
    out->fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_PROVIDER_CONTRACT;
    out->fact.provider_contract = &out->body.contract;
    out->body.contract.code = (char *)code;
    out->body.contract.provider = (char *)provider;
    out->body.contract.network = (char *)network;
    out->body.contract.convention = (char *)"2024";
    out->body.contract.from = (char *)"2024-04-01";
    out->body.contract.n_functions = 3;
    out->body.contract.functions = all_functions;
    out->body.contract.n_sites = strcmp(network, "N1") == 0 ? 1 : 0;
    out->body.contract.sites = site_of_n1;
    out->body.contract.sessions_per_month = 40;
    out->body.contract.payee = (char *)"P1";
}

static void leader(struct world_fact *out, const char *code, Elp__V1__SecondLeaderKind kind) {
    elp__v1__registry_fact__init(&out->fact);
    elp__v1__second_leader_contract__init(&out->body.leader);
    out->fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_SECOND_LEADER_CONTRACT;
    out->fact.second_leader_contract = &out->body.leader;
    out->body.leader.code = (char *)code;
    out->body.leader.network = (char *)"N1";
    out->body.leader.kind = kind;
    out->body.leader.from = (char *)"2024-01-01";
    out->body.leader.n_conditions = sizeof met_by_all / sizeof met_by_all[0];
    out->body.leader.conditions = met_by_all;
}

void world_expert(struct world_fact *out) {
    leader(out, "X1", ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_EXPERT);
    out->body.leader.designated = true;
    out->body.leader.designator = (char *)"O1";
    out->body.leader.rate_cents_per_hour = 4210;
    out->body.leader.paid_in_person = true;
    out->body.leader.payee = (char *)"X1";
}

void world_physician(struct world_fact *out) {
    leader(out, "D1", ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_PHYSICIAN);
    out->body.leader.payee = (char *)"D1";
}

void world_site(struct world_fact *out, const char *code, const char *network) {
    elp__v1__registry_fact__init(&out->fact);
    elp__v1__site__init(&out->body.site);
    out->fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_SITE;
    out->fact.site = &out->body.site;
    out->body.site.code = (char *)code;
    out->body.site.network = (char *)network;
    out->body.site.name = (char *)"a site";
    out->body.site.kind = ELP__V1__SITE_KIND__SITE_KIND_SCHOOL;
    out->body.site.agreement = true;
    out->body.site.share_exempt = true;
}

void world_programme(struct world_fact *out, const char *code, const char *network) {
    elp__v1__registry_fact__init(&out->fact);
    elp__v1__programme__init(&out->body.programme);
    out->fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_PROGRAMME;
    out->fact.programme = &out->body.programme;
    out->body.programme.code = (char *)code;
    out->body.programme.network = (char *)network;
    out->body.programme.title = (char *)"a programme";
    out->body.programme.n_functions = 3;
    out->body.programme.functions = all_functions;
    out->body.programme.decided_on = (char *)"2024-01-10";
    out->body.programme.published_on = (char *)"2024-02-01";
    out->body.programme.participants_min = 4;
    out->body.programme.interventions = 6;
    out->body.programme.goal = (char *)"a goal";
    out->body.programme.method = (char *)"a method";
    out->body.programme.target_group = (char *)"a group";
    out->body.programme.participation = (char *)"in talks";
    out->body.programme.sources = (char *)"a source";
}

void world_representation(struct world_fact *out, const char *principal, const char *provider) {
    elp__v1__registry_fact__init(&out->fact);
    elp__v1__representation__init(&out->body.representation);
    out->fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_REPRESENTATION;
    out->fact.representation = &out->body.representation;
    out->body.representation.principal = (char *)principal;
    out->body.representation.provider = (char *)provider;
}

void world_statement(struct world_fact *out, const char *niss, const char *from, bool insured) {
    elp__v1__registry_fact__init(&out->fact);
    elp__v1__insurability_statement__init(&out->body.statement);
    out->fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_INSURABILITY;
    out->fact.insurability = &out->body.statement;
    out->body.statement.niss = (char *)niss;
    out->body.statement.from = (char *)from;
    out->body.statement.insured = insured;
}

void world_budget(struct world_fact *out, const char *network, uint32_t year) {
    elp__v1__registry_fact__init(&out->fact);
    elp__v1__budget__init(&out->body.budget);
    out->fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_BUDGET;
    out->fact.budget = &out->body.budget;
    out->body.budget.network = (char *)network;
    out->body.budget.year = year;
}

void world_amendment(struct world_fact *out, const char *code, const char *network, const char *signed_on) {
    elp__v1__registry_fact__init(&out->fact);
    elp__v1__amendment__init(&out->body.amendment);
    out->fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_AMENDMENT;
    out->fact.amendment = &out->body.amendment;
    out->body.amendment.code = (char *)code;
    out->body.amendment.network = (char *)network;
    out->body.amendment.convention = (char *)"2024";
    out->body.amendment.signed_on = (char *)signed_on;
}

void world_letter(struct world_fact *out, const char *amendment, const char *contract, const char *sent_on) {
    elp__v1__registry_fact__init(&out->fact);
    elp__v1__amendment_letter__init(&out->body.letter);
    out->fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_AMENDMENT_LETTER;
    out->fact.amendment_letter = &out->body.letter;
    out->body.letter.amendment = (char *)amendment;
    out->body.letter.network = (char *)"N1";
    out->body.letter.contract = (char *)contract;
    out->body.letter.sent_on = (char *)sent_on;
}

static void load(struct intake_fixture *fixture, struct world_fact *fact) {
    const Elp__V1__FactVerdict *verdict = fixture_load(fixture, fixture_operator(), &fact->fact);
    if (verdict->result != ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED) {
        (void)fprintf(stderr, "intake world: fact refused: %s %s\n", verdict->refusal->field, verdict->refusal->reason);
        abort();
    }
}

static void load_contracts(struct intake_fixture *fixture) {
    static Elp__V1__Function f2_only[] = {ELP__V1__FUNCTION__FUNCTION_F2};
    struct world_fact fact;
    world_contract(&fact, "C1", FIXTURE_P1, "N1");
    load(fixture, &fact);
    world_contract(&fact, "C2", FIXTURE_P2, "N1");
    fact.body.contract.payee = (char *)"P2";
    load(fixture, &fact);
    world_contract(&fact, "C3", FIXTURE_P1, "N2");
    fact.body.contract.n_functions = 1;
    fact.body.contract.functions = f2_only;
    load(fixture, &fact);
    world_expert(&fact);
    load(fixture, &fact);
    world_physician(&fact);
    load(fixture, &fact);
}

void intake_world_load(struct intake_fixture *fixture) {
    static const char *const payees[] = {"H", "P1", "P2", "O1", "X1", "D1"};
    struct world_fact fact;
    const Elp__V1__LoadBookReply *book = fixture_book(fixture, ELP_SOURCE_DIR "/deploy/conventions/2024.yaml");
    if (book == NULL || !book->loaded || fixture_clock(fixture, "2024-05-20T12:00:00+02:00") == NULL) {
        abort();
    }
    for (size_t i = 0; i < sizeof payees / sizeof payees[0]; i++) {
        world_payee(&fact, payees[i]);
        load(fixture, &fact);
    }
    world_network(&fact, "N1", ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT);
    load(fixture, &fact);
    world_network(&fact, "N2", ELP__V1__NETWORK_KIND__NETWORK_KIND_CHILD);
    load(fixture, &fact);
    world_network(&fact, "N3", ELP__V1__NETWORK_KIND__NETWORK_KIND_MIXED);
    fact.body.network.prison_network = true;
    load(fixture, &fact);
    world_site(&fact, "S1", "N1");
    load(fixture, &fact);
    world_site(&fact, "S2", "N2");
    load(fixture, &fact);
    load_contracts(fixture);
    world_programme(&fact, "G1", "N1");
    load(fixture, &fact);
    world_programme(&fact, "G2", "N2");
    load(fixture, &fact);
    world_representation(&fact, "demo", "*");
    load(fixture, &fact);
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

char *fixture_niss(int year, int month, int day, int serial, char *out) {
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%02d%02d%02d%03d", year % 100, month, day, serial);
    long long body = atoll(digits) + (year >= 2000 ? 2000000000LL : 0);
    (void)snprintf(out, 12, "%.9s%02u", digits, (unsigned)(97 - body % 97) % 100u);
    return out;
}

void fixture_people(struct fixture_line *out, size_t count, int serial, const char *birth_date) {
    int year = atoi(birth_date);
    int month = atoi(birth_date + 5);
    int day = atoi(birth_date + 8);
    for (size_t i = 0; i < count; i++) {
        Elp__V1__Beneficiary *beneficiary = &out->beneficiaries[i];
        elp__v1__beneficiary__init(beneficiary);
        beneficiary->niss = fixture_niss(year, month, day, serial + (int)i, out->niss[i]);
        beneficiary->birth_date = (char *)birth_date;
        beneficiary->ct1 = (char *)"110";
        beneficiary->ct2 = (char *)"110";
        out->pointers[i] = beneficiary;
    }
    out->line.n_beneficiaries = count;
    out->line.beneficiaries = out->pointers;
}

static void common_fields(struct fixture_line *out, const char *key) {
    memset(out, 0, sizeof *out);
    elp__v1__attestation_line__init(&out->line);
    (void)snprintf(out->key, sizeof out->key, "%s", key);
    out->line.key = (ProtobufCBinaryData){strlen(out->key), (uint8_t *)out->key};
    out->line.network = (char *)"N1";
    out->line.provider = (char *)FIXTURE_P1;
    out->line.function = ELP__V1__FUNCTION__FUNCTION_F2;
    out->line.date = (char *)"2024-05-14";
}

void fixture_individual(struct fixture_line *out, const char *key) {
    common_fields(out, key);
    out->line.service = ELP__V1__SERVICE__SERVICE_INDIVIDUAL;
    out->line.start = (char *)"09:00";
    out->line.minutes = 60;
    fixture_people(out, 1, 1, "1980-02-01");
}

void fixture_group(struct fixture_line *out, const char *key) {
    common_fields(out, key);
    out->line.service = ELP__V1__SERVICE__SERVICE_GROUP;
    out->line.start = (char *)"14:00";
    out->line.minutes = 120;
    out->line.direct_minutes = 90;
    out->line.second_leader = (char *)"X1";
    out->line.programme = (char *)"G1";
    fixture_people(out, 4, 100, "1980-02-01");
}

void fixture_community(struct fixture_line *out, const char *key) {
    fixture_group(out, key);
    out->line.function = ELP__V1__FUNCTION__FUNCTION_F1;
    out->line.site = (char *)"S1";
    out->line.second_leader = (char *)"";
    out->line.second_provider = (char *)FIXTURE_P2;
    out->line.n_beneficiaries = 0;
    out->line.head_count = 10;
}
