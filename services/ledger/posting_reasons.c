#include "services/ledger/posting_reasons.h"

#include <stdio.h>

#include "common/envelope_wanted.h"
#include "services/ledger/ceiling.h"
#include "services/ledger/envelope_names.h"
#include "services/ledger/year_figures.h"

#define TEXT_BYTES 256
#define OWN_DECISION "own decision"

/* The tariff whose article stands for the service; TARIFF_COUNT for one that has none. */
static enum book_tariff tariff_of(int service) {
    switch (service) {
    case ELP__V1__SERVICE__SERVICE_INDIVIDUAL:
        return TARIFF_INDIVIDUAL;
    case ELP__V1__SERVICE__SERVICE_ASSESSMENT:
        return TARIFF_ASSESSMENT;
    case ELP__V1__SERVICE__SERVICE_GROUP:
        return TARIFF_GROUP_PSYCHOLOGIST;
    case ELP__V1__SERVICE__SERVICE_CONCERTATION:
        return TARIFF_CONCERTATION;
    case ELP__V1__SERVICE__SERVICE_TRAINING:
        return TARIFF_TRAINING;
    default:
        return TARIFF_COUNT;
    }
}

const char *posting_fee_article(const struct ledger *ledger, const Elp__V1__Transaction *transaction) {
    const struct book *book = book_shelf_at(ledger->shelf, transaction->book);
    enum book_tariff tariff = tariff_of((int)transaction->service);
    if (book == NULL) {
        return "";
    }
    if (tariff == TARIFF_COUNT) {
        return envelope_article(book, envelope_of_wire((int)transaction->envelope), (struct date){transaction->date});
    }
    return book->tariffs[tariff].amount_count > 0 ? book->tariffs[tariff].article : "";
}

/* The envelope's article under the book of the attestation, else under the one that governs the year. */
static const char *article_of_envelope(const struct ledger *ledger, const Elp__V1__Transaction *transaction,
                                       enum book_envelope_id envelope) {
    const struct book *book = book_shelf_at(ledger->shelf, transaction->book);
    struct year_figures year;
    if (book != NULL) {
        return envelope_article(book, envelope, (struct date){transaction->date});
    }
    return year_figures_of(ledger, (int)transaction->year, &year) ? envelope_article(year.book, envelope, year.day)
                                                                  : "";
}

const char *posting_article(const struct ledger *ledger, const Elp__V1__Transaction *transaction, struct date day) {
    enum book_envelope_id envelope = envelope_of_wire((int)transaction->envelope);
    struct year_figures year;
    bool known = year_figures_of(ledger, date_is_none(day) ? (int)transaction->year : date_year(day), &year);
    switch ((int)transaction->kind) {
    case ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_PAYMENT:
        return known ? BOOK_ARTICLE(year.book, year.day, payment_due) : "";
    case ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_NEUTRALISATION:
        known = year_figures_of(ledger, (int)transaction->year, &year);
        return known ? BOOK_ARTICLE(year.book, year.day, neutralise_group_above) : "";
    default:
        break;
    }
    if (envelope != ENVELOPE_NONE) {
        return article_of_envelope(ledger, transaction, envelope);
    }
    return transaction->attestation != 0 ? ceiling_article(ledger, (int)transaction->year) : "";
}

/* --- sentences ---------------------------------------------------------------------------------------------------- */

struct sentences {
    struct arena *arena;
    Elp__V1__PostingReason *items;
    Elp__V1__PostingReason **pointers;
    size_t count;
};

static int say(struct sentences *sentences, const char *text, const char *article) {
    Elp__V1__PostingReason *reason = &sentences->items[sentences->count];
    elp__v1__posting_reason__init(reason);
    reason->text = arena_text(sentences->arena, text);
    reason->article = (char *)article;
    sentences->pointers[sentences->count++] = reason;
    return reason->text == NULL ? FAILURE_MEMORY : 0;
}

/* Which envelope the rules ask for, and why. */
static int say_wanted(struct sentences *sentences, const struct ledger *ledger, const Elp__V1__Transaction *transaction,
                      enum book_envelope_id wanted) {
    char text[TEXT_BYTES];
    (void)snprintf(text, sizeof text, "%s: %s", book_envelope_name(wanted),
                   envelope_why(wanted, (enum book_service)transaction->service));
    return say(sentences, text, article_of_envelope(ledger, transaction, wanted));
}

static int say_state(struct sentences *sentences, const struct ledger *ledger, enum standing_state state,
                     const Elp__V1__Transaction *transaction) {
    char text[TEXT_BYTES];
    switch (state) {
    case STANDING_SUSPENDED:
        (void)snprintf(text, sizeof text,
                       "suspended: budget year %u could not hold it whole; it stays accepted and waits for a decision",
                       transaction->year);
        return say(sentences, text, ceiling_article(ledger, (int)transaction->year));
    case STANDING_WRITTEN_OFF:
        return say(sentences, "written off by a decision of the authority",
                   ceiling_article(ledger, (int)transaction->year));
    case STANDING_REVERSED:
        return say(sentences, "cancelled or replaced: the original's own amounts the other way", OWN_DECISION);
    case STANDING_POSTED:
        if (transaction->kind == ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_RELEASE) {
            (void)snprintf(text, sizeof text, "was suspended; a decision pays it in budget year %u", transaction->year);
            return say(sentences, text, ceiling_article(ledger, (int)transaction->year));
        }
        return 0;
    case STANDING_NONE:
        break;
    }
    return 0;
}

int posting_reasons_of(const struct ledger *ledger, enum standing_state state, const Elp__V1__Transaction *transaction,
                       struct arena *arena, Elp__V1__PostingReason ***ret, size_t *ret_count) {
    struct sentences sentences = {.arena = arena,
                                  .items = arena_take(arena, POSTING_REASONS_MAX * sizeof(Elp__V1__PostingReason)),
                                  .pointers =
                                      arena_take(arena, POSTING_REASONS_MAX * sizeof(Elp__V1__PostingReason *))};
    if (sentences.items == NULL || sentences.pointers == NULL) {
        return FAILURE_MEMORY;
    }
    enum book_envelope_id envelope = envelope_of_wire((int)transaction->envelope);
    enum book_envelope_id wanted = envelope_of_wire((int)transaction->wanted);
    wanted = wanted != ENVELOPE_NONE ? wanted : envelope;
    int failure = wanted != ENVELOPE_NONE ? say_wanted(&sentences, ledger, transaction, wanted) : 0;
    if (failure == 0 && envelope != ENVELOPE_NONE && envelope != wanted) {
        char text[TEXT_BYTES];
        (void)snprintf(text, sizeof text, "%s pays: %s could not hold it whole, and an amount is never split",
                       book_envelope_name(envelope), book_envelope_name(wanted));
        failure = say(&sentences, text, OWN_DECISION);
    }
    if (failure == 0) {
        failure = say_state(&sentences, ledger, state, transaction);
    }
    if (failure == 0) {
        *ret = sentences.pointers;
        *ret_count = sentences.count;
    }
    return failure;
}
