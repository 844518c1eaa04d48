#include "common/identifiers.h"

#include <string.h>

#define NISS_DIGITS 11
#define INAMI_DIGITS 11
#define BCE_DIGITS 10
#define IBAN_CHARACTERS 16
#define NUMBER_SEPARATORS ".-/ "

/* What the check of a national number puts before the nine digits of somebody born from 2000. */
#define NISS_PREFIX_2000 UINT64_C(2000000000)

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/*
 * Copies the digits of a text into `out` (count_max + 1 bytes). A separator stands alone, between two digits.
 * Returns the number of digits; 0 for any other byte, a misplaced separator or more than `count_max` digits.
 */
static int compact_digits(const char *text, int count_max, char *out) {
    int count = 0;
    for (; *text != '\0'; text++) {
        if (!is_digit(*text)) {
            if (strchr(NUMBER_SEPARATORS, *text) == NULL || count == 0 || !is_digit(text[1])) {
                return 0;
            }
            continue;
        }
        if (count == count_max) {
            return 0;
        }
        out[count++] = *text;
    }
    out[count] = '\0';
    return count;
}

static uint64_t digits_value(const char *digits, int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; i++) {
        value = value * 10 + (uint64_t)(digits[i] - '0');
    }
    return value;
}

/* The check of NISS, INAMI and BCE numbers: 1 to `modulus`, never 0. */
static uint64_t complement_check(uint64_t number, uint64_t modulus) {
    return modulus - number % modulus;
}

static bool niss_is_from_2000(const char *digits) {
    uint64_t number = digits_value(digits, 9);
    return complement_check(NISS_PREFIX_2000 + number, 97) == digits_value(digits + 9, 2);
}

/* The calendar month of the number: 20 or 40 more marks a BIS number. Beyond 12: there is no such month. */
static int niss_month(const char *digits) {
    int month = (int)digits_value(digits + 2, 2);
    if (month >= 40) {
        return month - 40;
    }
    return month >= 20 ? month - 20 : month;
}

bool niss_parse(const char *text, struct niss *ret) {
    struct niss niss;
    if (compact_digits(text, NISS_DIGITS, niss.digits) != NISS_DIGITS) {
        return false;
    }
    int month = niss_month(niss.digits);
    /* Without a month the two digits of the day go on counting people, beyond 31 too. */
    if (month > 12 || (month > 0 && digits_value(niss.digits + 4, 2) > 31)) {
        return false;
    }
    uint64_t check = digits_value(niss.digits + 9, 2);
    if (digits_value(niss.digits, 9) == 0) {
        return false; /* zeros that pass the check are nobody */
    }
    if (complement_check(digits_value(niss.digits, 9), 97) != check && !niss_is_from_2000(niss.digits)) {
        return false;
    }
    *ret = niss;
    return true;
}

bool niss_contradicts_birth(const struct niss *niss, struct date birth) {
    int year;
    int month;
    int day;
    date_split(birth, &year, &month, &day);
    int coded_year = (int)digits_value(niss->digits, 2);
    int coded_month = niss_month(niss->digits);
    int coded_day = (int)digits_value(niss->digits + 4, 2);

    bool other_year = coded_year + (niss_is_from_2000(niss->digits) ? 2000 : 1900) != year;
    if (coded_month == 0) {
        return coded_year != 0 && other_year;
    }
    return other_year || coded_month != month || (coded_day != 0 && coded_day != day);
}

bool niss_birth(const struct niss *niss, struct date *ret) {
    int year = (int)digits_value(niss->digits, 2) + (niss_is_from_2000(niss->digits) ? 2000 : 1900);
    int month = niss_month(niss->digits);
    int day = (int)digits_value(niss->digits + 4, 2);
    return month > 0 && day > 0 && date_make(year, month, day, ret);
}

