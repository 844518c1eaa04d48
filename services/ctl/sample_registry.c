#include <stdio.h>

#include "common/money.h"
#include "common/require.h"
#include "services/ctl/sample_text.h"

/* What a provider's contract holds; a network's contingent is a tenth less than its contracts (R3). */
#define SESSIONS_PER_MONTH 30

enum { PAYEE_HOSPITAL = 1000, PAYEE_PROVIDER = 100000, PAYEE_LEADER = 2000, PAYEE_ORGANISATION = 3000 };

static const char *const kind_words[] = {"", "adult", "child", "mixed"};
static const char *const leader_words[] = {"",      "psychologist", "physician", "health-professional", "care-provider",
                                           "expert"};

static void write_payee(FILE *out, const char *code, const char *name, uint32_t serial, bool enterprise, bool account) {
    char bce[11];
    char iban[17];
    sample_bce(serial, bce);
    sample_iban(serial, iban);
    (void)fprintf(out,
                  "  - {code: %s, name: \"%s\", street: \"Fictitious Street %u\", town: \"1000 Brussels\", country: BE",
                  code, name, serial % 200 + 1);
    if (account) {
        (void)fprintf(out, ", iban: \"%s\"", iban);
    }
    if (enterprise) {
        (void)fprintf(out, ", bce: \"%s\"}\n", bce);
    } else {
        (void)fprintf(out, ", without_enterprise: true}\n");
    }
}

static void write_payees(FILE *out, const struct sample_world *world) {
    char code[32];
    char name[64];
    (void)fprintf(out, "payees:\n");
    for (int i = 0; i < world->network_count; i++) {
        const char *network = world->networks[i].code;
        (void)snprintf(code, sizeof code, "%s-H", network);
        (void)snprintf(name, sizeof name, "Fictitious Hospital %s", network);
        write_payee(out, code, name, (uint32_t)(PAYEE_HOSPITAL + i), true, true);
        (void)snprintf(code, sizeof code, "%s-O", network);
        (void)snprintf(name, sizeof name, "Fictitious Association %s", network);
        write_payee(out, code, name, (uint32_t)(PAYEE_ORGANISATION + i), true, true);
        for (int l = 0; l < SAMPLE_SECOND_LEADERS; l++) {
            bool expert = sample_second_leaders[l].kind == ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_EXPERT;
            (void)snprintf(code, sizeof code, "%s-L%d", network, l + 1);
            (void)snprintf(name, sizeof name, "Fictitious Leader %s %d", network, l + 1);
            write_payee(out, code, name, (uint32_t)(PAYEE_LEADER + i * 10 + l), !expert, true);
        }
    }
    for (size_t p = 0; p < world->provider_count; p++) {
        (void)snprintf(code, sizeof code, "P%s", world->providers[p].inami);
        (void)snprintf(name, sizeof name, "Fictitious Psychologist %zu", p + 1);
        write_payee(out, code, name, (uint32_t)(PAYEE_PROVIDER + p), true, !world->providers[p].without_iban);
    }
}

static void write_networks(FILE *out, const struct sample_world *world) {
    (void)fprintf(out, "networks:\n");
    for (int i = 0; i < world->network_count; i++) {
        const struct sample_network *network = &world->networks[i];
        (void)fprintf(out,
                      "  - {code: %s, name: \"Fictitious network %s\", kind: %s, collecting_institution: %s-H, "
                      "prison_network: %s, sites_from_art8: %s, new_graduates_merged: true, contingent: %d}\n",
                      network->code, network->code, kind_words[network->kind], network->code,
                      network->prison ? "true" : "false", network->sites_from_art8 ? "true" : "false",
                      (int)network->provider_count * SESSIONS_PER_MONTH * 12 * 10 / 11);
    }
}

static void write_places(FILE *out, const struct sample_world *world) {
    static const char *const titles[SAMPLE_PROGRAMMES] = {"Stronger together", "Sleeping better",
                                                          "Living with anxiety"};
    (void)fprintf(out, "sites:\n");
    for (int i = 0; i < world->network_count; i++) {
        const struct sample_network *network = &world->networks[i];
        for (int s = 0; s < SAMPLE_SITES; s++) {
            struct sample_site site = sample_site_of(network, s);
            (void)fprintf(
                out, "  - {code: %s-S%d, network: %s, name: \"%s %s\", kind: %s, agreement: true, share_exempt: %s}\n",
                network->code, s + 1, network->code, site.name, network->code, site.kind,
                site.share_exempt ? "true" : "false");
        }
    }
    (void)fprintf(out, "programmes:\n");
    for (int i = 0; i < world->network_count; i++) {
        const char *network = world->networks[i].code;
        for (int g = 0; g < SAMPLE_PROGRAMMES; g++) {
            (void)fprintf(
                out,
                "  - {code: %s-G%d, network: %s, title: \"%s\", functions: [F%d], decided_on: 2025-10-06, "
                "published_on: 2025-10-20, participants_min: %d, interventions: 6, goal: \"Sample\", "
                "method: \"Sample\", target_group: \"Sample\", participation: \"Sample\", sources: \"Sample\"}\n",
                network, g + 1, network, titles[g], g + 1, g == 0 ? 10 : 4);
        }
    }
}

