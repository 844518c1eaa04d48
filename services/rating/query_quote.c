#include "services/rating/query_quote.h"

#include <string.h>

#include "common/budget_envelope.h"
#include "common/envelope_wanted.h"
#include "services/rating/rate.h"
#include "services/rating/rated_message.h"
#include "services/rating/rating_reasons.h"

#define NO_NETWORK "none" /* a record names a network; what a session costs does not depend on which */
#define REMEDY "Correct the field and ask again."

/* A question while it is read; refused once a reply stands. */
struct quoting {
    const struct rating *rating;
    struct request *request;
    const Elp__V1__QuoteQuery *query;
    struct reply *reply;
    const struct book *book;
    uint64_t book_number;
    struct attestation_facts *facts;
    bool refused;
};

static int refuse(struct quoting *quoting, const char *code, const char *field, const char *reason,
                  const char *remedy) {
    quoting->refused = true;
    return reply_refuse(quoting->reply, code, field, reason, remedy);
}

static bool covers(const struct book *book, struct date day) {
    return date_within(day, book->sessions.from, book->sessions.until);
}

/* The version loaded last of the named convention, or of the newest one that covers the day. */
static int choose_book(struct quoting *quoting, struct date day) {
    const struct book_shelf *shelf = quoting->rating->shelf;
    const char *named = quoting->query->convention;
    const struct book *best = NULL;
    for (size_t i = 0; i < book_shelf_count(shelf); i++) {
        const struct book *book = book_shelf_entry(shelf, i);
        bool wanted = named[0] == '\0' || strcmp(named, book->convention) == 0;
        if (wanted && covers(book, day) && (best == NULL || strcmp(book->convention, best->convention) >= 0)) {
            best = book;
        }
    }
    if (best == NULL) {
        return refuse(quoting, "not-found", named[0] != '\0' ? "convention" : "date",
                      "No loaded book of that convention covers the day.",
                      "Name another day or convention; elpctl tariff shows which books are loaded.");
    }
    quoting->book = best;
    quoting->book_number = book_shelf_number_of(shelf, best);
    return 0;
}

/*
 * The question as the record that would be rated, so that the same bounds hold and the same function reads it. People have
 * no number here; any will do.
 */
static int read_facts(struct quoting *quoting, struct date day) {
    const Elp__V1__QuoteQuery *query = quoting->query;
    struct arena *arena = quoting->request->arena;
    Elp__V1__AttestationAccepted record = ELP__V1__ATTESTATION_ACCEPTED__INIT;
    Elp__V1__SecondLeaderFacts second = ELP__V1__SECOND_LEADER_FACTS__INIT;
    size_t count = query->n_beneficiaries;
    Elp__V1__BeneficiaryFacts *people = arena_take(arena, (count + 1) * sizeof *people);
    record.beneficiaries = arena_take(arena, (count + 1) * sizeof *record.beneficiaries);
    quoting->facts = arena_take(arena, sizeof *quoting->facts);
    if (people == NULL || record.beneficiaries == NULL || quoting->facts == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        elp__v1__beneficiary_facts__init(&people[i]);
        people[i].person = i + 1;
        people[i].age = query->beneficiaries[i]->age;
        people[i].increased = query->beneficiaries[i]->increased;
        people[i].first_session = query->beneficiaries[i]->first_session;
        record.beneficiaries[record.n_beneficiaries++] = &people[i];
    }
    bool no_kind = query->network_kind == ELP__V1__NETWORK_KIND__NETWORK_KIND_UNSPECIFIED;
    int long_minutes = book_on(quoting->book, day)->individual_long_minutes;
    record.network = (char *)NO_NETWORK;
    record.convention = (char *)quoting->book->convention;
    record.book_number = quoting->book_number;
    record.payee = query->payee;
    record.service = query->service;
    record.function = query->function;
    record.date = day.days;
    record.minutes = query->minutes == 0 && long_minutes != BOOK_ABSENT ? (uint32_t)long_minutes : query->minutes;
    record.site = query->site;
    record.site_kind = query->site_kind;
    record.share_exempt_site = query->share_exempt_site;
    record.site_agreement_cents = query->site_agreement_cents;
    record.cost_cents = query->cost_cents;
    record.network_kind = no_kind ? ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT : query->network_kind;
    record.prison_network = query->prison_network;
    record.sites_from_art8 = query->sites_from_art8;
    record.new_graduates_merged = query->new_graduates_merged;
    record.new_graduate = query->new_graduate;
    record.under_served = query->under_served;
    record.eating_disorder = query->eating_disorder;
    second.kind = query->second;
    second.designated = query->designated;
    second.rate_cents_per_hour = query->rate_cents_per_hour;
    second.paid_in_person = query->paid_in_person;
    second.payee = query->second_payee;
    second.designator = query->designator;
    record.second = &second;
    if (!attestation_of_record(0, &record, quoting->facts)) {
        return refuse(quoting, "malformed", "", "A word, number or amount of the question is out of bounds.",
                      "Name a service, codes as registered, amounts from 0.00 and at most 100 beneficiaries.");
    }
    return 0;
}

