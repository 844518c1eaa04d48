#include "services/intake/contract_end.h"

struct date provider_contract_end(const struct books *books, const struct registry_contract *contract) {
    const struct loaded_book *loaded = books_find(books, contract->convention);
    return contract_end(contract, loaded != NULL ? loaded->book : NULL);
}

const struct book *second_leader_model(const struct books *books, const struct registry_second_leader *contract) {
    const struct loaded_book *loaded = books_newest_on(books, contract->from);
    return loaded != NULL && !date_is_none(loaded->book->second_leaders_until) ? loaded->book : NULL;
}

/* The first day of the convention that follows `book`; DATE_NONE: none is loaded. */
static struct date next_convention(const struct books *books, const struct book *book) {
    struct date next = DATE_NONE;
    for (size_t i = 0; i < books->count; i++) {
        struct date from = books->items[i].book->sessions.from;
        if (date_compare(from, book->sessions.from) > 0 && (date_is_none(next) || date_compare(from, next) < 0)) {
            next = from;
        }
    }
    return next;
}

struct date second_leader_contract_end(const struct books *books, const struct registry_second_leader *contract) {
    const struct book *model = second_leader_model(books, contract);
    struct date end = second_leader_end(contract, model);
    struct date next = model != NULL ? next_convention(books, model) : DATE_NONE;
    return date_is_none(end) || (!date_is_none(next) && date_compare(next, end) < 0) ? next : end;
}

struct date amendment_letter_until(const struct book *book, struct date signed_on) {
    return date_add_days(signed_on, book_on(book, signed_on)->amendment_letter_days);
}

struct date amendment_answer_until(const struct book *book, struct date sent_on) {
    return date_add_months(sent_on, book_on(book, sent_on)->amendment_refusal_months);
}
