#include "services/intake/quota_position.h"

#include <string.h>

#include "services/intake/line.h"

struct walk {
    const struct quota_question *question;
    struct quota_answer *answer;
    struct quota_days *days;
    enum book_service service;
    enum book_function function;
    struct date first_from; /* DATE_NONE: the book knows no first session */
};

static bool same_book(const struct walk *walk, const struct index_entry *entry) {
    return strcmp(entry->convention, walk->question->book->convention) == 0;
}

/* --- one counter -------------------------------------------------------------------------------------------------- */

static bool visit_counted(void *context, const struct index_entry *entry) {
    struct walk *walk = context;
    const struct book_figures *figures = walk->question->figures;
    bool concertation = walk->service == SERVICE_CONCERTATION;
    bool counted = concertation
                       ? entry->service == SERVICE_CONCERTATION
                       : entry->function == walk->function &&
                             quota_counts_together(figures, entry->service, walk->service) &&
                             (figures->quota_scope == SCOPE_COUNTRY || entry->network == walk->question->network);
    if (counted && same_book(walk, entry)) {
        quota_days_add(walk->days, entry->date, entry->age);
    }
    return true;
}

static int find_position(struct walk *walk, const struct index_view *view, const struct quota_limits *limits,
                         book_article article) {
    const struct quota_question *question = walk->question;
    struct date last = question->book->sessions.until;
    struct quota_position *position = &walk->answer->positions[walk->answer->position_count++];
    quota_days_clear(walk->days);
    if (question->person != 0) {
        struct date from = quota_reach_from(question->day, limits->window_months);
        int failure = index_scan(view, question->person, from, last, visit_counted, walk);
        if (failure < 0) {
            return failure;
        }
    }
    *position = (struct quota_position){.service = walk->service, .function = walk->function, .article = article};
    int age = date_age_years(question->birth, question->day);
    (void)quota_fits(walk->days, limits, question->day, age, &position->window);
    position->window.held--;
    position->left = position->window.max > position->window.held ? position->window.max - position->window.held : 0;
    position->next_free = quota_next_free(walk->days, limits, question->birth, question->day, last);
    return 0;
}

static int find_counters(struct walk *walk, const struct index_view *view) {
    static const enum book_service services[] = {SERVICE_INDIVIDUAL, SERVICE_GROUP};
    static const enum book_function functions[] = {FUNCTION_F2, FUNCTION_F3};
    const struct quota_question *question = walk->question;
    struct quota_limits limits;
    const struct book_rule *rule = book_rule(question->book, REFUSAL_QUOTA_EXCEEDED, question->day);
    for (size_t i = 0; rule != NULL && i < 4; i++) {
        walk->service = services[i / 2];
        walk->function = functions[i % 2];
        if (quota_limits_of(question->figures, walk->service, walk->function, &limits)) {
            int failure = find_position(walk, view, &limits, rule->article);
            if (failure < 0) {
                return failure;
            }
        }
    }
    rule = book_rule(question->book, REFUSAL_CONCERTATION_REPEATED, question->day);
    if (rule == NULL || question->figures->concertation_max == BOOK_ABSENT) {
        return 0;
    }
    walk->service = SERVICE_CONCERTATION;
    walk->function = FUNCTION_NONE;
    limits = concertation_limits_of(question->figures);
    return find_position(walk, view, &limits, rule->article);
}

/* --- series of 2019, first session, same day ----------------------------------------------------------------------- */

static void note_series(struct walk *walk, const struct index_entry *entry) {
    struct quota_answer *answer = walk->answer;
    answer->year_used++;
    for (size_t i = 0; i < answer->series_count; i++) {
        if (date_compare(answer->series[i].referral, entry->referral) == 0) {
            answer->series[i].used++;
            return;
        }
    }
    if (answer->series_count < SERIES_POSITIONS_MAX) {
        answer->series[answer->series_count++] = (struct series_position){entry->referral, 1};
    }
}

static bool visit_day_and_year(void *context, const struct index_entry *entry) {
    struct walk *walk = context;
    const struct quota_question *question = walk->question;
    bool individual = service_is_individual(entry->service);
    if (individual && !date_is_none(walk->first_from) && date_within(entry->date, walk->first_from, question->day)) {
        walk->answer->first_session = false;
    }
    if (service_is_session(entry->service) && !entry->entourage && date_compare(entry->date, question->day) == 0) {
        walk->answer->same_day = true;
    }
    if (question->figures->referral_series_sessions != BOOK_ABSENT && individual && same_book(walk, entry) &&
        entry->network == question->network && date_year(entry->date) == date_year(question->day)) {
        note_series(walk, entry);
    }
    return true;
}

static int find_day_and_year(struct walk *walk, const struct index_view *view) {
    const struct quota_question *question = walk->question;
    int months = question->figures->first_session_window_months;
    struct date last = date_last_of_year(question->day);
    struct date from = date_add_days(date_add_months(last, -12), 1);
    walk->first_from = months != BOOK_ABSENT ? quota_reach_from(question->day, months) : DATE_NONE;
    walk->answer->first_session = months != BOOK_ABSENT;
    if (months != BOOK_ABSENT && date_compare(walk->first_from, from) < 0) {
        from = walk->first_from;
    }
    return question->person == 0 ? 0 : index_scan(view, question->person, from, last, visit_day_and_year, walk);
}

int quota_positions(const struct quota_question *question, struct store_txn *txn, struct quota_days *days,
                    struct quota_answer *ret) {
    struct index_view view = {.txn = txn};
    struct walk walk = {.question = question, .answer = ret, .days = days};
    *ret = (struct quota_answer){0};
    int failure = find_counters(&walk, &view);
    return failure < 0 ? failure : find_day_and_year(&walk, &view);
}
