/*
 * Goal: a registry fact is recorded once, by the role that answers for it, in range and without contradicting what
 * stands; what is in memory after a restart is what was there before.
 * Method: the facts of a small world are changed in one place and sent through the handler on a real store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/intake/intake_core.h"
#include "services/intake/tables.h"
#include "tests/support/intake_fixture.h"
#include "tests/support/intake_world.h"

static struct intake_fixture fixture;
static struct fixture_line line;
static struct world_fact fact;

static int open_world(void **state) {
    (void)state;
    intake_fixture_open(&fixture, FIXTURE_WORLD, true);
    return 0;
}

static int close_world(void **state) {
    (void)state;
    intake_fixture_close(&fixture);
    return 0;
}

static void assert_refused_as(const struct principal *principal, const char *code, const char *field) {
    uint64_t head = fixture.journal.head;
    const Elp__V1__FactVerdict *verdict = fixture_load(&fixture, principal, &fact.fact);
    if (verdict->result != ELP__V1__FACT_RESULT__FACT_RESULT_REFUSED || strcmp(verdict->refusal->code, code) != 0 ||
        strcmp(verdict->refusal->field, field) != 0) {
        fail_msg("expected %s at %s, got %s at %s", code, field,
                 verdict->refusal == NULL ? "-" : verdict->refusal->code,
                 verdict->refusal == NULL ? "-" : verdict->refusal->field);
    }
    assert_true(verdict->refusal->reason[0] != '\0');
    assert_true(verdict->refusal->remedy[0] != '\0');
    assert_null(strstr(verdict->refusal->reason, " is a day")); /* what must be is no statement about what came */
    assert_int_equal(fixture.journal.head, head);
}

static void assert_refused(const char *code, const char *field) {
    assert_refused_as(fixture_operator(), code, field);
}

static uint64_t assert_recorded_as(const struct principal *principal) {
    uint64_t head = fixture.journal.head;
    const Elp__V1__FactVerdict *verdict = fixture_load(&fixture, principal, &fact.fact);
    if (verdict->result != ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED) {
        fail_msg("expected to be recorded, got %s", verdict->refusal == NULL ? "unchanged" : verdict->refusal->reason);
    }
    assert_int_equal(verdict->number, head + 1);
    assert_int_equal(fixture.journal.head, head + 1);
    return verdict->number;
}

static uint64_t assert_recorded(void) {
    return assert_recorded_as(fixture_operator());
}

/* --- recording ---------------------------------------------------------------------------------------------------- */
static void the_same_fact_again_is_unchanged_and_names_what_stands(void **state) {
    (void)state;
    world_contract(&fact, "C1", FIXTURE_P1, "N1");
    uint64_t head = fixture.journal.head;
    const Elp__V1__FactVerdict *verdict = fixture_load(&fixture, fixture_operator(), &fact.fact);
    assert_int_equal(verdict->result, ELP__V1__FACT_RESULT__FACT_RESULT_UNCHANGED);
    uint64_t number = verdict->number;
    assert_string_equal(fixture_record(&fixture, number)->fact->provider_contract->code, "C1");
    fact.body.contract.provider = (char *)"1-92340-11-004"; /* the same number, written with separators */
    assert_int_equal(fixture_load(&fixture, fixture_operator(), &fact.fact)->result,
                     ELP__V1__FACT_RESULT__FACT_RESULT_UNCHANGED);
    assert_int_equal(fixture.journal.head, head);
    fact.body.contract.sessions_per_month = 41;
    assert_true(assert_recorded() > number);
    world_contract(&fact, "C1", FIXTURE_P1, "N1");
    (void)assert_recorded();
}

static void identifiers_are_recorded_without_separators(void **state) {
    (void)state;
    world_payee(&fact, "PX");
    fact.body.payee.bce = (char *)"0428.759.497";
    fact.body.payee.iban = (char *)"BE68 5390 0754 7034";
    fact.body.payee.country = (char *)"BE";
    uint64_t number = assert_recorded();
    const Elp__V1__Payee *payee = fixture_record(&fixture, number)->fact->payee;
    assert_string_equal(payee->bce, "0428759497");
    assert_string_equal(payee->iban, "BE68539007547034");
}

