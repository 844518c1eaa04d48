#include "common/book_reader.h"

#include <stdio.h>
#include <string.h>

/*
 * Published amounts by year and the indexations between them (rulebook §5). An indexed amount must be the
 * amount of the year before, indexed and rounded to the cent: a mistyped amount does not pass for a figure.
 */

/* No published amount of ours is anywhere near it. */
#define TARIFF_MAX money_of_cents(100000)

static const char *const tariff_names[TARIFF_COUNT] = {
    [TARIFF_INDIVIDUAL] = "individual",
    [TARIFF_ASSESSMENT] = "assessment",
    [TARIFF_GROUP_PSYCHOLOGIST] = "group-psychologist",
    [TARIFF_GROUP_OTHER] = "group-other",
    [TARIFF_GROUP_DESIGNATED_HOUR] = "group-designated-hour",
    [TARIFF_INDIVIDUAL_SHORT] = "individual-short",
    [TARIFF_CONCERTATION] = "concertation",
    [TARIFF_TRAINING] = "training",
};

const char *book_tariff_name(enum book_tariff tariff) {
    return tariff_names[tariff];
}

static struct book_interval year_interval(int year) {
    struct book_interval interval = {DATE_NONE, DATE_NONE};

    /* Years come here within 2000-2099. */
    if (!date_make(year, 1, 1, &interval.from) || !date_make(year, 12, 31, &interval.until)) {
        return (struct book_interval){DATE_NONE, DATE_NONE};
    }
    return interval;
}

static void read_indexation(struct book_reader *reader, unsigned index) {
    const struct book_source_indexation *source = &reader->source->indexations[index];
    struct book *book = reader->book;
    struct book_path row = book_path("indexations[%u]", index);
    struct book_path year_path = book_path("%s.year", row.text);
    struct book_indexation indexation = {0};
    char name[32];

    if (!read_whole(reader, year_path.text, "indexation", source->year, 2000, 2099, &indexation.year)) {
        return;
    }
    indexation.article = read_article(reader, row.text, source->article);
    indexation.provisional =
        read_flag_or_false(reader, book_path("%s.provisional", row.text).text, "indexation", source->provisional);
    if (!read_percent(reader, book_path("%s.percent", row.text).text, "indexation", source->percent, 0, 3000,
                      &indexation.basis_points)) {
        return;
    }
    if (book->indexation_count > 0 && indexation.year <= book->indexations[book->indexation_count - 1].year) {
        book_error(reader, year_path.text, "the years do not ascend; put the indexations in order, each year once");
        return;
    }
    book->indexations[book->indexation_count++] = indexation;
    snprintf(name, sizeof(name), "indexation.%d", indexation.year);
    book_list_figure(reader, row.text, name, source->percent, year_interval(indexation.year), indexation.article,
                     indexation.provisional, false);
}

static const struct book_indexation *indexation_of(const struct book *book, int year) {
    for (size_t i = 0; i < book->indexation_count; i++) {
        if (book->indexations[i].year == year) {
            return &book->indexations[i];
        }
    }
    return NULL;
}

/* An indexed amount follows from the column before; a provisional percentage makes it provisional. */
static void check_indexed(struct book_reader *reader, const char *path, const struct book_tariff_row *row,
                          struct book_amount before, struct book_amount after) {
    const struct book_indexation *indexation = indexation_of(reader->book, after.year);
    const char *name = tariff_names[row->tariff];
    char expected_text[MONEY_TEXT_BYTES];
    struct money expected;

    if (indexation == NULL) {
        book_error(reader, path,
                   "tariff %s, %d: there is no indexation of %d; add it under indexations or write"
                   " indexed: false",
                   name, after.year, after.year);
        return;
    }
    if (!money_index_round_nearest(before.amount, indexation->basis_points, &expected) ||
        money_compare(expected, after.amount) != 0) {
        book_error(reader, path,
                   "tariff %s, %d: the amount of %d with %d.%02d %% is \"%s\"; correct the amount or the"
                   " percentage",
                   name, after.year, before.year, (int)(indexation->basis_points / 100),
                   (int)(indexation->basis_points % 100), money_format(expected, expected_text, sizeof(expected_text)));
    } else if (indexation->provisional && !after.provisional) {
        book_error(reader, path, "tariff %s, %d: the percentage is provisional; write provisional: true here too", name,
                   after.year);
    }
}

