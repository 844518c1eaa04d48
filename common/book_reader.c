#include "common/book_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct book_storage_block {
    struct book_storage_block *next;
    max_align_t bytes[];
};

void *book_storage_take(struct book_storage *storage, size_t count, size_t bytes) {
    size_t wanted = (count == 0 ? 1 : count) * bytes;
    struct book_storage_block *block = calloc(1, sizeof(*block) + wanted);

    if (block == NULL) {
        storage->out_of_memory = true;
        return NULL;
    }
    block->next = storage->blocks;
    storage->blocks = block;
    return block->bytes;
}

const char *book_storage_text(struct book_storage *storage, const char *text) {
    size_t bytes = strlen(text) + 1;
    char *copy = book_storage_take(storage, bytes, 1);

    return copy == NULL ? "" : memcpy(copy, text, bytes);
}

void book_storage_release(struct book_storage *storage) {
    while (storage->blocks != NULL) {
        struct book_storage_block *block = storage->blocks;

        storage->blocks = block->next;
        free(block);
    }
}

struct book_path book_path(const char *format, ...) {
    struct book_path path;
    va_list args;

    va_start(args, format);
    vsnprintf(path.text, sizeof(path.text), format, args);
    va_end(args);
    return path;
}

void book_error(struct book_reader *reader, const char *path, const char *format, ...) {
    char text[sizeof(((struct yaml_error *)0)->text)];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    yaml_document_error(reader->document, reader->errors, path, "%s", text);
}

/* Room for one more element in an array that the storage owns; the old array stays in the storage until its
 * end. */
static void *grown(struct book_storage *storage, void *items, size_t count, size_t *room, size_t bytes) {
    if (count < *room) {
        return items;
    }

    size_t wanted = *room == 0 ? 64 : *room * 2;
    void *larger = book_storage_take(storage, wanted, bytes);

    if (larger == NULL) {
        return NULL;
    }
    if (count != 0) {
        memcpy(larger, items, count * bytes);
    }
    *room = wanted;
    return larger;
}

void book_warn(struct book_reader *reader, const char *path, const char *format, ...) {
    struct book *book = reader->book;
    struct yaml_error *items =
        grown(reader->storage, book->warnings, book->warning_count, &reader->storage->warning_room, sizeof(*items));
    char text[sizeof(items->text)];
    va_list args;

    if (items == NULL) {
        return;
    }
    book->warnings = items;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    struct yaml_errors one = {.items = &items[book->warning_count++], .max = 1};

    yaml_document_error(reader->document, &one, path, "%s", text);
}

void book_list_figure(struct book_reader *reader, const char *path, const char *name, const char *value,
                      struct book_interval valid, book_article article, bool provisional, bool fictitious) {
    struct book_storage *storage = reader->storage;
    struct book_figure *items =
        grown(storage, storage->figures, storage->figure_count, &storage->figure_room, sizeof(*items));

    if (items == NULL) {
        return;
    }
    storage->figures = items;
    items[storage->figure_count++] = (struct book_figure){
        .name = book_storage_text(storage, name),
        .value = book_storage_text(storage, value),
        .valid = valid,
        .article = article,
        .provisional = provisional,
        .fictitious = fictitious,
        .line = yaml_document_place(reader->document, path).line,
    };
}

static bool is_digits(const char *text) {
    return text[0] != 0 && text[strspn(text, "0123456789")] == 0;
}

bool read_whole(struct book_reader *reader, const char *path, const char *what, const char *text, int64_t min,
                int64_t max, int *ret) {
    int64_t value;

    if (yaml_whole_parse(text, min, max, &value)) {
        *ret = (int)value;
        return true;
    }
    if (is_digits(text) && text[0] == '0' && text[1] != 0) {
        book_error(reader, path, "%s: %.40s has a leading zero; write %.40s", what, text,
                   text[strspn(text, "0")] == 0 ? "0" : text + strspn(text, "0"));
    } else if (is_digits(text)) {
        book_error(reader, path, "%s: %.40s is absurd; write a whole number from %lld to %lld", what, text,
                   (long long)min, (long long)max);
    } else {
        book_error(reader, path,
                   "%s: \"%.40s\" is not a whole number and is never rounded; write digits only, from %lld to %lld",
                   what, text, (long long)min, (long long)max);
    }
    return false;
}

bool read_amount(struct book_reader *reader, const char *path, const char *what, const char *text, struct money max,
                 struct money *ret) {
    bool quoted = yaml_document_place(reader->document, path).quoted;
    char most[MONEY_TEXT_BYTES];
    struct money value;

    if (!money_parse(text, &value)) {
        if (is_digits(text) && strlen(text) > 2 && text[0] != '0') {
            book_error(reader, path,
                       "%s: %.20s is not an amount; write euro and cents in quotes: \"%.*s.%s\" if these are cents,"
                       " \"%.20s.00\" if these are euro",
                       what, text, (int)(strlen(text) > 20 ? 18 : strlen(text) - 2), text, text + strlen(text) - 2,
                       text);
        } else {
            book_error(reader, path,
                       "%s: \"%.40s\" is not an amount; write euro and cents in quotes with a point and two "
                       "decimals,"
                       " as in \"86.69\"",
                       what, text);
        }
        return false;
    }
    if (!quoted) {
        book_error(reader, path, "%s: an amount stands in quotes; write \"%s\"", what, text);
        return false;
    }
    if (money_compare(value, MONEY_ZERO) < 0 || money_compare(value, max) > 0) {
        book_error(reader, path, "%s: %s is absurd; write an amount from 0.00 to %s", what, text,
                   money_format(max, most, sizeof(most)));
        return false;
    }
    *ret = value;
    return true;
}