bool inami_parse(const char *text, struct inami *ret) {
    struct inami inami;
    if (compact_digits(text, INAMI_DIGITS, inami.digits) != INAMI_DIGITS) {
        return false;
    }
    uint64_t number = digits_value(inami.digits, 6);
    uint64_t check = digits_value(inami.digits + 6, 2);
    if (complement_check(number, 97) != check && complement_check(number, 89) != check) {
        return false;
    }
    *ret = inami;
    return true;
}

uint32_t inami_unique(const struct inami *inami) {
    return (uint32_t)digits_value(inami->digits, 8);
}

bool bce_parse(const char *text, struct bce *ret) {
    struct bce bce;
    int count = compact_digits(text, BCE_DIGITS, bce.digits);
    if (count == BCE_DIGITS - 1) {
        memmove(bce.digits + 1, bce.digits, BCE_DIGITS);
        bce.digits[0] = '0';
    } else if (count != BCE_DIGITS) {
        return false;
    }
    /* Numbers that begin with 2 to 8 are establishment units of the same register: none is a payee's. */
    if (bce.digits[0] > '1') {
        return false;
    }
    if (complement_check(digits_value(bce.digits, 8), 97) != digits_value(bce.digits + 8, 2)) {
        return false;
    }
    *ret = bce;
    return true;
}

/* ISO 7064 over the account, then "BE" as 11 and 14, then the two check digits: the remainder is 1. */
static bool iban_check_fits(const char *digits) {
    uint64_t account_remainder = digits_value(digits + 2, 12) % 97;
    uint64_t moved = account_remainder * 1000000 + UINT64_C(1114) * 100 + digits_value(digits, 2);
    return moved % 97 == 1;
}

/* The national check of the account itself: first ten digits mod 97, and 97 where that is 0. */
static bool iban_account_check_fits(const char *account) {
    uint64_t remainder = digits_value(account, 10) % 97;
    return digits_value(account + 10, 2) == (remainder == 0 ? 97 : remainder);
}

bool iban_parse(const char *text, struct iban *ret) {
    struct iban iban;
    int count = 0;
    for (; *text != '\0'; text++) {
        if (*text == ' ') {
            if (count == 0 || text[1] == ' ' || text[1] == '\0') {
                return false;
            }
            continue;
        }
        if (count == IBAN_CHARACTERS || (count >= 2 && !is_digit(*text))) {
            return false;
        }
        iban.text[count++] = *text;
    }
    if (count != IBAN_CHARACTERS || (iban.text[0] | 0x20) != 'b' || (iban.text[1] | 0x20) != 'e') {
        return false;
    }
    if (!iban_check_fits(iban.text + 2) || !iban_account_check_fits(iban.text + 4)) {
        return false;
    }
    iban.text[0] = 'B';
    iban.text[1] = 'E';
    iban.text[IBAN_CHARACTERS] = '\0';
    *ret = iban;
    return true;
}

bool code_parse(const char *text, struct code *ret) {
    size_t length = strnlen(text, CODE_BYTES_MAX + 1);
    if (length > CODE_BYTES_MAX || !(is_letter(text[0]) || is_digit(text[0]))) {
        return false;
    }
    for (size_t i = 1; i < length; i++) {
        if (!is_letter(text[i]) && !is_digit(text[i]) && strchr("._-", text[i]) == NULL) {
            return false;
        }
    }
    /* The rest is zeros, so that two equal codes are equal bytes in a key or a record. */
    memset(ret, 0, sizeof *ret);
    memcpy(ret->text, text, length);
    return true;
}

int pseudo_code_check_digit(const char *six_digits) {
    char digits[7];
    if (strnlen(six_digits, 7) != 6 || compact_digits(six_digits, 6, digits) != 6) {
        return -1;
    }
    return (int)(digits_value(digits, 5) % 7);
}

bool pseudo_code_check_digit_fits(const char *six_digits) {
    int expected = pseudo_code_check_digit(six_digits);
    return expected >= 0 && six_digits[5] - '0' == expected;
}