static void a_dry_run_of_facts_records_nothing(void **state) {
    (void)state;
    Elp__V1__LoadRegistry load = ELP__V1__LOAD_REGISTRY__INIT;
    Elp__V1__RegistryFact *facts[1] = {&fact.fact};
    world_payee(&fact, "PX");
    load.n_facts = 1;
    load.facts = facts;
    load.dry_run = true;
    uint64_t head = fixture.journal.head;
    const Elp__V1__LoadRegistryReply *reply =
        intake_fixture_call(&fixture, fixture_operator(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_REGISTRY, &load.base,
                            &elp__v1__load_registry_reply__descriptor);
    assert_int_equal(reply->facts[0]->result, ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED);
    assert_int_equal(reply->facts[0]->number, 0);
    assert_int_equal(fixture.journal.head, head);
    (void)assert_recorded();
}

/* Sends both facts in one load; the answer to the second. */
static const Elp__V1__FactVerdict *load_two(struct world_fact *first, struct world_fact *second, bool dry_run) {
    Elp__V1__RegistryFact *facts[2] = {&first->fact, &second->fact};
    Elp__V1__LoadRegistry load = ELP__V1__LOAD_REGISTRY__INIT;
    load.n_facts = 2;
    load.facts = facts;
    load.dry_run = dry_run;
    const Elp__V1__LoadRegistryReply *reply =
        intake_fixture_call(&fixture, fixture_operator(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_REGISTRY, &load.base,
                            &elp__v1__load_registry_reply__descriptor);
    assert_non_null(reply);
    assert_int_not_equal(reply->facts[0]->result, ELP__V1__FACT_RESULT__FACT_RESULT_REFUSED);
    return reply->facts[1];
}

static void assert_second_refused(struct world_fact *first, struct world_fact *second) {
    for (int dry_run = 1; dry_run >= 0; dry_run--) {
        const Elp__V1__FactVerdict *verdict = load_two(first, second, dry_run != 0);
        assert_int_equal(verdict->result, ELP__V1__FACT_RESULT__FACT_RESULT_REFUSED);
        assert_string_equal(verdict->refusal->code, "contradiction");
        assert_non_null(strstr(verdict->refusal->reason, "facts[0]"));
    }
}

static void a_fact_that_stands_twice_in_one_load_contradicts_or_repeats_the_first(void **state) {
    (void)state;
    struct world_fact other;
    char niss[12];
    (void)fixture_niss(1980, 2, 1, 1, niss);
    world_payee(&fact, "PX");
    world_payee(&other, "PX");
    other.body.payee.name = (char *)"somebody else";
    assert_second_refused(&fact, &other);
    world_budget(&fact, "N1", 2026);
    world_budget(&other, "N1", 2026);
    Elp__V1__EnvelopeAmount amount = ELP__V1__ENVELOPE_AMOUNT__INIT;
    Elp__V1__EnvelopeAmount *amounts[1] = {&amount};
    amount.envelope = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE;
    amount.cents = 1;
    other.body.budget.n_envelopes = 1;
    other.body.budget.envelopes = amounts;
    assert_second_refused(&fact, &other);
    world_statement(&fact, niss, "2024-01-01", true);
    world_statement(&other, niss, "2024-01-01", false);
    assert_second_refused(&fact, &other);
    world_payee(&fact, "PY");
    world_payee(&other, "PY");
    assert_int_equal(load_two(&fact, &other, true)->result, ELP__V1__FACT_RESULT__FACT_RESULT_UNCHANGED);
    assert_int_equal(load_two(&fact, &other, false)->result, ELP__V1__FACT_RESULT__FACT_RESULT_UNCHANGED);
    uint64_t head = fixture.journal.head;
    assert_int_equal(load_two(&fact, &other, false)->result, ELP__V1__FACT_RESULT__FACT_RESULT_UNCHANGED);
    assert_int_equal(fixture.journal.head, head);
}

static void a_load_of_no_facts_or_of_too_many_is_refused_whole(void **state) {
    (void)state;
    static Elp__V1__RegistryFact *facts[1001];
    Elp__V1__LoadRegistry load = ELP__V1__LOAD_REGISTRY__INIT;
    world_payee(&fact, "PX");
    for (size_t i = 0; i < 1001; i++) {
        facts[i] = &fact.fact;
    }
    load.facts = facts;
    static const size_t counts[] = {0, 1001};
    for (size_t i = 0; i < 2; i++) {
        load.n_facts = counts[i];
        assert_null(intake_fixture_call(&fixture, fixture_operator(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_REGISTRY,
                                        &load.base, &elp__v1__load_registry_reply__descriptor));
        assert_string_equal(fixture.refused->field, "facts");
    }
    load.n_facts = 1000;
    assert_non_null(intake_fixture_call(&fixture, fixture_operator(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_REGISTRY,
                                        &load.base, &elp__v1__load_registry_reply__descriptor));
}

static void a_statement_goes_into_the_journal_without_its_national_number(void **state) {
    (void)state;
    char niss[12];
    (void)fixture_niss(1980, 2, 1, 1, niss);
    world_statement(&fact, niss, "2024-01-01", true);
    fact.body.statement.increased = true;
    fact.body.statement.resolved_on = (char *)"2024-02-10";
    uint64_t number = assert_recorded_as(fixture_principal("insurer", ROLE_INSURER, "*"));
    const Elp__V1__InsurabilityRecorded *recorded = fixture_record(&fixture, number)->insurability;
    assert_int_equal(recorded->person, 1);
    assert_int_equal(recorded->until, INT32_MIN);
    assert_true(recorded->insured && recorded->increased);
    assert_int_equal(fixture_load(&fixture, fixture_operator(), &fact.fact)->result,
                     ELP__V1__FACT_RESULT__FACT_RESULT_UNCHANGED);
    fact.body.statement.insured = false;
    fact.body.statement.increased = false;
    (void)assert_recorded();
}

/* --- roles and scopes --------------------------------------------------------------------------------------------- */
struct kind_of_fact {
    void (*make)(void);
    enum role role;
};

static void make_network(void) {
    world_network(&fact, "N9", ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT);
}
static void make_payee(void) {
    world_payee(&fact, "P9");
}
static void make_contract(void) {
    world_contract(&fact, "C9", FIXTURE_P3, "N1");
}
static void make_leader(void) {
    world_physician(&fact);
    fact.body.leader.code = (char *)"D9";
}
static void make_site(void) {
    world_site(&fact, "S9", "N1");
}
static void make_programme(void) {
    world_programme(&fact, "G9", "N1");
}
static void make_representation(void) {
    world_representation(&fact, "other", FIXTURE_P1);
}
static void make_budget(void) {
    world_budget(&fact, "N1", 2026);
}
static void make_statement(void) {
    static char niss[12];
    world_statement(&fact, fixture_niss(1980, 2, 1, 1, niss), "2024-01-01", true);
}

static void make_amendment(void) {
    world_amendment(&fact, "A9", "N1", "2024-05-06");
}
static void make_letter(void) {
    world_letter(&fact, "A9", "C1", "2024-05-07");
}

/* The letter comes after its amendment. */
static const struct kind_of_fact kinds_of_facts[] = {
    {make_network, ROLE_AUTHORITY},
    {make_payee, ROLE_COLLECTING_INSTITUTION},
    {make_contract, ROLE_COLLECTING_INSTITUTION},
    {make_leader, ROLE_COLLECTING_INSTITUTION},
    {make_site, ROLE_NETWORK},
    {make_programme, ROLE_NETWORK},
    {make_representation, ROLE_OPERATOR},
    {make_budget, ROLE_AUTHORITY},
    {make_statement, ROLE_INSURER},
    {make_amendment, ROLE_NETWORK},
    {make_letter, ROLE_NETWORK},
};

static void each_kind_of_fact_is_sent_by_its_own_role_alone(void **state) {
    (void)state;
    static const enum role roles[] = {ROLE_AUTHORITY, ROLE_COLLECTING_INSTITUTION, ROLE_NETWORK, ROLE_INSURER};
    for (size_t kind = 0; kind < sizeof kinds_of_facts / sizeof kinds_of_facts[0]; kind++) {
        kinds_of_facts[kind].make();
        for (size_t role = 0; role < 4; role++) {
            if (roles[role] != kinds_of_facts[kind].role) {
                assert_refused_as(fixture_principal(role_word(roles[role]), roles[role], "*"), "denied", "");
            }
        }
        enum role own = kinds_of_facts[kind].role;
        (void)assert_recorded_as(own == ROLE_OPERATOR ? fixture_operator()
                                                      : fixture_principal(role_word(own), own, "*"));
    }
}

static void a_fact_about_a_network_outside_the_scope_is_denied(void **state) {
    (void)state;
    const struct principal *hospital = fixture_principal("hospital2", ROLE_COLLECTING_INSTITUTION, "N2");
    const struct principal *network = fixture_principal("net2", ROLE_NETWORK, "N2");
    make_contract();
    assert_refused_as(hospital, "denied", "network");
    make_site();
    assert_refused_as(network, "denied", "network");
    world_site(&fact, "S9", "N2");
    (void)assert_recorded_as(network);
}

/* --- contradictions ----------------------------------------------------------------------------------------------- */
static void contracts_of_one_provider_network_and_convention_do_not_overlap(void **state) {
    (void)state;
    world_contract(&fact, "C9", FIXTURE_P1, "N1");
    assert_refused("contradiction", "from");
    fact.body.contract.convention = (char *)"2021";
    assert_refused("unknown-reference", "convention");
    assert_true(fixture_book(&fixture, ELP_SOURCE_DIR "/deploy/conventions/2021.yaml")->loaded);
    fact.body.contract.from = (char *)"2024-01-01";
    assert_refused("contradiction", "functions"); /* F1 */
    fact.body.contract.functions++;
    fact.body.contract.n_functions--;
    (void)assert_recorded();
    world_contract(&fact, "CA", FIXTURE_P3, "N1");
    fact.body.contract.until = (char *)"2025-06-30";
    (void)assert_recorded();
    world_contract(&fact, "CB", FIXTURE_P3, "N1");
    fact.body.contract.from = (char *)"2025-06-30";
    assert_refused("contradiction", "from");
    const Elp__V1__FactVerdict *verdict = fixture_load(&fixture, fixture_operator(), &fact.fact);
    assert_non_null(strstr(verdict->refusal->reason, "CA"));
    fact.body.contract.from = (char *)"2025-07-01";
    (void)assert_recorded();
    world_contract(&fact, "CA", FIXTURE_P3, "N1"); /* longer than before: now it meets CB */
    assert_refused("contradiction", "from");
}

static void a_notice_makes_room_for_the_next_contract(void **state) {
    (void)state;
    world_contract(&fact, "CA", FIXTURE_P3, "N1");
    fact.body.contract.notice = (char *)"2026-01-12";
    (void)assert_recorded();
    world_contract(&fact, "CB", FIXTURE_P3, "N1");
    fact.body.contract.from = (char *)"2026-03-31";
    assert_refused("contradiction", "from");
    fact.body.contract.from = (char *)"2026-04-01";
    (void)assert_recorded();
}

static void a_notice_does_not_end_a_contract_before_its_first_day(void **state) {
    (void)state;
    world_contract(&fact, "CA", FIXTURE_P3, "N1");
    fact.body.contract.from = (char *)"2026-02-02";
    fact.body.contract.notice = (char *)"2016-01-12";
    assert_refused("contradiction", "notice");
    fact.body.contract.notice = (char *)"2025-11-30";
    assert_refused("contradiction", "notice");
    fact.body.contract.notice = (char *)"2025-12-01";
    (void)assert_recorded();
    world_physician(&fact);
    fact.body.leader.notice = (char *)"2016-01-12";
    assert_refused("contradiction", "notice");
}

static void a_code_stays_with_its_network(void **state) {
    (void)state;
    world_site(&fact, "S1", "N2");
    assert_refused("contradiction", "network");
    world_programme(&fact, "G1", "N2");
    assert_refused("contradiction", "network");
    world_contract(&fact, "C2", FIXTURE_P2, "N2");
    assert_refused("contradiction", "network");
    world_physician(&fact);
    fact.body.leader.network = (char *)"N2";
    assert_refused("contradiction", "network");
}

static void what_a_fact_names_exists(void **state) {
    (void)state;
    make_network();
    fact.body.network.collecting_institution = (char *)"NOSUCH";
    assert_refused("unknown-reference", "collecting_institution");
    world_contract(&fact, "C9", FIXTURE_P3, "N9");
    assert_refused("unknown-reference", "network");
    make_contract();
    fact.body.contract.payee = (char *)"NOSUCH";
    assert_refused("unknown-reference", "payee");
    char *sites[] = {(char *)"S1", (char *)"S2"};
    make_contract();
    fact.body.contract.sites = sites;
    fact.body.contract.n_sites = 2;
    assert_refused("unknown-reference", "sites");
    fact.body.contract.n_sites = 1;
    (void)assert_recorded();
    world_expert(&fact);
    fact.body.leader.designator = (char *)"NOSUCH";
    assert_refused("unknown-reference", "designator");
    world_expert(&fact);
    fact.body.leader.payee = (char *)"NOSUCH";
    assert_refused("unknown-reference", "payee");
    world_site(&fact, "S9", "N9");
    assert_refused("unknown-reference", "network");
    world_programme(&fact, "G9", "N9");
    assert_refused("unknown-reference", "network");
    world_budget(&fact, "N9", 2026);
    assert_refused("unknown-reference", "network");
}

static void a_designated_second_leader_has_a_designator_and_a_rate_and_nobody_else_has(void **state) {
    (void)state;
    world_expert(&fact);
    fact.body.leader.designator = (char *)"";
    assert_refused("contradiction", "designator");
    world_expert(&fact);
    fact.body.leader.rate_cents_per_hour = 0;
    assert_refused("contradiction", "rate_cents_per_hour");
    world_expert(&fact);
    fact.body.leader.rate_cents_per_hour = -1;
    assert_refused("contradiction", "rate_cents_per_hour");
    world_expert(&fact);
    fact.body.leader.payee = (char *)"";
    assert_refused("malformed", "payee");
    fact.body.leader.paid_in_person = false;
    (void)assert_recorded();
    world_physician(&fact);
    fact.body.leader.rate_cents_per_hour = 4000;
    assert_refused("contradiction", "designated");
    world_physician(&fact);
    fact.body.leader.payee = (char *)"";
    assert_refused("malformed", "payee");
    world_physician(&fact);
    fact.body.leader.kind = ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_PSYCHOLOGIST;
    assert_refused("malformed", "kind");
}

static Elp__V1__EnvelopeAmount amounts[2];
static Elp__V1__EnvelopeAmount *amount_pointers[2] = {&amounts[0], &amounts[1]};

static void make_amounts(const char *network, Elp__V1__BudgetEnvelope a, int64_t a_cents, Elp__V1__BudgetEnvelope b,
                         int64_t b_cents) {
    world_budget(&fact, network, 2026);
    elp__v1__envelope_amount__init(&amounts[0]);
    elp__v1__envelope_amount__init(&amounts[1]);
    amounts[0].envelope = a;
    amounts[0].cents = a_cents;
    amounts[1].envelope = b;
    amounts[1].cents = b_cents;
    fact.body.budget.n_envelopes = 2;
    fact.body.budget.envelopes = amount_pointers;
}

static void a_budget_names_each_envelope_once_and_only_those_of_the_network(void **state) {
    (void)state;
    const Elp__V1__BudgetEnvelope care = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE;
    const Elp__V1__BudgetEnvelope eating = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_EATING_DISORDERS;
    const Elp__V1__BudgetEnvelope prisons = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_PRISONS;
    make_amounts("N1", care, 100, care, 200);
    assert_refused("contradiction", "envelopes");
    make_amounts("N1", care, 100, (Elp__V1__BudgetEnvelope)0, 200);
    assert_refused("malformed", "envelopes");
    make_amounts("N1", care, 100, (Elp__V1__BudgetEnvelope)99, 200);
    assert_refused("malformed", "envelopes");
    make_amounts("N1", care, -1, prisons, 0);
    assert_refused("malformed", "envelopes");
    make_amounts("N1", care, 1000000000001, prisons, 0);
    assert_refused("malformed", "envelopes");
    make_amounts("N1", care, 100, eating, 1);
    assert_refused("contradiction", "envelopes");
    make_amounts("N1", care, 100, prisons, 1);
    assert_refused("contradiction", "envelopes");
    make_amounts("N2", care, 100, eating, 1);
    (void)assert_recorded();
    make_amounts("N3", care, 1000000000000, prisons, 1);
    (void)assert_recorded();
    make_amounts("N1", care, 100, eating, 0);
    fact.body.budget.year = 2018;
    assert_refused("malformed", "year");
    fact.body.budget.year = 2026;
    (void)assert_recorded();
}

/* --- fields out of range ------------------------------------------------------------------------------------------ */
static void a_payees_field_out_of_range_is_named(void **state) {
    (void)state;
    char text[300];
    memset(text, 't', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    world_payee(&fact, "");
    assert_refused("malformed", "code");
    world_payee(&fact, "a b");
    assert_refused("malformed", "code");
    make_payee();
    fact.body.payee.name = text;
    assert_refused("malformed", "name");
    make_payee();
    fact.body.payee.name = (char *)"a\x01z";
    assert_refused("malformed", "name");
    make_payee();
    fact.body.payee.bce = (char *)"0431150351";
    assert_refused("malformed", "bce");
    make_payee();
    fact.body.payee.iban = (char *)"BE41091811735141";
    assert_refused("malformed", "iban");
    make_payee();
    fact.body.payee.country = (char *)"BEL";
    assert_refused("malformed", "country");
    make_payee();
    fact.body.payee.bce = (char *)"0428759497";
    fact.body.payee.without_enterprise = true;
    assert_refused("malformed", "without_enterprise");
}

static void a_contracts_field_out_of_range_is_named(void **state) {
    (void)state;
    make_network();
    fact.body.network.kind = (Elp__V1__NetworkKind)4;
    assert_refused("malformed", "kind");
    make_contract();
    fact.body.contract.provider = (char *)"19234012004";
    assert_refused("malformed", "provider");
    make_contract();
    fact.body.contract.from = (char *)"";
    assert_refused("malformed", "from");
    make_contract();
    fact.body.contract.until = (char *)"2024-03-31";
    assert_refused("malformed", "until");
    make_contract();
    fact.body.contract.notice = (char *)"soon";
    assert_refused("malformed", "notice");
    make_contract();
    fact.body.contract.convention = (char *)"20240401";
    assert_refused("malformed", "convention");
    make_contract();
    fact.body.contract.n_functions = 0;
    assert_refused("malformed", "functions");
    Elp__V1__Function twice[] = {ELP__V1__FUNCTION__FUNCTION_F2, ELP__V1__FUNCTION__FUNCTION_F2};
    make_contract();
    fact.body.contract.n_functions = 2;
    fact.body.contract.functions = twice;
    assert_refused("malformed", "functions");
    make_contract();
    fact.body.contract.payee = (char *)"";
    assert_refused("malformed", "payee");
}

static void another_facts_field_out_of_range_is_named(void **state) {
    (void)state;
    make_site();
    fact.body.site.kind = (Elp__V1__SiteKind)0;
    assert_refused("malformed", "kind");
    make_programme();
    fact.body.programme.decided_on = (char *)"";
    assert_refused("malformed", "decided_on");
    make_programme();
    fact.body.programme.published_on = (char *)"2024-01-09";
    assert_refused("malformed", "published_on");
    make_programme();
    fact.body.programme.n_functions = 0;
    assert_refused("malformed", "functions");
    make_representation();
    fact.body.representation.provider = (char *)"all";
    assert_refused("malformed", "provider");
    make_statement();
    fact.body.statement.niss = (char *)"85073003329";
    assert_refused("malformed", "niss");
    make_statement();
    fact.body.statement.resolved_on = (char *)"2024-05-21"; /* tomorrow */
    assert_refused("malformed", "resolved_on");
    make_statement();
    fact.body.statement.until = (char *)"2023-12-31";
    assert_refused("malformed", "until");
    make_statement();
    fact.body.statement.insured = false;
    fact.body.statement.increased = true;
    assert_refused("contradiction", "increased");
    elp__v1__registry_fact__init(&fact.fact);
    assert_refused("malformed", "fact");
}

/* --- restart ------------------------------------------------------------------------------------------------------ */
static void assert_same_entry(const struct registry *a, const struct registry *b, enum fact_kind kind,
                              const struct registry_entry *entry) {
    static const size_t sizes[FACT_KINDS] = {
        [FACT_NETWORK] = sizeof(struct registry_network),
        [FACT_SITE] = sizeof(struct registry_site),
        [FACT_PROGRAMME] = sizeof(struct registry_programme),
        [FACT_SECOND_LEADER_CONTRACT] = sizeof(struct registry_second_leader),
    };
    (void)a;
    const struct registry_entry *other = registry_find(b, kind, entry->code);
    assert_non_null(other);
    assert_int_equal(other->first_number, entry->first_number);
    assert_int_equal(other->number, entry->number);
    if (sizes[kind] > 0) {
        assert_memory_equal((const char *)other + sizeof *other, (const char *)entry + sizeof *entry,
                            sizes[kind] - sizeof *entry);
    }
}

static size_t count_and_compare(const struct registry *a, const struct registry *b) {
    size_t count = 0;
    for (int kind = FACT_NETWORK; kind < FACT_KINDS; kind++) {
        for (size_t bucket = 0; bucket < REGISTRY_BUCKETS; bucket++) {
            for (const struct registry_entry *at = a->entries[kind][bucket]; at != NULL; at = at->next) {
                assert_same_entry(a, b, (enum fact_kind)kind, at);
                count++;
            }
        }
    }
    return count;
}

static void the_registry_after_a_restart_is_the_one_before(void **state) {
    (void)state;
    for (size_t kind = 0; kind < sizeof kinds_of_facts / sizeof kinds_of_facts[0]; kind++) {
        kinds_of_facts[kind].make();
        (void)assert_recorded();
    }
    world_contract(&fact, "C1", FIXTURE_P1, "N1");
    fact.body.contract.new_graduate = true;
    (void)assert_recorded();
    /* A second core opens the same store beside the first: two views of one truth. */
    struct store_txn *txn = NULL;
    void *second = NULL;
    struct intake_core *first = fixture.core;
    assert_int_equal(store_begin_write(fixture.store.store, &txn), 0);
    assert_int_equal(intake_open(&first->context, txn, &second), 0);
    store_abort(txn);
    struct intake_core *reopened = second;
    size_t count = count_and_compare(&first->registry, &reopened->registry);
    assert_int_equal(count_and_compare(&reopened->registry, &first->registry), count);
    assert_int_equal(count, 19 + 10);
    assert_int_equal(reopened->persons_last, first->persons_last);
    assert_int_equal(reopened->statements_exist, first->statements_exist);
    assert_int_equal(reopened->clock.at, first->clock.at);
    assert_int_equal(reopened->books.count, first->books.count);
    assert_int_equal(reopened->books.items[0].number, first->books.items[0].number);
    intake_close(second);
}

static void a_contract_that_changed_provider_serves_only_the_new_one(void **state) {
    (void)state;
    world_contract(&fact, "C2", FIXTURE_P3, "N1");
    (void)assert_recorded();
    for (int restarted = 0; restarted < 2; restarted++) {
        fixture_individual(&line, restarted ? "c" : "a");
        line.line.provider = (char *)FIXTURE_P2;
        assert_int_equal(fixture_reasons(fixture_submit(&fixture, &line.line)->verdict, "no-active-contract"), 1);
        fixture_individual(&line, restarted ? "d" : "b");
        line.line.provider = (char *)FIXTURE_P3;
        line.line.date = (char *)(restarted ? "2024-05-15" : "2024-05-14");
        assert_int_equal(fixture_submit(&fixture, &line.line)->verdict->kind,
                         ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
        assert_int_equal(intake_fixture_reopen(&fixture), 0);
    }
}

/* --- asking ------------------------------------------------------------------------------------------------------- */
static const Elp__V1__RegistryReply *ask(const struct principal *principal, const char *kind, const char *network,
                                         const char *after, uint32_t max) {
    Elp__V1__RegistryQuery query = ELP__V1__REGISTRY_QUERY__INIT;
    query.kind = (char *)kind;
    query.network = (char *)network;
    query.after_code = (char *)after;
    query.max = max;
    return intake_fixture_call(&fixture, principal, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REGISTRY_QUERY, &query.base,
                               &elp__v1__registry_reply__descriptor);
}

static void facts_in_force_are_listed_in_pages_in_the_order_of_their_codes(void **state) {
    (void)state;
    const Elp__V1__RegistryReply *reply = ask(fixture_operator(), "provider-contract", "", "", 0);
    assert_int_equal(reply->n_facts, 3);
    assert_false(reply->more);
    reply = ask(fixture_operator(), "provider-contract", "", "", 2);
    assert_int_equal(reply->n_facts, 2);
    assert_true(reply->more);
    assert_string_equal(reply->facts[1]->provider_contract->code, "C2");
    reply = ask(fixture_operator(), "provider-contract", "", "C2", 2);
    assert_int_equal(reply->n_facts, 1);
    assert_string_equal(reply->facts[0]->provider_contract->code, "C3");
    reply = ask(fixture_operator(), "provider-contract", "N2", "", 0);
    assert_int_equal(reply->n_facts, 1);
    assert_int_equal(ask(fixture_operator(), "network", "", "", 0)->n_facts, 3);
    assert_int_equal(ask(fixture_operator(), "second-leader-contract", "", "", 0)->n_facts, 2);
    assert_int_equal(ask(fixture_operator(), "site", "", "", 0)->n_facts, 2);
    assert_int_equal(ask(fixture_operator(), "programme", "", "", 0)->n_facts, 2);
    assert_int_equal(ask(fixture_operator(), "budget", "", "", 0)->n_facts, 0);
    assert_int_equal(ask(fixture_operator(), "representation", "", "", 0)->n_facts, 1);
}

static void a_principal_sees_the_facts_of_its_networks_and_no_accounts(void **state) {
    (void)state;
    const struct principal *network = fixture_principal("net2", ROLE_NETWORK, "N2");
    const Elp__V1__RegistryReply *reply = ask(network, "site", "", "", 0);
    assert_int_equal(reply->n_facts, 1);
    assert_string_equal(reply->facts[0]->site->code, "S2");
    assert_int_equal(ask(network, "site", "N1", "", 0)->n_facts, 0);
    assert_null(ask(network, "payee", "", "", 0));
    assert_string_equal(fixture.refused->code, "denied");
    assert_null(ask(fixture_demo(), "representation", "", "", 0));
    assert_string_equal(fixture.refused->code, "denied");
    assert_int_equal(ask(fixture_principal("hospital", ROLE_COLLECTING_INSTITUTION, "*"), "payee", "", "", 0)->n_facts,
                     6);
}

static void a_question_about_nothing_that_exists_is_malformed(void **state) {
    (void)state;
    char code[200];
    memset(code, 'c', sizeof code - 1);
    code[sizeof code - 1] = '\0';
    assert_null(ask(fixture_operator(), "insurability", "", "", 0));
    assert_string_equal(fixture.refused->field, "kind");
    assert_null(ask(fixture_operator(), "", "", "", 0));
    assert_null(ask(fixture_operator(), "site", "", code, 0));
    assert_string_equal(fixture.refused->field, "after_code");
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        CASE(the_same_fact_again_is_unchanged_and_names_what_stands),
        CASE(identifiers_are_recorded_without_separators),
        CASE(a_dry_run_of_facts_records_nothing),
        CASE(a_fact_that_stands_twice_in_one_load_contradicts_or_repeats_the_first),
        CASE(a_load_of_no_facts_or_of_too_many_is_refused_whole),
        CASE(a_statement_goes_into_the_journal_without_its_national_number),
        CASE(each_kind_of_fact_is_sent_by_its_own_role_alone),
        CASE(a_fact_about_a_network_outside_the_scope_is_denied),
        CASE(contracts_of_one_provider_network_and_convention_do_not_overlap),
        CASE(a_notice_makes_room_for_the_next_contract),
        CASE(a_notice_does_not_end_a_contract_before_its_first_day),
        CASE(a_code_stays_with_its_network),
        CASE(what_a_fact_names_exists),
        CASE(a_designated_second_leader_has_a_designator_and_a_rate_and_nobody_else_has),
        CASE(a_budget_names_each_envelope_once_and_only_those_of_the_network),
        CASE(a_payees_field_out_of_range_is_named),
        CASE(a_contracts_field_out_of_range_is_named),
        CASE(another_facts_field_out_of_range_is_named),
        CASE(the_registry_after_a_restart_is_the_one_before),
        CASE(a_contract_that_changed_provider_serves_only_the_new_one),
        CASE(facts_in_force_are_listed_in_pages_in_the_order_of_their_codes),
        CASE(a_principal_sees_the_facts_of_its_networks_and_no_accounts),
        CASE(a_question_about_nothing_that_exists_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
