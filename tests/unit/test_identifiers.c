/*
 * Goal: identifiers with a right check are read into one form, everything else is refused, and a national
 * number is never a reason to doubt an explicit birth date that it does not know.
 * Method: numbers of the worked cases, numbers built here with their check, and both of them damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/identifiers.h"

static struct date date_of(int year, int month, int day) {
    struct date d = DATE_NONE;
    assert_true(date_make(year, month, day, &d));
    return d;
}

static void assert_no_niss(const char *text) {
    struct niss niss = {"unchanged"};
    if (niss_parse(text, &niss)) {
        fail_msg("read as NISS: \"%s\"", text);
    }
    assert_string_equal(niss.digits, "unchanged");
}

static void assert_niss(const char *text, const char *digits) {
    struct niss niss = {""};
    if (!niss_parse(text, &niss)) {
        fail_msg("refused as NISS: \"%s\"", text);
    }
    assert_string_equal(niss.digits, digits);
}

/* Nine digits and their check, with the prefix of people born from 2000 or without. */
static struct niss niss_with_check(const char *nine_digits, bool from_2000) {
    unsigned long long number = 0;
    assert_int_equal(sscanf(nine_digits, "%9llu", &number), 1);
    number += from_2000 ? 2000000000ULL : 0;
    char text[16];
    (void)snprintf(text, sizeof text, "%.9s%02llu", nine_digits, 97 - number % 97);
    struct niss niss = {""};
    if (!niss_parse(text, &niss)) {
        fail_msg("refused as NISS: \"%s\"", text);
    }
    return niss;
}

static void national_numbers_of_both_centuries_are_read(void **state) {
    (void)state;
    assert_niss("85073003328", "85073003328");
    assert_niss("17073003384", "17073003384");
    assert_niss("98472899765", "98472899765");
    assert_niss("01490700185", "01490700185");
    assert_niss("85.07.30-033.28", "85073003328");
    assert_niss("85 07 30 033 28", "85073003328");
    assert_niss("850730/033/28", "85073003328");
    /* A number that 97 divides has check 97, not 00. */
    assert_niss("85010101697", "85010101697");
    /* Zeros whose check fits are nobody. */
    assert_no_niss("00000000097");
    assert_no_niss("00000000000");
}

static void a_national_number_of_another_shape_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "8507300332",
        "850730033280",
        "85073003329",
        "8507300332a",
        "85073003328 ",
        " 85073003328",
        "85..073003328",
        "85.-073003328",
        "-85073003328",
        "85073003328-",
        "85,07,30,033,28",
        "85_07_30_033_28",
        "+5073003328",
        "85073003328\n",
        "\331\2505073003328",
        "............",
        "85073003328850730033288507300332885",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_no_niss(bad[i]);
    }
}

static void any_one_wrong_digit_of_a_national_number_is_found(void **state) {
    (void)state;
    for (int place = 0; place < 11; place++) {
        for (char digit = '0'; digit <= '9'; digit++) {
            char text[12] = "85073003328";
            if (text[place] == digit) {
                continue;
            }
            text[place] = digit;
            struct niss niss;
            if (niss_parse(text, &niss)) {
                /* The other century's check is a second chance, and some numbers fit that one. */
                unsigned long long number = 0;
                assert_int_equal(sscanf(text, "%9llu", &number), 1);
                assert_int_equal(97 - (2000000000ULL + number) % 97, (text[9] - '0') * 10 + (text[10] - '0'));
            }
        }
    }
}

