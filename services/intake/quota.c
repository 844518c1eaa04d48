#include "services/intake/quota.h"

#include <string.h>

void quota_days_clear(struct quota_days *days) {
    days->count = 0;
    days->too_many = false;
}

void quota_days_add(struct quota_days *days, struct date date, int age) {
    if (days->count == QUOTA_DAYS_MAX) {
        days->too_many = true;
        return;
    }
    size_t at = days->count++;
    while (at > 0 && date_compare(days->items[at - 1].date, date) > 0) {
        days->items[at] = days->items[at - 1];
        at--;
    }
    days->items[at] = (struct quota_day){date, age};
}

/* --- windows ------------------------------------------------------------------------------------------------------ */

struct date quota_reach_from(struct date day, int window_months) {
    return date_add_days(date_add_months(day, -window_months), 1);
}

struct date quota_reach_until(struct date day, int window_months) {
    return date_add_months(day, window_months);
}

/* How many stand before `day`. */
static size_t count_before(const struct quota_days *days, struct date day) {
    size_t low = 0;
    size_t high = days->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (date_compare(days->items[middle].date, day) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The window that ends on `until`, with one more inside it; `age` is that on its last session. */
static struct quota_window window_ending(const struct quota_days *days, const struct quota_limits *limits,
                                         struct date until, int age) {
    struct date from = quota_reach_from(until, limits->window_months);
    bool child = limits->child_age_max != BOOK_ABSENT && age <= limits->child_age_max;
    return (struct quota_window){
        .from = from,
        .until = until,
        .held = (int)(count_before(days, date_add_days(until, 1)) - count_before(days, from)) + 1,
        .max = child ? limits->max_child : limits->max_adult,
    };
}

/* The fuller window is kept; true when it holds too many. */
static bool weigh(const struct quota_window *window, struct quota_window *tightest) {
    if (window->max - window->held < tightest->max - tightest->held) {
        *tightest = *window;
    }
    return window->held > window->max;
}

/*
 * Only windows that end with a session need a look: any other holds no more than the one that ends with its last session.
 */
bool quota_fits(const struct quota_days *days, const struct quota_limits *limits, struct date day, int age,
                struct quota_window *ret_window) {
    struct quota_window tightest = window_ending(days, limits, day, age);
    bool over = tightest.held > tightest.max;
    for (size_t i = count_before(days, day); !over && i < days->count; i++) {
        const struct quota_day *last = &days->items[i];
        struct quota_window window = window_ending(days, limits, last->date, last->age);
        if (date_compare(window.from, day) > 0) {
            break;
        }
        over = weigh(&window, &tightest);
    }
    *ret_window = tightest;
    return !over && !days->too_many;
}

/* --- the next free day -------------------------------------------------------------------------------------------- */

struct search {
    const struct quota_days *days;
    const struct quota_limits *limits;
    struct date birth;
    struct date day;
    struct date last;
    struct date found;
};

static void try_day(struct search *search, struct date day) {
    struct quota_window window;
    if (date_compare(day, search->day) < 0 || date_compare(day, search->last) > 0 ||
        (!date_is_none(search->found) && date_compare(day, search->found) >= 0)) {
        return;
    }
    if (quota_fits(search->days, search->limits, day, date_age_years(search->birth, day), &window)) {
        search->found = day;
    }
}

/* The first day whose window does not reach back to `date` any more. */
static struct date first_day_without(struct date date, int window_months) {
    struct date day = date_add_months(date, window_months);
    while (date_compare(quota_reach_from(day, window_months), date) <= 0) {
        day = date_add_days(day, 1);
    }
    return day;
}

/*
 * Room appears only when a session leaves the window behind it, when the last session of a later window is passed, or on
 * the birthday that makes a child an adult: no other day needs a look.
 */
struct date quota_next_free(const struct quota_days *days, const struct quota_limits *limits, struct date birth,
                            struct date day, struct date last) {
    struct search search = {days, limits, birth, day, last, DATE_NONE};
    try_day(&search, day);
    for (size_t i = 0; i < days->count; i++) {
        try_day(&search, first_day_without(days->items[i].date, limits->window_months));
        try_day(&search, date_add_days(days->items[i].date, 1));
    }
    if (limits->child_age_max != BOOK_ABSENT) {
        struct date grown = date_add_months(birth, 12 * (limits->child_age_max + 1));
        try_day(&search, grown);
        try_day(&search, date_add_days(grown, 1)); /* born on 29 February */
    }
    return search.found;
}

/* --- what a book counts ------------------------------------------------------------------------------------------- */

bool quota_counts_together(const struct book_figures *figures, enum book_service a, enum book_service b) {
    bool assessments = figures->quota_counts_assessment;
    enum book_service first = a == SERVICE_ASSESSMENT && assessments ? SERVICE_INDIVIDUAL : a;
    enum book_service second = b == SERVICE_ASSESSMENT && assessments ? SERVICE_INDIVIDUAL : b;
    return first == second;
}

bool quota_limits_of(const struct book_figures *figures, enum book_service service, enum book_function function,
                     struct quota_limits *ret) {
    bool individual = quota_counts_together(figures, service, SERVICE_INDIVIDUAL);
    bool f2 = function == FUNCTION_F2;
    int child = BOOK_ABSENT;
    int adult = BOOK_ABSENT;
    if (function != FUNCTION_F2 && function != FUNCTION_F3) {
        return false;
    }
    if (individual) {
        child = f2 ? figures->quota_f2_individual_child : figures->quota_f3_individual_child;
        adult = f2 ? figures->quota_f2_individual_adult : figures->quota_f3_individual_adult;
    } else if (service == SERVICE_GROUP) {
        child = f2 ? figures->quota_f2_group_child : figures->quota_f3_group_child;
        adult = f2 ? figures->quota_f2_group_adult : figures->quota_f3_group_adult;
    }
    if (child == BOOK_ABSENT || adult == BOOK_ABSENT || figures->quota_window_months == BOOK_ABSENT) {
        return false;
    }
    *ret = (struct quota_limits){figures->quota_window_months, figures->quota_child_age_max, child, adult};
    return true;
}

struct quota_limits concertation_limits_of(const struct book_figures *figures) {
    return (struct quota_limits){figures->concertation_window_months, BOOK_ABSENT, figures->concertation_max,
                                 figures->concertation_max};
}
