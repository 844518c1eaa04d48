#include "services/rating/rating_reasons.h"

#include <stdio.h>

#include "common/envelope_wanted.h"

#define TEXT_BYTES 256

/* What the article of a step's amount stands on. */
enum source { SOURCE_SERVICE, SOURCE_OTHER, SOURCE_HOUR, SOURCE_SHARE, SOURCE_FEE, SOURCE_MISSION };

/* One row for each rule, in the order of the enum. */
static const struct {
    Elp__V1__RatingRule rule;
    enum source source;
    const char *text;
} rules[] = {
    {ELP__V1__RATING_RULE__RATING_RULE_T1_FULL, SOURCE_SERVICE, "the published amount"},
    {ELP__V1__RATING_RULE__RATING_RULE_T1_SECOND_FULL, SOURCE_SERVICE,
     "the second leader, a psychologist or a physician, gets the full amount too"},
    {ELP__V1__RATING_RULE__RATING_RULE_T1_SECOND_OTHER, SOURCE_OTHER, "another second leader gets that amount"},
    {ELP__V1__RATING_RULE__RATING_RULE_T2_PERSON, SOURCE_HOUR,
     "a designated second leader gets the contract's rate for the hours of a group"},
    {ELP__V1__RATING_RULE__RATING_RULE_T2_CAPPED, SOURCE_HOUR,
     "a designated second leader's rate is above the published hour, which is paid"},
    {ELP__V1__RATING_RULE__RATING_RULE_T2_DESIGNATOR, SOURCE_OTHER, "the rest of that amount goes to the designator"},
    {ELP__V1__RATING_RULE__RATING_RULE_T3_SHARE, SOURCE_SHARE, "patient share"},
    {ELP__V1__RATING_RULE__RATING_RULE_T3_INCREASED, SOURCE_SHARE, "patient share with increased intervention"},
    {ELP__V1__RATING_RULE__RATING_RULE_T3_FIRST_FREE, SOURCE_SHARE, "first individual session: free"},
    {ELP__V1__RATING_RULE__RATING_RULE_T3_AGE_FREE, SOURCE_SHARE, "free at that age"},
    {ELP__V1__RATING_RULE__RATING_RULE_T3_EXEMPT_SITE, SOURCE_SHARE, "no share on that site: the network bears it all"},
    {ELP__V1__RATING_RULE__RATING_RULE_T3_GROUP, SOURCE_SHARE, "patient share of those who pay in a group"},
    {ELP__V1__RATING_RULE__RATING_RULE_T3_COMMUNITY, SOURCE_SHARE, "community intervention: no share"},
    {ELP__V1__RATING_RULE__RATING_RULE_T4_INSURER, SOURCE_FEE, "insurer part: fee less patient share"},
    {ELP__V1__RATING_RULE__RATING_RULE_MISSION_COST, SOURCE_MISSION, "the cost attested"},
    {ELP__V1__RATING_RULE__RATING_RULE_MISSION_CAPPED, SOURCE_MISSION,
     "the cost attested is above what the agreement with the site allows, which is paid"},
};
#define RULES (sizeof rules / sizeof rules[0])

static enum book_tariff tariff_of_service(int service) {
    switch (service) {
    case ELP__V1__SERVICE__SERVICE_ASSESSMENT:
        return TARIFF_ASSESSMENT;
    case ELP__V1__SERVICE__SERVICE_GROUP:
        return TARIFF_GROUP_PSYCHOLOGIST;
    case ELP__V1__SERVICE__SERVICE_CONCERTATION:
        return TARIFF_CONCERTATION;
    case ELP__V1__SERVICE__SERVICE_TRAINING:
        return TARIFF_TRAINING;
    default:
        return TARIFF_INDIVIDUAL;
    }
}

static enum book_tariff tariff_of(const Elp__V1__Rated *rated, enum source source) {
    if (source == SOURCE_OTHER) {
        return TARIFF_GROUP_OTHER;
    }
    return source == SOURCE_HOUR ? TARIFF_GROUP_DESIGNATED_HOUR : tariff_of_service((int)rated->service);
}

static const char *article_of(const struct book *book, const Elp__V1__Rated *rated, enum source source) {
    struct date day = {rated->date};
    if (book == NULL) {
        return "";
    }
    if (source == SOURCE_SHARE) {
        const struct book_share *share = book_share_on(book, day);
        return share != NULL ? share->article : "";
    }
    if (source == SOURCE_MISSION || rated->service == ELP__V1__SERVICE__SERVICE_ART8_MISSION) {
        const char *article = envelope_article(book, ENVELOPE_ART8, day);
        return article[0] != '\0' ? article : envelope_article(book, ENVELOPE_OTHER_MISSIONS, day);
    }
    const struct book_tariff_row *row = &book->tariffs[tariff_of(rated, source)];
    return row->amount_count > 0 ? row->article : "";
}

/* A published amount also says its column, and by what act that column came where it is not the book's own. */
static int say(const struct rating *rating, const Elp__V1__Rated *rated, size_t rule, struct arena *arena,
               Elp__V1__RatingReason *reason) {
    enum source source = rules[rule].source;
    char text[TEXT_BYTES];
    bool published = source == SOURCE_SERVICE || source == SOURCE_OTHER || source == SOURCE_HOUR;
    const char *act =
        published ? columns_source(rating->columns, rated->convention, tariff_of(rated, source), (int)rated->column)
                  : "";
    if (!published) {
        (void)snprintf(text, sizeof text, "%s", rules[rule].text);
    } else if (act[0] == '\0') {
        (void)snprintf(text, sizeof text, "%s, tariffs of %u", rules[rule].text, rated->column);
    } else {
        (void)snprintf(text, sizeof text, "%s, tariffs of %u, indexed by %.80s", rules[rule].text, rated->column, act);
    }
    reason->text = arena_text(arena, text);
    return reason->text == NULL ? FAILURE_MEMORY : 0;
}

int rating_reasons(const struct rating *rating, const Elp__V1__Rated *rated, struct arena *arena,
                   Elp__V1__RatingReason ***ret, size_t *ret_count) {
    const struct book *book = book_shelf_at(rating->shelf, rated->book);
    Elp__V1__RatingReason *reasons = arena_take(arena, rated->n_steps * sizeof *reasons);
    Elp__V1__RatingReason **pointers = arena_take(arena, rated->n_steps * sizeof(Elp__V1__RatingReason *));
    if (reasons == NULL || pointers == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < rated->n_steps; i++) {
        pointers[i] = &reasons[i];
        elp__v1__rating_reason__init(&reasons[i]);
        reasons[i].rule = rated->steps[i]->rule;
        reasons[i].cents = rated->steps[i]->cents;
        for (size_t rule = 0; rule < RULES; rule++) {
            if (rules[rule].rule != rated->steps[i]->rule) {
                continue;
            }
            reasons[i].article = (char *)article_of(book, rated, rules[rule].source);
            int failure = say(rating, rated, rule, arena, &reasons[i]);
            if (failure < 0) {
                return failure;
            }
        }
    }
    *ret = pointers;
    *ret_count = rated->n_steps;
    return 0;
}
