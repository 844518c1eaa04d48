/* deadline.csv: until which instant a session may be attested (rulebook §4 deadline-passed). */
#include "common/refusal.h"
#include "tests/cases/rule.h"

enum { SESSION_DATE, RECEIVED_AT, INSURABILITY_RESOLVED_ON, EXPECTED, COLUMNS };

static const char *const columns[COLUMNS] = {
    [SESSION_DATE] = "session_date",
    [RECEIVED_AT] = "received_at",
    [INSURABILITY_RESOLVED_ON] = "insurability_resolved_on",
    [EXPECTED] = "expected",
};

static void check(const struct case_books *books, struct row *row) {
    struct date session;
    struct date resolved;
    instant_us received;
    if (!row_date(row, SESSION_DATE, &session) || !row_date_or_none(row, INSURABILITY_RESOLVED_ON, &resolved)) {
        return;
    }
    if (!instant_parse(row->fields[RECEIVED_AT], &received)) {
        row_fail(row, RECEIVED_AT, "an instant with its offset", row->fields[RECEIVED_AT]);
        return;
    }
    const struct book *book = case_book_on(books, session);
    if (book == NULL) {
        row_fail(row, SESSION_DATE, "a day that a book covers", row->fields[SESSION_DATE]);
        return;
    }
    const struct book_rule *rule = book_rule(book, REFUSAL_DEADLINE_PASSED, session);
    bool late = date_compare(brussels_date(received), book_deadline(book, session, resolved)) > 0;
    bool refused = late && rule != NULL && !rule->warning_only;
    row_expect(row, EXPECTED, refused ? refusal_word(REFUSAL_DEADLINE_PASSED) : "accepted");
}

const struct rule rule_deadline = {"deadline", columns, COLUMNS, check};
