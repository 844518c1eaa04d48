/*
 * Goal: the right envelope pays (rulebook §6, story S2). Method: sessions that differ in one fact, posted by the core on a
 * real store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ledger/ledger_core.h"
#include "tests/unit/money_chain.h"

static struct chain chain;

static int begin(void **state) {
    (void)state;
    chain_open(&chain);
    return 0;
}

static int end(void **state) {
    (void)state;
    chain_check_trial_balance(&chain);
    chain_close(&chain);
    return 0;
}

#define CHAIN_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

#define CARE_BASE ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE
#define NEW_GRADUATES ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_NEW_GRADUATES
#define ART8 ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_ART8
#define EATING_DISORDERS ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_EATING_DISORDERS
#define PRISONS ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_PRISONS
#define UNDER_SERVED ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_MISSION_UNDER_SERVED

/* Every mission holds 1,000.00 but art. 8, which holds `art8` cents. */
static void grant(int64_t art8) {
    (void)chain_budget(&chain, &(struct chain_budget){.network = "N1",
                                                      .year = 2026,
                                                      .care_base = 10000000,
                                                      .art8 = art8,
                                                      .prisons = 100000,
                                                      .eating_disorders = 100000,
                                                      .new_graduates = 100000,
                                                      .under_served = 100000});
}

static int pays(const Elp__V1__AttestationAccepted *session) {
    return chain_envelope(&chain, chain_attest(&chain, session));
}

static void school(Elp__V1__AttestationAccepted *session, const char *date) {
    chain_individual(session, date);
    session->site = "S1";
    session->site_kind = ELP__V1__SITE_KIND__SITE_KIND_SCHOOL;
    session->share_exempt_site = true;
    session->sites_from_art8 = true;
}

static void an_ordinary_session_goes_to_care_base(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    grant(100000);
    chain_individual(&session, "2026-02-10");
    assert_int_equal(pays(&session), CARE_BASE);
}

static void a_session_on_a_site_goes_to_art8_only_by_the_networks_policy(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    grant(100000);
    school(&session, "2026-02-10");
    assert_int_equal(pays(&session), ART8);
    session.sites_from_art8 = false;
    assert_int_equal(pays(&session), CARE_BASE);
    session.sites_from_art8 = true;
    session.site = "";
    session.site_kind = ELP__V1__SITE_KIND__SITE_KIND_UNSPECIFIED;
    assert_int_equal(pays(&session), CARE_BASE);
}

static void art8_pays_sessions_from_the_circulars_day_on(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    grant(100000);
    school(&session, "2025-12-14");
    assert_int_equal(pays(&session), CARE_BASE);
    school(&session, "2025-12-15");
    assert_int_equal(pays(&session), ART8);
}

static void story_S2_the_school_is_paid_whole_by_art8_or_whole_by_care_base(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    Elp__V1__SecondLeaderFacts second;
    chain_expert_group(&session, &second, "2026-02-10");
    session.site = "S1";
    session.site_kind = ELP__V1__SITE_KIND__SITE_KIND_SCHOOL;
    session.share_exempt_site = true;
    session.sites_from_art8 = true;
    grant(30000);
    uint64_t number = chain_attest(&chain, &session);
    const Elp__V1__Rated *rated = chain_rating(&chain, number)->rated;
    assert_int_equal(rated->fee_cents, 39565);
    assert_int_equal(rated->insurer_cents, 39565);
    assert_int_equal(rated->parts[2]->fee_cents, 6873);
    assert_true(rated->provisional);
    assert_int_equal(chain_envelope(&chain, number), CARE_BASE);
    grant(39565);
    assert_int_equal(pays(&session), ART8); /* exactly full */
    assert_int_equal(pays(&session), CARE_BASE);
    chain_expert_group(&session, &second, "2024-11-10");
    session.site = "S1";
    session.site_kind = ELP__V1__SITE_KIND__SITE_KIND_SCHOOL;
    session.sites_from_art8 = true;
    grant(1000000);
    assert_int_equal(pays(&session), CARE_BASE);
}

static void a_mission_holds_an_amount_whole_or_not_at_all(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    school(&session, "2026-02-10");
    grant(9101); /* one cent less than the session */
    assert_int_equal(pays(&session), CARE_BASE);
    grant(9102);
    uint64_t number = chain_attest(&chain, &session);
    assert_int_equal(chain_envelope(&chain, number), ART8);
    assert_int_equal(chain_account(&chain, "expenses:N1:2026:mission.art8"), 9102);
    assert_int_equal(chain_account(&chain, "expenses:N1:2026:care.base"), 9102);
}

