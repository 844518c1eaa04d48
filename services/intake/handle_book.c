#include <sodium.h>
#include <string.h>

#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"

/* LoadBook and BookQuery: books are recorded whole, bytes and hash (design.md, Accounting decisions). */

#define BOOK_ERRORS_MAX 100
#define BOOK_HASH_BYTES 32

static int answer_errors(struct request *request, const struct yaml_error *errors, size_t count, struct reply *reply) {
    Elp__V1__LoadBookReply answer = ELP__V1__LOAD_BOOK_REPLY__INIT;
    Elp__V1__BookError *items = arena_take(request->arena, count * sizeof *items);
    answer.errors = arena_take(request->arena, count * sizeof *answer.errors);
    if (items == NULL || answer.errors == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        elp__v1__book_error__init(&items[i]);
        items[i].line = (uint32_t)errors[i].line;
        items[i].column = (uint32_t)errors[i].column;
        items[i].field = (char *)errors[i].field;
        items[i].text = (char *)errors[i].text;
        answer.errors[i] = &items[i];
    }
    answer.n_errors = count;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_BOOK_REPLY, &answer.base);
}

static int answer_loaded(const struct book *book, uint64_t number, bool loaded, struct reply *reply) {
    Elp__V1__LoadBookReply answer = ELP__V1__LOAD_BOOK_REPLY__INIT;
    answer.loaded = loaded;
    answer.number = number;
    answer.convention = (char *)book->convention;
    answer.hash = (ProtobufCBinaryData){BOOK_HASH_BYTES, (uint8_t *)book->hash};
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_BOOK_REPLY, &answer.base);
}

static int record_book(struct intake_core *core, struct request *request, ProtobufCBinaryData yaml, struct book *book,
                       uint64_t *ret_number) {
    Elp__V1__LoadedBook body = ELP__V1__LOADED_BOOK__INIT;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_BOOK;
    record.book = &body;
    body.convention = (char *)book->convention;
    body.number = core->context.journal->head + 1;
    body.hash = (ProtobufCBinaryData){BOOK_HASH_BYTES, book->hash};
    body.yaml = yaml;
    body.at_us = core->clock.at;
    return intake_append(core, request->txn, &record, request->principal->name.text, ret_number);
}

/* Decides what to do with a book that parsed; takes it over or frees it. */
static int place_book(struct intake_core *core, struct request *request, const Elp__V1__LoadBook *load,
                      struct book *book, struct reply *reply) {
    const struct loaded_book *standing = books_find(&core->books, book->convention);
    bool same = standing != NULL && memcmp(standing->book->hash, book->hash, BOOK_HASH_BYTES) == 0;
    uint64_t number = same ? standing->number : 0;
    int failure = 0;
    if (standing == NULL && core->books.count == BOOKS_MAX) {
        failure = reply_refuse(reply, "too-large", "yaml", "a cell has books of at most 16 conventions",
                               "load the books that this cell's contracts need");
    } else if (same || load->dry_run) {
        failure = answer_loaded(book, number, same, reply);
    } else {
        failure = record_book(core, request, load->yaml, book, &number);
        if (failure == 0) {
            failure = answer_loaded(book, number, true, reply);
        }
        if (failure == 0) {
            failure = books_add(&core->books, request->txn, number, book);
            book = failure == 0 ? NULL : book;
        }
    }
    book_free(book);
    return failure;
}

int handle_load_book(void *state, struct request *request, const void *message, struct reply *reply) {
    struct intake_core *core = state;
    const Elp__V1__LoadBook *load = message;
    struct book *book = NULL;
    size_t count = 0;
    int failure = 0;
    if (intake_refuses_busy(core, reply, &failure)) {
        return failure;
    }
    if (load->yaml.len > BOOK_BYTES_MAX) {
        return reply_refuse(reply, "too-large", "yaml", "a book has at most 256 KiB", "shorten the file");
    }
    struct yaml_error *errors = arena_take(request->arena, BOOK_ERRORS_MAX * sizeof *errors);
    if (errors == NULL) {
        return reply_refuse(reply, "too-large", "yaml", "the request takes too much memory", "send the book alone");
    }
    /* Empty bytes come without a pointer; libyaml wants one. */
    const char *yaml = load->yaml.len > 0 ? (const char *)load->yaml.data : "";
    failure = book_parse(yaml, load->yaml.len, &book, errors, BOOK_ERRORS_MAX, &count);
    if (failure > 0) {
        return answer_errors(request, errors, count < BOOK_ERRORS_MAX ? count : BOOK_ERRORS_MAX, reply);
    }
    return failure < 0 ? failure : place_book(core, request, load, book, reply);
}

int handle_book_query(void *state, struct request *request, const void *message, struct reply *reply) {
    const struct intake_core *core = state;
    const Elp__V1__BookQuery *query = message;
    Elp__V1__BookReply answer = ELP__V1__BOOK_REPLY__INIT;
    Elp__V1__LoadedBook *books[BOOKS_MAX];
    for (size_t i = 0; i < core->books.count; i++) {
        const struct loaded_book *loaded = &core->books.items[i];
        const Elp__V1__IntakeRecord *record = NULL;
        if (query->convention[0] != '\0' && strcmp(query->convention, loaded->book->convention) != 0) {
            continue;
        }
        int failure = intake_read(core, request->txn, loaded->number, request->arena, &record);
        if (failure < 0) {
            return failure;
        }
        if (record->body_case != ELP__V1__INTAKE_RECORD__BODY_BOOK) {
            return FAILURE_CORRUPT;
        }
        books[answer.n_books++] = record->book;
    }
    if (query->convention[0] != '\0' && answer.n_books == 0) {
        return reply_refuse(reply, "not-found", "convention", "no book of this convention is loaded",
                            "ask without convention for all that are");
    }
    answer.books = books;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BOOK_REPLY, &answer.base);
}
