#include "common/calendar.h"

#include <string.h>

#include "common/require.h"

#define YEAR_MIN 1850
#define YEAR_MAX 2199

/* Sums stay within four-digit years, 0001-01-01 to 9999-12-31, so that a hostile date cannot overflow one. */
#define DAYS_MIN INT64_C(-719162)
#define DAYS_MAX INT64_C(2932896)
#define SUM_YEAR_MIN 1
#define SUM_YEAR_MAX 9999

#define DAYS_FROM_0000_03_01 719468 /* to 1970-01-01, in the proleptic Gregorian calendar */
#define DAYS_PER_ERA 146097         /* 400 years */
#define SECONDS_PER_DAY INT64_C(86400)
#define SECONDS_PER_HOUR INT64_C(3600)
#define MICROSECONDS_PER_SECOND INT64_C(1000000)

static int64_t floor_divide(int64_t dividend, int64_t divisor) {
    int64_t quotient = dividend / divisor;
    return dividend % divisor < 0 ? quotient - 1 : quotient;
}

static bool is_leap_year(int year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

/* Years are counted from 1 March here, so that the leap day is the last day of its year. */
static int64_t days_from_civil(int year, int month, int day) {
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = floor_divide(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t month_from_march = (month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_FROM_0000_03_01;
}

static struct date date_of_days(int64_t days) {
    if (days < DAYS_MIN) {
        days = DAYS_MIN;
    }
    if (days > DAYS_MAX) {
        days = DAYS_MAX;
    }
    return (struct date){(int32_t)days};
}

bool date_within(struct date d, struct date from, struct date until) {
    return date_compare(from, d) <= 0 && (date_is_none(until) || date_compare(d, until) <= 0);
}

bool date_make(int year, int month, int day, struct date *ret) {
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12) {
        return false;
    }
    if (day < 1 || day > days_in_month(year, month)) {
        return false;
    }
    ret->days = (int32_t)days_from_civil(year, month, day);
    return true;
}

void date_split(struct date d, int *ret_year, int *ret_month, int *ret_day) {
    require(!date_is_none(d));
    int64_t days = (int64_t)d.days + DAYS_FROM_0000_03_01;
    int64_t era = floor_divide(days, DAYS_PER_ERA);
    int64_t day_of_era = days - era * DAYS_PER_ERA;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);

    *ret_day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    *ret_month = month;
    *ret_year = (int)(year_of_era + era * 400 + (month <= 2));
}

int date_year(struct date d) {
    int year;
    int month;
    int day;
    date_split(d, &year, &month, &day);
    return year;
}

/* Reads exactly `count` digits; false at the first byte that is none, so it stays within the text. */
static bool parse_digits(const char *text, int count, int *ret) {
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (text[i] - '0');
    }
    *ret = value;
    return true;
}

/* "YYYY-MM-DD" at the start of a text; what follows its ten bytes is the caller's. */
static bool parse_date_prefix(const char *text, struct date *ret) {
    int year;
    int month;
    int day;
    return parse_digits(text, 4, &year) && text[4] == '-' && parse_digits(text + 5, 2, &month) && text[7] == '-' &&
           parse_digits(text + 8, 2, &day) && date_make(year, month, day, ret);
}

bool date_parse(const char *text, struct date *ret) {
    struct date d;
    if (!parse_date_prefix(text, &d) || text[10] != '\0') {
        return false;
    }
    *ret = d;
    return true;
}

