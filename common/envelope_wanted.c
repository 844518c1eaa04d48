#include "common/envelope_wanted.h"

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

static const char *why_art8(enum book_service service) {
    return service == SERVICE_ART8_MISSION ? "an art. 8 mission"
                                           : "held on a site, and the network's policy pays these from art. 8";
}

const char *envelope_why(enum book_envelope_id wanted, enum book_service service) {
    switch (wanted) {
    case ENVELOPE_CARE_BASE:
        return "no mission of the network takes it, so the base of care does";
    case ENVELOPE_NEW_GRADUATES:
        return "the provider's contract is that of a recent graduate";
    case ENVELOPE_ART8:
        return why_art8(service);
    case ENVELOPE_EATING_DISORDERS:
        return "marked as eating disorder, in a child and adolescent network";
    case ENVELOPE_PRISONS:
        return "held in a prison, in a prison network";
    case ENVELOPE_UNDER_SERVED:
        return "the provider's contract was concluded with this money";
    case ENVELOPE_OPERATING:
        return "a training is an operating cost";
    case ENVELOPE_OTHER_MISSIONS:
        return "one of the other missions";
    case ENVELOPE_LUMP_NETWORK:
    case ENVELOPE_LUMP_HOSPITAL:
    case ENVELOPE_NONE:
    case ENVELOPE_COUNT:
        break;
    }
    return "";
}

const char *envelope_article(const struct book *book, enum book_envelope_id envelope, struct date day) {
    const struct book_envelope *row = book_envelope_on(book, envelope, day);
    return row != NULL ? row->article : "";
}
