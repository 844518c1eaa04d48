#ifndef ELP_COMMON_CALENDAR_H
#define ELP_COMMON_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"

/*
 * Calendar dates in Europe/Brussels and instants in UTC. This module is the only user of time-zone data; it computes
 * the European Union's summer-time rule itself (last Sunday of March and October, 01:00 UTC), so results do not depend
 * on the machine's tzdata or TZ. Valid for 1996-2099; dates themselves for 1850-01-01 to 2199-12-31.
 */

/* Days since 1970-01-01 (negative before). A struct, so that a day and a number do not mix. */
struct date {
    int32_t days;
};

/* Microseconds since 1970-01-01T00:00:00Z. */
typedef int64_t instant_us;

#define DATE_NONE ((struct date){INT32_MIN})

static inline bool date_is_none(struct date d) {
    return d.days == INT32_MIN;
}

static inline int date_compare(struct date a, struct date b) {
    return (a.days > b.days) - (a.days < b.days);
}

/* from ≤ d ≤ until, both inclusive; DATE_NONE as until means open. */
bool date_within(struct date d, struct date from, struct date until);

/* Year, month 1-12, day 1-31. False when there is no such day or it is out of range. */
MUST_USE bool date_make(int year, int month, int day, struct date *ret);
void date_split(struct date d, int *ret_year, int *ret_month, int *ret_day);
int date_year(struct date d);

/* Strict "YYYY-MM-DD". */
MUST_USE bool date_parse(const char *text, struct date *ret);

/* The same form; DATE_NONE gives an empty text. `size` at least DATE_TEXT_BYTES. Returns `out`. */
#define DATE_TEXT_BYTES 12
const char *date_format(struct date d, char *out, size_t size);

/*
 * No sum leaves the four-digit years: it stops at 0001-01-01 and 9999-12-31, so that a hostile date overflows
 * nothing. Arithmetic on DATE_NONE is our bug and ends the process.
 */
struct date date_add_days(struct date d, int days);

/* The same day number `months` later (or earlier), or that month's last day where there is none (rulebook, introduction). */
struct date date_add_months(struct date d, int months);

struct date date_first_of_month(struct date d);
struct date date_last_of_month(struct date d);
struct date date_last_of_year(struct date d);

/* Completed years of age on a day; birth ≤ day. Born on 29 February: the birthday is 1 March in a common year. */
int date_age_years(struct date birth, struct date day);

/*
 * The first day of the third month after a notice or letter: notice 2026-01-12 → 2026-04-01, the first day that is
 * not covered any more (rulebook R5, R6; S4 art. 11).
 */
struct date date_contract_end_after_notice(struct date notice);

/* The Brussels calendar date of an instant. */
struct date brussels_date(instant_us at);

/* The instant at which a Brussels day begins. */
instant_us brussels_midnight(struct date d);

/*
 * RFC 3339 with offset: "2026-04-05T23:59:59+02:00", "…Z", optional fraction up to six digits. A local time without
 * offset is refused. Strict.
 */
MUST_USE bool instant_parse(const char *text, instant_us *ret);

/* "2026-04-05T21:59:59.000000Z"; size at least INSTANT_TEXT_BYTES. */
#define INSTANT_TEXT_BYTES 32
const char *instant_format(instant_us at, char *out, size_t size);

/* "2026-04-05 23:59:59" in Brussels, for people. */
const char *instant_format_brussels(instant_us at, char *out, size_t size);

/* Strict "HH:MM" → minutes since midnight 0-1439. */
MUST_USE bool minute_of_day_parse(const char *text, int *ret);

#endif