static void write_contracts(FILE *out, const struct sample_world *world) {
    (void)fprintf(out, "provider_contracts:\n");
    for (size_t p = 0; p < world->provider_count; p++) {
        const struct sample_provider *provider = &world->providers[p];
        const char *network = world->networks[provider->network].code;
        (void)fprintf(out,
                      "  - {code: K%s, provider: \"%s\", network: %s, convention: \"2024\", from: 2025-01-01, "
                      "functions: [%s], sites: [%s-S1, %s-S2, %s-S3, %s-S4, %s-S5], sessions_per_month: %d, "
                      "new_graduate: %s, under_served: %s, payee: P%s, name: \"Fictitious Psychologist %zu\"}\n",
                      provider->inami, provider->inami, network, provider->has_f3 ? "F1, F2, F3" : "F1, F2", network,
                      network, network, network, network, SESSIONS_PER_MONTH, provider->new_graduate ? "true" : "false",
                      provider->under_served ? "true" : "false", provider->inami, p + 1);
    }
    (void)fprintf(out, "second_leader_contracts:\n");
    for (int i = 0; i < world->network_count; i++) {
        const char *network = world->networks[i].code;
        for (int l = 0; l < SAMPLE_SECOND_LEADERS; l++) {
            const struct sample_second_leader *leader = &sample_second_leaders[l];
            (void)fprintf(out, "  - {code: %s-L%d, network: %s, kind: %s, from: 2025-01-01, ", network, l + 1, network,
                          leader_words[leader->kind]);
            if (leader->designated) {
                (void)fprintf(out,
                              "designated: true, designator: %s-O, rate_per_hour: \"%d.%02d\", paid_in_person: %s, ",
                              network, leader->rate_cents_per_hour / 100, leader->rate_cents_per_hour % 100,
                              leader->paid_in_person ? "true" : "false");
            }
            (void)fprintf(
                out,
                "payee: %s-L%d, sessions_per_month: 6, structural: true, conditions: [portfolio, separate-accounts, "
                "insurance, training, intervision, study], name: \"Fictitious Leader %s %d\"}\n",
                network, l + 1, network, l + 1);
        }
    }
    (void)fprintf(out, "representations:\n  - {principal: integrator, provider: \"*\"}\n");
}

static void write_statements(FILE *out, const struct sample_world *world) {
    (void)fprintf(out, "insurability:\n");
    for (size_t p = 0; p < world->person_count; p++) {
        if (world->people[p].statement) {
            (void)fprintf(
                out, "  - {niss: \"%s\", from: 2026-01-01, insured: true, increased: %s, resolved_on: 2025-12-15}\n",
                world->people[p].niss, world->people[p].increased ? "true" : "false");
        }
    }
}

static const char *amount(struct money money, char out[MONEY_TEXT_BYTES]) {
    return money_format(money, out, MONEY_TEXT_BYTES);
}

/* A part of an amount, in basis points. */
static struct money part_of(struct money whole, int basis_points) {
    struct money part;
    require(money_fraction_round_down(whole, basis_points, 10000, &part));
    return part;
}

static void write_budgets(FILE *out, const struct sample_world *world, const struct sample_year *year) {
    (void)fprintf(out, "budgets:\n");
    for (int i = 0; i < world->network_count; i++) {
        const struct sample_network *network = &world->networks[i];
        struct money care;
        require(money_fraction_round_down(money_of_cents(year->care_cents[i] + 1), 10000, network->use_basis_points,
                                          &care));
        struct money art8 = part_of(care, 600);
        struct money prisons = network->prison ? part_of(care, 200) : MONEY_ZERO;
        struct money under_served = part_of(care, 300);
        struct money base =
            money_require_subtract(care, money_require_add(art8, money_require_add(prisons, under_served)));
        /* At its ceiling a network has hardly any operating budget left beside care. */
        struct money operating = part_of(care, network->course == COURSE_CEILING ? 380 : 900);
        char text[5][MONEY_TEXT_BYTES];
        (void)fprintf(out, "  - {network: %s, year: 2026, envelopes: {care.base: \"%s\", mission.art8: \"%s\", ",
                      network->code, amount(base, text[0]), amount(art8, text[1]));
        if (network->prison) {
            (void)fprintf(out, "mission.prisons: \"%s\", ", amount(prisons, text[2]));
        }
        (void)fprintf(out, "mission.under-served: \"%s\", operating: \"%s\"}}\n", amount(under_served, text[3]),
                      amount(operating, text[4]));
    }
}

void sample_write_registry(FILE *out, const struct sample_world *world, const struct sample_year *year) {
    (void)fprintf(out, "# Sample registry of %d networks, seed %llu. Everything in it is fictitious.\n",
                  world->network_count, (unsigned long long)world->seed);
    write_payees(out, world);
    write_networks(out, world);
    write_places(out, world);
    write_contracts(out, world);
    write_statements(out, world);
    write_budgets(out, world, year);
}
