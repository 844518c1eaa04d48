#include "common/book_reader.h"

#include <stdio.h>

/* Patient shares by interval (rulebook §5 T3): every day of the book has exactly one row. */

/* A share beyond it is absurd. */
#define SHARE_MAX money_of_cents(10000)

static void list_share(struct book_reader *reader, const char *row, const struct book_source_share *source,
                       const struct book_share *share) {
    const struct {
        const char *key;
        const char *value;
    } figures[] = {
        {"individual", source->individual},
        {"individual_bim", source->individual_bim},
        {"first_individual_free", source->first_individual_free},
        {"group", source->group},
        {"group_paid_from_age", source->group_paid_from_age},
        {"individual_free_until_age", source->individual_free_until_age},
        {"exempt_site_free", source->exempt_site_free},
    };

    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        char name[48];

        snprintf(name, sizeof(name), "share.%s", figures[i].key);
        if (figures[i].value != NULL) {
            book_list_figure(reader, book_path("%s.%s", row, figures[i].key).text, name, figures[i].value, share->valid,
                             share->article, false, false);
        }
    }
}

/* The row itself; what it says about days is checked by the caller. */
static bool read_share(struct book_reader *reader, const char *row, const struct book_source_share *source,
                       struct book_share *share) {
    bool read = read_interval(reader, row, "share", source->from, source->until, &share->valid);

    share->individual_free_until_age = BOOK_ABSENT;
    share->article = read_article(reader, row, source->article);
    read &= read_amount(reader, book_path("%s.individual", row).text, "share individual", source->individual, SHARE_MAX,
                        &share->individual);
    read &= read_amount(reader, book_path("%s.individual_bim", row).text, "share individual_bim",
                        source->individual_bim, SHARE_MAX, &share->individual_bim);
    read &=
        read_amount(reader, book_path("%s.group", row).text, "share group", source->group, SHARE_MAX, &share->group);
    read &= read_flag(reader, book_path("%s.first_individual_free", row).text, "share first_individual_free",
                      source->first_individual_free, &share->first_individual_free);
    read &= read_flag(reader, book_path("%s.exempt_site_free", row).text, "share exempt_site_free",
                      source->exempt_site_free, &share->exempt_site_free);
    read &= read_whole(reader, book_path("%s.group_paid_from_age", row).text, "share group_paid_from_age",
                       source->group_paid_from_age, 0, 120, &share->group_paid_from_age);
    if (source->individual_free_until_age != NULL) {
        read &=
            read_whole(reader, book_path("%s.individual_free_until_age", row).text, "share individual_free_until_age",
                       source->individual_free_until_age, 0, 120, &share->individual_free_until_age);
    }
    if (read && money_compare(share->individual_bim, share->individual) > 0) {
        book_error(reader, book_path("%s.individual_bim", row).text,
                   "share individual_bim: the share with increased intervention exceeds the ordinary one; "
                   "correct one");
        return false;
    }
    return read;
}

/* The row starts on the day after the one before, or on the book's first day. */
static void check_start(struct book_reader *reader, const char *row, const struct book_share *share) {
    const struct book *book = reader->book;
    struct date expected = book->sessions.from;
    char day[DATE_TEXT_BYTES];

    if (book->share_count > 0) {
        expected = date_add_days(book->shares[book->share_count - 1].valid.until, 1);
    }

    int order = date_compare(share->valid.from, expected);

    if (order != 0) {
        book_error(reader, book_path("%s.from", row).text, "share: %s; start this row on %s",
                   order < 0 ? "overlaps the row or period before it" : "a gap before this row",
                   date_format(expected, day, sizeof(day)));
    }
}

/* A free first session needs the window in which it is the first. */
static void check_window(struct book_reader *reader, const char *row, const struct book_share *share) {
    const struct book *book = reader->book;

    for (size_t i = 0; i < book->epoch_count && share->first_individual_free; i++) {
        const struct book_figures *epoch = &book->epochs[i];

        if (date_compare(epoch->valid.from, share->valid.until) <= 0 &&
            date_compare(share->valid.from, epoch->valid.until) <= 0 &&
            date_compare(epoch->valid.from, book->figures_until) <= 0 &&
            epoch->first_session_window_months == BOOK_ABSENT) {
            book_error(reader, book_path("%s.first_individual_free", row).text,
                       "share: a first session is free, but the figure first_session_window_months is "
                       "missing; add it");
            return;
        }
    }
}

void book_read_shares(struct book_reader *reader) {
    const struct book_source *source = reader->source;
    struct book *book = reader->book;
    bool complete = true;
    char day[DATE_TEXT_BYTES];

    book->shares = book_storage_take(reader->storage, source->shares_count, sizeof(*book->shares));
    if (book->shares == NULL) {
        return;
    }
    for (unsigned i = 0; i < source->shares_count; i++) {
        struct book_path row = book_path("shares[%u]", i);
        struct book_share *share = &book->shares[book->share_count];

        if (!read_share(reader, row.text, &source->shares[i], share)) {
            complete = false;
            continue;
        }
        if (complete && reader->periods_known) {
            check_start(reader, row.text, share);
        }
        check_window(reader, row.text, share);
        book->share_count++;
        list_share(reader, row.text, &source->shares[i], share);
    }
    if (!complete || !reader->periods_known) {
        return;
    }

    struct date last = book->shares[book->share_count - 1].valid.until;

    if (date_compare(last, book->sessions.until) != 0) {
        book_error(reader, book_path("shares[%u].until", source->shares_count - 1).text,
                   "share: the last row ends on another day than the book; write until: %s",
                   date_format(book->sessions.until, day, sizeof(day)));
    }
}