static bool read_amount_row(struct book_reader *reader, const char *row_path, const struct book_tariff_row *row,
                            const struct book_source_amount *source, struct book_amount *ret) {
    const char *name = tariff_names[row->tariff];
    struct book_path year_path = book_path("%s.year", row_path);
    struct book_path amount_path = book_path("%s.amount", row_path);
    struct book_amount amount;
    char what[64];

    if (!read_whole(reader, year_path.text, name, source->year, 2000, 2099, &amount.year)) {
        return false;
    }
    snprintf(what, sizeof(what), "tariff %s, %d", name, amount.year);
    amount.provisional =
        read_flag_or_false(reader, book_path("%s.provisional", row_path).text, what, source->provisional);
    if (!read_amount(reader, amount_path.text, what, source->amount, TARIFF_MAX, &amount.amount)) {
        return false;
    }
    if (row->fictitious && !amount.provisional) {
        book_error(reader, amount_path.text, "%s: no source gives this amount; write provisional: true beside it",
                   what);
        return false;
    }
    if (money_compare(amount.amount, MONEY_ZERO) == 0) {
        book_error(reader, amount_path.text, "%s: 0.00 is absurd; leave the tariff out if the book does not have it",
                   what);
        return false;
    }
    *ret = amount;
    return true;
}

/* Columns ascend without gap from the book's first year and reach figures_until. */
static void check_columns(struct book_reader *reader, const char *path, const struct book_tariff_row *row) {
    const char *name = tariff_names[row->tariff];
    int first = date_year(reader->book->sessions.from);
    int last = date_year(reader->book->figures_until);

    if (!reader->periods_known || row->amount_count == 0) {
        return;
    }
    if (row->amounts[0].year != first) {
        book_error(reader, path, "tariff %s: the columns start with %d; the book starts in %d", name,
                   row->amounts[0].year, first);
    }
    if (row->amounts[row->amount_count - 1].year < last) {
        book_error(reader, path, "tariff %s: the amount of %d is missing, figures_until promises it; add it", name,
                   row->amounts[row->amount_count - 1].year + 1);
    }
    if (row->amounts[row->amount_count - 1].year > date_year(reader->book->sessions.until)) {
        book_error(reader, path, "tariff %s: the column of %d lies after the book's last session; delete it", name,
                   row->amounts[row->amount_count - 1].year);
    }
}

/* All columns of a row; false when one of them could not be read, so that nothing is said about missing ones.
 */
static bool read_columns(struct book_reader *reader, unsigned index, struct book_tariff_row *row) {
    const struct book_source_tariff *source = &reader->source->tariffs[index];
    bool complete = true;

    row->amounts = book_storage_take(reader->storage, source->amounts_count, sizeof(*row->amounts));
    if (row->amounts == NULL) {
        return false;
    }
    for (unsigned i = 0; i < source->amounts_count; i++) {
        struct book_path path = book_path("tariffs[%u].amounts[%u]", index, i);
        struct book_amount *amount = &row->amounts[row->amount_count];
        char name[64];

        if (!read_amount_row(reader, path.text, row, &source->amounts[i], amount)) {
            complete = false;
            continue;
        }
        if (complete && row->amount_count > 0 && amount->year != amount[-1].year + 1) {
            book_error(reader, book_path("%s.year", path.text).text,
                       "tariff %s: %d follows %d; years ascend one by one, write %d or add what is missing",
                       tariff_names[row->tariff], amount->year, amount[-1].year, amount[-1].year + 1);
            complete = false;
        }
        if (complete && row->indexed && row->amount_count > 0) {
            check_indexed(reader, book_path("%s.amount", path.text).text, row, amount[-1], *amount);
        }
        row->amount_count++;
        snprintf(name, sizeof(name), "tariff.%s.%d", tariff_names[row->tariff], amount->year);
        book_list_figure(reader, path.text, name, source->amounts[i].amount, year_interval(amount->year), row->article,
                         amount->provisional, row->fictitious);
    }
    return complete;
}

