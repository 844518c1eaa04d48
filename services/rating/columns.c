#include "services/rating/columns.h"

#include <stdlib.h>
#include <string.h>

#include "common/require.h"

#define COLUMNS_GROWTH 32
#define VALUE_BYTES_MIN 9
#define YEAR_BYTES 4

struct columns {
    size_t table;
    struct column_amount *amounts;
    size_t count;
    size_t size;
};

static int remember(struct columns *columns, const struct column_amount *amount, const char *source,
                    size_t source_bytes) {
    if (columns->count == columns->size) {
        size_t size = columns->size + COLUMNS_GROWTH;
        struct column_amount *grown = realloc(columns->amounts, size * sizeof *grown);
        if (grown == NULL) {
            return FAILURE_MEMORY;
        }
        columns->amounts = grown;
        columns->size = size;
    }
    char *copy = strndup(source, source_bytes);
    if (copy == NULL) {
        return FAILURE_MEMORY;
    }
    columns->amounts[columns->count] = *amount;
    columns->amounts[columns->count++].source = copy;
    return 0;
}

/* The tariff of a name in the book; TARIFF_COUNT when there is none. */
static enum book_tariff tariff_of_name(const char *name) {
    enum book_tariff tariff = TARIFF_INDIVIDUAL;
    while (tariff < TARIFF_COUNT && strcmp(book_tariff_name(tariff), name) != 0) {
        tariff++;
    }
    return tariff;
}

static int load_row(struct columns *columns, struct span key, struct span value) {
    struct column_amount amount = {.year = 0};
    const uint8_t *convention_end = memchr(key.data, 0, key.bytes);
    if (convention_end == NULL || value.bytes < VALUE_BYTES_MIN || key.data[key.bytes - 1] != 0) {
        return FAILURE_CORRUPT;
    }
    size_t convention_bytes = (size_t)(convention_end - key.data);
    if (convention_bytes >= sizeof amount.convention || key.bytes < convention_bytes + 1 + YEAR_BYTES + 1) {
        return FAILURE_CORRUPT;
    }
    memcpy(amount.convention, key.data, convention_bytes);
    amount.year = (int)store_read_u32(convention_end + 1);
    amount.tariff = tariff_of_name((const char *)convention_end + 1 + YEAR_BYTES);
    if (amount.tariff == TARIFF_COUNT) {
        return FAILURE_CORRUPT;
    }
    amount.amount = money_of_cents((int64_t)store_read_u64(value.data));
    amount.provisional = value.data[8] == 1;
    return remember(columns, &amount, (const char *)value.data + VALUE_BYTES_MIN, value.bytes - VALUE_BYTES_MIN);
}

static int load_all(struct columns *columns, struct store_cursor *cursor) {
    bool found = false;
    int failure = store_cursor_seek(cursor, span_of("", 1), &found);
    while (failure == 0 && found) {
        failure = load_row(columns, store_cursor_key(cursor), store_cursor_value(cursor));
        if (failure == 0) {
            failure = store_cursor_next(cursor, &found);
        }
    }
    return failure;
}

int columns_open(struct store_txn *txn, size_t table, struct columns **ret) {
    struct columns *columns = calloc(1, sizeof *columns);
    if (columns == NULL) {
        return FAILURE_MEMORY;
    }
    columns->table = table;
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(txn, table, &cursor);
    if (failure == 0) {
        failure = load_all(columns, cursor);
        store_cursor_close(cursor);
    }
    if (failure < 0) {
        columns_close(columns);
        return failure;
    }
    *ret = columns;
    return 0;
}

void columns_close(struct columns *columns) {
    if (columns == NULL) {
        return;
    }
    for (size_t i = 0; i < columns->count; i++) {
        free((char *)columns->amounts[i].source);
    }
    free(columns->amounts);
    free(columns);
}

static const struct column_amount *find(const struct columns *columns, const char *convention, enum book_tariff tariff,
                                        int year) {
    for (size_t i = 0; i < columns->count; i++) {
        const struct column_amount *amount = &columns->amounts[i];
        if (amount->year == year && amount->tariff == tariff && strcmp(amount->convention, convention) == 0) {
            return amount;
        }
    }
    return NULL;
}

int columns_add(struct columns *columns, struct store_txn *txn, const struct column_amount *amount) {
    require(find(columns, amount->convention, amount->tariff, amount->year) == NULL);
    struct store_key key;
    store_key_reset(&key);
    store_key_text(&key, amount->convention);
    store_key_u32(&key, (uint32_t)amount->year);
    store_key_text(&key, book_tariff_name(amount->tariff));
    size_t source_bytes = strlen(amount->source);
    uint8_t *value = malloc(VALUE_BYTES_MIN + source_bytes);
    if (value == NULL) {
        return FAILURE_MEMORY;
    }
    store_write_u64(value, (uint64_t)money_cents(amount->amount));
    value[8] = amount->provisional ? 1 : 0;
    memcpy(value + VALUE_BYTES_MIN, amount->source, source_bytes);
    int failure = store_put(txn, columns->table, store_key_span(&key), span_of(value, VALUE_BYTES_MIN + source_bytes));
    free(value);
    return failure < 0 ? failure : remember(columns, amount, amount->source, source_bytes);
}

size_t columns_count(const struct columns *columns) {
    return columns->count;
}

const struct column_amount *columns_entry(const struct columns *columns, size_t index) {
    require(index < columns->count);
    return &columns->amounts[index];
}

static bool book_published(const struct book *book, enum book_tariff tariff, int year, struct book_amount *ret) {
    const struct book_tariff_row *row = &book->tariffs[tariff];
    for (size_t i = 0; i < row->amount_count; i++) {
        if (row->amounts[i].year == year) {
            *ret = row->amounts[i];
            return true;
        }
    }
    return false;
}

static struct book_amount amount_of_column(const struct column_amount *column) {
    return (struct book_amount){column->year, column->amount, column->provisional};
}

bool columns_published(const struct columns *columns, const struct book *book, enum book_tariff tariff, int year,
                       struct book_amount *ret) {
    if (book_published(book, tariff, year, ret)) {
        return true;
    }
    const struct column_amount *column = find(columns, book->convention, tariff, year);
    if (column != NULL) {
        *ret = amount_of_column(column);
    }
    return column != NULL;
}

const char *columns_source(const struct columns *columns, const char *convention, enum book_tariff tariff, int year) {
    const struct column_amount *column = find(columns, convention, tariff, year);
    return column != NULL ? column->source : "";
}

bool columns_amount_on(const struct columns *columns, const struct book *book, enum book_tariff tariff, struct date day,
                       struct book_amount *ret) {
    struct book_amount best;
    if (!book_amount_on(book, tariff, day, &best)) {
        return false;
    }
    int year = date_year(day);
    for (size_t i = 0; i < columns->count && best.year < year; i++) {
        const struct column_amount *column = &columns->amounts[i];
        bool ours = column->tariff == tariff && strcmp(column->convention, book->convention) == 0;
        if (ours && column->year > best.year && column->year <= year) {
            best = amount_of_column(column);
        }
    }
    best.provisional = best.provisional || best.year < year;
    *ret = best;
    return true;
}

static bool view_amount_on(const void *state, enum book_tariff tariff, struct date day, struct book_amount *ret) {
    const struct columns_of_book *of_book = state;
    return columns_amount_on(of_book->columns, of_book->book, tariff, day, ret);
}

struct tariff_view columns_view(const struct columns_of_book *state) {
    return (struct tariff_view){state->book, view_amount_on, state};
}
