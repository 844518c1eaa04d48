#include "common/book.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/book_reader.h"
#include "common/require.h"

/*
 * book_parse() and the questions that rules ask a book. The parts of a book are read by book_rules.c,
 * book_figures.c (with its table), book_tariffs.c, book_shares.c and book_codes.c; book_coverage.c looks for days left out;
 * book_source.c is the schema of the file.
 */

static const struct yaml_limits book_limits = {.bytes_max = BOOK_BYTES_MAX, .nodes_max = 20000, .depth_max = 6};

static int compare_figures(const void *a, const void *b) {
    const struct book_figure *left = a;
    const struct book_figure *right = b;

    return left->line != right->line ? (left->line > right->line) - (left->line < right->line)
                                     : strcmp(left->name, right->name);
}

static int compare_errors(const void *a, const void *b) {
    const struct yaml_error *left = a;
    const struct yaml_error *right = b;

    return left->line != right->line ? (left->line > right->line) - (left->line < right->line)
                                     : (left->column > right->column) - (left->column < right->column);
}

static void hash_bytes(const char *text, size_t bytes, uint8_t hash[32]) {
    require(sodium_init() >= 0);
    require(crypto_generichash(hash, 32, (const unsigned char *)text, bytes, NULL, 0) == 0);
}

/* Every part is read even when an earlier one is wrong, so that one run names all errors. */
static void read_parts(struct book_reader *reader) {
    static void (*const parts[])(struct book_reader *) = {
        book_read_identity, book_read_rules,     book_read_figures, book_read_tariffs,
        book_read_shares,   book_read_envelopes, book_read_codes,   book_check_coverage,
    };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !reader->storage->out_of_memory; i++) {
        parts[i](reader);
    }
}

/* A storage with an empty book inside, or NULL. The book is the first thing that is taken. */
static struct book *book_new(struct book_storage **ret_storage) {
    struct book_storage *storage = calloc(1, sizeof(*storage));

    if (storage == NULL) {
        return NULL;
    }

    struct book *book = book_storage_take(storage, 1, sizeof(*book));

    if (book == NULL) {
        free(storage);
        return NULL;
    }
    book->storage = storage;
    *ret_storage = storage;
    return book;
}

static int read_document(const struct yaml_document *document, struct yaml_errors *errors, struct book *book,
                         struct book_storage *storage) {
    struct book_reader reader = {
        .document = document,
        .source = yaml_document_data(document),
        .errors = errors,
        .storage = storage,
        .book = book,
    };

    read_parts(&reader);
    if (storage->out_of_memory) {
        return FAILURE_MEMORY;
    }
    if (errors->total > 0) {
        return 1;
    }
    qsort(storage->figures, storage->figure_count, sizeof(*storage->figures), compare_figures);
    return 0;
}

int book_parse(const char *text, size_t bytes, struct book **ret_book, struct yaml_error *errors, size_t error_max,
               size_t *ret_error_count) {
    struct yaml_errors found = {.items = errors, .max = error_max};
    struct yaml_document *document = NULL;
    struct book_storage *storage;
    struct book *book = book_new(&storage);

    if (book == NULL) {
        return FAILURE_MEMORY;
    }

    int result = yaml_document_load(text, bytes, &book_limits, &book_source_schema, &found, &document);

    if (result == 0) {
        result = read_document(document, &found, book, storage);
    }
    yaml_document_free(document);
    if (result != 0) {
        book_free(book);
        if (result < 0) {
            return result;
        }
        if (found.count > 0) {
            qsort(errors, found.count, sizeof(*errors), compare_errors);
        }
        *ret_error_count = found.count;
        return 1;
    }
    hash_bytes(text, bytes, book->hash);
    *ret_book = book;
    return 0;
}

void book_free(struct book *book) {
    if (book == NULL) {
        return;
    }

    struct book_storage *storage = book->storage;

    book_storage_release(storage);
    free(storage);
}

bool book_has_hash(const struct book *book, struct span hash) {
    return hash.bytes == sizeof(book->hash) && memcmp(hash.data, book->hash, sizeof(book->hash)) == 0;
}

const struct book_figures *book_on(const struct book *book, struct date day) {
    size_t index = 0;

    while (index + 1 < book->epoch_count && date_compare(book->epochs[index + 1].valid.from, day) <= 0) {
        index++;
    }
    return &book->epochs[index];
}

/* The last figure of a name whose interval starts on or before a day. */
static const struct book_figure *figure_on(const struct book *book, const char *name, struct date day) {
    const struct book_storage *storage = book->storage;
    const struct book_figure *found = NULL;

    for (size_t i = 0; i < storage->figure_count; i++) {
        const struct book_figure *figure = &storage->figures[i];

        if (strcmp(figure->name, name) == 0 && date_compare(figure->valid.from, day) <= 0) {
            found = figure;
        }
    }
    return found;
}

