#include <string.h>

#include "common/book.h"
#include "common/require.h"
#include "tests/fuzz/fuzz_target.h"

/*
 * A book is any bytes from outside. Refused: at least one error, each printable and terminated. Accepted:
 * every question about every kind of day has an answer, and the same bytes parse to the same book again.
 */

#define ERRORS_MAX 32

static void check_errors(const struct yaml_error *errors, size_t count) {
    require(count >= 1 && count <= ERRORS_MAX);
    for (size_t i = 0; i < count; i++) {
        require(memchr(errors[i].field, 0, sizeof(errors[i].field)) != NULL);
        require(memchr(errors[i].text, 0, sizeof(errors[i].text)) != NULL);
        require(errors[i].text[0] != 0 && errors[i].line >= 0);
        require(strpbrk(errors[i].text, "\n\r\x1b") == NULL);
        require(i == 0 || errors[i - 1].line <= errors[i].line);
    }
}

/* Adds what a day's answers look like, so that nothing is optimised away and every row is read. */
static size_t ask_about_day(const struct book *book, struct date day) {
    const struct book_figures *figures = book_on(book, day);
    size_t seen = figures->threshold_count;

    for (int refusal = REFUSAL_NONE + 1; refusal < REFUSAL_COUNT; refusal++) {
        const struct book_rule *rule = book_rule(book, (enum refusal)refusal, day);

        seen += rule == NULL ? 0 : strlen(rule->article) + strlen(rule->remedy);
    }
    for (int tariff = 0; tariff < TARIFF_COUNT; tariff++) {
        struct book_amount amount;

        if (book_amount_on(book, (enum book_tariff)tariff, day, &amount)) {
            require(money_compare(amount.amount, MONEY_ZERO) > 0);
            seen++;
        }
    }
    for (int envelope = ENVELOPE_CARE_BASE; envelope < ENVELOPE_COUNT; envelope++) {
        seen += book_envelope_on(book, (enum book_envelope_id)envelope, day) != NULL;
    }
    seen += book_share_on(book, day) != NULL;
    seen += strlen(BOOK_ARTICLE(book, day, deadline_day));
    require(date_compare(book_deadline(book, day, DATE_NONE), day) > 0);
    require(date_compare(book_deadline(book, day, day), book_deadline(book, day, DATE_NONE)) >= 0);
    require(date_compare(book_contract_end_after_notice(book, day), day) > 0);
    return seen;
}

static void check_book(const struct book *book) {
    require(book->epoch_count >= 1);
    require(book_share_on(book, book->sessions.from) != NULL);
    require(book_share_on(book, book->sessions.until) != NULL);
    require(book_on(book, book->sessions.from)->deadline_day >= 1);
    for (size_t i = 0; i < book->epoch_count; i++) {
        (void)ask_about_day(book, book->epochs[i].valid.from);
        (void)ask_about_day(book, book->epochs[i].valid.until);
        require(i == 0 ||
                date_compare(book->epochs[i].valid.from, date_add_days(book->epochs[i - 1].valid.until, 1)) == 0);
    }
    (void)ask_about_day(book, date_add_days(book->sessions.from, -400));
    (void)ask_about_day(book, date_add_days(book->sessions.until, 400));
    for (size_t i = 0; i < book_figure_count(book); i++) {
        const struct book_figure *figure = book_figure(book, i);

        require(figure->name[0] != 0 && figure->line >= 1);
        require(date_compare(figure->valid.from, figure->valid.until) <= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    struct yaml_error errors[ERRORS_MAX];
    struct book *book = NULL;
    size_t error_count = 0;
    int result = book_parse((const char *)bytes, count, &book, errors, ERRORS_MAX, &error_count);

    if (result == 1) {
        check_errors(errors, error_count);
        return 0;
    }
    require(result == 0);
    check_book(book);

    struct book *again = NULL;

    require(book_parse((const char *)bytes, count, &again, errors, ERRORS_MAX, &error_count) == 0);
    require(memcmp(book->hash, again->hash, sizeof(book->hash)) == 0);
    require(book_figure_count(book) == book_figure_count(again));
    book_free(again);
    book_free(book);
    return 0;
}
