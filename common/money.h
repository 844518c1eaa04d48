#ifndef ELP_COMMON_MONEY_H
#define ELP_COMMON_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"

/*
 * Money: whole euro cents in a signed 64-bit integer (rulebook, introduction). The struct keeps a bare integer from
 * compiling as money; only common/money.[ch] touch the field, whose name therefore occurs nowhere else (the lint test
 * `lint.money_is_touched_in_its_own_module_only`). There is no floating point anywhere.
 *
 * Checked operations return false on overflow and leave *ret untouched. The require_ forms are for sums whose bounds
 * were checked at the edge: overflow there is our bug and ends the process.
 */
struct money {
    int64_t raw_cents;
};

#define MONEY_ZERO ((struct money){0})

/* The largest amount accepted from outside: 10 billion euro. Sums of a million of them still fit. */
#define MONEY_INPUT_CENTS_MAX INT64_C(1000000000000)

static inline struct money money_of_cents(int64_t cents) {
    return (struct money){cents};
}

static inline int64_t money_cents(struct money a) {
    return a.raw_cents;
}

MUST_USE bool money_add(struct money a, struct money b, struct money *ret);
MUST_USE bool money_subtract(struct money a, struct money b, struct money *ret);
MUST_USE bool money_multiply(struct money a, int64_t factor, struct money *ret);

struct money money_require_add(struct money a, struct money b);
struct money money_require_subtract(struct money a, struct money b);
struct money money_require_multiply(struct money a, int64_t factor);
struct money money_negate(struct money a);

/* -1, 0 or 1 */
int money_compare(struct money a, struct money b);
struct money money_min(struct money a, struct money b);
struct money money_max(struct money a, struct money b);

/*
 * amount × (10,000 + basis_points) / 10,000, to the nearest cent, ties away from zero (rulebook §5 T6, introduction).
 * basis_points in [-10,000, 1,000,000]. False on overflow and outside that range.
 */
MUST_USE bool money_index_round_nearest(struct money amount, int32_t basis_points, struct money *ret);

/*
 * amount × numerator / denominator, computed in 128 bits. Nearest: ties away from zero. Down: towards negative
 * infinity. denominator > 0. False when the result does not fit.
 */
MUST_USE bool money_fraction_round_nearest(struct money amount, int64_t numerator, int64_t denominator,
                                           struct money *ret);
MUST_USE bool money_fraction_round_down(struct money amount, int64_t numerator, int64_t denominator, struct money *ret);

/*
 * Compares part with basis_points of whole, exactly, without rounding a ratio: -1, 0, 1 as
 * part × 10,000 <, =, > whole × basis_points (rulebook B2).
 */
int money_compare_share(struct money part, struct money whole, int32_t basis_points);

/*
 * Strict text form "1234.56": optional '-', digits without leading zeros (a single 0 is allowed), a point, two digits.
 * No thousands separators, no exponent, no sign '+'. At most MONEY_INPUT_CENTS_MAX. Returns false for anything else,
 * so "86", "86.7", "010.00" and "86.695" are refused.
 */
MUST_USE bool money_parse(const char *text, struct money *ret);

/* "-1234.56" for machines; `size` at least MONEY_TEXT_BYTES. Returns `out`. */
#define MONEY_TEXT_BYTES 32
const char *money_format(struct money a, char *out, size_t size);

/* "-1,234.56" for people. */
const char *money_format_grouped(struct money a, char *out, size_t size);

/*
 * Strict percentage "1.72 %", "1.72%" or "1.72" → 172 basis points; at most two decimals; "10 %" → 1000; from 0 to
 * 10,000 %. No sign, no leading zeros. False otherwise.
 */
MUST_USE bool basis_points_parse(const char *text, int32_t *ret);

#endif
