#include "services/ledger/envelope.h"

#include <stddef.h>

static bool is_in_prison(const struct book_figures *figures, const struct attestation_facts *facts) {
    (void)figures;
    return facts->site_kind == SITE_PRISON;
}

static bool is_eating_disorder(const struct book_figures *figures, const struct attestation_facts *facts) {
    (void)figures;
    return facts->eating_disorder;
}

static bool is_by_new_graduate(const struct book_figures *figures, const struct attestation_facts *facts) {
    bool merged = facts->new_graduates_merged && figures->new_graduates_mergeable;
    return facts->new_graduate && !merged;
}

static bool is_under_served(const struct book_figures *figures, const struct attestation_facts *facts) {
    (void)figures;
    return facts->under_served;
}

static bool is_on_site_by_policy(const struct book_figures *figures, const struct attestation_facts *facts) {
    return figures->art8_pays_site_sessions && facts->sites_from_art8 && facts->site.text[0] != '\0';
}

/* One row for each mission. A further envelope is a row here and a row in the book. */
static const struct {
    enum book_envelope_id envelope;
    bool (*met)(const struct book_figures *figures, const struct attestation_facts *facts);
} missions[] = {
    {ENVELOPE_PRISONS, is_in_prison},
    {ENVELOPE_EATING_DISORDERS, is_eating_disorder},
    {ENVELOPE_NEW_GRADUATES, is_by_new_graduate},
    {ENVELOPE_UNDER_SERVED, is_under_served},
    {ENVELOPE_ART8, is_on_site_by_policy},
};

static bool network_has(enum book_networks networks, const struct attestation_facts *facts) {
    switch (networks) {
    case NETWORKS_ALL:
        return true;
    case NETWORKS_CHILD:
        return facts->network_kind == NETWORK_CHILD;
    case NETWORKS_PRISON:
        return facts->prison_network;
    }
    return false;
}

/* The envelope of a service that is no session of care; ENVELOPE_NONE for those that are. */
static enum book_envelope_id envelope_of_service(const struct book *book, const struct attestation_facts *facts) {
    if (facts->service == SERVICE_TRAINING) {
        return ENVELOPE_OPERATING;
    }
    if (facts->service != SERVICE_ART8_MISSION) {
        return ENVELOPE_NONE;
    }
    if (book_envelope_on(book, ENVELOPE_OTHER_MISSIONS, facts->date) != NULL) {
        return ENVELOPE_OTHER_MISSIONS;
    }
    return book_envelope_on(book, ENVELOPE_ART8, facts->date) != NULL ? ENVELOPE_ART8 : ENVELOPE_CARE_BASE;
}

enum book_envelope_id envelope_wanted(const struct book *book, const struct attestation_facts *facts) {
    const struct book_figures *figures = book_on(book, facts->date);
    enum book_envelope_id own = envelope_of_service(book, facts);
    if (own != ENVELOPE_NONE) {
        return own;
    }
    enum book_envelope_id wanted = ENVELOPE_CARE_BASE;
    int order = 0;
    for (size_t i = 0; i < sizeof missions / sizeof missions[0]; i++) {
        const struct book_envelope *row = book_envelope_on(book, missions[i].envelope, facts->date);
        if (row == NULL || row->order == 0 || !network_has(row->networks, facts) || !missions[i].met(figures, facts)) {
            continue;
        }
        if (order == 0 || row->order < order) {
            wanted = missions[i].envelope;
            order = row->order;
        }
    }
    return wanted;
}

enum book_envelope_id envelope_that_pays(const struct balance *balance, enum book_envelope_id wanted,
                                         struct money amount) {
    if (wanted == ENVELOPE_OPERATING || wanted == ENVELOPE_OTHER_MISSIONS) {
        return wanted;
    }
    struct money after = money_require_add(balance->envelopes[wanted].spent, amount);
    bool holds = money_compare(after, balance_budget(balance, wanted)) <= 0;
    return holds ? wanted : ENVELOPE_CARE_BASE;
}
