#include "common/book_figure_table.h"

#include <string.h>

#include "common/book_reader.h"

/*
 * To add a figure: a field in struct book_figures (book.h), a row here, a line in each file of
 * deploy/conventions that has it. A row states kind, field, bounds beyond which a value is absurd, and when a
 * book must have the figure.
 */

#define WORDS(...) (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)
#define AT(field) offsetof(struct book_figures, field)

/* When a book must have the figure. */
#define NEVER NEED_NEVER, 0, REFUSAL_NONE, 0
#define ALWAYS_IN(conventions) NEED_ALWAYS, (conventions), REFUSAL_NONE, 0
#define ONCE_IN(conventions) NEED_ONCE, (conventions), REFUSAL_NONE, 0
#define WITH_RULE(refusal) NEED_RULE, 0, (refusal), 0
#define WITH_FLAG(field) NEED_FLAG, 0, REFUSAL_NONE, AT(field)
#define WITH_FLAG_OR_IN(field, conventions) NEED_FLAG, (conventions), REFUSAL_NONE, AT(field)

#define WHOLE(field, min, max, need) \
    { #field, FIGURE_WHOLE, AT(field), (min), (max), NULL, 0, need }
#define PERCENT(field, min, max, need) \
    { #field, FIGURE_PERCENT, AT(field), (min), (max), NULL, 0, need }
#define PERCENTS(field, min, max, need) \
    { #field, FIGURE_PERCENTS, AT(field), (min), (max), NULL, 0, need }
#define AMOUNT(field, max, need) \
    { #field, FIGURE_AMOUNT, AT(field), 0, (max), NULL, 0, need }
#define FLAG(field, need) \
    { #field, FIGURE_FLAG, AT(field), 0, 0, NULL, 0, need }
#define MONTH_DAY(field, need) \
    { #field, FIGURE_MONTH_DAY, AT(field), 0, 0, NULL, 0, need }
#define CHOICE(field, words, need) \
    { #field, FIGURE_CHOICE, AT(field), 0, 0, words, need }

#define GROUPS_ON (IN_2021 | IN_2024)

const struct book_figure_row book_figure_table[] = {
    /* registry */
    PERCENT(overcontracting_remark_above, 10000, 100000, ALWAYS_IN(GROUPS_ON)),
    WHOLE(notice_month, 1, 12, ALWAYS_IN(IN_EVERY)),
    WHOLE(amendment_letter_days, 1, 90, ALWAYS_IN(IN_EVERY)),
    WHOLE(amendment_refusal_months, 1, 12, ALWAYS_IN(IN_EVERY)),
    WHOLE(hand_over_window_months, 1, 60, ALWAYS_IN(IN_2019 | GROUPS_ON)),
    WHOLE(contract_end_remark_months, 1, 12, ALWAYS_IN(IN_2019 | GROUPS_ON)),

    /* what a session is */
    FLAG(function_required, ALWAYS_IN(IN_EVERY)),
    FLAG(community_offered, ALWAYS_IN(IN_EVERY)),
    FLAG(group_offered, ALWAYS_IN(IN_EVERY)),
    CHOICE(deadline_kind, WORDS("months", "warning"), ALWAYS_IN(IN_EVERY)),
    WHOLE(deadline_day, 1, 31, ALWAYS_IN(IN_EVERY)),
    WHOLE(deadline_month, 1, 24, ALWAYS_IN(IN_EVERY)),
    WHOLE(deadline_insurability_months, 1, 24, ALWAYS_IN(GROUPS_ON)),
    CHOICE(volume_period, WORDS("month", "calendar-year"), WITH_RULE(REFUSAL_VOLUME_EXCEEDED)),
    WHOLE(adult_age_min, 0, 120, ONCE_IN(IN_EVERY)),
    WHOLE(adult_age_max, 0, 120, NEVER),
    WHOLE(child_age_min, 0, 120, NEVER),
    WHOLE(child_age_max, 0, 120, ALWAYS_IN(GROUPS_ON)),
    WHOLE(individual_minutes_min, 10, 240, WITH_RULE(REFUSAL_DURATION_TOO_SHORT)),
    WHOLE(individual_long_minutes, 10, 240, ALWAYS_IN(IN_2019)),
    WHOLE(group_minutes_min, 10, 480, WITH_FLAG(group_offered)),
    WHOLE(group_direct_minutes_min, 10, 480, WITH_FLAG(group_offered)),
    WHOLE(group_size_min_f1, 1, 1000, WITH_FLAG(community_offered)),
    WHOLE(group_size_min_f2_f3, 1, 1000, WITH_FLAG(group_offered)),
    WHOLE(group_leaders_min, 1, 10, WITH_RULE(REFUSAL_LEADERS_INVALID)),
    FLAG(site_required_f1, WITH_RULE(REFUSAL_SITE_REQUIRED)),
    FLAG(site_agreement_required_art8, ALWAYS_IN(IN_2024)),
    FLAG(programme_required, WITH_RULE(REFUSAL_PROGRAMME_UNKNOWN)),
    WHOLE(same_day_sessions_max, 1, 10, WITH_RULE(REFUSAL_SAME_DAY)),
    FLAG(assessment_required_f3, WITH_RULE(REFUSAL_ASSESSMENT_MISSING)),
    FLAG(parallel_functions_warned, ALWAYS_IN(IN_2024)),

    /* 2019 series */
    WHOLE(referral_series_sessions, 1, 100, WITH_RULE(REFUSAL_SERIES_EXHAUSTED)),
    WHOLE(referral_series_max, 1, 100, WITH_RULE(REFUSAL_SERIES_EXHAUSTED)),

    /* quota */
    CHOICE(quota_scope, WORDS("country", "network"), WITH_RULE(REFUSAL_QUOTA_EXCEEDED)),
    WHOLE(quota_window_months, 1, 120, WITH_RULE(REFUSAL_QUOTA_EXCEEDED)),
    FLAG(quota_counts_assessment, WITH_RULE(REFUSAL_QUOTA_EXCEEDED)),
    WHOLE(quota_child_age_max, 0, 120, WITH_RULE(REFUSAL_QUOTA_EXCEEDED)),
    WHOLE(quota_f2_individual_child, 0, 1000, WITH_RULE(REFUSAL_QUOTA_EXCEEDED)),
    WHOLE(quota_f2_individual_adult, 0, 1000, WITH_RULE(REFUSAL_QUOTA_EXCEEDED)),
    WHOLE(quota_f2_group_child, 0, 1000, ALWAYS_IN(IN_2021)),
    WHOLE(quota_f2_group_adult, 0, 1000, ALWAYS_IN(IN_2021)),
    WHOLE(quota_f3_individual_child, 0, 1000, WITH_RULE(REFUSAL_QUOTA_EXCEEDED)),
    WHOLE(quota_f3_individual_adult, 0, 1000, WITH_RULE(REFUSAL_QUOTA_EXCEEDED)),
    WHOLE(quota_f3_group_child, 0, 1000, ALWAYS_IN(IN_2021)),
    WHOLE(quota_f3_group_adult, 0, 1000, ALWAYS_IN(IN_2021)),
    WHOLE(quota_f3_average_target_child, 0, 1000, ALWAYS_IN(IN_2024)),
    WHOLE(quota_f3_average_target_adult, 0, 1000, ALWAYS_IN(IN_2024)),

    /* concertation */
    WHOLE(concertation_max, 1, 100, WITH_RULE(REFUSAL_CONCERTATION_REPEATED)),
    WHOLE(concertation_window_months, 1, 120, WITH_RULE(REFUSAL_CONCERTATION_REPEATED)),
    WHOLE(concertation_professionals_min, 1, 100, WITH_RULE(REFUSAL_CONCERTATION_INVALID)),
    WHOLE(concertation_care_providers_min, 0, 100, WITH_RULE(REFUSAL_CONCERTATION_INVALID)),

    /* rating */
    WHOLE(first_session_window_months, 1, 120, ALWAYS_IN(GROUPS_ON)),
    WHOLE(designated_hours, 1, 12, WITH_FLAG(group_offered)),
    CHOICE(designated_payee_default, WORDS("designator", "person"), WITH_FLAG(group_offered)),
    PERCENT(index_mass, 0, 2000, ONCE_IN(IN_2024)),

    /* ledger */
    CHOICE(budget_year_basis, WORDS("acceptance", "session"), ALWAYS_IN(IN_EVERY)),
    CHOICE(ceiling, WORDS("none", "care", "whole"), ALWAYS_IN(IN_EVERY)),
    FLAG(zones, ALWAYS_IN(IN_EVERY)),
    PERCENT(zone_vigilance_above, 5000, 20000, WITH_FLAG(zones)),
    PERCENT(zone_critical_above, 5000, 20000, WITH_FLAG(zones)),
    PERCENTS(thresholds, 100, 20000, WITH_FLAG_OR_IN(zones, GROUPS_ON)),
    FLAG(reduction, ALWAYS_IN(IN_EVERY)),
    MONTH_DAY(reduction_deadline, WITH_FLAG(reduction)),
    MONTH_DAY(close_from, ALWAYS_IN(IN_EVERY)),
    MONTH_DAY(close_from_session_basis, ALWAYS_IN(IN_EVERY)),
    FLAG(art8_pays_site_sessions, ALWAYS_IN(IN_2024)),
    FLAG(art8_zero_is_breach, ALWAYS_IN(IN_2024)),
    FLAG(art8_share_must_grow, ALWAYS_IN(IN_2024)),
    FLAG(new_graduates_mergeable, ALWAYS_IN(IN_2024)),
    FLAG(operating_pays_training, ALWAYS_IN(GROUPS_ON)),
    PERCENT(operating_max_of_total, 0, 10000, ALWAYS_IN(IN_2021)),
    PERCENT(neutralise_group_above, 0, 10000, ONCE_IN(IN_2021)),
    PERCENT(neutralise_outreach_above, 0, 10000, ONCE_IN(IN_2021)),
    FLAG(neutralise_other_missions, ONCE_IN(IN_2021)),
    PERCENT(other_missions_max, 0, 10000, ONCE_IN(IN_2021)),
    AMOUNT(hospital_lump, 1000000, ALWAYS_IN(GROUPS_ON)),
    AMOUNT(hospital_per_session, 100, ALWAYS_IN(GROUPS_ON)),
    PERCENT(partnership_max, 0, 10000, ALWAYS_IN(GROUPS_ON)),
    MONTH_DAY(operating_settlement_due, ALWAYS_IN(GROUPS_ON)),
    CHOICE(payment_due, WORDS("end-of-attestation-month", "month-after-list"), ALWAYS_IN(IN_EVERY)),
    PERCENT(payment_advance, 0, 10000, ALWAYS_IN(IN_2019)),
    AMOUNT(lump_network, 1000000, ALWAYS_IN(IN_2019)),
    AMOUNT(lump_hospitals, 10000000, ALWAYS_IN(IN_2019)),
    WHOLE(lump_instalments, 1, 12, ALWAYS_IN(IN_2019)),
    PERCENT(extra_care_share, 0, 2000, ONCE_IN(IN_2024)),
    PERCENT(f3_concertation_max, 0, 10000, ALWAYS_IN(IN_2024)),
};

const size_t book_figure_table_count = sizeof(book_figure_table) / sizeof(book_figure_table[0]);

_Static_assert(sizeof(int) == sizeof(int32_t), "whole numbers and basis points are cleared alike");

void book_figures_clear(struct book_figures *figures) {
    memset(figures, 0, sizeof(*figures));
    for (size_t i = 0; i < book_figure_table_count; i++) {
        char *field = (char *)figures + book_figure_table[i].offset;
        const struct money absent = money_of_cents(BOOK_ABSENT);
        const int whole = BOOK_ABSENT;

        switch (book_figure_table[i].kind) {
        case FIGURE_WHOLE:
        case FIGURE_PERCENT:
            memcpy(field, &whole, sizeof(whole));
            break;
        case FIGURE_AMOUNT:
            memcpy(field, &absent, sizeof(absent));
            break;
        case FIGURE_PERCENTS:
        case FIGURE_FLAG:
        case FIGURE_CHOICE:
        case FIGURE_MONTH_DAY:
            break;
        }
    }
}

int book_figure_row_of(const char *name) {
    for (size_t i = 0; i < book_figure_table_count; i++) {
        if (strcmp(book_figure_table[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}
