#include <string.h>

#include "services/intake/books.h"
#include "services/intake/registry_fact.h"

/* A network's policies (rulebook R1), its budgets (§6) and its programme cards (R7): what their convention allows. */

#define ARTICLE_EATING_DISORDERS "S0 art. 14 §1 b.c"
#define ARTICLE_PRISONS "S0 art. 14 §1 b.d"

/* --- policies ----------------------------------------------------------------------------------------------------- */

static bool sites_from_art8_known(const struct book_figures *figures) {
    return figures->art8_pays_site_sessions;
}

static bool new_graduates_merged_known(const struct book_figures *figures) {
    return figures->new_graduates_mergeable;
}

/* A policy is known when a loaded convention has it on some day; without any book nobody can say. */
static bool policy_is_known(const struct books *books, bool (*knows)(const struct book_figures *figures)) {
    for (size_t i = 0; i < books->count; i++) {
        const struct book *book = books->items[i].book;
        for (size_t epoch = 0; epoch < book->epoch_count; epoch++) {
            if (knows(&book->epochs[epoch])) {
                return true;
            }
        }
    }
    return books->count == 0;
}

static bool holds(const struct registry_budget *budget, enum book_envelope_id envelope) {
    return (budget->envelopes & 1u << envelope) != 0;
}

/* What a network is must not take away from under money that stands. */
static bool budgets_still_fit(const struct fact_context *context, const struct registry_fact *fact,
                              struct fact_refusal *refusal) {
    const struct registry_network *network = &fact->as.network_fact;
    struct registry_walker walker;
    registry_walker_begin(&walker, context->registry, FACT_BUDGET);
    for (const struct registry_entry *at = registry_walker_next(&walker); at != NULL;
         at = registry_walker_next(&walker)) {
        const struct registry_budget *budget = (const struct registry_budget *)at;
        if (strcmp(budget->network.text, fact->code) != 0) {
            continue;
        }
        if (!network->prison_network && holds(budget, ENVELOPE_PRISONS)) {
            return fact_refuse_by(refusal, ARTICLE_PRISONS, "prison_network",
                                  "The budget of %d has an envelope mission.prisons.", budget->year);
        }
        if (network->kind == NETWORK_ADULT && holds(budget, ENVELOPE_EATING_DISORDERS)) {
            return fact_refuse_by(refusal, ARTICLE_EATING_DISORDERS, "kind",
                                  "The budget of %d has an envelope mission.eating-disorders.", budget->year);
        }
    }
    return true;
}

bool network_fits(const struct fact_context *context, const struct registry_fact *fact, struct fact_refusal *refusal) {
    const struct registry_network *network = &fact->as.network_fact;
    if (network->sites_from_art8 && !policy_is_known(context->books, sites_from_art8_known)) {
        return fact_refuse_by(refusal, "S0 art. 14 §1 b.b", "sites_from_art8",
                              "No convention that is loaded lets the art. 8 budget pay sessions on sites.");
    }
    if (network->new_graduates_merged && !policy_is_known(context->books, new_graduates_merged_known)) {
        return fact_refuse_by(refusal, "S0 art. 14 §1 b.a", "new_graduates_merged",
                              "No convention that is loaded lets the money for new graduates be merged.");
    }
    return budgets_still_fit(context, fact, refusal);
}

/* --- budgets ------------------------------------------------------------------------------------------------------ */

static bool book_touches_year(const struct book *book, int year) {
    return date_year(book->sessions.from) <= year && year <= date_year(book->sessions.until);
}

/* Has some convention of the year this envelope? Without a book of the year nobody can say. */
static bool envelope_is_of_year(const struct books *books, enum book_envelope_id envelope, int year) {
    bool any = false;
    for (size_t i = 0; i < books->count; i++) {
        const struct book *book = books->items[i].book;
        if (!book_touches_year(book, year)) {
            continue;
        }
        any = true;
        for (size_t at = 0; at < book->envelope_count; at++) {
            if (book->envelopes[at].envelope == envelope) {
                return true;
            }
        }
    }
    return !any;
}

/* Eating disorders: child and adolescent networks only; prisons: prison networks only (S0 art. 14 §1). */
bool budget_fits(const struct fact_context *context, const struct registry_fact *fact, const Elp__V1__Budget *wire,
                 struct fact_refusal *refusal) {
    const struct registry_network *network = registry_network(context->registry, fact->network.text);
    const struct registry_budget *budget = &fact->as.budget;
    if (network == NULL) {
        return fact_is_known(context->registry, FACT_NETWORK, fact->network.text, "network", refusal);
    }
    if (network->kind == NETWORK_ADULT && holds(budget, ENVELOPE_EATING_DISORDERS)) {
        return fact_refuse_by(refusal, ARTICLE_EATING_DISORDERS, "envelopes",
                              "mission.eating-disorders is for child and adolescent networks; %s is an adult network.",
                              fact->network.text);
    }
    if (!network->prison_network && holds(budget, ENVELOPE_PRISONS)) {
        return fact_refuse_by(refusal, ARTICLE_PRISONS, "envelopes",
                              "mission.prisons is for prison networks; %s is none.", fact->network.text);
    }
    for (size_t i = 0; i < wire->n_envelopes; i++) {
        enum book_envelope_id envelope = (enum book_envelope_id)wire->envelopes[i]->envelope;
        if (wire->envelopes[i]->cents != 0 && !envelope_is_of_year(context->books, envelope, budget->year)) {
            return fact_refuse_by(refusal, "S0 art. 14 §1", "envelopes", "No convention of %d has an envelope %s.",
                                  budget->year, book_envelope_name(envelope));
        }
    }
    return true;
}

/* --- programme cards ---------------------------------------------------------------------------------------------- */

/* A card that is published says everything that S4 art. 4 asks; one that is only decided may still be written. */
bool programme_fits(const struct fact_context *context, const struct registry_fact *fact,
                    const Elp__V1__Programme *wire, struct fact_refusal *refusal) {
    const struct registry_programme *programme = &fact->as.programme;
    const struct {
        const char *field;
        bool given;
    } parts[] = {
        {"goal", wire->goal[0] != '\0'},
        {"method", wire->method[0] != '\0'},
        {"target_group", wire->target_group[0] != '\0'},
        {"interventions", wire->interventions != 0},
        {"participation", wire->participation[0] != '\0'},
        {"participants_min", wire->participants_min != 0},
        {"sources", wire->sources[0] != '\0'},
    };
    if (date_is_none(programme->published_on)) {
        return true;
    }
    const struct loaded_book *loaded = books_newest_on(context->books, programme->published_on);
    if (loaded == NULL || !book_on(loaded->book, programme->published_on)->programme_required) {
        return true;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!parts[i].given) {
            return fact_refuse_by(refusal, "S4 art. 4 §1 b, §2 e", parts[i].field,
                                  "A published programme card must say: %s.", parts[i].field);
        }
    }
    return true;
}
