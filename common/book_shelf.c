#include "common/book_shelf.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/require.h"

#define SHELF_GROWTH 8

struct shelved {
    uint64_t number;
    struct book *book;
};

struct book_shelf {
    size_t table;
    struct shelved *books; /* ascending numbers */
    size_t count;
    size_t size;
};

/* 0, BOOK_SHELF_INVALID or a failure; the log names the first error of an invalid book. */
static int shelve(struct book_shelf *shelf, uint64_t number, struct span yaml) {
    if (shelf->count == shelf->size) {
        size_t size = shelf->size + SHELF_GROWTH;
        struct shelved *grown = realloc(shelf->books, size * sizeof *grown);
        if (grown == NULL) {
            return FAILURE_MEMORY;
        }
        shelf->books = grown;
        shelf->size = size;
    }
    struct yaml_error error;
    size_t error_count = 0;
    struct book *book = NULL;
    int outcome = book_parse((const char *)yaml.data, yaml.bytes, &book, &error, 1, &error_count);
    if (outcome < 0) {
        return outcome;
    }
    if (outcome > 0) {
        log_line(LOG_LEVEL_ERROR, "book-invalid", "record", LOG_NUMBER, (int64_t)number, "line", LOG_NUMBER,
                 (int64_t)error.line, "reason", LOG_TEXT, error.text, NULL);
        return BOOK_SHELF_INVALID;
    }
    shelf->books[shelf->count++] = (struct shelved){number, book};
    return BOOK_SHELF_ADDED;
}

static int load_all(struct book_shelf *shelf, struct store_cursor *cursor) {
    bool found = false;
    int failure = store_cursor_seek(cursor, span_of("", 1), &found);
    while (failure == 0 && found) {
        if (store_cursor_key(cursor).bytes != sizeof(uint64_t)) {
            return FAILURE_CORRUPT;
        }
        failure = shelve(shelf, store_read_u64(store_cursor_key(cursor).data), store_cursor_value(cursor));
        if (failure != 0) {
            return failure < 0 ? failure : FAILURE_CORRUPT;
        }
        failure = store_cursor_next(cursor, &found);
    }
    return failure;
}

int book_shelf_open(struct store_txn *txn, size_t table, struct book_shelf **ret) {
    struct book_shelf *shelf = calloc(1, sizeof *shelf);
    if (shelf == NULL) {
        return FAILURE_MEMORY;
    }
    shelf->table = table;
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, table, &cursor);
    if (failure == 0) {
        failure = load_all(shelf, cursor);
        store_cursor_close(cursor);
    }
    if (failure < 0) {
        book_shelf_close(shelf);
        return failure;
    }
    *ret = shelf;
    return 0;
}

void book_shelf_close(struct book_shelf *shelf) {
    if (shelf == NULL) {
        return;
    }
    for (size_t i = 0; i < shelf->count; i++) {
        book_free(shelf->books[i].book);
    }
    free(shelf->books);
    free(shelf);
}

int book_shelf_add(struct book_shelf *shelf, struct store_txn *txn, uint64_t number, struct span yaml,
                   struct span hash) {
    require(shelf->count == 0 || shelf->books[shelf->count - 1].number < number);
    int outcome = shelve(shelf, number, yaml);
    if (outcome != BOOK_SHELF_ADDED) {
        return outcome;
    }
    if (!book_has_hash(shelf->books[shelf->count - 1].book, hash)) {
        log_line(LOG_LEVEL_ERROR, "book-changed", "record", LOG_NUMBER, (int64_t)number, "reason", LOG_TEXT,
                 "its bytes are not those of its hash", NULL);
        book_free(shelf->books[--shelf->count].book);
        return BOOK_SHELF_INVALID;
    }
    uint8_t key[sizeof(uint64_t)];
    store_write_u64(key, number);
    return store_append(txn, shelf->table, span_of(key, sizeof key), yaml);
}

const struct book *book_shelf_at(const struct book_shelf *shelf, uint64_t number) {
    for (size_t i = shelf->count; i > 0; i--) {
        if (shelf->books[i - 1].number == number) {
            return shelf->books[i - 1].book;
        }
    }
    return NULL;
}

const struct book *book_shelf_newest(const struct book_shelf *shelf, const char *convention) {
    for (size_t i = shelf->count; i > 0; i--) {
        if (strcmp(shelf->books[i - 1].book->convention, convention) == 0) {
            return shelf->books[i - 1].book;
        }
    }
    return NULL;
}

uint64_t book_shelf_number_of(const struct book_shelf *shelf, const struct book *book) {
    size_t place = 0;
    while (place < shelf->count && shelf->books[place].book != book) {
        place++;
    }
    require(place < shelf->count);
    return shelf->books[place].number;
}

size_t book_shelf_count(const struct book_shelf *shelf) {
    return shelf->count;
}

const struct book *book_shelf_entry(const struct book_shelf *shelf, size_t index) {
    require(index < shelf->count);
    return shelf->books[index].book;
}