book_article book_article_of(const struct book *book, const char *figure, struct date day) {
    const struct book_figures *epoch = book_on(book, day);
    const struct book_figure *found;

    /* The day that book_on() answers for, when `day` lies outside of the book. */
    if (date_compare(day, epoch->valid.from) < 0) {
        day = epoch->valid.from;
    }
    found = figure_on(book, figure, day);
    return found == NULL ? "" : found->article;
}

const struct book_rule *book_rule(const struct book *book, enum refusal refusal, struct date day) {
    for (size_t i = 0; i < book->rule_count; i++) {
        const struct book_rule *rule = &book->rules[i];

        if (rule->refusal == refusal && date_within(day, rule->valid.from, rule->valid.until)) {
            return rule;
        }
    }
    return NULL;
}

bool book_amount_on(const struct book *book, enum book_tariff tariff, struct date day, struct book_amount *ret) {
    const struct book_tariff_row *row = &book->tariffs[tariff];
    int year = date_year(day);

    if (row->amount_count == 0 || year < row->amounts[0].year) {
        return false;
    }

    size_t index = (size_t)(year - row->amounts[0].year);

    if (index < row->amount_count) {
        *ret = row->amounts[index];
        return true;
    }
    *ret = row->amounts[row->amount_count - 1];
    ret->provisional = true;
    return true;
}

const struct book_share *book_share_on(const struct book *book, struct date day) {
    for (size_t i = 0; i < book->share_count; i++) {
        if (date_within(day, book->shares[i].valid.from, book->shares[i].valid.until)) {
            return &book->shares[i];
        }
    }
    return NULL;
}

const struct book_envelope *book_envelope_on(const struct book *book, enum book_envelope_id envelope, struct date day) {
    for (size_t i = 0; i < book->envelope_count; i++) {
        const struct book_envelope *row = &book->envelopes[i];

        if (row->envelope == envelope && date_within(day, row->valid.from, row->valid.until)) {
            return row;
        }
    }
    return NULL;
}

bool book_offers_service(const struct book *book, enum book_service service, struct date day) {
    if (service == SERVICE_INDIVIDUAL || service == SERVICE_GROUP) {
        return service == SERVICE_INDIVIDUAL || book_on(book, day)->group_offered;
    }
    if (service == SERVICE_TRAINING && !book_on(book, day)->operating_pays_training) {
        return false;
    }
    for (size_t i = 0; i < book->code_count; i++) {
        const struct book_code *code = &book->codes[i];

        if (strcmp(code->service, book_service_name(service)) == 0 &&
            date_within(day, code->valid.from, code->valid.until)) {
            return true;
        }
    }
    return false;
}

const struct book_code *book_code_find(const struct book *book, const char *code) {
    for (size_t i = 0; i < book->code_count; i++) {
        if (strcmp(book->codes[i].code, code) == 0) {
            return &book->codes[i];
        }
    }
    return NULL;
}

struct date book_deadline(const struct book *book, struct date session, struct date insurability_resolved) {
    const struct book_figures *figures = book_on(book, session);
    struct date month = date_add_months(date_first_of_month(session), figures->deadline_month);
    struct date last = date_add_days(month, figures->deadline_day - 1);
    struct date end_of_month = date_last_of_month(month);

    if (date_compare(last, end_of_month) > 0) {
        last = end_of_month;
    }
    if (!date_is_none(insurability_resolved) && figures->deadline_insurability_months != BOOK_ABSENT) {
        struct date extended = date_add_months(insurability_resolved, figures->deadline_insurability_months);

        if (date_compare(extended, last) > 0) {
            last = extended;
        }
    }
    return last;
}

struct date book_contract_end_after_notice(const struct book *book, struct date notice) {
    return date_add_months(date_first_of_month(notice), book_on(book, notice)->notice_month);
}

struct date book_month_day_in(struct book_month_day month_day, int year) {
    struct date first;

    require(month_day.month >= 1 && month_day.month <= 12 && month_day.day >= 1);
    require(date_make(year, month_day.month, 1, &first));

    struct date day = date_add_days(first, month_day.day - 1);
    struct date last = date_last_of_month(first);

    return date_compare(day, last) > 0 ? last : day;
}

size_t book_figure_count(const struct book *book) {
    const struct book_storage *storage = book->storage;

    return storage->figure_count;
}

const struct book_figure *book_figure(const struct book *book, size_t index) {
    const struct book_storage *storage = book->storage;

    require(index < storage->figure_count);
    return &storage->figures[index];
}
