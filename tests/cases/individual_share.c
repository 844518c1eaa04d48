/* individual_share.csv: what the patient pays for an individual session (rulebook T3). */
#include "services/rating/rate.h"
#include "tests/cases/rule.h"

enum {
    CONVENTION,
    SESSION_DATE,
    BIRTH_DATE,
    BIM,
    FIRST_INDIVIDUAL_SESSION,
    SHARE_EXEMPT_SITE,
    PATIENT_SHARE_CENTS,
    COLUMNS,
};

static const char *const columns[COLUMNS] = {
    [CONVENTION] = "convention",
    [SESSION_DATE] = "session_date",
    [BIRTH_DATE] = "birth_date",
    [BIM] = "bim",
    [FIRST_INDIVIDUAL_SESSION] = "first_individual_session",
    [SHARE_EXEMPT_SITE] = "share_exempt_site",
    [PATIENT_SHARE_CENTS] = "patient_share_cents",
};

static void check(const struct case_books *books, struct row *row) {
    const struct book *book = case_book(books, row->fields[CONVENTION]);
    if (book == NULL) {
        row_fail(row, CONVENTION, "2019, 2021 or 2024", row->fields[CONVENTION]);
        return;
    }
    struct attestation_facts facts = {.service = SERVICE_INDIVIDUAL, .minutes = 60, .beneficiary_count = 1};
    struct beneficiary_facts *patient = &facts.beneficiaries[0];
    struct date birth;
    if (!row_date(row, SESSION_DATE, &facts.date) || !row_date(row, BIRTH_DATE, &birth) ||
        !row_flag(row, BIM, &patient->increased) || !row_flag(row, FIRST_INDIVIDUAL_SESSION, &patient->first_session) ||
        !row_flag(row, SHARE_EXEMPT_SITE, &facts.share_exempt_site)) {
        return;
    }
    if (date_compare(birth, facts.date) > 0) {
        row_fail(row, BIRTH_DATE, "a day before the session", row->fields[BIRTH_DATE]);
        return;
    }
    patient->age = date_age_years(birth, facts.date);
    /* The 2019 convention has a single function. */
    facts.function = book_on(book, facts.date)->function_required ? FUNCTION_F2 : FUNCTION_NONE;

    struct tariff_view view = tariff_view_of_book(book);
    struct rated rated;
    if (rate_attestation(&view, &facts, &rated) != RATE_DONE) {
        row_fail(row, SESSION_DATE, "a day that the book rates", row->fields[SESSION_DATE]);
        return;
    }
    row_expect_cents(row, PATIENT_SHARE_CENTS, rated.share);
}

const struct rule rule_individual_share = {"individual_share", columns, COLUMNS, check};
