#include "services/rating/rating_core.h"

#include <stdlib.h>
#include <string.h>

#include "common/attestation.h"
#include "common/log.h"
#include "common/require.h"
#include "elp/v1/journal.pb-c.h"
#include "elp/v1/rating.pb-c.h"
#include "services/rating/index_tariffs.h"
#include "services/rating/rate.h"
#include "services/rating/rated_message.h"

/* One record of intake being answered. What it packs lives in the arena or in this struct. */
struct answer {
    struct rating *rating;
    struct store_txn *txn;
    const Elp__V1__IntakeRecord *input;
    Elp__V1__RatingRecord record;
};

/* Rating stops at a record that it cannot apply, never skips it (design.md, Journals 6). */
static int stop(const struct answer *answer, const char *reason) {
    log_line(LOG_LEVEL_ERROR, "record-not-applicable", "number", LOG_NUMBER, (int64_t)answer->input->number, "reason",
             LOG_TEXT, reason, NULL);
    return FAILURE_UPSTREAM;
}

int rating_own_record(const struct journal *journal, struct store_txn *txn, uint64_t number, struct arena *arena,
                      Elp__V1__RatingRecord **ret) {
    struct span bytes;
    int failure = journal_read(journal, txn, number, &bytes, NULL);
    if (failure < 0) {
        return failure;
    }
    Elp__V1__RatingRecord *record = wire_unpack(arena, &elp__v1__rating_record__descriptor, bytes);
    if (record == NULL) {
        return FAILURE_CORRUPT;
    }
    *ret = record;
    return 0;
}

/* --- accepted and cancelled attestations -------------------------------------------------------------------------- */