bool read_percent(struct book_reader *reader, const char *path, const char *what, const char *text, int32_t min,
                  int32_t max, int32_t *ret) {
    size_t bytes = strlen(text);
    int32_t value;

    if (bytes < 3 || strcmp(text + bytes - 2, " %") != 0 || !basis_points_parse(text, &value)) {
        book_error(reader, path,
                   "%s: \"%.40s\" is not a percentage; write it in quotes with a space and the sign, as in "
                   "\"1.72 %%\"",
                   what, text);
        return false;
    }
    if (!yaml_document_place(reader->document, path).quoted) {
        book_error(reader, path, "%s: a percentage stands in quotes; write \"%s\"", what, text);
        return false;
    }
    if (value < min || value > max) {
        book_error(reader, path, "%s: %s is absurd; write a percentage from %d.%02d to %d.%02d %%", what, text,
                   (int)(min / 100), (int)(min % 100), (int)(max / 100), (int)(max % 100));
        return false;
    }
    *ret = value;
    return true;
}

bool read_flag(struct book_reader *reader, const char *path, const char *what, const char *text, bool *ret) {
    if (yaml_flag_parse(text, ret)) {
        return true;
    }
    book_error(reader, path, "%s: \"%.40s\" is not a flag; write true or false", what, text);
    return false;
}

bool read_flag_or_false(struct book_reader *reader, const char *path, const char *what, const char *text) {
    bool value = false;

    return text != NULL && read_flag(reader, path, what, text, &value) && value;
}

bool read_date(struct book_reader *reader, const char *path, const char *what, const char *text, struct date *ret) {
    struct date value;

    if (!date_parse(text, &value)) {
        book_error(reader, path, "%s: \"%.40s\" is not a date; write YYYY-MM-DD", what, text);
        return false;
    }
    if (date_year(value) < 2000 || date_year(value) > 2099) {
        book_error(reader, path, "%s: %s is absurd; write a date from 2000 to 2099", what, text);
        return false;
    }
    *ret = value;
    return true;
}

bool read_month_day(struct book_reader *reader, const char *path, const char *what, const char *text,
                    struct book_month_day *ret) {
    char whole[sizeof("2000-MM-DD")];
    struct date date;
    int year;

    /* A day of every year: 2001 has no 29 February. */
    if (strlen(text) != 5 || snprintf(whole, sizeof(whole), "2001-%s", text) != 10 || !date_parse(whole, &date)) {
        book_error(reader, path, "%s: \"%.40s\" is not a day of every year; write MM-DD, as in 04-30", what, text);
        return false;
    }
    date_split(date, &year, &ret->month, &ret->day);
    return true;
}

bool read_interval(struct book_reader *reader, const char *row, const char *what, const char *from, const char *until,
                   struct book_interval *ret) {
    struct book_interval value = reader->book->sessions;
    struct book_path from_path = book_path("%s.from", row);
    struct book_path until_path = book_path("%s.until", row);

    if (from != NULL && !read_date(reader, from_path.text, what, from, &value.from)) {
        return false;
    }
    if (until != NULL && !read_date(reader, until_path.text, what, until, &value.until)) {
        return false;
    }
    if (reader->periods_known && (from == NULL || until == NULL || date_compare(value.from, value.until) <= 0) &&
        (date_compare(value.from, reader->book->sessions.until) > 0 ||
         date_compare(value.until, reader->book->sessions.from) < 0)) {
        book_error(reader, from != NULL ? from_path.text : until_path.text,
                   "%s: the row holds on no day of the book's sessions; correct its days or delete the row", what);
        return false;
    }
    if (date_compare(value.until, value.from) < 0) {
        char first[DATE_TEXT_BYTES];
        char last[DATE_TEXT_BYTES];

        book_error(reader, until != NULL ? until_path.text : from_path.text,
                   "%s: the last day %s lies before the first day %s; correct one of them", what,
                   date_format(value.until, last, sizeof(last)), date_format(value.from, first, sizeof(first)));
        return false;
    }
    *ret = value;
    return true;
}

/* The words as a list, as many as fit. */
static void join_words(const char *const *words, size_t count, char *out, size_t size) {
    out[0] = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(out);
        bool fits = length + strlen(words[i]) + sizeof(", , ...") <= size;

        snprintf(out + length, size - length, "%s%s", i == 0 ? "" : ", ", fits ? words[i] : "...");
        if (!fits) {
            return;
        }
    }
}

bool read_word(struct book_reader *reader, const char *path, const char *what, const char *text,
               const char *const *words, size_t count, size_t *ret) {
    char list[180];

    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret = i;
            return true;
        }
    }
    join_words(words, count, list, sizeof(list));
    book_error(reader, path, "%s: \"%.40s\" is unknown; write one of %s", what, text, list);
    return false;
}

book_article read_article(struct book_reader *reader, const char *row, const char *text) {
    if (text[strspn(text, " \t")] == 0) {
        book_error(reader, book_path("%s.article", row).text,
                   "the article is empty; name where the figure comes from, or \"own decision\"");
    }
    return book_storage_text(reader->storage, text);
}
