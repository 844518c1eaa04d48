#include "services/intake/history.h"

#include <string.h>

/* The days of two functions around a line's day, for F2 beside F3. DATE_NONE: there is none. */
struct alternation {
    struct date own_before;   /* the earliest */
    struct date other_before; /* the latest */
    struct date other_after;  /* the earliest */
    struct date own_after;    /* the latest */
    bool other_same_day;
};

struct walk {
    const struct judging *judging;
    struct judged_person *person;
    struct quota_days *days;
    struct quota_limits limits;
    bool counts; /* limits hold: quota, or concertation */
    bool alternates;
    struct date first_from; /* DATE_NONE: no first session in this book */
    struct date from;
    struct date until;
    struct alternation alternation;
};

static bool same_book(const struct walk *walk, const struct index_entry *entry) {
    return strcmp(entry->convention, walk->judging->book->convention) == 0;
}

static bool same_network(const struct walk *walk, const struct index_entry *entry) {
    return walk->judging->network != NULL && entry->network == walk->judging->network->entry.first_number;
}

/* --- one standing attestation ------------------------------------------------------------------------------------- */

/* Does the entry count against the line's quota, or against its concertations? Each book by itself. */
static bool is_counted(const struct walk *walk, const struct index_entry *entry) {
    const struct line *line = walk->judging->line;
    const struct book_figures *figures = walk->judging->figures;
    if (!walk->counts || !same_book(walk, entry)) {
        return false;
    }
    if (line->service == SERVICE_CONCERTATION) {
        return entry->service == SERVICE_CONCERTATION;
    }
    return entry->function == line->function && quota_counts_together(figures, entry->service, line->service) &&
           (figures->quota_scope == SCOPE_COUNTRY || same_network(walk, entry));
}

static void earliest(struct date *kept, struct date date) {
    if (date_is_none(*kept) || date_compare(date, *kept) < 0) {
        *kept = date;
    }
}

static void latest(struct date *kept, struct date date) {
    if (date_is_none(*kept) || date_compare(date, *kept) > 0) {
        *kept = date;
    }
}

static void note_alternation(struct walk *walk, const struct index_entry *entry) {
    struct alternation *alternation = &walk->alternation;
    const struct line *line = walk->judging->line;
    bool own = entry->function == line->function;
    int side = date_compare(entry->date, line->date);
    if (side == 0) {
        alternation->other_same_day = alternation->other_same_day || !own;
    } else if (side < 0) {
        if (own) {
            earliest(&alternation->own_before, entry->date);
        } else {
            latest(&alternation->other_before, entry->date);
        }
    } else if (own) {
        latest(&alternation->own_after, entry->date);
    } else {
        earliest(&alternation->other_after, entry->date);
    }
}

/* A series of 2019: per patient, network and calendar year; each referral opens one. */
static void note_series(struct walk *walk, const struct index_entry *entry) {
    struct judged_series *series = &walk->person->series;
    const struct line *line = walk->judging->line;
    series->year_used++;
    if (date_compare(entry->referral, line->referral_date) == 0) {
        series->used++;
        return;
    }
    for (size_t i = 0; i < series->other_count; i++) {
        if (date_compare(series->others[i], entry->referral) == 0) {
            return;
        }
    }
    if (series->other_count < SERIES_OTHERS_MAX) {
        series->others[series->other_count++] = entry->referral;
    }
}

static bool visit(void *context, const struct index_entry *entry) {
    struct walk *walk = context;
    const struct judging *judging = walk->judging;
    const struct line *line = judging->line;
    bool individual = service_is_individual(entry->service);
    if (individual && !date_is_none(walk->first_from) && date_within(entry->date, walk->first_from, line->date)) {
        walk->person->first_session = false;
    }
    if (service_is_session(entry->service) && !entry->entourage && date_compare(entry->date, line->date) == 0) {
        walk->person->same_day_sessions++;
    }
    if (is_counted(walk, entry)) {
        quota_days_add(walk->days, entry->date, entry->age);
    }
    if (walk->alternates && individual && same_book(walk, entry) && entry->function != FUNCTION_NONE) {
        note_alternation(walk, entry);
    }
    if (judging->figures->referral_series_sessions != BOOK_ABSENT && individual && same_book(walk, entry) &&
        same_network(walk, entry) && date_year(entry->date) == date_year(line->date)) {
        note_series(walk, entry);
    }
    return true;
}

/* --- the walk ----------------------------------------------------------------------------------------------------- */

static void reach(struct walk *walk, struct date from, struct date until) {
    earliest(&walk->from, from);
    latest(&walk->until, until);
}

/* Which days have to be looked at. */
static void plan(struct walk *walk) {
    const struct line *line = walk->judging->line;
    const struct book_figures *figures = walk->judging->figures;
    bool individual = service_is_individual(line->service);
    walk->from = line->date;
    walk->until = line->date;
    walk->first_from = DATE_NONE;
    walk->alternation = (struct alternation){DATE_NONE, DATE_NONE, DATE_NONE, DATE_NONE, false};
    walk->counts = quota_limits_of(figures, line->service, line->function, &walk->limits);
    if (line->service == SERVICE_CONCERTATION && figures->concertation_max != BOOK_ABSENT) {
        walk->limits = concertation_limits_of(figures);
        walk->counts = true;
    }
    walk->alternates = individual && figures->parallel_functions_warned && walk->counts;
    if (walk->counts) {
        int months = walk->limits.window_months;
        reach(walk, quota_reach_from(line->date, months), quota_reach_until(line->date, months));
    }
    if (individual && figures->first_session_window_months != BOOK_ABSENT) {
        walk->first_from = quota_reach_from(line->date, figures->first_session_window_months);
        reach(walk, walk->first_from, line->date);
    }
    if (individual && figures->referral_series_sessions != BOOK_ABSENT) {
        struct date last = date_last_of_year(line->date);
        reach(walk, date_add_days(date_add_months(last, -12), 1), last);
    }
}

/* F2 and F3 follow each other: between two sessions of one there is none of the other. */
static bool is_parallel(const struct alternation *at) {
    bool before = !date_is_none(at->own_before) && !date_is_none(at->other_before) &&
                  date_compare(at->own_before, at->other_before) < 0;
    bool after = !date_is_none(at->own_after) && !date_is_none(at->other_after) &&
                 date_compare(at->other_after, at->own_after) < 0;
    return before || after || at->other_same_day || (!date_is_none(at->other_before) && !date_is_none(at->other_after));
}

int history_find(const struct judging *judging, const struct index_view *view, struct quota_days *days,
                 struct judged_person *person) {
    struct walk walk = {.judging = judging, .person = person, .days = days};
    struct quota_window window;
    quota_days_clear(days);
    plan(&walk);
    person->first_session = !date_is_none(walk.first_from);
    if (person->number != 0) {
        int failure = index_scan(view, person->number, walk.from, walk.until, visit, &walk);
        if (failure < 0) {
            return failure;
        }
    }
    if (walk.counts) {
        person->over_quota = !quota_fits(days, &walk.limits, judging->line->date, person->age, &window);
        person->window = window;
    }
    person->parallel = walk.alternates && is_parallel(&walk.alternation);
    return 0;
}
