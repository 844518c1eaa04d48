/*
 * Goal: the three shipped books hold the figures of the rulebook, and a book answers for every day.
 * Method: parse the files of deploy/conventions and compare with the rulebook's tables; an invented later
 * convention shows what is not tied to the three names.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/book.h"
#include "tests/unit/book_text.h"

struct books {
    struct book *b2019;
    struct book *b2021;
    struct book *b2024;
    struct book *later;
};

static int parse_books(void **state) {
    static struct books books;

    books.b2019 = book_text_parse_file("deploy/conventions/2019.yaml");
    books.b2021 = book_text_parse_file("deploy/conventions/2021.yaml");
    books.b2024 = book_text_parse_file("deploy/conventions/2024.yaml");
    books.later = book_text_parse_file("tests/unit/books/later-convention.yaml");
    *state = &books;
    return 0;
}

static int free_books(void **state) {
    struct books *books = *state;

    book_free(books->b2019);
    book_free(books->b2021);
    book_free(books->b2024);
    book_free(books->later);
    book_free(NULL);
    return 0;
}

static const struct book_figures *on(const struct book *book, const char *day) {
    return book_on(book, book_text_day(day));
}

static int64_t cents_on(const struct book *book, enum book_tariff tariff, const char *day, bool provisional) {
    struct book_amount amount;

    assert_true(book_amount_on(book, tariff, book_text_day(day), &amount));
    assert_int_equal(amount.provisional, provisional);
    return money_cents(amount.amount);
}

static void the_periods_of_the_three_books_are_those_of_the_rulebook(void **state) {
    const struct books *books = *state;
    const struct {
        const struct book *book;
        const char *from;
        const char *until;
        const char *figures_until;
    } periods[] = {
        {books->b2019, "2019-01-01", "2021-12-31", "2021-12-31"},
        {books->b2021, "2021-09-01", "2024-03-31", "2024-03-31"},
        {books->b2024, "2024-04-01", "2027-12-31", "2025-12-31"},
    };

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(date_compare(periods[i].book->sessions.from, book_text_day(periods[i].from)), 0);
        assert_int_equal(date_compare(periods[i].book->sessions.until, book_text_day(periods[i].until)), 0);
        assert_int_equal(date_compare(periods[i].book->figures_until, book_text_day(periods[i].figures_until)), 0);
        assert_true(periods[i].book->fictitious_codes);
        assert_int_equal(periods[i].book->warning_count, 0);
    }
    assert_int_equal(date_compare(books->b2019->contracts_from, book_text_day("2019-04-01")), 0);
    assert_true(date_is_none(books->b2021->contracts_from));
    assert_int_equal(date_compare(books->b2024->second_leaders_until, book_text_day("2026-12-31")), 0);
    assert_true(date_is_none(books->b2021->second_leaders_until));
}

static void published_amounts_are_those_of_the_rulebook(void **state) {
    const struct books *books = *state;
    static const int64_t amounts[4][5] = {
        {7500, 7559, 8174, 8669, 8948},
        {20000, 20158, 21799, 23118, 23862},
        {12600, 12700, 13734, 14565, 15034},
        {4700, 4737, 5123, 5433, 5608},
    };
    static const enum book_tariff tariffs[4] = {TARIFF_INDIVIDUAL, TARIFF_GROUP_PSYCHOLOGIST, TARIFF_GROUP_OTHER,
                                                TARIFF_GROUP_DESIGNATED_HOUR};
    static const char *const days[5] = {"2021-09-01", "2022-06-15", "2023-12-31", "2024-01-01", "2025-12-31"};

    for (size_t tariff = 0; tariff < 4; tariff++) {
        for (size_t year = 0; year < 4; year++) {
            assert_int_equal(cents_on(books->b2021, tariffs[tariff], days[year], false), amounts[tariff][year]);
        }
        assert_int_equal(cents_on(books->b2024, tariffs[tariff], "2024-04-01", false), amounts[tariff][3]);
        assert_int_equal(cents_on(books->b2024, tariffs[tariff], days[4], true), amounts[tariff][4]);
    }
    assert_int_equal(cents_on(books->b2024, TARIFF_ASSESSMENT, "2025-05-05", true), 8948);
    assert_int_equal(cents_on(books->b2019, TARIFF_INDIVIDUAL, "2019-05-06", false), 6000);
    assert_int_equal(cents_on(books->b2019, TARIFF_INDIVIDUAL_SHORT, "2020-05-06", true), 4500);
    assert_true(books->b2024->tariffs[TARIFF_CONCERTATION].fictitious);
    assert_true(books->b2024->tariffs[TARIFF_TRAINING].fictitious);
    assert_false(books->b2024->tariffs[TARIFF_TRAINING].indexed);
}

static void after_the_last_column_the_last_one_rates_and_is_provisional(void **state) {
    const struct books *books = *state;
    struct book_amount amount;

    assert_int_equal(cents_on(books->b2024, TARIFF_INDIVIDUAL, "2026-01-01", true), 8948);
    assert_int_equal(cents_on(books->b2021, TARIFF_INDIVIDUAL, "2026-01-01", true), 8669);
    assert_false(book_amount_on(books->b2024, TARIFF_INDIVIDUAL, book_text_day("2023-12-31"), &amount));
    assert_false(book_amount_on(books->b2019, TARIFF_GROUP_OTHER, book_text_day("2019-06-01"), &amount));
}

static void shares_change_on_their_days(void **state) {
    const struct books *books = *state;
    const struct {
        const struct book *book;
        const char *day;
        int64_t individual;
        int64_t group;
        int group_from;
        int free_until;
        bool exempt;
        bool first;
    } shares[] = {
        {books->b2019, "2019-12-31", 1100, 0, 0, -1, false, false},
        {books->b2019, "2020-01-01", 1120, 0, 0, -1, false, false},
        {books->b2021, "2023-05-14", 1100, 250, 0, -1, false, true},
        {books->b2021, "2023-05-15", 1100, 250, 0, -1, true, true},
        {books->b2021, "2024-01-31", 1100, 250, 0, -1, true, true},
        {books->b2021, "2024-02-01", 1100, 250, 24, 23, true, true},
        {books->b2024, "2024-04-01", 1100, 250, 24, 23, true, true},
        {books->b2024, "2027-12-31", 1100, 250, 24, 23, true, true},
    };

    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        const struct book_share *share = book_share_on(shares[i].book, book_text_day(shares[i].day));

        assert_non_null(share);
        assert_int_equal(money_cents(share->individual), shares[i].individual);
        assert_int_equal(money_cents(share->individual_bim), 400);
        assert_int_equal(money_cents(share->group), shares[i].group);
        assert_int_equal(share->group_paid_from_age, shares[i].group_from);
        assert_int_equal(share->individual_free_until_age, shares[i].free_until);
        assert_int_equal(share->exempt_site_free, shares[i].exempt);
        assert_int_equal(share->first_individual_free, shares[i].first);
    }
    assert_null(book_share_on(books->b2024, book_text_day("2024-03-31")));
    assert_null(book_share_on(books->b2024, book_text_day("2028-01-01")));
}

static void quotas_are_those_of_the_rulebook(void **state) {
    const struct books *books = *state;
    const struct book_figures *f21 = on(books->b2021, "2022-06-01");
    const struct book_figures *f24 = on(books->b2024, "2026-06-01");

    assert_int_equal(f24->quota_f2_individual_child, 10);
    assert_int_equal(f24->quota_f2_individual_adult, 8);
    assert_int_equal(f24->quota_f3_individual_child, 20);
    assert_int_equal(f24->quota_f3_individual_adult, 20);
    assert_int_equal(f24->quota_f2_group_child, BOOK_ABSENT);
    assert_int_equal(f24->quota_f3_group_adult, BOOK_ABSENT);
    assert_int_equal(f24->quota_f3_average_target_child, 10);
    assert_int_equal(f24->quota_f3_average_target_adult, 8);
    assert_int_equal(f24->quota_child_age_max, 23);
    assert_int_equal(f24->quota_window_months, 12);
    assert_int_equal(f24->quota_scope, SCOPE_COUNTRY);
    assert_int_equal(f21->quota_f2_individual_child, 10);
    assert_int_equal(f21->quota_f2_group_child, 8);
    assert_int_equal(f21->quota_f2_individual_adult, 8);
    assert_int_equal(f21->quota_f2_group_adult, 5);
    assert_int_equal(f21->quota_f3_individual_child, 20);
    assert_int_equal(f21->quota_f3_group_child, 15);
    assert_int_equal(f21->quota_f3_individual_adult, 20);
    assert_int_equal(f21->quota_f3_group_adult, 12);
    assert_int_equal(on(books->b2019, "2019-06-01")->quota_f2_individual_adult, BOOK_ABSENT);
    assert_int_equal(on(books->b2019, "2019-06-01")->referral_series_sessions, 4);
    assert_int_equal(on(books->b2019, "2019-06-01")->referral_series_max, 2);
}

static void ages_of_the_2019_networks_open_in_2020(void **state) {
    const struct books *books = *state;

    assert_int_equal(on(books->b2019, "2019-12-31")->adult_age_min, 18);
    assert_int_equal(on(books->b2019, "2019-12-31")->adult_age_max, 64);
    assert_int_equal(on(books->b2019, "2020-01-01")->adult_age_min, BOOK_ABSENT);
    assert_int_equal(on(books->b2019, "2020-01-01")->adult_age_max, BOOK_ABSENT);
    assert_int_equal(on(books->b2024, "2024-04-01")->adult_age_min, 15);
    assert_int_equal(on(books->b2024, "2024-04-01")->child_age_max, 23);
}

static void sizes_and_durations_are_those_of_the_rulebook(void **state) {
    const struct books *books = *state;
    const struct book_figures *f = on(books->b2024, "2024-05-14");

    assert_int_equal(f->group_minutes_min, 120);
    assert_int_equal(f->group_direct_minutes_min, 90);
    assert_int_equal(f->individual_minutes_min, 45);
    assert_int_equal(f->individual_long_minutes, BOOK_ABSENT);
    assert_int_equal(on(books->b2019, "2019-05-14")->individual_long_minutes, 60);
    assert_int_equal(f->group_size_min_f1, 10);
    assert_int_equal(f->group_size_min_f2_f3, 4);
    assert_int_equal(f->first_session_window_months, 12);
    assert_int_equal(f->concertation_max, 1);
    assert_int_equal(f->concertation_window_months, 12);
    assert_int_equal(f->concertation_professionals_min, 3);
    assert_int_equal(f->concertation_care_providers_min, 2);
    assert_int_equal(f->designated_hours, 2);
    assert_int_equal(f->overcontracting_remark_above, 12000);
    assert_true(f->site_required_f1);
    assert_true(f->programme_required);
    assert_true(f->community_offered);
    assert_false(on(books->b2021, "2023-05-14")->community_offered);
    assert_false(on(books->b2019, "2019-05-14")->group_offered);
}

static void site_sessions_may_be_charged_to_article_8_from_the_circulars_day(void **state) {
    const struct books *books = *state;

    assert_false(on(books->b2024, "2025-12-14")->art8_pays_site_sessions);
    assert_true(on(books->b2024, "2025-12-15")->art8_pays_site_sessions);
    assert_string_equal(BOOK_ARTICLE(books->b2024, book_text_day("2025-12-15"), art8_pays_site_sessions),
                        "S0 art. 14 §1 b.b");
}

static void budget_figures_are_those_of_the_rulebook(void **state) {
    const struct books *books = *state;
    const struct book_figures *f = on(books->b2024, "2026-07-01");
    static const int32_t thresholds[] = {8000, 10000, 10100, 10300};

    assert_int_equal(f->ceiling, CEILING_WHOLE);
    assert_true(f->zones);
    assert_int_equal(f->zone_vigilance_above, 10100);
    assert_int_equal(f->zone_critical_above, 10300);
    assert_int_equal(f->threshold_count, 4);
    assert_memory_equal(f->thresholds, thresholds, sizeof(thresholds));
    assert_true(f->reduction);
    assert_false(on(books->b2024, "2025-12-31")->reduction);
    assert_int_equal(f->reduction_deadline.month, 4);
    assert_int_equal(f->reduction_deadline.day, 30);
    assert_int_equal(f->extra_care_share, 100);
    assert_int_equal(f->index_mass, 272);
    assert_int_equal(on(books->b2024, "2027-01-01")->extra_care_share, BOOK_ABSENT);
    assert_int_equal(f->f3_concertation_max, 4500);
    assert_true(f->operating_pays_training);
    assert_false(on(books->b2024, "2027-01-01")->operating_pays_training);
    assert_int_equal(money_cents(f->hospital_lump), 3000000);
    assert_int_equal(money_cents(f->hospital_per_session), 70);
    assert_int_equal(f->partnership_max, 500);
    assert_int_equal(money_cents(f->lump_network), BOOK_ABSENT);
    assert_int_equal(on(books->b2021, "2022-01-01")->ceiling, CEILING_CARE);
    assert_int_equal(on(books->b2021, "2022-01-01")->operating_max_of_total, 1000);
    assert_int_equal(on(books->b2021, "2022-12-31")->other_missions_max, 1000);
    assert_int_equal(on(books->b2021, "2023-01-01")->other_missions_max, BOOK_ABSENT);
    assert_int_equal(on(books->b2021, "2022-12-31")->neutralise_group_above, BOOK_ABSENT);
    assert_int_equal(on(books->b2021, "2023-01-01")->neutralise_group_above, 1000);
    assert_int_equal(on(books->b2021, "2023-12-31")->neutralise_outreach_above, 2000);
    assert_true(on(books->b2021, "2023-12-31")->neutralise_other_missions);
    assert_false(on(books->b2021, "2024-01-01")->neutralise_other_missions);
    assert_int_equal(on(books->b2021, "2023-08-01")->operating_settlement_due.month, 8);
    assert_int_equal(on(books->b2021, "2024-01-01")->operating_settlement_due.month, 5);
    assert_int_equal(on(books->b2019, "2019-06-01")->payment_advance, 9000);
    assert_int_equal(money_cents(on(books->b2019, "2019-06-01")->lump_network), 3000000);
    assert_int_equal(money_cents(on(books->b2019, "2019-06-01")->lump_hospitals), 60000000);
}

static void a_day_outside_the_book_is_answered_by_its_nearest_figures(void **state) {
    const struct books *books = *state;

    assert_ptr_equal(on(books->b2024, "2019-01-01"), on(books->b2024, "2024-04-01"));
    assert_ptr_equal(on(books->b2024, "2032-01-01"), on(books->b2024, "2027-12-31"));
    assert_string_equal(book_article_of(books->b2024, "deadline_day", book_text_day("2019-01-01")), "S4 art. 8");
    assert_string_equal(book_article_of(books->b2024, "deadline_day", book_text_day("2032-01-01")), "S4 art. 8");
    assert_string_equal(book_article_of(books->b2024, "lump_network", book_text_day("2025-01-01")), "");
}

static void envelopes_are_asked_in_the_rulebooks_order(void **state) {
    const struct books *books = *state;
    static const enum book_envelope_id order[] = {ENVELOPE_PRISONS, ENVELOPE_EATING_DISORDERS, ENVELOPE_NEW_GRADUATES,
                                                  ENVELOPE_UNDER_SERVED, ENVELOPE_ART8};
    struct date day = book_text_day("2026-01-01");

    for (int i = 0; i < 5; i++) {
        const struct book_envelope *envelope = book_envelope_on(books->b2024, order[i], day);

        assert_non_null(envelope);
        assert_int_equal(envelope->order, i + 1);
        assert_true(envelope->care);
        assert_string_equal(envelope->name, book_envelope_name(order[i]));
    }
    assert_int_equal(book_envelope_on(books->b2024, ENVELOPE_PRISONS, day)->networks, NETWORKS_PRISON);
    assert_int_equal(book_envelope_on(books->b2024, ENVELOPE_EATING_DISORDERS, day)->networks, NETWORKS_CHILD);
    assert_int_equal(book_envelope_on(books->b2024, ENVELOPE_ART8, day)->networks, NETWORKS_ALL);
    assert_false(book_envelope_on(books->b2024, ENVELOPE_OPERATING, day)->care);
    assert_null(book_envelope_on(books->b2024, ENVELOPE_OTHER_MISSIONS, day));
    assert_non_null(book_envelope_on(books->b2021, ENVELOPE_OTHER_MISSIONS, book_text_day("2022-01-01")));
}

static void operating_codes_are_real_and_session_codes_fictitious(void **state) {
    const struct books *books = *state;
    static const char *const operating[] = {"793833", "793855", "793870", "793892", "793914", "793936"};

    for (size_t i = 0; i < 6; i++) {
        const struct book_code *code = book_code_find(books->b2024, operating[i]);

        assert_non_null(code);
        assert_false(code->fictitious);
        assert_int_equal(code->partnership, i == 1 || i == 2);
    }
    assert_string_equal(book_code_find(books->b2024, "793833")->service, "operating-hospital");
    assert_true(book_code_find(books->b2024, "000011")->fictitious);
    assert_null(book_code_find(books->b2024, "793834"));
}

static void the_deadline_is_the_fifth_of_the_third_month(void **state) {
    const struct books *books = *state;
    const struct {
        const struct book *book;
        const char *session;
        const char *resolved;
        const char *last;
    } deadlines[] = {
        {books->b2024, "2026-01-31", NULL, "2026-04-05"},
        {books->b2024, "2026-01-01", NULL, "2026-04-05"},
        {books->b2024, "2025-12-15", NULL, "2026-03-05"},
        {books->b2024, "2025-09-10", "2025-12-15", "2026-03-15"},
        {books->b2024, "2025-09-10", "2025-11-30", "2026-02-28"},
        {books->b2024, "2026-01-02", "2026-01-03", "2026-04-05"},
        {books->b2021, "2023-11-30", NULL, "2024-02-05"},
        {books->b2019, "2019-05-06", NULL, "2019-06-30"},
        {books->b2019, "2019-05-06", "2019-12-01", "2019-06-30"},
    };

    for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
        struct date resolved = deadlines[i].resolved == NULL ? DATE_NONE : book_text_day(deadlines[i].resolved);
        struct date last = book_deadline(deadlines[i].book, book_text_day(deadlines[i].session), resolved);
        char text[DATE_TEXT_BYTES];

        assert_string_equal(date_format(last, text, sizeof(text)), deadlines[i].last);
    }
}

static void a_contract_ends_on_the_first_day_of_the_third_month(void **state) {
    const struct books *books = *state;
    char text[DATE_TEXT_BYTES];

    assert_string_equal(
        date_format(book_contract_end_after_notice(books->b2024, book_text_day("2026-01-31")), text, sizeof(text)),
        "2026-04-01");
}

static void a_month_day_falls_on_the_last_day_of_a_short_month(void **state) {
    (void)state;
    char text[DATE_TEXT_BYTES];

    assert_string_equal(date_format(book_month_day_in((struct book_month_day){4, 30}, 2027), text, sizeof(text)),
                        "2027-04-30");
    assert_string_equal(date_format(book_month_day_in((struct book_month_day){2, 29}, 2027), text, sizeof(text)),
                        "2027-02-28");
}

static void a_rule_row_says_warning_article_and_patient(void **state) {
    const struct books *books = *state;
    struct date day = book_text_day("2025-01-01");
    const struct book_rule *rule = book_rule(books->b2024, REFUSAL_DEADLINE_PASSED, day);

    assert_non_null(rule);
    assert_string_equal(rule->code, "deadline-passed");
    assert_string_equal(rule->article, "S4 art. 8");
    assert_false(rule->patient_billable);
    assert_false(rule->warning_only);
    assert_true(book_rule(books->b2024, REFUSAL_VOLUME_EXCEEDED, day)->warning_only);
    assert_null(book_rule(books->b2024, REFUSAL_SERIES_EXHAUSTED, day));
    assert_null(book_rule(books->b2024, REFUSAL_DEADLINE_PASSED, book_text_day("2024-03-31")));
    day = book_text_day("2019-06-01");
    assert_true(book_rule(books->b2019, REFUSAL_DEADLINE_PASSED, day)->warning_only);
    assert_false(book_rule(books->b2019, REFUSAL_VOLUME_EXCEEDED, day)->warning_only);
    assert_null(book_rule(books->b2019, REFUSAL_SAME_DAY, day));
    assert_null(book_rule(books->b2021, REFUSAL_SAME_DAY, book_text_day("2022-06-01")));
}

static void books_and_code_table_agree_on_what_a_patient_may_be_billed(void **state) {
    const struct books *books = *state;
    const struct book *all[] = {books->b2019, books->b2021, books->b2024};

    for (size_t b = 0; b < 3; b++) {
        for (size_t i = 0; i < all[b]->rule_count; i++) {
            const struct book_rule *rule = &all[b]->rules[i];

            if (rule->patient_billable != refusal_entry(rule->refusal)->patient_billable) {
                fail_msg("%s: %s", all[b]->convention, rule->code);
            }
        }
    }
}

static void every_figure_is_listed_in_the_files_order_with_its_article(void **state) {
    const struct books *books = *state;
    const struct book *all[] = {books->b2019, books->b2021, books->b2024, books->later};

    for (size_t b = 0; b < 4; b++) {
        assert_true(book_figure_count(all[b]) > 40);
        for (size_t i = 0; i < book_figure_count(all[b]); i++) {
            const struct book_figure *figure = book_figure(all[b], i);

            assert_true(figure->name[0] != 0 && figure->value[0] != 0 && figure->article[0] != 0);
            assert_true(i == 0 || figure->line >= book_figure(all[b], i - 1)->line);
        }
    }
}

static void the_list_marks_provisional_and_fictitious_figures(void **state) {
    const struct books *books = *state;
    size_t seen = 0;

    for (size_t i = 0; i < book_figure_count(books->b2024); i++) {
        const struct book_figure *figure = book_figure(books->b2024, i);

        if (strcmp(figure->name, "tariff.individual.2025") == 0) {
            assert_string_equal(figure->value, "89.48");
            assert_true(figure->provisional);
            assert_false(figure->fictitious);
            seen++;
        }
        if (strcmp(figure->name, "tariff.concertation.2024") == 0 || strcmp(figure->name, "code.000011") == 0) {
            assert_true(figure->fictitious);
            seen++;
        }
    }
    assert_int_equal(seen, 3);
}

static void a_convention_of_its_own_is_judged_by_its_own_figures(void **state) {
    const struct books *books = *state;

    assert_int_equal(on(books->later, "2028-06-30")->individual_minutes_min, 45);
    assert_int_equal(on(books->later, "2028-07-01")->individual_minutes_min, 50);
    assert_int_equal(on(books->later, "2028-07-01")->same_day_sessions_max, BOOK_ABSENT);
    assert_int_equal(on(books->later, "2029-01-01")->same_day_sessions_max, 1);
    assert_null(book_rule(books->later, REFUSAL_SAME_DAY, book_text_day("2028-12-31")));
    assert_non_null(book_rule(books->later, REFUSAL_SAME_DAY, book_text_day("2029-01-01")));
    assert_int_equal(on(books->later, "2028-07-01")->budget_year_basis, BASIS_SESSION);
    assert_string_equal(book_article_of(books->later, "individual_minutes_min", book_text_day("2028-06-30")), "art. 4");
    assert_string_equal(book_article_of(books->later, "individual_minutes_min", book_text_day("2028-07-01")),
                        "art. 4 as amended");
}

static void after_figures_until_the_last_row_of_a_figure_serves(void **state) {
    const struct books *books = *state;

    assert_int_equal(on(books->later, "2029-03-31")->individual_minutes_min, 50);
    assert_int_equal(on(books->later, "2029-12-31")->individual_minutes_min, 50);
    assert_string_equal(book_article_of(books->later, "individual_minutes_min", book_text_day("2029-12-31")),
                        "art. 4 as amended");
}

static void a_figure_that_ends_without_a_successor_is_remarked(void **state) {
    const struct books *books = *state;

    assert_string_equal(books->later->warnings[0].text,
                        "individual_minutes_min: no row holds after 2029-03-31; its last value serves then");
}

static void a_check_digit_that_does_not_fit_is_a_warning(void **state) {
    const struct books *books = *state;

    const struct yaml_error *warning = &books->later->warnings[1];

    assert_int_equal(books->later->warning_count, 2);
    assert_string_equal(warning->field, "codes[0].code");
    assert_true(warning->line > 0);
    assert_non_null(strstr(warning->text, "which is 1"));
    assert_non_null(book_code_find(books->later, "000012"));
}

static void the_hash_is_of_the_files_bytes(void **state) {
    const struct books *books = *state;
    struct book *again = book_text_parse_file("deploy/conventions/2024.yaml");

    assert_memory_equal(again->hash, books->b2024->hash, sizeof(again->hash));
    assert_memory_not_equal(books->b2021->hash, books->b2024->hash, sizeof(again->hash));
    book_free(again);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_periods_of_the_three_books_are_those_of_the_rulebook),
        cmocka_unit_test(published_amounts_are_those_of_the_rulebook),
        cmocka_unit_test(after_the_last_column_the_last_one_rates_and_is_provisional),
        cmocka_unit_test(shares_change_on_their_days),
        cmocka_unit_test(quotas_are_those_of_the_rulebook),
        cmocka_unit_test(ages_of_the_2019_networks_open_in_2020),
        cmocka_unit_test(sizes_and_durations_are_those_of_the_rulebook),
        cmocka_unit_test(site_sessions_may_be_charged_to_article_8_from_the_circulars_day),
        cmocka_unit_test(budget_figures_are_those_of_the_rulebook),
        cmocka_unit_test(a_day_outside_the_book_is_answered_by_its_nearest_figures),
        cmocka_unit_test(envelopes_are_asked_in_the_rulebooks_order),
        cmocka_unit_test(operating_codes_are_real_and_session_codes_fictitious),
        cmocka_unit_test(the_deadline_is_the_fifth_of_the_third_month),
        cmocka_unit_test(a_contract_ends_on_the_first_day_of_the_third_month),
        cmocka_unit_test(a_month_day_falls_on_the_last_day_of_a_short_month),
        cmocka_unit_test(a_rule_row_says_warning_article_and_patient),
        cmocka_unit_test(books_and_code_table_agree_on_what_a_patient_may_be_billed),
        cmocka_unit_test(every_figure_is_listed_in_the_files_order_with_its_article),
        cmocka_unit_test(the_list_marks_provisional_and_fictitious_figures),
        cmocka_unit_test(a_convention_of_its_own_is_judged_by_its_own_figures),
        cmocka_unit_test(after_figures_until_the_last_row_of_a_figure_serves),
        cmocka_unit_test(a_figure_that_ends_without_a_successor_is_remarked),
        cmocka_unit_test(a_check_digit_that_does_not_fit_is_a_warning),
        cmocka_unit_test(the_hash_is_of_the_files_bytes),
    };

    return cmocka_run_group_tests(tests, parse_books, free_books);
}