static void bis_months_and_unknown_parts_are_accepted_and_months_that_do_not_exist_are_not(void **state) {
    (void)state;
    static const struct {
        int month;
        int day;
        bool accepted;
    } rows[] = {
        {0, 0, true},   {0, 1, true},   {0, 31, true},   {0, 99, true},  {1, 0, true},   {12, 31, true},
        {13, 1, false}, {19, 1, false}, {20, 0, true},   {20, 99, true}, {21, 1, true},  {32, 31, true},
        {33, 1, false}, {39, 1, false}, {40, 0, true},   {41, 1, true},  {52, 31, true}, {53, 1, false},
        {99, 1, false}, {1, 32, false}, {52, 32, false}, {2, 31, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[16];
        unsigned number = 850000033U + (unsigned)rows[i].month * 100000U + (unsigned)rows[i].day * 1000U;
        (void)snprintf(text, sizeof text, "%09u%02u", number, 97 - number % 97);
        struct niss niss;
        assert_int_equal(niss_parse(text, &niss), rows[i].accepted);
    }
}

static void a_national_number_contradicts_only_what_it_knows(void **state) {
    (void)state;
    struct niss niss = niss_with_check("850730033", false);
    assert_false(niss_contradicts_birth(&niss, date_of(1985, 7, 30)));
    assert_true(niss_contradicts_birth(&niss, date_of(1985, 7, 29)));
    assert_true(niss_contradicts_birth(&niss, date_of(1985, 8, 30)));
    assert_true(niss_contradicts_birth(&niss, date_of(1986, 7, 30)));
    assert_true(niss_contradicts_birth(&niss, date_of(2085, 7, 30)));

    niss = niss_with_check("170730033", true);
    assert_false(niss_contradicts_birth(&niss, date_of(2017, 7, 30)));
    assert_true(niss_contradicts_birth(&niss, date_of(1917, 7, 30)));

    niss = niss_with_check("984728997", false);
    assert_false(niss_contradicts_birth(&niss, date_of(1998, 7, 28)));
    niss = niss_with_check("982728997", false);
    assert_false(niss_contradicts_birth(&niss, date_of(1998, 7, 28)));
    assert_true(niss_contradicts_birth(&niss, date_of(1998, 8, 28)));

    niss = niss_with_check("850700033", false);
    assert_false(niss_contradicts_birth(&niss, date_of(1985, 7, 30)));
    assert_true(niss_contradicts_birth(&niss, date_of(1985, 8, 30)));
    niss = niss_with_check("854001033", false);
    assert_false(niss_contradicts_birth(&niss, date_of(1985, 7, 30)));
    assert_true(niss_contradicts_birth(&niss, date_of(1986, 7, 30)));
    niss = niss_with_check("000001033", false);
    assert_false(niss_contradicts_birth(&niss, date_of(1961, 7, 30)));
    /* Year 00 beside a month is the year 1900 or 2000. */
    niss = niss_with_check("000130033", true);
    assert_false(niss_contradicts_birth(&niss, date_of(2000, 1, 30)));
    assert_true(niss_contradicts_birth(&niss, date_of(1900, 1, 30)));
}

static void inami_numbers_with_either_check_are_read_and_keyed_by_their_first_eight_digits(void **state) {
    (void)state;
    struct inami inami = {""};
    assert_true(inami_parse("19234011004", &inami));
    assert_string_equal(inami.digits, "19234011004");
    assert_int_equal(inami_unique(&inami), 19234011);
    assert_true(inami_parse("1-92340-11-004", &inami));
    assert_string_equal(inami.digits, "19234011004");
    assert_true(inami_parse("11530231003", &inami));
    assert_true(inami_parse("30202929001", &inami));

    /* 192340 mod 89 is 11: the newer number is 192340 78. */
    assert_true(inami_parse("19234078004", &inami));
    assert_int_equal(inami_unique(&inami), 19234078);
    /* The competence code is no part of the check. */
    assert_true(inami_parse("19234011999", &inami));
    assert_int_equal(inami_unique(&inami), 19234011);
    assert_true(inami_parse("00000097000", &inami));
    assert_int_equal(inami_unique(&inami), 97);
    assert_true(inami_parse("99999971000", &inami));
    assert_int_equal(inami_unique(&inami), 99999971);

    static const char *const bad[] = {
        "",
        "1923401100",
        "192340110040",
        "19234012004",
        "19234000004",
        "1923401100a",
        "19234011004 ",
        "1--92340-11-004",
        "-19234011004",
        "19234079004",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct inami unchanged = {"unchanged"};
        if (inami_parse(bad[i], &unchanged)) {
            fail_msg("read as INAMI: \"%s\"", bad[i]);
        }
        assert_string_equal(unchanged.digits, "unchanged");
    }
}

static void enterprise_numbers_are_read_with_nine_or_ten_digits(void **state) {
    (void)state;
    static const char *const good[] = {
        "0428759497", "428759497", "0428.759.497", "428.759.497", "0428 759 497",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct bce bce = {""};
        assert_true(bce_parse(good[i], &bce));
        assert_string_equal(bce.digits, "0428759497");
    }
    struct bce bce = {""};
    assert_true(bce_parse("1000000021", &bce));
    assert_string_equal(bce.digits, "1000000021");

    static const char *const bad[] = {
        "",         "0431150351",  "0428759498",    "BE0428759497", "00428759497",  "42875949",
        "28759497", "0428759497 ", "0428..759.497", "0428759497a",  "0428,759,497",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bce unchanged = {"unchanged"};
        if (bce_parse(bad[i], &unchanged)) {
            fail_msg("read as BCE: \"%s\"", bad[i]);
        }
        assert_string_equal(unchanged.digits, "unchanged");
    }
}

static void an_establishment_unit_is_no_enterprise(void **state) {
    (void)state;
    for (unsigned first = 0; first <= 9; first++) {
        char text[16];
        unsigned eight = first * 10000000U + 1234567U;
        (void)snprintf(text, sizeof text, "%08u%02u", eight, 97 - eight % 97);
        struct bce bce;
        assert_int_equal(bce_parse(text, &bce), first <= 1);
    }
}

static void belgian_accounts_need_both_their_checks(void **state) {
    (void)state;
    static const char *const good[] = {
        "BE68539007547034",
        "BE68 5390 0754 7034",
        "be68539007547034",
        "Be68 539007547034",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct iban iban = {""};
        assert_true(iban_parse(good[i], &iban));
        assert_string_equal(iban.text, "BE68539007547034");
    }
    static const char *const bad[] = {
        "",
        "BE",
        "BE41091811735141",
        "BE69539007547034",
        "BE68539007547035",
        "NL68539007547034",
        "BE6853900754703",
        "BE685390075470340",
        "BE68-5390-0754-7034",
        "BE68  539007547034",
        " BE68539007547034",
        "BE68539007547034 ",
        "BE68539007547O34",
        "539007547034",
        "\"%68539007547034",
        "BE68 5390 0754 7034 ",
        "FR1420041010050500013M02606",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct iban unchanged = {"unchanged"};
        if (iban_parse(bad[i], &unchanged)) {
            fail_msg("read as IBAN: \"%s\"", bad[i]);
        }
        assert_string_equal(unchanged.text, "unchanged");
    }
}

/* Builds "BE" + check digits + account, so that ISO 7064 always fits and only the inner check decides. */
static void account_text(unsigned long long account, char *out, size_t size) {
    unsigned long long check = 98 - (account % 97 * 1000000 + 111400) % 97;
    (void)snprintf(out, size, "BE%02llu%012llu", check, account);
}

static void an_account_whose_ten_digits_divide_by_97_ends_in_97(void **state) {
    (void)state;
    char text[32];
    struct iban iban;
    unsigned long long ten = 97ULL * 12345678ULL;
    account_text(ten * 100 + 97, text, sizeof text);
    assert_true(iban_parse(text, &iban));
    account_text(ten * 100, text, sizeof text);
    assert_false(iban_parse(text, &iban));
    account_text((ten + 1) * 100 + 1, text, sizeof text);
    assert_true(iban_parse(text, &iban));
    account_text((ten + 1) * 100 + 98, text, sizeof text);
    assert_false(iban_parse(text, &iban));
}

static void a_code_is_short_plain_and_begins_with_a_letter_or_digit(void **state) {
    (void)state;
    static const char *const good[] = {
        "a", "Z", "0", "NET-01", "school.ixelles_2", "12345678901234567890123456789012",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct code code;
        memset(&code, 'x', sizeof code);
        assert_true(code_parse(good[i], &code));
        assert_string_equal(code.text, good[i]);
        for (size_t k = strlen(good[i]); k < sizeof code.text; k++) {
            assert_int_equal(code.text[k], 0);
        }
    }
    static const char *const bad[] = {
        "",
        ".a",
        "-a",
        "_a",
        " a",
        "a ",
        "a b",
        "a/b",
        "a\n",
        "a:b",
        "\303\251cole",
        "e\xcc\x81",
        "123456789012345678901234567890123",
        "a\x7f",
        "a\\",
        "a'",
        "a@b",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct code unchanged = {"unchanged"};
        if (code_parse(bad[i], &unchanged)) {
            fail_msg("read as a code: \"%s\"", bad[i]);
        }
        assert_string_equal(unchanged.text, "unchanged");
    }
}

static void the_sixth_digit_of_a_pseudo_code_is_the_first_five_mod_7(void **state) {
    (void)state;
    static const char *const real[] = {"793833", "793855", "793870", "793892", "793914", "793936"};
    for (size_t i = 0; i < sizeof real / sizeof real[0]; i++) {
        assert_true(pseudo_code_check_digit_fits(real[i]));
    }
    static const char *const bad[] = {
        "793834", "793839", "79383", "7938333", "79383a", "", "7938-3", "79.3833",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(pseudo_code_check_digit_fits(bad[i]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(national_numbers_of_both_centuries_are_read),
        cmocka_unit_test(a_national_number_of_another_shape_is_refused),
        cmocka_unit_test(any_one_wrong_digit_of_a_national_number_is_found),
        cmocka_unit_test(bis_months_and_unknown_parts_are_accepted_and_months_that_do_not_exist_are_not),
        cmocka_unit_test(a_national_number_contradicts_only_what_it_knows),
        cmocka_unit_test(inami_numbers_with_either_check_are_read_and_keyed_by_their_first_eight_digits),
        cmocka_unit_test(enterprise_numbers_are_read_with_nine_or_ten_digits),
        cmocka_unit_test(an_establishment_unit_is_no_enterprise),
        cmocka_unit_test(belgian_accounts_need_both_their_checks),
        cmocka_unit_test(an_account_whose_ten_digits_divide_by_97_ends_in_97),
        cmocka_unit_test(a_code_is_short_plain_and_begins_with_a_letter_or_digit),
        cmocka_unit_test(the_sixth_digit_of_a_pseudo_code_is_the_first_five_mod_7),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
