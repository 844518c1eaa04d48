#ifndef ELP_COMMON_IDENTIFIERS_H
#define ELP_COMMON_IDENTIFIERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/calendar.h"
#include "common/failure.h"

/*
 * Identifiers are parsed into their own types at the edge (rulebook R10) and stay in them. All parsers accept the
 * usual separators (NISS, INAMI and BCE: dots, dashes, slashes, spaces; IBAN: spaces), one at a time between two
 * digits, and nothing else, and return false on a wrong length or check.
 */

/* National number of a beneficiary: 11 digits. Never leaves intake, is never printed and never logged. */
struct niss {
    char digits[12];
};

/*
 * Check 97 − n mod 97 over the first nine digits, with prefix 2 for people born from 2000; both are tried. BIS months
 * (+20, +40) and month or day 00 are accepted; month 13 or day 32 of a month is not. With month 00 the day only goes on
 * counting, so any day is accepted.
 */
MUST_USE bool niss_parse(const char *text, struct niss *ret);

/*
 * True when the birth date coded in the number contradicts `birth`. Unknown parts (day 00; month 00 and then the day
 * too; year 00 with month 00) contradict nothing; the explicit birth date wins over the number (R10), so this is a
 * remark, never a refusal.
 */
bool niss_contradicts_birth(const struct niss *niss, struct date birth);

/* The birth date coded in the number; false where month or day are 00 or the day does not exist. */
MUST_USE bool niss_birth(const struct niss *niss, struct date *ret);

/*
 * INAMI (RIZIV) number: 11 digits. Six digits and their check, 97 − n mod 97 or with 89 in newer numbers, are unique;
 * the last three are the competence code, which changes during a career and has no check.
 */
struct inami {
    char digits[12];
};
MUST_USE bool inami_parse(const char *text, struct inami *ret);

/* The unique part: the first eight digits as a number, 1-99,999,999. Providers are keyed by it everywhere. */
uint32_t inami_unique(const struct inami *inami);

/*
 * Enterprise number: 10 digits (nine are padded with a leading 0), 97 − first eight mod 97. It begins with 0 or 1: the
 * others are establishment units.
 */
struct bce {
    char digits[11];
};
MUST_USE bool bce_parse(const char *text, struct bce *ret);

/* Belgian account: "BE" or "be" + 14 digits; ISO 7064 mod 97-10 and the inner mod 97. Stored without spaces, upper case. */
struct iban {
    char text[17];
};
MUST_USE bool iban_parse(const char *text, struct iban *ret);

/*
 * Short codes given by people (network, site, programme, payee, contract, principal): 1 to CODE_BYTES_MAX bytes of
 * A-Z a-z 0-9 . _ - and starting with a letter or digit.
 */
#define CODE_BYTES_MAX 32
struct code {
    char text[CODE_BYTES_MAX + 1];
};
MUST_USE bool code_parse(const char *text, struct code *ret);

/* The pseudo-code check of rulebook §2: sixth digit = first five digits mod 7. Warn on false, never refuse. */
bool pseudo_code_check_digit_fits(const char *six_digits);
/* The sixth digit that would fit; -1 when the text is not six digits. */
int pseudo_code_check_digit(const char *six_digits);

#endif
