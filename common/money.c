#include "common/money.h"

#include <string.h>

#include "common/require.h"

/* Products of an amount and a factor are exact in 128 bits; only the result has to fit 64. */
typedef __int128 wide;

#define BASIS_POINTS_ONE 10000
#define BASIS_POINTS_INDEX_MIN (-10000)
#define BASIS_POINTS_MAX 1000000

static bool wide_to_money(wide cents, struct money *ret) {
    if (cents < INT64_MIN || cents > INT64_MAX) {
        return false;
    }
    *ret = (struct money){(int64_t)cents};
    return true;
}

/* C division truncates towards zero; half a divisor or more left over moves one further away from it. */
static wide wide_divide_nearest(wide dividend, wide divisor) {
    wide quotient = dividend / divisor;
    wide remainder = dividend % divisor;
    wide left = remainder < 0 ? -remainder : remainder;
    if (2 * left >= divisor) {
        quotient += dividend < 0 ? -1 : 1;
    }
    return quotient;
}

static wide wide_divide_down(wide dividend, wide divisor) {
    wide quotient = dividend / divisor;
    if (dividend % divisor < 0) {
        quotient -= 1;
    }
    return quotient;
}

bool money_add(struct money a, struct money b, struct money *ret) {
    int64_t sum;
    if (__builtin_add_overflow(a.raw_cents, b.raw_cents, &sum)) {
        return false;
    }
    ret->raw_cents = sum;
    return true;
}

bool money_subtract(struct money a, struct money b, struct money *ret) {
    int64_t difference;
    if (__builtin_sub_overflow(a.raw_cents, b.raw_cents, &difference)) {
        return false;
    }
    ret->raw_cents = difference;
    return true;
}

bool money_multiply(struct money a, int64_t factor, struct money *ret) {
    int64_t product;
    if (__builtin_mul_overflow(a.raw_cents, factor, &product)) {
        return false;
    }
    ret->raw_cents = product;
    return true;
}

struct money money_require_add(struct money a, struct money b) {
    struct money sum = MONEY_ZERO;
    bool fits = money_add(a, b, &sum);
    require(fits);
    return sum;
}

struct money money_require_subtract(struct money a, struct money b) {
    struct money difference = MONEY_ZERO;
    bool fits = money_subtract(a, b, &difference);
    require(fits);
    return difference;
}

struct money money_require_multiply(struct money a, int64_t factor) {
    struct money product = MONEY_ZERO;
    bool fits = money_multiply(a, factor, &product);
    require(fits);
    return product;
}

struct money money_negate(struct money a) {
    return money_require_subtract(MONEY_ZERO, a);
}

int money_compare(struct money a, struct money b) {
    return (a.raw_cents > b.raw_cents) - (a.raw_cents < b.raw_cents);
}

struct money money_min(struct money a, struct money b) {
    return a.raw_cents <= b.raw_cents ? a : b;
}

struct money money_max(struct money a, struct money b) {
    return a.raw_cents >= b.raw_cents ? a : b;
}

bool money_index_round_nearest(struct money amount, int32_t basis_points, struct money *ret) {
    if (basis_points < BASIS_POINTS_INDEX_MIN || basis_points > BASIS_POINTS_MAX) {
        return false;
    }
    return money_fraction_round_nearest(amount, BASIS_POINTS_ONE + basis_points, BASIS_POINTS_ONE, ret);
}

bool money_fraction_round_nearest(struct money amount, int64_t numerator, int64_t denominator, struct money *ret) {
    require(denominator > 0);
    return wide_to_money(wide_divide_nearest((wide)amount.raw_cents * numerator, denominator), ret);
}

bool money_fraction_round_down(struct money amount, int64_t numerator, int64_t denominator, struct money *ret) {
    require(denominator > 0);
    return wide_to_money(wide_divide_down((wide)amount.raw_cents * numerator, denominator), ret);
}

int money_compare_share(struct money part, struct money whole, int32_t basis_points) {
    wide left = (wide)part.raw_cents * BASIS_POINTS_ONE;
    wide right = (wide)whole.raw_cents * basis_points;
    return (left > right) - (left < right);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/*
 * Reads digits without a leading zero (a single 0 is allowed) up to `max`; both texts of this module begin
 * so. Returns the first byte that is no digit, or NULL when there is no digit, a leading zero or a number
 * beyond `max`.
 */
static const char *parse_whole(const char *text, int64_t max, int64_t *ret) {
    if (!is_digit(text[0]) || (text[0] == '0' && is_digit(text[1]))) {
        return NULL;
    }
    int64_t value = 0;
    while (is_digit(*text)) {
        value = value * 10 + (*text - '0');
        if (value > max) {
            return NULL;
        }
        text++;
    }
    *ret = value;
    return text;
}

bool money_parse(const char *text, struct money *ret) {
    bool negative = text[0] == '-';
    int64_t euro;
    const char *rest = parse_whole(negative ? text + 1 : text, MONEY_INPUT_CENTS_MAX / 100, &euro);
    if (rest == NULL || rest[0] != '.' || !is_digit(rest[1]) || !is_digit(rest[2]) || rest[3] != '\0') {
        return false;
    }
    int64_t cents = euro * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
    if (cents > MONEY_INPUT_CENTS_MAX) {
        return false;
    }
    ret->raw_cents = negative ? -cents : cents;
    return true;
}

/* Written from the last digit backwards; group is the number of digits between commas, or 0 for none. */
static const char *format_cents(int64_t cents, int group, char *out, size_t size) {
    require(size >= MONEY_TEXT_BYTES);
    char text[MONEY_TEXT_BYTES];
    char *p = text + sizeof text;
    /* The magnitude of INT64_MIN exists only as an unsigned number. */
    uint64_t left = cents < 0 ? -(uint64_t)cents : (uint64_t)cents;

    *--p = '\0';
    *--p = (char)('0' + left % 10);
    left /= 10;
    *--p = (char)('0' + left % 10);
    left /= 10;
    *--p = '.';
    int written = 0;
    do {
        if (group > 0 && written > 0 && written % group == 0) {
            *--p = ',';
        }
        *--p = (char)('0' + left % 10);
        left /= 10;
        written++;
    } while (left > 0);
    if (cents < 0) {
        *--p = '-';
    }
    memcpy(out, p, (size_t)(text + sizeof text - p));
    return out;
}

const char *money_format(struct money a, char *out, size_t size) {
    return format_cents(a.raw_cents, 0, out, size);
}

const char *money_format_grouped(struct money a, char *out, size_t size) {
    return format_cents(a.raw_cents, 3, out, size);
}

bool basis_points_parse(const char *text, int32_t *ret) {
    int64_t percent;
    const char *rest = parse_whole(text, BASIS_POINTS_MAX / 100, &percent);
    if (rest == NULL) {
        return false;
    }
    int64_t basis_points = percent * 100;
    if (rest[0] == '.') {
        if (!is_digit(rest[1])) {
            return false;
        }
        basis_points += (rest[1] - '0') * 10;
        rest += 2;
        if (is_digit(rest[0])) {
            basis_points += rest[0] - '0';
            rest++;
        }
    }
    if (strcmp(rest, "") != 0 && strcmp(rest, " %") != 0 && strcmp(rest, "%") != 0) {
        return false;
    }
    if (basis_points > BASIS_POINTS_MAX) {
        return false;
    }
    *ret = (int32_t)basis_points;
    return true;
}
