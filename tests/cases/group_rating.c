/*
 * group_rating.csv: who gets what for a group session, and what the group and the insurer pay (rulebook T1 to
 * T4).
 */
#include <string.h>

#include "services/rating/rate.h"
#include "tests/cases/rule.h"

enum {
    FUNCTION,
    SESSION_DATE,
    SECOND_LEADER,
    DESIGNATED_RATE_CENTS_PER_HOUR,
    SHARE_EXEMPT_SITE,
    BIRTH_DATES,
    PARTICIPANTS,
    ATTESTING_CENTS,
    SECOND_CENTS,
    ORGANISATION_CENTS,
    PATIENT_SHARE_CENTS,
    INSURER_CENTS,
    COLUMNS,
};

static const char *const columns[COLUMNS] = {
    [FUNCTION] = "function",
    [SESSION_DATE] = "session_date",
    [SECOND_LEADER] = "second_leader",
    [DESIGNATED_RATE_CENTS_PER_HOUR] = "designated_rate_cents_per_hour",
    [SHARE_EXEMPT_SITE] = "share_exempt_site",
    [BIRTH_DATES] = "birth_dates",
    [PARTICIPANTS] = "participants",
    [ATTESTING_CENTS] = "attesting_cents",
    [SECOND_CENTS] = "second_cents",
    [ORGANISATION_CENTS] = "organisation_cents",
    [PATIENT_SHARE_CENTS] = "patient_share_cents",
    [INSURER_CENTS] = "insurer_cents",
};

static const struct {
    const char *word;
    enum book_function function;
} functions[] = {{"F1", FUNCTION_F1}, {"F2", FUNCTION_F2}, {"F3", FUNCTION_F3}};

static const struct {
    const char *word;
    enum second_leader_kind second;
    bool designated;
} second_leaders[] = {
    {"psychologist", SECOND_PSYCHOLOGIST, false},
    {"physician", SECOND_PHYSICIAN, false},
    {"independent", SECOND_HEALTH_PROFESSIONAL, false},
    {"designated", SECOND_EXPERT, true},
};

static bool read_function(struct row *row, struct attestation_facts *facts) {
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(functions[i].word, row->fields[FUNCTION]) == 0) {
            facts->function = functions[i].function;
            return true;
        }
    }
    row_fail(row, FUNCTION, "F1, F2 or F3", row->fields[FUNCTION]);
    return false;
}

/* A designated second leader has a rate and nobody else has one. */
static bool read_second_leader(struct row *row, struct attestation_facts *facts) {
    for (size_t i = 0; i < sizeof second_leaders / sizeof second_leaders[0]; i++) {
        if (strcmp(second_leaders[i].word, row->fields[SECOND_LEADER]) != 0) {
            continue;
        }
        facts->second = second_leaders[i].second;
        facts->second_designated = second_leaders[i].designated;
        if (facts->second_designated) {
            return row_cents(row, DESIGNATED_RATE_CENTS_PER_HOUR, &facts->second_rate_per_hour);
        }
        if (row->fields[DESIGNATED_RATE_CENTS_PER_HOUR][0] != '\0') {
            row_fail(row, DESIGNATED_RATE_CENTS_PER_HOUR, "nothing, since nobody is designated",
                     row->fields[DESIGNATED_RATE_CENTS_PER_HOUR]);
            return false;
        }
        return true;
    }
    row_fail(row, SECOND_LEADER, "psychologist, physician, independent or designated", row->fields[SECOND_LEADER]);
    return false;
}

/* F1 carries a head count; F2 and F3 list each beneficiary. */
static bool read_participants(struct row *row, struct attestation_facts *facts) {
    const char *cursor = row->fields[BIRTH_DATES];
    char word[DATE_TEXT_BYTES];
    while (facts->beneficiary_count < ATTESTATION_BENEFICIARIES_MAX && row_next_word(&cursor, word, sizeof word)) {
        struct date birth;
        if (!date_parse(word, &birth) || date_compare(birth, facts->date) > 0) {
            row_fail(row, BIRTH_DATES, "a birth date before the session", word);
            return false;
        }
        facts->beneficiaries[facts->beneficiary_count++].age = date_age_years(birth, facts->date);
    }
    if (*cursor != '\0') {
        row_fail(row, BIRTH_DATES, "at most 100 dates between single spaces", row->fields[BIRTH_DATES]);
        return false;
    }
    int64_t participants;
    if (!row_whole(row, PARTICIPANTS, ATTESTATION_HEAD_COUNT_MAX, &participants)) {
        return false;
    }
    facts->head_count = (int)participants;
    if (facts->function != FUNCTION_F1 && (size_t)participants != facts->beneficiary_count) {
        row_fail(row, PARTICIPANTS, "as many as there are birth dates", row->fields[PARTICIPANTS]);
        return false;
    }
    return true;
}

static struct money part_fee(const struct rated *rated, Elp__V1__PartRole role) {
    struct money fee = MONEY_ZERO;
    for (size_t i = 0; i < rated->part_count; i++) {
        if (rated->parts[i].role == role) {
            fee = money_require_add(fee, rated->parts[i].fee);
        }
    }
    return fee;
}

static void check(const struct case_books *books, struct row *row) {
    struct attestation_facts facts = {.service = SERVICE_GROUP, .minutes = 120, .direct_minutes = 90};
    if (!row_date(row, SESSION_DATE, &facts.date) || !read_function(row, &facts) || !read_second_leader(row, &facts) ||
        !row_flag(row, SHARE_EXEMPT_SITE, &facts.share_exempt_site) || !read_participants(row, &facts)) {
        return;
    }
    const struct book *book = case_book_on(books, facts.date);
    struct tariff_view view = {.book = NULL};
    if (book != NULL) {
        view = tariff_view_of_book(book);
    }
    struct rated rated;
    if (book == NULL || rate_attestation(&view, &facts, &rated) != RATE_DONE) {
        row_fail(row, SESSION_DATE, "a day on which a book rates groups", row->fields[SESSION_DATE]);
        return;
    }
    row_expect_cents(row, ATTESTING_CENTS, part_fee(&rated, ELP__V1__PART_ROLE__PART_ROLE_ATTESTING));
    row_expect_cents(row, SECOND_CENTS, part_fee(&rated, ELP__V1__PART_ROLE__PART_ROLE_SECOND));
    row_expect_cents(row, ORGANISATION_CENTS, part_fee(&rated, ELP__V1__PART_ROLE__PART_ROLE_DESIGNATOR));
    row_expect_cents(row, PATIENT_SHARE_CENTS, rated.share);
    row_expect_cents(row, INSURER_CENTS, rated.insurer);
}

const struct rule rule_group_rating = {"group_rating", columns, COLUMNS, check};
