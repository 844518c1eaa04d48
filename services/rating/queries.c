#include <string.h>

#include "common/outcome_query.h"
#include "elp/v1/rating.pb-c.h"
#include "services/rating/query_quote.h"
#include "services/rating/rating_core.h"
#include "services/rating/rating_reasons.h"

/* What rating answers. Every query reads committed state: the books and columns in memory, its journal in the store. */

/* The amounts of one convention: the newest book's own, then those of indexations that the book does not print. */
static int tariff_amounts(const struct rating *rating, const struct book *book, uint32_t year, struct arena *arena,
                          Elp__V1__TariffReply__Book *ret) {
    size_t room = columns_count(rating->columns);
    for (enum book_tariff tariff = TARIFF_INDIVIDUAL; tariff < TARIFF_COUNT; tariff++) {
        room += book->tariffs[tariff].amount_count;
    }
    Elp__V1__TariffAmount *amounts = arena_take(arena, room * sizeof *amounts);
    ret->amounts = arena_take(arena, room * sizeof *ret->amounts);
    if (amounts == NULL || ret->amounts == NULL) {
        return FAILURE_MEMORY;
    }
    for (enum book_tariff tariff = TARIFF_INDIVIDUAL; tariff < TARIFF_COUNT; tariff++) {
        const struct book_tariff_row *row = &book->tariffs[tariff];
        if (row->amount_count == 0) {
            continue;
        }
        struct book_amount published;
        bool from_book = true;
        for (int y = row->amounts[0].year; columns_published(rating->columns, book, tariff, y, &published); y++) {
            from_book = y <= row->amounts[row->amount_count - 1].year;
            if (year != 0 && (uint32_t)y != year) {
                continue;
            }
            Elp__V1__TariffAmount *amount = &amounts[ret->n_amounts];
            elp__v1__tariff_amount__init(amount);
            amount->tariff = (char *)book_tariff_name(tariff);
            amount->year = (uint32_t)y;
            amount->cents = money_cents(published.amount);
            amount->provisional = published.provisional;
            amount->article =
                (char *)(from_book ? row->article : columns_source(rating->columns, book->convention, tariff, y));
            ret->amounts[ret->n_amounts++] = amount;
        }
    }
    return 0;
}

static bool wanted(const struct rating *rating, const struct book *book, const char *convention) {
    bool newest = book_shelf_newest(rating->shelf, book->convention) == book;
    return newest && (convention[0] == '\0' || strcmp(convention, book->convention) == 0);
}

static int handle_tariff(void *core, struct request *request, const void *message, struct reply *reply) {
    const struct rating *rating = core;
    const Elp__V1__TariffQuery *query = message;
    size_t count = book_shelf_count(rating->shelf);
    Elp__V1__TariffReply answer = ELP__V1__TARIFF_REPLY__INIT;
    Elp__V1__TariffReply__Book *books = arena_take(request->arena, count * sizeof *books);
    answer.books = arena_take(request->arena, count * sizeof *answer.books);
    if (books == NULL || answer.books == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const struct book *book = book_shelf_entry(rating->shelf, i);
        if (!wanted(rating, book, query->convention)) {
            continue;
        }
        Elp__V1__TariffReply__Book *entry = &books[answer.n_books];
        elp__v1__tariff_reply__book__init(entry);
        entry->convention = (char *)book->convention;
        int failure = tariff_amounts(rating, book, query->year, request->arena, entry);
        if (failure < 0) {
            return failure;
        }
        answer.books[answer.n_books++] = entry;
    }
    if (answer.n_books == 0) {
        return reply_refuse(reply, "not-found", "convention", "No book of that convention is loaded.",
                            "Ask with an empty convention for those that are, or load the book.");
    }
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TARIFF_REPLY, &answer.base);
}

/* An integrator sees what it attested itself; everybody else the networks of its scope. */
static bool visible(const struct principal *principal, const Elp__V1__Rated *rated) {
    bool own = strcmp(rated->principal, principal->name.text) == 0;
    return principal_sees_network(principal, rated->network) && (principal->role != ROLE_INTEGRATOR || own);
}

static int handle_rated(void *core, struct request *request, const void *message, struct reply *reply) {
    const Elp__V1__RatedQuery *query = message;
    Elp__V1__RatedReply answer = ELP__V1__RATED_REPLY__INIT;
    if (query->number == 0) {
        return reply_refuse(reply, "malformed", "number", "Records are numbered from 1.", "Name a record of intake.");
    }
    if (request_wait(request, reply, query->number, query->wait_ms)) {
        return 0;
    }
    answer.reached = request->journal->head >= query->number;
    if (answer.reached) {
        Elp__V1__RatingRecord *record = NULL;
        int failure = rating_own_record(request->journal, request->txn, query->number, request->arena, &record);
        if (failure < 0) {
            return failure;
        }
        answer.rated = record->rated;
    }
    if (answer.rated != NULL && !visible(request->principal, answer.rated)) {
        return reply_refuse(reply, "denied", "number", "This principal does not see that attestation.",
                            "Ask for attestations of your own networks, an integrator for what it attested itself.");
    }
    if (answer.rated != NULL) {
        int failure = rating_reasons(core, answer.rated, request->arena, &answer.reasons, &answer.n_reasons);
        if (failure < 0) {
            return failure;
        }
    }
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RATED_REPLY, &answer.base);
}

static int read_outcome(const struct request *request, uint64_t number, Elp__V1__Outcome **ret) {
    Elp__V1__RatingRecord *record = NULL;
    int failure = rating_own_record(request->journal, request->txn, number, request->arena, &record);
    if (failure == 0) {
        *ret = record->outcome;
    }
    return failure;
}

static int handle_outcome(void *core, struct request *request, const void *message, struct reply *reply) {
    (void)core;
    return outcome_query(request, message, read_outcome, reply);
}

const struct handler rating_handlers[RATING_HANDLERS] = {
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TARIFF_QUERY, "tariff", ROLE_ANY, HANDLER_QUERY,
     &elp__v1__tariff_query__descriptor, handle_tariff, SCOPE_EVERYBODY},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RATED_QUERY, "rated",
     ROLE_INTEGRATOR | ROLE_NETWORK | ROLE_COLLECTING_INSTITUTION | ROLE_AUTHORITY | ROLE_OPERATOR, HANDLER_QUERY,
     &elp__v1__rated_query__descriptor, handle_rated, SCOPE_ATTESTED},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_QUOTE_QUERY, "quote", ROLE_ANY, HANDLER_QUERY,
     &elp__v1__quote_query__descriptor, query_quote, SCOPE_EVERYBODY},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_OUTCOME_QUERY, "outcome", ROLE_AUTHORITY | ROLE_OPERATOR, HANDLER_QUERY,
     &elp__v1__outcome_query__descriptor, handle_outcome, SCOPE_WHOLE},
};
