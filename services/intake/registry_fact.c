#include "services/intake/registry_fact.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/require.h"
#include "common/wire.h"
#include "services/intake/registry_field.h"

#define SESSIONS_MAX 10000
#define SESSIONS_YEAR_MAX 120000
#define CONTINGENT_MAX 10000000
#define RATE_CENTS_MAX 100000 /* 1,000.00 an hour: a slip of the pen, whatever the tariff */
#define LOCALITIES_MAX 100
#define YEAR_MIN 2019
#define YEAR_MAX 2099

static bool read_functions(const Elp__V1__Function *functions, size_t count, unsigned *ret,
                           struct fact_refusal *refusal) {
    *ret = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned bit = 1u << ((unsigned)functions[i] & 31u);
        if (!wire_enum_known(&elp__v1__function__descriptor, (int)functions[i]) || (*ret & bit)) {
            return fact_refuse(refusal, "malformed", "functions", "functions must be F1, F2 or F3, each at most once.");
        }
        *ret |= bit;
    }
    return true;
}

static void set_code(struct registry_fact *fact, const struct code *code) {
    (void)snprintf(fact->code, sizeof fact->code, "%s", code->text);
}

/* --- kinds -------------------------------------------------------------------------------------------------------- */

static bool read_network(const Elp__V1__Network *wire, struct registry_fact *fact, struct fact_wire *out,
                         struct fact_refusal *refusal) {
    struct registry_network *network = &fact->as.network_fact;
    struct code code;
    struct code institution;
    if (!fact_read_code(wire->code, "code", true, &code, refusal) ||
        !fact_check_text(wire->name, "name", WIRE_TEXT_BYTES_MAX, refusal) ||
        !fact_read_code(wire->collecting_institution, "collecting_institution", false, &institution, refusal) ||
        !fact_check_most(wire->contingent, CONTINGENT_MAX, "contingent", refusal)) {
        return false;
    }
    if (!wire_enum_known(&elp__v1__network_kind__descriptor, (int)wire->kind)) {
        return fact_refuse(refusal, "malformed", "kind", "kind must be adult, child or mixed.");
    }
    set_code(fact, &code);
    fact->network = code;
    network->kind = (enum network_kind)wire->kind;
    network->prison_network = wire->prison_network;
    network->sites_from_art8 = wire->sites_from_art8;
    network->new_graduates_merged = wire->new_graduates_merged;
    network->contingent = (int)wire->contingent;
    out->body.network = *wire;
    out->body.network.base.n_unknown_fields = 0;
    out->fact.network = &out->body.network;
    return true;
}

