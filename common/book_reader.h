#ifndef ELP_COMMON_BOOK_READER_H
#define ELP_COMMON_BOOK_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/book.h"
#include "common/book_source.h"
#include "common/yaml_document.h"

/*
 * What the parts of book_parse() share: the file, the book that is being built, the errors. Part of the
 * book's implementation; nobody else includes it.
 *
 * Every read_ function takes the path of a field and its text, and on a text that it refuses adds one error
 * that says what to write. It returns whether *ret was written, so that a part can go on and find the next
 * error.
 */

/* Owns all memory of a book; `out_of_memory` stays set once an allocation was refused. */
struct book_storage {
    struct book_storage_block *blocks;
    struct book_figure *figures; /* the list of book_figure(), in the order of the file */
    size_t figure_count;
    size_t figure_room;
    size_t warning_room;
    bool out_of_memory;
};

/* Zeroed memory that lives as long as the book, or NULL (and out_of_memory). count 0 gives a valid pointer.
 */
void *book_storage_take(struct book_storage *storage, size_t count, size_t bytes);
const char *book_storage_text(struct book_storage *storage, const char *text);
void book_storage_release(struct book_storage *storage);

struct book_reader {
    const struct yaml_document *document;
    const struct book_source *source;
    struct yaml_errors *errors;
    struct book_storage *storage;
    struct book *book;
    bool periods_known; /* sessions and figures_until were read; else sessions is 2000 to 2099 and nothing is
                           missing */
};

/*
 * The conventions of rulebook §2, for tables that say what a book must have. A convention that is not among
 * them is held to what every book has.
 */
enum { IN_2019 = 1, IN_2021 = 2, IN_2024 = 4, IN_EVERY = 8 };

/* IN_EVERY and the bit of the book's own convention. */
int book_demands(const struct book_reader *reader);
/* Must a book of this convention have the rule, on each of its days? */
bool book_demands_rule(const struct book_reader *reader, enum refusal refusal);

/* A path as text, for one field of one row. */
struct book_path {
    char text[96];
};
struct book_path book_path(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Adds an error at a path's place. */
void book_error(struct book_reader *reader, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a remark that does not refuse the book. */
void book_warn(struct book_reader *reader, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What an error text calls the value, for example "tariff individual, 2025"; ends up in front of the
 * sentence. */
MUST_USE bool read_whole(struct book_reader *reader, const char *path, const char *what, const char *text, int64_t min,
                         int64_t max, int *ret);
MUST_USE bool read_amount(struct book_reader *reader, const char *path, const char *what, const char *text,
                          struct money max, struct money *ret);
MUST_USE bool read_percent(struct book_reader *reader, const char *path, const char *what, const char *text,
                           int32_t min, int32_t max, int32_t *ret);
MUST_USE bool read_flag(struct book_reader *reader, const char *path, const char *what, const char *text, bool *ret);
MUST_USE bool read_date(struct book_reader *reader, const char *path, const char *what, const char *text,
                        struct date *ret);
MUST_USE bool read_month_day(struct book_reader *reader, const char *path, const char *what, const char *text,
                             struct book_month_day *ret);

/* An optional flag: false when the key is absent. */
bool read_flag_or_false(struct book_reader *reader, const char *path, const char *what, const char *text);

/*
 * The interval of a row whose path is `row`; a bound that is absent is the one of the book's sessions. An
 * `until` before its `from` is an error.
 */
MUST_USE bool read_interval(struct book_reader *reader, const char *row, const char *what, const char *from,
                            const char *until, struct book_interval *ret);

/* One of `count` words; an error lists them. */
MUST_USE bool read_word(struct book_reader *reader, const char *path, const char *what, const char *text,
                        const char *const *words, size_t count, size_t *ret);

/*
 * Takes an article over into the book. An article of spaces is an error: every figure says where it comes
 * from.
 */
book_article read_article(struct book_reader *reader, const char *row, const char *text);

/* Adds a line to the list of book_figure(); `path` gives its place in the file. */
void book_list_figure(struct book_reader *reader, const char *path, const char *name, const char *value,
                      struct book_interval valid, book_article article, bool provisional, bool fictitious);

/* The parts of a book, in the order in which they run. Each adds what it finds to the errors. */
void book_read_identity(struct book_reader *reader);
void book_read_rules(struct book_reader *reader);
void book_read_figures(struct book_reader *reader);
void book_read_tariffs(struct book_reader *reader);
void book_read_shares(struct book_reader *reader);
void book_read_envelopes(struct book_reader *reader);
void book_read_codes(struct book_reader *reader);
void book_check_coverage(struct book_reader *reader);

/* What a pseudo-code may stand for, from 0 on; NULL after the last. */
const char *book_coded_service(size_t index);

#endif