static char *write_digits(char *out, int64_t value, int count) {
    for (int i = count - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return out + count;
}

static char *write_date(char *out, struct date d) {
    int year;
    int month;
    int day;
    date_split(date_of_days(d.days), &year, &month, &day);
    out = write_digits(out, year, 4);
    *out++ = '-';
    out = write_digits(out, month, 2);
    *out++ = '-';
    return write_digits(out, day, 2);
}

const char *date_format(struct date d, char *out, size_t size) {
    require(size >= DATE_TEXT_BYTES);
    if (date_is_none(d)) {
        out[0] = '\0';
    } else {
        *write_date(out, d) = '\0';
    }
    return out;
}

struct date date_add_days(struct date d, int days) {
    require(!date_is_none(d));
    return date_of_days((int64_t)d.days + days);
}

struct date date_add_months(struct date d, int months) {
    int year;
    int month;
    int day;
    date_split(d, &year, &month, &day);
    int64_t months_sum = (int64_t)year * 12 + (month - 1) + months;
    int64_t year_sum = floor_divide(months_sum, 12);
    if (year_sum < SUM_YEAR_MIN || year_sum > SUM_YEAR_MAX) {
        return date_of_days(year_sum < SUM_YEAR_MIN ? DAYS_MIN : DAYS_MAX);
    }
    year = (int)year_sum;
    month = (int)(months_sum - year_sum * 12) + 1;
    int day_max = days_in_month(year, month);
    return date_of_days(days_from_civil(year, month, day < day_max ? day : day_max));
}

struct date date_first_of_month(struct date d) {
    int year;
    int month;
    int day;
    date_split(d, &year, &month, &day);
    return date_of_days((int64_t)d.days - (day - 1));
}

struct date date_last_of_month(struct date d) {
    int year;
    int month;
    int day;
    date_split(d, &year, &month, &day);
    return date_of_days(days_from_civil(year, month, days_in_month(year, month)));
}

struct date date_last_of_year(struct date d) {
    return date_of_days(days_from_civil(date_year(d), 12, 31));
}

int date_age_years(struct date birth, struct date day) {
    int birth_year;
    int birth_month;
    int birth_day;
    int year;
    int month;
    int day_of_month;
    date_split(birth, &birth_year, &birth_month, &birth_day);
    date_split(day, &year, &month, &day_of_month);
    bool before_birthday = month < birth_month || (month == birth_month && day_of_month < birth_day);
    return year - birth_year - (before_birthday ? 1 : 0);
}

struct date date_contract_end_after_notice(struct date notice) {
    return date_add_months(date_first_of_month(notice), 3);
}

/* 1970-01-01 was a Thursday; Sunday is 0. */
static int64_t last_sunday(int year, int month) {
    int64_t last = days_from_civil(year, month, days_in_month(year, month));
    return last - (last + 4 - floor_divide(last + 4, 7) * 7);
}

/* Summer time begins and ends at 01:00 UTC on the last Sundays of March and October in the whole Union. */
static int64_t brussels_seconds(instant_us at) {
    int64_t utc = floor_divide(at, MICROSECONDS_PER_SECOND);
    int year = date_year(date_of_days(floor_divide(utc, SECONDS_PER_DAY)));
    int64_t begin = last_sunday(year, 3) * SECONDS_PER_DAY + SECONDS_PER_HOUR;
    int64_t end = last_sunday(year, 10) * SECONDS_PER_DAY + SECONDS_PER_HOUR;
    return utc + (utc >= begin && utc < end ? 2 : 1) * SECONDS_PER_HOUR;
}

struct date brussels_date(instant_us at) {
    return date_of_days(floor_divide(brussels_seconds(at), SECONDS_PER_DAY));
}

instant_us brussels_midnight(struct date d) {
    require(!date_is_none(d));
    struct date held = date_of_days(d.days);
    int year = date_year(held);
    /* Clocks change after midnight, so a day on which they do still begins on the old offset. */
    bool summer = held.days > last_sunday(year, 3) && held.days <= last_sunday(year, 10);
    int64_t utc = held.days * SECONDS_PER_DAY - (summer ? 2 : 1) * SECONDS_PER_HOUR;
    return utc * MICROSECONDS_PER_SECOND;
}

/* "HH:MM" at the start of a text. */
static bool parse_minute_prefix(const char *text, int *ret_minute) {
    int hour;
    int minute;
    if (!parse_digits(text, 2, &hour) || text[2] != ':' || !parse_digits(text + 3, 2, &minute)) {
        return false;
    }
    if (hour > 23 || minute > 59) {
        return false;
    }
    *ret_minute = hour * 60 + minute;
    return true;
}

/* ".1" to ".123456"; returns what follows, or NULL. A text without a fraction is whole seconds. */
static const char *parse_fraction(const char *text, int64_t *ret_microseconds) {
    *ret_microseconds = 0;
    if (text[0] != '.') {
        return text;
    }
    text++;
    int64_t weight = MICROSECONDS_PER_SECOND / 10;
    int64_t value = 0;
    int digit;
    while (weight > 0 && parse_digits(text, 1, &digit)) {
        value += digit * weight;
        weight /= 10;
        text++;
    }
    if (weight == MICROSECONDS_PER_SECOND / 10) {
        return NULL;
    }
    *ret_microseconds = value;
    return text;
}

/* "Z" or "±HH:MM", to the end of the text. */
static bool parse_offset(const char *text, int *ret_minutes) {
    if (strcmp(text, "Z") == 0) {
        *ret_minutes = 0;
        return true;
    }
    int minutes;
    if ((text[0] != '+' && text[0] != '-') || !parse_minute_prefix(text + 1, &minutes) || text[6] != '\0') {
        return false;
    }
    *ret_minutes = text[0] == '-' ? -minutes : minutes;
    return true;
}

bool instant_parse(const char *text, instant_us *ret) {
    struct date d;
    int minute_of_day;
    int second;
    int64_t microseconds;
    int offset_minutes;
    if (!parse_date_prefix(text, &d) || text[10] != 'T' || !parse_minute_prefix(text + 11, &minute_of_day) ||
        text[16] != ':' || !parse_digits(text + 17, 2, &second) || second > 59) {
        return false;
    }
    const char *rest = parse_fraction(text + 19, &microseconds);
    if (rest == NULL || !parse_offset(rest, &offset_minutes)) {
        return false;
    }
    int64_t utc = d.days * SECONDS_PER_DAY + (minute_of_day - offset_minutes) * INT64_C(60) + second;
    *ret = utc * MICROSECONDS_PER_SECOND + microseconds;
    return true;
}

/* "YYYY-MM-DD?HH:MM:SS" for seconds since 1970 in whatever offset the caller has applied. */
static char *write_seconds(char *out, int64_t seconds, char separator) {
    int64_t days = floor_divide(seconds, SECONDS_PER_DAY);
    int64_t second_of_day = seconds - days * SECONDS_PER_DAY;
    out = write_date(out, date_of_days(days));
    *out++ = separator;
    out = write_digits(out, second_of_day / SECONDS_PER_HOUR, 2);
    *out++ = ':';
    out = write_digits(out, second_of_day / 60 % 60, 2);
    *out++ = ':';
    return write_digits(out, second_of_day % 60, 2);
}

const char *instant_format(instant_us at, char *out, size_t size) {
    require(size >= INSTANT_TEXT_BYTES);
    int64_t microsecond = at % MICROSECONDS_PER_SECOND;
    char *end = write_seconds(out, floor_divide(at, MICROSECONDS_PER_SECOND), 'T');
    *end++ = '.';
    end = write_digits(end, microsecond < 0 ? microsecond + MICROSECONDS_PER_SECOND : microsecond, 6);
    *end++ = 'Z';
    *end = '\0';
    return out;
}

const char *instant_format_brussels(instant_us at, char *out, size_t size) {
    require(size >= INSTANT_TEXT_BYTES);
    *write_seconds(out, brussels_seconds(at), ' ') = '\0';
    return out;
}

bool minute_of_day_parse(const char *text, int *ret) {
    int minute;
    if (!parse_minute_prefix(text, &minute) || text[5] != '\0') {
        return false;
    }
    *ret = minute;
    return true;
}
