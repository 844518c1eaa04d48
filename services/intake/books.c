#include "services/intake/books.h"

#include <stdbool.h>
#include <string.h>

#include "common/log.h"
#include "common/require.h"
#include "services/intake/intake_core.h"

/*
 * TABLE_BOOKS. Key: record that loaded a book, 8 bytes. Value: convention. The bytes of the book stand in that record.
 * Record 3 loaded a book of 2024:
 *   0000 0000 0000 0003 → 3230 3234
 */

void books_close(struct books *books) {
    for (size_t i = 0; i < books->count; i++) {
        book_free(books->items[i].book);
    }
    *books = (struct books){0};
}

static struct loaded_book *find(struct books *books, const char *convention) {
    for (size_t i = 0; i < books->count; i++) {
        if (strcmp(books->items[i].book->convention, convention) == 0) {
            return &books->items[i];
        }
    }
    return NULL;
}

const struct loaded_book *books_find(const struct books *books, const char *convention) {
    return find((struct books *)books, convention);
}

bool book_covers(const struct book *book, struct date day) {
    return date_within(day, book->sessions.from, book->sessions.until);
}

const struct loaded_book *books_newest_on(const struct books *books, struct date day) {
    const struct loaded_book *newest = NULL;
    for (size_t i = 0; i < books->count; i++) {
        const struct loaded_book *item = &books->items[i];
        if (book_covers(item->book, day) &&
            (newest == NULL || date_compare(item->book->sessions.from, newest->book->sessions.from) > 0)) {
            newest = item;
        }
    }
    return newest;
}

/* The version takes the place of the one before. */
static void take_over(struct books *books, uint64_t number, struct book *book) {
    struct loaded_book *item = find(books, book->convention);
    if (item == NULL) {
        require(books->count < BOOKS_MAX);
        item = &books->items[books->count++];
    } else {
        book_free(item->book);
    }
    *item = (struct loaded_book){number, book};
}

int books_add(struct books *books, struct store_txn *txn, uint64_t number, struct book *book) {
    struct store_key key;
    store_key_reset(&key);
    store_key_u64(&key, number);
    int failure = store_put(txn, TABLE_BOOKS, store_key_span(&key), span_of_text(book->convention));
    if (failure == 0) {
        take_over(books, number, book);
    }
    return failure;
}

static int load_version(struct intake_core *core, struct store_txn *txn, uint64_t number) {
    const Elp__V1__IntakeRecord *record = NULL;
    arena_reset(&core->arena);
    int failure = intake_read(core, txn, number, &core->arena, &record);
    if (failure < 0) {
        return failure;
    }
    struct book *book = NULL;
    struct yaml_error error;
    size_t errors = 0;
    if (record->body_case != ELP__V1__INTAKE_RECORD__BODY_BOOK) {
        return FAILURE_CORRUPT;
    }
    failure = book_parse((const char *)record->book->yaml.data, record->book->yaml.len, &book, &error, 1, &errors);
    if (failure > 0) {
        log_line(LOG_LEVEL_ERROR, "book-unreadable", "record", LOG_NUMBER, (int64_t)number, "line", LOG_NUMBER,
                 (int64_t)error.line, "reason", LOG_TEXT, error.text, NULL);
        return FAILURE_CORRUPT;
    }
    if (failure == 0 && !book_has_hash(book, span_of(record->book->hash.data, record->book->hash.len))) {
        log_line(LOG_LEVEL_ERROR, "book-changed", "record", LOG_NUMBER, (int64_t)number, "reason", LOG_TEXT,
                 "its bytes are not those of its hash", NULL);
        book_free(book);
        return FAILURE_CORRUPT;
    }
    if (failure == 0) {
        take_over(&core->books, number, book);
    }
    return failure;
}

/* Is a later version of the same convention in the table? */
static int has_successor(struct store_txn *txn, struct span key, struct span convention, bool *ret) {
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, TABLE_BOOKS, &cursor);
    if (failure < 0) {
        return failure;
    }
    bool found = false;
    bool later = false;
    failure = store_cursor_seek(cursor, key, &found);
    while (failure == 0 && found && !later) {
        failure = store_cursor_next(cursor, &found);
        if (failure == 0 && found) {
            struct span other = store_cursor_value(cursor);
            later = other.bytes == convention.bytes && memcmp(other.data, convention.data, other.bytes) == 0;
        }
    }
    store_cursor_close(cursor);
    *ret = later;
    return failure;
}

int books_open(struct intake_core *core, struct store_txn *txn) {
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, TABLE_BOOKS, &cursor);
    if (failure < 0) {
        return failure;
    }
    bool found = false;
    failure = store_cursor_next(cursor, &found);
    while (failure == 0 && found) {
        struct span key = store_cursor_key(cursor);
        bool later = false;
        failure = has_successor(txn, key, store_cursor_value(cursor), &later);
        if (failure == 0 && !later) {
            failure = load_version(core, txn, store_read_u64(key.data));
        }
        if (failure == 0) {
            failure = store_cursor_next(cursor, &found);
        }
    }
    store_cursor_close(cursor);
    return failure;
}