/* A reversal repeats the original's own amounts and never rates again (design.md, Accounting decisions). */
static int reverse(struct answer *answer, uint64_t attestation) {
    struct rating *rating = answer->rating;
    if (attestation == 0 || attestation >= answer->input->number) {
        return stop(answer, "it reverses an attestation that is not before it");
    }
    Elp__V1__RatingRecord *original = NULL;
    int failure = rating_own_record(rating->journal, answer->txn, attestation, &rating->arena, &original);
    if (failure < 0) {
        return failure;
    }
    if (original->rated == NULL) {
        return stop(answer, "it reverses a record that rated nothing");
    }
    Elp__V1__RatedReversal *reversal = arena_take(&rating->arena, sizeof *reversal);
    if (reversal == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__rated_reversal__init(reversal);
    reversal->attestation = attestation;
    reversal->original = original->rated;
    answer->record.reversal = reversal;
    return 0;
}

static int apply_accepted(struct answer *answer) {
    const struct rating *rating = answer->rating;
    struct attestation_facts facts;
    struct rated rated;
    if (!attestation_of_record(answer->input->number, answer->input->accepted, &facts)) {
        return stop(answer, "its facts are out of bounds");
    }
    struct columns_of_book state = {rating->columns, book_shelf_at(rating->shelf, facts.book_number)};
    if (state.book == NULL) {
        return stop(answer, "the book that judged it was not recorded before it");
    }
    if (facts.replaces != 0) {
        int failure = reverse(answer, facts.replaces);
        if (failure < 0) {
            return failure;
        }
    }
    struct tariff_view view = columns_view(&state);
    int outcome = rate_attestation(&view, &facts, &rated);
    if (outcome < 0) {
        return outcome;
    }
    if (outcome == RATE_NO_TARIFF) {
        return stop(answer, "its book has no tariff for that service and day");
    }
    return rated_message(&answer->rating->arena, &facts, &rated, &answer->record.rated);
}

static int apply_cancelled(struct answer *answer) {
    return reverse(answer, answer->input->cancelled->attestation);
}

/* --- books and indexations ---------------------------------------------------------------------------------------- */

static int apply_book(struct answer *answer) {
    const Elp__V1__LoadedBook *loaded = answer->input->book;
    int outcome =
        book_shelf_add(answer->rating->shelf, answer->txn, answer->input->number,
                       span_of(loaded->yaml.data, loaded->yaml.len), span_of(loaded->hash.data, loaded->hash.len));
    return outcome == BOOK_SHELF_INVALID ? stop(answer, "its book does not parse, or is not that of its hash")
                                         : outcome;
}

static int conclude(struct answer *answer, bool done, const char *code, const char *article, const char *reason) {
    Elp__V1__Outcome *outcome = arena_take(&answer->rating->arena, sizeof *outcome);
    if (outcome == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__outcome__init(outcome);
    outcome->done = done;
    outcome->code = (char *)code;
    outcome->article = (char *)article;
    outcome->reason = (char *)reason;
    answer->record.outcome = outcome;
    return 0;
}

static int pack_amount(struct arena *arena, const struct column_amount *amount, Elp__V1__TariffAmount **ret) {
    Elp__V1__TariffAmount *message = arena_take(arena, sizeof *message);
    if (message == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__tariff_amount__init(message);
    message->tariff = (char *)book_tariff_name(amount->tariff);
    message->year = (uint32_t)amount->year;
    message->cents = money_cents(amount->amount);
    message->provisional = amount->provisional;
    message->article = (char *)amount->source;
    *ret = message;
    return 0;
}

static int add_column(struct answer *answer, const struct index_result *result) {
    const Elp__V1__IndexTariffs *command = answer->input->index;
    struct arena *arena = &answer->rating->arena;
    Elp__V1__TariffColumn *column = arena_take(arena, sizeof *column);
    Elp__V1__TariffAmount **amounts = arena_take(arena, result->count * sizeof *amounts);
    if (column == NULL || amounts == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__tariff_column__init(column);
    column->convention = command->convention;
    column->year = command->year;
    column->basis_points = command->basis_points;
    column->source = command->source;
    column->amounts = amounts;
    for (size_t i = 0; i < result->count; i++) {
        int failure = columns_add(answer->rating->columns, answer->txn, &result->amounts[i]);
        if (failure == 0) {
            failure = pack_amount(arena, &result->amounts[i], &amounts[i]);
        }
        if (failure < 0) {
            return failure;
        }
        column->n_amounts++;
    }
    answer->record.column = column;
    return 0;
}

/* Where the percentage of that year is set, or else where the tariffs are said to be indexed. */
static const char *index_article(const struct book *book, int year) {
    struct date day;
    const char *article = date_make(year, 1, 1, &day) ? BOOK_ARTICLE(book, day, index_mass) : "";
    if (article[0] == '\0' && book->tariffs[TARIFF_GROUP_PSYCHOLOGIST].article != NULL) {
        article = book->tariffs[TARIFF_GROUP_PSYCHOLOGIST].article;
    }
    return article;
}

static int apply_index(struct answer *answer) {
    const Elp__V1__IndexTariffs *command = answer->input->index;
    const struct book *book = book_shelf_newest(answer->rating->shelf, command->convention);
    if (book == NULL) {
        return conclude(answer, false, "unknown-convention", "", "No book of that convention is loaded.");
    }
    struct index_act act = {(int)command->year, command->basis_points, command->source};
    struct index_result result;
    enum index_outcome outcome = index_tariffs(answer->rating->columns, book, &act, &result);
    const char *article = index_article(book, act.year);
    if (outcome != INDEX_DONE) {
        return conclude(answer, false, index_outcome_code(outcome), article, index_outcome_reason(outcome));
    }
    int failure = add_column(answer, &result);
    return failure < 0 ? failure : conclude(answer, true, "", article, "");
}

/* --- the service -------------------------------------------------------------------------------------------------- */

/* What rating does with each kind of record; those without a row give an empty answer. */
static int (*const appliers[])(struct answer *answer) = {
    [ELP__V1__INTAKE_RECORD__BODY_ACCEPTED] = apply_accepted,
    [ELP__V1__INTAKE_RECORD__BODY_CANCELLED] = apply_cancelled,
    [ELP__V1__INTAKE_RECORD__BODY_BOOK] = apply_book,
    [ELP__V1__INTAKE_RECORD__BODY_INDEX] = apply_index,
};

static const uint8_t clock_key = 0;

/* All records of one turn of intake have one time, so this writes once for each of its batches. */
static int keep_time(struct rating *rating, struct store_txn *txn, instant_us at) {
    if (rating->at == at) {
        return 0;
    }
    uint8_t value[sizeof(uint64_t)];
    store_write_u64(value, (uint64_t)at);
    rating->at = at;
    return store_put(txn, RATING_TABLE_CLOCK, span_of(&clock_key, 1), span_of(value, sizeof value));
}

static int load_time(struct rating *rating, struct store_txn *txn) {
    struct span value;
    bool found = false;
    int failure = store_get(txn, RATING_TABLE_CLOCK, span_of(&clock_key, 1), &value, &found);
    if (failure == 0 && found) {
        rating->at = (instant_us)store_read_u64(value.data);
    }
    return failure;
}

static int apply(void *core, struct store_txn *txn, uint64_t number, const struct span *records,
                 struct buffer *record) {
    struct rating *rating = core;
    arena_reset(&rating->arena);
    const Elp__V1__IntakeRecord *input = wire_unpack(&rating->arena, &elp__v1__intake_record__descriptor, records[0]);
    if (input == NULL || input->number != number) {
        log_line(LOG_LEVEL_ERROR, "record-not-decodable", "number", LOG_NUMBER, (int64_t)number, "reason", LOG_TEXT,
                 "it is not a record of intake with that number", NULL);
        return FAILURE_UPSTREAM;
    }
    struct answer answer = {.rating = rating, .txn = txn, .input = input, .record = ELP__V1__RATING_RECORD__INIT};
    answer.record.number = number;
    size_t body = (size_t)input->body_case;
    if (body < sizeof appliers / sizeof appliers[0] && appliers[body] != NULL) {
        int failure = appliers[body](&answer);
        if (failure < 0) {
            return failure;
        }
    }
    int failure = keep_time(rating, txn, input->at_us);
    return failure < 0 ? failure : buffer_pack(record, &answer.record.base);
}

static void close_core(void *core) {
    struct rating *rating = core;
    if (rating == NULL) {
        return;
    }
    columns_close(rating->columns);
    book_shelf_close(rating->shelf);
    arena_close(&rating->arena);
    free(rating);
}

static int open_core(const struct service_context *context, struct store_txn *txn, void **ret_core) {
    struct rating *rating = calloc(1, sizeof *rating);
    if (rating == NULL) {
        return FAILURE_MEMORY;
    }
    rating->journal = context->journal;
    int failure = arena_open(&rating->arena, WIRE_ARENA_BYTES);
    if (failure == 0) {
        failure = book_shelf_open(txn, RATING_TABLE_BOOKS, &rating->shelf);
    }
    if (failure == 0) {
        failure = columns_open(txn, RATING_TABLE_COLUMNS, &rating->columns);
    }
    if (failure == 0) {
        failure = load_time(rating, txn);
    }
    if (failure < 0) {
        close_core(rating);
        return failure;
    }
    *ret_core = rating;
    return 0;
}

static instant_us last_at(const void *core) {
    return ((const struct rating *)core)->at;
}

static const char *const tables[RATING_TABLES] = {
    [TABLE_JOURNAL] = "journal",        [TABLE_POSITIONS] = "positions", [RATING_TABLE_BOOKS] = "books",
    [RATING_TABLE_COLUMNS] = "columns", [RATING_TABLE_CLOCK] = "clock",
};

const struct service rating_service = {
    .id = CELL_RATING,
    .tables = tables,
    .table_count = RATING_TABLES,
    .handlers = rating_handlers,
    .handler_count = RATING_HANDLERS,
    .upstreams = {CELL_INTAKE},
    .upstream_count = 1,
    .open = open_core,
    .close = close_core,
    .apply = apply,
    .at = last_at,
};