/* Incomplete payees are accepted; what is given must be right (R9). */
static bool read_payee(const Elp__V1__Payee *wire, struct registry_fact *fact, struct fact_wire *out,
                       struct fact_refusal *refusal) {
    struct code code;
    if (!fact_read_code(wire->code, "code", true, &code, refusal) ||
        !fact_check_text(wire->name, "name", WIRE_TEXT_BYTES_MAX, refusal) ||
        !fact_check_text(wire->street, "street", WIRE_TEXT_BYTES_MAX, refusal) ||
        !fact_check_text(wire->town, "town", WIRE_TEXT_BYTES_MAX, refusal)) {
        return false;
    }
    if (wire->country[0] != '\0' &&
        (strspn(wire->country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2 || wire->country[2] != '\0')) {
        return fact_refuse(refusal, "malformed", "country",
                           "country must be two capital letters (ISO 3166), such as BE.");
    }
    set_code(fact, &code);
    out->body.payee = *wire;
    out->body.payee.base.n_unknown_fields = 0;
    out->fact.payee = &out->body.payee;
    if (wire->bce[0] != '\0') {
        if (!bce_parse(wire->bce, &out->bce)) {
            return fact_refuse(refusal, "malformed", "bce",
                               "bce must be an enterprise number of 10 digits whose check digits fit.");
        }
        out->body.payee.bce = out->bce.digits;
    }
    if (wire->iban[0] != '\0') {
        if (!iban_parse(wire->iban, &out->iban)) {
            return fact_refuse(refusal, "malformed", "iban",
                               "iban must be a Belgian account number whose check digits fit.");
        }
        out->body.payee.iban = out->iban.text;
    }
    if (wire->without_enterprise && wire->bce[0] != '\0') {
        return fact_refuse(refusal, "malformed", "without_enterprise", "a payee without enterprise must have no bce.");
    }
    return true;
}

static bool read_contract_sites(const Elp__V1__ProviderContract *wire, struct fact_refusal *refusal) {
    struct code site;
    for (size_t i = 0; i < wire->n_sites; i++) {
        if (!fact_read_code(wire->sites[i], "sites", true, &site, refusal)) {
            return false;
        }
    }
    return wire->n_sites <= 100 ||
           fact_refuse(refusal, "malformed", "sites", "a contract must name at most 100 sites.");
}

static bool read_contract(const Elp__V1__ProviderContract *wire, struct registry_fact *fact, struct fact_wire *out,
                          struct fact_refusal *refusal) {
    struct registry_contract *contract = &fact->as.contract;
    struct code code;
    struct code convention;
    if (!fact_read_code(wire->code, "code", true, &code, refusal) ||
        !fact_read_code(wire->network, "network", true, &contract->network, refusal) ||
        !fact_read_code(wire->convention, "convention", true, &convention, refusal) ||
        !fact_read_code(wire->payee, "payee", true, &contract->payee, refusal) ||
        !fact_read_date(wire->from, "from", true, &contract->from, refusal) ||
        !fact_read_date(wire->until, "until", false, &contract->until, refusal) ||
        !fact_read_date(wire->notice, "notice", false, &contract->notice, refusal) ||
        !fact_check_order(contract->from, contract->until, "until", refusal) ||
        !read_functions(wire->functions, wire->n_functions, &contract->functions, refusal) ||
        !read_contract_sites(wire, refusal) ||
        !fact_check_most(wire->sessions_per_month, SESSIONS_MAX, "sessions_per_month", refusal) ||
        !fact_check_most(wire->sessions_per_year, SESSIONS_YEAR_MAX, "sessions_per_year", refusal) ||
        !fact_check_text(wire->name, "name", WIRE_TEXT_BYTES_MAX, refusal)) {
        return false;
    }
    if (!inami_parse(wire->provider, &contract->provider)) {
        return fact_refuse(refusal, "malformed", "provider",
                           "provider must be an INAMI number of 11 digits whose check digits fit.");
    }
    if (strlen(convention.text) >= sizeof contract->convention) {
        return fact_refuse(refusal, "malformed", "convention", "convention must be the word of a book, such as 2024.");
    }
    memcpy(contract->convention, convention.text, sizeof contract->convention);
    contract->sessions_per_month = (int)wire->sessions_per_month;
    contract->sessions_per_year = (int)wire->sessions_per_year;
    contract->site_count = wire->n_sites;
    fact->sites = wire->sites;
    contract->new_graduate = wire->new_graduate;
    contract->under_served = wire->under_served;
    contract->extra_one_percent = wire->extra_one_percent;
    contract->refused_letter = DATE_NONE;
    set_code(fact, &code);
    fact->network = contract->network;
    out->provider = contract->provider;
    out->body.provider_contract = *wire;
    out->body.provider_contract.base.n_unknown_fields = 0;
    out->body.provider_contract.provider = out->provider.digits;
    out->fact.provider_contract = &out->body.provider_contract;
    return true;
}

/* Who is designated has a designator and a rate; who is not has neither (R4, T2). */
static bool check_designation(const Elp__V1__SecondLeaderContract *wire, struct fact_refusal *refusal) {
    if (!wire->designated) {
        if (wire->designator[0] != '\0' || wire->rate_cents_per_hour != 0 || wire->paid_in_person) {
            return fact_refuse(refusal, "contradiction", "designated",
                               "designator, rate and payment in person belong to a designated second leader.");
        }
        return wire->payee[0] != '\0' ||
               fact_refuse(refusal, "malformed", "payee", "an independent second leader must have a payee.");
    }
    if (wire->designator[0] == '\0') {
        return fact_refuse(refusal, "contradiction", "designator",
                           "a designated second leader must have a designator.");
    }
    if (wire->rate_cents_per_hour <= 0 || wire->rate_cents_per_hour > RATE_CENTS_MAX) {
        return fact_refuse(refusal, "contradiction", "rate_cents_per_hour",
                           "a designated second leader must have a rate per hour, from 0.01 to 1,000.00.");
    }
    return !wire->paid_in_person || wire->payee[0] != '\0' ||
           fact_refuse(refusal, "malformed", "payee", "a second leader who is paid in person must have a payee.");
}

/* The conditions that are met, each once, and the localities where the person works. */
static bool read_engagement(const Elp__V1__SecondLeaderContract *wire, struct registry_second_leader *leader,
                            struct fact_refusal *refusal) {
    leader->conditions = 0;
    for (size_t i = 0; i < wire->n_conditions; i++) {
        unsigned bit = 1u << ((unsigned)wire->conditions[i] & 31u);
        if (!wire_enum_known(&elp__v1__second_leader_condition__descriptor, (int)wire->conditions[i]) ||
            (leader->conditions & bit)) {
            return fact_refuse(refusal, "malformed", "conditions",
                               "conditions must be portfolio, separate-accounts, insurance, training, intervision or "
                               "study, each at most once.");
        }
        leader->conditions |= bit;
    }
    for (size_t i = 0; i < wire->n_localities; i++) {
        if (!fact_check_text(wire->localities[i], "localities", WIRE_TEXT_BYTES_MAX, refusal)) {
            return false;
        }
    }
    return wire->n_localities <= LOCALITIES_MAX ||
           fact_refuse(refusal, "malformed", "localities", "a contract must name at most %d localities.",
                       LOCALITIES_MAX);
}

static bool read_second_leader(const Elp__V1__SecondLeaderContract *wire, struct registry_fact *fact,
                               struct fact_wire *out, struct fact_refusal *refusal) {
    struct registry_second_leader *leader = &fact->as.second_leader;
    struct code code;
    if (!fact_read_code(wire->code, "code", true, &code, refusal) ||
        !fact_read_code(wire->network, "network", true, &leader->network, refusal) ||
        !fact_read_code(wire->designator, "designator", false, &leader->designator, refusal) ||
        !fact_read_code(wire->payee, "payee", false, &leader->payee, refusal) ||
        !fact_read_date(wire->from, "from", true, &leader->from, refusal) ||
        !fact_read_date(wire->until, "until", false, &leader->until, refusal) ||
        !fact_read_date(wire->notice, "notice", false, &leader->notice, refusal) ||
        !fact_check_order(leader->from, leader->until, "until", refusal) ||
        !fact_check_most(wire->sessions_per_month, SESSIONS_MAX, "sessions_per_month", refusal) ||
        !fact_check_text(wire->name, "name", WIRE_TEXT_BYTES_MAX, refusal) || !check_designation(wire, refusal) ||
        !read_engagement(wire, leader, refusal)) {
        return false;
    }
    if (!wire_enum_known(&elp__v1__second_leader_kind__descriptor, (int)wire->kind) ||
        wire->kind == ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_PSYCHOLOGIST) {
        return fact_refuse(refusal, "malformed", "kind",
                           "kind must be physician, health-professional, care-provider or expert; a psychologist with a"
                           " provider's contract needs no other, one without is a health-professional.");
    }
    leader->kind = (enum second_leader_kind)wire->kind;
    leader->designated = wire->designated;
    leader->rate_per_hour = money_of_cents(wire->rate_cents_per_hour);
    leader->paid_in_person = wire->paid_in_person;
    leader->sessions_per_month = (int)wire->sessions_per_month;
    leader->structural = wire->structural;
    leader->refused_letter = DATE_NONE;
    set_code(fact, &code);
    fact->network = leader->network;
    out->body.second_leader_contract = *wire;
    out->body.second_leader_contract.base.n_unknown_fields = 0;
    out->fact.second_leader_contract = &out->body.second_leader_contract;
    return true;
}

static bool read_site(const Elp__V1__Site *wire, struct registry_fact *fact, struct fact_wire *out,
                      struct fact_refusal *refusal) {
    struct registry_site *site = &fact->as.site;
    struct code code;
    if (!fact_read_code(wire->code, "code", true, &code, refusal) ||
        !fact_read_code(wire->network, "network", true, &site->network, refusal) ||
        !fact_check_text(wire->name, "name", WIRE_TEXT_BYTES_MAX, refusal)) {
        return false;
    }
    if (!wire_enum_known(&elp__v1__site_kind__descriptor, (int)wire->kind)) {
        return fact_refuse(refusal, "malformed", "kind",
                           "kind must be gp-practice, youth-centre, school, prison or other.");
    }
    if (wire->agreement_cents < 0 || wire->agreement_cents > MONEY_INPUT_CENTS_MAX) {
        return fact_refuse(refusal, "malformed", "agreement_cents", "the amount of the agreement is not negative.");
    }
    if (wire->agreement_cents != 0 && !wire->agreement) {
        return fact_refuse(refusal, "contradiction", "agreement_cents", "a site without agreement has no amount.");
    }
    site->agreement_amount = money_of_cents(wire->agreement_cents);
    site->kind = (enum site_kind)wire->kind;
    site->agreement = wire->agreement;
    site->share_exempt = wire->share_exempt;
    set_code(fact, &code);
    fact->network = site->network;
    out->body.site = *wire;
    out->body.site.base.n_unknown_fields = 0;
    out->fact.site = &out->body.site;
    return true;
}

static bool read_programme(const Elp__V1__Programme *wire, struct registry_fact *fact, struct fact_wire *out,
                           struct fact_refusal *refusal) {
    struct registry_programme *programme = &fact->as.programme;
    struct code code;
    if (!fact_read_code(wire->code, "code", true, &code, refusal) ||
        !fact_read_code(wire->network, "network", true, &programme->network, refusal) ||
        !fact_check_text(wire->title, "title", WIRE_TEXT_BYTES_MAX, refusal) ||
        !read_functions(wire->functions, wire->n_functions, &programme->functions, refusal) ||
        !fact_read_date(wire->decided_on, "decided_on", true, &programme->decided_on, refusal) ||
        !fact_read_date(wire->published_on, "published_on", false, &programme->published_on, refusal) ||
        !fact_read_date(wire->withdrawn_on, "withdrawn_on", false, &programme->withdrawn_on, refusal) ||
        !fact_check_most(wire->participants_min, ATTESTATION_HEAD_COUNT_MAX, "participants_min", refusal) ||
        !fact_check_most(wire->interventions, SESSIONS_MAX, "interventions", refusal) ||
        !fact_check_text(wire->goal, "goal", FACT_PROSE_BYTES_MAX, refusal) ||
        !fact_check_text(wire->method, "method", FACT_PROSE_BYTES_MAX, refusal) ||
        !fact_check_text(wire->target_group, "target_group", FACT_PROSE_BYTES_MAX, refusal) ||
        !fact_check_text(wire->sources, "sources", FACT_PROSE_BYTES_MAX, refusal) ||
        !fact_check_text(wire->participation, "participation", FACT_PROSE_BYTES_MAX, refusal)) {
        return false;
    }
    if (programme->functions == 0) {
        return fact_refuse(refusal, "malformed", "functions", "a programme must name the functions that it serves.");
    }
    if (!date_is_none(programme->published_on) && date_compare(programme->published_on, programme->decided_on) < 0) {
        return fact_refuse(refusal, "malformed", "published_on", "published_on must not lie before decided_on.");
    }
    if (!fact_check_order(programme->decided_on, programme->withdrawn_on, "withdrawn_on", refusal)) {
        return false;
    }
    set_code(fact, &code);
    fact->network = programme->network;
    out->body.programme = *wire;
    out->body.programme.base.n_unknown_fields = 0;
    out->fact.programme = &out->body.programme;
    return true;
}

static bool read_representation(const Elp__V1__Representation *wire, struct registry_fact *fact, struct fact_wire *out,
                                struct fact_refusal *refusal) {
    struct code principal;
    if (!fact_read_code(wire->principal, "principal", true, &principal, refusal)) {
        return false;
    }
    out->body.representation = *wire;
    out->body.representation.base.n_unknown_fields = 0;
    out->fact.representation = &out->body.representation;
    if (strcmp(wire->provider, "*") == 0) {
        (void)snprintf(fact->code, sizeof fact->code, "%s/*", principal.text);
        return true;
    }
    if (!inami_parse(wire->provider, &out->provider)) {
        return fact_refuse(refusal, "malformed", "provider",
                           "provider must be an INAMI number whose check digits fit, or *.");
    }
    out->body.representation.provider = out->provider.digits;
    (void)snprintf(fact->code, sizeof fact->code, "%s/%.8s", principal.text, out->provider.digits);
    return true;
}

static bool read_budget(const Elp__V1__Budget *wire, struct registry_fact *fact, struct fact_wire *out,
                        struct fact_refusal *refusal) {
    uint32_t seen = 0;
    struct registry_budget *budget = &fact->as.budget;
    if (!fact_read_code(wire->network, "network", true, &fact->network, refusal)) {
        return false;
    }
    if (wire->year < YEAR_MIN || wire->year > YEAR_MAX) {
        return fact_refuse(refusal, "malformed", "year", "year must be a budget year from %d to %d.", YEAR_MIN,
                           YEAR_MAX);
    }
    for (size_t i = 0; i < wire->n_envelopes; i++) {
        const Elp__V1__EnvelopeAmount *amount = wire->envelopes[i];
        if (!wire_enum_known(&elp__v1__budget_envelope__descriptor, (int)amount->envelope)) {
            return fact_refuse(refusal, "malformed", "envelopes", "envelopes[%zu] names no envelope.", i);
        }
        if (seen & 1u << amount->envelope) {
            return fact_refuse(refusal, "contradiction", "envelopes", "envelopes[%zu] stands twice.", i);
        }
        if (amount->cents < 0 || amount->cents > MONEY_INPUT_CENTS_MAX) {
            return fact_refuse(refusal, "malformed", "envelopes",
                               "envelopes[%zu] is negative or above 10,000,000,000.00.", i);
        }
        seen |= 1u << amount->envelope;
        budget->envelopes |= amount->cents > 0 ? 1u << amount->envelope : 0;
        wire->envelopes[i]->base.n_unknown_fields = 0;
    }
    budget->network = fact->network;
    budget->year = (int)wire->year;
    (void)snprintf(fact->code, sizeof fact->code, "%s/%" PRIu32, fact->network.text, wire->year);
    out->body.budget = *wire;
    out->body.budget.base.n_unknown_fields = 0;
    out->fact.budget = &out->body.budget;
    return true;
}

bool registry_fact_read(const Elp__V1__RegistryFact *wire, struct registry_fact *ret_fact, struct fact_wire *ret_wire,
                        struct fact_refusal *refusal) {
    memset(ret_fact, 0, sizeof *ret_fact);
    elp__v1__registry_fact__init(&ret_wire->fact);
    ret_wire->fact.fact_case = wire->fact_case;
    switch ((int)wire->fact_case) {
    case ELP__V1__REGISTRY_FACT__FACT_NETWORK:
        ret_fact->kind = FACT_NETWORK;
        return read_network(wire->network, ret_fact, ret_wire, refusal);
    case ELP__V1__REGISTRY_FACT__FACT_PAYEE:
        ret_fact->kind = FACT_PAYEE;
        return read_payee(wire->payee, ret_fact, ret_wire, refusal);
    case ELP__V1__REGISTRY_FACT__FACT_PROVIDER_CONTRACT:
        ret_fact->kind = FACT_PROVIDER_CONTRACT;
        return read_contract(wire->provider_contract, ret_fact, ret_wire, refusal);
    case ELP__V1__REGISTRY_FACT__FACT_SECOND_LEADER_CONTRACT:
        ret_fact->kind = FACT_SECOND_LEADER_CONTRACT;
        return read_second_leader(wire->second_leader_contract, ret_fact, ret_wire, refusal);
    case ELP__V1__REGISTRY_FACT__FACT_SITE:
        ret_fact->kind = FACT_SITE;
        return read_site(wire->site, ret_fact, ret_wire, refusal);
    case ELP__V1__REGISTRY_FACT__FACT_PROGRAMME:
        ret_fact->kind = FACT_PROGRAMME;
        return read_programme(wire->programme, ret_fact, ret_wire, refusal);
    case ELP__V1__REGISTRY_FACT__FACT_REPRESENTATION:
        ret_fact->kind = FACT_REPRESENTATION;
        return read_representation(wire->representation, ret_fact, ret_wire, refusal);
    case ELP__V1__REGISTRY_FACT__FACT_BUDGET:
        ret_fact->kind = FACT_BUDGET;
        return read_budget(wire->budget, ret_fact, ret_wire, refusal);
    case ELP__V1__REGISTRY_FACT__FACT_AMENDMENT:
        ret_fact->kind = FACT_AMENDMENT;
        return registry_read_amendment(wire->amendment, ret_fact, ret_wire, refusal);
    case ELP__V1__REGISTRY_FACT__FACT_AMENDMENT_LETTER:
        ret_fact->kind = FACT_AMENDMENT_LETTER;
        return registry_read_letter(wire->amendment_letter, ret_fact, ret_wire, refusal);
    default:
        return fact_refuse(refusal, "malformed", "fact", "the fact is of no kind that this daemon knows.");
    }
}

bool statement_read(const Elp__V1__InsurabilityStatement *wire, struct date today, struct niss *ret_niss,
                    struct statement *ret, struct fact_refusal *refusal) {
    if (!niss_parse(wire->niss, ret_niss)) {
        return fact_refuse(refusal, "malformed", "niss",
                           "niss must be a national number of 11 digits whose check digits fit.");
    }
    if (!fact_read_date(wire->from, "from", true, &ret->from, refusal) ||
        !fact_read_date(wire->until, "until", false, &ret->until, refusal) ||
        !fact_read_date(wire->resolved_on, "resolved_on", false, &ret->resolved_on, refusal) ||
        !fact_check_order(ret->from, ret->until, "until", refusal)) {
        return false;
    }
    if (!date_is_none(ret->resolved_on) && date_compare(ret->resolved_on, today) > 0) {
        return fact_refuse(refusal, "malformed", "resolved_on", "resolved_on must not lie in the future.");
    }
    ret->insured = wire->insured;
    ret->increased = wire->increased;
    return !wire->increased || wire->insured ||
           fact_refuse(refusal, "contradiction", "increased", "increased intervention is for people who are insured.");
}
