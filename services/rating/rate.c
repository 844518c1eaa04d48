#include "services/rating/rate.h"

#include "common/require.h"

/* One tariff of the session's day, noted in the result: its column and whether any figure was provisional. */
static bool take_tariff(const struct tariff_view *view, enum book_tariff tariff, struct date day, struct rated *rated,
                        struct money *ret) {
    struct book_amount amount;
    if (!view->amount_on(view->state, tariff, day, &amount)) {
        return false;
    }
    if (rated->column < amount.year) {
        rated->column = amount.year;
    }
    rated->provisional = rated->provisional || amount.provisional;
    *ret = amount.amount;
    return true;
}

static void add_step(struct rated *rated, Elp__V1__RatingRule rule, struct money amount) {
    require(rated->step_count < RATED_STEPS_MAX);
    rated->steps[rated->step_count++] = (struct rated_step){rule, amount};
}

static void add_part(struct rated *rated, Elp__V1__PartRole role, const struct code *payee, struct money fee) {
    require(rated->part_count < RATED_PARTS_MAX);
    rated->parts[rated->part_count++] = (struct rated_part){.role = role, .payee = *payee, .fee = fee, .payable = fee};
    rated->fee = money_require_add(rated->fee, fee);
}

/*
 * T2: the person gets the contract's rate for the hours of a group, at most the published hour (rounded when it was
 * published, then multiplied); the rest of the second leader's amount is the designator's. A book whose hours exceed
 * that amount leaves the designator nothing, never a debt.
 */
static bool rate_designated(const struct tariff_view *view, const struct attestation_facts *facts, struct money whole,
                            struct rated *rated) {
    struct money hour_max;
    if (!take_tariff(view, TARIFF_GROUP_DESIGNATED_HOUR, facts->date, rated, &hour_max)) {
        return false;
    }
    int hours = book_on(view->book, facts->date)->designated_hours;
    if (hours == BOOK_ABSENT) {
        return false;
    }
    bool capped = money_compare(facts->second_rate_per_hour, hour_max) > 0;
    struct money hour = capped ? hour_max : facts->second_rate_per_hour;
    struct money person = money_min(money_require_multiply(hour, hours), whole);
    struct money rest = money_require_subtract(whole, person);
    const struct code *receiver = facts->second_paid_in_person ? &facts->second_payee : &facts->second_designator;
    add_part(rated, ELP__V1__PART_ROLE__PART_ROLE_SECOND, receiver, person);
    add_step(rated, capped ? ELP__V1__RATING_RULE__RATING_RULE_T2_CAPPED : ELP__V1__RATING_RULE__RATING_RULE_T2_PERSON,
             person);
    add_part(rated, ELP__V1__PART_ROLE__PART_ROLE_DESIGNATOR, &facts->second_designator, rest);
    add_step(rated, ELP__V1__RATING_RULE__RATING_RULE_T2_DESIGNATOR, rest);
    return true;
}

/*
 * T1. S4 art. 9 splits an amount only for a health professional, a care provider and an expert who are designated; a
 * designated physician gets the full amount like any other, paid to the designator unless the contract says in person.
 */
static bool rate_second(const struct tariff_view *view, const struct attestation_facts *facts, struct money full,
                        struct rated *rated) {
    switch (facts->second) {
    case SECOND_NONE:
        return true;
    case SECOND_PSYCHOLOGIST:
    case SECOND_PHYSICIAN: {
        bool to_designator = facts->second_designated && !facts->second_paid_in_person;
        const struct code *receiver = to_designator ? &facts->second_designator : &facts->second_payee;
        add_part(rated, ELP__V1__PART_ROLE__PART_ROLE_SECOND, receiver, full);
        add_step(rated, ELP__V1__RATING_RULE__RATING_RULE_T1_SECOND_FULL, full);
        return true;
    }
    case SECOND_HEALTH_PROFESSIONAL:
    case SECOND_CARE_PROVIDER:
    case SECOND_EXPERT:
        break;
    }
    struct money other;
    if (!take_tariff(view, TARIFF_GROUP_OTHER, facts->date, rated, &other)) {
        return false;
    }
    if (facts->second_designated) {
        return rate_designated(view, facts, other, rated);
    }
    add_part(rated, ELP__V1__PART_ROLE__PART_ROLE_SECOND, &facts->second_payee, other);
    add_step(rated, ELP__V1__RATING_RULE__RATING_RULE_T1_SECOND_OTHER, other);
    return true;
}

