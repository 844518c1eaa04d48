#ifndef ELP_SERVICES_INTAKE_QUOTA_H
#define ELP_SERVICES_INTAKE_QUOTA_H

#include <stdbool.h>
#include <stddef.h>

#include "common/book.h"
#include "common/calendar.h"

/*
 * Counting in windows (rulebook §4 quota-exceeded, concertation-repeated): no window of so many months holds more than the
 * maximum, whatever order the lines arrive in. A window that ends on a day begins the day after the same day that many
 * months before. Pure functions over the days of what stands: no store, no book look-up, no clock.
 */

/*
 * The days on which something counted stands. More than fit cannot be under any maximum that a book may state (1,000),
 * and all of them lie in at most two windows around the day that is judged: that is an excess without counting.
 */
#define QUOTA_DAYS_MAX 2048
struct quota_days {
    size_t count;
    bool too_many;
    struct quota_day {
        struct date date;
        int age; /* of the beneficiary on that day */
    } items[QUOTA_DAYS_MAX];
};

struct quota_limits {
    int window_months;
    int child_age_max; /* on the window's last session; BOOK_ABSENT: everybody is an adult */
    int max_child;
    int max_adult;
};

/* One window and what it holds. */
struct quota_window {
    struct date from;
    struct date until;
    int held;
    int max;
};

void quota_days_clear(struct quota_days *days);
/* Keeps the days in order; those of the store come in order already. */
void quota_days_add(struct quota_days *days, struct date date, int age);

/*
 * Does everything still fit with one more on `day` by somebody of `age` then? *ret_window is the first window that would
 * hold too many; when all fit, the one that has the least room left. Its `held` counts the one more.
 */
bool quota_fits(const struct quota_days *days, const struct quota_limits *limits, struct date day, int age,
                struct quota_window *ret_window);

/* The first day from `day` on, at most `last`, on which one more fits; DATE_NONE: none up to `last`. */
struct date quota_next_free(const struct quota_days *days, const struct quota_limits *limits, struct date birth,
                            struct date day, struct date last);

/* The days from which and until which what stands shares a window with `day`. */
struct date quota_reach_from(struct date day, int window_months);
struct date quota_reach_until(struct date day, int window_months);

/*
 * The limits that a book sets for a service and function; false when it counts nothing of the kind. An assessment counts
 * as an individual session if the book says so.
 */
bool quota_limits_of(const struct book_figures *figures, enum book_service service, enum book_function function,
                     struct quota_limits *ret);
struct quota_limits concertation_limits_of(const struct book_figures *figures);

/* Are two services counted together? Group apart from individual; an assessment by the book's word. */
bool quota_counts_together(const struct book_figures *figures, enum book_service a, enum book_service b);

#endif
