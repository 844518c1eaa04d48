/*
 * notice.csv: the first day that a contract no longer covers after a notice or a refused letter (rulebook R5,
 * R6).
 */
#include "tests/cases/rule.h"

enum { NOTICE_OR_LETTER_DATE, CONTRACT_ENDS_ON, COLUMNS };

static const char *const columns[COLUMNS] = {
    [NOTICE_OR_LETTER_DATE] = "notice_or_letter_date",
    [CONTRACT_ENDS_ON] = "contract_ends_on",
};

static void check(const struct case_books *books, struct row *row) {
    struct date notice;
    if (!row_date(row, NOTICE_OR_LETTER_DATE, &notice)) {
        return;
    }
    char got[DATE_TEXT_BYTES];
    struct date end = book_contract_end_after_notice(case_book(books, "2024"), notice);
    row_expect(row, CONTRACT_ENDS_ON, date_format(end, got, sizeof got));
}

const struct rule rule_notice = {"notice", columns, COLUMNS, check};