/* The tariff of the attesting psychologist's part; false for a service that has none. */
static bool attesting_tariff(const struct tariff_view *view, const struct attestation_facts *facts,
                             enum book_tariff *ret) {
    switch (facts->service) {
    case SERVICE_INDIVIDUAL: {
        int long_minutes = book_on(view->book, facts->date)->individual_long_minutes;
        bool is_short = long_minutes != BOOK_ABSENT && facts->minutes < long_minutes;
        *ret = is_short ? TARIFF_INDIVIDUAL_SHORT : TARIFF_INDIVIDUAL;
        return true;
    }
    case SERVICE_ASSESSMENT:
        *ret = TARIFF_ASSESSMENT;
        return true;
    case SERVICE_GROUP:
        *ret = TARIFF_GROUP_PSYCHOLOGIST;
        return true;
    case SERVICE_CONCERTATION:
        *ret = TARIFF_CONCERTATION;
        return true;
    case SERVICE_TRAINING:
        *ret = TARIFF_TRAINING;
        return true;
    case SERVICE_ART8_MISSION:
    case SERVICE_NONE:
        break;
    }
    return false;
}

static bool bears_share(enum book_service service) {
    return service == SERVICE_INDIVIDUAL || service == SERVICE_ASSESSMENT || service == SERVICE_GROUP;
}

struct money rate_patient_share(const struct book *book, const struct attestation_facts *facts,
                                const struct beneficiary_facts *beneficiary, Elp__V1__RatingRule *ret_rule) {
    const struct book_share *share = book_share_on(book, facts->date);
    if (facts->function == FUNCTION_F1 || share == NULL) {
        *ret_rule = ELP__V1__RATING_RULE__RATING_RULE_T3_COMMUNITY;
        return MONEY_ZERO;
    }
    if (facts->share_exempt_site && share->exempt_site_free) {
        *ret_rule = ELP__V1__RATING_RULE__RATING_RULE_T3_EXEMPT_SITE;
        return MONEY_ZERO;
    }
    if (facts->service == SERVICE_GROUP) {
        bool pays = beneficiary->age >= share->group_paid_from_age;
        *ret_rule = pays ? ELP__V1__RATING_RULE__RATING_RULE_T3_GROUP : ELP__V1__RATING_RULE__RATING_RULE_T3_AGE_FREE;
        return pays ? share->group : MONEY_ZERO;
    }
    if (beneficiary->age <= share->individual_free_until_age) {
        *ret_rule = ELP__V1__RATING_RULE__RATING_RULE_T3_AGE_FREE;
        return MONEY_ZERO;
    }
    if (beneficiary->first_session && share->first_individual_free) {
        *ret_rule = ELP__V1__RATING_RULE__RATING_RULE_T3_FIRST_FREE;
        return MONEY_ZERO;
    }
    if (beneficiary->increased) {
        *ret_rule = ELP__V1__RATING_RULE__RATING_RULE_T3_INCREASED;
        return share->individual_bim;
    }
    *ret_rule = ELP__V1__RATING_RULE__RATING_RULE_T3_SHARE;
    return share->individual;
}

/* The rules of T3 in the order in which their steps stand; each appears once, with the sum of those it concerns. */
static const Elp__V1__RatingRule share_rules[] = {
    ELP__V1__RATING_RULE__RATING_RULE_T3_SHARE,       ELP__V1__RATING_RULE__RATING_RULE_T3_INCREASED,
    ELP__V1__RATING_RULE__RATING_RULE_T3_FIRST_FREE,  ELP__V1__RATING_RULE__RATING_RULE_T3_AGE_FREE,
    ELP__V1__RATING_RULE__RATING_RULE_T3_EXEMPT_SITE, ELP__V1__RATING_RULE__RATING_RULE_T3_GROUP,
    ELP__V1__RATING_RULE__RATING_RULE_T3_COMMUNITY,
};
#define SHARE_RULES (sizeof share_rules / sizeof share_rules[0])