/* What a line could not be either: a quote that no line can have would mislead. */
static int check_facts(struct quoting *quoting) {
    const struct attestation_facts *facts = quoting->facts;
    const struct book_figures *figures = book_on(quoting->book, facts->date);
    bool group = facts->service == SERVICE_GROUP;
    bool community = facts->function == FUNCTION_F1;
    bool about_one = facts->service == SERVICE_INDIVIDUAL || facts->service == SERVICE_ASSESSMENT;
    if (!book_offers_service(quoting->book, facts->service, facts->date)) {
        return refuse(quoting, "not-found", "service", "That convention does not know the service on that day.",
                      "Name another service, day or convention.");
    }
    if (figures->function_required && (about_one || group) && facts->function == FUNCTION_NONE) {
        return refuse(quoting, "malformed", "function", "That convention's sessions name a function.", REMEDY);
    }
    if (community && (!figures->community_offered || !group || facts->beneficiary_count > 0)) {
        return refuse(quoting, "malformed", "function", "F1 is for groups without named beneficiaries.", REMEDY);
    }
    if (group != (facts->second != SECOND_NONE)) {
        return refuse(quoting, "malformed", "second",
                      group ? "A group has a second leader, never one alone." : "Only a group has a second leader.",
                      REMEDY);
    }
    if (about_one && facts->beneficiary_count != 1) {
        return refuse(quoting, "malformed", "beneficiaries", "An individual session is about one beneficiary.", REMEDY);
    }
    if (group && !community && facts->beneficiary_count == 0) {
        return refuse(quoting, "malformed", "beneficiaries", "A group of F2 or F3 names its beneficiaries.", REMEDY);
    }
    return 0;
}

static int answer(struct quoting *quoting) {
    struct columns_of_book state = {quoting->rating->columns, quoting->book};
    struct tariff_view view = columns_view(&state);
    struct arena *arena = quoting->request->arena;
    Elp__V1__QuoteReply reply = ELP__V1__QUOTE_REPLY__INIT;
    struct rated rated;
    int outcome = rate_attestation(&view, quoting->facts, &rated);
    if (outcome < 0) {
        return outcome;
    }
    if (outcome == RATE_NO_TARIFF) {
        return refuse(quoting, "not-found", "service", "That convention has no tariff for the service on that day.",
                      "Name another service, day or convention.");
    }
    int failure = rated_message(arena, quoting->facts, &rated, &reply.rated);
    if (failure == 0) {
        reply.rated->network = (char *)"";
        failure = rating_reasons(quoting->rating, reply.rated, arena, &reply.reasons, &reply.n_reasons);
    }
    if (failure < 0) {
        return failure;
    }
    enum book_envelope_id wanted = envelope_wanted(quoting->book, quoting->facts);
    reply.envelope = budget_envelope_of_word(book_envelope_name(wanted));
    reply.envelope_why = (char *)envelope_why(wanted, quoting->facts->service);
    reply.envelope_article = (char *)envelope_article(quoting->book, wanted, quoting->facts->date);
    return reply_with(quoting->reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_QUOTE_REPLY, &reply.base);
}

int query_quote(void *core, struct request *request, const void *message, struct reply *reply) {
    struct quoting quoting = {.rating = core, .request = request, .query = message, .reply = reply};
    struct date day;
    if (!date_parse(quoting.query->date, &day)) {
        return refuse(&quoting, "malformed", "date", "The date is a day that exists, written YYYY-MM-DD.", REMEDY);
    }
    int failure = choose_book(&quoting, day);
    if (failure == 0 && !quoting.refused) {
        failure = read_facts(&quoting, day);
    }
    if (failure == 0 && !quoting.refused) {
        failure = check_facts(&quoting);
    }
    return failure < 0 || quoting.refused ? failure : answer(&quoting);
}