static void read_tariff(struct book_reader *reader, unsigned index) {
    const struct book_source_tariff *source = &reader->source->tariffs[index];
    struct book_path path = book_path("tariffs[%u]", index);
    struct book_path name_path = book_path("tariffs[%u].tariff", index);
    struct book_tariff_row *row;
    size_t tariff;
    char name[64];

    if (!read_word(reader, name_path.text, "tariff", source->tariff, tariff_names, TARIFF_COUNT, &tariff)) {
        return;
    }
    row = &reader->book->tariffs[tariff];
    if (row->amounts != NULL) {
        book_error(reader, name_path.text, "the tariff %s stands here a second time; put its years into one list",
                   source->tariff);
        return;
    }
    row->tariff = (enum book_tariff)tariff;
    row->article = read_article(reader, path.text, source->article);
    row->fictitious =
        read_flag_or_false(reader, book_path("%s.fictitious", path.text).text, source->tariff, source->fictitious);
    if (!read_flag(reader, book_path("%s.indexed", path.text).text, source->tariff, source->indexed, &row->indexed)) {
        return;
    }
    snprintf(name, sizeof(name), "tariff.%s", tariff_names[tariff]);
    book_list_figure(reader, path.text, name, row->indexed ? "indexed" : "not indexed", reader->book->sessions,
                     row->article, false, row->fictitious);
    if (read_columns(reader, index, row)) {
        check_columns(reader, path.text, row);
    }
}

/* Which tariffs the book needs follows from the services that it offers. */
static void check_tariffs_present(struct book_reader *reader) {
    const struct book *book = reader->book;
    const struct book_figures *first = book_on(book, book->sessions.from);
    struct date last = book->sessions.until;
    const bool needed[TARIFF_COUNT] = {
        [TARIFF_INDIVIDUAL] = true,
        [TARIFF_ASSESSMENT] = book_rule(book, REFUSAL_ASSESSMENT_MISSING, last) != NULL,
        [TARIFF_GROUP_PSYCHOLOGIST] = first->group_offered,
        [TARIFF_GROUP_OTHER] = first->group_offered,
        [TARIFF_GROUP_DESIGNATED_HOUR] = first->group_offered,
        [TARIFF_INDIVIDUAL_SHORT] = first->individual_long_minutes != BOOK_ABSENT,
        [TARIFF_CONCERTATION] = book_rule(book, REFUSAL_CONCERTATION_REPEATED, last) != NULL,
    };

    for (int tariff = 0; tariff < TARIFF_COUNT; tariff++) {
        bool there = !needed[tariff];

        for (unsigned i = 0; i < reader->source->tariffs_count && !there; i++) {
            there = strcmp(reader->source->tariffs[i].tariff, tariff_names[tariff]) == 0;
        }
        if (!there) {
            book_error(reader, "tariffs", "the tariff %s is missing; add it with its amounts by year",
                       tariff_names[tariff]);
        }
    }
}

/* T2: what is left of the second leader's amount for the designator is not negative in any year. */
static void check_designated(struct book_reader *reader) {
    const struct book_tariff_row *hour = &reader->book->tariffs[TARIFF_GROUP_DESIGNATED_HOUR];
    const struct book_tariff_row *other = &reader->book->tariffs[TARIFF_GROUP_OTHER];

    for (size_t i = 0; i < hour->amount_count; i++) {
        struct date day = year_interval(hour->amounts[i].year).from;
        int hours = book_on(reader->book, day)->designated_hours;

        for (size_t k = 0; k < other->amount_count && hours != BOOK_ABSENT; k++) {
            struct money person;

            if (other->amounts[k].year != hour->amounts[i].year) {
                continue;
            }
            if (!money_multiply(hour->amounts[i].amount, hours, &person) ||
                money_compare(person, other->amounts[k].amount) > 0) {
                book_error(reader, "tariffs",
                           "tariff group-designated-hour, %d: %d hours cost more than group-other;"
                           " correct one of them",
                           hour->amounts[i].year, hours);
            }
        }
    }
}

void book_read_tariffs(struct book_reader *reader) {
    const struct book_source *source = reader->source;

    reader->book->indexations =
        book_storage_take(reader->storage, source->indexations_count, sizeof(*reader->book->indexations));
    if (reader->book->indexations == NULL) {
        return;
    }
    for (int tariff = 0; tariff < TARIFF_COUNT; tariff++) {
        reader->book->tariffs[tariff] = (struct book_tariff_row){.tariff = (enum book_tariff)tariff, .article = ""};
    }
    for (unsigned i = 0; i < source->indexations_count; i++) {
        read_indexation(reader, i);
    }
    for (unsigned i = 0; i < source->tariffs_count; i++) {
        read_tariff(reader, i);
    }
    if (reader->storage->out_of_memory) {
        return;
    }
    check_tariffs_present(reader);
    check_designated(reader);
}