static void rate_share(const struct book *book, const struct attestation_facts *facts, struct rated *rated) {
    struct money sums[SHARE_RULES] = {{0}};
    bool used[SHARE_RULES] = {false};
    for (size_t i = 0; i < facts->beneficiary_count; i++) {
        Elp__V1__RatingRule rule = ELP__V1__RATING_RULE__RATING_RULE_UNSPECIFIED;
        struct money share = rate_patient_share(book, facts, &facts->beneficiaries[i], &rule);
        for (size_t r = 0; r < SHARE_RULES; r++) {
            if (share_rules[r] == rule) {
                sums[r] = money_require_add(sums[r], share);
                used[r] = true;
            }
        }
        rated->share = money_require_add(rated->share, share);
    }
    if (facts->function == FUNCTION_F1) {
        used[SHARE_RULES - 1] = true;
    }
    for (size_t r = 0; r < SHARE_RULES; r++) {
        if (used[r]) {
            add_step(rated, share_rules[r], sums[r]);
        }
    }
}

/*
 * What the attesting party gets: a published amount, or for an art. 8 mission the cost attested, at most what the
 * agreement with the site names (S0 art. 14 §1 b.b; rulebook §5).
 */
static bool rate_attesting(const struct tariff_view *view, const struct attestation_facts *facts, struct rated *rated,
                           struct money *ret) {
    enum book_tariff tariff;
    Elp__V1__RatingRule rule = ELP__V1__RATING_RULE__RATING_RULE_T1_FULL;
    struct money full = facts->cost;
    if (facts->service == SERVICE_ART8_MISSION) {
        bool capped = money_compare(facts->site_agreement_amount, MONEY_ZERO) > 0 &&
                      money_compare(facts->cost, facts->site_agreement_amount) > 0;
        full = capped ? facts->site_agreement_amount : facts->cost;
        rule =
            capped ? ELP__V1__RATING_RULE__RATING_RULE_MISSION_CAPPED : ELP__V1__RATING_RULE__RATING_RULE_MISSION_COST;
    } else if (!attesting_tariff(view, facts, &tariff) || !take_tariff(view, tariff, facts->date, rated, &full)) {
        return false;
    }
    add_part(rated, ELP__V1__PART_ROLE__PART_ROLE_ATTESTING, &facts->payee, full);
    add_step(rated, rule, full);
    *ret = full;
    return true;
}

int rate_attestation(const struct tariff_view *view, const struct attestation_facts *facts, struct rated *ret) {
    struct rated rated = {.column = 0};
    struct money full;
    if (book_share_on(view->book, facts->date) == NULL || !rate_attesting(view, facts, &rated, &full)) {
        return RATE_NO_TARIFF;
    }
    if (facts->service == SERVICE_GROUP && !rate_second(view, facts, full, &rated)) {
        return RATE_NO_TARIFF;
    }
    if (bears_share(facts->service)) {
        rate_share(view->book, facts, &rated);
    }
    /* T4: the attesting psychologist collects the share and is paid that much less, below zero if need be. */
    rated.insurer = money_require_subtract(rated.fee, rated.share);
    rated.parts[0].share_collected = rated.share;
    rated.parts[0].payable = money_require_subtract(full, rated.share);
    add_step(&rated, ELP__V1__RATING_RULE__RATING_RULE_T4_INSURER, rated.insurer);
    *ret = rated;
    return RATE_DONE;
}

static bool book_view_amount_on(const void *state, enum book_tariff tariff, struct date day, struct book_amount *ret) {
    return book_amount_on(state, tariff, day, ret);
}

struct tariff_view tariff_view_of_book(const struct book *book) {
    return (struct tariff_view){book, book_view_amount_on, book};
}