static void of_several_missions_the_first_of_the_list_pays(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    grant(100000);
    school(&session, "2026-02-10");
    session.under_served = true;
    assert_int_equal(pays(&session), UNDER_SERVED);
    session.new_graduate = true;
    assert_int_equal(pays(&session), NEW_GRADUATES);
    session.eating_disorder = true;
    assert_int_equal(pays(&session), EATING_DISORDERS);
    session.prison_network = true;
    session.site_kind = ELP__V1__SITE_KIND__SITE_KIND_PRISON;
    assert_int_equal(pays(&session), PRISONS);
}

static void when_the_first_mission_is_full_care_base_pays_and_not_the_next_mission(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    (void)chain_budget(&chain,
                       &(struct chain_budget){
                           .network = "N1", .year = 2026, .care_base = 10000000, .art8 = 100000, .under_served = 9101});
    school(&session, "2026-02-10");
    session.under_served = true;
    assert_int_equal(pays(&session), CARE_BASE);
}

static void eating_disorders_are_for_child_networks_and_prisons_for_prison_networks(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    grant(100000);
    chain_individual(&session, "2026-02-10");
    session.eating_disorder = true;
    session.network_kind = ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT;
    assert_int_equal(pays(&session), CARE_BASE);
    session.network_kind = ELP__V1__NETWORK_KIND__NETWORK_KIND_MIXED;
    assert_int_equal(pays(&session), CARE_BASE);
    session.network_kind = ELP__V1__NETWORK_KIND__NETWORK_KIND_CHILD;
    assert_int_equal(pays(&session), EATING_DISORDERS);
    chain_individual(&session, "2026-02-10");
    session.site = "S1";
    session.site_kind = ELP__V1__SITE_KIND__SITE_KIND_PRISON;
    assert_int_equal(pays(&session), CARE_BASE);
    session.prison_network = true;
    assert_int_equal(pays(&session), PRISONS);
}

static void a_network_may_merge_new_graduates_into_care_base(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    grant(100000);
    chain_individual(&session, "2026-02-10");
    session.new_graduate = true;
    assert_int_equal(pays(&session), NEW_GRADUATES);
    session.new_graduates_merged = true;
    assert_int_equal(pays(&session), CARE_BASE);
}

static void the_budget_year_is_that_of_the_acceptance(void **state) {
    (void)state;
    Elp__V1__AttestationAccepted session;
    grant(100000);
    chain_individual(&session, "2025-12-31");
    const Elp__V1__Transaction *posted = chain_ledger(&chain, chain_attest(&chain, &session))->transactions[0];
    assert_int_equal(posted->year, 2026);
    assert_int_equal(posted->cents, 8948);
    /* Brussels is an hour ahead: this is the last minute of 2026 there, and then the first of 2027. */
    chain_at(&chain, "2026-12-31T22:59:59Z");
    assert_int_equal(chain_ledger(&chain, chain_attest(&chain, &session))->transactions[0]->year, 2026);
    chain_at(&chain, "2026-12-31T23:00:00Z");
    assert_int_equal(chain_ledger(&chain, chain_attest(&chain, &session))->transactions[0]->year, 2027);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(an_ordinary_session_goes_to_care_base),
        CHAIN_TEST(a_session_on_a_site_goes_to_art8_only_by_the_networks_policy),
        CHAIN_TEST(art8_pays_sessions_from_the_circulars_day_on),
        CHAIN_TEST(story_S2_the_school_is_paid_whole_by_art8_or_whole_by_care_base),
        CHAIN_TEST(a_mission_holds_an_amount_whole_or_not_at_all),
        CHAIN_TEST(of_several_missions_the_first_of_the_list_pays),
        CHAIN_TEST(when_the_first_mission_is_full_care_base_pays_and_not_the_next_mission),
        CHAIN_TEST(eating_disorders_are_for_child_networks_and_prisons_for_prison_networks),
        CHAIN_TEST(a_network_may_merge_new_graduates_into_care_base),
        CHAIN_TEST(the_budget_year_is_that_of_the_acceptance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
