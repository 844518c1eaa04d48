#include "services/ctl/rated_table.h"

#include <stdio.h>
#include <string.h>

#include "services/ctl/message_field.h"
#include "services/ctl/table.h"

const char *rated_table_rule(Elp__V1__RatingRule rule) {
    static const char *const words[] = {"T1", "T2", "T3", "T4"};
    char word[64];
    (void)field_enum_word(&elp__v1__rating_rule__descriptor, (int)rule, word, sizeof word);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if ((word[0] == 'T' || word[0] == 't') && word[1] == words[i][1]) {
            return words[i];
        }
    }
    return "";
}

const char *rated_table_role(Elp__V1__PartRole role) {
    switch ((int)role) {
    case ELP__V1__PART_ROLE__PART_ROLE_ATTESTING:
        return "attesting psychologist";
    case ELP__V1__PART_ROLE__PART_ROLE_SECOND:
        return "second leader";
    case ELP__V1__PART_ROLE__PART_ROLE_DESIGNATOR:
        return "designator";
    default:
        return "-";
    }
}

int rated_table_print(const struct ctl *ctl, const Elp__V1__Rated *rated, Elp__V1__RatingReason *const *reasons,
                      size_t count) {
    static const struct table_column columns[] = {
        {"What it is worth", TABLE_LEFT}, {"", TABLE_LEFT}, {"Amount", TABLE_RIGHT}, {"Article", TABLE_LEFT}};
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    char fee[MONEY_TEXT_BYTES];
    char insurer[MONEY_TEXT_BYTES];
    char share[MONEY_TEXT_BYTES];
    for (size_t i = 0; i < count; i++) {
        table_row(table);
        table_text(table, reasons[i]->text);
        table_text(table, rated_table_rule(reasons[i]->rule));
        table_money(table, money_of_cents(reasons[i]->cents));
        table_text(table, reasons[i]->article);
    }
    int code = table_print(table);
    printf("\n%sFee %s%s = insurer part %s + patient share %s%s\n", terminal_begin(ctl->color, COLOR_BOLD),
           money_format_grouped(money_of_cents(rated->fee_cents), fee, sizeof fee),
           terminal_end(ctl->color, COLOR_BOLD),
           money_format_grouped(money_of_cents(rated->insurer_cents), insurer, sizeof insurer),
           money_format_grouped(money_of_cents(rated->share_cents), share, sizeof share),
           rated->provisional ? "; provisional: a figure of it is expected to change" : "");
    return code;
}
